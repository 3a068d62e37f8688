"""Claims: who may send a delivery now, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    Subquery,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    update,
)

from bot.errors import LeaseLost
from bot.models import Button, Correction, Entry, Notice, Rhythm, Target
from bot.store import bundles, items
from bot.store.bundles import Bundle
from bot.store.deliveries import State, bury_items, correct_where
from bot.store.items import Item
from bot.store.subscriptions import target_of
from bot.store.tables import deliveries, entries, targets

LEASE = timedelta(minutes=1)
LEASE_LONGEST = 2 * LEASE
"""A lease that ends later was taken before the clock went back."""
LONGEST = timedelta(days=2)
"""No delivery waits longer for its next try: a later due time is a clock gone wrong."""
PASSED_AFTER = 2
"""A card that failed this often lets the next ones of its target pass."""

_COLUMNS = (
    *("id", "target_id", "state", "tries", "created_at", "first_tried_at"),
    *("message_id", "notice", "digest", "rhythm"),
)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message for one target, claimed: a notice, one item, or a bundle of them."""

    id: int
    target_id: int
    target: Target
    state: State
    """PENDING: post it (or edit, see ``message_id``); DOUBT: find out whether it is there."""
    tries: int
    """This one included."""
    created_at: datetime
    claimed_at: datetime
    first_tried_at: datetime
    message_id: str | None
    notice: Notice | None
    items: tuple[Item, ...]
    """In their order."""
    bundle: Bundle | None
    """Of a digest."""
    rhythm: Rhythm | None
    """Of an alert."""
    unreachable_since: datetime | None
    """Of a person: when the first message failed that none has followed since."""
    revision: int
    """Of the entry, as it is drawn now."""
    doubted_revision: int
    """As it was drawn for the request in doubt."""
    correction: Correction | None
    lease: str

    @property
    def entry(self) -> Entry | None:
        """The entry of a single card."""
        return self.items[0].entry if self.items and self.bundle is None else None

    @property
    def feed_id(self) -> int | None:
        """The feed of a single card."""
        return self.items[0].feed_id if self.items and self.bundle is None else None


def claim(
    c: Connection, platform: str, *, now: datetime, limit: int, lease: str, busy: Collection[int] = ()
) -> list[Delivery]:
    """Take the next message of each target of a platform, as ``next_up`` and ``take`` say."""
    return take(c, next_up(c, platform, now=now, limit=limit, busy=busy), now=now, lease=lease)


def next_up(
    c: Connection, platform: str, *, now: datetime, limit: int, busy: Collection[int] = ()
) -> list[int]:
    """Find the next message of each target of a platform.

    A target gets one message at a time, in order; one that failed twice lets the next ones pass.
    ``busy`` are the targets to which the caller is posting.
    """
    fronts = _fronts()
    first = (
        select(func.min(deliveries.c.id))
        .join(targets, targets.c.id == deliveries.c.target_id)
        .join(fronts, fronts.c.target_id == deliveries.c.target_id)
        .where(
            targets.c.platform == platform,
            targets.c.paused_at.is_(None),
            targets.c.id.not_in(list(busy)),
            or_(
                targets.c.wait_until.is_(None),
                targets.c.wait_until <= now,
                targets.c.wait_until > now + LONGEST,
            ),
            _has_its_turn(fronts),
            or_(deliveries.c.due_at <= now, deliveries.c.due_at > now + LONGEST),
        )
        .group_by(deliveries.c.target_id)
        .order_by(func.min(deliveries.c.id))
        .limit(limit)
    )
    return list(c.execute(first).scalars())


def take(c: Connection, ids: Sequence[int], *, now: datetime, lease: str) -> list[Delivery]:
    """Claim messages under a lease that is committed before they are sent; it must be a new one."""
    if not ids:
        return []
    before = _load(c, ids, lease, now)
    c.execute(
        update(deliveries)
        .where(deliveries.c.id.in_(list(ids)))
        .values(
            state=State.SENDING,
            tries=deliveries.c.tries + 1,
            first_tried_at=func.coalesce(deliveries.c.first_tried_at, literal(now, deliveries.c.due_at.type)),
            lease=lease,
            lease_until=now + LEASE,
            revision=_requested_revision(),
        )
    )
    return before


def _fronts() -> Subquery:
    """Say of each target whether a message is under way to it, and which one the others wait for."""
    under_way = deliveries.c.state == State.SENDING
    waited_for = and_(~under_way, deliveries.c.tries < PASSED_AFTER, deliveries.c.message_id.is_(None))
    return (
        select(
            deliveries.c.target_id,
            func.max(case((under_way, 1), else_=0)).label("under_way"),
            func.min(case((waited_for, deliveries.c.id))).label("first"),
        )
        .where(deliveries.c.state.in_([State.PENDING, State.SENDING, State.DOUBT]))
        .group_by(deliveries.c.target_id)
        .subquery("fronts")
    )


def _has_its_turn(fronts: Subquery) -> ColumnElement[bool]:
    """Say that a delivery need not let another of its target go first."""
    return and_(
        deliveries.c.state.in_([State.PENDING, State.DOUBT]),
        fronts.c.under_way == 0,
        or_(fronts.c.first.is_(None), deliveries.c.id <= fronts.c.first),
    )


def _requested_revision() -> ColumnElement[int | None]:
    """Say which revision the request carries, should it be found in the target after a crash."""
    current = select(entries.c.revision).where(entries.c.id == deliveries.c.entry_id).scalar_subquery()
    first_try = and_(deliveries.c.message_id.is_(None), deliveries.c.state == State.PENDING)
    return case((first_try, current), else_=deliveries.c.revision)


def _load(c: Connection, ids: Sequence[int], lease: str, now: datetime) -> list[Delivery]:
    rows = c.execute(
        select(
            *(deliveries.c[name] for name in _COLUMNS),
            *(targets.c[name] for name in ("platform", "space", "key", "kind", "unreachable_since")),
            func.coalesce(entries.c.revision, 1).label("entry_revision"),
            func.coalesce(deliveries.c.revision, entries.c.revision, 1).label("doubted_revision"),
            entries.c.revised_at,
            entries.c.earlier_title,
        )
        .join(targets, targets.c.id == deliveries.c.target_id)
        .outerjoin(entries, entries.c.id == deliveries.c.entry_id)
        .where(deliveries.c.id.in_(list(ids)))
        .order_by(deliveries.c.id)
    )
    found = rows.mappings().all()
    single = {item.delivery_id: (item,) for item in items.load(c, deliveries.c.id.in_(list(ids)), now=now)}
    loaded = []
    for row in found:
        bundle = bundles.describe(c, row["id"], row["digest"]) if row["digest"] else None
        own = bundles.contents(c, row["id"], now=now) if bundle else single.get(row["id"], ())
        loaded.append(_delivery(row, own, bundle, lease, now))
    return loaded


def _delivery(
    row: RowMapping, own: tuple[Item, ...], bundle: Bundle | None, lease: str, now: datetime
) -> Delivery:
    notice = row["notice"]
    revised = row["message_id"] is not None and row["revised_at"] is not None
    return Delivery(
        id=row["id"],
        target_id=row["target_id"],
        target=target_of(row),
        state=State(row["state"]),
        tries=row["tries"] + 1,
        created_at=row["created_at"],
        claimed_at=now,
        first_tried_at=row["first_tried_at"] or now,
        message_id=row["message_id"],
        notice=notice and Notice(notice["text"], tuple(Button(*button) for button in notice["buttons"])),
        items=own,
        bundle=bundle,
        rhythm=Rhythm(row["rhythm"]) if row["rhythm"] else None,
        unreachable_since=row["unreachable_since"],
        revision=row["entry_revision"],
        doubted_revision=row["doubted_revision"],
        correction=Correction(row["revised_at"], row["earlier_title"]) if revised else None,
        lease=lease,
    )


def _mark(c: Connection, delivery: Delivery, **values: Any) -> None:  # noqa: ANN401 - a column's value
    # The lease alone decides: what is known of a message stays true when the time has run out, as
    # long as nobody else has claimed it since.
    done = c.execute(
        update(deliveries)
        .where(deliveries.c.id == delivery.id, deliveries.c.lease == delivery.lease)
        .values(lease=None, lease_until=None, **values)
    )
    if done.rowcount != 1:
        raise LeaseLost(f"delivery {delivery.id} is another process's by now")


def check(c: Connection, delivery: Delivery) -> None:
    """Raise LeaseLost where a delivery is another process's by now."""
    lease = c.execute(select(deliveries.c.lease).where(deliveries.c.id == delivery.id)).scalar()
    if lease != delivery.lease:
        raise LeaseLost(f"delivery {delivery.id} is another process's by now")


def mark_sent(
    c: Connection,
    delivery: Delivery,
    *,
    message_id: str,
    now: datetime,
    left_out: Mapping[int, str] = MappingProxyType({}),
) -> None:
    """Note that the message stands in its target, as of the revision it was drawn from.

    ``left_out`` are the items of a digest that are not in it, with the reasons.
    """
    edited = delivery.message_id is not None
    values: dict[str, Any] = (
        {"edited_at": now, "edits": deliveries.c.edits + 1} if edited else {"posted_at": now}
    )
    _mark(
        c,
        delivery,
        state=State.SENT,
        message_id=message_id,
        revision=delivery.revision,
        reason=None,
        tries=0,
        **values,
    )
    if delivery.bundle is not None:
        bundles.came(c, delivery.id, left_out=left_out, now=now)
    # The publisher may have corrected it while it was on its way.
    correct_where(c, deliveries.c.id == delivery.id, now=now)


def mark_later(c: Connection, delivery: Delivery, *, due_at: datetime, reason: str, counted: bool) -> None:
    """Put a message back for another try; ``counted`` says whether this one was its own failure."""
    tries = delivery.tries if counted else delivery.tries - 1
    _mark(c, delivery, state=delivery.state, due_at=due_at, reason=reason, tries=tries)


def mark_doubt(c: Connection, delivery: Delivery, *, due_at: datetime, reason: str) -> None:
    """Note that only the platform knows whether the message is there; look at ``due_at``."""
    _mark(c, delivery, state=State.DOUBT, due_at=due_at, reason=reason)


def mark_dead(c: Connection, delivery: Delivery, *, reason: str, now: datetime) -> None:
    """Give a message up with the reason; an edit given up leaves the card as it stands."""
    state = State.DEAD if delivery.message_id is None else State.SENT
    _mark(c, delivery, state=state, reason=reason, revision=delivery.revision)
    if delivery.bundle is not None:
        bury_items(c)
    # The publisher may have corrected it once more meanwhile, which is another edit.
    correct_where(c, deliveries.c.id == delivery.id, now=now)


def doubt_expired(
    c: Connection,
    platform: str,
    *,
    now: datetime,
    settle: timedelta,
    tries: int,
    busy: Collection[int] = (),
) -> int:
    """Put into doubt what a process claimed and never marked: it died, or lost its lease, in the post.

    An edit is simply due again: it can be repeated without harm. What ended so often as ``tries``
    says is given up: it may be what kills the process. What goes to ``busy`` targets is left alone:
    the caller is posting it. Gives how many are in doubt now.
    """
    of_platform = select(targets.c.id).where(targets.c.platform == platform)
    changed = c.scalars(
        update(deliveries)
        .where(
            deliveries.c.state == State.SENDING,
            or_(deliveries.c.lease_until <= now, deliveries.c.lease_until > now + LEASE_LONGEST),
            deliveries.c.target_id.in_(of_platform),
            deliveries.c.target_id.not_in(list(busy)),
        )
        .values(
            state=case(
                (and_(deliveries.c.message_id.is_(None), deliveries.c.tries >= tries), State.DEAD),
                (deliveries.c.message_id.is_(None), State.DOUBT),
                else_=State.PENDING,
            ),
            due_at=now + settle,
            lease_until=None,
            reason="wireroom stopped while this was being posted",
        )
        .returning(deliveries.c.state)
    ).all()
    if changed:
        bury_items(c)
    return sum(state == State.DOUBT for state in changed)


def next_due(c: Connection, platform: str, *, now: datetime) -> datetime | None:
    """Say when there is something to do next; None where nothing waits but for paused targets.

    That is to claim a message, or to gather what was held into one.
    """
    at_once = literal(now, deliveries.c.due_at.type)
    fronts, sending = _fronts(), deliveries.c.state == State.SENDING
    due_at = case(
        (and_(sending, deliveries.c.lease_until > now + LEASE_LONGEST), at_once),
        (sending, deliveries.c.lease_until),
        (
            and_(targets.c.wait_until > deliveries.c.due_at, targets.c.wait_until <= now + LONGEST),
            targets.c.wait_until,
        ),
        (deliveries.c.due_at > now + LONGEST, at_once),
        else_=deliveries.c.due_at,
    )
    due: datetime | None = c.execute(
        select(func.min(due_at))
        .join(targets, targets.c.id == deliveries.c.target_id)
        .join(fronts, fronts.c.target_id == deliveries.c.target_id)
        .where(
            targets.c.platform == platform,
            targets.c.paused_at.is_(None),
            or_(sending, _has_its_turn(fronts)),
        )
    ).scalar()
    held = bundles.next_due(c, platform, now=now)
    return min((at for at in (due, held) if at is not None), default=None)
