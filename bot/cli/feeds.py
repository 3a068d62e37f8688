"""`wireroom feeds …` and `wireroom targets …`: which feed goes where."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import click

from bot import adapter
from bot.app import feed_commands
from bot.cli.duration import Duration
from bot.clock import utc_now
from bot.commands.channels import often
from bot.commands.feeds import Added, Feeds
from bot.duration import shown
from bot.guard import redact
from bot.models import Target
from bot.settings import Settings
from bot.store import feeds as stored
from bot.store import subscriptions
from bot.store.database import Database

T = TypeVar("T")


def _with_feeds(settings: Settings, work: Callable[[Feeds], Awaitable[T]]) -> T:
    async def go() -> T:
        async with feed_commands(settings) as commands:
            return await work(commands)

    return asyncio.run(go())


def _target(text: str) -> Target:
    return adapter.parse_target(text, adapter.installed())


FEED = click.argument("feed", metavar="FEED")


@click.group()
def feeds() -> None:
    """Add feeds to channels, list, pause and remove them.

    FEED is the feed's number in `wireroom feeds list`, or its address.
    """


@feeds.command()
@click.argument("address")
@click.option(
    "--to",
    "to",
    required=True,
    metavar="PLATFORM:CHANNEL",
    help="Where it posts, such as terminal:news, or terminal:@maria for her direct messages.",
)
@click.option(
    "--by",
    "by",
    metavar="PLATFORM:PERSON",
    help="Who hears when it fails, such as terminal:@maria; else the operator.",
)
@click.option("--anyway", is_flag=True, help="Add it though it cannot be read now.")
@click.pass_obj
def add(settings: Settings, address: str, to: str, by: str | None, anyway: bool) -> None:  # noqa: FBT001 - click's
    """Let a channel carry a feed.

    The feed is read once now, to tell you if it is none. The running bot then posts its newest
    entry as a sample, and from there on whatever is new.
    """
    where, person = _target(to), _target(by) if by else None
    added = _with_feeds(settings, lambda f: f.add(address, where, added_by=person, anyway=anyway))
    if added.already:
        click.echo(f"{added.title} already posts in {where}. Nothing changed.")
        return
    click.echo(f"{added.title} will post in {where} (feed {added.feed_id}).{_older(added, anyway=anyway)}")


def _older(added: Added, *, anyway: bool) -> str:
    if anyway:
        return ""
    match added.entries:
        case 0:
            return " It has no posts yet."
        case 1:
            return " I'll post its one item as a sample."
        case count:
            return f" I won't post its {count} older items, only the newest as a sample."


@feeds.command()
@FEED
@click.option("--from", "where", metavar="PLATFORM:CHANNEL", help="Only out of this channel.")
@click.pass_obj
def remove(settings: Settings, feed: str, where: str | None) -> None:
    """Take a feed out of a channel, or out of all."""
    target = _target(where) if where else None
    count = _with_feeds(settings, lambda f: f.remove(feed, target))
    click.echo(f"Removed from {count} {'channel' if count == 1 else 'channels'}.")


@feeds.command()
@FEED
@click.pass_obj
def pause(settings: Settings, feed: str) -> None:
    """Stop polling a feed until it is resumed."""
    click.echo(f"Feed {_with_feeds(settings, lambda f: f.pause(feed))} is paused.")


@feeds.command()
@FEED
@click.pass_obj
def resume(settings: Settings, feed: str) -> None:
    """Poll a feed again, at once."""
    click.echo(f"Feed {_with_feeds(settings, lambda f: f.resume(feed))} is polled again.")


@feeds.command()
@FEED
@click.argument("interval", metavar="TIME|auto")
@click.pass_obj
def every(settings: Settings, feed: str, interval: str) -> None:
    """Poll a feed every TIME (5m to 7d), or as often as it publishes (auto)."""
    wanted = None if interval == "auto" else Duration().convert(interval, None, None)
    feed_id = _with_feeds(settings, lambda f: f.set_interval(feed, wanted))
    click.echo(f"Feed {feed_id} is polled {f'every {shown(wanted)}' if wanted else 'as it publishes'}.")


@feeds.command()
@FEED
@click.option("--held", is_flag=True, help="Only those that came in a flood and were not posted.")
@click.pass_obj
def posts(settings: Settings, feed: str, held: bool) -> None:  # noqa: FBT001 - click's
    """List a feed's newest entries, as they are remembered."""
    found = _with_feeds(settings, lambda f: f.posts(feed, held=held))
    for entry in found:
        click.echo(f"{entry.title}\n  {entry.link or '(no link)'}")
    if not found:
        click.echo("None.")


@feeds.command(name="list")
@click.pass_obj
def list_(settings: Settings) -> None:
    """List all feeds with their channels and their health."""
    asyncio.run(_list(settings))


async def _list(settings: Settings) -> None:
    async with Database(settings.database) as db:
        everything = await db.read(stored.everything)
        carriers = await db.read(subscriptions.carriers)
        ids, now = [feed.id for feed in everything], utc_now()
        rates = await db.read(lambda c: often.of_known(c, ids, now=now))
    for feed in everything:
        where = ", ".join(str(carrier.target) for carrier in carriers if carrier.feed_id == feed.id)
        click.echo(f"{feed.id}  {feed.title or redact(feed.address)}  →  {where or 'no channel any more'}")
        click.echo(f"   {redact(feed.address)}  ·  {_health(feed, rates.get(feed.id))}{_every(feed)}")
    if not everything:
        click.echo("No feeds yet. Try: wireroom feeds add https://… --to terminal:news")


def _health(feed: stored.Listed, rate: float | None) -> str:
    if feed.pause_reason:
        return f"paused: {feed.pause_reason}"
    if feed.failing_since:
        return f"failing since {feed.failing_since:%d %b %H:%M} UTC: {feed.trouble}"
    if feed.answered_at is None:
        return "not polled yet"
    about = f", {often.posts(rate)}" if rate is not None else ""
    return f"healthy, last good {feed.answered_at:%d %b %H:%M} UTC, next {feed.next_poll_at:%H:%M}{about}"


def _every(feed: stored.Listed) -> str:
    return f"  ·  asked every {shown(feed.own_interval)}" if feed.own_interval else ""


@click.group()
def targets() -> None:
    """Channels that could not be posted to."""


@targets.command(name="resume")
@click.argument("target", metavar="PLATFORM:CHANNEL")
@click.pass_obj
def resume_target(settings: Settings, target: str) -> None:
    """Post to a channel again, after what kept the bot out is cured."""
    where = _target(target)

    async def go() -> bool:
        async with Database(settings.database) as db:
            return await db.write(lambda c: subscriptions.resume_target(c, where, now=utc_now()))

    done = asyncio.run(go())
    click.echo(f"Posting to {where} again." if done else f"{where} was not paused, and nothing waits for it.")


COMMANDS = (feeds, targets)
