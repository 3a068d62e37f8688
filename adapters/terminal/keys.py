"""The numbers that stand before buttons on the screen, and what each of them does."""

from __future__ import annotations

from dataclasses import dataclass

HIGHEST = 99
"""After it the numbers begin again; nobody scrolls back further to press a button."""


@dataclass(frozen=True, slots=True)
class Press:
    """What a number stands for: a command to carry out, or a line for the person to finish."""

    text: str
    to_finish: bool = False


class Keys:
    """Numbers run on from message to message, so that a card that comes in between changes none."""

    def __init__(self) -> None:
        self._last = 0
        self._presses: dict[int, Press] = {}

    def number(self, press: Press) -> int:
        """Give the next number to a button."""
        self._last = self._last % HIGHEST + 1
        self._presses[self._last] = press
        return self._last

    def pressed(self, typed: str) -> Press | None:
        """Say what a number stands for; None where no button on the screen bears it."""
        return self._presses.get(int(typed))
