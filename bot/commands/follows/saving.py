"""Save what a person follows: never the same twice, never more than the limit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import available_timezones

from bot.command import Caller
from bot.commands.follows.backtest import Wanted
from bot.models import Follow, Habits, Rhythm
from bot.store import Connection, follows, people, subscriptions
from bot.store.follows import NewFollow


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of saving a follow."""

    follow_id: int | None
    """None: nothing was saved, since the person follows it already, or too much."""
    already: Follow | None
    others: tuple[Follow, ...]
    """What the person followed before."""
    habits: Habits
    """Of whom its alerts come to."""


def save(c: Connection, wanted: NewFollow, caller: Caller, *, limit: int, now: datetime) -> Saved:
    """Look and save in one transaction: what comes at the same moment cannot pass the limit either."""
    others = tuple(follows.of_person(c, wanted.owner))
    already = twin(wanted, others)
    if already is not None or len(others) >= limit:
        return Saved(None, already, others, follows.addressee(c, wanted.target).habits)
    return Saved(follows.add(c, wanted, now=now), None, others, settle_timezone(c, caller, wanted))


def twin(wanted: Wanted, others: Iterable[Follow]) -> Follow | None:
    """Find another follow that does the same: equal words, scope and target."""
    return next((one for one in others if _does(one) == _does(wanted)), None)


def _does(one: Wanted) -> tuple[object, ...]:
    # Somebody whose platform knows them in one workspace only shares no other with the bot.
    space = None if one.space == one.owner.space else one.space
    return one.canonical, one.feed_id, space, one.target


def settle_timezone(c: Connection, caller: Caller, follow: Wanted) -> Habits:
    """Load the habits by which alerts come; a digest needs a timezone, which the platform may know."""
    habits = follows.addressee(c, follow.target).habits
    unknown = habits.timezone is None and follow.target == caller.person
    if unknown and follow.rhythm is not Rhythm.NOW and caller.timezone in available_timezones():
        habits = replace(habits, timezone=caller.timezone)
        people.save(c, subscriptions.target_id(c, follow.target), habits)
    return habits
