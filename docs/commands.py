"""Write the list of commands in docs/commands.md anew, from their declarations."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.adapter import installed
from bot.app import all_commands
from bot.clock import utc_now
from bot.command import Command
from bot.commands.desk.front import FrontDesk
from bot.commands.desk.help import as_markdown
from bot.commands.feeds import Feeds
from bot.commands.tools import Tools
from bot.fetch import Fetcher
from bot.guard import Guard
from bot.parse import Parser
from bot.reach import Reach
from bot.settings import Settings, load
from bot.store.database import Database

PAGE = Path(__file__).with_suffix(".md")
START = "<!-- The list begins: python docs/commands.py writes it. -->\n"
END = "<!-- The list ends. -->\n"


def declared() -> Sequence[Command]:
    """Name every command, those settings included that only one platform has; nothing is opened."""
    settings = Settings.model_construct()
    guard, db = Guard([]), Database(Path("nowhere.db"))
    adapters = {name: kind(load(kind.Settings)) for name, kind in installed().items()}
    feeds = Feeds(db, guard, Fetcher(guard, user_agent=""), Parser(1), clock=utc_now)
    reach = Reach(db, adapters, clock=utc_now)
    tools = Tools(db, reach, feeds, adapters, settings, utc_now, enqueued=lambda: None)
    return FrontDesk(all_commands(tools), tools).commands


def renewed(page: str) -> str:
    """Put the list between its two lines, and leave the rest of the page as it is."""
    before, start, rest = page.partition(START)
    _, end, after = rest.partition(END)
    return f"{before}{start}\n{as_markdown(declared())}\n{end}{after}"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
