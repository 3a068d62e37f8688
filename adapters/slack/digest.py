"""Several articles in one message: numbered titles with their links, one below the other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from adapters.address import address
from adapters.fit import fitted, size, within
from adapters.heading import UNTITLED
from adapters.slack import drawn as d
from adapters.slack.drawn import Block, Drawn
from adapters.slack.escape import escape, href, short
from adapters.slack.limits import (
    BUTTONS_ROOM,
    DIGEST_ITEMS,
    DIGEST_MOST,
    HEADER_MOST,
    SECTION_MOST,
    TEXT_MOST,
    URL_MOST,
)
from adapters.slack.words import linked, moment, mrkdwn
from bot.models import Card, Digest
from bot.prose import matched
from bot.text import clean

_TITLES = (250, 160, 120, 80, 40)
"""How long an item's title may be: shorter and shorter until all items fit."""
_FACT, _WORDS = 80, 5
_SUBTITLE_MOST = 300
_DIVIDER: Block = {"type": "divider"}
_COUNT = re.compile(r"(?<=: )([0-9]+)(?= posts?\Z)")


@dataclass(frozen=True, slots=True)
class _Measure:
    """What is shown of each item."""

    facts: bool = True
    title: int = _TITLES[0]
    link: int = SECTION_MOST - _TITLES[0] * 2


_WHOLE = _Measure()


def digest(digest: Digest, *, direct: bool = True) -> Drawn:
    """Draw a digest; where it is long, facts go first, then the ends of titles, then the longest links."""
    blocks: list[Block] = []
    for measure in _measures(digest):
        blocks = _blocks(digest, measure)
        if d.weight(blocks) <= DIGEST_MOST - BUTTONS_ROOM:
            break
    return Drawn(
        text=_said(digest, direct=direct),
        blocks=tuple(blocks),
        buttons=digest.buttons,
        layout=d.SECTION,
        event=d.DIGEST,
    )


def fits(digest: Digest) -> int:
    """Say how many of its items, from the first on, one message holds whole; one at least."""
    room = DIGEST_MOST - BUTTONS_ROOM - d.weight(_blocks(replace(digest, items=()), _WHOLE))
    holds = 0
    for number, item in enumerate(digest.items[:DIGEST_ITEMS], digest.first):
        room -= d.weight([_item(item, number, _WHOLE)])
        if room < 0:
            break
        holds += 1
    return max(1, holds)


def _measures(digest: Digest) -> Iterator[_Measure]:
    yield _WHOLE
    yield _Measure(facts=False)
    for length in _TITLES[1:]:
        yield _Measure(facts=False, title=length)
    links = {size(href(link)) for item in digest.items if (link := address(item.link, URL_MOST))}
    for length in sorted(links, reverse=True):
        yield _Measure(facts=False, title=_TITLES[-1], link=min(_WHOLE.link, length - 1))


def _blocks(digest: Digest, measure: _Measure) -> list[Block]:
    header = d.plain_object(within(digest.title, HEADER_MOST) or "Digest")
    subtitle = [short(digest.subtitle, _SUBTITLE_MOST), moment(digest.at)]
    blocks: list[Block] = [
        {"type": "header", "block_id": d.name("h"), "text": header},
        d.context(["  ·  ".join(filter(None, subtitle))], d.name("sub")),
    ]
    blocks += [_item(item, number, measure) for number, item in enumerate(digest.items, digest.first)]
    if digest.more:
        blocks.append(d.context([f"and {digest.more} more"], d.name("rest")))
    if digest.buttons:
        blocks.append(_DIVIDER)
    return blocks


def _item(item: Card, number: int, measure: _Measure) -> Block:
    target = address(item.link, URL_MOST)
    if target and size(href(target)) > measure.link:
        target = None
    room = measure.title + (size(linked("", target)) if target else 0)
    title = fitted(clean(item.title) or UNTITLED, room, lambda text: linked(text, target))
    text = f"*{number}.* {title}"
    if measure.facts and (facts := _facts(item)) and size(f"{text}\n{facts}") <= SECTION_MOST:
        text = f"{text}\n{facts}"
    return d.section(text, d.name(f"d{number}"))


def _facts(item: Card) -> str:
    """Say where it comes from, who wrote it, when, and what matched."""
    facts = [short(fact, _FACT) for fact in (item.source, item.author or "")]
    if item.published:
        facts.append(moment(item.published))
    if item.why:
        words = tuple(within(word, _FACT) for word in item.why.words[:_WORDS])
        facts.append(mrkdwn(matched(replace(item.why, words=words))))
    if item.correction:
        facts.append(f"corrected {moment(item.correction.at)}")
    return " · ".join(filter(None, facts))


def _said(digest: Digest, *, direct: bool) -> str:
    """List all headlines after what comes: “Your daily digest: 8 new posts. 1. …”."""
    title = within(digest.title, HEADER_MOST) or "Digest"
    if " digest" in title and direct:
        title = f"Your {title[:1].lower()}{title[1:]}"
    said = ""
    for length in _TITLES:
        titles = (fitted(clean(item.title) or UNTITLED, length, escape) for item in digest.items)
        listed = [f"{number}. {_stopped(title)}" for number, title in enumerate(titles, digest.first)]
        if digest.more:
            listed.append(f"And {digest.more} more.")
        said = " ".join([_stopped(escape(_COUNT.sub(r"\1 new", title))), *listed])
        if size(said) <= TEXT_MOST:
            break
    return said


def _stopped(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?", "…")) else f"{sentence}."
