"""Who hears that a channel takes no posts, or not this one; in the transaction that notes it."""

from __future__ import annotations

from datetime import datetime

from bot import word
from bot.models import Notice, Target, TargetKind
from bot.store import Connection, claims, subscriptions
from bot.store import deliveries as queue
from bot.store.claims import Delivery


def paused(
    c: Connection, delivery: Delivery, called: str, reason: str, *, operator: Target | None, now: datetime
) -> None:
    """Stop posting to a target, and tell whoever set it up, once."""
    claims.mark_later(c, delivery, due_at=now, reason=reason, counted=False)
    changed = subscriptions.pause_target(c, delivery.target_id, reason=reason, now=now)
    if changed and delivery.target.kind is not TargetKind.PERSON:  # a person reads it in /following
        _tell(c, delivery, word.target_paused(called, str(delivery.target), reason), operator, now)


def refused(
    c: Connection, delivery: Delivery, called: str, reason: str, *, operator: Target | None, now: datetime
) -> None:
    """Tell whoever set a channel up that its rules kept a post out, once a day."""
    if delivery.entry is None or delivery.target.kind is TargetKind.PERSON:
        return
    if subscriptions.tells_of_refusal(c, delivery.target_id, now=now):
        _tell(c, delivery, word.refused(called, delivery.entry.title, reason), operator, now)


def _tell(c: Connection, delivery: Delivery, notice: Notice, operator: Target | None, now: datetime) -> None:
    listeners = subscriptions.who_set_up(c, delivery.target_id)
    if not listeners and operator is not None and operator != delivery.target:
        listeners = [subscriptions.target_id(c, operator)]
    queue.enqueue_notice(c, listeners, notice, now=now)
