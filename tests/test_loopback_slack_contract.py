"""The judge of the fake Slack: it takes what we send, and finds what Slack or we would refuse."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError

from tests.loopback.slack import FakeSlack, contract
from tests.loopback.slack.client import caller
from tests.loopback.slack.nouns import Json
from tests.loopback.slack.pieces import (
    FORM,
    IMAGE,
    TEXT,
    actions,
    button,
    field,
    manifest,
    mrkdwn,
    option,
    plain,
    rich,
    section,
    select,
)
from tests.loopback.slack.typed import sent

CARD: Json = {
    "channel": "C1",
    "text": "Ferry line orders two electric ships — Harbour News https://example.com/ferry",
    "unfurl_links": False,
    "unfurl_media": False,
    "parse": "none",
    "blocks": [
        section(
            "*<https://example.com/ferry|Ferry line>*", block_id="wr1.item", expand=True, accessory=IMAGE
        ),
        {"type": "context", "block_id": "wr1.meta", "elements": [mrkdwn("*Harbour News*"), IMAGE]},
        {
            "type": "rich_text",
            "elements": [
                {
                    "type": "rich_text_section",
                    "elements": [
                        {
                            "type": "link",
                            "url": "https://example.com",
                            "text": "Ferry",
                            "style": {"bold": True},
                        },
                        {"type": "text", "text": "\n"},
                        {"type": "date", "timestamp": 1776261049, "format": "{ago}", "fallback": "recently"},
                    ],
                }
            ],
        },
        {"type": "divider"},
        actions(button(), {"type": "overflow", "action_id": "more", "options": [option("Mute")]}),
    ],
    "metadata": {"event_type": "wireroom_item", "event_payload": {"item": "it_7F3K", "rev": 1}},
}


def said(*blocks: Json) -> list[str]:
    """All that is wrong with a message of these blocks."""
    return [
        str(each) for each in contract.message("chat.postMessage", CARD | {"blocks": list(blocks)}).everything
    ]


def test_our_payloads_pass() -> None:
    """A card, a form and a Home tab of our kinds break nothing."""
    assert contract.message("chat.postMessage", CARD).everything == ()
    assert contract.view(FORM).everything == ()
    home = {"type": "home", "callback_id": "wr.home", "blocks": CARD["blocks"]}
    assert contract.view(home, "home").everything == ()
    answer = {
        "response_type": "ephemeral",
        "text": "Undone.",
        "blocks": [section()],
        "replace_original": True,
    }
    assert contract.response(answer).everything == ()


def image(**more: object) -> Json:
    """An image block."""
    return IMAGE | more


def confirm(**more: object) -> Json:
    """A question before a button does something."""
    return {
        "title": plain("Sure?"),
        "text": plain("Really?"),
        "confirm": plain("Yes"),
        "deny": plain("No"),
    } | more


LIMITS = [
    (50, lambda n: [section() for _ in range(n)]),
    (255, lambda n: [section(block_id="b" * n)]),
    (3000, lambda n: [section("x" * n)]),
    (10, lambda n: [{"type": "section", "fields": [mrkdwn("x")] * n}]),
    (2000, lambda n: [{"type": "section", "fields": [mrkdwn("x" * n)]}]),
    (150, lambda n: [{"type": "header", "text": plain("x" * n)}]),
    (10, lambda n: [{"type": "context", "elements": [mrkdwn("x")] * n}]),
    (25, lambda n: [actions(*(button(action_id=f"a{i}") for i in range(n)))]),
    (255, lambda n: [actions(button(action_id="a" * n))]),
    (75, lambda n: [actions(button(text=plain("x" * n)))]),
    (2000, lambda n: [actions(button(value="x" * n))]),
    (75, lambda n: [actions(button(accessibility_label="x" * n))]),
    (3000, lambda n: [actions(button(url="https://" + "x" * (n - 8)))]),
    (100, lambda n: [actions(button(confirm=confirm(title=plain("x" * n))))]),
    (300, lambda n: [actions(button(confirm=confirm(text=plain("x" * n))))]),
    (30, lambda n: [actions(button(confirm=confirm(deny=plain("x" * n))))]),
    (5, lambda n: [actions({"type": "overflow", "options": [option(str(i)) for i in range(n)]})]),
    (100, lambda n: [actions(select(*map(str, range(n))))]),
    (10, lambda n: [actions({"type": "radio_buttons", "options": [option(str(i)) for i in range(n)]})]),
    (75, lambda n: [actions(select("x" * n))]),
    (150, lambda n: [actions({"type": "overflow", "options": [option("x", "v" * n)]})]),
    (150, lambda n: [actions(select("x", placeholder=plain("x" * n)))]),
    (3000, lambda n: [image(image_url="https://" + "x" * (n - 8))]),
    (2000, lambda n: [image(alt_text="x" * n)]),
    (2000, lambda n: [image(title=plain("x" * n))]),
    (2000, lambda n: [field(TEXT, label=plain("x" * n))]),
    (3000, lambda n: [field(TEXT | {"max_length": n})]),
]


@pytest.mark.parametrize(("most", "blocks"), LIMITS)
def test_limits(most: int, blocks: Any) -> None:  # noqa: ANN401 - a lambda of the table
    """What is as long as Slack allows passes; one more is refused."""
    assert said(*blocks(most)) == []
    assert len(said(*blocks(most + 1))) == 1


@pytest.mark.parametrize(
    ("blocks", "words"),
    [
        ([{"type": "section"}], "text or fields"),
        ([section(), section(colour="red")], "colour"),
        ([section(block_id="a"), section(block_id="a")], "occurs 2 times"),
        ([actions(button(), button())], "action_id 'undo' occurs 2 times"),
        ([section("")], "must be 1 to 3000 characters"),
        ([actions()], "must be 1 to 25 items"),
        ([image(alt_text="")], "alt_text"),
        ([{"type": "image", "image_url": "https://example.com/a.png"}], "any of"),
        ([image(image_url="a.png")], "valid URL"),
        ([actions(button(url="javascript:alert(1)"))], "valid URL"),
        ([actions(button(style="loud"))], "style"),
        ([actions(button(text="Undo"))], "text"),
        ([{"type": "header", "text": mrkdwn("x")}], "plain_text"),
        ([actions(select("a", initial_option=option("a", "b")))], "word for word"),
        ([actions(select("a", "a"))], "occurs 2 times"),
        ([actions({"type": "static_select", "action_id": "v"})], "either options or option_groups"),
        ([{"type": "alert", "text": plain("x")}], "alert"),
        ([{"type": "wall", "text": plain("x")}], "wall"),
        ([{"type": "rich_text", "elements": [{"type": "text", "text": "x"}]}], "any of"),
        ([section(text=mrkdwn("x") | {"verbatim": False})], "verbatim"),
        ([section(text={"type": "mrkdwn", "text": "x"})], "verbatim"),
        ([section(text={"type": "plain_text", "text": "x"})], "emoji"),
        ([section("<!here> look")], "call nobody"),
        ([rich({"type": "broadcast", "range": "channel"})], "call nobody"),
    ],
)
def test_wrong_blocks(blocks: list[Json], words: str) -> None:
    """What Slack refuses, or reads as more than text, is found and named."""
    assert any(words in each for each in said(*blocks)), said(*blocks)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"unfurl_links": None}, "unfurl_links"),
        ({"unfurl_media": True}, "unfurl_media"),
        ({"parse": "full"}, "parse"),
        ({"link_names": False}, "link_names"),
        ({"text": None}, "screen readers"),
        ({"text": "<!subteam^S1> look"}, "call nobody"),
        ({"text": "x" * 4001}, "at most 4000"),
        ({"metadata": {"event_type": "item", "event_payload": {"who": "Maria Vega"}}}, "opaque"),
        ({"metadata": {"event_type": "item"}}, "event_payload"),
    ],
)
def test_unwelcome(change: Json, words: str) -> None:
    """What Slack would take and could turn text into more than text is found too."""
    verdict = contract.message("chat.postMessage", CARD | change)
    assert any(words in str(each) for each in verdict.everything)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"submit": None}, "submit"),
        ({"title": plain("x" * 25)}, "1 to 24"),
        ({"submit": plain("x" * 25)}, "1 to 24"),
        ({"close": plain("x" * 25)}, "1 to 24"),
        ({"private_metadata": "x" * 3001}, "3000"),
        ({"callback_id": "x" * 256}, "255"),
        ({"blocks": [section() for _ in range(101)]}, "100"),
        ({"blocks": [{"type": "markdown", "text": "x"}]}, "markdown"),
        ({"blocks": [field(TEXT | {"focus_on_load": True}, key) for key in "ab"]}, "focus_on_load"),
        ({"colour": "red"}, "colour"),
        ({"type": "form"}, "must be a modal"),
    ],
)
def test_wrong_views(change: Json, words: str) -> None:
    """What Slack refuses in a form is found and named."""
    form = {name: value for name, value in (FORM | change).items() if value is not None}
    assert any(words in str(each) for each in contract.view(form).everything)


def test_answers() -> None:
    """Acknowledgements of forms and menus are held against what Slack takes."""
    assert contract.submission({"response_action": "errors", "errors": {"q": "Not a word."}}).everything == ()
    assert contract.submission({"response_action": "push", "view": FORM}).everything == ()
    assert contract.submission({"response_action": "clear"}).everything == ()
    assert contract.submission({"response_action": "errors", "errors": {}}).breaches
    assert contract.submission({"text": "Done"}).breaches
    assert contract.options({"options": [option("Harbour News", "fd_1")]}).everything == ()
    assert contract.options({"options": [option("x", "v" * 151)]}).breaches
    assert contract.options({"options": [option("x")] * 101}).breaches
    assert contract.response({"text": "Done", "link_names": True}).breaches


async def test_manifest() -> None:
    """A manifest says which scopes, commands, shortcuts and events there are, and is judged itself."""
    async with FakeSlack() as fake:
        fake.declare(manifest())
        assert fake.world.scopes == {"commands"}
        assert fake.world.subscribed == {"app_home_opened"}
        assert fake.world.shortcuts == {"wr.why": "message"}
        fake.declare(manifest(), optional=["users:read"])
        assert fake.world.scopes == {"commands", "users:read"}
        assert not fake.violations
        wrong = copy.deepcopy(manifest())
        wrong["features"]["slash_commands"][0]["usage"] = "word"
        fake.declare(wrong)
        assert "usage" in fake.violations[0]
        fake.violations.clear()


async def test_refusals_name_the_place() -> None:
    """Slack's answer to blocks it does not take names each place that is wrong."""
    async with FakeSlack() as fake:
        news = fake.world.add_channel("news")
        with pytest.raises(SlackApiError) as caught:
            await caller(fake).chat_postMessage(
                **CARD | {"channel": news.id, "blocks": [section("x" * 3001)]}
            )
        assert caught.value.response["error"] == "invalid_blocks"
        (message,) = caught.value.response["response_metadata"]["messages"]
        assert message.endswith("[json-pointer:/blocks/0/text/text]")
        assert len(fake.violations) == 1
        assert not fake.messages(news)
        fake.violations.clear()


async def test_typed_text() -> None:
    """What is typed arrives as Slack escapes it: mark-up dead, links, channels and people marked."""
    async with FakeSlack() as fake:
        world = fake.world
        maria = world.add_user("maria")
        news = world.add_channel("news", maria)
        world.add_channel("secret", private=True)
        expected = {
            "R&D <b>": "R&amp;D &lt;b&gt;",
            "add https://x.example/a?b=1&c=2.": "add <https://x.example/a?b=1&amp;c=2>.",
            "add example.com/feed": "add <http://example.com/feed|example.com/feed>",
            "in #news, #secret #none": f"in <#{news.id}|news>, #secret #none",
            "@maria a@b.example": f"<@{maria.id}|maria> <mailto:a@b.example|a@b.example>",
            "“solid state” –stocks": "“solid state” –stocks",
            "2.5 C# C#news node.js": "2.5 C# C#news node.js",
        }
        assert {text: sent(world, maria, text) for text in expected} == expected
