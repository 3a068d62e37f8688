"""The end of a channel that the platform deleted for good, and who is to hear of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from bot.models import Target
from bot.store import notes
from bot.store.deliveries import State
from bot.store.person import same
from bot.store.subscriptions import pause_target
from bot.store.tables import deliveries, feeds, follows, subscriptions, targets

DELETED = "The channel was deleted."

_OPEN = (State.PENDING, State.DOUBT, State.HELD, State.BUNDLED)


@dataclass(slots=True)
class Loss:
    """What somebody had set up in a channel that is no more."""

    feeds: list[str] = field(default_factory=list)
    """By their names there."""
    follows: list[str] = field(default_factory=list)
    """As they typed them."""


def is_known(c: Connection, channel: Target) -> bool:
    """Say whether a channel was ever of use."""
    return _number(c, channel) is not None


def end(c: Connection, channel: Target, *, now: datetime) -> Mapping[int | None, Loss]:
    """Let a channel carry nothing any more; what each person loses by it, None being the operator.

    The second time there is nothing left to end, and nobody loses anything.
    """
    number = _number(c, channel)
    if number is None:
        return {}
    losses: defaultdict[int | None, Loss] = defaultdict(Loss)
    name = func.coalesce(subscriptions.c.name, func.nullif(feeds.c.title, ""), feeds.c.host)
    carried = c.execute(
        select(subscriptions.c.added_by, name)
        .join(feeds, feeds.c.id == subscriptions.c.feed_id)
        .where(subscriptions.c.target_id == number)
        .order_by(subscriptions.c.id)
    )
    for added_by, shown in carried:
        losses[added_by].feeds.append(shown)
    live = (follows.c.target_id == number, follows.c.ended_at.is_(None))
    for owner, typed in c.execute(
        select(follows.c.owner_id, follows.c.typed).where(*live).order_by(follows.c.id)
    ):
        losses[owner].follows.append(typed)
    c.execute(delete(subscriptions).where(subscriptions.c.target_id == number))
    c.execute(update(follows).where(*live).values(ended_at=now))
    _bury(c, number)
    notes.forget(c, channel)
    # What is in flight just now must not lead to word that it failed.
    pause_target(c, number, reason=DELETED, now=now)
    return losses


def _number(c: Connection, channel: Target) -> int | None:
    found: int | None = c.execute(select(targets.c.id).where(same(channel))).scalar()
    return found


def _bury(c: Connection, number: int) -> None:
    waits = (deliveries.c.target_id == number, deliveries.c.state.in_(_OPEN))
    c.execute(
        update(deliveries)
        .where(*waits, deliveries.c.message_id.is_(None))
        .values(state=State.DEAD, reason=DELETED)
    )
    # A correction of what was posted: the card is gone with its channel.
    c.execute(update(deliveries).where(*waits).values(state=State.SENT))
