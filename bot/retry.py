"""What becomes of a delivery that failed: pure, from the error and the tries it has had."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.errors import Busy, DeliveryError, InDoubt, TargetGone, Undeliverable

BACKOFF = tuple(timedelta(seconds=seconds) for seconds in (10, 30, 120, 600, 1800, 3600, 7200, 14400, 21600))
"""Waits between ten tries, about fourteen hours with jitter at its least and a day with it at its most."""
TRIES = len(BACKOFF) + 1
LONGEST_WAIT = timedelta(days=1)
UNREACHED_AGAIN = timedelta(hours=8)
UNREACHED_MOST = timedelta(days=3)
"""A person who could not be messaged for so long is left alone until they ask for it."""


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
class Unreached:
    """Try a person who cannot be messaged again after ``wait``; it is no failure of this message."""

    wait: timedelta


@dataclass(frozen=True, slots=True)
class PauseTarget:
    """Stop posting to the target; what waits for it is kept."""


Decision = Later | Look | Dead | Unreached | PauseTarget


def decide(
    error: DeliveryError, *, tries: int, edit: bool, jitter: float, unreached: timedelta | None = None
) -> Decision:
    """Decide about a failed try, the ``tries``-th; ``jitter`` is random, from 0 to 1.

    ``unreached`` is for how long a person could not be messaged by now; None: the target is no person.
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
    if isinstance(error, TargetGone) and not edit:
        is_new = unreached is not None and unreached < UNREACHED_MOST
        return Unreached(UNREACHED_AGAIN) if is_new else PauseTarget()
    # Of an edit it may be only the old message that is out of reach: what is posted next will tell.
    if isinstance(error, TargetGone):
        return Dead()
    if isinstance(error, Undeliverable) or tries >= TRIES:
        return Dead()
    wait = max(BACKOFF[tries - 1] * (1 + 0.5 * jitter), min(error.retry_after or timedelta(), LONGEST_WAIT))
    return Look(wait) if isinstance(error, InDoubt) and not edit else Later(wait, counted=True)
