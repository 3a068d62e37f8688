"""When a message may leave: one a second and channel with short bursts, and so many a minute in all."""

from __future__ import annotations

import time
from collections.abc import Callable

GAP = 1.0
"""Seconds between two messages of a channel (docs.slack.dev, rate limits: “1 per second per channel”)."""
BURST = 3
"""Messages that may leave at once: Slack allows “short bursts”, and does not say how short."""
WORKSPACE_GAP = 0.2
"""“Several hundred messages per minute per workspace”: we send 300."""
WORKSPACE_BURST = 20
KEPT = 1_000
"""Channels remembered before those whose time is over are forgotten."""


class Turns:
    """Books turns and remembers who was asked to wait; the times are of one monotonic clock, in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, gap: float = GAP) -> None:
        """``gap`` are seconds between two messages of a channel."""
        self._clock = clock
        self._gap = gap
        self._due: dict[str, float] = {}
        """When a channel would be even again: the generic cell rate algorithm (ITU-T I.371)."""
        self._all = 0.0
        self._held: dict[str, float] = {}

    def wait(self, channel: str) -> float:
        """Say in how many seconds a channel's next message may leave; nothing is booked."""
        now = self._clock()
        own = self._due.get(channel, 0.0) - (BURST - 1) * self._gap
        every = self._all - (WORKSPACE_BURST - 1) * WORKSPACE_GAP
        return max(0.0, own - now, every - now, self._held.get(channel, 0.0) - now)

    def book(self, channel: str) -> float:
        """Take a channel's next turn, and say in how many seconds it is."""
        wait, now = self.wait(channel), self._clock()
        at = now + wait
        self._due[channel] = max(self._due.get(channel, 0.0), at) + self._gap
        self._all = max(self._all, at) + WORKSPACE_GAP
        if len(self._due) > KEPT:
            self._due = {name: due for name, due in self._due.items() if due > now}
        return wait

    def hold(self, channel: str, seconds: float) -> bool:
        """Note that Slack asked a channel to wait; True where that must be meant for the whole workspace.

        Slack does not say which limit was hit: when another channel is turned away while the first
        one waits, it is no single channel's.
        """
        now = self._clock()
        self._held = {name: until for name, until in self._held.items() if until > now}
        is_wider = any(name != channel for name in self._held)
        self._held[channel] = max(self._held.get(channel, 0.0), now + seconds)
        return is_wider
