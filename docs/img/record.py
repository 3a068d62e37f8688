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

COLUMNS, ROWS = 82, 60
COMMAND = ("wireroom", "demo", "--for", "8s")
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
    """Run the demo in a terminal of its own and give back all that it wrote there."""
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "TZ": "UTC"}
    environment |= {"COLUMNS": str(COLUMNS), "LINES": str(ROWS)}
    program = Path(sys.executable).with_name(COMMAND[0])
    with (
        subprocess.Popen(  # noqa: S603 - our own program
            [program, *COMMAND[1:]], stdin=slave, stdout=slave, stderr=slave, env=environment
        ) as running
    ):
        os.close(slave)
        written = _read(master)
    os.close(master)
    if running.returncode:
        raise SystemExit(f"The demo ended with {running.returncode}:\n{written}")
    return written


def _read(master: int) -> str:
    pieces = []
    while True:
        try:
            piece = os.read(master, 65_536)
        except OSError:  # Linux says so when the other side has closed
            break
        if not piece:
            break
        pieces.append(piece)
    return b"".join(pieces).decode().replace("\r\n", "\n")


def draw(written: str, file: Path) -> None:
    """Put it into an SVG whose text can be selected and read aloud."""
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
