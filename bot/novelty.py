"""What is new in a document: pure, from its entries and what is known of the feed.

New means: not known. Never a date: feeds re-date, post out of order and stamp midnight.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from bot.models import Entry
from bot.text import fold, strip_tracking


@dataclass(frozen=True, slots=True)
class Known:
    """An entry as the store remembers it; the texts are None once they are no longer kept."""

    id: int
    guid: str
    link_mark: str | None
    title_mark: str
    seen_day: int
    first_seen_at: datetime
    title: str | None
    link: str | None
    image_url: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """A known entry and what the document now says of it."""

    known: Known
    entry: Entry

    @property
    def retitled(self) -> bool:
        """Whether the headline itself changed."""
        return self.known.title != self.entry.title


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a document means: every entry of it is in one of these."""

    new: tuple[Entry, ...]
    """Never seen, oldest first."""
    changed: tuple[Change, ...]
    """Known, with another title, link or image."""
    adopted: tuple[Change, ...]
    """Known under another guid."""
    same: tuple[Known, ...]

    @property
    def known(self) -> tuple[Known, ...]:
        """All entries of the document that were known before."""
        return (*self.same, *(change.known for change in (*self.changed, *self.adopted)))


def title_mark(title: str) -> str:
    """Digest a title so that case, width, quotes and spaces make no difference."""
    return hashlib.blake2b(fold(title).encode(), digest_size=12).hexdigest()


def link_mark(link: str | None) -> str | None:
    """Reduce a link to what names the article: no scheme, no tracking, no fragment."""
    if not link:
        return None
    parts = urlsplit(strip_tracking(link))
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.netloc.lower()}{parts.path.rstrip('/')}{query}"


def article(entry_link_mark: str | None, entry_title_mark: str) -> str | None:
    """Name an article across feeds, by link and title; None without a link."""
    return None if entry_link_mark is None else f"{entry_title_mark}:{entry_link_mark}"


def judge(
    document: Sequence[Entry],
    *,
    known: Mapping[str, Known],
    alike: Iterable[Known],
    link_counts: Mapping[str, int],
) -> Verdict:
    """Tell the new from the known.

    ``known`` are the feed's known entries by guid, ``alike`` those that have the title of an entry
    whose guid is not known, ``link_counts`` how many known entries have each link of ``alike``.

    A guid that is not known is the same article re-keyed only if its link and title are both
    known, of one entry, whose own guid is gone from this document. A mark that several known
    entries share counts for nothing: status pages give all items one link, daily columns one title.
    """
    here = {entry.guid for entry in document}
    titles: dict[str, list[Known]] = {}
    for candidate in alike:
        titles.setdefault(candidate.title_mark, []).append(candidate)
    hosts = Counter(_host(link_mark(entry.link)) for entry in document)
    new: list[Entry] = []
    changed: list[Change] = []
    adopted: list[Change] = []
    same: list[Known] = []
    taken: set[int] = set()
    for entry in document:
        match = known.get(entry.guid)
        if match is None:
            match = _rekeyed(entry, titles, link_counts, hosts)
            if match is None or match.guid in here or match.id in taken:
                new.append(entry)
                continue
            adopted.append(Change(match, entry))
        elif _differs(match, entry):
            changed.append(Change(match, entry))
        else:
            same.append(match)
        taken.add(match.id)
    return Verdict(tuple(oldest_first(new)), tuple(changed), tuple(adopted), tuple(same))


def oldest_first(document: Sequence[Entry]) -> list[Entry]:
    """Order entries for posting: by date where all have one, else the document turned round."""
    turned = list(reversed(document))
    dated = [(entry.published, entry) for entry in turned if entry.published]
    if len(dated) < len(turned):
        return turned
    return [entry for _, entry in sorted(dated, key=lambda pair: pair[0])]


def _rekeyed(
    entry: Entry,
    titles: Mapping[str, list[Known]],
    link_counts: Mapping[str, int],
    hosts: Mapping[str | None, int],
) -> Known | None:
    mark = link_mark(entry.link)
    candidates = titles.get(title_mark(entry.title), [])
    if mark is None or len(candidates) != 1 or candidates[0].link_mark is None:
        return None
    candidate = candidates[0]
    old = candidates[0].link_mark
    if link_counts.get(old, 0) != 1:
        return None
    # A site that moved to another host keeps its paths, and nothing here links to the old host.
    moved = hosts.get(_host(old), 0) == 0 and _path(old) == _path(mark) != ""
    return candidate if old == mark or moved else None


def _host(mark: str | None) -> str | None:
    return None if mark is None else mark.partition("/")[0]


def _path(mark: str) -> str:
    return mark.partition("/")[2]


def _differs(known: Known, entry: Entry) -> bool:
    if known.title is None:
        return False
    return (
        known.title != entry.title
        or known.link_mark != link_mark(entry.link)
        or _picture(known.image_url) != _picture(entry.image.url if entry.image else known.image_url)
    )


def _picture(url: str | None) -> tuple[str, str] | None:
    """Name a picture by host and path: query strings hold signatures and sizes that change."""
    if url is None:
        return None
    parts = urlsplit(url)
    return parts.netloc, parts.path
