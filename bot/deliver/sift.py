"""The last look before a message leaves: who still wants its articles, and may see their feeds."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from bot import why
from bot.models import Follow, Target
from bot.reach import Reach
from bot.store.bundles import UNWANTED
from bot.store.claims import Delivery
from bot.store.deliveries import State
from bot.store.items import Item
from bot.why import Match

NO_MATCH = "The article or the follow was changed, and they match no more."
UNSEEN = "You can no longer see a channel that carries {}."
_BREATH = 100
"""Items after which others get a turn."""


@dataclass(frozen=True, slots=True)
class Kept:
    """An item that goes out."""

    item: Item
    """With its feed called as its reader knows it."""
    because: tuple[Match, ...] = ()


@dataclass(frozen=True, slots=True)
class Sifted:
    """What of a delivery goes out, and what not, with the reasons."""

    kept: tuple[Kept, ...] = ()
    left_out: tuple[tuple[int, str], ...] = ()
    """By the item's delivery."""
    nothing: str | None = None
    """Why nothing at all goes out; None where something does."""


async def sift(delivery: Delivery, reach: Reach) -> Sifted:
    """Look at each item of a delivery, in their order.

    What stands in the target already, or perhaps does, keeps its reasons.
    """
    view = _View(reach, delivery.target)
    kept: list[Kept] = []
    left_out: list[tuple[int, str]] = []
    for place, item in enumerate(delivery.items):
        if place % _BREATH == 0:  # a digest of thousands must not hold up the others
            await asyncio.sleep(0)
        if delivery.state is State.DOUBT:
            found: Kept | str = await _in_doubt(item, view)
        else:
            found = await (_wanted(item, view) if delivery.message_id is None else _standing(item, view))
        if isinstance(found, Kept):
            kept.append(found)
        else:
            left_out.append((item.delivery_id, found))
    nothing = None
    if delivery.notice is None and not kept:
        nothing = left_out[0][1] if left_out else UNWANTED
    return Sifted(tuple(kept), tuple(left_out), nothing)


class _View:
    """What the readers of one target see, asked once for each feed."""

    def __init__(self, reach: Reach, target: Target) -> None:
        self._reach = reach
        self._target = target
        self._known: dict[tuple[Target, str | None, int], str | None] = {}

    async def name(self, feed_id: int, follow: Follow) -> str | None:
        """Name a feed as they know it; None where they, or who follows for them, cannot see it."""
        name = await self._known_as(self._target, follow.space, feed_id)
        if name is None or follow.owner == self._target:
            return name
        return name if await self._known_as(follow.owner, follow.space, feed_id) is not None else None

    async def _known_as(self, who: Target, space: str | None, feed_id: int) -> str | None:
        key = (who, space, feed_id)
        if key not in self._known:
            named = await self._reach.feeds(who, space, feed_id=feed_id, sure=True)
            self._known[key] = named.get(feed_id)
        return self._known[key]


async def _wanted(item: Item, view: _View) -> Kept | str:
    because = why.matches(item.entry, item.follows)
    if item.carried:
        return Kept(item, because)
    if not item.follows:
        return UNWANTED
    return await _seen(item, because, view) if because else NO_MATCH


async def _standing(item: Item, view: _View) -> Kept | str:
    """A card that stands there is corrected for as long as its readers may see the feed."""
    because = why.standing(item.entry, item.follows)
    return Kept(item, because) if item.carried or not because else await _seen(item, because, view)


async def _in_doubt(item: Item, view: _View) -> Kept:
    found = await _standing(item, view)
    return found if isinstance(found, Kept) else Kept(item, why.standing(item.entry, item.follows))


async def _seen(item: Item, because: tuple[Match, ...], view: _View) -> Kept | str:
    names = {match.follow.id: await view.name(item.feed_id, match.follow) for match in because}
    seen = tuple(match for match in because if names[match.follow.id] is not None)
    if not seen:
        return UNSEEN.format(item.source)
    return Kept(replace(item, source=names[seen[0].follow.id] or item.source), seen)
