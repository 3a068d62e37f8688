"""All commands by the words that call them."""

from __future__ import annotations

import difflib
from collections.abc import Sequence

from bot.command import Command

HOME = "wireroom"
"""The word under which every command can be called, and whose own commands need no such word."""
DEPTH = 3
"""Words that call a command, at most."""
LIKENESS = 0.5
QUOTED = 40
"""Letters that are compared: whoever types more means no command."""

Path = tuple[str, ...]


class Register:
    """Finds commands by their words, synonyms included; words count in lower case."""

    def __init__(self, commands: Sequence[Command]) -> None:
        self.commands = tuple(commands)
        self._known: dict[Path, Command] = {}
        for command in commands:
            for last in (command.path[-1], *command.synonyms):
                if self._known.setdefault((*command.path[:-1], last), command) is not command:
                    raise ValueError(f"two commands are called {command.name}")
        shown = [path for path, command in self._known.items() if not command.behind_button]
        self._groups = {path[:end] for path in shown for end in range(1, len(path))}

    def get(self, path: Path) -> Command | None:
        """Look a command up by exactly these words."""
        return self._known.get(path)

    def is_group(self, path: Path) -> bool:
        """Say whether there are commands that begin with these words and go on."""
        return path in self._groups

    def begin(self, words: Sequence[str]) -> tuple[Path, int]:
        """Find the longest beginning that calls a command or a group, and how many words it took.

        ``/wireroom follow`` is ``/follow``, and ``/help`` is ``/wireroom help``.
        """
        for skipped, first in ((0, ()), (1, ()), (0, (HOME,))):
            if skipped and tuple(words[:1]) != (HOME,):
                continue
            path = self._longest((*first, *words[skipped:]))
            if len(path) > len(first) and path != (HOME,):
                command = self._known.get(path)
                return command.path if command else path, skipped + len(path) - len(first)
        return ((HOME,), 1) if tuple(words[:1]) == (HOME,) else ((), 0)

    def _longest(self, words: Path) -> Path:
        for end in range(min(DEPTH, len(words)), 0, -1):
            if words[:end] in self._known or words[:end] in self._groups:
                return words[:end]
        return ()

    def below(self, path: Path) -> list[Command]:
        """List the commands of a group that people type, in the order they were declared."""
        return [
            command
            for command in self.commands
            if command.path[: len(path)] == path and not command.behind_button
        ]

    def nearest(self, path: Path, words: Sequence[str]) -> tuple[Command | None, int]:
        """Choose the command whose words are most like those typed, and say how many it stands for."""
        best, found, taken = LIKENESS, None, 0
        for called, command in self._known.items():
            if called == path or command.behind_button:
                continue
            inside = called[: len(path)] == path
            if not inside and path not in {(), (HOME,)}:  # after /feeds a slip means one of its own
                continue
            below = called[len(path) :] if inside else called
            for meant in {" ".join(below), " ".join(below).removeprefix(f"{HOME} ")}:
                for count in range(1, min(DEPTH, len(words)) + 1):
                    typed = " ".join(words[:count])[:QUOTED]
                    like = difflib.SequenceMatcher(None, meant, typed).ratio()
                    if like > best:
                        best, found, taken = like, command, count
        return found, taken
