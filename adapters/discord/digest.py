"""Several articles in one message: numbered titles with their links, in as many embeds as they need."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from adapters.address import address
from adapters.discord.drawn import Drawn, Embed
from adapters.discord.escape import escape
from adapters.discord.limits import (
    COLOUR,
    DESCRIPTION_MOST,
    EMBEDS_TOGETHER,
    FORUM_TITLE_MOST,
    TITLE_MOST,
    URL_MOST,
)
from adapters.discord.words import masked, moment
from adapters.fit import fitted, size, within
from adapters.heading import UNTITLED
from bot.models import Card, Digest
from bot.text import clean

_TITLES = (500, 250, 160, 120, 80)
"""How long an item's title may be: shorter and shorter until all items fit."""
_FACT, _WORDS = 80, 5
_FOOTER_MOST = 300

_ROUND = str.maketrans("[]", "()")


@dataclass(frozen=True, slots=True)
class _Measure:
    """What is shown of each item."""

    facts: bool = True
    title: int = _TITLES[0]
    link: int = URL_MOST


def digest(digest: Digest, *, direct: bool) -> Drawn:
    """Draw a digest; where it is long, facts go first, then the ends of titles, then the longest links."""
    title = fitted(clean(digest.title) or "Digest", TITLE_MOST, escape)
    footer = _footer(digest, direct=direct)
    most = EMBEDS_TOGETHER - size(title) - size(footer)
    pages: list[str] = []
    for measure in _measures(digest):
        pages = _pages(_parts(digest, measure))
        if sum(map(size, pages)) <= most:  # two pages are always more than one holds, so these are few
            break
    return Drawn(
        content=_announcement(digest) if direct else "",
        embeds=_embeds(title, pages, footer),
        buttons=digest.buttons,
        title=within(digest.title, FORUM_TITLE_MOST),
    )


def _measures(digest: Digest) -> Iterator[_Measure]:
    yield _Measure()
    yield _Measure(facts=False)
    for length in _TITLES[1:]:
        yield _Measure(facts=False, title=length)
    links = {len(link) for item in digest.items if (link := address(item.link, URL_MOST))}
    for length in sorted(links, reverse=True):
        yield _Measure(facts=False, title=_TITLES[-1], link=length - 1)


def _parts(digest: Digest, measure: _Measure) -> Iterator[str]:
    several = len({clean(item.source) for item in digest.items}) > 1
    for number, item in enumerate(digest.items, digest.first):
        title = _rounded(within(item.title, measure.title)) or UNTITLED
        link = address(item.link, URL_MOST)
        part = f"**{number}.** {masked(title, link if link and len(link) <= measure.link else None)}"
        facts = _facts(item, several=several) if measure.facts else ""
        yield f"{part}\n-# {facts}" if facts else part
    if digest.more:
        yield f"and {digest.more} more"


def _facts(item: Card, *, several: bool) -> str:
    """Say in small type who wrote it (and where, in a digest of several feeds), when, and what matched."""
    who = (item.source, item.author) if several else (item.author or item.source,)
    facts = [escape(_rounded(within(one, _FACT))) for one in who if one]
    if item.published:
        facts.append(moment(item.published, "R"))
    if item.why and item.why.words:
        words = _rounded(" and ".join(within(word, _FACT) for word in item.why.words[:_WORDS]))
        facts.append(f"matched {escape(words)}")
    if item.correction:
        facts.append(f"corrected {moment(item.correction.at, 'R')}")
    return " · ".join(filter(None, facts))


def _rounded(text: str) -> str:
    """Round the brackets of a text: behind ten square ones, also escaped, Discord makes no link."""
    return text.translate(_ROUND)


def _pages(parts: Iterator[str]) -> list[str]:
    """Fill descriptions; an item never lies in two of them."""
    pages: list[str] = []
    for part in parts:
        longer = f"{pages[-1]}\n{part}" if pages else part
        if pages and size(longer) <= DESCRIPTION_MOST:
            pages[-1] = longer
        else:
            pages.append(part)
    return pages


def _embeds(title: str, pages: Sequence[str], footer: str) -> tuple[Embed, ...]:
    embeds: list[dict[str, object]] = [{"description": page, "color": COLOUR} for page in pages]
    embeds = embeds or [{"color": COLOUR}]
    embeds[0] = {"title": title, **embeds[0]}
    if footer:
        embeds[-1]["footer"] = {"text": footer}
    return tuple(embeds)


def _footer(digest: Digest, *, direct: bool) -> str:
    origin = within(digest.subtitle.removeprefix("From "), _FOOTER_MOST)
    return " · ".join(filter(None, [origin, "/digest changes the schedule" if direct else ""]))


def _announcement(digest: Digest) -> str:
    """Say what comes, for notifications, which show no embed: “Your daily digest: 8 posts”."""
    title = within(digest.title, TITLE_MOST)
    if " digest" in title:
        title = f"Your {title[:1].lower()}{title[1:]}"
    return f"{escape(title)}." if title else ""
