"""What people can type, for those who only want to read it: nothing is opened."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.adapter import installed
from bot.app import all_commands
from bot.clock import utc_now
from bot.command import Command
from bot.commands.desk.front import FrontDesk
from bot.commands.feeds import Feeds
from bot.commands.tools import Tools
from bot.fetch import Fetcher
from bot.guard import Guard
from bot.parse import Parser
from bot.reach import Reach
from bot.settings import Settings, load
from bot.store.database import Database


def declared() -> Sequence[Command]:
    """Name every command, those settings included that only one platform has; nothing is opened."""
    settings = Settings.model_construct()
    guard, db = Guard([]), Database(Path("nowhere.db"))
    adapters = {name: kind(load(kind.Settings)) for name, kind in installed().items()}
    feeds = Feeds(db, guard, Fetcher(guard, user_agent=""), Parser(1), clock=utc_now)
    reach = Reach(db, adapters, clock=utc_now)
    tools = Tools(db, reach, feeds, adapters, settings, utc_now, enqueued=lambda: None)
    return FrontDesk(all_commands(tools), tools).commands
