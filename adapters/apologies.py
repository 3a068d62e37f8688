"""What a person is told where what they pressed cannot be brought to the desk."""

from __future__ import annotations

from collections.abc import Sequence

from bot.command import Command
from bot.errors import WireroomError
from bot.prose import Code, Prose, prose

HELP = "/wireroom help"
SORRY = (
    "Something went wrong on my side, and its details are in my log. Please try again; "
    "if it happens again, tell whoever runs me."
)


def spelt(text: str) -> Prose:
    """Read an error's sentence, in which backticks enclose what is to be typed, as the desk does."""
    parts = text.split("`")
    if len(parts) % 2 == 0:  # one is left without its fellow
        return prose(text)
    return prose(*(Code(part) if place % 2 else part for place, part in enumerate(parts) if part))


def too_old(word: str, commands: Sequence[Command]) -> Prose:
    """Say that nobody knows any more what a button did; ``word`` is the first of its command."""
    return prose("That button is too old; type ", Code(typable(word, commands)), " instead.")


def not_yours(command: str, commands: Sequence[Command]) -> Prose:
    """Say that a button belongs to somebody else."""
    return prose("This button isn't yours. Type ", Code(typable(command, commands)), " to get your own.")


def untold(error: Exception) -> Prose:
    """Say that a change is made, but a channel could not be told; an error of ours says why."""
    why = f": {error}" if isinstance(error, WireroomError) else "."
    return prose("That is done, but I couldn't tell the channel", why)


def typable(command: str, commands: Sequence[Command]) -> str:
    """Name what a person can type to get at a command: its first word, where it has one."""
    word = command.split(maxsplit=1)[0] if command else ""
    known = {f"/{one.path[0]}" for one in commands if not one.behind_button}
    return word if word in known else HELP
