"""Targets as text: with the workspace or server in front, read back everywhere as they are written."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord import DiscordAdapter
from bot.adapter import Adapter, parse_target
from bot.errors import CommandError
from bot.models import Target, TargetKind
from bot.store import Connection, channel, subscriptions
from tests.lobby import lobby
from tests.reading import ELSEWHERE, MARIA, NEWS, TECH, Chat, Room, labels

IDS = st.text(st.characters(codec="ascii", categories=("L", "N"), include_characters="-_."), min_size=1)
PLACES = st.builds(Target, st.just("chat"), IDS, IDS | st.just(""), st.sampled_from(TargetKind))


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """Give a desk with a feed in two channels of one space and in one of another."""
    async with lobby(tmp_path) as made:
        await made.feed("Future", ["A chip is born"], by=MARIA)
        for where in (TECH, ELSEWHERE):
            await made.feed("Future", where=where, by=MARIA)
        yield made


@pytest.mark.parametrize(
    ("target", "text"),
    [
        (Target("terminal", "news"), "terminal:news"),
        (Target("terminal", "maria", kind=TargetKind.PERSON), "terminal:@maria"),
        (Target("discord", "2", "1"), "discord:1/2"),
        (Target("discord", "5", kind=TargetKind.PERSON), "discord:@5"),
        (Target("slack", "U5", "T1", TargetKind.PERSON), "slack:T1/@U5"),
        (Target("hooks", "@ada", kind=TargetKind.PERSON), "hooks:@ada"),
    ],
)
def test_a_target_is_written_with_its_space_in_front(target: Target, text: str) -> None:
    """Where there is a space it stands before a slash; an @ marks a person once."""
    assert str(target) == text


@given(target=PLACES)
def test_what_is_written_is_read(target: Target) -> None:
    """Unless an adapter has its own way, it reads a target as it is written."""
    assert parse_target(str(target), {"chat": Chat}) == target


@pytest.mark.parametrize("text", ["", "office/", "@", "office/@", " office/news", "office/news "])
def test_a_target_without_a_name_is_refused(text: str) -> None:
    """A space alone, a bare @, and spaces around are no target."""
    with pytest.raises(CommandError, match="name or id"):
        Chat.target(text)


async def test_each_target_is_found_by_its_text_alone(room: Room) -> None:
    """Of targets with one id in several spaces, or with slashes in their ids, the text tells which."""
    several = [
        Target("chat", "news", "club"),
        Target("chat", "news"),
        Target("chat", "a/b", "club"),
        Target("chat", "@ada", "club", TargetKind.PERSON),
        NEWS,
        MARIA,
    ]

    def look(c: Connection) -> list[Target | None]:
        for one in several:
            subscriptions.target_id(c, one)
        return [channel.written(c, str(one)) for one in several]

    assert await room.db.write(look) == several
    for text in ("chat:b", "chat:office", "chat:maria", "chat:other/news", "news", "other:news", ""):
        assert await room.db.read(lambda c, text=text: channel.written(c, text)) is None  # type: ignore[misc]


async def test_the_button_of_a_notice_means_the_channel_of_its_space(room: Room) -> None:
    """Of two channels with one id, the button resumes the one that the notice was about, by who may."""
    twin = Target("chat", NEWS.id, "club")
    for one in (NEWS, twin):
        number = await room.db.write(lambda c, one=one: subscriptions.target_id(c, one))  # type: ignore[misc]
        await room.db.write(
            lambda c, number=number: subscriptions.pause_target(c, number, reason="x", now=room.now)  # type: ignore[misc]
        )
    assert "I try #news again" in await room.say(f"/retry {twin}", place=MARIA)
    assert await room.db.read(
        lambda c: (subscriptions.is_paused(c, NEWS), subscriptions.is_paused(c, twin))
    ) == (
        True,
        False,
    )


async def test_a_channel_may_be_named_from_anywhere(room: Room) -> None:
    """A bare name is a channel of the caller's space; with its space in front it is any, for who may."""
    await room.ask("/follow chip to:tech")
    await room.ask("/follow chip to:club/elsewhere")
    await room.ask("/follow chip to:office/news", place=MARIA)
    assert [one.target for one in await room.follows()] == [TECH, ELSEWHERE, NEWS]
    room.chat.guests.add(MARIA)
    assert "Guests" in await room.say("/follow rain to:club/elsewhere")


async def test_a_follow_of_another_space_can_be_changed_and_changed_back(room: Room) -> None:
    """The form shows its channel as it can be typed here, and Undo leads back to it."""
    await room.ask("/follow chip to:club/elsewhere")
    form = (await room.ask("/change #1")).form
    assert form is not None
    values = {field.name: field.value for field in form.fields}
    assert values["to"] == "club/elsewhere"
    assert (await room.say(form.command, who=MARIA, place=NEWS, **values)).startswith("Kept")
    reply = await room.ask("/change #1 to:me")
    await room.press(reply, "Undo", place=MARIA)
    assert [one.target for one in await room.follows()] == [ELSEWHERE]


async def test_buttons_in_a_direct_message_name_channels_with_their_space(room: Room) -> None:
    """What a button does about one channel, pressed far from it, it does there alone."""
    form = (await room.ask("/feeds settings 1 channel:office/tech", place=MARIA)).form
    assert form is not None
    assert form.command == "/feeds settings 1 channel:office/tech"
    reply = await room.ask(form.command, place=MARIA, style="compact")
    assert labels(reply) == ["Undo"]
    carried = await room.db.read(lambda c: channel.everywhere(c, 1))
    assert [one.settings for one in carried] == [{}, {"style": "compact"}, {}]


async def test_a_person_is_no_channel_of_the_place(room: Room) -> None:
    """Naming oneself means one's own direct messages; naming another is refused."""
    await room.ask("/follow chip to:@maria")
    assert [one.target for one in await room.follows()] == [MARIA]
    assert "not what others get" in await room.say("/follow rain to:@joe")


def test_a_channel_without_its_server_is_asked_for_it() -> None:
    """Where channels are known by server and id only, an id alone is refused: it would be another target."""
    installed: dict[str, type[Adapter]] = {"discord": DiscordAdapter, "chat": Chat}
    assert parse_target("discord:1/2", installed) == Target("discord", "2", "1")
    assert parse_target("discord:@5", installed).kind is TargetKind.PERSON
    assert parse_target("chat:news", installed) == Target("chat", "news")
    with pytest.raises(CommandError, match=r"Name its server too: server/2\."):
        parse_target("discord:2", installed)
