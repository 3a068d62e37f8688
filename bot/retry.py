"""What becomes of a delivery that failed: pure, from the error and the tries it has had."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.errors import Busy, DeliveryError, InDoubt, TargetGone, Undeliverable

BACKOFF = tuple(timedelta(seconds=seconds) for seconds in (10, 30, 120, 600, 1800, 3600, 7200, 14400, 21600))
"""Waits between ten tries, about fourteen hours with jitter at its least and a day with it at its most."""
TRIES = len(BACKOFF) + 1
LONGEST_WAIT = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Later:
    """Try again after ``wait``; ``counted`` says whether a try is used up."""

    wait: timedelta
    counted: bool
    whole_target: bool = False
    whole_platform: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """Find out whether it arrived before anything else, after ``wait`` at the soonest."""

    wait: timedelta


@dataclass(frozen=True, slots=True)
class Dead:
    """Give it up with the reason."""


@dataclass(frozen=True, slots=True)
class PauseTarget:
    """Stop posting to the target; what waits for it is kept."""


Decision = Later | Look | Dead | PauseTarget


def decide(error: DeliveryError, *, tries: int, edit: bool, jitter: float) -> Decision:
    """Decide about a failed try, the ``tries``-th; ``jitter`` is random, from 0 to 1.

    A limit or an outage defers and never drops. An edit may be repeated without harm, so it is
    never in doubt. Doubt uses up tries: a platform that takes every message and answers none would
    otherwise be sent it for ever.
    """
    if isinstance(error, Busy):
        return Later(
            min(error.wait, LONGEST_WAIT),
            counted=False,
            whole_target=not error.everywhere,
            whole_platform=error.everywhere,
        )
    if isinstance(error, TargetGone):
        return PauseTarget()
    if isinstance(error, Undeliverable) or tries >= TRIES:
        return Dead()
    wait = max(BACKOFF[tries - 1] * (1 + 0.5 * jitter), min(error.retry_after or timedelta(), LONGEST_WAIT))
    return Look(wait) if isinstance(error, InDoubt) and not edit else Later(wait, counted=True)
