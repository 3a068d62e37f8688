"""/feeds settings: how a channel wants a feed, by the schema of ``bot.look``."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from bot import duration, look
from bot.command import Caller, Command, Kind, Option, Right, Values
from bot.commands.channels import together
from bot.commands.channels.advice import advice
from bot.commands.channels.phrases import of_channel, times_of
from bot.commands.channels.undoing import Before, Undoing
from bot.commands.channels.whereabouts import CHANNEL, FEED, carriages
from bot.commands.feeds import INTERVAL_LEAST, INTERVAL_MOST
from bot.commands.tools import Refusal, Tools
from bot.errors import CommandError
from bot.look import Setting
from bot.prose import Bold, Prose, prose
from bot.reply import Field, FieldKind, Form, Reply
from bot.store import Connection, channel, feeds, people, subscriptions
from bot.store.channel import Carriage
from bot.text import clean

AUTO = "auto"
NAME_LIMIT = 80


@dataclass(frozen=True, slots=True)
class Change:
    """One setting and what it becomes."""

    setting: Setting
    value: str


def commands(tools: Tools, undoing: Undoing) -> tuple[Command, ...]:
    """Declare what changes settings, those of every adapter included."""
    command = FeedSettings(tools, undoing)
    return (
        Command(
            ("feeds", "settings"),
            "Change how a feed posts here",
            command.settings,
            (FEED, CHANNEL, *(_option(setting) for setting in known(tools).values())),
            Right.MANAGER,
            example="/feeds settings 3 style:compact",
        ),
    )


def known(tools: Tools) -> Mapping[str, Setting]:
    """Name every setting that there is on any platform."""
    own = (setting for adapter in tools.adapters.values() for setting in adapter.feed_settings)
    return {setting.name: setting for setting in (*look.SCHEMA, *own)}


def _option(setting: Setting) -> Option:
    kind = Kind.CHOICE if setting.choices else Kind.TEXT
    return Option(
        setting.name,
        kind,
        setting.help,
        flag=setting.name,
        choices=setting.choices,
        longest=NAME_LIMIT,
        may_be_empty=not setting.choices,
    )


class FeedSettings:
    """Carries out /feeds settings."""

    def __init__(self, tools: Tools, undoing: Undoing) -> None:
        self._tools = tools
        self._undoing = undoing

    async def settings(self, caller: Caller, values: Values) -> Reply:
        """Change what is given, or ask by a form where nothing is."""
        found = await carriages(self._tools, caller, values, change=True)
        given = {name: text for name, text in values.items() if name in known(self._tools)}
        schema, platform = self._schema(found[0]), found[0].target.platform.title()
        for name in given:
            if name not in schema and look.is_ours(name):
                raise CommandError(f"The setting “{name}” has no meaning on {platform}.")
            if name not in schema:
                raise CommandError(f"{platform} has no setting “{name}” for a feed.")
        if not given:
            return Reply(prose("How ", Bold(found[0].shown), " posts:"), form=_form(caller, found[0], schema))
        changes = _changes(found[0], schema, given)
        if not changes:
            return Reply(prose("Nothing changed: ", Bold(found[0].shown), " is set like that already."))
        now = self._tools.clock()
        after = [_changed(one, changes) for one in found]
        daily = await self._tools.db.write(lambda c: _save(c, caller, found, after, now))
        text = prose("Changed for ", Bold(after[0].shown), ":", *map(_line, changes), daily)
        text = prose(text, await advice(self._tools, after[0]))
        return Reply(text, buttons=(await self._undoing.button(caller, Before(was=tuple(found))),))

    def _schema(self, one: Carriage) -> Mapping[str, Setting]:
        """Name the settings that mean anything on a target's platform."""
        adapter = self._tools.adapters.get(one.target.platform)
        own: Iterable[Setting] = adapter.feed_settings if adapter else ()
        ignored: Collection[str] = adapter.ignores if adapter else ()
        every = (*look.SCHEMA, *own)
        return {setting.name: setting for setting in every if setting.name not in ignored}


def current(one: Carriage, setting: Setting) -> str:
    """Write what a setting is now, as it would be typed."""
    if setting == look.NAME:
        return one.shown
    if setting == look.INTERVAL:
        return duration.shown(one.own_interval) if one.own_interval else AUTO
    return one.settings.get(setting.name, setting.default)


def _emptied(one: Carriage, setting: Setting) -> str:
    """Say what a text becomes that was emptied: what it is where nobody ever set it."""
    if setting == look.NAME:
        return AUTO if one.name else one.shown
    return setting.default


def _form(caller: Caller, one: Carriage, schema: Mapping[str, Setting]) -> Form:
    fields = tuple(
        Field(
            setting.name,
            setting.label,
            FieldKind.CHOICE if setting.choices else FieldKind.TEXT,
            current(one, setting),
            setting.help,
            setting.choices,
            longest=NAME_LIMIT,
        )
        for setting in schema.values()
    )
    return Form("Feed settings", f"/feeds settings {one.feed_id}{of_channel(caller, one.target)}", fields)


def _changes(one: Carriage, schema: Mapping[str, Setting], given: Values) -> Sequence[Change]:
    """Check what is given, and keep what is not so already: a form hands in all its fields."""
    read = [
        Change(schema[name], _read(schema[name], text.strip() or _emptied(one, schema[name])))
        for name, text in given.items()
    ]
    return [change for change in read if change.value != current(one, change.setting)]


def _read(setting: Setting, text: str) -> str:
    if setting == look.INTERVAL:
        every = _interval(text)
        return duration.shown(every) if every else AUTO
    return clean(text)


def _interval(text: str) -> timedelta | None:
    if text.strip().casefold() == AUTO:
        return None
    try:
        every = duration.read(text)
    except ValueError:
        how = prose("Write the ", Bold(look.INTERVAL.name), " as a time such as 30m or 2h, or auto.")
        raise Refusal(Reply(how)) from None
    if not INTERVAL_LEAST <= every <= INTERVAL_MOST:
        how = prose("The ", Bold(look.INTERVAL.name), " is at least 5 minutes, and at most 7 days.")
        raise Refusal(Reply(how))
    return every


def _changed(one: Carriage, changes: Sequence[Change]) -> Carriage:
    for change in changes:
        if change.setting == look.NAME:
            given = change.value.casefold() not in {AUTO, one.title.casefold()}
            one = replace(one, name=change.value if given else None)
        elif change.setting == look.INTERVAL:
            one = replace(one, own_interval=_interval(change.value))
        else:
            settings = {**one.settings, change.setting.name: change.value}
            one = replace(one, settings={name: value for name, value in settings.items() if value})
    return one


def _save(
    c: Connection, caller: Caller, before: Sequence[Carriage], after: Sequence[Carriage], now: datetime
) -> str:
    """Write the settings; what is to be said of a daily digest that begins or ends with them."""
    for was, one in zip(before, after, strict=True):
        channel.configure(c, one.id, name=one.name, settings=one.settings)
        if one.own_interval != was.own_interval:
            feeds.set_interval(c, one.feed_id, interval=one.own_interval, now=now)
    was, one = before[0], after[0]
    if was.together == one.together:
        return ""
    if one.together:
        habits = [together.settle(c, caller, other.target, now) for other in after]
        return f"\nThe day's posts come {together.at(habits[0])}."
    where = subscriptions.target_id(c, one.target)
    wait = channel.waiting(c, one.feed_id, where)
    still = times_of(wait, "post that waits still comes", "posts that wait still come")
    return f"\nThe {still} together {together.at(people.habits(c, where))}." if wait else ""


def _line(change: Change) -> Prose:
    label = next((one.label for one in change.setting.choices if one.value == change.value), change.value)
    everywhere = " (wherever this feed posts)" if change.setting == look.INTERVAL else ""
    return prose(f"\n• {change.setting.label}: ", Bold(label or "none"), everywhere)
