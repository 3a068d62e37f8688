"""Keeps each person's Home tab true: drawn when it is opened, and anew soon after they change something."""

from __future__ import annotations

import asyncio

import structlog

from adapters.slack import home, names
from adapters.slack.web import Failure, Web
from bot.adapter import Ledger
from bot.command import Caller, Desk
from bot.models import Target, TargetKind
from bot.reply import Reply

FIRST = "/home"
"""The command that the page answers; its further pages are behind its buttons."""
PAUSE = 0.3
"""Seconds in which several changes become one."""

log = structlog.get_logger()


class Homes:
    """Publishes pages to those who have ever opened theirs."""

    def __init__(self, desk: Desk, ledger: Ledger, web: Web, *, pause: float = PAUSE) -> None:
        self._desk = desk
        self._ledger = ledger
        self._web = web
        self._pause = pause
        self._waiting: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def opened(self, person: str) -> None:
        """Show the first page to a person who has opened the tab."""
        await self._ledger.write(_key(person), FIRST)
        await self._publish(person, FIRST)

    async def turned(self, person: str, command: str, reply: Reply) -> None:
        """Show another page, which stays until the tab is opened again."""
        await self._ledger.write(_key(person), command[:200])
        await self._draw(person, reply)

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
        self._waiting.add(person)
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
            await asyncio.sleep(self._pause)
        finally:
            self._waiting.discard(person)
        try:
            await self._publish(person, await self.shown(person) or shown)
        except Exception as error:  # noqa: BLE001 - nobody waits for it; the next opening draws it
            log.warning("slack.home_not_drawn", error=type(error).__name__, reason=str(error)[:300])

    async def _publish(self, person: str, command: str) -> None:
        who = Target(names.NAME, person, kind=TargetKind.PERSON)
        await self._draw(person, await self._desk.answer(Caller(who, who), command))

    async def _draw(self, person: str, reply: Reply) -> None:
        view = await home.view(reply, owner=person, ledger=self._ledger)
        try:
            await self._web.write("views.publish", user_id=person, view=view)
        except Failure as error:
            log.warning("slack.home_not_published", error=str(error))


def _key(person: str) -> str:
    return f"home:{person}"
