"""The same message in a plainer form, for when Slack refuses the one before (``invalid_blocks``)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from adapters.fit import size
from adapters.slack.drawn import DIGEST, PLAIN, Block, Drawn
from adapters.slack.escape import escape, escape_cleaned
from adapters.slack.limits import PLAIN_MOST, TEXT_MOST
from adapters.slack.words import Element, linked


def has_picture_block(drawn: Drawn) -> bool:
    """Say whether it fails as a whole when Slack cannot fetch its picture."""
    return any(map(_is_picture, drawn.blocks))


def plainer(drawn: Drawn) -> Drawn | None:
    """Take one step: first without the picture's block, then without any; None where nothing is left."""
    if has_picture_block(drawn):
        return replace(drawn, blocks=tuple(block for block in drawn.blocks if not _is_picture(block)))
    return plainest(drawn) if drawn.blocks else None


def plainest(drawn: Drawn) -> Drawn:
    """Write its blocks as one text, links included; buttons go, for they would be a block again."""
    most = PLAIN_MOST if drawn.event == DIGEST else TEXT_MOST
    lines = (line for block in drawn.blocks for line in _lines(block))
    text = "\n".join(_fitting(lines, most)) or drawn.text
    return replace(drawn, text=text, blocks=(), buttons=(), layout=PLAIN)


def _is_picture(block: Block) -> bool:
    return bool(block["type"] == "image")


def _lines(block: Block) -> Iterator[str]:
    match block:
        case {"type": "header", "text": {"text": str(text)}}:
            yield f"*{escape(text)}*"
        case {"type": "section", "text": {"text": str(text)}}:
            yield from text.split("\n")
        case {"type": "context", "elements": elements}:
            yield from (element["text"] for element in elements)
        case {"type": "rich_text", "elements": [{"elements": elements}]}:
            yield from "".join(_written(elements)).split("\n")


def _written(elements: Sequence[Element]) -> Iterator[str]:
    """Write a rich text; the bold of matched words goes, for words there have no edges.

    Texts that stand together are escaped together: a name of an emoji may go over the edge of one.
    """
    for is_link, some in groupby(elements, key=lambda element: element["type"] == "link"):
        if is_link:
            yield from (linked(element["text"], element["url"]) for element in some)
        else:
            yield escape_cleaned("".join(element["text"] for element in some))


def _fitting(lines: Iterator[str], most: int) -> Iterator[str]:
    """Give whole lines while they fit; half a line could end inside a link."""
    for line in lines:
        most -= size(line) + 1
        if most < 0:
            return
        yield line
