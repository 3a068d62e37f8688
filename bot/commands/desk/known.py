"""What completions draw on: a person's follows, the feeds and words within reach, kept for a minute."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.command import Caller
from bot.commands import find
from bot.commands.tools import Tools
from bot.models import Follow, Target
from bot.store import follows
from bot.store.reach import Seen
from bot.words import words

KEPT = timedelta(minutes=1)
WAIT = 0.8
"""Seconds after which a completion goes on without: a platform asks again at the next key."""
PEOPLE = 500
"""People whose surroundings are kept."""
WORD_LEAST = 3
"""Letters of a word that is worth following, unless it is in capitals."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Known:
    """What is known around a person in one place."""

    reach: Mapping[int, str]
    """Feeds that they see, by number."""
    here: Mapping[int, str]
    """Feeds of the place."""
    follows: Sequence[Follow]
    newest: Sequence[Seen]
    """Newest posts within reach."""
    frequent: Sequence[tuple[str, int]]
    """Words of these posts' titles and in how many of them they are, the most frequent first."""


@dataclass(frozen=True, slots=True)
class _Asked:
    at: datetime
    answer: asyncio.Task[Known | None]


class Surroundings:
    """Looks around for a person once a minute, however fast they type."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._asked: dict[tuple[Target, Target], _Asked] = {}

    async def of(self, caller: Caller) -> Known | None:
        """Say what is known around a person; None where it takes too long or cannot be found out."""
        key, now = (caller.person, caller.place), self._tools.clock()
        asked = self._asked.get(key)
        if asked is None or not timedelta() <= now - asked.at < KEPT:
            asked = _Asked(now, asyncio.create_task(self._look(caller), name="look around"))
            self._asked.pop(key, None)
            self._asked[key] = asked
            if len(self._asked) > PEOPLE:
                del self._asked[next(iter(self._asked))]
        done, _ = await asyncio.wait([asked.answer], timeout=WAIT)
        return asked.answer.result() if done else None

    def forget(self, person: Target) -> None:
        """Look around anew for a person next time."""
        for key in [key for key in self._asked if key[0] == person]:
            del self._asked[key]

    async def _look(self, caller: Caller) -> Known | None:
        try:
            return await self._see(caller)
        except Exception:
            log.exception("complete.cannot_look_around")
            self.forget(caller.person)
            return None

    async def _see(self, caller: Caller) -> Known:
        tools = self._tools
        reach = await tools.reach.feeds(caller.person, find.space_of(caller))
        here = {one.feed_id: one.name for one in await find.feeds(tools, caller, here=True)}
        own = await tools.db.read(lambda c: follows.of_person(c, caller.person))
        newest = await tools.reach.newest(list(reach))
        return Known(reach, here, own, newest, frequent([seen.entry.title for seen in newest]))


def frequent(titles: Sequence[str]) -> list[tuple[str, int]]:
    """Count in how many titles each word is, in its most usual spelling, the most frequent first."""
    counts: Counter[str] = Counter()
    spellings: dict[str, Counter[str]] = {}
    for title in titles:
        found = {word.folded: title[word.start : word.end] for word in words(title) if not word.run}
        for text, spelling in found.items():
            if len(text) >= WORD_LEAST or spelling.isupper():
                counts[text] += 1
                spellings.setdefault(text, Counter())[spelling] += 1
    return [(spellings[text].most_common(1)[0][0], count) for text, count in counts.most_common()]
