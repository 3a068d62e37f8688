"""What can go wrong with a call of the Web API, and which calls it goes wrong with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tests.loopback.slack.nouns import Json


@dataclass(frozen=True, slots=True)
class RateLimited:
    """429 with Retry-After; nothing is done."""

    retry_after: int = 1


@dataclass(frozen=True, slots=True)
class LostAnswer:
    """What was asked is done, then the connection is cut."""


@dataclass(frozen=True, slots=True)
class Reset:
    """The connection is cut before anything is done."""


@dataclass(frozen=True, slots=True)
class Late:
    """What was asked is done only after the caller has given up and closed the connection."""


@dataclass(frozen=True, slots=True)
class Hang:
    """The answer takes its time, for good where ``seconds`` is None; ``accepted``: it is done at once."""

    seconds: float | None = None
    accepted: bool = True


@dataclass(frozen=True, slots=True)
class Failure:
    """A failing front server: a status and a body that is no JSON; ``accepted``: it is done all the same."""

    status: int = 500
    text: str = "upstream connect error or disconnect/reset before headers"
    accepted: bool = False


@dataclass(frozen=True, slots=True)
class InternalError:
    """``internal_error`` or ``fatal_error``; ``accepted``: it is done all the same."""

    error: str = "internal_error"
    accepted: bool = False


@dataclass(frozen=True, slots=True)
class Refuse:
    """One of Slack's errors, with what else stands in the answer."""

    error: str
    extra: Json = field(default_factory=dict)


Fault = RateLimited | LostAnswer | Reset | Late | Hang | Failure | InternalError | Refuse
When = Callable[[Json], bool]


@dataclass(slots=True)
class _Order:
    method: str
    fault: Fault
    times: int | None
    when: When | None

    def fits(self, method: str, arguments: Json) -> bool:
        return self.method in {method, "*"} and (self.when is None or self.when(arguments))


class Faults:
    """The faults that are still to come, the first ordered first."""

    def __init__(self) -> None:
        self._orders: list[_Order] = []

    def order(self, method: str, fault: Fault, times: int | None, when: When | None) -> None:
        """Let calls that fit go wrong, so many times or for good."""
        self._orders.append(_Order(method, fault, times, when))

    def clear(self) -> None:
        """Let nothing go wrong any more."""
        self._orders.clear()

    def next(self, method: str, arguments: Json) -> Fault | None:
        """Take what goes wrong with this call."""
        order = next((order for order in self._orders if order.fits(method, arguments)), None)
        if order is None:
            return None
        if order.times is not None:
            order.times -= 1
            if order.times <= 0:
                self._orders.remove(order)
        return order.fault
