"""The same message in a plainer form, for when Discord refuses the one before (50035)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from adapters.discord.drawn import Drawn, Embed
from adapters.discord.escape import escape
from adapters.discord.limits import CONTENT_MOST
from adapters.discord.words import masked
from adapters.fit import size

_PICTURES = ("image", "thumbnail")


def plainer(drawn: Drawn) -> Drawn | None:
    """Take one step: first without pictures, then without embeds; None where nothing is left to leave out."""
    if any(picture in embed for embed in drawn.embeds for picture in _PICTURES):
        return replace(drawn, embeds=tuple(map(_without_pictures, drawn.embeds)))
    if drawn.embeds:
        return replace(drawn, content="\n".join(_fitting(_lines(drawn))), embeds=())
    return None


def _without_pictures(embed: Embed) -> Embed:
    return {name: value for name, value in embed.items() if name not in _PICTURES}


def _lines(drawn: Drawn) -> Iterator[str]:
    if drawn.content:
        yield drawn.content
    first = drawn.embeds[0]
    source = first.get("author", {}).get("name", "")
    linked, bare = (_head(drawn.title, url, source) for url in (first.get("url"), None))
    yield linked if size(drawn.content) + 1 + size(linked) <= CONTENT_MOST else bare
    if "url" in first or source:
        return
    for embed in drawn.embeds:  # a digest is nothing without its items
        yield from embed.get("description", "").split("\n")


def _head(title: str, url: str | None, source: str) -> str:
    return " · ".join(filter(None, [masked(title, url, emoji=False), escape(source)]))


def _fitting(lines: Iterator[str]) -> Iterator[str]:
    """Give whole lines while they fit; half a line could end inside a link."""
    room = CONTENT_MOST
    for line in lines:
        room -= size(line) + 1
        if room < 0:
            return
        yield line
