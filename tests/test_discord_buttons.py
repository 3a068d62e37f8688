"""Buttons and menus on Discord: all that they do is in their ids, and these hold anything."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import discord
import pytest
from discord import ui
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.discord import buttons
from adapters.discord.buttons import Press
from adapters.noted import TooOld
from bot.adapter import Scratch
from bot.models import Button
from bot.reply import Choice
from tests.loopback.discord.contract import judge

SOME = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TEXTS = st.builds(lambda text, times: text * times, SOME, st.sampled_from([1, 5, 30]))
"""Also long ones, which come too seldom by themselves."""
COMMANDS = TEXTS.map(lambda text: f"/follow {text}")
PRESSES = st.builds(
    Press,
    COMMANDS,
    st.none() | st.integers(min_value=1, max_value=2**63),
    st.booleans(),
    st.integers(min_value=0, max_value=9),
)


class Book(Scratch):
    """A ledger that takes no more than the bot's own does."""

    async def write(self, key: str, text: str, *, keep: timedelta | None = None) -> None:
        """Note a text of 200 characters at most, and nothing for good."""
        assert len(text) <= 200
        assert keep == timedelta(days=30)
        await super().write(key, text, keep=keep)


def breaches(view: ui.View) -> list[str]:
    """Say what Discord would not take of a view."""
    body = {"content": "x", "components": view.to_components(), "allowed_mentions": {"parse": []}}
    verdict = judge("POST", "/channels/1/messages", {}, body)
    return [str(breach) for breach in (*verdict.breaches, *verdict.unwelcome)]


def items(views: Sequence[ui.View]) -> list[ui.Item[Any]]:
    """List what stands in views, in its order."""
    return [item for view in views for item in view.children]


@settings(deadline=None)
@given(PRESSES, st.integers(min_value=0, max_value=200))
async def test_a_press_is_read_back_as_it_was_drawn(press: Press, place: int) -> None:
    """Any command, however long, fits an id of 100 characters and comes back with all that belongs to it."""
    ledger = Book()
    id_ = await buttons.identify(press, place, ledger)
    assert len(id_) <= 100
    assert await buttons.read(id_, ledger) == press


@settings(deadline=None)
@given(PRESSES)
async def test_equal_buttons_of_a_message_have_ids_of_their_own(press: Press) -> None:
    """Discord refuses a message in which two ids are the same, so the place is part of them."""
    ledger = Book()
    assert await buttons.identify(press, 1, ledger) != await buttons.identify(press, 2, ledger)


@settings(deadline=None)
@given(COMMANDS, st.integers(min_value=1, max_value=2**63))
async def test_a_line_of_a_menu_carries_its_command(command: str, owner: int) -> None:
    """The id of a menu says for whom it is, and the line that was chosen what to do."""
    ledger = Book()
    menu = Press("", owner, replaces=True)
    (drawn,) = await buttons.views([], [Choice("One", command)], menu=menu, ledger=ledger)
    (select,) = items([drawn])
    assert isinstance(select, ui.Select)
    read = await buttons.read(select.custom_id, ledger, chosen=select.options[0].value)
    assert read == Press(command, owner, replaces=True)


@settings(deadline=None)
@given(
    st.lists(st.builds(Button, TEXTS, COMMANDS), max_size=60),
    st.lists(st.builds(Choice, TEXTS, COMMANDS, TEXTS), max_size=140),
)
async def test_any_number_of_buttons_and_lines_is_within_limits(
    pressed: list[Button], choices: list[Choice]
) -> None:
    """Whatever labels say and however many there are, Discord takes each message, and nothing is left out."""
    drawn = await buttons.views(
        buttons.keys(pressed, owner=5, replaces=True), choices, menu=Press("", 5), ledger=Book()
    )
    assert [breach for view in drawn for breach in breaches(view)] == []
    lines = [line for item in items(drawn) if isinstance(item, ui.Select) for line in item.options]
    assert len(lines) == len({choice.value for choice in choices})
    assert sum(isinstance(item, ui.Button) for item in items(drawn)) == len(pressed)


async def test_a_button_for_the_shell_is_not_drawn() -> None:
    """What is no command of the bot cannot be pressed, and nothing at all is no view."""
    shell = (Button("Again", "wireroom deliveries --retry 5"),)
    assert await buttons.view(shell, owner=None, replaces=False, ledger=Scratch()) is None


async def test_a_view_is_kept_by_nobody() -> None:
    """A view is finished before it is sent, for discord.py keeps those that are not until it is restarted."""
    drawn = await buttons.view((Button("Go", "/skip"),), owner=None, replaces=False, ledger=Scratch())
    assert drawn is not None
    assert drawn.is_finished()
    assert drawn.timeout is None


@pytest.mark.parametrize("lost", [0, 1, None])
async def test_a_command_noted_too_long_ago_is_too_old(lost: int | None) -> None:
    """Of a command that is not wholly there any more only its first word is known, and nothing is done."""
    ledger = Book()
    id_ = await buttons.identify(Press("/follow " + "chips, " * 50), 0, ledger)
    keys = sorted(await ledger.notes("button:"))
    assert len(keys) == 2
    for key in keys if lost is None else [keys[lost]]:
        await ledger.erase(key)
    with pytest.raises(TooOld, match=r"^/follow$"):
        await buttons.read(id_, ledger)


async def test_a_noted_command_goes_with_all_that_is_kept_about_a_person() -> None:
    """Keys that end in a person's id are forgotten with the person, and nobody else's button needs them."""
    ledger = Book()
    command = "/follow " + "chips, " * 50
    await buttons.identify(Press(command, 5), 0, ledger)
    other = await buttons.identify(Press(command, 7), 0, ledger)
    own = [key for key in await ledger.notes("button:") if key.endswith(":5")]
    assert len(own) == 2
    for key in own:
        await ledger.erase(key)
    assert (await buttons.read(other, ledger)).command == command


@settings(deadline=None)
@given(TEXTS)
async def test_an_id_of_another_version_is_too_old(custom_id: str) -> None:
    """Any id that is not of this form does nothing."""
    with pytest.raises(TooOld, match=r"^$"):
        await buttons.read(f"wr0:{custom_id}", Scratch())


async def test_ids_of_this_version_stay_readable() -> None:
    """Messages stand for years, so the form of an id may change only with its number."""
    ledger = Scratch()
    press = Press("/unfollow #12", 81384788765712384, replaces=True)
    assert await buttons.read("wr1:0r:81384788765712384:/unfollow #12", ledger) == press
    assert await buttons.read("wr1:3b::/mute #1 2", ledger) == Press("/mute #1 2")
    assert await buttons.read("wr1:0r2::/feeds settings 3", ledger) == Press(
        "/feeds settings 3", replaces=True, part=2
    )


async def test_a_client_takes_presses_of_ours_alone() -> None:
    """The item under which a client knows our ids fits each of them, and no other."""
    template = buttons.pressed(_nothing).__discord_ui_compiled_template__
    assert template.fullmatch(await buttons.identify(Press("/skip"), 0, Scratch()))
    assert not template.fullmatch("wr2:0r::/skip")


async def _nothing(interaction: discord.Interaction) -> None:
    """Do nothing."""
