"""Who does something on Slack, where, and by which ways an answer can come back."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import structlog

from adapters.slack import names
from adapters.slack.forms import Origin
from adapters.slack.rooms import Person
from adapters.slack.web import Failure
from bot.adapter import Ledger
from bot.command import Caller
from bot.models import Target, TargetKind

ZONE_WITHIN = 1.0
"""Seconds for asking a person's timezone: a form has to open within three."""
ZONE_FROM = "your Slack profile"

log = structlog.get_logger()


class People(Protocol):
    """What is asked about people; ``rooms.Rooms`` knows it."""

    async def person(self, person_id: str) -> Person | None:
        """Find a person; None where that cannot be told."""

    def met(self, person_id: str, channel_id: str) -> None:
        """Remember that a person is in a channel."""


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
    """Read the payload of a command or an interaction."""
    if "command" in body:
        channel, name = str(body.get("channel_id", "")), str(body.get("channel_name", ""))
        return Act(
            str(body["user_id"]),
            at,
            channel,
            _is_aside(channel, name),
            url=str(body.get("response_url") or ""),
            trigger=str(body.get("trigger_id") or ""),
        )
    container = body.get("container") or {}
    message = body.get("message") or {}
    room = body.get("channel") or {}
    channel, name = str(room.get("id") or container.get("channel_id") or ""), str(room.get("name") or "")
    hidden = bool(container.get("is_ephemeral"))
    aside = _is_aside(channel, name)
    return Act(
        str(body["user"]["id"]),
        at,
        channel,
        aside,
        own=aside and channel.startswith("D") and bool(container) and not hidden,
        thread=str(container.get("thread_ts") or message.get("thread_ts") or ""),
        url=str(body.get("response_url") or ""),
        trigger=str(body.get("trigger_id") or ""),
        view=body.get("view") or None,
        hidden=hidden,
    )


def again(act: Act, origin: Origin) -> Act:
    """Put a form that was handed in where it was asked for; another form cannot open out of it."""
    return Act(
        act.person,
        act.at,
        origin.place,
        elsewhere=origin.elsewhere,
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
    key = f"direct:{act.person}"
    known = await ledger.note(key)
    if act.own and known != act.channel:
        await ledger.write(key, act.channel)
        known = act.channel
    return Act(
        act.person,
        act.at,
        elsewhere=known != act.channel,
        url=act.url,
        trigger=act.trigger,
        thread=act.thread,
        view=act.view,
        hidden=act.hidden,
    )


async def caller(act: Act, people: People, *, space: str, zoned: bool = True) -> Caller:
    """Say who asks and where, and with ``zoned`` by which timezone they live, where Slack tells it soon."""
    person = Target(names.NAME, act.person, kind=TargetKind.PERSON)
    place = Target(names.NAME, act.channel, space) if act.channel else person
    zone = await _zone(act.person, people) if zoned else None
    return Caller(person, place, zone, ZONE_FROM if zone else "", elsewhere=act.elsewhere)


async def _zone(person: str, people: People) -> str | None:
    try:
        async with asyncio.timeout(ZONE_WITHIN):
            found = await people.person(person)
    except (TimeoutError, Failure) as error:
        log.info("slack.no_timezone", error=type(error).__name__)
        return None
    return found.timezone if found else None
