"""Keeps each person's Home tab true: drawn when it is opened, and anew soon after they change something."""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary

import structlog

from adapters.slack import callers, home
from adapters.slack.callers import Act, People
from adapters.slack.web import Failure, Limited, Web
from bot.adapter import Ledger
from bot.command import Desk

FIRST = "/home"
"""The command that the page answers; its further pages are behind its buttons."""
PAUSE = 0.3
"""Seconds in which several changes become one."""
AGAIN = 5.0
"""Seconds after which a page is published once more that Slack did not take."""
LIMIT_MOST = 60.0
"""Seconds that Slack may ask to wait, before that is left to the next opening or change."""

log = structlog.get_logger()


class Homes:
    """Publishes pages to those who have ever opened theirs, one at a time for each person."""

    def __init__(
        self,
        desk: Desk,
        ledger: Ledger,
        web: Web,
        people: People,
        *,
        pause: float = PAUSE,
        again: float = AGAIN,
    ) -> None:
        self._desk = desk
        self._ledger = ledger
        self._web = web
        self._people = people
        self._pause = pause
        self._again = again
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        """Held from the question to the desk until Slack has the answer, or an older one could come last."""
        self._waiting: set[str] = set()
        """Whose page waits for its turn: all that changes until then will be on it."""
        self._tasks: set[asyncio.Task[None]] = set()

    async def opened(self, person: str) -> None:
        """Show the first page to a person who has opened the tab."""
        await self.turned(person, FIRST)

    async def turned(self, person: str, command: str) -> None:
        """Show another page, which stays until the tab is opened again."""
        await self._ledger.write(_key(person), command[:200])
        await self._drawn(person, command, 0.0)

    async def shown(self, person: str) -> str | None:
        """Name the command of the page that a person has; None where they never opened the tab."""
        return await self._ledger.note(_key(person))

    def changed(self, person: str, shown: str | None) -> None:
        """Draw a page anew, soon, for something on it may be another by now.

        ``shown`` is what ``shown`` said before the change: who has all about them forgotten is
        forgotten here too, and their page shall not stay as it was.
        """
        if shown is None or person in self._waiting:
            return
        task = asyncio.create_task(self._soon(person, shown), name="draw a home anew")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Draw nothing more."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _soon(self, person: str, shown: str) -> None:
        try:
            await self._drawn(person, shown, self._pause)
        except Exception as error:  # noqa: BLE001 - nobody waits for it; the next opening draws it
            log.warning("slack.home_not_drawn", error=type(error).__name__, reason=str(error)[:300])

    async def _drawn(self, person: str, shown: str, pause: float) -> None:
        """Draw what is so when it is its turn; one that waits already draws it for all that come after."""
        if person in self._waiting:
            return
        self._waiting.add(person)
        turn = self._turns.setdefault(person, asyncio.Lock())
        try:
            await asyncio.sleep(pause)
            await turn.acquire()
        finally:
            self._waiting.discard(person)
        try:
            wait = await self._published(person, shown)
            if wait is not None:
                await asyncio.sleep(wait)
                await self._published(person, shown)
        finally:
            turn.release()

    async def _published(self, person: str, shown: str) -> float | None:
        """Publish what is so now; where Slack does not take it, give the seconds until it might."""
        who = await callers.caller(Act(person, 0.0), self._people, space="")
        reply = await self._desk.answer(who, await self.shown(person) or shown)
        view = await home.view(reply, owner=person, ledger=self._ledger)
        try:
            await self._web.write("views.publish", user_id=person, view=view)
        except Failure as error:
            log.warning("slack.home_not_published", error=str(error))
            return min(error.seconds, LIMIT_MOST) if isinstance(error, Limited) else self._again
        return None


def _key(person: str) -> str:
    return f"home:{person}"
