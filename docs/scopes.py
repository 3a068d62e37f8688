"""Write the table of scopes in docs/slack.md anew, from their declarations."""

from __future__ import annotations

from pathlib import Path

from adapters.slack.scopes import as_markdown

PAGE = Path(__file__).with_name("slack.md")
START = "<!-- The table begins: python docs/scopes.py writes it. -->\n"
END = "<!-- The table ends. -->\n"


def renewed(page: str) -> str:
    """Put the table between its two lines, and leave the rest of the page as it is."""
    before, start, rest = page.partition(START)
    _, end, after = rest.partition(END)
    return f"{before}{start}\n{as_markdown()}\n\n{end}{after}"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
