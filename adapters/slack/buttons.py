"""Buttons and menus that hold no state: what each does stands in its value, so it works after any restart."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from adapters import noted
from adapters.fit import within
from adapters.noted import TooOld
from adapters.slack.drawn import Block, name, plain_object, weight
from bot.adapter import Ledger
from bot.models import Button
from bot.reply import Choice
from bot.text import clean

VALUE_MOST = 2_000
"""Bytes of a button's value. Slack counts characters; bytes are on the safe side."""
OPTION_MOST = 150
"""Bytes of the value of a menu's line."""
LABEL_MOST = 75
"""Characters of a label, of a menu's line and of its description, and of what a screen reader is told."""
LINES_MOST = 100
MENU_ROOM, ROW_ROOM = 9_000, 10_000
"""Characters of a menu, and of a block of actions: a message takes about 13,200 in all."""
FEW = 5
"""Lines of an overflow menu."""
ROW = 25
"""Elements of a block of actions."""
SHOWN = 2
"""Buttons of a card; the others are behind its “more” menu."""

PRESSED = re.compile(r"wr\.(?:press|menu)\.\d{1,4}")
"""The action ids of what is drawn here; they say nothing."""
_VALUE = re.compile(r"(?P<replaces>[rb])(?P<opens>o?):(?P<owner>[A-Z0-9]{0,20}):(?P<command>.*)", re.DOTALL)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Press:
    """What a button, a line of a menu, or a form that was handed in asks for."""

    command: str
    """As typed."""
    owner: str = ""
    """The only person who may press it; empty: whoever sees it."""
    replaces: bool = False
    """Whether the answer takes the place of the private message that holds the button."""
    opens: bool = False
    """Whether the form that the command answers with is wanted, whatever else it answers."""


@dataclass(frozen=True, slots=True)
class Key:
    """A button as it is drawn."""

    label: str
    press: Press
    spoken: str = ""


def keys(buttons: Sequence[Button], *, owner: str, replaces: bool, opens: bool = False) -> list[Key]:
    """Make keys of the buttons that give the bot a command; others are for the operator's shell.

    One whose label ends in an ellipsis asks for more: its form opens at once, and what stands there stays.
    """
    return [
        Key(
            button.label,
            Press(button.command, owner, replaces, opens or button.label.endswith("…")),
            button.spoken,
        )
        for button in buttons
        if button.command.startswith("/")
    ]


async def actions(
    buttons: Sequence[Button],
    choices: Sequence[Choice] = (),
    *,
    owner: str,
    replaces: bool,
    ledger: Ledger,
    card: bool = False,
    revision: int = 1,
) -> list[Block]:
    """Draw what stands under a message; of a ``card`` two buttons are shown and a menu holds the rest."""
    pressed = keys(buttons, owner=owner, replaces=replaces)
    menu = Press("", owner, replaces)
    return await rows(pressed, choices, menu=menu, ledger=ledger, card=card, revision=revision)


async def rows(
    pressed: Sequence[Key],
    choices: Sequence[Choice],
    *,
    menu: Press,
    ledger: Ledger,
    card: bool = False,
    revision: int = 1,
) -> list[Block]:
    """Draw menus, then buttons, 25 a block; ``menu`` tells for whom the menus are."""
    lines = [await _line(one, menu, ledger) for one in _once(choices, lambda one: one.value)]
    drawn = [_select(some) for some in _parts(lines, LINES_MOST, MENU_ROOM)]
    shown = pressed[:SHOWN] if card else pressed
    drawn += [await _button(key, ledger) for key in shown]
    rest = pressed[len(shown) :]
    drawn += [await overflow(rest[start : start + FEW], ledger) for start in range(0, len(rest), FEW)]
    return [
        {
            "type": "actions",
            "block_id": name(f"act{number or ''}", revision),
            "elements": [_identified(one, place) for place, one in enumerate(some)],
        }
        for number, some in enumerate(_parts(drawn, ROW, ROW_ROOM))
    ]


def _identified(element: Block, place: int) -> Block:
    """Give an element the id that its place gives it: ids have to differ within a block."""
    kind = "press" if element["type"] == "button" else "menu"
    return {**element, "action_id": f"wr.{kind}.{place}"}


async def overflow(pressed: Sequence[Key], ledger: Ledger) -> Block:
    """Draw up to five buttons as a menu behind three dots, without the id that its place gives it."""
    options = [
        await _option(key.label, "", key.press, ledger) for key in _once(pressed, lambda key: key.press)[:FEW]
    ]
    return {"type": "overflow", "action_id": "wr.menu.0", "options": options}


async def _button(key: Key, ledger: Ledger) -> Block:
    value = await written(key.press, VALUE_MOST, ledger)
    drawn: dict[str, Any] = {"type": "button", "text": label(key.label), "value": value}
    if spoken := clean(key.spoken):
        drawn["accessibility_label"] = within(spoken, LABEL_MOST)
    return drawn


async def _line(choice: Choice, menu: Press, ledger: Ledger) -> Block:
    press = Press(choice.value, menu.owner, menu.replaces)
    return await _option(choice.label, choice.detail, press, ledger)


def _select(options: Sequence[Block]) -> Block:
    return {"type": "static_select", "placeholder": label("Choose one"), "options": [*options]}


async def _option(text: str, detail: str, press: Press, ledger: Ledger) -> Block:
    drawn: dict[str, Any] = {"text": label(text), "value": await written(press, OPTION_MOST, ledger)}
    return {**drawn, "description": label(detail)} if clean(detail) else drawn


def _once(things: Sequence[T], what: Callable[[T], object]) -> list[T]:
    """Keep each command once, as Slack demands of the lines of a menu."""
    first: dict[object, T] = {}
    for one in things:
        first.setdefault(what(one), one)
    return list(first.values())


def _parts(things: Sequence[Block], most: int, room: int) -> Iterator[Sequence[Block]]:
    """Divide things so that each part has so many at most, and takes so many characters."""
    held: list[Block] = []
    for one in things:
        if held and (len(held) == most or weight([*held, one]) > room):
            yield held
            held = []
        held.append(one)
    if held:
        yield held


def label(text: str, most: int = LABEL_MOST) -> Block:
    """Write a text that Slack shows as it is, and that must not be empty."""
    return plain_object(within(text, most) or "…")


async def written(press: Press, most: int, ledger: Ledger) -> str:
    """Write what a press asks for in ``most`` bytes; a command too long for that is noted in the ledger."""
    head = f"{'r' if press.replaces else 'b'}{'o' if press.opens else ''}:{press.owner}:"
    return head + await noted.written(press.command, press.owner, most - len(head), ledger)


async def read(value: str, ledger: Ledger) -> Press:
    """Read what was pressed; raises TooOld where nobody knows any more."""
    found = _VALUE.fullmatch(value)
    if found is None:
        raise TooOld("")
    command = await noted.read(found["command"], found["owner"], ledger)
    return Press(command, found["owner"], found["replaces"] == "r", bool(found["opens"]))
