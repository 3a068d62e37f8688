"""All commands over the feeds of a channel, with what they share."""

from __future__ import annotations

from bot.command import Command
from bot.commands.channels import (
    adding,
    exporting,
    feed_settings,
    importing,
    listing,
    pausing,
    removing,
    retrying,
    script,
    showing,
    skip,
)
from bot.commands.channels.drawer import Drawer
from bot.commands.channels.limits import Turns
from bot.commands.channels.undoing import Undoing
from bot.commands.tools import Tools


def commands(tools: Tools) -> tuple[Command, ...]:
    """Declare the commands under /feeds, in the order of the help, and /retry and /skip behind buttons."""
    turns = Turns(tools.settings.adds_per_minute, tools.clock)
    undoing = Undoing(tools, Drawer(tools, script.WAY_BACK))
    return (
        *adding.commands(tools, turns),
        *removing.commands(tools, undoing),
        *pausing.commands(tools),
        *listing.commands(tools),
        *showing.commands(tools),
        *feed_settings.commands(tools, undoing),
        *importing.commands(tools, turns, undoing),
        *exporting.commands(tools),
        *undoing.commands(),
        *retrying.commands(tools),
        *skip.commands(),
    )
