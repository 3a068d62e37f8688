"""Platforms with a field for each option: what is said of commands there, and what stands in their fields."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.command import Caller
from bot.prose import Code, plain
from bot.reply import Reply
from tests.documents import newest_first
from tests.lobby import lobby
from tests.newsroom import newsroom
from tests.reading import JOE, MARIA, NEWS, Room

THERE = Caller(JOE, NEWS, fields=True)


async def given(room: Room, text: str, **values: str) -> str:
    """Give a command by its fields, and read the answer."""
    return plain((await room.desk.answer(THERE, text, values)).text)


def codes(reply: Reply) -> list[str]:
    """List what an answer shows as typed."""
    return [piece.text for piece in reply.text if isinstance(piece, Code)]


async def test_help_names_the_fields(tmp_path: Path) -> None:
    """Help shows no flags and no command that such a platform cannot call, and explains options by name."""
    async with lobby(tmp_path) as room:
        overview = await room.desk.answer(THERE, "/wireroom help")
        assert "/follow <words> [feed] [to] [when]" in codes(overview)
        assert "/wireroom help command:follow" in codes(overview)
        assert not any(":" in code for code in codes(overview) if code.startswith(("/feeds", "/digest")))
        called = {code.partition(" [")[0].partition(" <")[0] for code in codes(overview)}
        assert called >= {"/digest set", "/wireroom status"}
        assert called.isdisjoint({"/digest", "/wireroom", "/follow help"})
        about = await given(room, "/wireroom help", command="follow")
        assert "`/follow <words> [feed] [to] [when]`" in about
        assert "• feed: Look only in this feed" in about


@pytest.mark.parametrize(
    ("word", "answer"),
    [
        ("help", "Get a message when a feed mentions a word."),
        ("?", "Get a message when a feed mentions a word."),
        ("List", "You don't follow anything yet."),
        ("preview", "Which words shall I try"),
    ],
)
async def test_help_list_and_preview_alone_are_no_words_to_follow(
    tmp_path: Path, word: str, answer: str
) -> None:
    """They mean in the field what they mean behind the command; in quotes, or with more, they are words."""
    async with lobby(tmp_path) as room:
        assert (await given(room, "/follow", words=word)).startswith(answer)
        assert await room.follows(JOE) == []
        await given(room, "/follow", words=f"{word} chips")
        if word != "?":
            await given(room, "/follow", words=f'"{word}"')
            await given(room, "/follow", words=word, when="daily")
        assert len(await room.follows(JOE)) == (1 if word == "?" else 3)


async def test_a_timezone_is_asked_for_by_its_field(tmp_path: Path) -> None:
    """Where nothing can be typed behind a command, the question names the field and no line to type."""
    async with lobby(tmp_path) as room:
        for text, values in (("/quiet", {"hours": "22:00-07:00"}), ("/digest set", {"at": "08:00"})):
            reply = await room.desk.answer(THERE, text, values)
            assert plain(reply.text).endswith(
                "Choose one, or give the command once more with yours in the field timezone."
            )
            assert codes(reply) == []
            assert "(Europe/Berlin)" in await given(
                room, next(one.value for one in reply.choices if "Berlin" in one.value)
            )
            await room.desk.answer(THERE, "/wireroom data delete")


async def test_what_is_pasted_into_one_field_is_taken_apart(tmp_path: Path) -> None:
    """Several options in the first field are read as behind the command, and nonsense is refused as ever."""
    async with lobby(tmp_path) as room:
        assert "22:00–07:00 your time (Europe/Berlin)" in await given(
            room, "/quiet", hours="22:00-07:00 Europe/Berlin"
        )
        assert "at 09:00 on Mondays" in await given(room, "/digest set", at="weekly mon 09:00")
        assert "(Asia/Tokyo)" in await given(
            room, "/quiet", hours="23:00-07:00 Berlin", timezone="Asia/Tokyo"
        )
        for nonsense in ("garbage", "22:00-07:00 Mars", "Berlin Tokyo"):
            assert "is not possible for hours" in await given(room, "/quiet", hours=nonsense)


async def test_a_follow_is_chosen_by_what_means_no_word(tmp_path: Path) -> None:
    """A suggestion means the follow that it names, also where somebody follows its number as a word."""
    async with lobby(tmp_path) as room:
        for word in ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "10"):
            await given(room, "/follow", words=word)
        (ten,) = await room.desk.suggest(THERE, ("unfollow",), "follow", "ten")
        assert await given(room, "/unfollow", follow=ten.value) == "You no longer follow ten."
        (other,) = await room.desk.suggest(THERE, ("unfollow",), "follow", "#11")
        assert other.label == "10"


async def test_an_address_may_stand_in_angle_brackets(tmp_path: Path) -> None:
    """People write ``<https://…>`` so that a chat shows no preview; that is the address."""
    async with newsroom(tmp_path) as room:
        room.site.respond("/feed", body=newest_first(1, 2))
        assert "will post here" in await room.say("/feeds add", address=f"<{room.site.url('/feed')}>")


async def test_where_the_bot_is_not_here_means_direct_messages(tmp_path: Path) -> None:
    """Who brought the bot along into a server is not told that a feed posts there."""
    async with newsroom(tmp_path) as room:
        room.site.respond("/feed", body=newest_first(1, 2))
        away = Caller(MARIA, MARIA, fields=True, elsewhere=True)
        answer = room.desk.answer
        assert "No feeds post in your direct messages yet" in plain((await answer(away, "/feeds list")).text)
        added = await answer(away, f"/feeds add {room.site.url('/feed')}")
        assert "will post in your direct messages" in plain(added.text)
        assert "1 feed posts in your direct messages:" in plain((await answer(away, "/feeds list")).text)
        at_home = await answer(replace(away, elsewhere=False), "/feeds list")
        assert "1 feed posts here:" in plain(at_home.text)
