"""How many feeds there may be, and how fast they may be added."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from datetime import datetime, timedelta

from bot.commands.channels.phrases import times_of
from bot.commands.tools import Refusal
from bot.models import Target, TargetKind
from bot.prose import Code, prose
from bot.reply import Reply
from bot.settings import Settings
from bot.store import Connection, channel

MINUTE = timedelta(minutes=1)


class Turns:
    """Counts what people add within a minute; in memory, since a minute is soon over."""

    def __init__(self, most: int, clock: Callable[[], datetime]) -> None:
        self._most = most
        self._clock = clock
        self._taken: dict[Target, deque[datetime]] = {}

    def take(self, person: Target) -> None:
        """Take a turn; Refusal where the person has had all of this minute's."""
        now = self._clock()
        self._taken = {who: times for who, times in self._taken.items() if now - times[-1] < MINUTE}
        times = self._taken.setdefault(person, deque(maxlen=self._most))
        if len(times) == self._most and now - times[0] < MINUTE:
            said = f"That is more than {self._most} adds in a minute. Wait a moment, or add a whole list: "
            raise Refusal(Reply(prose(said, Code("/feeds import"), ".")))
        times.append(now)


def room(c: Connection, target: Target, settings: Settings) -> int:
    """Say how many more feeds a target can take, its own limit and its space's considered."""
    if target.kind is TargetKind.PERSON:
        return max(0, settings.feeds_per_person - channel.count(c, target))
    here = settings.feeds_per_channel - channel.count(c, target)
    return max(0, min(here, settings.feeds_per_space - channel.count_in_space(c, target)))


def demand_room(c: Connection, target: Target, settings: Settings) -> None:
    """Refuse a feed for which there is no room, in words about the limit that is reached."""
    if room(c, target, settings) > 0:
        return
    if target.kind is TargetKind.PERSON:
        most, whose = settings.feeds_per_person, "You have"
    elif channel.count(c, target) >= settings.feeds_per_channel:
        most, whose = settings.feeds_per_channel, "This channel has"
    else:
        most, whose = settings.feeds_per_space, "All channels together have"
    said = f"{whose} {times_of(most, 'feed', 'feeds')}, the limit here. Remove one first ("
    raise Refusal(Reply(prose(said, Code("/feeds list"), " shows them), or ask the operator for more.")))
