"""Slack's Web API: one call at a time, and what became of it when it failed."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping
from http import HTTPStatus
from typing import Any

import aiohttp
import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.settings import SlackSettings

Answer = Mapping[str, Any]
"""What a method answers, as Slack documents it."""

ANSWERED_WITHIN = 12.0
"""Seconds for one call; below the adapter's ``post_timeout``, so that it is said here what happened."""
DEAD_TOKEN = frozenset({"account_inactive", "invalid_auth", "not_authed", "token_expired", "token_revoked"})
"""Slack's word that a token is none any more: calling on would be a storm for nothing."""
LIMITED = frozenset({"ratelimited", "rate_limited"})
POST = "chat.postMessage"
FAILED = frozenset({"fatal_error", "internal_error", "request_timeout", "service_unavailable"})
"""Slack failed in mid-work, and perhaps did it all the same (docs.slack.dev, chat.postMessage, errors)."""
PAGES_MOST = 50

log = structlog.get_logger()


class Failure(Exception):
    """A call did not bring what was asked for."""


class Refused(Failure):
    """Slack answered with an error; nothing was done."""

    def __init__(self, error: str, answer: Answer) -> None:
        super().__init__(error)
        self.error = error
        self.answer = answer


class Revoked(Refused):
    """The token is none any more; nothing is called with it from now on."""


class Limited(Failure):
    """Slack asks to wait (429); nothing was done."""

    def __init__(self, method: str, seconds: float) -> None:
        super().__init__(f"{method}: wait {seconds:g} s")
        self.method = method
        self.seconds = seconds


class Unreached(Failure):
    """No request left: Slack, or the way there, is away."""


class Unanswered(Failure):
    """A request left, and nobody knows what Slack made of it."""


class Web:
    """Calls methods with the bot's token, and keeps what the answers tell of it."""

    def __init__(
        self,
        settings: SlackSettings,
        *,
        within: float = ANSWERED_WITHIN,
        clock: Callable[[], float] = time.monotonic,
        revoked: Callable[[str], None] | None = None,
    ) -> None:
        """``revoked`` is told once, with Slack's error, when the token dies."""
        self._token = settings.bot_token.get_secret_value()
        self._base = f"{settings.api}/api/"
        self._within = within
        self._clock = clock
        self._revoked = revoked
        self._session: aiohttp.ClientSession | None = None
        self._client: AsyncWebClient | None = None
        self._dead = ""
        self._waits: dict[str, float] = {}
        self.scopes: frozenset[str] = frozenset()
        """What the bot may do, as the last answer had it; empty before the first."""

    async def open(self) -> None:
        """Make the session; nothing is called yet."""
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=self._within), trust_env=True
        )
        # No retry handlers: slack_sdk's own for connection errors posts twice after a lost answer.
        self._client = AsyncWebClient(
            self._token, base_url=self._base, session=self._session, retry_handlers=[]
        )

    async def close(self) -> None:
        """End the session; closing twice is fine."""
        session, self._session, self._client = self._session, None, None
        if session is not None:
            await session.close()

    @property
    def client(self) -> AsyncWebClient:
        """slack_sdk's own client."""
        if self._client is None:
            raise Unreached("the connection to Slack is closed")
        return self._client

    @property
    def dead(self) -> str:
        """Slack's error of a token that is none any more; empty while it lives."""
        return self._dead

    def has(self, *scopes: str) -> bool:
        """Say whether the bot was granted all of these scopes."""
        return self.scopes.issuperset(scopes)

    def kill(self, error: str) -> None:
        """Forget the token: it was revoked, or the app was uninstalled."""
        if not self._dead:
            self._dead = error
            self._token = ""
            if self._client is not None:
                self._client.token = None
            if self._revoked is not None:
                self._revoked(error)

    async def write(self, method: str, **arguments: object) -> Answer:
        """Call a method that takes JSON; raises a kind of Failure. What is None is left out."""
        given = {name: value for name, value in arguments.items() if value is not None}
        return await self._call(method, "POST", json=given)

    async def read(self, method: str, **arguments: object) -> Answer:
        """Call a method that asks, or takes a form; raises a kind of Failure. What is None is left out."""
        given = {name: _plain(value) for name, value in arguments.items() if value is not None}
        return await self._call(method, "GET", params=given)

    async def pages(self, method: str, **arguments: object) -> AsyncIterator[Answer]:
        """Call a method that asks, page by page (at most 50); ``further`` says whether there are more."""
        cursor: str | None = None
        for _ in range(PAGES_MOST):
            answer = await self.read(method, **arguments, cursor=cursor)
            yield answer
            cursor = further(answer)
            if cursor is None:
                return

    async def _call(self, method: str, verb: str, **how: Any) -> Answer:  # noqa: ANN401 - slack_sdk's
        if self._dead:
            raise Revoked(self._dead, {})
        wait = self._waits.get(method, 0.0) - self._clock()
        if wait > 0:
            raise Limited(method, wait)
        try:
            async with asyncio.timeout(self._within):
                answer = await self.client.api_call(method, http_verb=verb, **how)
        except SlackApiError as error:
            raise self._failed(method, error) from error
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Unreached(type(error).__name__) from error
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError, AttributeError) as error:
            # AttributeError: slack_sdk stumbles over an answer that is no JSON.
            raise Unanswered(type(error).__name__) from error
        self._learn(answer.headers)
        return answer.data if isinstance(answer.data, dict) else {}

    def _failed(self, method: str, error: SlackApiError) -> Failure:
        answer = error.response
        status = int(getattr(answer, "status_code", None) or getattr(answer, "status", None) or 0)
        headers = getattr(answer, "headers", None) or {}
        data = getattr(answer, "data", None)
        said = data.get("error") if isinstance(data, dict) else None
        if status == HTTPStatus.TOO_MANY_REQUESTS or said in LIMITED:
            seconds = _seconds(headers)
            if method != POST:  # of which each channel has its own limit: turns.py
                self.hold(method, seconds)
            return Limited(method, seconds)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or not isinstance(said, str) or said in FAILED:
            return Unanswered(said if isinstance(said, str) else f"HTTP {status}")
        self._learn(headers)
        if said in DEAD_TOKEN:
            log.error("slack.token_refused", error=said)
            self.kill(said)
            return Revoked(said, data or {})
        return Refused(said, data or {})

    def hold(self, method: str, seconds: float) -> None:
        """Call a method no more for so long: the whole workspace is asked to wait."""
        self._waits[method] = max(self._waits.get(method, 0.0), self._clock() + seconds)

    def _learn(self, headers: Mapping[str, Any]) -> None:
        found = next((text for name, text in headers.items() if name.lower() == "x-oauth-scopes"), None)
        if found is not None:
            self.scopes = frozenset(scope.strip() for scope in str(found).split(",") if scope.strip())


def further(page: Answer) -> str | None:
    """Name the page behind one; None where it is the last."""
    return (page.get("response_metadata") or {}).get("next_cursor") or None


def _plain(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value) if isinstance(value, dict | list) else value


def _seconds(headers: Mapping[str, Any]) -> float:
    """Read how long to wait; a second where Slack does not say."""
    found = next((text for name, text in headers.items() if name.lower() == "retry-after"), "1")
    try:
        return min(3_600.0, max(1.0, float(found)))
    except ValueError:
        return 1.0
