"""Buttons and menus that hold no state: what each does stands in its id, so it works after any restart."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

import discord
from discord import ui

from adapters import noted
from adapters.noted import TooOld
from bot.adapter import Ledger
from bot.models import Button
from bot.reply import Choice
from bot.text import clean, cut

ID_MOST = 100
"""Bytes of an id, and of a menu line's value. Discord counts characters; bytes are on the safe side."""
LABEL_MOST = 80
LINE_MOST = 100
"""Characters of a menu line's label, and of its description."""
LINES_MOST = 25
ROW, ROWS = 5, 5
"""Buttons of a row, a menu taking a whole one, and rows of a message."""

ID = re.compile(r"wr1:\d{1,3}(?P<way>[rb])(?P<part>\d?):(?P<owner>\d{0,20}):(?P<command>.*)", re.DOTALL)
"""Place in the message, which keeps ids apart; way; part of a form; owner; command, or where it is noted."""


@dataclass(frozen=True, slots=True)
class Press:
    """What a button, a menu or a form that was handed in asks for."""

    command: str
    """As typed; in the id of a menu empty, for its lines carry theirs."""
    owner: int | None = None
    """The only person who may press it; None: whoever sees it."""
    replaces: bool = False
    """Whether the answer takes the place of the message that holds the button."""
    part: int = 0
    """From 1: the part of the command's form that is to be opened; 0: no form is meant."""


@dataclass(frozen=True, slots=True)
class Key:
    """A button as it is drawn."""

    label: str
    press: Press


def keys(buttons: Sequence[Button], *, owner: int | None, replaces: bool) -> list[Key]:
    """Make keys of the buttons that give the bot a command; others are for the operator's shell."""
    given = [button for button in buttons if button.command.startswith("/")]
    return [Key(button.label, Press(button.command, owner, replaces)) for button in given]


async def view(
    buttons: Sequence[Button],
    choices: Sequence[Choice] = (),
    *,
    owner: int | None,
    replaces: bool,
    ledger: Ledger,
) -> ui.View | None:
    """Draw what fits under one message, None where that is nothing; ``views`` says what is what."""
    menu = Press("", owner, replaces)
    drawn = await views(keys(buttons, owner=owner, replaces=replaces), choices, menu=menu, ledger=ledger)
    return drawn[0] if drawn else None


async def views(
    pressed: Sequence[Key], choices: Sequence[Choice], *, menu: Press, ledger: Ledger
) -> list[ui.View]:
    """Draw menus, then buttons, five rows a message; ``menu`` tells for whom the menus are.

    The views are stopped, so that discord.py keeps none of them in memory.
    """
    lines = await _lines(choices, menu.owner, ledger)
    rows: list[list[ui.Item[ui.View]]] = []
    for start in range(0, len(lines), LINES_MOST):
        id_ = await identify(menu, len(rows), ledger)
        options = lines[start : start + LINES_MOST]
        rows.append([ui.Select(custom_id=id_, placeholder="Choose one", options=options)])
    drawn = [await _button(key, len(rows) + number, ledger) for number, key in enumerate(pressed)]
    rows += [list(drawn[start : start + ROW]) for start in range(0, len(drawn), ROW)]
    return [_stopped(rows[start : start + ROWS]) for start in range(0, len(rows), ROWS)]


def _stopped(rows: Sequence[Sequence[ui.Item[ui.View]]]) -> ui.View:
    whole = ui.View(timeout=None)
    for number, row in enumerate(rows):
        for item in row:
            item.row = number
            whole.add_item(item)
    whole.stop()
    return whole


async def _button(key: Key, place: int, ledger: Ledger) -> ui.Button[ui.View]:
    label = shortened(key.label, LABEL_MOST)
    return ui.Button(label=label, custom_id=await identify(key.press, place, ledger))


async def _lines(choices: Sequence[Choice], owner: int | None, ledger: Ledger) -> list[discord.SelectOption]:
    """Draw the lines of a menu, each command once, as Discord demands."""
    by_command = {choice.value: choice for choice in reversed(choices)}
    return [
        discord.SelectOption(
            label=shortened(choice.label, LINE_MOST),
            value=await noted.written(choice.value, _id(owner), ID_MOST, ledger),
            description=shortened(choice.detail, LINE_MOST) if choice.detail else None,
        )
        for choice in choices
        if by_command[choice.value] is choice
    ]


def shortened(text: str, most: int) -> str:
    """Fit a text into a label, which must not be empty."""
    return cut(clean(text), most) or "…"


async def identify(press: Press, place: int, ledger: Ledger) -> str:
    """Write the id of a button, menu or form; a command too long for it is noted in the ledger."""
    way = "r" if press.replaces else "b"
    head = f"wr1:{place}{way}{press.part or ''}:{_id(press.owner)}:"
    return head + await noted.written(press.command, _id(press.owner), ID_MOST - len(head), ledger)


async def read(custom_id: str, ledger: Ledger, *, chosen: str = "") -> Press:
    """Read what was pressed, of a menu the line ``chosen``; raises TooOld where nobody knows any more."""
    found = ID.fullmatch(custom_id)
    if found is None:
        raise TooOld("")
    owner = int(found["owner"]) if found["owner"] else None
    command = await noted.read(chosen or found["command"], found["owner"], ledger)
    return Press(command, owner, found["way"] == "r", int(found["part"] or 0))


def _id(owner: int | None) -> str:
    return str(owner or "")


def pressed(
    answer: Callable[[discord.Interaction], Awaitable[None]],
) -> type[ui.DynamicItem[ui.Item[Any]]]:
    """Make the item by which a client brings presses of any button or menu of ours to ``answer``."""

    class Pressed(ui.DynamicItem[ui.Item[Any]], template=ID):
        @classmethod
        async def from_custom_id(
            cls, interaction: discord.Interaction[Any], item: ui.Item[Any], match: re.Match[str], /
        ) -> Self:
            del interaction, match
            return cls(item)

        async def callback(self, interaction: discord.Interaction[Any]) -> None:
            await answer(interaction)

    return Pressed
