"""`wireroom deliveries` and `wireroom backup`: what waits, what died, and a copy of it all."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from bot.clock import utc_now
from bot.errors import CommandError
from bot.settings import Settings
from bot.store import backup as copying
from bot.store import deliveries as stored
from bot.store.database import Database
from bot.store.deliveries import Listed, State

SHOWN = 100
LONGEST_NUMBER = 18
"""Digits; a longer number may not fit the database's integers."""
LEFT_OUT = "the channel carries the feed no more, or has the article already"


@click.command(short_help="List what was posted, what waits, what was given up.")
@click.option("--dead", is_flag=True, help="Only those given up.")
@click.option("--retry", metavar="ID|all", help="Put a dead delivery, or all of them, back into the queue.")
@click.pass_obj
def deliveries(settings: Settings, dead: bool, retry: str | None) -> None:  # noqa: FBT001 - click's
    """List what was posted, what waits and what was given up, with the reason."""
    if retry is not None:
        back, left_out = asyncio.run(_retry(settings, retry))
        why = f", {left_out} left out: {LEFT_OUT}" if left_out else ""
        click.echo(f"{back} put back into the queue{why}.")
        return
    found = asyncio.run(_listed(settings, State.DEAD if dead else None))
    for delivery in found:
        reason = f"  ({delivery.reason}, {delivery.tries} tries)" if delivery.reason else ""
        click.echo(
            f"{delivery.id}  {delivery.state:8}{delivery.created_at:%d %b %H:%M}  {delivery.target}  "
            f"{delivery.title}{reason}"
        )
    if not found:
        click.echo("None.")


async def _listed(settings: Settings, state: State | None) -> list[Listed]:
    async with Database(settings.database) as db:
        return await db.read(lambda c: stored.listed(c, state=state, limit=SHOWN))


async def _retry(settings: Settings, which: str) -> tuple[int, int]:
    """Put dead deliveries back: how many came, and how many did not."""
    if which != "all" and not (which.isdecimal() and len(which) <= LONGEST_NUMBER):
        raise CommandError(f"“{which}” is no delivery. `wireroom deliveries --dead` shows their numbers.")
    ids = None if which == "all" else [int(which)]
    async with Database(settings.database) as db:
        return await db.write(lambda c: (stored.revive(c, ids, now=utc_now()), stored.count_dead(c, ids)))


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.pass_obj
def backup(settings: Settings, file: Path) -> None:
    """Copy the database to FILE, also while the bot is running.

    To restore it, stop the bot and put the copy in the database's place.
    """
    size = copying.backup(settings.database, file)
    click.echo(f"{file}: {size / 2**20:.1f} MiB, checked.")


COMMANDS = (deliveries, backup)
