"""Draw the README's picture: what a real run of the demo writes into a terminal, as an SVG."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS, ROWS = 88, 60
COMMAND = ("wireroom", "demo", "--for", "5s")
TYPED = "/follow semiconductors"
READY = b"Sparrow 4.2.0"
"""In the second of the two samples: what is typed then is answered before anything is published."""
# rich's own page fetches a web font; the reader's monospace does as well, and asks nobody.
PAGE = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<title>wireroom demo in a terminal</title>
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def record() -> str:
    """Run the demo in a terminal of its own, follow something, and give back all that it wrote there.

    What is typed comes through a pipe: a prompt would draw itself anew with each card.
    """
    master, slave = pty.openpty()
    typing, keys = os.pipe()
    environment = {**os.environ, "TERM": "xterm-256color", "TZ": "UTC"}
    environment |= {"COLUMNS": str(COLUMNS), "LINES": str(ROWS), "LOGNAME": "ada"}
    program = Path(sys.executable).with_name(COMMAND[0])
    with (
        subprocess.Popen(  # noqa: S603 - our own program
            [program, *COMMAND[1:]], stdin=typing, stdout=slave, stderr=slave, env=environment
        ) as running
    ):
        os.close(slave)
        os.close(typing)
        written = _read(master, keys)
    os.close(master)
    os.close(keys)  # only now: what is piped in is open to the end, so that buttons have their numbers
    if running.returncode:
        raise SystemExit(f"The demo ended with {running.returncode}:\n{written}")
    return written


def _read(master: int, keys: int) -> str:
    """Read to the end, and type once all is there that comes by itself."""
    pieces: list[bytes] = []
    waiting = True
    while True:
        try:
            piece = os.read(master, 65_536)
        except OSError:  # Linux says so when the other side has closed
            break
        if not piece:
            break
        pieces.append(piece)
        if waiting and READY in b"".join(pieces):
            os.write(keys, f"{TYPED}\n".encode())
            waiting = False
    return b"".join(pieces).decode().replace("\r\n", "\n")


def draw(written: str, file: Path) -> None:
    """Put it into an SVG whose text can be selected and read aloud, from what is typed on."""
    written = written[written.rindex("\n", 0, written.index(TYPED)) + 1 :]
    # The port is another each time; a picture that changes only where something changed is easier to review.
    written = re.sub(r"127\.0\.0\.1:\d{4,5}", "127.0.0.1:40421", written)
    with Path(os.devnull).open("w") as nowhere:
        console = Console(width=COLUMNS, record=True, file=nowhere, force_terminal=True)
        console.print(f"$ {' '.join(COMMAND)}", style="bold", highlight=False)
        console.print(Text.from_ansi(written))
        svg = console.export_svg(title="wireroom", code_format=PAGE, unique_id="wireroom")
    file.write_text("\n".join(line.rstrip() for line in svg.splitlines()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    draw(record(), Path(sys.argv[1]))
