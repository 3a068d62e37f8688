"""Answers as messages of Slack: whole, within its limits, and heard by those who cannot see them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.fit import size
from adapters.slack import replies
from adapters.slack.drawn import weight
from adapters.slack.limits import SECTION_MOST
from adapters.slack.replies import Page, Way
from adapters.slack.voice import _error, is_slacks
from bot.adapter import Scratch
from bot.models import Button, Card, Image, Target, TargetKind
from bot.prose import Bold, Code, Link, Named, prose
from bot.reply import Choice, Field, Form, Reply
from tests.loopback.slack.contract import response

SOME = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TEXTS = st.builds(lambda text, times: text * times, SOME, st.sampled_from([1, 5, 50, 500]))
PIECES = TEXTS | st.builds(Bold, TEXTS) | st.builds(Code, TEXTS)
PIECES |= st.builds(Link, TEXTS, st.just("https://gazette.example/a"))
CARDS = st.builds(
    Card,
    TEXTS,
    TEXTS,
    summary=TEXTS,
    link=st.just("https://gazette.example/a"),
    image=st.none() | st.just(Image("https://gazette.example/a.jpg")),
    buttons=st.just((Button("Mute", "/skip"),)),
)
REPLIES = st.builds(
    Reply,
    st.lists(PIECES, max_size=5).map(tuple),
    st.lists(CARDS, max_size=6).map(tuple),
    st.lists(st.builds(Button, TEXTS, st.just("/skip")), max_size=3).map(tuple),
    st.lists(st.builds(Choice, TEXTS, SOME, TEXTS), max_size=60).map(tuple),
    st.none() | st.just(Form("Words", "/follow", (Field("words", "Words"),))),
)
WAY = Way("U1", "/following")
NEWS = Target("slack", "C1", "T1")
MARIA = Target("slack", "U1", kind=TargetKind.PERSON)


async def written(reply: Reply, way: Way = WAY) -> list[Page]:
    """Write an answer."""
    return await replies.pages(reply, way, Scratch())


def body(page: Page) -> dict[str, Any]:
    """Write a page as it is sent."""
    return {"text": page.text, "blocks": [dict(block) for block in page.blocks]}


@settings(deadline=None, max_examples=60)
@given(REPLIES)
async def test_any_answer_is_within_limits(reply: Reply) -> None:
    """Whatever an answer holds, Slack takes each of its messages, and each says something."""
    for page in await written(reply):
        assert [str(breach) for breach in response(body(page)).everything] == []
        assert weight(page.blocks) <= 13_000
        assert page.text.strip()


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=60))
async def test_no_text_forges_a_mark(text: str) -> None:
    """Nothing that people or feeds write becomes a mention, a link or a channel, seen or heard."""
    hostile = f"{text} <!channel> <@U9> <#C9> <https://evil.example|x> <!date^1^{{date}}|x>"
    (page,) = await written(Reply(prose(hostile, Bold(hostile), Code(hostile))))
    for shown in (page.text, *(block["text"]["text"] for block in page.blocks)):
        assert "<" not in shown


async def test_the_answer_to_a_follow() -> None:
    """The look of an answer: one section of mrkdwn with its links, then the buttons; heard without bold."""
    reply = Reply(
        prose(
            "You now follow ",
            Bold("ferries"),
            " in all feeds.\n• ",
            Link("Ferry line orders two electric ships", "https://gazette.example/ferries"),
        ),
        buttons=(Button("Undo", "/unfollow #1"), Button("Change…", "/change #1")),
    )
    (page,) = await written(reply)
    first, last = page.blocks
    link = "<https://gazette.example/ferries|Ferry line orders two electric ships>"
    assert first["text"] == {
        "type": "mrkdwn",
        "text": f"You now follow *ferries* in all feeds.\n• {link}",
        "verbatim": True,
    }
    assert [one["text"]["text"] for one in last["elements"]] == ["Undo", "Change…"]
    assert [one["value"] for one in last["elements"]] == ["r:U1:/unfollow #1", "ro:U1:/change #1"]
    assert page.text == f"You now follow ferries in all feeds.\n• {link}"


async def test_people_are_mentioned_only_where_nobody_is_rung() -> None:
    """Before one person's eyes a mention rings nobody; before everybody's there is none."""
    reply = Reply(prose(Named(MARIA), " added it to ", Named(NEWS), "."), private=False)
    (page,) = await written(reply)
    assert page.blocks[0]["text"]["text"] == "<@U1> added it to <#C1>."
    (page,) = await written(reply, Way("U1", "/x", hidden=False))
    assert page.blocks[0]["text"]["text"] == "somebody added it to <#C1>."
    assert "<@U1>" not in page.text


async def test_an_answer_is_heard_whole() -> None:
    """The text, which is all that a screen reader reads, says the sentence and then the cards."""
    cards = (Card("Ferry line orders two electric ships", "Harbour Gazette"),)
    (page,) = await written(Reply(prose("Newest:"), cards=cards))
    assert page.text.startswith("Newest:\nFerry line orders two electric ships")


async def test_an_answer_of_nothing_says_that_it_is_done() -> None:
    """No answer is empty."""
    (page,) = await written(Reply(()))
    assert page.text == "Done."


@pytest.mark.parametrize("text", ["\N{SHIP}" * 2_900, "\N{SHIP} " * 4_000])
def test_sections_are_measured_as_strictly_as_anybody_may(text: str) -> None:
    """A sign that takes two UTF-16 units counts as two, and none is lost."""
    written = [block["text"]["text"] for block in replies.sections(prose(text))]
    assert max(map(size, written)) <= SECTION_MOST
    assert "".join(written).count("\N{SHIP}") == text.count("\N{SHIP}")


@pytest.mark.parametrize(
    ("url", "api", "expected"),
    [
        ("https://hooks.slack.com/commands/T1/1/a", "https://slack.com/api/", True),
        ("https://hooks.slack.com/commands/T1/1/a", "http://127.0.0.1:9/api/", True),
        ("http://127.0.0.1:9/respond/T1/a", "http://127.0.0.1:9/api/", True),
        ("https://hooks.slack-gov.example/a", "https://slack-gov.example/api/", True),
        ("http://hooks.slack.com/commands/T1/1/a", "https://slack.com/api/", False),
        ("https://hooks.slack.com@evil.example/a", "https://slack.com/api/", False),
        ("https://evilslack.com/a", "https://slack.com/api/", False),
        ("https://hooks.slack.com.evil.example/a", "https://slack.com/api/", False),
        ("http://127.0.0.1:10/a", "http://127.0.0.1:9/api/", False),
        ("//hooks.slack.com", "https://slack.com/api/", False),
        ("https://[", "https://slack.com/api/", False),
        ("x", "https://slack.com/api/", False),
    ],
)
def test_an_address_is_known_for_slacks(url: str, api: str, *, expected: bool) -> None:
    """Answers go below slack.com, or to where the Web API is, and never in clear to anywhere else."""
    assert is_slacks(url, api) is expected


def test_what_is_refused_becomes_plainer() -> None:
    """First images go, then all blocks; there is nothing plainer than a text."""
    words = {"type": "section", "text": {"type": "mrkdwn", "text": "x"}}
    picture = {"type": "image", "image_url": "https://a.example/a.png", "alt_text": "A"}
    page: Page | None = Page("x", (words, picture))
    steps = []
    while page := page.plainer() if page else None:
        steps.append(page.blocks)
    assert steps == [(words,), ()]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("ok", ""),
        ("", ""),
        (json.dumps({"ok": True}), ""),
        (json.dumps({"ok": False, "error": "used_url"}), "used_url"),
        (json.dumps({"ok": False}), "unknown_error"),
        ("expired_url", "expired_url"),
        ("[]", ""),
    ],
)
def test_what_a_response_url_answers_is_understood(text: str, error: str) -> None:
    """Slack answers with a bare word or with JSON, and only some of it is good news."""
    assert _error(text) == error
