"""With a prefix, sentences name commands as people have to type them."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.apologies import spelt
from adapters.slack.prefix import Renamed, renamed
from adapters.slack.text import typed
from adapters.slack.words import mrkdwn
from bot.command import Caller
from bot.commands.desk.front import spoken
from bot.models import Target, TargetKind
from bot.prose import Bold, Code, Prose, prose
from tests.lobby import lobby
from tests.loopback.slack import FakeSlack
from tests.newsdesk import until
from tests.slackdesk import listening, opened


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (prose("Try ", Code("/follow chips"), "."), prose("Try ", Code("/wr-follow chips"), ".")),
        ((Code("/wireroom help"),), (Code("/wireroom help"),)),
        ((Code("/feeds add <address>"),), (Code("/wr-feeds add <address>"),)),
        (
            (Code("chips, TSMC"), Bold("/follow"), "/follow"),
            (Code("chips, TSMC"), Bold("/follow"), "/follow"),
        ),
        ((Code("/"),), (Code("/"),)),
    ],
)
def test_only_what_is_to_be_typed_is_renamed(said: Prose, expected: Prose) -> None:
    """Commands get the prefix, but for the one that keeps its name; words that people wrote stay."""
    assert renamed(said, "wr-") == expected
    assert renamed(said, "") == said


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Send it again with `/feeds import`.", "Send it again with `/wr-feeds import`."),
        ("`/follow` or `/feeds`", "`/wr-follow` or `/wr-feeds`"),
        ("Nothing to type.", "Nothing to type."),
        ("One ` of two: `/follow`", "One ˋ of two: ˋ/followˋ"),
        ("", ""),
    ],
)
def test_what_an_error_says_to_type_is_renamed(text: str, expected: str) -> None:
    """Between backticks stands what is to be typed, where each has its fellow, as the desk reads it."""
    assert spelt(text) == spoken(text)
    assert mrkdwn(renamed(spelt(text), "wr-")).replace("\N{ZERO WIDTH SPACE}", "") == expected


async def test_a_list_that_is_gone_says_how_to_send_it_again(tmp_path: Path) -> None:
    """The command stands as something to type, by which the prefix reaches it."""
    async with lobby(tmp_path) as room:
        reply = await room.ask("/feeds choose word:gone")
    assert Code("/feeds import") in reply.text


def test_what_a_sentence_names_is_understood() -> None:
    """A command typed as a sentence names it is the desk's command again."""
    for command in ("/follow", "/feeds", "/wireroom"):
        (piece,) = renamed((Code(command),), "wr-")
        assert isinstance(piece, Code)
        assert typed(piece.text, "x", prefix="wr-") == f"{command} x"


async def test_a_button_that_is_a_command_is_named_as_one_types_it(tmp_path: Path) -> None:
    """What was meant by a misspelt command stands on its button with the prefix, and runs all the same."""
    who = Target("slack", "U1", kind=TargetKind.PERSON)
    async with lobby(tmp_path) as room:
        plainly = await room.desk.answer(Caller(who, who), "/folow chips")
        reply = await Renamed(room.desk, "wr-").answer(Caller(who, who), "/folow chips")
    assert [one.label for one in plainly.buttons] == ["/follow"]
    assert [one.label for one in reply.buttons] == ["/wr-follow"]
    assert [one.command for one in reply.buttons] == [one.command for one in plainly.buttons]


async def test_answers_name_what_can_be_typed(slack: FakeSlack, tmp_path: Path) -> None:
    """A person who types a prefixed command is told prefixed commands, and the channel is too."""
    maria = slack.world.add_user("maria")
    news = slack.world.add_channel("news", maria, bot=False)
    async with (
        lobby(tmp_path) as room,
        opened(slack, None, command_prefix="wr-") as adapter,
        listening(slack, adapter, room.desk),
    ):
        answer = await (await slack.types(maria, news, "/wr-following", "")).answer()
        slack.world.invite_bot(news, maria)
        await until(lambda: slack.messages(news, seen_by=slack.world.bot))
        (hello,) = slack.messages(news, seen_by=slack.world.bot)
    assert "`/wr-follow semiconductors`" in str(answer.blocks)
    assert "/wr-feeds add" in hello.text
