"""An entry becomes a card: cut, dated, and honest about its picture."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.card import ALT_LIMIT, NAME_LIMIT, NO_ALT, SUMMARY_LIMIT, TITLE_LIMIT, card
from bot.models import Card, Correction, Entry, Image

NOW = datetime(2026, 4, 15, 14, 0, tzinfo=UTC)
ENTRY = Entry(
    guid="tag:example.org,2026:1",
    title="Ferries run again after the storm",
    link="https://example.org/ferries",
    author="Ada Lind, Bo Ek",
    summary="The first boat left at six.",
    image=Image("https://cdn.example.org/boat.jpg?itok=x&v=1", "A white ferry leaves the harbour"),
    published=NOW - timedelta(minutes=10),
)


def made(entry: Entry, correction: Correction | None = None) -> Card:
    """Make a card of it as the tests show it."""
    return card(
        entry, source="Harbour News", source_link="https://example.org", now=NOW, correction=correction
    )


def pictured(url: str, alt: str | None = None) -> Image:
    """Make a card of an entry with this picture and give the card's."""
    image = made(Entry("1", "Title", image=Image(url, alt))).image
    assert image is not None
    return image


def test_a_short_entry_arrives_whole() -> None:
    """What fits is shown word for word, with the feed's name and address."""
    correction = Correction(NOW, "Ferries run again")
    assert made(ENTRY, correction) == Card(
        title="Ferries run again after the storm",
        source="Harbour News",
        link="https://example.org/ferries",
        summary="The first boat left at six.",
        author="Ada Lind, Bo Ek",
        source_link="https://example.org",
        image=Image("https://cdn.example.org/boat.jpg?itok=x&v=1", "A white ferry leaves the harbour"),
        published=NOW - timedelta(minutes=10),
        correction=correction,
    )


def test_a_long_summary_ends_with_a_sentence() -> None:
    """A summary is cut after the last whole sentence that fits."""
    first = (
        "The harbour was closed for three days while the storm stood over the islands, " * 2 + "they said."
    )
    summary = f"{first} {'Then the wind turned and everybody went out to look at the boats. ' * 5}"
    shown = made(Entry("1", "Title", summary=summary)).summary
    assert len(shown) <= SUMMARY_LIMIT
    assert shown.startswith(first)
    assert shown.endswith(".")


def test_a_long_title_is_cut_at_a_word() -> None:
    """A title loses its end, not its later sentences: half a headline is another headline."""
    shown = made(Entry("1", "It is over. " * 10 + "But nobody knows what begins now, " * 10)).title
    assert len(shown) <= TITLE_LIMIT
    assert shown.endswith("…")
    assert "But nobody" in shown


@given(st.text(max_size=9_000), st.text(max_size=3_000))
def test_every_text_has_its_limit(long: str, name: str) -> None:
    """No text of a card is longer than its limit or holds more than one line, the summary apart."""
    entry = Entry("1", long, "https://example.org/", name, long, Image("https://example.org/i.png", long))
    made_of = card(entry, source=name, source_link=None, now=NOW, correction=Correction(NOW, long))
    assert made_of.image is not None
    assert made_of.correction is not None
    assert len(made_of.summary) <= SUMMARY_LIMIT
    for text, limit in (
        (made_of.title, TITLE_LIMIT),
        (made_of.author or "", NAME_LIMIT),
        (made_of.source, NAME_LIMIT),
        (made_of.image.alt or "", ALT_LIMIT),
        (made_of.correction.earlier_title or "", TITLE_LIMIT),
    ):
        assert len(text) <= limit
        assert "\n" not in text


def test_a_title_is_never_empty() -> None:
    """Where there is no title the link stands in for it, and where there is none the feed's name."""
    assert made(Entry("1", "", "https://example.org/a")).title == "https://example.org/a"
    assert made(Entry("1", "")).title == "Harbour News"


@pytest.mark.parametrize(
    ("published", "updated", "shown"),
    [
        (NOW - timedelta(days=400), None, NOW - timedelta(days=400)),
        (NOW + timedelta(days=400), None, NOW),
        (None, NOW - timedelta(hours=1), NOW - timedelta(hours=1)),
        (None, NOW + timedelta(hours=1), NOW),
        (NOW - timedelta(hours=2), NOW - timedelta(hours=1), NOW - timedelta(hours=2)),
        (None, None, None),
    ],
)
def test_a_card_is_never_dated_later_than_now(
    published: datetime | None, updated: datetime | None, shown: datetime | None
) -> None:
    """A future date shows as now; without a date of publication the update counts; none is invented."""
    assert made(Entry("1", "Title", published=published, updated=updated)).published == shown


@pytest.mark.parametrize("alt", [None, "", "  ", "\u200b"])
def test_a_missing_alt_text_is_said_to_be_missing(alt: str | None) -> None:
    """A picture without alt text says so, rather than repeat the title or say nothing."""
    assert pictured("https://example.org/i.png", alt).alt == NO_ALT


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("http://cdn.example.org/i.jpg?a=http://b", "https://cdn.example.org/i.jpg?a=http://b"),
        ("HTTP://cdn.example.org/i.jpg", "https://cdn.example.org/i.jpg"),
        ("https://cdn.example.org/i.jpg", "https://cdn.example.org/i.jpg"),
        ("http://127.0.0.1:8000/i.jpg", "http://127.0.0.1:8000/i.jpg"),
        ("http://127.0.0.1/i.jpg", "http://127.0.0.1/i.jpg"),
        ("http://[::1]/i.jpg", "http://[::1]/i.jpg"),
        ("http://localhost/i.jpg", "http://localhost/i.jpg"),
        ("http://cdn.example.org:8080/i.jpg", "http://cdn.example.org:8080/i.jpg"),
        ("http://[broken/i.jpg", "http://[broken/i.jpg"),
        ("http://example.org:port/i.jpg", "http://example.org:port/i.jpg"),
    ],
)
def test_a_public_picture_is_asked_for_over_https(said: str, shown: str) -> None:
    """Plain http becomes https where the host can have a certificate; elsewhere the address stays true."""
    assert pictured(said).url == shown


def test_a_correction_of_the_link_has_no_earlier_headline() -> None:
    """A correction that changed no headline passes through as it is."""
    correction = Correction(NOW, None)
    assert made(ENTRY, correction).correction == correction
