"""Who does something on Slack, where, and by which ways an answer can come back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

import structlog

from adapters.slack import direct, names
from adapters.slack.forms import Origin
from adapters.slack.rooms import Channel, Person
from adapters.slack.web import Failure
from bot.adapter import Ledger
from bot.command import Caller
from bot.models import Target, TargetKind

ZONE_WITHIN = 1.0
"""Seconds for asking a person's timezone: a form has to open within three."""
ZONE_FROM = "your Slack profile"
ALONE = "in the conversation with yourself"
"""Where a command can be typed that nobody else sees: Slack has no field for it in the bot's own."""
NOT_IN_THREADS = "Slack has no commands in threads: type them in the channel, or press a button."

log = structlog.get_logger()


class People(Protocol):
    """What is asked about people; ``rooms.Rooms`` knows it."""

    async def person(self, person_id: str) -> Person | None:
        """Find a person; None where that cannot be told."""

    def met(self, person_id: str, channel_id: str) -> None:
        """Remember that a person is in a channel."""

    def named(self, name: str) -> str | None:
        """Find the id of a public channel by its name; None where it is not known."""

    def known(self, target: Target) -> Channel | None:
        """Find a channel in memory, for its name."""


@dataclass(frozen=True, slots=True)
class Act:
    """Something that a person did."""

    person: str
    at: float
    """When it came, in seconds of the event loop's clock."""
    channel: str = ""
    """Where; empty in the Home tab, in a form, and behind a shortcut."""
    aside: bool = False
    """Whether that is a conversation of few, where the bot is not unless it is its own with the person."""
    own: bool = False
    """Whether it is certainly that one, for a message of the bot's stands there."""
    elsewhere: bool = False
    there: bool = True
    """Whether the person is in the channel for certain: Slack takes a command from nobody else.

    A form stays open, and can be handed in, after its reader was removed from where it was asked for.
    """
    thread: str = ""
    url: str = ""
    """The response_url."""
    trigger: str = ""
    view: Mapping[str, Any] | None = None
    """The form, modal or Home tab in which it was done."""
    hidden: bool = False
    """Whether the message with the button is seen by the person alone."""

    @property
    def home(self) -> bool:
        """Whether it was done in the Home tab."""
        return self.view is not None and self.view.get("type") == "home"

    @property
    def modal(self) -> str:
        """The id of the modal in which it was done; empty where it was none."""
        return str(self.view.get("id", "")) if self.view is not None and not self.home else ""


def read(body: Mapping[str, Any], at: float) -> Act:
    """Read the payload of a command or an interaction; LookupError where nobody is named who did it."""
    if "command" in body:
        channel, name = text(body, "channel_id"), text(body, "channel_name")
        return Act(
            _named(body, "user_id"),
            at,
            channel,
            _is_aside(channel, name),
            url=text(body, "response_url"),
            trigger=text(body, "trigger_id"),
        )
    container = body.get("container") or {}
    message = body.get("message") or {}
    room = body.get("channel") or {}
    channel, name = text(room, "id") or text(container, "channel_id"), text(room, "name")
    hidden = bool(container.get("is_ephemeral"))
    aside = _is_aside(channel, name)
    return Act(
        _named(body["user"], "id"),
        at,
        channel,
        aside,
        own=aside and channel.startswith("D") and bool(container) and not hidden,
        thread=text(container, "thread_ts") or text(message, "thread_ts"),
        url=text(body, "response_url"),
        trigger=text(body, "trigger_id"),
        view=body.get("view") or None,
        hidden=hidden,
    )


def text(data: Mapping[str, Any], key: str) -> str:
    """Read a text of a payload; what is missing, null or something else is an empty one."""
    found = data.get(key)
    return found if isinstance(found, str) else ""


def _named(data: Mapping[str, Any], key: str) -> str:
    person = text(data, key)
    if not person:
        raise LookupError(key)
    return person


def again(act: Act, origin: Origin) -> Act:
    """Put a form that was handed in where it was asked for; another form cannot open out of it."""
    return Act(
        act.person,
        act.at,
        origin.place,
        elsewhere=origin.elsewhere,
        there=False,
        thread=origin.thread,
        url=origin.url,
        hidden=origin.replaces,
    )


def _is_aside(channel: str, name: str) -> bool:
    return channel.startswith("D") or name == "directmessage" or name.startswith("mpdm-")


async def placed(act: Act, ledger: Ledger) -> Act:
    """Tell the bot's own conversation with a person from those into which they brought it along."""
    if not act.aside:
        return act
    if act.own:
        await direct.remember(ledger, act.person, act.channel)
    known = await direct.known(ledger, act.person)
    return replace(act, channel="", aside=False, own=False, elsewhere=known != act.channel)


async def caller(act: Act, people: People, *, space: str, zoned: bool = True) -> Caller:
    """Say who asks and where, and with ``zoned`` by which timezone they live, where Slack tells it soon."""
    person = Target(names.NAME, act.person, kind=TargetKind.PERSON)
    place = Target(names.NAME, act.channel, space) if act.channel else person
    zone = await _zone(act.person, people) if zoned else None
    return Caller(
        person,
        place,
        zone,
        ZONE_FROM if zone else "",
        elsewhere=act.elsewhere,
        alone=ALONE,
        hints=(NOT_IN_THREADS,),
    )


async def _zone(person: str, people: People) -> str | None:
    try:
        async with asyncio.timeout(ZONE_WITHIN):
            found = await people.person(person)
    except (TimeoutError, Failure) as error:
        log.info("slack.no_timezone", error=type(error).__name__)
        return None
    return found.timezone if found else None
