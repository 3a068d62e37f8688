"""What works once it is known whose token it is; and asking that once, in no storm where nobody answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from adapters.slack.failures import AWAY, REVOKED
from adapters.slack.find import Finder
from adapters.slack.identity import Identity, identify
from adapters.slack.post import Poster
from adapters.slack.rights import Rights
from adapters.slack.rooms import Rooms
from adapters.slack.web import Failure, Web
from bot.errors import Busy

REFUSED_AGAIN = timedelta(hours=1)
"""Between tries of whatever waits for a token that Slack refuses; nothing is asked with it meanwhile."""


@dataclass(frozen=True, slots=True)
class Session:
    """The rooms that ask and post; none of them needs a connection for commands."""

    identity: Identity
    rooms: Rooms
    rights: Rights
    poster: Poster
    finder: Finder


class Login:
    """Gives the session, asking Slack whose token it is where that is not known yet."""

    def __init__(self, web: Web, make: Callable[[Identity], Session], *, again: float) -> None:
        """``again`` are seconds between two tries while Slack is away."""
        self._web = web
        self._make = make
        self._again = again
        self._asking: asyncio.Task[Session] | None = None
        self._until = 0.0
        self.session: Session | None = None
        """None until Slack has answered."""

    async def ready(self) -> Session:
        """Give the session; Busy while Slack is away or refuses the token."""
        if self._web.dead:
            raise Busy(REVOKED, retry_after=REFUSED_AGAIN, everywhere=True)
        if self.session is not None:
            return self.session
        wait = self._until - time.monotonic()
        if wait > 0:
            raise Busy(AWAY, retry_after=timedelta(seconds=wait), everywhere=True)
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask(), name="ask whose token it is")
            self._asking.add_done_callback(self._asked)
        # One question for all who wait; whoever loses patience takes the answer from nobody.
        return await asyncio.shield(self._asking)

    async def close(self) -> None:
        """Ask nothing more."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)

    def _asked(self, asking: asyncio.Task[Session]) -> None:
        self._asking = None
        if not asking.cancelled():
            asking.exception()  # whoever still waits gets it

    async def _ask(self) -> Session:
        try:
            self.session = self._make(await identify(self._web))
        except Failure as error:
            self._until = time.monotonic() + self._again
            reason = REVOKED if self._web.dead else AWAY
            raise Busy(reason, retry_after=timedelta(seconds=self._again), everywhere=True) from error
        return self.session
