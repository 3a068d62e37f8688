"""A desk with every command of the bot, around the room of ``tests.reading``."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.command import Command
from bot.commands.channels import channel
from bot.commands.desk.front import FrontDesk
from bot.commands.follows import change, follow, following, hush, unfollow, why_card
from bot.commands.people import data, digest, home, quiet, wireroom
from bot.commands.tools import Tools
from tests.reading import Room, reading

NOUNS = (follow, unfollow, following, change, hush, why_card, channel, digest, quiet, wireroom, data, home)


def every(tools: Tools) -> list[Command]:
    """Declare all commands, but the one that the desk adds."""
    return [command for noun in NOUNS for command in noun.commands(tools)]


@asynccontextmanager
async def lobby(directory: Path, **settings: int) -> AsyncIterator[Room]:
    """Open a room whose desk knows every command."""
    async with reading(directory, **settings) as room:
        room.desk = FrontDesk(every(room.tools), room.tools)
        yield room
