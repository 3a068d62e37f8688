"""Completion: commands, flags, feeds, follows, timezones, and a query as it is understood."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

from bot import query
from bot.command import Caller, Completion
from bot.commands.desk.front import FrontDesk
from bot.models import Target
from bot.reach import Reach
from tests.lobby import every, lobby
from tests.reading import JOE, MARIA, NEWS, SECRET, Chat, Room

TITLES = ["Semiconductors rise", "AI in robots", "AI everywhere", "Battery firm lists", "Battery prices"]


async def complete(room: Room, text: str, who: Target = MARIA) -> list[str]:
    """Complete a text, and give what it would be with each completion."""
    found: Sequence[Completion] = await room.desk.complete(Caller(who, NEWS), text)
    return [text[: one.start] + one.text for one in found]


async def test_commands_and_their_words_are_completed(tmp_path: Path) -> None:
    """Behind a slash stand commands, behind a group its commands, and none that only buttons know."""
    async with lobby(tmp_path) as room:
        assert await complete(room, "/foll") == ["/follow", "/following"]
        assert await complete(room, "/feeds pa") == ["/feeds pause"]
        (group,) = await room.desk.complete(Caller(MARIA, NEWS), "/fee")
        assert group.detail.startswith("add, ")
        assert await complete(room, "/wireroom data ") == ["/wireroom data export", "/wireroom data forget"]
        assert await complete(room, "/skip") == []
        assert await complete(room, "hello") == []
        assert await complete(room, "") == []


async def test_flags_and_choices_are_completed(tmp_path: Path) -> None:
    """A flag is offered once, and behind its colon what it can be."""
    async with lobby(tmp_path) as room:
        assert "/follow chips when:" in await complete(room, "/follow chips w")
        assert "/follow chips when:" not in await complete(room, "/follow chips when:daily ")
        assert "/follow chips when:daily" in await complete(room, "/follow chips when:d")
        assert "/digest weekly mon" in await complete(room, "/digest weekly m")


async def test_feeds_are_completed_by_name(tmp_path: Path) -> None:
    """A feed is offered by its name, quoted where other words may follow, if the person sees it."""
    async with lobby(tmp_path) as room:
        number = await room.feed("Chips Daily", TITLES)
        await room.feed("Chips Secret", where=SECRET)
        room.chat.closed.add(("maria", "secret"))
        assert await complete(room, "/follow ai in:ch") == ['/follow ai in:"Chips Daily"']
        assert await complete(room, '/follow ai in:"Chips D') == ['/follow ai in:"Chips Daily"']
        assert "/feeds pause Chips Daily" in await complete(room, "/feeds pause Chips D")
        here = await room.desk.suggest(Caller(MARIA, NEWS), ("feeds", "pause"), "feed", "dai")
        assert [(one.label, one.value) for one in here] == [("Chips Daily", str(number))]
        assert await complete(room, "/follow ai in:ch", who=JOE) == [
            '/follow ai in:"Chips Daily"',
            '/follow ai in:"Chips Secret"',
        ]


async def test_what_a_completion_gives_is_understood(tmp_path: Path) -> None:
    """A completed command finds the feed or the follow that it names."""
    async with lobby(tmp_path) as room:
        await room.feed("Chips Daily", TITLES)
        await room.ask('/follow "battery firm"')
        (text,) = await complete(room, "/follow ai in:chi")
        assert "in Chips Daily" in await room.say(text)
        (text,) = await complete(room, "/unfollow batt")
        assert await room.say(text) == 'You no longer follow "battery firm".'


async def test_the_label_of_a_suggestion_is_understood(tmp_path: Path) -> None:
    """A platform that sends what it showed, and not what that stands for, does the same."""
    async with lobby(tmp_path) as room:
        await room.feed("Chips Daily", TITLES)
        caller = Caller(MARIA, NEWS)
        for typed in ("ai", "ai -robot*", "ai, battery -firm -lists", "semi", '"battery firm"', "title:ai"):
            for one in await room.desk.suggest(caller, ("follow",), "words", typed):
                shown = f"{one.label} · {one.detail}" if one.detail else one.label
                await room.ask("/follow", words=shown)
                (followed,) = await room.follows()
                assert followed.canonical == str(query.parse(one.value))
                await room.ask("/unfollow", follow=one.value)
        (zone,) = await room.desk.suggest(caller, ("quiet",), "timezone", "hong k")
        assert "Hong_Kong" in await room.say("/quiet", hours="22:00-07:00", timezone=zone.label)
        (feed,) = await room.desk.suggest(caller, ("follow",), "feed", "chi")
        assert "in Chips Daily" in await room.say("/follow", words="tsmc", feed=feed.label)


async def test_own_follows_are_completed_at_once(tmp_path: Path) -> None:
    """A follow is offered as soon as it is made, to its owner alone."""
    async with lobby(tmp_path) as room:
        assert await complete(room, "/unfollow ") == []
        await room.ask("/follow semiconductors")
        assert await complete(room, "/unfollow ") == ["/unfollow semiconductors"]
        assert await complete(room, "/unfollow ", who=JOE) == []


async def test_a_query_is_echoed_as_understood(tmp_path: Path) -> None:
    """What is typed comes first, with its count among the newest posts, then frequent words of titles."""
    async with lobby(tmp_path) as room:
        await room.feed("Chips Daily", TITLES)
        found = await room.desk.suggest(Caller(MARIA, NEWS), ("follow",), "words", "ai -robot*")
        assert found[0].label == "ai but not robot* · 1 of the last 5 posts"
        assert found[0].value == "ai -robot*"
        assert await complete(room, "/follow ai, bat") == ["/follow ai, bat", "/follow ai, Battery"]
        assert await complete(room, '/follow chips "bat') == ['/follow chips "Battery"']
        assert (await complete(room, "/follow "))[:2] == ["/follow AI", "/follow Battery"]


async def test_suggestions_keep_to_what_platforms_take(tmp_path: Path) -> None:
    """At most 25 suggestions of at most 100 characters each, whatever the names are."""
    async with lobby(tmp_path) as room:
        for number in range(30):
            await room.feed(f"feed {number} " + "x" * 120)
        for typed in ("", "feed", "x" * 200):
            for option, path in (("feed", ("feeds", "pause")), ("words", ("follow",))):
                found = await room.desk.suggest(Caller(MARIA, NEWS), path, option, typed)
                assert len(found) <= 25
                assert all(max(len(one.label), len(one.value)) <= 100 for one in found)
        assert len(await complete(room, "/feeds pause ")) == 25


async def test_timezones_show_the_time_there(tmp_path: Path) -> None:
    """A timezone is found by its city, with what time it is there."""
    async with lobby(tmp_path) as room:
        found = await room.desk.suggest(Caller(MARIA, NEWS), ("quiet",), "timezone", "hong k")
        assert [(one.label, one.value) for one in found] == [("Asia/Hong_Kong, 17:00", "Asia/Hong_Kong")]


async def test_times_are_offered_as_they_are_read(tmp_path: Path) -> None:
    """A time, hours or a length that is no example is offered as it is read, and nonsense is not."""
    async with lobby(tmp_path) as room:
        for path, option, typed, read in (
            (("quiet",), "hours", "11pm to 6:30", ["23:00-06:30"]),
            (("digest", "set"), "at", "9.15", ["09:15"]),
            (("digest", "set"), "at", "8", ["08:00"]),
            (("feeds", "pause"), "until", "12H", ["12h"]),
            (("quiet",), "hours", "of", ["off"]),
            (("quiet",), "hours", "night", []),
            (("feeds", "pause"), "until", "long", []),
            (("follow",), "to", "there", []),
        ):
            found = await room.desk.suggest(Caller(MARIA, NEWS), path, option, typed)
            assert [(one.label, one.value) for one in found] == [(one, one) for one in read]


class Slow(Chat):
    """A platform that takes its time to say who sees what."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()
        self.may_answer = asyncio.Event()

    async def sees(self, who: Target, channels: Sequence[Target]) -> Collection[Target]:
        """Wait until the test lets it answer."""
        self.asked.set()
        await self.may_answer.wait()
        return await super().sees(who, channels)


async def test_a_slow_platform_does_not_hold_up_typing(tmp_path: Path) -> None:
    """What needs no platform is completed within a second, and the rest once the answer has come."""
    async with lobby(tmp_path) as room:
        await room.feed("Chips Daily", TITLES)
        slow = Slow()
        tools = replace(room.tools, reach=Reach(room.db, {"chat": slow}, clock=room.tools.clock))
        room.desk = FrontDesk(every(tools), tools)
        async with asyncio.timeout(3):
            assert "/follow chips in:" in await complete(room, "/follow chips i")
        assert slow.asked.is_set()
        slow.may_answer.set()
        await asyncio.sleep(0)
        assert await complete(room, "/follow ai in:ch") == ['/follow ai in:"Chips Daily"']
