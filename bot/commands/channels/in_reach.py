"""The feeds within a person's reach, a page at a time: where each posts and how it fares, trouble first."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.commands.channels import often, pausing, phrases
from bot.commands.channels.often import Rates
from bot.commands.desk.front import spoken
from bot.commands.tools import Tools
from bot.models import Target
from bot.prose import Bold, Moment, Named, Prose, listed, prose
from bot.store import Connection, channel, status, subscriptions
from bot.store.channel import Carriage
from bot.store.reach import Carried
from bot.text import fold

PAGE = 20


@dataclass(frozen=True, slots=True)
class Page:
    """What stands on a page, and what is known of it."""

    carriages: Sequence[Carriage]
    number: int
    pages: int
    feeds: int
    """In all; one that several channels carry counts once."""
    trouble: int
    """How many of them are not well."""
    rates: Rates
    kept_out: Collection[Target]
    """Where the bot cannot post."""
    now: datetime


async def page(tools: Tools, carried: Sequence[Carried], number: int) -> Page:
    """Load a page of these feeds, or the last one where there are fewer."""
    now = tools.clock()
    return await tools.db.read(lambda c: _load(c, carried, number, now))


def _load(c: Connection, carried: Sequence[Carried], number: int, now: datetime) -> Page:
    fares = status.health(c, {one.feed_id for one in carried})
    ill = {one.feed_id for one in fares if not one.well}
    platforms = {one.target.platform for one in carried}
    kept_out = {one for platform in platforms for one in subscriptions.paused_on(c, platform)}

    def place(one: Carried) -> tuple[bool, str, int]:
        return one.feed_id not in ill and one.target not in kept_out, fold(one.name), one.feed_id

    order = sorted(carried, key=place)
    pages = max(1, -(-len(order) // PAGE))
    number = min(number, pages)
    some = order[(number - 1) * PAGE : number * PAGE]
    found = [channel.get(c, one.feed_id, one.target) for one in some]
    there = [one for one in found if one is not None]  # the others were taken out just now
    rates = often.of_known(c, [one.feed_id for one in there], now=now)
    return Page(there, number, pages, len(fares), len(ill), rates, kept_out, now)


def row(one: Carriage, page: Page, who: Target) -> Prose:
    """Write a feed in two lines: its name and where it posts, then how it fares; never its address."""
    where = "your direct messages" if one.target == who else Named(one.target)
    is_kept_out = one.target in page.kept_out
    kept_out = prose(Bold("I can't post there")) if is_kept_out else ()
    health = _health(one, well=() if is_kept_out else prose("healthy"))
    facts = [fact for fact in (kept_out, pausing.state(one, page.now), *health) if fact]
    rate = page.rates.get(one.feed_id)
    if rate is not None and one.stopped is None:
        facts.append(prose(often.posts(rate)))
    return prose(Bold(one.shown), " in ", where, "\n", phrases.begun(listed(facts, between=" · ")))


def _health(one: Carriage, well: Prose) -> tuple[Prose, ...]:
    if one.stopped is not None:
        return (prose("not asked any more", *((": ", *spoken(one.stopped)) if one.stopped else ())),)
    if one.failing_since is not None:
        return (phrases.failing(one.failing_since, one.trouble, one.next_poll_at),)
    if one.answered_at is None:
        return (prose("not read yet"),)
    return (well, prose("checked ", Moment(one.answered_at)))
