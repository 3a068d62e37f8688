"""Which entry goes where: pure, from the entries and the feed's subscriptions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bot.models import Entry, Subscription
from bot.novelty import article, link_mark, title_mark

FLOOD = 50
"""More new entries than this in one poll are a flood: a feed that invents them, or a new guid scheme."""
FLOOD_POSTED = 10
"""Of a flood, the newest are posted and the rest remembered behind one line."""


@dataclass(frozen=True, slots=True)
class Route:
    """An entry on its way to a target (by the store's id)."""

    entry: Entry
    target_id: int
    article: str | None


@dataclass(frozen=True, slots=True)
class Routes:
    """All that one poll sends, oldest first, and what it only remembers."""

    routes: tuple[Route, ...] = ()
    held: tuple[Entry, ...] = ()
    """Entries of a flood that are remembered and not posted."""


def name(entry: Entry) -> str | None:
    """Name the article that an entry is, across feeds."""
    return article(link_mark(entry.link), title_mark(entry.title))


def route_new(
    new: Sequence[Entry], subscriptions: Sequence[Subscription], *, sent: Collection[tuple[str, int]]
) -> Routes:
    """Send each new entry (oldest first) to every channel that carries the feed.

    ``sent`` names the articles, with targets, that went out in the last 7 days from any feed.
    """
    held = tuple(new[:-FLOOD_POSTED]) if len(new) > FLOOD else ()
    posted = new[len(held) :]
    gone = set(sent)
    routes: list[Route] = []
    for entry in posted:
        for subscription in subscriptions:
            key = name(entry)
            if subscription.paused or (key is not None and (key, subscription.target_id) in gone):
                continue
            if key is not None:
                gone.add((key, subscription.target_id))
            routes.append(Route(entry, subscription.target_id, key))
    return Routes(tuple(routes), held)


def route_samples(
    known: Sequence[Entry], subscriptions: Sequence[Subscription], *, sent: Collection[tuple[str, int]]
) -> Routes:
    """Send the newest of a feed's entries (oldest first) to each channel that asked for a sample."""
    routes: list[Route] = []
    for subscription in subscriptions:
        if not subscription.sample or subscription.paused:
            continue
        for entry in reversed(known):
            key = name(entry)
            if key is None or (key, subscription.target_id) not in sent:
                routes.append(Route(entry, subscription.target_id, key))
                break
    return Routes(tuple(routes))
