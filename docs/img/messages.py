"""Draw the picture of docs/discord.md: a card and an alert, as the adapter sends them, in Discord's manner.

It is no screenshot: texts, order and buttons are those of the real messages, the looks are ours.
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

from adapters.discord.cards import draw
from adapters.discord.drawn import Drawn
from bot.demo.articles import OLDER
from bot.models import Button, Card, Image, Reason, Why

WIDTH = 560
WORD = "semiconductor"
LETTERS = 62
"""Of a line of an embed."""
LINE = 20
INK, DIM, LINK, PAPER, EMBED, PLATE = "#dbdee1", "#a5a8ad", "#4ba3f5", "#313338", "#2b2d31", "#4e5058"
FONT = '-apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif'
BUTTONS = ("Snooze 24 h", "Unfollow", "Daily digest instead", "Edit…")
AT = datetime(2026, 4, 15, 13, 50, tzinfo=UTC)

Piece = tuple[str, str]
"""A text and how it is drawn."""


def card(*, alert: bool) -> Card:
    """Make a card of an article of the demo; ``alert`` says that somebody follows a word of it."""
    article = OLDER[3]
    start = article.summary.find(WORD)
    why = Why((WORD,), ("summary",), (Reason(1, "semiconductors", "all feeds"),))
    return Card(
        title=article.title,
        source="The Sample Wire",
        link="https://wire.example/" + article.slug,
        summary=article.summary,
        author=article.author,
        image=Image("https://wire.example/picture.jpg", article.alt),
        published=AT,
        why=why if alert else None,
        summary_marks=((start, start + len(WORD)),) if alert else (),
        buttons=tuple(Button(label, "/x") for label in BUTTONS) if alert else (),
    )


class Page:
    """An SVG that grows downwards."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.y = 16

    def text(self, x: int, text: str, style: str) -> None:
        """Write a line of pieces, each with the mark-up that Discord would read in it."""
        spans = "".join(f'<tspan style="{how}">{escape(piece)}</tspan>' for piece, how in _pieces(text))
        self.parts.append(f'<text x="{x}" y="{self.y}" style="{style}">{spans}</text>')

    def box(self, x: int, y: int, width: int, height: int, fill: str, *, round_: int = 4) -> None:
        """Draw a rectangle."""
        self.parts.append(
            f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{round_}" fill="{fill}"/>'
        )


def _pieces(text: str) -> Iterator[Piece]:
    text = re.sub(r"\\(.)", r"\1", text)
    for part in re.split(r"(\*\*.+?\*\*|`.+?`)", text):
        if part.startswith("**"):
            yield part[2:-2], "font-weight:700;fill:#fff"
        elif part.startswith("`"):
            yield part[1:-1], f"font-family:ui-monospace,Menlo,Consolas,monospace;fill:{DIM}"
        elif part:
            yield part, ""


def message(page: Page, place: str, drawn: Drawn) -> None:
    """Draw one message with its head."""
    page.parts.append(f'<circle cx="28" cy="{page.y + 12}" r="14" fill="#0b7a75"/>')
    page.y += 10
    page.text(54, f"**wireroom** {place}", f"font-size:14px;fill:{DIM}")
    page.y += LINE
    for line in textwrap.wrap(drawn.content, LETTERS + 8):
        page.text(54, line, f"font-size:14px;fill:{INK}")
        page.y += LINE
    for embed in drawn.embeds:
        _embed(page, embed)
    x = 54
    for button in drawn.buttons:
        width = 20 + round(7.1 * len(button.label))
        page.box(x, page.y, width, 30, PLATE)
        page.parts.append(
            f'<text x="{x + width // 2}" y="{page.y + 20}" text-anchor="middle" '
            f'style="font-size:13px;fill:#fff">{escape(button.label)}</text>'
        )
        x += width + 8
    page.y += 30 + 24 if drawn.buttons else 18


def _embed(page: Page, embed: Mapping[str, Any]) -> None:
    small = "thumbnail" in embed
    letters = LETTERS - 14 if small else LETTERS
    top, hole = page.y - 6, len(page.parts)
    page.y += 16
    page.text(70, embed["author"]["name"], f"font-size:12.5px;font-weight:600;fill:{INK}")
    for style, text in (
        (f"font-size:15px;font-weight:600;fill:{LINK}", embed["title"]),
        (f"font-size:13.5px;fill:{INK}", embed["description"]),
    ):
        page.y += 4
        for line in textwrap.wrap(text, letters):
            page.y += LINE
            page.text(70, line, style)
    if small:
        page.box(456, top + 14, 72, 72, PLATE)
    else:
        page.y += 14
        page.box(70, page.y, 400, 96, PLATE)
        alt = f"alt text: {embed['image']['description']}"
        page.parts.append(f'<text x="84" y="{page.y + 52}" style="font-size:12.5px;fill:{DIM}">{alt}</text>')
        page.y += 96
    page.y += 22
    when = datetime.fromisoformat(embed["timestamp"])
    page.text(70, f"{embed['footer']['text']} • {when:%H:%M}", f"font-size:11.5px;fill:{DIM}")
    page.y += 14
    box = Page()
    box.box(54, top, 488, page.y - top, EMBED)
    box.box(54, top, 4, page.y - top, f"#{embed['color']:06x}", round_=2)
    page.parts[hole:hole] = box.parts
    page.y += 12


def picture() -> str:
    """Draw both messages below each other."""
    page = Page()
    message(page, "in #news", draw(card(alert=False), direct=False))
    message(page, "to you", draw(card(alert=True), direct=True))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {page.y}" font-family=\'{FONT}\'>\n'
        "<title>A card in a channel and an alert by direct message</title>\n"
        f'<rect width="{WIDTH}" height="{page.y}" rx="8" fill="{PAPER}"/>\n'
        + "\n".join(page.parts)
        + "\n</svg>\n"
    )


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(picture(), encoding="utf-8")
