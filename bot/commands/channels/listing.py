"""/feeds list: the feeds of a channel and how they fare."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot import duration, look, word
from bot.command import Caller, Command, Kind, Option, Values
from bot.commands import find
from bot.commands.channels import often, pausing, phrases
from bot.commands.channels.often import Rates
from bot.commands.channels.phrases import times_of
from bot.commands.desk.front import spoken
from bot.commands.tools import Tools
from bot.errors import CommandError
from bot.guard import redact
from bot.models import Button
from bot.prose import Bold, Code, Moment, Prose, listed, prose
from bot.reply import Reply
from bot.store import Connection, channel, status
from bot.store.channel import Carriage

PAGE = 20

PAGE_OPTION = Option("page", Kind.NUMBER, "The page, where there are many", least=1, most=100)


def commands(tools: Tools) -> tuple[Command, ...]:
    """Declare what lists feeds."""

    async def show(caller: Caller, values: Values) -> Reply:
        now = tools.clock()
        everything, rates, kept_out = await tools.db.read(lambda c: _load(c, caller, now))
        where = phrases.here(caller, [caller.place])
        if not everything:
            add = Code("/feeds add https://…")
            return Reply(prose("No feeds post ", where, " yet. Add one: ", add, "."))
        addresses = await _may_change(tools, caller)
        some = page(everything, rates, int(values.get("page", 1)), addresses=addresses, now=now)
        count = times_of(len(everything), "feed posts", "feeds post")
        some = replace(some, text=prose(f"{count} ", where, some.text))
        return some if kept_out is None else _kept_out(some, caller, kept_out)

    return (Command(("feeds", "list"), "Show the feeds here and how they fare", show, (PAGE_OPTION,)),)


def _load(c: Connection, caller: Caller, now: datetime) -> tuple[list[Carriage], Rates, str | None]:
    everything = channel.of_target(c, caller.place)
    rates = often.of_known(c, [one.feed_id for one in everything], now=now)
    return everything, rates, status.cannot_post(c, caller.place)


def _kept_out(listed_: Reply, caller: Caller, why: str) -> Reply:
    """Put in front of a list why none of it is posted, with the way to try again."""
    text = prose(phrases.kept_out(why), "\n", listed_.text)
    return replace(listed_, text=text, buttons=(word.resume(str(caller.place)), *listed_.buttons))


async def _may_change(tools: Tools, caller: Caller) -> bool:
    """Say whether a person may see addresses, which can hold keys: whoever may change them knows them."""
    try:
        await find.allow(tools, caller, caller.place)
    except CommandError:
        return False
    return True


def page(
    everything: Sequence[Carriage], rates: Rates, number: int, *, addresses: bool, now: datetime
) -> Reply:
    """Write a page of the list, to go on with behind “3 feeds post here”."""
    pages = -(-len(everything) // PAGE)
    number = min(number, pages)
    some = everything[(number - 1) * PAGE : number * PAGE]
    of = f" (page {number} of {pages})" if pages > 1 else ""
    rows = [prose("\n• ", row(one, rates.get(one.feed_id), address=addresses, now=now)) for one in some]
    more = (Button("Next page", f"/feeds list {number + 1}"),) if number < pages else ()
    return Reply(prose(of, ":", *rows), buttons=more)


def row(one: Carriage, rate: float | None, *, address: bool, now: datetime) -> Prose:
    """Write one feed: number, name, how it posts, how often it is asked, how it fares."""
    parts: list[Prose] = [prose(f"{one.feed_id} ", Bold(one.shown))]
    if paused := pausing.state(one, now):
        parts.append(paused)
    parts.append(prose(_mode(one)))
    if one.own_interval:
        parts.append(prose(f"asked every {duration.shown(one.own_interval)}"))
    parts.append(health(one))
    if rate is not None and one.stopped is None:
        parts.append(prose(often.posts(rate)))
    if address:
        parts.append(prose(Code(redact(one.address))))
    return listed(parts, between=" · ")


def _mode(one: Carriage) -> str:
    if one.together:
        return "once a day"
    return "in a thread" if one.settings.get(look.THREAD.name) == look.YES else "cards"


def health(one: Carriage) -> Prose:
    """Say how a feed fares, since when, and when it was last good."""
    last = prose("last good ", Moment(one.answered_at)) if one.answered_at else prose("never read yet")
    if one.stopped is not None:
        return prose("not asked any more: ", *spoken(one.stopped), " ", last)
    if one.failing_since:
        trouble = spoken(one.trouble or "")
        return prose("failing since ", Moment(one.failing_since), ": ", *trouble, " ", last, ", next try ",
                     Moment(one.next_poll_at))  # fmt: skip
    return prose("healthy, ", last) if one.answered_at else prose("not read yet")
