"""Discord's rate limits: over all, for the messages of a channel, for crossposts."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

_FREE = frozenset({"interactions", "webhooks"})
"""First segments of the routes that the limit over all does not count (topics/rate-limits)."""


@dataclass(frozen=True, slots=True)
class Rates:
    """How much is allowed, and in how many seconds."""

    everywhere: int = 50
    channel: int = 5
    window: float = 5.0
    crossposts: int = 10
    crosspost_window: float = 3600.0


@dataclass(frozen=True, slots=True)
class Standing:
    """How a request stands with its bucket; ``wait`` in seconds where it must come again."""

    bucket: str
    limit: int
    remaining: int
    reset_after: float
    wait: float = 0.0
    everywhere: bool = False

    def headers(self, now: float) -> dict[str, str]:
        """Write what Discord says of a bucket; ``now`` is the Unix time."""
        return {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": f"{now + self.reset_after:.3f}",
            "X-RateLimit-Reset-After": f"{self.reset_after:.3f}",
            "X-RateLimit-Bucket": self.bucket,
        }


class Limits:
    """Counts requests; times are a monotonic clock's seconds."""

    def __init__(self, rates: Rates) -> None:
        self._rates = rates
        self._all: deque[float] = deque()
        self._buckets: dict[str, tuple[float, int]] = {}
        """When a bucket's window ends, and how many requests it has taken."""

    def take(self, method: str, path: str, now: float) -> Standing | None:
        """Count a request; None where it belongs to no bucket and the limit over all has room."""
        parts = path.split("/")
        if parts[1] not in _FREE:
            while self._all and self._all[0] <= now - 1:
                self._all.popleft()
            if len(self._all) >= self._rates.everywhere:
                wait = self._all[0] + 1 - now
                return Standing("global", self._rates.everywhere, 0, wait, wait, everywhere=True)
            self._all.append(now)
        match method, parts:
            case "POST", ["", "channels", channel, "messages"]:
                return self._bucket(f"post:{channel}", self._rates.channel, self._rates.window, now)
            case "PATCH", ["", "channels", channel, "messages", _]:
                return self._bucket(f"edit:{channel}", self._rates.channel, self._rates.window, now)
            case "POST", ["", "channels", channel, "messages", _, "crosspost"]:
                rates = self._rates
                return self._bucket(f"crosspost:{channel}", rates.crossposts, rates.crosspost_window, now)
        return None

    def _bucket(self, key: str, limit: int, window: float, now: float) -> Standing:
        ends, used = self._buckets.get(key, (0.0, 0))
        if now >= ends:
            ends, used = now + window, 0
        name = key.partition(":")[0]
        if used >= limit:
            return Standing(name, limit, 0, ends - now, wait=ends - now)
        self._buckets[key] = (ends, used + 1)
        return Standing(name, limit, limit - used - 1, ends - now)
