"""Digests on Slack: numbered items that all arrive, however long, and what gives way first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.address import address
from adapters.slack.cards import draw
from adapters.slack.digest import fits
from adapters.slack.drawn import Drawn, weight
from adapters.slack.limits import DIGEST_MOST, URL_MOST
from bot.models import Button, Card, Correction, Digest, Why
from bot.samples import DIGEST, HOSTILE
from tests.slack_mrkdwn import kinds, parse, shown, walk
from tests.test_slack_cards import complaints, mrkdwn
from tests.test_slack_escape import TEXT

NOW = datetime(2026, 4, 16, 8, 0, tzinfo=UTC)
SCHEDULE = (Button("Change schedule", "/digest form"), Button("Manage follows", "/following"))


def item(
    title: str, link: str, author: str | None, age: int, word: str, source: str = "Harbour News"
) -> Card:
    """Make an item as a digest gets it."""
    why = Why((word,), ("title",), ())
    return Card(title, source, link, author=author, published=NOW - timedelta(hours=age), why=why)


def date(stamp: int, said: str) -> str:
    """Write a time as it is sent."""
    return f"<!date^{stamp}^{{date_short_pretty}} at {{time}}|{said} UTC>"


ITEMS = (
    item(
        "Ferries run again: grid ‘equal to 10 times 2025’",
        "https://example.org/a?b=c&d",
        "Ada Byron",
        1,
        "grid",
    ),
    item("Tidal power, again?", "https://example.org/b", None, 2, "tidal power"),
)
DAILY = Digest("Daily digest: 2 posts", "From 2 follows in 1 feed", ITEMS, NOW, buttons=SCHEDULE)


def texts(drawn: Drawn) -> list[str]:
    """Give the items' texts."""
    return [block["text"]["text"] for block in drawn.blocks if block["type"] == "section"]


def test_a_digest_is_a_numbered_list() -> None:
    """A digest is a header, its origin and time, and a section each: link, source, author, time, match."""
    first = (
        "*1.* <https://example.org/a?b=c&amp;d|Ferries run again: grid ‘equal to 10 times 2025’>\n"
        f"Harbour News · Ada Byron · {date(1776322800, 'Apr 16, 2026 07:00')} · matched *grid*"
    )
    second = (
        "*2.* <https://example.org/b|Tidal power, again?>\n"
        f"Harbour News · {date(1776319200, 'Apr 16, 2026 06:00')} · matched *tidal power*"
    )
    origin = f"From 2 follows in 1 feed  ·  {date(1776326400, 'Apr 16, 2026 08:00')}"
    header = {"type": "plain_text", "text": "Daily digest: 2 posts", "emoji": False}
    blocks: tuple[dict[str, Any], ...] = (
        {"type": "header", "block_id": "wr1.h", "text": header},
        {"type": "context", "block_id": "wr1.sub", "elements": [mrkdwn(origin)]},
        {"type": "section", "block_id": "wr1.d1", "text": mrkdwn(first)},
        {"type": "section", "block_id": "wr1.d2", "text": mrkdwn(second)},
        {"type": "divider"},
    )
    said = (
        "Your daily digest: 2 new posts. 1. Ferries run again: grid ‘equal to 10 times 2025’. "
        "2. Tidal power, again?"
    )
    drawn = draw(DAILY, direct=True)
    assert drawn == Drawn(said, blocks, SCHEDULE, "section", "wireroom_digest")
    assert draw(replace(DAILY, buttons=()), direct=True).blocks == blocks[:-1]


@pytest.mark.parametrize(
    ("title", "direct", "said"),
    [
        ("Daily digest: 1 post", True, "Your daily digest: 1 new post. "),
        ("Daily digest: 8 posts", False, "Daily digest: 8 new posts. "),
        ("From your quiet hours: 3 posts", True, "From your quiet hours: 3 new posts. "),
        ("5 more posts", True, "5 more posts. "),
        ("More posts, continued: 16 to 30 of 40", True, "More posts, continued: 16 to 30 of 40. "),
    ],
)
def test_a_notification_says_what_comes(title: str, said: str, *, direct: bool) -> None:
    """The line that a phone shows reads as a sentence; in a channel nothing is called “your”."""
    assert draw(replace(DAILY, title=title), direct=direct).text.startswith(said)


def test_numbers_go_on_and_the_rest_is_counted() -> None:
    """A second message goes on counting, and the last one says how many are left."""
    drawn = draw(replace(DAILY, first=16, more=12), direct=True)
    assert texts(drawn)[0].startswith("*16.* <")
    assert texts(drawn)[1].startswith("*17.* <")
    assert drawn.blocks[-2]["elements"] == [mrkdwn("and 12 more")]
    assert drawn.text.endswith(" 17. Tidal power, again? And 12 more.")


def test_a_correction_is_said() -> None:
    """An item that was corrected says so."""
    items = (replace(ITEMS[0], correction=Correction(NOW, "Old")),)
    (text,) = texts(draw(replace(DAILY, items=items), direct=True))
    assert text.endswith(f" · matched *grid* · corrected {date(1776326400, 'Apr 16, 2026 08:00')}")


def lengthy(title: int, link: int, count: int = 15) -> Digest:
    """Make items with titles and links of such lengths."""
    items = tuple(
        item(f"{n} {'word ' * title}"[:title].strip(), f"https://e.org/{n}".ljust(link, "a"), "Ada", 1, "x")
        for n in range(10, 10 + count)
    )
    return replace(DAILY, items=items)


@pytest.mark.parametrize(
    ("title", "link", "links", "facts", "whole"),
    [
        (100, 120, 15, True, True),
        (150, 250, 15, False, True),
        (240, 400, 15, False, False),
        (240, 2_000, 3, False, False),
    ],
)
def test_what_gives_way_first(title: int, link: int, links: int, *, facts: bool, whole: bool) -> None:
    """In a digest too long the facts go first, then the ends of titles, then the longest links."""
    digest = lengthy(title, link)
    items = [replace(one, link=one.link and one.link[: link - n]) for n, one in enumerate(digest.items)]
    items[0] = replace(items[0], link="https://e.org/")
    drawn = draw(replace(digest, items=tuple(items)), direct=True)
    assert not complaints(drawn)
    assert weight(drawn.blocks) <= DIGEST_MOST - 900
    assert ("matched" in texts(drawn)[0]) == facts
    assert all(one.title in text for one, text in zip(items, texts(drawn), strict=True)) == whole
    assert [text.partition(" ")[0] for text in texts(drawn)] == [f"*{number}.*" for number in range(1, 16)]
    assert sum("<https://e.org/" in text for text in texts(drawn)) == links


@pytest.mark.parametrize("letter", ["&", "<", '"', "😀", "x"])
def test_the_longest_item_is_taken(letter: str) -> None:
    """An item that is full of what takes the most room is within one section, with its link if that fits."""
    for link, count in ((2_400 // (5 if letter == "&" else 1), 1), (2_990, 0)):
        long = letter * 9_000
        url = "https://e.org/".ljust(link, "&" if letter == "&" else "x")
        card = item(long, url, long, 1, long, long)
        drawn = draw(Digest(long, long, (card,), NOW), direct=True)
        assert not complaints(drawn)
        assert texts(drawn)[0].count("<https://e.org/") == count


@pytest.mark.parametrize(
    ("digest", "count"),
    [(DAILY, 2), (lengthy(60, 60, 40), 15), (lengthy(240, 400), 9), (lengthy(240, 2_500), 2)],
)
def test_one_message_holds_so_many(digest: Digest, count: int) -> None:
    """So many items as are said to fit are drawn whole: facts, titles and links."""
    assert fits(digest) == count
    drawn = draw(replace(digest, items=digest.items[:count]), direct=True)
    assert weight(drawn.blocks) <= DIGEST_MOST - 900
    for one, text in zip(digest.items, texts(drawn), strict=False):
        assert f"|{one.title}>" in text
        assert " · matched " in text


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(TEXT, st.integers(1, 60), st.integers(0, 2_990)), min_size=1, max_size=15))
def test_every_item_arrives(items: list[tuple[str, int, int]]) -> None:
    """Whatever items hold, each has its number, all is within the limits, and no link is there but theirs."""
    cards = tuple(
        item(title * times, f"https://e.org/{'a' * length}", title, 1, title, title)
        for title, times, length in items
    )
    digest = Digest("Daily digest", "From 1 follow", cards, NOW)
    assert 1 <= fits(digest) <= len(cards)
    drawn = draw(digest, direct=True)
    assert not complaints(drawn)
    assert [text.partition(" ")[0] for text in texts(drawn)] == [f"*{n}.*" for n in range(1, len(cards) + 1)]
    for card, text in zip(cards, texts(drawn), strict=True):
        nodes = list(walk(parse(text)))
        assert kinds(nodes) <= {"bold", "link", "date"}
        assert {node.text for node in nodes if node.kind == "link"} <= {address(card.link, URL_MOST)}
    lengths = [len(card.link or "") for card in cards]
    if max(lengths) < 2_000 and sum(lengths) < 3_000:
        assert sum("<https://e.org/" in text for text in texts(drawn)) == len(cards)


@pytest.mark.parametrize("what", [what for what, message in HOSTILE.items() if isinstance(message, Digest)])
def test_the_samples_are_whole(what: str) -> None:
    """The hostile digests of the adapter contract keep every item and every link."""
    digest = HOSTILE[what]
    assert isinstance(digest, Digest)
    drawn = draw(digest, direct=True)
    assert len(texts(drawn)) == len(digest.items)
    assert sum("<https://example.org/a|" in text for text in texts(drawn)) == sum(
        bool(one.link) for one in digest.items
    )


def test_all_words_of_a_digest_arrive() -> None:
    """Title, number, headlines, links, matches and the rest of a plain digest are in what is drawn."""
    drawn = draw(DIGEST, direct=True)
    for one, text in zip(DIGEST.items, texts(drawn), strict=True):
        assert f"<{one.link}|{one.title}>" in text
        assert one.title in drawn.text
    assert "matched headline" in shown(parse(texts(drawn)[0]))
    assert "Dandelion digest" in repr(drawn.blocks)
    assert "Fromtwo follows" in repr(drawn.blocks)
