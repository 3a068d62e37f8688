"""/home: what a person follows and the feeds of their channels, as a page that is theirs."""

from __future__ import annotations

from functools import partial

from bot.command import Caller, Command, Kind, Option, Values
from bot.commands.channels import in_reach, phrases
from bot.commands.desk.register import HOME
from bot.commands.follows import follow_reply, followed, following, wording
from bot.commands.tools import Tools
from bot.models import Button, Follow, Target
from bot.prose import Code, Prose, listed, prose
from bot.reply import Part, Reply, Row
from bot.store.channel import Carriage

BETWEEN = " · "


def commands(tools: Tools) -> tuple[Command, ...]:
    """Declare the command."""
    pages = (
        Option("page", Kind.NUMBER, "The page of a long list of follows", flag="page", least=1),
        Option("feeds", Kind.NUMBER, "The page of a long list of feeds", flag="feeds", least=1),
    )
    return (
        Command(
            ("home",),
            "See what you follow and the feeds of your channels",
            partial(_home, tools),
            pages,
            behind_button=True,
        ),
    )


async def _home(tools: Tools, caller: Caller, values: Values) -> Reply:
    who = caller.person
    carried = await tools.reach.carried(who, None)
    # Of a feed that several channels carry, the first name counts, as everywhere.
    names = {one.feed_id: one.name for one in reversed(carried)}
    own = await followed.page(tools, who, int(values.get("page", "1")), names)
    feeds = await in_reach.page(tools, carried, int(values.get("feeds", "1")))
    parts = (_follows(own, feeds, caller, tools.settings.follows_per_person), _feeds(own, feeds, who))
    return Reply(
        prose(_listed(own, caller), "\n", _said(feeds), *(_line(row) for row in parts[1].rows)),
        buttons=parts[0].buttons + parts[1].buttons,
        choices=following.menu(own),
        parts=parts,
    )


def _listed(own: followed.Page, caller: Caller) -> Prose:
    return following.text(own, caller) if own.total else follow_reply.none_yet().text


def _line(row: Row) -> Prose:
    """Write a row of a page as an item of a list."""
    in_a_line = (piece.replace("\n", ": ") if isinstance(piece, str) else piece for piece in row.text)
    return prose("\n• ", *in_a_line)


def _follows(own: followed.Page, feeds: in_reach.Page, caller: Caller, limit: int) -> Part:
    unreached = followed.unreached(own.person)
    facts = [*followed.times(own.person.habits, caller), f"{own.total} of {limit} follows used"]
    if own.pages > 1:
        facts.append(f"page {own.number} of {own.pages}")
    none = () if own.total else prose("\n", follow_reply.none_yet().text)
    return Part(
        "What you follow",
        prose(unreached, "\n" if unreached else "", listed(facts, between=BETWEEN), none),
        (
            *following.retry_of(own.person),
            Button("Follow a keyword", "/follow"),
            Button("Quiet hours…", "/quiet form"),
            Button("Digest…", "/digest form"),
            Button("Help", f"/{HOME} help"),
            *_turns("page", own.number, own.pages, f"feeds:{feeds.number}"),
        ),
        tuple(_follow(one, own) for one in own.follows),
    )


def _turns(option: str, number: int, pages: int, other: str) -> tuple[Button, ...]:
    """Lead to the pages before and after; ``other`` keeps the page of the other list."""
    steps = (("Previous", number - 1), ("Next", number + 1))
    return tuple(
        Button(f"{word} {option}", f"/home {option}:{to} {other}") for word, to in steps if 1 <= to <= pages
    )


def _follow(one: Follow, own: followed.Page) -> Row:
    told = own.told(one)
    way = prose(wording.way(one), f", {wording.BRIEFLY[one.rhythm]}")
    facts = [phrases.begun(wording.scope(told)), way]
    facts += followed.record(one, own, "post") + followed.state(one, own)
    pause = Button("Pause", f"/change #{one.id} paused:yes", f"Pause {one.typed}")
    if one.paused_at is not None:
        pause = Button("Resume", f"/change #{one.id} paused:no", f"Resume {one.typed}")
    return Row(
        prose(wording.name(told), "\n", listed(facts, between=BETWEEN)),
        (
            Button("Edit…", f"/change #{one.id}", f"Edit {one.typed}"),
            Button("Preview matches", f"/following preview #{one.id}", f"Preview matches of {one.typed}"),
            pause,
            Button("Unfollow", f"/unfollow #{one.id}", f"Unfollow {one.typed}"),
        ),
    )


def _feeds(own: followed.Page, feeds: in_reach.Page, who: Target) -> Part:
    return Part(
        "Feeds in your channels",
        _said(feeds),
        _turns("feeds", feeds.number, feeds.pages, f"page:{own.number}"),
        tuple(_feed(one, feeds, who) for one in feeds.carriages),
    )


def _said(feeds: in_reach.Page) -> Prose:
    counted = phrases.healthy(feeds.feeds, feeds.trouble, "within your reach")
    if not feeds.feeds:
        return prose(counted, " Add one in a channel: ", Code("/feeds add https://…"), ".")
    return prose(counted, f" Page {feeds.number} of {feeds.pages}." if feeds.pages > 1 else "")


def _feed(one: Carriage, feeds: in_reach.Page, who: Target) -> Row:
    preview = Button("Preview", f"/feeds preview {one.feed_id}", f"Preview {one.shown}")
    return Row(in_reach.row(one, feeds, who), (preview,))
