"""The nouns of wireroom, frozen: what travels from a feed to a card."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

SUMMARY_LIMIT = 8_000
"""Characters of plain summary an entry keeps: keywords match all of it, only the card cuts."""

ENTRIES_LIMIT = 500
"""Entries of one document that are read; a feed that invents more is not worth reading further."""


class TargetKind(StrEnum):
    """What stands behind a target's id."""

    CHANNEL = "channel"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Target:
    """A place where a card can go.

    ``platform`` is an adapter's name, ``space`` the workspace or server ("" where the platform
    has none), ``id`` the platform's own id of the channel or person.
    """

    platform: str
    id: str
    space: str = ""
    kind: TargetKind = TargetKind.CHANNEL

    def __str__(self) -> str:
        """Write it as a person types it after ``--to``: ``terminal:news``."""
        return f"{self.platform}:{self.id}"


@dataclass(frozen=True, slots=True)
class Image:
    """A picture of an article: an absolute http(s) address and the publisher's alt text, if any."""

    url: str
    alt: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One article, as plain text.

    ``guid`` is its identity in its feed, already brought to one form (see ``bot.parse``).
    Texts hold no mark-up, no control characters and no bidi overrides; times are aware UTC.
    """

    guid: str
    title: str
    link: str | None = None
    author: str | None = None
    summary: str = ""
    image: Image | None = None
    published: datetime | None = None
    updated: datetime | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Hints:
    """What a document asks of those who poll it: RSS ttl, skipHours, skipDays, sy:updatePeriod."""

    ttl: timedelta | None = None
    update_every: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()
    """Hours of the day, UTC, 0 to 23."""
    skip_days: frozenset[int] = frozenset()
    """Days of the week, Monday is 0."""


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """A whole document: what the feed says of itself and its entries in document order."""

    title: str
    link: str | None
    language: str | None
    entries: tuple[Entry, ...]
    hints: Hints = Hints()
    dropped: int = 0
    """Entries left out because they hold nothing to show."""


@dataclass(frozen=True, slots=True)
class Feed:
    """An address that is polled once, however many channels carry it, and how it has fared."""

    id: int
    address: str
    host: str
    title: str
    created_at: datetime
    link: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    body_hash: bytes | None = None
    full_at: datetime | None = None
    """The last GET without conditions."""
    moved_to: str | None = None
    moved_times: int = 0
    first_polled_at: datetime | None = None
    """None: the next poll remembers what there is and posts only the sample."""
    changed_at: datetime | None = None
    """When an entry was last new."""
    answered_on: str | None = None
    days_answered: int = 0
    """Days on which it answered: the clock by which its entries are forgotten."""
    days_read: int = 0
    """``days_answered`` when a document of it was last parsed."""
    floods: int = 0
    """Polls in a row that brought more new entries than anybody wants to read."""
    own_interval: timedelta | None = None
    """What a person set."""
    gap: timedelta | None = None
    """The usual time between two entries."""
    hints: Hints = Hints()
    failures: int = 0
    failing_since: datetime | None = None
    answered_at: datetime | None = None
    trouble: str | None = None
    told_at: datetime | None = None
    silence_told_at: datetime | None = None
    lease: str = ""


@dataclass(frozen=True, slots=True)
class Subscription:
    """A feed in a channel."""

    id: int
    target_id: int
    added_by: int | None = None
    """The target of the person who added it; None: the operator."""
    sample: bool = False
    paused: bool = False


@dataclass(frozen=True, slots=True)
class Correction:
    """The publisher changed an entry after its card was posted."""

    at: datetime
    earlier_title: str | None
    """The headline the card carried before; None when only the link or the image changed."""


@dataclass(frozen=True, slots=True)
class Card:
    """All that an adapter ever sees of an article; every text is plain and already cut."""

    title: str
    source: str
    link: str | None = None
    summary: str = ""
    author: str | None = None
    source_link: str | None = None
    image: Image | None = None
    published: datetime | None = None
    correction: Correction | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """Something a person can do about a message: a label and the command that does it."""

    label: str
    command: str


@dataclass(frozen=True, slots=True)
class Notice:
    """A plain sentence from the bot itself: a feed is failing, posts were held back."""

    text: str
    buttons: tuple[Button, ...] = ()


Message = Card | Notice
"""What a delivery carries to a target."""
