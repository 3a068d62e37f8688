"""What pages are drawn on: a console apart from the stream, the reader's zone, the buttons' numbers."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import tzinfo
from typing import TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from adapters.terminal.keys import Keys, Press
from adapters.terminal.words import text_of
from adapters.terminal.writer import encoding_of
from bot.models import Button
from bot.prose import Prose
from bot.text import clean

WIDTH = 80
"""Columns of a card where no terminal says how many it has."""
WIDEST = 100
"""Longer lines are hard to read, however wide the terminal."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One page in the making."""

    console: Console
    zone: tzinfo | None = None
    keys: Keys | None = None
    """None where nobody can press a button: then the command that it stands for is shown."""

    def text(self, prose: Prose) -> Text:
        """Draw a sentence as this page can show it."""
        return text_of(prose, self.zone, hyperlinks=self.console.is_terminal)

    def line(self, text: Text) -> None:
        """Print text that is never broken, so that it can be copied and searched for."""
        self.console.print(text, soft_wrap=True)

    def paragraphs(self, text: Text) -> None:
        """Print sentences: wrapped on a terminal, a line each where a program reads."""
        self.console.print(text, soft_wrap=not self.console.is_terminal)

    def button(self, button: Button) -> Text:
        """Draw a button as the number that presses it, or in words."""
        label, command = clean(button.label), clean(button.command)
        if self.keys is None or not button.command.startswith("/"):
            return Text(f"[{label}: {command}]", "bold")
        return self.key(Press(button.command), label)

    def key(self, press: Press, label: str) -> Text:
        """Draw what a number stands for; without numbers only the label."""
        if self.keys is None:
            return Text(clean(label), "bold")
        return Text.assemble((f"[{self.keys.number(press)}]", "bold cyan"), " ", clean(label))

    def buttons(self, buttons: Iterable[Button], indent: str = "") -> None:
        """Print buttons side by side, as many as fit into a line, each unbroken."""
        self.row([self.button(button) for button in buttons], indent)

    def row(self, cells: Sequence[Text], indent: str = "") -> None:
        """Print texts side by side, as many as fit into a line, each unbroken."""
        line = Text(indent)
        for cell in cells:
            if line.plain.strip() and cell_len(line.plain) + cell_len(cell.plain) > self.console.width:
                self._end(line)
                line = Text(indent)
            line.append_text(cell).append("  ")
        if cells:
            self._end(line)

    def _end(self, line: Text) -> None:
        line.rstrip()
        self.line(line)


def page(
    stream: TextIO,
    draw: Callable[[Paper], None],
    *,
    width: int | None = None,
    zone: tzinfo | None = None,
    keys: Keys | None = None,
) -> bytes:
    """Draw a page apart from the stream that it is for: rich ends the program itself on a broken pipe."""
    on_screen = stream.isatty()
    columns = width or (min(shutil.get_terminal_size().columns, WIDEST) if on_screen else WIDTH)
    sheet = io.BytesIO()
    with io.TextIOWrapper(sheet, encoding=encoding_of(stream), errors="replace", newline="\n") as file:
        console = Console(file=file, width=columns, force_terminal=True if on_screen else None)
        draw(Paper(console, zone, keys))
        file.flush()
        return sheet.getvalue()
