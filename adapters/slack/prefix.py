"""The prefix of the short names: where the workspace types ``/wr-follow``, no sentence says ``/follow``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.command import Caller, Command, Completion, Desk, Values
from bot.prose import Code, Piece, Prose
from bot.reply import Choice, Part, Reply, Row

HOME = "wireroom"
"""The one command that keeps its name whatever the prefix.

Nobody else's app is called so, and all others work behind it.
"""
_NAME = re.compile(rf"/(?!{HOME}\b)(?=[a-z])")
NOTHING: Values = {}


def renamed(said: Prose, prefix: str) -> Prose:
    """Write a sentence with the names that commands have here: those that stand as something to type."""
    return tuple(_piece(piece, prefix) for piece in said) if prefix else said


def _piece(piece: Piece, prefix: str) -> Piece:
    if not isinstance(piece, Code) or not _NAME.match(piece.text):
        return piece
    return Code(f"/{prefix}{piece.text[1:]}")


class Renamed:
    """A desk whose answers name commands as people type them here; implements ``bot.command.Desk``."""

    def __init__(self, desk: Desk, prefix: str) -> None:
        self._desk = desk
        self._prefix = prefix

    @property
    def commands(self) -> Sequence[Command]:
        """All that there are, by the names that the desk knows."""
        return self._desk.commands

    async def answer(self, caller: Caller, text: str, values: Values = NOTHING) -> Reply:
        """Carry out a command, and answer in this workspace's words."""
        reply = await self._desk.answer(caller, text, values)
        return replace(
            reply,
            text=self._said(reply.text),
            buttons=tuple(replace(one, label=self._label(one.label)) for one in reply.buttons),
            public=self._said(reply.public) if reply.public else None,
            parts=tuple(map(self._part, reply.parts)),
        )

    async def complete(self, caller: Caller, text: str) -> Sequence[Completion]:
        """Say how a text typed so far could go on."""
        return await self._desk.complete(caller, text)

    async def suggest(self, caller: Caller, path: Sequence[str], option: str, typed: str) -> Sequence[Choice]:
        """Say what an option could be."""
        return await self._desk.suggest(caller, path, option, typed)

    def _said(self, said: Prose) -> Prose:
        return renamed(said, self._prefix)

    def _label(self, label: str) -> str:
        """Write the label of a button, where a command's name is all of it."""
        return f"/{self._prefix}{label[1:]}" if _NAME.match(label) else label

    def _part(self, part: Part) -> Part:
        rows = tuple(Row(self._said(row.text), row.buttons) for row in part.rows)
        return replace(part, text=self._said(part.text), rows=rows)
