"""`wireroom demo`: the real bot, the terminal adapter, and a site that publishes while you watch."""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import count
from pathlib import Path

from bot import adapter, log
from bot.app import Bot, bot
from bot.command import Caller
from bot.demo.site import Site, serving
from bot.models import Target, TargetKind
from bot.settings import Settings, load
from bot.store import deliveries
from bot.store.database import Database

UNATTENDED = timedelta(seconds=20)
"""How long it runs where nobody can press Ctrl-C."""
POLL_EVERY = timedelta(seconds=1)
PUBLISH_SECONDS = 3.0
PAUSE = timedelta(milliseconds=50)
CORRECTED = 5
"""The article whose headline is corrected after it came up, counted from 1."""
NO_LIMIT = 10_000
"""Cards at once: this site publishes in a minute what others do in a day."""


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
                    "cards_at_once": NO_LIMIT,
                    "alerts_at_once": NO_LIMIT,
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
    offer = (
        "Type /follow semiconductors, and each article about them is sent to you as well;\n"
        "a slash alone shows what else there is.\n"
        if sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()
        else ""
    )
    return (
        f"A sample site at {site.address} publishes an article every {PUBLISH_SECONDS:g} seconds.\n"
        "wireroom asks it every second. First comes each feed's newest entry, as the\n"
        f"sample of a new feed; then whatever is published. {end}\n{offer}"
    )


async def _play(
    running: Bot,
    site: Site,
    lasting: timedelta | None,
    until_stopped: Callable[[Bot, timedelta | None], Awaitable[None]],
) -> None:
    await _add(running, f"{site.address}/news.rss", "news")
    await _add(running, f"{site.address}/releases.atom", "releases")
    publishing = asyncio.create_task(_publish(site))
    try:
        await until_stopped(running, lasting)
    finally:
        publishing.cancel()


async def _add(running: Bot, address: str, channel: str) -> None:
    """Add a feed as a person does, and press “Post this one now” under the sample they are shown."""
    place = adapter.installed()["terminal"].target(channel)
    operator = Caller(Target(place.platform, "demo", kind=TargetKind.PERSON), place, operator=True)
    reply = await running.desk.answer(operator, f"/feeds add {address}")
    await running.desk.answer(operator, reply.buttons[0].command)


async def _publish(site: Site) -> None:
    for number in count(1):
        await asyncio.sleep(PUBLISH_SECONDS)
        site.publish()
        if number == CORRECTED:
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
