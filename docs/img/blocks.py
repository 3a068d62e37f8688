"""Draw the picture of docs/slack.md: a card and an alert, as the adapter sends them, in Slack's manner.

It is no screenshot: texts, order and buttons are those of the real messages, the looks are ours.
"""

from __future__ import annotations

import asyncio
import html
import itertools
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from messages import FONT, LINE, WIDTH, Page, card

from adapters.slack.buttons import actions
from adapters.slack.cards import draw
from adapters.slack.drawn import Block
from bot.adapter import Scratch

LETTERS, SMALL = 66, 86
"""Of a line of text, and of one of small type."""
BESIDE = 16
"""Letters that a picture beside the text takes from a line."""
LEFT = 54
INK, DIM, LINK, PAPER, PLATE, EDGE, CODE = (
    "#1d1c1d",
    "#616061",
    "#1264a3",
    "#ffffff",
    "#e8e8e8",
    "#bbbabb",
    "#c01343",
)
BOLD, LINKED = "font-weight:700;", f"fill:{LINK};"
MONO = f"font-family:ui-monospace,Menlo,Consolas,monospace;fill:{CODE};"
MARKED = re.compile(
    r"\*(?P<bold>[^*]+)\*|`(?P<code>[^`]+)`|<!date\^(?P<at>\d+)\^[^>]*>|<[^|>]+\|(?P<label>[^>]*)>"
)

Run = tuple[str, str]
"""A text and how it is drawn."""


def mrkdwn(text: str, style: str = "") -> Iterator[Run]:
    """Read a text's mark-up, as far as cards have any."""
    after = 0
    for found in MARKED.finditer(text):
        yield html.unescape(text[after : found.start()]), style
        after = found.end()
        if found["bold"]:
            yield from mrkdwn(found["bold"], style + BOLD)
        elif found["code"]:
            yield html.unescape(found["code"]), style + MONO
        elif found["at"]:
            at = datetime.fromtimestamp(int(found["at"]), UTC)
            yield f"{at:%b} {at.day}, {at:%Y} at {at:%H:%M}", style
        else:
            yield html.unescape(found["label"]), style + LINKED
    yield html.unescape(text[after:]), style


def rich(elements: Sequence[Mapping[str, Any]]) -> Iterator[Run]:
    """Read the parts of a rich text."""
    for element in elements:
        style = BOLD if element.get("style", {}).get("bold") else ""
        yield element["text"], style + (LINKED if element["type"] == "link" else "")


def wrapped(runs: Iterator[Run], letters: int) -> Iterator[list[Run]]:
    """Break runs into lines, at spaces and where they say so."""
    held: list[Run] = []
    for text, style in runs:
        for part in re.findall(r"\n|[^\S\n]+|\S+", text):
            if part == "\n" or sum(len(one) for one, _ in held) + len(part) > letters:
                yield held
                held = []
            if held or not part.isspace():
                held.append((part, style))
    yield held


def write(page: Page, runs: Iterator[Run], letters: int, style: str) -> None:
    """Write runs as lines."""
    for line in wrapped(runs, letters):
        spans = "".join(
            f'<tspan style="{how}">{html.escape("".join(text for text, _ in alike))}</tspan>'
            for how, alike in itertools.groupby(line, lambda run: run[1])
        )
        page.parts.append(f'<text x="{LEFT}" y="{page.y}" style="{style}">{spans}</text>')
        page.y += LINE


def block(page: Page, drawn: Block) -> None:
    """Draw a block."""
    match drawn["type"]:
        case "section":
            top, beside = page.y, "accessory" in drawn
            letters = LETTERS - (BESIDE if beside else 0)
            write(page, mrkdwn(drawn["text"]["text"]), letters, f"font-size:14px;fill:{INK}")
            if beside:
                page.box(WIDTH - 98, top - 12, 76, 76, PLATE, round_=8)
                page.y = max(page.y, top + 82)
        case "rich_text":
            runs = rich(drawn["elements"][0]["elements"])
            write(page, runs, LETTERS, f"font-size:14px;fill:{INK}")
        case "context":
            for element in drawn["elements"]:
                write(page, mrkdwn(element["text"]), SMALL, f"font-size:12px;fill:{DIM}")
        case "actions":
            buttons(page, drawn["elements"])
    page.y += 2


def buttons(page: Page, elements: Sequence[Block]) -> None:
    """Draw a row of buttons, the last of them mostly the three dots of a menu."""
    x = LEFT
    for element in elements:
        said = element["text"]["text"] if element["type"] == "button" else "⋯"
        width = 22 + round(7.1 * len(said))
        page.box(x, page.y - 12, width, 28, EDGE)
        page.box(x + 1, page.y - 11, width - 2, 26, PAPER, round_=3)
        page.parts.append(
            f'<text x="{x + width // 2}" y="{page.y + 7}" text-anchor="middle" '
            f'style="font-size:13px;font-weight:600;fill:{INK}">{html.escape(said)}</text>'
        )
        x += width + 8
    page.y += 20


async def message(page: Page, place: str, *, alert: bool) -> None:
    """Draw a message with its head."""
    drawn = draw(card(alert=alert), direct=alert)
    below = await actions(drawn.buttons, owner="", replaces=False, ledger=Scratch(), card=alert)
    page.box(14, page.y - 2, 30, 30, "#0b7a75", round_=7)
    page.y += 10
    head = f'<tspan style="{BOLD}fill:{INK}">wireroom</tspan> {html.escape(place)}'
    page.parts.append(f'<text x="{LEFT}" y="{page.y}" style="font-size:14px;fill:{DIM}">{head}</text>')
    page.y += LINE + 2
    for one in [*drawn.blocks, *below]:
        block(page, one)
    page.y += 16


async def picture() -> str:
    """Draw both messages below each other."""
    page = Page()
    await message(page, "APP  in #news", alert=False)
    await message(page, "APP  to you", alert=True)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {page.y}" font-family=\'{FONT}\'>\n'
        "<title>A card in a channel and an alert by direct message</title>\n"
        f'<rect width="{WIDTH}" height="{page.y}" rx="8" fill="{PAPER}" stroke="{EDGE}"/>\n'
        + "\n".join(page.parts)
        + "\n</svg>\n"
    )


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(asyncio.run(picture()), encoding="utf-8")
