"""Write the list of commands in docs/commands.md anew, from their declarations."""

from __future__ import annotations

from pathlib import Path

from bot.cli.declared import declared
from bot.commands.desk.help import as_markdown

PAGE = Path(__file__).with_suffix(".md")
START = "<!-- The list begins: python docs/commands.py writes it. -->\n"
END = "<!-- The list ends. -->\n"


def renewed(page: str) -> str:
    """Put the list between its two lines, and leave the rest of the page as it is."""
    before, start, rest = page.partition(START)
    _, end, after = rest.partition(END)
    return f"{before}{start}\n{as_markdown(declared())}\n{end}{after}"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
