"""Digests on Discord: numbered items that all arrive, however long, and what gives way first."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.address import address
from adapters.discord.cards import draw
from adapters.discord.drawn import Drawn
from adapters.discord.limits import URL_MOST
from bot.models import Button, Card, Correction, Digest, Why
from bot.samples import DIGEST, HOSTILE
from tests.discord_markdown import Node, kinds, parse, shown
from tests.test_discord_cards import complaints
from tests.test_discord_escape import TEXT

NOW = datetime(2026, 4, 16, 8, 0, tzinfo=UTC)
SCHEDULE = (Button("Change schedule", "/digest"), Button("Manage follows", "/following"))


def item(
    title: str, link: str, author: str | None, age: int, word: str, source: str = "Harbour News"
) -> Card:
    """Make an item as a digest gets it."""
    why = Why((word,), ("title",), ())
    return Card(title, source, link, author=author, published=NOW - timedelta(hours=age), why=why)


ITEMS = (
    item("Ferries run again: grid ‘equal to 10 times 2025’", "https://example.org/a", "Ada Byron", 1, "grid"),
    item("Tidal power, [again]", "https://example.org/b_(c)", None, 2, "tidal power"),
)
DAILY = Digest("Daily digest: 2 posts", "From 2 follows in 1 feed", ITEMS, NOW, buttons=SCHEDULE)


def test_a_digest_is_a_numbered_list() -> None:
    """A digest is an announcement and one embed: numbered links, with author, age and match in small type."""
    description = (
        "**1.** [Ferries run again: grid ‘equal to 10 times 2025’](https://example.org/a)\n"
        "-# Ada Byron · <t:1776322800:R> · matched grid\n"
        "**2.** [Tidal power, (again)](https://example.org/b_%28c%29)\n"
        "-# Harbour News · <t:1776319200:R> · matched tidal power"
    )
    embed = {
        "title": "Daily digest: 2 posts",
        "description": description,
        "color": 752245,
        "footer": {"text": "2 follows in 1 feed · /digest changes the schedule"},
    }
    assert draw(DAILY, direct=True) == Drawn(
        content="Your daily digest: 2 posts.",
        embeds=(embed,),
        buttons=SCHEDULE,
        title="Daily digest: 2 posts",
    )


def test_a_digest_in_a_channel_is_nobodys_own() -> None:
    """In a channel nothing is called “your”, and nobody is sent to change a schedule."""
    drawn = draw(DAILY, direct=False)
    assert not drawn.content
    assert drawn.embeds[0]["footer"] == {"text": "2 follows in 1 feed"}


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Daily and weekly digest: 8 posts", "Your daily and weekly digest: 8 posts."),
        ("From your quiet hours: 3 posts", "From your quiet hours: 3 posts."),
        ("5 more posts", "5 more posts."),
        ("More posts, continued: 16 to 30 of 40", "More posts, continued: 16 to 30 of 40."),
    ],
)
def test_a_notification_says_what_comes(title: str, said: str) -> None:
    """The line that a phone shows reads as a sentence, whatever the digest waited for."""
    assert draw(replace(DAILY, title=title), direct=True).content == said


def test_numbers_go_on_and_the_rest_is_counted() -> None:
    """A second message goes on counting, and the last one says how many are left."""
    description = draw(replace(DAILY, first=16, more=12), direct=True).embeds[0]["description"]
    assert "**16.** [Ferries" in description
    assert "\n**17.** [Tidal" in description
    assert description.endswith("\nand 12 more")


def test_of_several_feeds_each_item_names_its_own() -> None:
    """Where a digest gathers from several feeds, an item bears its feed beside its author."""
    items = (ITEMS[0], replace(ITEMS[1], source="Isle_Post", correction=Correction(NOW, "Old")))
    description = draw(replace(DAILY, items=items), direct=True).embeds[0]["description"]
    assert "-# Harbour News · Ada Byron · <t:" in description
    assert (
        "-# Isle\\_Post · <t:1776319200:R> · matched tidal power · corrected <t:1776326400:R>" in description
    )


def lengthy(title: int, link: int) -> Digest:
    """Make fifteen items with titles and links of such lengths."""
    items = tuple(
        item(
            f"{number} {'word ' * title}"[:title].strip(),
            f"https://e.org/{number}".ljust(link, "a"),
            "Ada",
            1,
            "x",
        )
        for number in range(10, 25)
    )
    return replace(DAILY, items=items)


@pytest.mark.parametrize(
    ("title", "link", "facts", "whole", "links"),
    [
        (80, 100, True, True, 15),
        (150, 220, False, True, 15),
        (250, 250, False, False, 15),
        (250, 2_000, False, False, 1),
    ],
)
def test_what_gives_way_first(title: int, link: int, links: int, *, facts: bool, whole: bool) -> None:
    """In a digest too long the small type goes first, then the ends of titles, then the longest links."""
    digest = lengthy(title, link)
    digest = replace(digest, items=(replace(digest.items[0], link="https://e.org/"), *digest.items[1:]))
    drawn = draw(digest, direct=True)
    text = "\n".join(embed["description"] for embed in drawn.embeds)
    assert not complaints(drawn)
    assert ("-# " in text) == facts
    assert all(one.title in text for one in digest.items) == whole
    assert [text.count(f"**{number}.** ") for number in range(1, 16)] == [1] * 15
    assert text.count("](https://") == links


def test_a_long_digest_takes_several_embeds() -> None:
    """An item stands in one embed as a whole; the first bears the title and the last the footer."""
    drawn = draw(lengthy(100, 200), direct=True)
    assert not complaints(drawn)
    first, last = drawn.embeds
    assert ("title" in first, "footer" in first) == (True, False)
    assert ("title" in last, "footer" in last) == (False, True)
    assert last["description"].startswith("**")


def links(nodes: tuple[Node, ...]) -> list[str]:
    """Give where the links lead, in order."""
    return [node.text for node in nodes if node.kind == "link"]


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(TEXT, st.integers(1, 60), st.integers(0, 1_990)), min_size=1, max_size=15),
    st.booleans(),
)
def test_every_item_arrives(items: list[tuple[str, int, int]], direct: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    """Whatever items hold, each has its number, all is within the limits, and no link is there but theirs."""
    cards = tuple(
        item(title * times, f"https://e.org/{'a' * length}", title, 1, title, title)
        for title, times, length in items
    )
    drawn = draw(Digest("Daily digest", "From 1 follow", cards, NOW), direct=direct)
    assert not complaints(drawn)
    text = "\n".join(embed["description"] for embed in drawn.embeds)
    numbers = [line.split(".", 1)[0] for line in text.split("\n") if line.startswith("**")]
    assert numbers == [f"**{number}" for number in range(1, len(cards) + 1)]
    found = [link for embed in drawn.embeds for link in links(parse(embed["description"]))]
    assert kinds(parse(text)) <= {"strong", "link", "subtext", "time"}
    wanted = iter(address(card.link, URL_MOST) for card in cards)
    assert all(link in wanted for link in found)
    if sum(map(len, (card.link or "" for card in cards))) < 3_000:
        assert len(found) == len(cards)


def test_square_brackets_cost_no_link() -> None:
    """However many open brackets its texts hold, each item keeps its link."""
    cards = [item("[" * 20, f"https://e.org/{number}", "[[", 1, "[[", "[[") for number in range(3)]
    drawn = draw(Digest("Daily digest", "From 1 follow", tuple(cards), NOW), direct=True)
    found = [link for embed in drawn.embeds for link in links(parse(embed["description"]))]
    assert found == [card.link for card in cards]


@pytest.mark.parametrize("what", [what for what, message in HOSTILE.items() if isinstance(message, Digest)])
def test_the_samples_are_whole(what: str) -> None:
    """The hostile digests of the adapter contract keep every item and every link."""
    digest = HOSTILE[what]
    assert isinstance(digest, Digest)
    text = "\n".join(embed["description"] for embed in draw(digest, direct=True).embeds)
    assert text.count("](https://example.org/a)") == len([one for one in digest.items if one.link])


def test_all_words_of_a_digest_arrive() -> None:
    """Title, number, headlines, links, matches and the rest of a plain digest are in what is drawn."""
    (embed,) = draw(DIGEST, direct=True).embeds
    text = shown(parse(embed["description"]))
    for one in DIGEST.items:
        assert one.title in text
        assert f"]({one.link})" in embed["description"]
    assert "matched headline" in text
    assert "16. Saltmarsh" in text
    assert "and 7 more" in text
    assert embed["footer"]["text"].startswith("Fromtwo follows")
