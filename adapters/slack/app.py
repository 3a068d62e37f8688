"""The Bolt app: what Slack brings, each event once, and nothing asked of Slack before it is acknowledged."""

from __future__ import annotations

import logging
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any

from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.response import BoltResponse
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.identity import Identity
from adapters.slack.settings import SlackSettings
from adapters.slack.watch import Watch

REMEMBERED = 10_000
"""Events by which a repetition is known; Slack repeats one three times within an hour."""


class Quiet(logging.Filter):
    """Bolt reads SLACK_BOT_TOKEN from the environment too, and warns that it will not use it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Leave that line out."""
        return "`token`" not in str(record.msg)


ANY = re.compile(r"\w+")
"""Fits the type of any event; what is registered first goes first."""
_bolt = logging.getLogger("slack.bolt")
_bolt.addFilter(Quiet())


class Once:
    """Lets each event pass once: Slack sends one again whose acknowledgement it missed."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, None] = OrderedDict()

    def is_new(self, event_id: str) -> bool:
        """Say whether an event comes for the first time, and remember it."""
        if event_id in self._seen:
            return False
        self._seen[event_id] = None
        if len(self._seen) > REMEMBERED:
            self._seen.popitem(last=False)
        return True


def made(identity: Identity, settings: SlackSettings, once: Once) -> AsyncApp:
    """Make the app. It knows who it is: Bolt's own way would ask Slack before each first acknowledgement."""

    async def authorize(**context: Any) -> AuthorizeResult:  # noqa: ANN401 - Bolt's
        del context
        return AuthorizeResult(
            enterprise_id=None,
            team_id=identity.team,
            bot_token=settings.bot_token.get_secret_value(),
            bot_id=identity.bot_id,
            bot_user_id=identity.bot_user,
        )

    app = AsyncApp(
        logger=_bolt,
        client=AsyncWebClient(base_url=f"{settings.api}/api/", retry_handlers=[]),  # calls nothing
        authorize=authorize,
        request_verification_enabled=False,  # signed.py holds each request against the secret first
        # Who joined a channel may be the bot itself, which is what matters most.
        ignoring_self_events_enabled=False,
        attaching_conversation_kwargs_enabled=False,
    )

    @app.middleware  # type: ignore[untyped-decorator,unused-ignore]
    async def only_once(body: dict[str, Any], next: Callable[[], Awaitable[None]]) -> BoltResponse | None:  # noqa: A002 - Bolt passes arguments by name
        event_id = body.get("event_id")
        if isinstance(event_id, str) and not once.is_new(event_id):
            return BoltResponse(status=200, body="")
        await next()
        return None

    return app


async def passed_over() -> None:
    """Take an event that nobody asked for, so that Slack does not send it again."""


def watching(watch: Watch) -> Callable[..., Awaitable[None]]:
    """Make Bolt's listener of events, which Bolt acknowledges by itself."""

    async def take(event: dict[str, Any]) -> None:
        await watch.take(event)

    return take
