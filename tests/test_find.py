"""What people mean: feeds within their reach, their own follows, channels, and what they may do there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.command import Caller
from bot.commands import find
from bot.commands.tools import Refusal
from bot.errors import CommandError
from bot.models import Target, TargetKind
from bot.prose import Bold
from tests.lobby import lobby
from tests.reading import ELSEWHERE, JOE, MARIA, NEWS, SECRET, TECH, Room

HERE, DIRECT = Caller(MARIA, NEWS), Caller(MARIA, MARIA)


async def found(room: Room, text: str, caller: Caller = HERE, *, here: bool = False) -> tuple[int, Target]:
    """Find a feed, and give its number and the target that carries it."""
    one = await find.feed(room.tools, caller, text, here=here)
    return one.feed_id, one.target


async def test_a_feed_is_found_by_number_name_and_address(tmp_path: Path) -> None:
    """Number, name in any case, the name's beginning and the address all lead to the feed."""
    async with lobby(tmp_path) as room:
        chips = await room.feed("chips")
        await room.feed("battery")
        for text in (str(chips), "chips", "CHIPS", "chi", "https://chips.example/feed"):
            assert await found(room, text) == (chips, NEWS)


async def test_a_number_is_no_beginning_of_a_name(tmp_path: Path) -> None:
    """The number of a feed that is gone means nothing: neither a name that begins with it, nor an address."""
    async with lobby(tmp_path) as room:
        wheels = await room.feed("44 Wheels")
        assert await found(room, "44 wheels") == (wheels, NEWS)
        for gone in ("4", "44", "9" * 40):
            with pytest.raises(CommandError, match="You can see no feed"):
                await found(room, gone)


async def test_a_feed_out_of_reach_is_not_told_from_none(tmp_path: Path) -> None:
    """A feed of a channel that the person cannot see is answered as one that does not exist."""
    async with lobby(tmp_path) as room:
        secret = await room.feed("plans", where=SECRET)
        room.chat.closed.add(("maria", "secret"))
        said = set()
        for text in (str(secret), "plans", "https://plans.example/feed", "https://none.example/feed", "99"):
            with pytest.raises(CommandError) as error:
                await found(room, text)
            said.add(str(error.value).replace(text, "…"))
        assert len(said) == 1


async def test_here_means_the_place(tmp_path: Path) -> None:
    """In a channel only its feeds count; in a direct message the person's own and those they added."""
    async with lobby(tmp_path) as room:
        news = await room.feed("news feed", where=NEWS)
        tech = await room.feed("tech feed", where=TECH, by=MARIA)
        other = await room.feed("club feed", where=ELSEWHERE, by=MARIA)
        own = await room.feed("own feed", where=MARIA, by=MARIA)
        assert await found(room, "news feed", here=True) == (news, NEWS)
        with pytest.raises(CommandError, match="There is no feed “tech feed” here"):
            await found(room, "tech feed", here=True)
        assert await found(room, str(own), DIRECT, here=True) == (own, MARIA)
        assert await found(room, "tech", DIRECT, here=True) == (tech, TECH)
        assert await found(room, "club", DIRECT, here=True) == (other, ELSEWHERE)
        with pytest.raises(CommandError):
            await found(room, "news feed", DIRECT, here=True)
        with pytest.raises(CommandError):
            await found(room, "own feed", Caller(JOE, JOE))


async def test_the_callers_place_comes_first(tmp_path: Path) -> None:
    """Of several channels that carry a feed, the one in which is asked is meant."""
    async with lobby(tmp_path) as room:
        shared = await room.feed("shared", where=TECH)
        await room.feed("shared", where=NEWS)
        assert await found(room, "shared") == (shared, NEWS)
        assert await found(room, "shared", Caller(MARIA, TECH)) == (shared, TECH)


async def test_names_that_could_be_several_are_listed(tmp_path: Path) -> None:
    """A beginning of several names is answered with all of them, a whole name is never in doubt."""
    async with lobby(tmp_path) as room:
        tech = await room.feed("china tech")
        await room.feed("china tech weekly")
        with pytest.raises(Refusal) as refusal:
            await found(room, "china")
        named = [piece.text for piece in refusal.value.reply.text if isinstance(piece, Bold)]
        assert named == ["china", "china tech", "china tech weekly"]
        assert (await found(room, "china tech"))[0] == tech
        with pytest.raises(CommandError, match="Did you mean china tech"):
            await found(room, "chnia tech")


async def test_a_follow_is_found_by_words_before_number(tmp_path: Path) -> None:
    """Words in any spelling of the same query come first, then the number; only own follows count."""
    async with lobby(tmp_path) as room:
        await room.ask("/follow chips, TSMC")
        await room.ask('/follow "solid state"')
        await room.ask("/follow 1999")
        first, second, third = await room.follows()
        for text, meant in (
            ("TSMC,  Chips", first),
            ("“Solid state”", second),
            ("1999", third),
            (str(first.id), first),
        ):
            assert await find.follow(room.tools, HERE, text) == meant
        with pytest.raises(CommandError, match="You don't follow 1"):
            await find.follow(room.tools, Caller(JOE, NEWS), str(first.id))
        with pytest.raises(Refusal, match="Did you mean chips, TSMC") as refusal:
            await find.follow(room.tools, HERE, "chps, TSMC", verb="Unfollow")
        (button,) = refusal.value.reply.buttons
        assert (button.label, button.command) == ("Unfollow chips, TSMC", f"/unfollow #{first.id}")


async def test_a_button_means_its_follow_and_no_word(tmp_path: Path) -> None:
    """A number behind # is that follow and not another with this word, also when the follow is gone."""
    async with lobby(tmp_path) as room:
        for word in ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine"):
            await room.ask(f"/follow {word}")
        tenth = await room.ask("/follow ten")
        await room.ask("/follow 10")
        assert room.text(await room.press(tenth, "Undo")) == "You no longer follow ten."
        assert room.text(await room.press(tenth, "Undo")).startswith("You don't follow that any more.")
        await room.ask("/follow #2026")
        assert [(await find.follow(room.tools, HERE, text)).id for text in ("10", "#2026")] == [11, 12]


async def test_a_channel_is_read_in_the_callers_space(tmp_path: Path) -> None:
    """Here, me, or a name, which cannot lead into another workspace."""
    async with lobby(tmp_path) as room:
        assert await find.channel(room.tools, HERE, "Here") == NEWS
        assert await find.channel(room.tools, HERE, "me") == MARIA
        assert await find.channel(room.tools, DIRECT, "here") == MARIA
        assert await find.channel(room.tools, HERE, "tech") == TECH


async def test_rights_come_from_the_platform(tmp_path: Path) -> None:
    """One's own messages and the operator are always allowed, others' messages never, channels as it says."""
    async with lobby(tmp_path) as room:
        room.chat.guests.add(MARIA)
        await find.allow(room.tools, HERE, MARIA)
        await find.allow(room.tools, replace(HERE, operator=True), NEWS)
        await find.allow(room.tools, Caller(JOE, NEWS), NEWS)
        with pytest.raises(CommandError, match="not what others get"):
            await find.allow(room.tools, Caller(JOE, NEWS), MARIA)
        for target in (NEWS, JOE, Target("other", "maria", kind=TargetKind.PERSON), Target("other", "news")):
            with pytest.raises(CommandError):
                await find.allow(room.tools, HERE, target)
