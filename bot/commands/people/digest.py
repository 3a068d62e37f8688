"""Digests: when alerts come together, and what waits for one, now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial

from bot.command import Caller, Command, Kind, Option, Values
from bot.commands.desk import hours
from bot.commands.follows.wording import DAYS
from bot.commands.people import joining, own_time
from bot.commands.people.own_time import Zone
from bot.commands.tools import Tools
from bot.digest import counted, next_digest
from bot.errors import CommandError
from bot.models import Button, Follow, Habits, Rhythm
from bot.prose import Bold, Code, Link, Piece, Prose, listed, prose
from bot.reply import Choice, Field, FieldKind, Form, Reply
from bot.store import Connection, bundles, subscriptions
from bot.store.items import Item

ON_WEEKDAYS = "weekdays"
SCHEDULES = (
    Choice("Every day", Rhythm.DAILY),
    Choice("Monday to Friday", ON_WEEKDAYS),
    Choice("Every week", Rhythm.WEEKLY),
    *(Choice(f"Every {day}", f"{Rhythm.WEEKLY} {day[:3].lower()}") for day in DAYS),
)

ON_WHICH_DAYS = tuple(one for one in SCHEDULES if one.value != Rhythm.WEEKLY)
"""Those of a form, where a week has a day; typed, the day may be left as it is."""
TIME_MOST = 20
"""Characters of a time in a form."""
ASK = "/digest form"


def commands(tools: Tools) -> tuple[Command, ...]:
    """Declare the commands."""
    schedule = (
        Option("days", Kind.CHOICE, "On which days: daily, weekdays, weekly mon", choices=SCHEDULES),
        Option("at", Kind.TIME, "At what time: 08:00"),
        Option("timezone", Kind.TIMEZONE, "Your timezone, by a large city in it: Hong Kong"),
    )
    bundle = Option("bundle", Kind.NUMBER, "Which digest", required=True)
    skip = Option("skip", Kind.NUMBER, "Posts seen already")
    return (
        Command(
            ("digest",),
            "Bundle your alerts",
            partial(_digest, tools),
            schedule,
            example="/digest weekdays 08:00",
        ),
        Command(
            ("digest", "set"),
            "Say when your digest comes",
            partial(_digest, tools),
            schedule,
            example="/digest set weekly mon 08:00",
        ),
        Command(("digest", "form"), "Say when your digest comes", partial(_form, tools), behind_button=True),
        *joining.commands(tools),
        Command(("digest", "now"), "Send what waits for your digest now", partial(_send, tools)),
        Command(
            ("digest", "more"),
            "Show the rest of a digest",
            partial(_more, tools),
            (bundle, skip),
            behind_button=True,
        ),
    )


async def _digest(tools: Tools, caller: Caller, values: Values) -> Reply:
    habits = await own_time.habits_of(tools, caller)
    zone = own_time.zone_of(caller, habits, values.get("timezone"))
    own = await tools.db.read(lambda c: joining.own(c, caller))
    if not values:
        return _tell(habits, own, zone, tools.clock())
    if zone is None:
        return own_time.ask(caller, " ".join(["/digest", *values.values()]), tools.clock())
    before, after = await own_time.keep(tools, caller, partial(_changed, values=values, zone=zone))
    rhythm = Rhythm.WEEKLY if values.get("days", "").startswith(Rhythm.WEEKLY) else Rhythm.DAILY
    schedule = f"{_schedule(after, rhythm)} ({zone.name})"
    since = "now" if before != after else "already"
    said = f"Your alerts {since} come together {schedule}. Next: {_next(after, rhythm, tools.clock())}."
    buttons = (
        joining.SEND,
        *((Button("Undo", _undo(before, rhythm)),) if before != after else ()),
        *_join_in(own, rhythm),
    )
    return Reply(prose(said, _who_waits(own)), buttons=buttons)


async def _form(tools: Tools, caller: Caller, values: Values) -> Reply:
    """Ask when digests come, filled in with what is: of the weekly one where there is no other."""
    del values
    now = await own_time.habits_of(tools, caller)
    zone = own_time.zone_of(caller, now, None)
    own = await tools.db.read(lambda c: joining.own(c, caller))
    rhythms = {one.rhythm for one in own}
    is_weekly = Rhythm.WEEKLY in rhythms and Rhythm.DAILY not in rhythms
    days, at = _typed(now, Rhythm.WEEKLY if is_weekly else Rhythm.DAILY)
    fields = (
        Field("days", "Alerts come together", FieldKind.CHOICE, days, choices=ON_WHICH_DAYS, required=True),
        Field("at", "At what time", value=at, hint="08:00", longest=TIME_MOST),
        own_time.field(zone),
    )
    text = prose(_now(now, own, zone, tools.clock()), _who_waits(own))
    return Reply(text, form=Form("Digest", "/digest set", fields))


def _changed(habits: Habits, *, values: Values, zone: Zone) -> Habits:
    habits = replace(habits, timezone=zone.name)
    days, at = values.get("days", ""), values.get("at")
    if days.startswith(Rhythm.WEEKLY):
        named = days.removeprefix(Rhythm.WEEKLY).strip()
        day = next((place for place, day in enumerate(DAYS) if named and day.lower().startswith(named)), None)
        habits = habits if day is None else replace(habits, weekly_day=day)
        return replace(habits, weekly_at=hours.read_time(at)) if at else habits
    habits = replace(habits, weekdays_only=days == ON_WEEKDAYS) if days else habits
    return replace(habits, daily_at=hours.read_time(at)) if at else habits


def _schedule(habits: Habits, rhythm: Rhythm) -> str:
    if rhythm is Rhythm.WEEKLY:
        return f"at {hours.shown(habits.weekly_at)} on {DAYS[habits.weekly_day]}s"
    return f"at {hours.shown(habits.daily_at)} {'on weekdays' if habits.weekdays_only else 'every day'}"


def _next(habits: Habits, rhythm: Rhythm, now: datetime) -> str:
    """Name the next day; with its time, where quiet hours or a change of clocks make it another."""
    at = next_digest(rhythm, habits, now)
    usual = habits.weekly_at if rhythm is Rhythm.WEEKLY else habits.daily_at
    day = f"{DAYS[at.weekday()]} {at.day} {at:%B}"
    return day if at.hour * 60 + at.minute == usual else f"{day} at {at:%H:%M}"


def _undo(before: Habits, rhythm: Rhythm) -> str:
    """Write the command that brings back what was; a timezone that was not known is kept."""
    return " ".join(filter(None, ["/digest", *_typed(before, rhythm), before.timezone]))


def _typed(habits: Habits, rhythm: Rhythm) -> tuple[str, str]:
    """Write a schedule as it is typed: its days and its time."""
    if rhythm is Rhythm.WEEKLY:
        return f"{Rhythm.WEEKLY} {DAYS[habits.weekly_day][:3].lower()}", hours.shown(habits.weekly_at)
    return ON_WEEKDAYS if habits.weekdays_only else Rhythm.DAILY, hours.shown(habits.daily_at)


def _join_in(own: Sequence[Follow], rhythm: Rhythm) -> tuple[Button, ...]:
    at_once = [one for one in own if one.rhythm is Rhythm.NOW]
    label = f"Let my {counted(len(at_once), 'follow')} at once join"
    return (Button(label, f"/digest join {rhythm}"),) if at_once else ()


def _who_waits(own: Sequence[Follow]) -> Prose:
    if not own:
        return prose(" You don't follow anything yet. Try ", Code("/follow semiconductors"), ".")
    at_once = sum(one.rhythm is Rhythm.NOW for one in own)
    if not at_once:
        return ()
    return prose(f" {counted(at_once, 'follow')} still alert{'s' * (at_once == 1)} at once.")


def _now(habits: Habits, own: Sequence[Follow], zone: Zone | None, now: datetime) -> str:
    """Say what digests a person has, and when each comes next."""
    lines = []
    for rhythm in (Rhythm.DAILY, Rhythm.WEEKLY):
        count = sum(one.rhythm is rhythm for one in own)
        if count:
            schedule = f"{_schedule(habits, rhythm)} ({zone.name if zone else 'UTC'})"
            said = f"{rhythm.capitalize()} digest of {counted(count, 'follow')}: {schedule}."
            lines.append(f"{said} Next: {_next(habits, rhythm, now)}.")
    return "\n".join(lines) or "You have no digest."


def _tell(habits: Habits, own: Sequence[Follow], zone: Zone | None, now: datetime) -> Reply:
    said = _now(habits, own, zone, now)
    if any(one.rhythm in {Rhythm.DAILY, Rhythm.WEEKLY} for one in own):
        buttons = (joining.SEND, Button("Change…", ASK), Button("Turn off", "/digest off"))
        return Reply(prose(said, _who_waits(own)), buttons=(*buttons, *_join_in(own, Rhythm.DAILY)))
    text = prose(said, " To get alerts together, say when: ", Code("/digest daily 08:00"), ".")
    return Reply(prose(text, _who_waits(own)), buttons=(Button("Set a time…", ASK),))


async def _send(tools: Tools, caller: Caller, values: Values) -> Reply:
    del values
    now = tools.clock()

    def send(c: Connection) -> int:
        return bundles.release(c, subscriptions.target_id(c, caller.person), now)

    count = await tools.db.write(send)
    if not count:
        return Reply(prose("Nothing waits for your digest."))
    tools.enqueued()
    return Reply(prose(f"On its way: {counted(count, 'post')}."))


async def _more(tools: Tools, caller: Caller, values: Values) -> Reply:
    number, now = int(values["bundle"]), tools.clock()
    skip = int(values.get("skip", 0))
    page = await tools.db.read(lambda c: bundles.page(c, number, now=now, skip=skip))
    if page is None or page.target not in (caller.person, caller.place):
        raise CommandError("That digest is not kept any more.")
    seen = await tools.reach.feeds(page.target, None)
    lines = [
        prose(f"{page.first + place}. ", _title(item), f" · {item.source}")
        for place, item in enumerate(page.items)
        if item.feed_id in seen
    ]
    last = page.first + len(page.items) - 1
    more = (Button("More", f"/digest more {number} {last}"),) if last < page.total else ()
    unseen = "You can see none of these posts any more." if page.items else "There is no more."
    return Reply(listed(lines, between="\n") if lines else prose(unseen), buttons=more)


def _title(item: Item) -> Piece:
    return Link(item.entry.title, item.entry.link) if item.entry.link else Bold(item.entry.title)
