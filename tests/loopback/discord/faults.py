"""What can go wrong with a request, and which requests it goes wrong with."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class Status:
    """An answer of Discord's front servers; with ``after`` what was asked has been done all the same."""

    status: int
    after: bool = False
    html: bool = False


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is reset before, or after, what was asked is done."""

    after: bool = False


@dataclass(frozen=True, slots=True)
class Hang:
    """What was asked is done, and no answer ever comes."""


@dataclass(frozen=True, slots=True)
class Slow:
    """What was asked is done at once; the answer takes its time."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Limited:
    """429; ``everywhere`` for all requests; without ``via`` it comes from the wall that bans addresses."""

    retry_after: float
    everywhere: bool = False
    via: bool = True


@dataclass(frozen=True, slots=True)
class Refusal:
    """One of Discord's own errors."""

    status: int
    code: int
    message: str = "refused"


Fault = Status | Reset | Hang | Slow | Limited | Refusal


@dataclass(slots=True)
class _Order:
    method: str
    pattern: list[str]
    fault: Fault
    times: int | None

    def fits(self, method: str, path: str) -> bool:
        parts = path.split("/")
        return (
            self.method in {method, "*"}
            and len(parts) == len(self.pattern)
            and all(map(fnmatchcase, parts, self.pattern))
        )


class Faults:
    """The faults that are still to come, the first ordered first."""

    def __init__(self) -> None:
        self._orders: list[_Order] = []

    def order(self, method: str, pattern: str, fault: Fault, times: int | None) -> None:
        """Let requests that fit go wrong, so many times or for good."""
        self._orders.append(_Order(method, pattern.split("/"), fault, times))

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        self._orders.clear()

    def next(self, method: str, path: str) -> Fault | None:
        """Take what goes wrong with this request."""
        order = next((order for order in self._orders if order.fits(method, path)), None)
        if order is None:
            return None
        if order.times is not None:
            order.times -= 1
            if order.times <= 0:
                self._orders.remove(order)
        return order.fault


def fits(pattern: str, path: str) -> bool:
    """Whether a path is one of those that a pattern names, segment by segment."""
    return _Order("*", pattern.split("/"), Hang(), None).fits("*", path)
