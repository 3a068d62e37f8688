"""Messages and forms of any kind, to try on what platforms take: hypothesis' strategies for both."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import strategies as st

from bot.models import Button, Card, Correction, Digest, Image, Look, Message, Notice, Reason, Target, Why
from bot.reply import Choice, Field, FieldKind, Form

LATER = datetime(2026, 4, 15, 15, 0, tzinfo=UTC)
_SOME = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
LONG = st.builds(lambda text, times: text * times, _SOME, st.sampled_from([1, 5, 30, 300]))
"""Also long texts, which come too seldom by themselves."""
NAMES = st.from_regex(r"[a-z]{1,20}", fullmatch=True)
CHOICES = st.lists(st.builds(Choice, LONG, NAMES, LONG), max_size=30, unique_by=lambda one: one.value)
_FIELDS = st.builds(
    Field,
    NAMES,
    LONG,
    st.sampled_from(FieldKind),
    LONG | NAMES,
    LONG,
    CHOICES.map(tuple),
    st.booleans(),
    st.integers(min_value=1, max_value=9_000),
)
FORMS = st.builds(
    Form,
    LONG,
    st.just("/feeds settings 3"),
    st.lists(_FIELDS, min_size=1, max_size=7, unique_by=lambda one: one.name).map(tuple),
    LONG,
    st.none() | st.just(Button("Show what would have matched", "/preview")),
)


def cards(
    text: st.SearchStrategy[str], url: st.SearchStrategy[str], other: Target
) -> st.SearchStrategy[Card]:
    """Build cards and alerts; ``other`` is somebody who follows too."""
    reasons = st.builds(Reason, st.just(1), text, text, st.none() | st.just(other))
    why = st.builds(
        Why,
        st.lists(text, max_size=3).map(tuple),
        st.just(("title",)),
        st.lists(reasons, max_size=3).map(tuple),
    )
    return st.builds(
        Card,
        title=text,
        source=text,
        link=st.none() | url,
        summary=text,
        author=st.none() | text,
        source_link=st.none() | url,
        image=st.none() | st.builds(Image, url, st.none() | text),
        published=st.none() | st.datetimes(timezones=st.just(UTC)),
        correction=st.none() | st.builds(Correction, st.just(LATER), st.none() | text),
        why=st.none() | why,
        summary_marks=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=2).map(tuple),
        look=st.builds(
            Look, compact=st.booleans(), image=st.sampled_from(["usual", "small", "large", "none"])
        ),
    )


def messages(of: st.SearchStrategy[Card], text: st.SearchStrategy[str]) -> st.SearchStrategy[Message]:
    """Build messages: cards, notices, and digests of cards."""
    some = st.lists(of, min_size=1, max_size=3).map(tuple)
    return st.one_of(
        of,
        st.builds(Notice, text, st.lists(st.builds(Button, text, text), max_size=3).map(tuple)),
        st.builds(Digest, text, text, some, st.just(LATER), more=st.integers(0, 9)),
    )
