"""When messages leave for Slack: one a second and channel, with short bursts, and so many in all."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.turns import BURST, GAP, KEPT, WORKSPACE_BURST, WORKSPACE_GAP, Turns
from tests.guildhall import Ticking


def leave(turns: Turns, clock: Ticking, channel: str) -> float:
    """Wait for a channel's turn, and say when it came."""
    clock.seconds += turns.book(channel)
    return clock.seconds


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 3)), max_size=60))
def test_no_channel_gets_more_than_one_a_second(sent: list[tuple[str, float]]) -> None:
    """However messages come, a channel gets no more than a burst and one a second in any stretch of time."""
    clock = Ticking()
    turns = Turns(clock)
    left: dict[str, list[float]] = {}
    for channel, pause in sent:
        clock.seconds += pause
        left.setdefault(channel, []).append(leave(turns, clock, channel))
    for times in left.values():
        for first, start in enumerate(times):
            for last, end in enumerate(times[first:], first):
                assert last - first + 1 <= BURST + (end - start) / GAP + 1e-6


def test_a_burst_leaves_at_once() -> None:
    """The first messages of a quiet channel do not wait for one another, and the next one does."""
    turns = Turns(Ticking())
    assert [turns.book("C1") for _ in range(BURST)] == [0.0] * BURST
    assert turns.wait("C1") == GAP


def test_other_channels_go_on() -> None:
    """A channel whose turns are used up holds up no other."""
    turns = Turns(Ticking())
    for _ in range(5):
        turns.book("C1")
    assert turns.wait("C1") > 0
    assert turns.wait("C2") == 0


def test_the_workspace_has_its_limit() -> None:
    """Many channels together get no more than the workspace's burst and its rate."""
    clock = Ticking()
    turns = Turns(clock)
    times = [leave(turns, clock, f"C{number}") for number in range(100)]
    assert times[WORKSPACE_BURST - 1] < 1e-6
    assert times[-1] >= (100 - WORKSPACE_BURST) * WORKSPACE_GAP - 1e-6


def test_a_second_channel_turned_away_means_all() -> None:
    """One channel that has to wait waits alone; another one meanwhile means that the workspace is full."""
    clock = Ticking()
    turns = Turns(clock)
    assert not turns.hold("C1", 10)
    assert not turns.hold("C1", 10)
    assert turns.wait("C1") == 10
    assert turns.wait("C2") == 0
    assert turns.hold("C2", 5)
    clock.seconds = 11
    assert turns.wait("C1") == 0
    assert not turns.hold("C3", 5)


def test_a_shorter_hold_shortens_none() -> None:
    """A channel that was asked to wait long waits so long, whatever is said meanwhile."""
    turns = Turns(Ticking())
    turns.hold("C1", 10)
    turns.hold("C1", 2)
    assert turns.wait("C1") == 10


def test_what_is_over_is_forgotten() -> None:
    """Of channels that were posted to long ago nothing is kept."""
    clock = Ticking()
    turns = Turns(clock)
    for number in range(KEPT + 1):
        leave(turns, clock, f"C{number}")
        clock.seconds += 2
    assert len(turns._due) <= 2
