"""Quiet hours: alerts are held, and come together when they end."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from bot.command import Caller, Command, Kind, Option, Values
from bot.commands.desk import hours
from bot.commands.people import own_time
from bot.commands.people.own_time import Zone
from bot.commands.tools import Tools
from bot.models import Button, Habits
from bot.prose import Code, prose
from bot.reply import Choice, Field, Form, Reply

HOURS_MOST = 40
"""Characters of quiet hours in a form: 22:00-07:00, or from 10 pm to 7 am."""
ASK = "/quiet form"
SHOWN = (Choice("On", "on"), Choice("Off", "off"))


def commands(tools: Tools) -> tuple[Command, ...]:
    """Declare the command."""
    return (
        Command(
            ("quiet",),
            "Hold alerts during quiet hours",
            partial(_quiet, tools),
            (
                Option("hours", Kind.HOURS, "From when until when: 22:00-07:00; or off", may_be_empty=True),
                Option("timezone", Kind.TIMEZONE, "Your timezone, by a large city in it: Hong Kong"),
                Option(
                    "shown",
                    Kind.CHOICE,
                    "Alerts for posts that also stand in the channel where you made the follow",
                    flag="shown",
                    choices=SHOWN,
                ),
            ),
            example="/quiet 22:00-07:00 Hong Kong",
        ),
        Command(("quiet", "form"), "Set your quiet hours", partial(_form, tools), behind_button=True),
    )


async def _quiet(tools: Tools, caller: Caller, values: Values) -> Reply:
    before = await own_time.habits_of(tools, caller)
    zone = own_time.zone_of(caller, before, values.get("timezone"))
    if not values:
        return _tell(before, zone)
    asked = values.get("hours", hours.OFF)
    if zone is None and asked != hours.OFF:
        return own_time.ask(caller, f"/quiet {_typed(values)}", tools.clock())
    before, after = await own_time.keep(tools, caller, partial(_changed, values=values, zone=zone))
    return _answer(before, after, values, zone)


async def _form(tools: Tools, caller: Caller, values: Values) -> Reply:
    """Ask for quiet hours, filled in as they are."""
    del values
    now = await own_time.habits_of(tools, caller)
    zone = own_time.zone_of(caller, now, None)
    fields = (
        Field(
            "hours",
            "Hold alerts from when until when",
            value=_written(now),
            hint="22:00-07:00, or empty: alerts come at any time",
            longest=HOURS_MOST,
        ),
        own_time.field(zone),
    )
    return Reply(prose(_now(now, zone)), form=Form("Quiet hours", "/quiet", fields))


def _typed(values: Values) -> str:
    """Write what was asked for again, without the timezone."""
    parts = [values.get("hours", ""), f"shown:{values['shown']}" if "shown" in values else ""]
    return " ".join(filter(None, parts))


def _changed(habits: Habits, *, values: Values, zone: Zone | None) -> Habits:
    if zone is not None:
        habits = replace(habits, timezone=zone.name)
    if "hours" in values:
        start, end = hours.read_hours(values["hours"]) or (None, None)
        habits = replace(habits, quiet_from=start, quiet_until=end)
    if "shown" in values:
        habits = replace(habits, skip_shown=values["shown"] == "off")
    return habits


def _answer(before: Habits, after: Habits, values: Values, zone: Zone | None) -> Reply:
    """Say what holds now, for each thing that was named; with Undo, where it was another before."""
    said: list[str] = []
    if "hours" in values:
        said.append(_hours(after, zone))
    elif "timezone" in values and zone is not None:
        said.append(f"Your timezone is {zone.name}.")
        said.append(_hours(after, zone) if after.quiet_from is not None else "")
    if "shown" in values:
        said.append(_shown(after))
    if after == before:
        return Reply(prose(" ".join([*filter(None, said), "Nothing changed."])))
    return Reply(prose(" ".join(filter(None, said))), buttons=(Button("Undo", _undo(before, after)),))


def _hours(habits: Habits, zone: Zone | None) -> str:
    if habits.quiet_from is None or habits.quiet_until is None:
        return "Quiet hours are off: alerts come at any time."
    when = hours.shown_hours(habits.quiet_from, habits.quiet_until)
    known = zone.shown if zone else "UTC"
    end = hours.shown(habits.quiet_until)
    return f"Quiet hours are {when} your time ({known}). I'll hold alerts and send them together at {end}."


def _shown(habits: Habits) -> str:
    if habits.skip_shown:
        return "You get no alert for a post that also stands in the channel where you made the follow."
    return "You get an alert for a post also when it stands in the channel where you made the follow."


def _undo(before: Habits, after: Habits) -> str:
    """Write the command that brings back what was; a timezone that was not known is kept."""
    parts = ["/quiet", _written(before) or hours.OFF]
    if before.timezone and before.timezone != after.timezone:
        parts.append(before.timezone)
    if before.skip_shown != after.skip_shown:
        parts.append(f"shown:{'off' if before.skip_shown else 'on'}")
    return " ".join(parts)


def _written(habits: Habits) -> str:
    """Write quiet hours as they are typed; nothing where there are none."""
    if habits.quiet_from is None or habits.quiet_until is None:
        return ""
    return hours.shown_hours(habits.quiet_from, habits.quiet_until, between="-")


def _now(habits: Habits, zone: Zone | None) -> str:
    return "You have no quiet hours." if habits.quiet_from is None else _hours(habits, zone)


def _tell(habits: Habits, zone: Zone | None) -> Reply:
    shown = f" {_shown(habits)}" if habits.skip_shown else ""
    if habits.quiet_from is None:
        text = prose(_now(habits, zone), " Try ", Code("/quiet 22:00-07:00"), ".", shown)
        return Reply(text, buttons=(Button("Set quiet hours…", ASK),))
    buttons = (Button("Change…", ASK), Button("Turn off", f"/quiet {hours.OFF}"))
    return Reply(prose(_now(habits, zone), shown), buttons=buttons)
