"""The watch: the queries of all follows in memory, kept in step with their table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from bot.match import Matcher
from bot.models import Entry
from bot.store import follows
from bot.store.database import Database

Made = Sequence[tuple[int, str]]
"""Queries with their ids, oldest first."""


@dataclass(frozen=True, slots=True)
class Sightings:
    """What a look at some entries brought."""

    queries: tuple[list[int], ...]
    """For each entry the ids of the queries that it matches."""
    made: Made
    """Queries that were not known; ``Watch.learn`` them once the transaction that saw them stands."""


class Watch:
    """Says which queries new entries match, those just made by another process too.

    A transaction may be run again or come to nothing, and SQLite gives ids out anew that it took
    back. So what a look sees is learned only afterwards.
    """

    def __init__(self) -> None:
        self._matcher = Matcher()
        self._last = 0

    async def load(self, db: Database) -> None:
        """Learn all that there are now and make the index ready: seconds for a million."""
        self.learn(await db.read(self._made))
        self._matcher.match(Entry(guid="", title=""))

    def look(self, c: Connection, entries: Sequence[Entry]) -> Sightings:
        """Match entries against all queries that the transaction sees."""
        if not entries:
            return Sightings((), ())
        made = self._made(c)
        matchers = [self._matcher]
        if made:
            late = Matcher()
            for query_id, canonical in made:
                late.add_text(query_id, canonical)
            matchers.append(late)
        found = tuple([key for matcher in matchers for key in matcher.match(entry)] for entry in entries)
        return Sightings(found, made)

    def learn(self, made: Made) -> None:
        """Keep queries that are there to stay."""
        for query_id, canonical in made:
            self._matcher.add_text(query_id, canonical)
            self._last = max(self._last, query_id)

    def _made(self, c: Connection) -> Made:
        return follows.queries_after(c, self._last)
