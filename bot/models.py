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
        """Write it as it is typed after ``--to``: ``terminal:news``, ``discord:1/2``, ``terminal:@maria``."""
        is_bare = self.kind is TargetKind.PERSON and not self.id.startswith("@")
        space = f"{self.space}/" if self.space else ""
        return f"{self.platform}:{space}{'@' if is_bare else ''}{self.id}"


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
    digest: bool = False
    """Its posts come together once a day instead of a card each."""


class Rhythm(StrEnum):
    """When what a follow found is sent, the soonest first."""

    NOW = "now"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


@dataclass(frozen=True, slots=True)
class Follow:
    """A keyword query of a person."""

    id: int
    owner: Target
    target: Target
    """Where its alerts go: the owner, or a channel."""
    typed: str
    """The query as the person wrote it, cleaned."""
    canonical: str
    rhythm: Rhythm
    created_at: datetime
    feed_id: int | None = None
    """Only this feed; None: all within reach."""
    space: str | None = None
    """Only feeds in this workspace or server; None: in each one that the person shares with the bot."""
    paused_at: datetime | None = None
    snoozed_until: datetime | None = None
    ended_at: datetime | None = None
    """Unfollowed; kept some days so that Undo can bring it back."""


@dataclass(frozen=True, slots=True)
class Habits:
    """When a person wants to hear from the bot; times of day are minutes after midnight, their time."""

    timezone: str | None = None
    """IANA name; None: not known yet, taken as UTC."""
    quiet_from: int | None = None
    quiet_until: int | None = None
    """Both or neither; from 22:00 until 07:00 runs over midnight."""
    daily_at: int = 8 * 60
    weekdays_only: bool = False
    """The daily digest comes from Monday to Friday."""
    weekly_day: int = 0
    """Monday is 0."""
    weekly_at: int = 8 * 60
    skip_shown: bool = False
    """No alert for a post that the channel in which the follow was made shows too."""


@dataclass(frozen=True, slots=True)
class Correction:
    """The publisher changed an entry after its card was posted."""

    at: datetime
    earlier_title: str | None
    """The headline the card carried before; None when only the link or the image changed."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A follow that an article satisfies."""

    follow_id: int
    query: str
    """As the person typed it."""
    scope: str
    """In words: “all feeds”, or a feed's name."""
    owner: Target | None = None
    """Who follows, where others read the card too; None: its reader."""


@dataclass(frozen=True, slots=True)
class Why:
    """Why a card comes: what matched, where, and by which follows."""

    words: tuple[str, ...]
    """As they stand in the article."""
    fields: tuple[str, ...]
    """Among title, summary, author."""
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """How a channel wants a feed's posts shown; ``bot.look`` holds the schema."""

    compact: bool = False
    """One line: linked title and source, no summary, no picture."""
    silent: bool = False
    """Without a notification, where the platform can."""
    thread: bool = False
    """In a thread, where the platform can."""
    image: str = "usual"
    """usual (whatever suits the platform), small, large or none."""
    more: tuple[tuple[str, str], ...] = ()
    """What only one platform has, by the names its adapter declared."""


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
    why: Why | None = None
    """Set where it is an alert."""
    title_marks: tuple[tuple[int, int], ...] = ()
    """Where matched words stand in ``title``: start and end in code points, sorted."""
    summary_marks: tuple[tuple[int, int], ...] = ()
    buttons: tuple[Button, ...] = ()
    look: Look = Look()


@dataclass(frozen=True, slots=True)
class Button:
    """Something a person can do about a message: a label and the command that does it."""

    label: str
    command: str
    """As typed, with its slash; what begins otherwise is for the operator's shell."""
    spoken: str = ""
    """The label for screen readers, where it says more: Snooze alerts for “chips” for 24 hours."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A plain sentence from the bot itself: a feed is failing, posts were held back."""

    text: str
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class Digest:
    """Several articles in one message, numbered so that people can refer to them."""

    title: str
    """Daily digest: 8 posts."""
    subtitle: str
    """From 2 follows in 1 feed."""
    items: tuple[Card, ...]
    at: datetime
    first: int = 1
    """The number of the first item: a long digest goes on in the next message."""
    more: int = 0
    """Items beyond the last message; a button shows them."""
    buttons: tuple[Button, ...] = ()


Message = Card | Notice | Digest
"""What a delivery carries to a target."""
