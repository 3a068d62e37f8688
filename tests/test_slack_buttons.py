"""Buttons on Slack hold no state: whatever they do comes back from their values, within Slack's limits."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.noted import TooOld
from adapters.slack import buttons
from adapters.slack.buttons import OPTION_MOST, PRESSED, VALUE_MOST, Press
from adapters.slack.drawn import Block, weight
from bot.adapter import Scratch
from bot.models import Button
from bot.reply import Choice
from tests.loopback.slack.contract import message_blocks

SOME = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
TEXTS = st.builds(lambda text, times: text * times, SOME, st.sampled_from([1, 5, 30, 300]))
"""Also long ones, which come too seldom by themselves."""
COMMANDS = TEXTS.map(lambda text: f"/follow {text}")
OWNERS = st.from_regex(r"|[UW][A-Z0-9]{1,19}", fullmatch=True)
PRESSES = st.builds(Press, COMMANDS, OWNERS, st.booleans(), st.booleans())


class Book(Scratch):
    """A ledger that takes no more than the bot's own does."""

    async def write(self, key: str, text: str, *, keep: timedelta | None = None) -> None:
        """Note a text of 200 characters at most, and nothing for good."""
        assert len(key) <= 200
        assert len(text) <= 200
        assert keep == timedelta(days=30)
        await super().write(key, text, keep=keep)


def elements(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    """List what can be pressed or chosen."""
    return [element for block in blocks for element in block["elements"]]


def values(blocks: Sequence[Block]) -> list[str]:
    """List what can be asked for, in order."""
    found = []
    for element in elements(blocks):
        found += [one["value"] for one in element.get("options") or [element]]
    return found


@settings(deadline=None)
@given(PRESSES, st.sampled_from([VALUE_MOST, OPTION_MOST]))
async def test_a_press_is_read_back_as_it_was_drawn(press: Press, most: int) -> None:
    """Any command, however long, fits a value and comes back with all that belongs to it."""
    ledger = Book()
    value = await buttons.written(press, most, ledger)
    assert len(value.encode()) <= most
    assert await buttons.read(value, ledger) == press


@settings(deadline=None, max_examples=40)
@given(
    st.lists(st.builds(Button, TEXTS, COMMANDS, TEXTS), max_size=40),
    st.lists(st.builds(Choice, TEXTS, COMMANDS, TEXTS), max_size=140),
    st.booleans(),
    st.integers(min_value=1, max_value=3),
)
async def test_any_number_of_buttons_and_lines_is_within_limits(
    pressed: list[Button],
    choices: list[Choice],
    card: bool,  # noqa: FBT001 - drawn by hypothesis
    revision: int,
) -> None:
    """Whatever labels say and however many there are, Slack takes each block, and nothing is left out."""
    ledger = Book()
    blocks = await buttons.actions(
        pressed, choices, owner="U1", replaces=True, ledger=ledger, card=card, revision=revision
    )
    for block in blocks:
        assert [str(breach) for breach in message_blocks([block])] == []
        assert weight([block]) <= 13_000
    assert len({block["block_id"] for block in blocks}) == len(blocks)
    assert all(str(block["block_id"]).endswith(".r2") for block in blocks) or revision != 2
    assert all(PRESSED.fullmatch(element["action_id"]) for element in elements(blocks))
    read = {await buttons.read(value, ledger) for value in values(blocks)}
    commands = {one.command for one in pressed} | {one.value for one in choices}
    assert read == {Press(command, "U1", replaces=True) for command in commands}


async def test_long_lines_share_no_message_that_cannot_hold_them() -> None:
    """A message takes some 13,000 characters in all: a menu of the longest lines becomes several."""
    lines = [Choice("x" * 75, f"/follow {number} {'y' * 100}", "z" * 75) for number in range(100)]
    blocks = await buttons.actions((), lines, owner="U1", replaces=True, ledger=Book())
    assert len(blocks) > 1
    assert all(weight([block]) <= 13_000 for block in blocks)
    assert len(values(blocks)) == 100


async def test_a_card_shows_two_buttons_and_a_menu() -> None:
    """The row of an alert: two buttons, named for screen readers, and the rest behind three dots."""
    pressed = [
        Button("Snooze 24 h", "/snooze #91 24h", "Snooze alerts for catl mining for 24 hours"),
        Button("Unfollow", "/unfollow #91", "Unfollow catl mining"),
        *(Button(f"Do {number}", f"/do {number}") for number in range(4)),
    ]
    (block,) = await buttons.actions(pressed, owner="", replaces=False, ledger=Book(), card=True)
    assert block["block_id"] == "wr1.act"
    assert [one["type"] for one in block["elements"]] == ["button", "button", "overflow"]
    assert block["elements"][0] == {
        "type": "button",
        "action_id": "wr.press.0",
        "text": {"type": "plain_text", "text": "Snooze 24 h", "emoji": False},
        "value": "b::/snooze #91 24h",
        "accessibility_label": "Snooze alerts for catl mining for 24 hours",
    }
    assert len(block["elements"][2]["options"]) == 4


async def test_a_button_for_the_shell_is_not_drawn() -> None:
    """What is no command of the bot cannot be pressed, and nothing at all is no block."""
    shell = (Button("Again", "wireroom deliveries --retry 5"),)
    assert await buttons.actions(shell, owner="", replaces=False, ledger=Scratch()) == []


@pytest.mark.parametrize("lost", [0, 1, None])
async def test_a_command_noted_too_long_ago_is_too_old(lost: int | None) -> None:
    """Of a command that is not wholly there any more only its first word is known, and nothing is done."""
    ledger = Book()
    value = await buttons.written(Press("/follow " + "chips, " * 50), OPTION_MOST, ledger)
    keys = sorted(await ledger.notes("button:"))
    assert len(keys) == 2
    for key in keys if lost is None else [keys[lost]]:
        await ledger.erase(key)
    with pytest.raises(TooOld, match=r"^/follow$"):
        await buttons.read(value, ledger)


@given(TEXTS)
async def test_a_value_of_another_version_is_too_old(value: str) -> None:
    """Any value that is not of this form does nothing."""
    with pytest.raises(TooOld):
        await buttons.read(f"fo_{value}", Scratch())
