"""Slack's rate limits: one message a second and channel, and so many calls a minute of each method."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

_TIERS = {
    "apps.connections.open": 1,
    "conversations.list": 2,
    "chat.update": 3,
    "chat.delete": 3,
    "conversations.info": 3,
    "conversations.history": 3,
    "conversations.replies": 3,
    "users.conversations": 3,
    "conversations.members": 4,
    "chat.postEphemeral": 4,
    "users.info": 4,
    "views.open": 4,
    "views.push": 4,
    "views.update": 4,
    "views.publish": 4,
    "files.getUploadURLExternal": 4,
    "files.completeUploadExternal": 4,
}
"""Which tier a method belongs to (apis/web-api/rate-limits); the others are limited too rarely to matter."""


@dataclass(frozen=True, slots=True)
class Rates:
    """How much is allowed."""

    messages_per_second: float = 1.0
    """In each channel."""
    burst: int = 3
    """How many messages a channel takes at once that has been quiet."""
    per_minute: tuple[int, int, int, int] = (1, 20, 50, 100)
    """How many calls of a method of each tier; so many may come at once."""
    connections: int = 10
    """How often a socket may be asked for at once, though its tier says once a minute."""


@dataclass(slots=True)
class _Bucket:
    level: float
    at: float


class Limits:
    """Counts calls; times are a monotonic clock's seconds."""

    def __init__(self, rates: Rates) -> None:
        self._rates = rates
        self._buckets: dict[str, _Bucket] = {}

    def take(self, method: str, arguments: Mapping[str, object], now: float) -> int:
        """Count a call; gives the seconds to wait where it is one too many, else 0."""
        if method == "chat.postMessage":
            key = f"{method} {arguments.get('channel')}"
            return self._take(key, self._rates.burst, self._rates.messages_per_second, now)
        tier = _TIERS.get(method)
        if tier is None:
            return 0
        per_minute = self._rates.per_minute[tier - 1]
        size = max(per_minute, self._rates.connections) if tier == 1 else per_minute
        return self._take(method, size, per_minute / 60, now)

    def _take(self, key: str, size: int, per_second: float, now: float) -> int:
        bucket = self._buckets.setdefault(key, _Bucket(size, now))
        bucket.level = min(size, bucket.level + (now - bucket.at) * per_second)
        bucket.at = now
        if bucket.level < 1:
            return max(1, math.ceil((1 - bucket.level) / per_second))
        bucket.level -= 1
        return 0
