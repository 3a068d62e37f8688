"""A digest that is too long for one message of its platform: what it does not hold goes on in the next."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.adapter import Adapter
from bot.deliver.draw import draw
from bot.deliver.sift import Sifted
from bot.models import Digest
from bot.store import Connection, bundles, claims
from bot.store.claims import Delivery
from bot.store.database import Database


async def divided(
    db: Database, adapter: Adapter, delivery: Delivery, sifted: Sifted, *, now: datetime
) -> tuple[Delivery, Sifted, int]:
    """Say what of a delivery goes into its message, and how many items a digest may show.

    What has to go on in the next message is moved there before this one is sent, so that a crash in
    between loses nothing. Raises LeaseLost where the delivery is another process's by now.
    """
    whole = draw(delivery, sifted, now=now)
    if not isinstance(whole, Digest) or delivery.bundle is None:
        return delivery, sifted, len(sifted.kept)
    holds = max(1, min(adapter.fits(whole), len(whole.items)))
    rest = [one.item.delivery_id for one in sifted.kept[holds:]]
    if not rest or (delivery.bundle.ends and not _is_short(whole, holds)):
        return delivery, sifted, holds

    def push_on(c: Connection) -> bundles.Bundle | None:
        claims.check(c, delivery)
        moved = bundles.push_on(c, delivery.id, rest, shown=holds, now=now)
        return bundles.told(c, delivery.id) if moved else None

    bundle = await db.write(push_on)
    if bundle is None:
        return delivery, sifted, holds
    staying = replace(sifted, kept=sifted.kept[:holds])
    left = {item.delivery_id for item in delivery.items}.difference(rest)
    items = tuple(item for item in delivery.items if item.delivery_id in left)
    return replace(delivery, bundle=bundle, items=items), staying, holds


def _is_short(whole: Digest, holds: int) -> bool:
    """Say whether it is the platform that holds less than a digest's message may have."""
    return holds < len(whole.items)
