"""/feeds preview, posts and post: what a feed has, as cards or as a list, and one of it by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from bot import duration, look, route
from bot.command import Caller, Command, Kind, Option, Right, Values
from bot.commands import find
from bot.commands.channels import phrases
from bot.commands.channels.arrival import sample
from bot.commands.channels.phrases import times_of
from bot.commands.channels.whereabouts import CHANNEL, FEED, carriages
from bot.commands.tools import Tools
from bot.errors import CommandError
from bot.models import Entry
from bot.prose import Bold, Link, Piece, prose
from bot.reply import Choice, Reply
from bot.store import Connection, channel, deliveries, entries, reach, subscriptions
from bot.store.channel import Carriage
from bot.store.deliveries import NewDelivery
from bot.text import cut

CARDS = 3
CARDS_MOST = 5
TITLES = 20
TITLE_LIMIT = 150
NEWEST = 50

COUNT = Option("count", Kind.NUMBER, "How many cards, 1 to 5", least=1, most=CARDS_MOST)
HELD = Option(
    "held",
    Kind.CHOICE,
    "Those of a flood that were not posted",
    flag="held",
    choices=(Choice("Yes", look.YES),),
)
SINCE = Option("since", Kind.TEXT, "Those of the last 2d, or since 2026-04-16", flag="since", longest=40)
ENTRY = Option("entry", Kind.NUMBER, "Which post", required=True)


def commands(tools: Tools) -> tuple[Command, ...]:
    """Declare what shows posts."""
    showing = Showing(tools)
    return (
        Command(
            ("feeds", "preview"),
            "Show how a feed's newest posts look",
            showing.preview,
            (FEED, COUNT),
            example="/feeds preview 3",
        ),
        Command(
            ("feeds", "posts"),
            "List a feed's newest posts",
            showing.posts,
            (FEED, HELD, SINCE),
            example="/feeds posts 3 since:2d",
        ),
        Command(
            ("feeds", "post"),
            "Post one of a feed's posts in the channel",
            showing.post,
            (FEED, ENTRY, CHANNEL),
            Right.MANAGER,
            behind_button=True,
        ),
    )


class Showing:
    """Carries out the commands that show posts."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    async def preview(self, caller: Caller, values: Values) -> Reply:
        """Show the newest posts as cards, to the caller only."""
        there = await self._within_reach(caller, values)
        count = int(values.get("count", CARDS))
        newest = await self._tools.db.read(lambda c: entries.newest(c, there.feed_id, limit=count))
        if not newest:
            return Reply(prose(Bold(there.shown), " has no posts that I know of yet."))
        cards = tuple(sample(there, entry, now=self._tools.clock()) for _, entry in newest)
        return Reply(prose("The newest of ", Bold(there.shown), ":"), cards=cards)

    async def posts(self, caller: Caller, values: Values) -> Reply:
        """List the newest posts, those since a time, or those of a flood that were held back."""
        there = await self._within_reach(caller, values)
        since = _moment(values["since"], self._tools.clock()) if "since" in values else None
        found = await self._tools.db.read(lambda c: _posts(c, there.feed_id, since, held="held" in values))
        which = "were held back" if "held" in values else "came since then" if since else "are known"
        if not found:
            return Reply(prose("No posts of ", Bold(there.shown), f" {which}."))
        rows = [prose("\n• ", _title(entry)) for entry in found[:TITLES]]
        more = len(found) - TITLES
        beyond = f"\nand {more} more." if more > 0 else ""
        head = f"{times_of(len(found), 'post', 'posts')} of "
        newest = " (no more than these are listed)" if len(found) == NEWEST else ""
        return Reply(prose(head, Bold(there.shown), newest, ":", *rows, beyond))

    async def post(self, caller: Caller, values: Values) -> Reply:
        """Send one post to the channels concerned, unless it is there."""
        found = await carriages(self._tools, caller, values, change=True)
        entry_id, now = int(values["entry"]), self._tools.clock()
        entry = await self._tools.db.read(lambda c: channel.entry(c, found[0].feed_id, entry_id))
        if entry is None:
            raise CommandError("I don't have that post any more.")
        sent = await self._tools.db.write(lambda c: _send(c, found, entry_id, entry, now))
        where = phrases.here(caller, [one.target for one in found])
        if not sent:
            return Reply(prose(_title(entry), " is posted ", where, " already, or waits for its turn."))
        self._tools.enqueued()
        return Reply(prose(_title(entry), " is on its way: it will stand ", where, " in a moment."))

    async def _within_reach(self, caller: Caller, values: Values) -> Carriage:
        """Find a feed of the place, else one that the caller can see elsewhere."""
        try:
            return (await carriages(self._tools, caller, values))[0]
        except CommandError:
            seen = await find.feed(self._tools, caller, values["feed"])
        there = await self._tools.db.read(lambda c: channel.get(c, seen.feed_id, seen.target))
        if there is None:
            raise CommandError("That feed was removed just now.")
        return there


def _posts(c: Connection, feed_id: int, since: datetime | None, *, held: bool) -> list[Entry]:
    if held:
        return [entry for _, entry in entries.newest(c, feed_id, limit=NEWEST, held=True)]
    newest = reach.newest(c, [feed_id], limit=NEWEST)
    return [one.entry for one in newest if since is None or one.first_seen_at > since]


def _send(c: Connection, found: Sequence[Carriage], entry_id: int, entry: Entry, now: datetime) -> bool:
    """Queue an entry where it neither stands nor waits; whether there was any such place."""
    sent = False
    for one in found:
        there = subscriptions.target_id(c, one.target)
        match channel.delivery(c, entry_id, there):
            case None:
                deliveries.enqueue(c, [NewDelivery(entry_id, there, route.name(entry))], now=now)
                sent = True
            case delivery_id, "dead":  # given up before: a person wants it all the same
                sent = deliveries.revive(c, [delivery_id], now=now) > 0 or sent
    return sent


def _title(entry: Entry) -> Piece:
    title = cut(entry.title, TITLE_LIMIT, least=TITLE_LIMIT) or entry.link or "(no title)"
    return Link(title, entry.link) if entry.link else Bold(title)


def _moment(text: str, now: datetime) -> datetime:
    try:
        return now - duration.read(text)
    except (ValueError, OverflowError):
        pass
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError("Write since: with a time such as 2d, or a day such as 2026-04-16.") from None
    return at if at.tzinfo else at.replace(tzinfo=UTC)
