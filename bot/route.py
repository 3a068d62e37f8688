"""Which entry goes where: pure, from the entries, the feed's subscriptions and the follows they satisfy."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from bot.models import Entry, Follow, Rhythm, Subscription, Target, TargetKind
from bot.novelty import article, link_mark, title_mark

FLOOD = 50
"""More new entries than this in one poll are a flood: a feed that invents them, or a new guid scheme."""
FLOOD_POSTED = 10
"""Of a flood, the newest are posted and the rest remembered behind one line."""

_SOONEST_FIRST = tuple(Rhythm)


@dataclass(frozen=True, slots=True)
class Wish:
    """A follow that an entry satisfies, and where and when it wants it (the target by the store's id)."""

    follow_id: int
    target_id: int
    rhythm: Rhythm


@dataclass(frozen=True, slots=True)
class Route:
    """An entry on its way to a target (by the store's id)."""

    entry: Entry
    target_id: int
    article: str | None
    rhythm: Rhythm = Rhythm.NOW
    """The soonest in which anybody wants it."""
    follows: tuple[int, ...] = ()
    """For which it goes there."""
    alert: bool = False
    """It goes there for follows alone: the target does not carry the feed."""


@dataclass(frozen=True, slots=True)
class Routes:
    """All that one poll sends, oldest first, and what it only remembers."""

    routes: tuple[Route, ...] = ()
    held: tuple[Entry, ...] = ()
    """Entries of a flood that are remembered and not posted."""
    again: tuple[Route, ...] = ()
    """Articles that their targets had lately, or wait for: perhaps they are wanted sooner now."""


def reaches(follow: Follow, carriers: Collection[Target]) -> bool:
    """Say whether a feed with these carriers is one that a follow is about.

    It is where a channel of its space carries it (of any space, for a follow made in a direct message),
    or its owner for themselves. Who may see the channel is asked when the alert is sent.
    """
    return follow.owner in carriers or any(
        carrier == follow.target
        or (
            carrier.kind is TargetKind.CHANNEL
            and carrier.platform == follow.owner.platform
            and follow.space in {None, carrier.space}
        )
        for carrier in carriers
    )


def posted(new: Sequence[Entry]) -> Sequence[Entry]:
    """Leave out what of a flood is only remembered; ``new`` is oldest first."""
    return new[-FLOOD_POSTED:] if len(new) > FLOOD else new


def name(entry: Entry) -> str | None:
    """Name the article that an entry is, across feeds."""
    return article(link_mark(entry.link), title_mark(entry.title))


def route_new(
    new: Sequence[Entry],
    subscriptions: Sequence[Subscription],
    *,
    sent: Collection[tuple[str, int]],
    wishes: Mapping[str, Sequence[Wish]] = MappingProxyType({}),
) -> Routes:
    """Send each new entry (oldest first) to every channel that carries the feed, and to who follows it.

    ``sent`` names the articles, with targets, that went out in the last 7 days from any feed;
    ``wishes`` are by the entry's guid.
    """
    news = posted(new)
    gone = set(sent)
    routes: list[Route] = []
    again: list[Route] = []
    for entry in news:
        for route in _wanted(entry, subscriptions, wishes.get(entry.guid, ())):
            if route.article is None:
                routes.append(route)
            elif (route.article, route.target_id) in gone:
                again.append(route)
            else:
                gone.add((route.article, route.target_id))
                routes.append(route)
    return Routes(tuple(routes), tuple(new[: len(new) - len(news)]), tuple(again))


def _wanted(entry: Entry, subscriptions: Sequence[Subscription], wishes: Sequence[Wish]) -> list[Route]:
    """Give one route to each target, for all who want it there, in the soonest of their rhythms."""
    key = name(entry)
    found: dict[int, Route] = {}
    for subscription in subscriptions:
        if not subscription.paused:
            rhythm = Rhythm.DAILY if subscription.digest else Rhythm.NOW
            found[subscription.target_id] = Route(entry, subscription.target_id, key, rhythm)
    for wish in wishes:
        there = found.get(wish.target_id)
        if there is None:
            there = Route(entry, wish.target_id, key, wish.rhythm, alert=True)
        soonest = min(there.rhythm, wish.rhythm, key=_SOONEST_FIRST.index)
        found[wish.target_id] = replace(there, rhythm=soonest, follows=(*there.follows, wish.follow_id))
    return list(found.values())


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
