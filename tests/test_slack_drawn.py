"""Whatever feeds hold and people type: on Slack it is shown as it is, and does nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.address import address
from adapters.slack.cards import draw
from adapters.slack.drawn import Drawn
from adapters.slack.limits import URL_MOST
from bot.models import Button, Card, Correction, Digest, Image, Look, Message, Notice, Reason, Why
from bot.text import clean, clean_paragraphs
from tests import anything
from tests.slack_mrkdwn import kinds, parse, walk
from tests.test_slack_cards import FERRIES, LATER, OTHER, complaints, steps
from tests.test_slack_escape import TEXT, URL, WAYS, seen, told

CARDS = anything.cards(TEXT, URL, OTHER)
MESSAGES = anything.messages(CARDS, TEXT)


def written(drawn: Drawn) -> Iterator[str]:
    """Give each text in which Slack looks for mark-up."""
    yield drawn.text
    for block in drawn.blocks:
        objects = [block.get("text", {}), *block.get("elements", ())]
        yield from (one["text"] for one in objects if one.get("type") == "mrkdwn")


def parts(drawn: Drawn) -> list[dict[str, Any]]:
    """Give the parts of its rich texts."""
    blocks = [block for block in drawn.blocks if block["type"] == "rich_text"]
    return [part for block in blocks for section in block["elements"] for part in section["elements"]]


STRANGE = replace(
    FERRIES,
    source="*<!channel>* &lt;!here&gt;",
    author="<https://e.org|x> _*",
    title="> *_~`x`~_* <@U1> | :joy:",
    summary="&gt; <!everyone>\n> `<#C1>`\n```x```",
    correction=Correction(LATER, "`c` <@U1> *"),
)


@example(STRANGE, "section")
@example(replace(STRANGE, look=Look(compact=True)), "line")
@example(replace(STRANGE, why=Why(("*", "`"), (), (Reason(1, "`*` <@U1>", "*_", OTHER),))), "rich")
@example(replace(STRANGE, why=Why((), (), (Reason(1, ":joy", "all feeds"),))), "")
@example(replace(FERRIES, summary=":joy:", summary_marks=((0, 1),)), "rich")
@given(MESSAGES, st.sampled_from(["", "section", "rich", "large", "line", "plain"]))
def test_whatever_comes_in_does_nothing(message: Message, layout: str) -> None:
    """No text of any message becomes more than text: all mark-up, links and times are ours."""
    cards = message.items if isinstance(message, Digest) else (message,) if isinstance(message, Card) else ()
    ours = {(address(card.link, URL_MOST) or "").replace("%2A", "*") for card in cards}
    for drawn in steps(message, layout=layout):
        assert not complaints(drawn)
        for part in parts(drawn):
            assert part["type"] in {"text", "link"}
            assert part["type"] == "text" or part["url"].replace("%2A", "*") in ours
        for one in written(drawn):
            nodes = list(walk(parse(one)))
            assert kinds(nodes) <= {"bold", "code", "link", "date"}
            assert {node.text.replace("%2A", "*") for node in nodes if node.kind == "link"} <= ours
            if one == drawn.text and drawn.layout != "plain":
                assert kinds(nodes) <= ({"code"} if isinstance(message, Notice) else set())


@given(CARDS)
def test_what_is_seen_is_the_text(card: Card) -> None:
    """Title and summary are seen as they are: exactly in a rich text, by their look-alikes in a section."""
    title = clean(card.title) or clean(card.source) or clean(card.link or "") or "(no title)"
    summary = clean_paragraphs(card.summary)
    whole = f"{title}\n{summary}" if summary else title
    assert "".join(part["text"] for part in parts(draw(card, direct=True, layout="rich"))) == whole
    block = next(one for one in draw(card, direct=True, layout="section").blocks if one["type"] == "section")
    for way in WAYS:
        assert seen(parse(block["text"]["text"], way)) == told(whole)
    assert told(title) in seen(parse(draw(card, direct=True).text))


@settings(max_examples=15, deadline=None)
@example("{time}", 154)
@example("&", 9_000)
@given(TEXT, st.integers(1, 9_000))
def test_any_length_is_taken(words: str, times: int) -> None:
    """However long the texts of a card are, each form of it is within all limits."""
    long = (words * times)[:9_000]
    query = long[:300]
    why = Why((query,) * 12, ("title",), (Reason(1, query, query), Reason(2, query, query, OTHER)) * 9)
    card = replace(FERRIES, title=long, source=long, author=long, summary=long)
    card = replace(card, correction=Correction(LATER, long), link=f"https://example.org/{long[:2_900]}")
    card = replace(card, image=Image(f"https://example.org/{long[:2_900]}", long))
    for one in (card, replace(card, why=why), Notice(long, _buttons(long))):
        for layout in ("", "section", "line"):
            for drawn in steps(one, layout=layout):
                assert not complaints(drawn)


def _buttons(words: str) -> tuple[Button, ...]:
    return (Button(words, words), Button(words, f"/{words}")) * 10
