"""What becomes of a failed delivery, decided from the error and its tries alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Busy, DeliveryError, InDoubt, TargetGone, Undeliverable
from bot.retry import BACKOFF, LONGEST_WAIT, TRIES, Dead, Later, Look, PauseTarget, Unreached, decide

TRY = st.integers(1, TRIES + 5)
JITTER = st.floats(0, 1)
WAITS = st.timedeltas(timedelta(), timedelta(days=30))


def test_ten_tries_over_about_a_day() -> None:
    """A card has ten tries, and between the first and the last lie half a day to a day."""
    for jitter, least, most in ((0.0, 12, 16), (1.0, 19, 24)):
        waited = timedelta()
        for tries in range(1, TRIES):
            decision = decide(DeliveryError("no"), tries=tries, edit=False, jitter=jitter)
            assert isinstance(decision, Later)
            assert decision.counted
            waited += decision.wait
        assert timedelta(hours=least) < waited < timedelta(hours=most)
    assert TRIES == 10
    assert decide(DeliveryError("no"), tries=TRIES, edit=False, jitter=0.5) == Dead()


@given(tries=TRY, edit=st.booleans(), jitter=JITTER, wait=WAITS, everywhere=st.booleans())
def test_busy_never_drops(tries: int, edit: bool, jitter: float, wait: timedelta, everywhere: bool) -> None:  # noqa: FBT001 - drawn
    """A limit defers, at most a day, uses no try, and holds either the target or the platform."""
    error = Busy("busy", retry_after=wait, everywhere=everywhere)
    assert decide(error, tries=tries, edit=edit, jitter=jitter) == Later(
        min(wait, LONGEST_WAIT), counted=False, whole_target=not everywhere, whole_platform=everywhere
    )


@given(tries=TRY, jitter=JITTER)
def test_target_gone_never_drops(tries: int, jitter: float) -> None:
    """A channel that is gone is paused, whatever the tries; an edit pauses nothing."""
    assert decide(TargetGone("gone"), tries=tries, edit=False, jitter=jitter) == PauseTarget()
    assert decide(TargetGone("gone"), tries=tries, edit=True, jitter=jitter) == Dead()


@given(tries=TRY, since=st.timedeltas(timedelta(), timedelta(days=9)))
def test_a_person_is_tried_for_three_days(tries: int, since: timedelta) -> None:
    """A person who cannot be messaged is tried three times a day for three days, then paused."""
    decision = decide(TargetGone("closed"), tries=tries, edit=False, jitter=0, unreached=since)
    assert decision == (Unreached(timedelta(hours=8)) if since < timedelta(days=3) else PauseTarget())


@given(tries=st.integers(1, TRIES - 1), jitter=JITTER, wait=st.none() | WAITS)
def test_retry_after_is_obeyed(tries: int, jitter: float, wait: timedelta | None) -> None:
    """A try comes neither before its backoff nor before the platform asks for it, up to a day."""
    decision = decide(DeliveryError("no", retry_after=wait), tries=tries, edit=False, jitter=jitter)
    assert isinstance(decision, Later)
    assert decision.wait >= BACKOFF[tries - 1]
    assert decision.wait >= min(wait or timedelta(), LONGEST_WAIT)
    assert decision.wait <= LONGEST_WAIT


@given(tries=st.integers(1, TRIES - 1), jitter=JITTER)
def test_doubt(tries: int, jitter: float) -> None:
    """A post in doubt is looked for before anything else; an edit in doubt is simply made again."""
    assert isinstance(decide(InDoubt("?"), tries=tries, edit=False, jitter=jitter), Look)
    again = decide(InDoubt("?"), tries=tries, edit=True, jitter=jitter)
    assert isinstance(again, Later)
    assert again.counted


def test_doubt_ends() -> None:
    """A platform that takes every message and answers none is not sent it for ever."""
    assert decide(InDoubt("?"), tries=TRIES, edit=False, jitter=0) == Dead()


@pytest.mark.parametrize("edit", [False, True])
def test_undeliverable(edit: bool) -> None:  # noqa: FBT001 - a parameter
    """What the platform will never take is given up at once."""
    assert decide(Undeliverable("too odd"), tries=1, edit=edit, jitter=0) == Dead()
