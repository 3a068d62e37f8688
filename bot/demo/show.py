"""`wireroom demo`: the real bot, the terminal adapter, and a site that publishes while you watch."""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

from bot import adapter, log
from bot.app import Bot, bot
from bot.demo.site import Site, serving
from bot.settings import Settings, load
from bot.store import deliveries
from bot.store.database import Database

UNATTENDED = timedelta(seconds=20)
"""How long it runs where nobody can press Ctrl-C."""
POLL_EVERY = timedelta(seconds=1)
PUBLISH_SECONDS = 3.0
PAUSE = timedelta(milliseconds=50)
CORRECTED = 4
"""The article whose headline is corrected after it came up."""


async def show(
    settings: Settings,
    lasting: timedelta | None,
    until_stopped: Callable[[Bot, timedelta | None], Awaitable[None]],
    say: Callable[[str], None],
) -> None:
    """Run the demo in a directory of its own, and sum it up at the end; ``say`` gets the sentences."""
    if lasting is None and not sys.stdout.isatty():
        lasting = UNATTENDED
    log.configure(level="warning", form=settings.log_format)
    with tempfile.TemporaryDirectory(prefix="wireroom-demo-") as directory:
        database = Path(directory) / "demo.db"
        async with serving() as site:
            own = settings.model_copy(
                update={
                    "database": database,
                    "allow_hosts": (site.place,),
                    "poll_min": POLL_EVERY,
                    "poll_max": POLL_EVERY,
                    "operator": "",
                    "http": "",
                }
            )
            kind = adapter.installed()["terminal"]
            terminal = kind(load(kind.Settings))
            async with bot(own, [terminal], pause=PAUSE) as running:
                say(_opening(site, lasting))
                await _play(running, site, lasting, until_stopped)
                summary = await _summary(running, site, database)
    say(summary)


def _opening(site: Site, lasting: timedelta | None) -> str:
    end = f"It ends by itself after {lasting.total_seconds():g} s." if lasting else "Ctrl-C ends it."
    return (
        f"A sample site at {site.address} publishes an article every {PUBLISH_SECONDS:g} seconds.\n"
        "wireroom asks it every second. First comes each feed's newest entry, as the\n"
        f"sample of a new feed; then whatever is published. {end}\n"
    )


async def _play(
    running: Bot,
    site: Site,
    lasting: timedelta | None,
    until_stopped: Callable[[Bot, timedelta | None], Awaitable[None]],
) -> None:
    kind = adapter.installed()["terminal"]
    await running.feeds.add(f"{site.address}/news.rss", kind.target("news"))
    await running.feeds.add(f"{site.address}/releases.atom", kind.target("releases"))
    publishing = asyncio.create_task(_publish(site))
    try:
        await until_stopped(running, lasting)
    finally:
        publishing.cancel()


async def _publish(site: Site) -> None:
    while True:
        await asyncio.sleep(PUBLISH_SECONDS)
        site.publish()
        if len(site.published) == CORRECTED:
            await asyncio.sleep(PUBLISH_SECONDS)
            site.correct()


async def _summary(running: Bot, site: Site, database: Path) -> str:
    async with Database(database) as db:
        posted = await db.read(deliveries.posted)
    waits = [(at - site.published[link]).total_seconds() for link, at in posted if link in site.published]
    total = running.metrics.total
    times = (
        f"from publication to card {statistics.median(waits):.2f} s at the median, {max(waits):.2f} s at most"
        if waits
        else "nothing was published meanwhile"
    )
    return (
        f"{total('wireroom_polls')} polls, {total('wireroom_polls', outcome='not_modified')} of them 304, "
        f"{total('wireroom_entries', outcome='new')} new entries, {len(posted)} cards; {times}."
    )
