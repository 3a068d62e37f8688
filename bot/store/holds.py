"""Holds: what may not be sent just now, and comes together with others later."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, func, select, update

from bot.digest import Hold, quiet_until
from bot.models import Habits, TargetKind
from bot.store import alerts, bundles, claims
from bot.store.claims import Delivery
from bot.store.deliveries import State
from bot.store.tables import deliveries, targets

WINDOW = timedelta(minutes=10)
_LOOKED_BACK = 100
"""Messages among which those of the last ten minutes are counted: a target's newest, without an index."""
_IS_NEWS = (deliveries.c.message_id.is_not(None), deliveries.c.notice.is_(None))


@dataclass(frozen=True, slots=True)
class Caps:
    """How many messages go one by one within ten minutes; the rest come as one."""

    alerts: int
    """To a person."""
    cards: int
    """To a channel."""


def claim(
    c: Connection,
    platform: str,
    *,
    now: datetime,
    limit: int,
    lease: str,
    caps: Caps,
    busy: Collection[int] = (),
) -> list[Delivery]:
    """Make digests of what was held long enough, and take the next messages that may be sent now."""
    bundles.gather(c, platform, now=now)
    while ids := claims.next_up(c, platform, now=now, limit=limit, busy=busy):
        held = hold_back(c, ids, caps=caps, now=now)
        if left := [one for one in ids if one not in held]:
            return claims.take(c, left, now=now, lease=lease)
    return []


def hold_back(c: Connection, ids: Collection[int], *, caps: Caps, now: datetime) -> set[int]:
    """Hold those of the messages next to be sent that may not be sent now, and what waits behind them.

    In a person's quiet hours nothing goes out but the bot's own sentences and what they ask for.
    """
    front = deliveries.alias("front")
    lately = (
        select(deliveries.c.posted_at)
        .where(deliveries.c.target_id == front.c.target_id, *_IS_NEWS)
        .order_by(deliveries.c.id.desc())
        .limit(_LOOKED_BACK)
        .correlate(front)
        .subquery()
    )
    sent = select(func.count()).select_from(lately).where(_within(lately.c.posted_at, now))
    rows = c.execute(
        select(
            front.c.id,
            front.c.target_id,
            front.c.entry_id,
            front.c.digest,
            targets.c.kind,
            sent.scalar_subquery().label("sent"),
        )
        .join(targets, targets.c.id == front.c.target_id)
        .where(
            front.c.id.in_(list(ids)),
            front.c.state == State.PENDING,
            front.c.message_id.is_(None),
            front.c.notice.is_(None),
        )
    ).all()
    habits = alerts.habits(c, [row.target_id for row in rows if row.kind == TargetKind.PERSON])
    held: set[int] = set()
    for row in rows:
        cap = caps.alerts if row.kind == TargetKind.PERSON else caps.cards
        quiet = quiet_until(habits.get(row.target_id, Habits()), now)
        if quiet is not None and not (row.digest and row.digest["asked"]):
            _hold(c, row.target_id, Hold.QUIET, until=quiet)
            bundles.dissolve(c, row.target_id, due_at=quiet)
            held.add(row.id)
        elif row.entry_id is not None and row.sent >= cap:
            _hold(c, row.target_id, Hold.BURST, until=_reopens(c, row.target_id, cap, now))
            held.add(row.id)
    return held


def _within(posted_at: ColumnElement[Any], now: datetime) -> ColumnElement[bool]:
    return and_(posted_at > now - WINDOW, posted_at <= now)


def _reopens(c: Connection, target_id: int, cap: int, now: datetime) -> datetime:
    """Say when the oldest of the last messages is long enough ago for one more."""
    posted: datetime = c.execute(
        select(deliveries.c.posted_at)
        .where(deliveries.c.target_id == target_id, *_IS_NEWS, _within(deliveries.c.posted_at, now))
        .order_by(deliveries.c.posted_at.desc())
        .offset(cap - 1)
        .limit(1)
    ).scalar_one()
    return posted + WINDOW


def _hold(c: Connection, target_id: int, hold: Hold, *, until: datetime) -> None:
    c.execute(
        update(deliveries)
        .where(
            deliveries.c.target_id == target_id,
            deliveries.c.state == State.PENDING,
            deliveries.c.entry_id.is_not(None),
            deliveries.c.message_id.is_(None),
        )
        .values(state=State.HELD, hold=hold, due_at=until)
    )
