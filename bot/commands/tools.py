"""What the commands work with, opened once by the app and handed to each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bot.adapter import Adapter
from bot.commands.feeds import Feeds
from bot.errors import CommandError
from bot.prose import plain
from bot.reach import Reach
from bot.reply import Reply
from bot.settings import Settings
from bot.store.database import Database


class Refusal(CommandError):
    """A command cannot be carried out, and the reply says more than a sentence: a button, a menu."""

    def __init__(self, reply: Reply) -> None:
        """Take the reply that the person gets."""
        super().__init__(plain(reply.text))
        self.reply = reply


@dataclass(frozen=True, slots=True)
class Tools:
    """The parts of the running bot that commands use."""

    db: Database
    reach: Reach
    feeds: Feeds
    adapters: Mapping[str, Adapter]
    settings: Settings
    """For the limits."""
    clock: Callable[[], datetime]
    enqueued: Callable[[], None]
    """Called after a commit that queued something to deliver."""
