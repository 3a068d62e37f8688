"""When the posts of a channel come that come together: once a day, in the time of whoever chose it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from bot.command import Caller
from bot.commands.desk import hours
from bot.commands.people import own_time
from bot.models import Habits, Target
from bot.store import Connection, bundles, people, subscriptions


def settle(c: Connection, caller: Caller, target: Target, now: datetime) -> Habits:
    """Give a target whose timezone nobody ever said that of the caller, and return its habits."""
    target_id = subscriptions.target_id(c, target)
    habits = people.habits(c, target_id)
    own = people.habits(c, subscriptions.target_id(c, caller.person))
    zone = own_time.zone_of(caller, own, None)
    if habits.timezone or zone is None:
        return habits
    habits = replace(habits, timezone=zone.name)
    people.save(c, target_id, habits)
    bundles.rehold(c, target_id, habits, now)
    return habits


def at(habits: Habits) -> str:
    """Say when the day's posts come: at 08:00 (Asia/Hong_Kong)."""
    return f"at {hours.shown(habits.daily_at)} ({habits.timezone or 'UTC'})"
