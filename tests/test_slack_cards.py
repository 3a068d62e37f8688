"""Cards on Slack: the payloads that must come out, and what can never come out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.fit import size
from adapters.picture import NO_ALT
from adapters.slack.cards import draw
from adapters.slack.drawn import Drawn, weight
from adapters.slack.limits import BLOCKS_TOGETHER, PLAIN_MOST, TEXT_MOST
from adapters.slack.plainer import plainer
from bot.models import (
    Button,
    Card,
    Correction,
    Image,
    Look,
    Message,
    Notice,
    Reason,
    Target,
    TargetKind,
    Why,
)
from bot.samples import ALERT, CARD, HOSTILE, NOTICE
from tests.loopback.slack import contract
from tests.slack_mrkdwn import parse, shown

WHEN = datetime(2026, 4, 15, 13, 50, 49, tzinfo=UTC)
LATER = datetime(2026, 4, 15, 15, 10, tzinfo=UTC)
SUMMARY = "Orkney Tidal Ltd (OTL), the isles’ power king, plans to spend 2.1 billion on a grid of cables…"
FERRIES = Card(
    title="Tidal power firm to spend US$2.1 billion on ferries’ harbour grid",
    source="Harbour News",
    link="https://example.org/ferries?id=7&a=b",
    summary=SUMMARY,
    author="Ada Byron",
    source_link="https://example.org",
    image=Image("https://example.org/ferry.jpg?itok=a&v=1"),
    published=WHEN,
)
LINKED = f"*<https://example.org/ferries?id=7&amp;a=b|{FERRIES.title}>*"
DATE = "<!date^1776261049^{date_short_pretty} at {time}|Apr 15, 2026 13:50 UTC>"
CORRECTED_AT = "<!date^1776265800^{date_short_pretty} at {time}|Apr 15, 2026 15:10 UTC>"
SPOKEN = f"{FERRIES.title} — Harbour News, by Ada Byron. {SUMMARY} https://example.org/ferries?id=7&amp;a=b"
PICTURE = {
    "type": "image",
    "image_url": "https://example.org/ferry.jpg?itok=a&v=1",
    "alt_text": NO_ALT,
}


def mrkdwn(text: str) -> dict[str, Any]:
    """Make a text object as it is sent."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


ITEM = {
    "type": "section",
    "block_id": "wr1.item",
    "expand": True,
    "text": mrkdwn(f"{LINKED}\n{SUMMARY}"),
    "accessory": PICTURE,
}
META = {
    "type": "context",
    "block_id": "wr1.meta",
    "elements": [mrkdwn(f"*Harbour News*  ·  Ada Byron  ·  {DATE}")],
}
TITLE = {
    "type": "link",
    "url": "https://example.org/ferries?id=7&a=b",
    "text": FERRIES.title,
    "style": {"bold": True},
}


def rich(*elements: dict[str, Any]) -> dict[str, Any]:
    """Make the block of a rich text as it is sent."""
    inside = [{"type": "rich_text_section", "elements": list(elements)}]
    return {"type": "rich_text", "block_id": "wr1.item", "elements": inside}


def text(words: str, **style: bool) -> dict[str, Any]:
    """Make a text of a rich text as it is sent."""
    return {"type": "text", "text": words} | ({"style": style} if style else {})


ME = Reason(91, "otl grid", "all feeds")
OTHER = Target("slack", "U5", kind=TargetKind.PERSON)
BUTTONS = (Button("Snooze 24 h", "/snooze 91 24h"), Button("Edit…", "/change 91"))
FOUND = replace(
    FERRIES,
    why=Why(("OTL", "grid"), ("title", "summary"), (ME,)),
    title_marks=((60, 64),),
    summary_marks=tuple((at, at + len(word)) for word in ("OTL", "grid") for at in [SUMMARY.index(word)]),
    buttons=BUTTONS,
)


def test_a_card_in_a_channel_is_a_section_with_its_picture_beside_it() -> None:
    """A channel's card is a linked bold title and its summary, the picture beside; below, who and when."""
    assert draw(FERRIES, direct=False) == Drawn(SPOKEN, (ITEM, META), layout="section", event="wireroom_item")


def test_a_large_picture_stands_below_a_rich_text() -> None:
    """Where a channel wants it large, the picture is a block of its own, after a text that begins rich."""
    drawn = draw(replace(FERRIES, look=Look(image="large")), direct=False)
    block = PICTURE | {"block_id": "wr1.img"}
    assert drawn == Drawn(SPOKEN, (rich(TITLE, text(f"\n{SUMMARY}")), block, META), layout="large")


def test_an_alert_says_first_why_it_comes() -> None:
    """An alert bears a line that says why, then its text with matched words in bold; its buttons go along."""
    drawn = draw(FOUND, direct=True)
    why = "Matched *OTL* and *grid* (title, summary)  ·  your follow `otl grid` in all feeds"
    before, between, after = (
        "Orkney Tidal Ltd (",
        "), the isles’ power king, plans to spend 2.1 billion on a ",
        " of cables…",
    )
    elements = (
        *(TITLE, text("\n"), text(before), text("OTL", bold=True)),
        *(text(between), text("grid", bold=True), text(after)),
    )
    assert drawn == Drawn(
        f"Alert “otl grid”: {SPOKEN} You get this because you follow “otl grid” in all feeds.",
        ({"type": "context", "block_id": "wr1.why", "elements": [mrkdwn(why)]}, rich(*elements), META),
        BUTTONS,
        "rich",
        "wireroom_alert",
    )


def test_a_correction_says_so_in_words() -> None:
    """A corrected card says when and what stood there before, under new block ids, in the layout it had."""
    earlier = Correction(LATER, "Tidal power firm to spend US$2.1 <million>")
    drawn = draw(replace(FERRIES, correction=earlier), direct=False, layout="section", revision=2)
    line = f"Headline corrected {CORRECTED_AT}. Earlier: “Tidal power firm to spend US$2.1 &lt;million&gt;”"
    meta = META | {"block_id": "wr1.meta.r2", "elements": [*META["elements"], mrkdwn(line)]}
    said = "(Earlier headline: Tidal power firm to spend US$2.1 &lt;million&gt;)"
    assert drawn.blocks == (ITEM | {"block_id": "wr1.item.r2"}, meta)
    assert drawn.text == f"Corrected headline: {SPOKEN} {said}"
    changed = draw(replace(FERRIES, correction=Correction(LATER, None)), direct=False)
    assert changed.blocks[1]["elements"][1] == mrkdwn(f"Corrected {CORRECTED_AT}")
    assert changed.text == f"Corrected: {SPOKEN}"


@pytest.mark.parametrize("layout", ["section", "rich", "large", "line", "plain"])
@pytest.mark.parametrize("look", [Look(), Look(compact=True), Look(image="large"), Look(image="none")])
@pytest.mark.parametrize("card", [FERRIES, replace(FERRIES, image=None), FOUND])
def test_an_edit_keeps_the_layout(card: Card, look: Look, layout: str) -> None:
    """Whatever the channel wants by now, a correction has the kind of block that was posted."""
    drawn = draw(replace(card, look=look), direct=False, layout=layout, revision=2)
    assert drawn.layout == layout
    items = [block["type"] for block in drawn.blocks if block["block_id"] == "wr1.item.r2"]
    assert (
        items
        == {
            "section": ["section"],
            "rich": ["rich_text"],
            "large": ["rich_text"],
            "line": ["section"],
            "plain": [],
        }[layout]
    )
    assert f"{FERRIES.title}" in drawn.text
    assert not complaints(drawn)


@pytest.mark.parametrize(
    ("why", "said", "spoken"),
    [
        (Why((), (), (ME,)), "your follow `otl grid` in all feeds", "you follow “otl grid” in all feeds."),
        (Why(("OTL",), ("title",), ()), "Matched *OTL* (title)", ""),
        (
            Why(("OTL",), ("title",), (ME, Reason(2, "a* `b`", "Harbour_ News"))),
            "Matched *OTL* (title)  ·  your follows `otl grid` in all feeds and `a* ˋbˋ` in *Harbourˍ News*",
            "“otl grid” in all feeds and “a∗ ˋbˋ” in Harbourˍ News.",
        ),
        (
            Why(("OTL",), ("title",), (Reason(2, "x", "all feeds", OTHER),)),
            "Matched *OTL* (title)  ·  somebody follows `x` in all feeds",
            "It comes because somebody follows “x” in all feeds.",
        ),
    ],
)
def test_an_alert_names_every_follow_and_rings_nobody(why: Why, said: str, spoken: str) -> None:
    """The line names the words and each follow with its feed; whose it is it does not say by a mention."""
    drawn = draw(replace(FERRIES, why=why), direct=False)
    assert drawn.blocks[0]["elements"] == [mrkdwn(said)]
    assert drawn.text.endswith(spoken)
    assert draw(replace(FERRIES, why=Why((), (), ())), direct=True).blocks[0]["type"] == "rich_text"


def test_of_very_many_follows_the_first_are_named() -> None:
    """A line that would be too long ends by the number of follows that it leaves out."""
    reasons = tuple(Reason(number, f"word{number} " * 9, "all feeds") for number in range(50))
    drawn = draw(replace(FERRIES, why=Why(("OTL",), ("title",), reasons)), direct=True)
    said = drawn.blocks[0]["elements"][0]["text"]
    assert "`word0 word0" in said
    assert said.endswith(" more")
    assert size(said) <= 1_000
    assert drawn.text.endswith(" and 47 more.")


@pytest.mark.parametrize(
    ("look", "card", "drawn_as"),
    [
        (Look(), FERRIES, ["section+image", "context"]),
        (Look(image="novel"), FERRIES, ["section+image", "context"]),
        (Look(image="small"), FERRIES, ["section+image", "context"]),
        (Look(image="none"), FERRIES, ["rich_text", "context"]),
        (Look(), replace(FERRIES, image=None), ["rich_text", "context"]),
        (Look(image="large"), FOUND, ["context", "rich_text", "image", "context"]),
        (Look(image="small"), FOUND, ["context", "rich_text", "context"]),
        (Look(compact=True), FERRIES, ["section"]),
        (Look(compact=True), FOUND, ["context", "rich_text", "context"]),
    ],
)
def test_the_picture_stands_where_the_channel_wants_it(look: Look, card: Card, drawn_as: list[str]) -> None:
    """Beside the text, large below it, or nowhere; without a picture the text is rich."""
    blocks = draw(replace(card, look=look), direct=False).blocks
    assert [block["type"] + ("+image" if "accessory" in block else "") for block in blocks] == drawn_as


@pytest.mark.parametrize(
    ("url", "beside", "below"),
    [
        ("http://example.org/a.jpg", "https://example.org/a.jpg", "https://example.org/a.jpg"),
        ("https://example.org/a.WEBP?x", "https://example.org/a.WEBP?x", None),
        ("data:image/png;base64,AAAA", None, None),
        ("https://example.org/a.SVG?x", None, None),
        ("https://example.org/" + "a" * 3_000, None, None),
        ("", None, None),
    ],
)
def test_only_a_picture_that_slack_shows_is_sent(url: str, beside: str | None, below: str | None) -> None:
    """A picture goes over https; what Slack would refuse or not show is left out, so that the card goes."""
    card = replace(FERRIES, image=Image(url, "A ferry"))
    block = draw(card, direct=False, layout="section").blocks[0].get("accessory")
    picture = {"type": "image", "alt_text": "A ferry"}
    assert block == (picture | {"image_url": beside} if beside else None)
    large = [
        one for one in draw(replace(card, look=Look(image="large")), direct=False).blocks if "alt_text" in one
    ]
    assert [one["image_url"] for one in large] == ([below] if below else [])


def test_a_compact_card_is_one_line() -> None:
    """Where a channel wants it compact, a card is a linked title and its facts."""
    card = replace(FERRIES, look=Look(compact=True))
    drawn = draw(card, direct=False)
    line = f"{LINKED}  ·  Harbour News  ·  Ada Byron  ·  {DATE}"
    section = {"type": "section", "block_id": "wr1.item", "expand": True, "text": mrkdwn(line)}
    assert drawn == Drawn(SPOKEN, (section,), layout="line")
    changed = draw(replace(card, correction=Correction(LATER, "Ferries stop")), direct=False)
    assert changed.blocks[0]["text"]["text"] == (
        f"{line}  ·  Headline corrected {CORRECTED_AT}. Earlier: “Ferries stop”"
    )


def test_a_very_long_address_is_kept_in_a_rich_text() -> None:
    """An address that leaves a section no room stands in a rich text; in a section the title stands alone."""
    card = replace(FERRIES, link="https://example.org/" + "a" * 2_900)
    drawn = draw(card, direct=False)
    assert drawn.layout == "rich"
    assert drawn.blocks[0]["elements"][0]["elements"][0]["url"] == card.link
    assert (
        draw(card, direct=False, layout="section").blocks[0]["text"]["text"].startswith(f"*{card.title}*\n")
    )


def test_a_notice_shows_what_only_the_shell_can_do() -> None:
    """A notice is its sentence; commands of the chat are buttons, those of the shell stand in words."""
    notice = Notice(
        "Feed *x* waits.", (Button("Pause", "/feeds pause 1"), Button("Post_ it", "wireroom d --retry 1"))
    )
    drawn = draw(notice, direct=True)
    words = rich(text("Feed *x* waits."), text("\nPost_ it: "), text("wireroom d --retry 1", code=True))
    assert drawn == Drawn(
        "Feed ∗x∗ waits.\nPostˍ it: `wireroom d --retry 1`",
        (words,),
        notice.buttons[:1],
        "rich",
        "wireroom_notice",
    )
    assert NOTICE.buttons[0].command in draw(NOTICE, direct=False).text


def complaints(drawn: Drawn) -> list[str]:
    """Say what Slack would refuse, or would have us do otherwise."""
    sent: dict[str, Any] = {"channel": "C1", "text": drawn.text, "parse": "none"}
    sent |= {"unfurl_links": False, "unfurl_media": False}
    if drawn.blocks:
        sent["blocks"] = [dict(block) for block in drawn.blocks]
    most = PLAIN_MOST if (drawn.layout, drawn.event) == ("plain", "wireroom_digest") else TEXT_MOST
    verdict = contract.message("chat.postMessage", sent | {"text": drawn.text[:TEXT_MOST]})
    found = [str(breach) for breach in verdict.everything]
    names = [block.get("block_id") for block in drawn.blocks if block["type"] != "divider"]
    if not drawn.text.strip() or len(set(names)) < len(names) or None in names:
        found.append("nothing to read, or names that are not each block's own")
    if weight(drawn.blocks) > BLOCKS_TOGETHER - 1_000 or size(drawn.text) > most:
        found.append("too much")
    return found


def steps(message: Message, *, direct: bool = True, layout: str = "") -> Iterator[Drawn]:
    """Draw a message in each form that it can take."""
    drawn: Drawn | None = draw(message, direct=direct, layout=layout)
    while drawn is not None:
        yield drawn
        drawn = plainer(drawn)


@pytest.mark.parametrize("letter", ["&", '"', "😀", "x", "* "])
@pytest.mark.parametrize("look", [Look(), Look(image="large"), Look(compact=True)])
def test_the_longest_card_is_taken(letter: str, look: Look) -> None:
    """A card that is full of what takes the most room is below what Slack ever refused."""
    long = letter * 9_000
    card = Card(long, long, f"https://e.org/{'&' * 1_980}", long, long, look=look, published=WHEN)
    card = replace(
        card, correction=Correction(LATER, long), image=Image("https://e.org/".ljust(2_990, "a"), long)
    )
    for drawn in steps(card):
        assert not complaints(drawn)


def test_a_long_text_is_cut_at_a_word() -> None:
    """A summary that is too long once it is escaped ends after a word, never in an entity."""
    drawn = draw(replace(FERRIES, summary="fish&chips " * 400), direct=False)
    for one in (drawn.text, drawn.blocks[0]["text"]["text"]):
        assert "fish&amp;chips… https" in one or one.endswith(" fish&amp;chips…")


@pytest.mark.parametrize("what", HOSTILE)
def test_the_samples_are_drawn(what: str) -> None:
    """Every hostile sample of the adapter contract comes out within Slack's limits, in each form."""
    for drawn in steps(HOSTILE[what]):
        assert not complaints(drawn)


def test_all_words_arrive() -> None:
    """Of the plain samples every word, address and query is in what is drawn."""
    drawn = repr(draw(CARD, direct=False)) + repr(draw(ALERT, direct=True))
    image = CARD.image or Image("")
    for words in (CARD.title, CARD.source, CARD.link, CARD.summary, CARD.author, image.url, image.alt):
        assert str(words) in drawn
    for query in ("gingerbread, chips", "marzipan, tariff"):
        assert f"`{query}`" in drawn
        assert f"“{query}”" in drawn
    assert shown(parse(draw(ALERT, direct=True).text)).startswith("Alert “gingerbread, chips”: Cobblestone")


def test_an_alert_of_hundreds_of_follows() -> None:
    """However many follow a word, the line that says why is short, and drawn without trying each length."""
    reasons = tuple(Reason(number, f"word {number}", "all feeds", OTHER) for number in range(800))
    asked = 0

    def called(target: Target) -> str:
        nonlocal asked
        asked += 1
        return target.id

    drawn = draw(replace(FOUND, why=Why(("OTL",), ("title",), reasons)), direct=False, called=called)
    (said,) = (block["elements"][0]["text"] for block in drawn.blocks if block["block_id"] == "wr1.why")
    assert len(said) <= 1_000
    assert "more" in said
    assert asked < 800
