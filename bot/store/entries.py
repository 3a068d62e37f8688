"""Entries: recognise them, remember them, correct them, forget them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    RowMapping,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)

from bot.models import Entry, Feed, Image
from bot.novelty import Change, Known, link_mark, title_mark
from bot.store.tables import deliveries, entries, feeds

FORGET_DAYS = 180
"""Days on which the feed answered without it, after which an entry is forgotten."""
TEXT_DAYS = timedelta(days=30)
TEXTS_KEPT = 50
"""Texts of a feed's newest entries are kept however old they are."""

_KNOWN = [entries.c[name] for name in Known.__dataclass_fields__]
TEXTS = (  # the columns that are not kept for ever
    "title",
    "link",
    "author",
    "summary",
    "image_url",
    "image_alt",
    "language",
    "published_at",
    "updated_at",
)


def known(c: Connection, feed_id: int, guids: Collection[str]) -> dict[str, Known]:
    """Load the known entries among these guids."""
    rows = c.execute(select(*_KNOWN).where(entries.c.feed_id == feed_id, entries.c.guid.in_(list(guids))))
    return {row.guid: Known(*row) for row in rows}


def alike(c: Connection, feed_id: int, titles: Collection[str]) -> tuple[list[Known], dict[str, int]]:
    """Load the entries that have one of these titles (marks), and how many have each of their links."""
    rows = c.execute(
        select(*_KNOWN).where(entries.c.feed_id == feed_id, entries.c.title_mark.in_(list(titles)))
    )
    found = [Known(*row) for row in rows]
    links = {match.link_mark for match in found if match.link_mark}
    if not links:
        return found, {}
    counts = c.execute(
        select(entries.c.link_mark, func.count())
        .where(entries.c.feed_id == feed_id, entries.c.link_mark.in_(links))
        .group_by(entries.c.link_mark)
    )
    return found, {mark: count for mark, count in counts if mark}


def add(
    c: Connection, feed: Feed, new: Sequence[Entry], *, held: Collection[str] = (), now: datetime
) -> dict[str, int]:
    """Remember new entries and return their ids by guid; ``held`` are the guids of those not posted."""
    if not new:
        return {}
    rows = [
        {
            "feed_id": feed.id,
            "guid": entry.guid,
            "seen_day": feed.days_answered,
            "first_seen_at": now,
            "held": entry.guid in held,
            **_texts(entry),
        }
        for entry in new
    ]
    made = c.execute(insert(entries).returning(entries.c.guid, entries.c.id), rows)
    return dict(made.all())


def _texts(entry: Entry) -> dict[str, Any]:
    return {
        "title_mark": title_mark(entry.title),
        "link_mark": link_mark(entry.link),
        "title": entry.title,
        "link": entry.link,
        "author": entry.author,
        "summary": entry.summary,
        "image_url": entry.image.url if entry.image else None,
        "image_alt": entry.image.alt if entry.image else None,
        "language": entry.language,
        "published_at": entry.published,
        "updated_at": entry.updated,
    }


def entry_of(row: RowMapping | Mapping[str, Any]) -> Entry:
    """Build an Entry from a row that has the text columns and the guid."""
    return Entry(
        guid=row["guid"],
        title=row["title"] or "",
        link=row["link"],
        author=row["author"],
        summary=row["summary"] or "",
        image=Image(row["image_url"], row["image_alt"]) if row["image_url"] else None,
        published=row["published_at"],
        updated=row["updated_at"],
        language=row["language"],
    )


def revise(c: Connection, changes: Sequence[Change], *, now: datetime) -> None:
    """Write what the publisher changed as a new revision."""
    for change in changes:
        values = _texts(change.entry)
        if change.entry.image is None:  # a feed that leaves the picture out for once did not correct it
            del values["image_url"], values["image_alt"]
        if change.retitled:
            values["earlier_title"] = change.known.title
        c.execute(
            update(entries)
            .where(entries.c.id == change.known.id)
            .values(**values, revision=entries.c.revision + 1, revised_at=now)
        )


def rekey(c: Connection, adopted: Sequence[Change]) -> None:
    """Give known entries the guids and links under which the feed now carries them."""
    for change in adopted:
        c.execute(
            update(entries)
            .where(entries.c.id == change.known.id)
            .values(guid=change.entry.guid, link=change.entry.link, link_mark=link_mark(change.entry.link))
        )


_SEEN = update(entries).where(entries.c.id == bindparam("b_id")).values(seen_day=bindparam("b_day"))


def see(c: Connection, present: Sequence[Known], *, day: int) -> None:
    """Note on which of the feed's days these entries were last in its document."""
    rows = [{"b_id": entry.id, "b_day": day} for entry in present if entry.seen_day != day]
    if rows:
        c.execute(_SEEN, rows)


def dates(
    c: Connection, feed_ids: Collection[int], *, since: datetime, now: datetime
) -> dict[int, tuple[datetime, int]]:
    """Give of each feed whose posts have dates the oldest of them, and how many are of the time since."""
    of_late = func.count().filter(entries.c.published_at >= since)
    rows = c.execute(
        select(entries.c.feed_id, func.min(entries.c.published_at), of_late)
        .where(entries.c.feed_id.in_(feed_ids), entries.c.published_at <= now)
        .group_by(entries.c.feed_id)
    )
    return {feed_id: (oldest, count) for feed_id, oldest, count in rows}


def newest(c: Connection, feed_id: int, *, limit: int, held: bool = False) -> list[tuple[int, Entry]]:
    """Load a feed's newest entries whose texts are kept, newest first, with their ids."""
    where: list[ColumnElement[bool]] = [entries.c.feed_id == feed_id, entries.c.title.is_not(None)]
    if held:
        where.append(entries.c.held)
    rows = c.execute(
        select(entries.c.id, entries.c.guid, *(entries.c[name] for name in TEXTS))
        .where(*where)
        .order_by(func.coalesce(entries.c.published_at, entries.c.first_seen_at).desc(), entries.c.id.desc())
        .limit(limit)
    )
    return [(row["id"], entry_of(row)) for row in rows.mappings()]


def count(c: Connection, feed_id: int) -> int:
    """Count what is known of a feed."""
    return c.execute(select(func.count()).where(entries.c.feed_id == feed_id)).scalar_one()


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What ``tidy`` removed."""

    entries: int
    texts: int


def tidy(c: Connection, *, now: datetime) -> Forgotten:
    """Forget entries long absent and drop old texts; a feed left with nothing gets a first poll.

    Age counts in days on which the feed answered, so that a site that was away for a year comes
    back to a bot that still knows it. What stands in the current document is never forgotten.
    """
    absent = exists().where(
        feeds.c.id == entries.c.feed_id,
        entries.c.seen_day < feeds.c.days_read,
        feeds.c.days_answered - entries.c.seen_day > FORGET_DAYS,
    )
    waiting = exists().where(
        deliveries.c.entry_id == entries.c.id,
        deliveries.c.state.in_(["pending", "sending", "doubt", "held", "bundled"]),
    )
    forgotten = (
        c.execute(delete(entries).where(absent, ~waiting).returning(entries.c.feed_id)).scalars().all()
    )
    # Not every feed without entries: one that never had any is known whole, and its first entry is new.
    emptied = and_(feeds.c.id.in_(set(forgotten)), ~exists().where(entries.c.feed_id == feeds.c.id))
    c.execute(
        update(feeds)
        .where(emptied)
        .values(first_polled_at=None, body_hash=None, etag=None, last_modified=None)
    )
    rank = func.row_number().over(partition_by=entries.c.feed_id, order_by=entries.c.id.desc())
    ranked = select(entries.c.id, rank.label("rank")).where(entries.c.title.is_not(None)).subquery()
    old = select(ranked.c.id).where(ranked.c.rank > TEXTS_KEPT)
    dropped = c.execute(
        update(entries)
        .where(and_(entries.c.first_seen_at < now - TEXT_DAYS, entries.c.id.in_(old)), ~waiting)
        .values(dict.fromkeys(TEXTS))
    ).rowcount
    return Forgotten(entries=len(forgotten), texts=dropped)
