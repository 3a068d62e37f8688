"""The Slack adapter, opened against the Slack of ``tests.loopback.slack``."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any

from adapters.slack import SlackAdapter
from adapters.slack.names import NAME
from bot.adapter import Ledger, Ticket
from bot.clock import utc_now
from bot.command import Desk
from bot.models import Card, Target
from tests.loopback.slack import Channel, FakeSlack, Message
from tests.workspace import settings

CARD = Card(
    title="Ferry line orders two electric ships",
    source="Harbour Gazette",
    link="https://gazette.example/ferries/electric",
    summary="The line that serves the outer islands said the ships will sail from next spring.",
    author="Ines Okafor",
)


def made(slack: FakeSlack, **changed: Any) -> SlackAdapter:  # noqa: ANN401 - any of the settings
    """Make an adapter that is quicker than in life to give up and to try again."""
    return SlackAdapter(
        settings(slack, **changed), login_again=0.05, rest=0.05, grace=1.0, within=1.0, gap=0.01
    )


@asynccontextmanager
async def opened(
    slack: FakeSlack,
    ledger: Ledger | None = None,
    **changed: Any,  # noqa: ANN401 - any of the settings
) -> AsyncIterator[SlackAdapter]:
    """Open an adapter; a ``ledger`` that an earlier one wrote makes it the same bot after a restart."""
    adapter = made(slack, **changed)
    if ledger is not None:
        adapter.ledger = ledger
    async with adapter:
        yield adapter


@asynccontextmanager
async def listening(slack: FakeSlack, adapter: SlackAdapter, desk: Desk) -> AsyncIterator[None]:
    """Let an adapter listen, from the moment when its connections are open."""
    hearing = asyncio.create_task(adapter.listen(desk))
    try:
        await slack.socket.connected(2)
        yield
    finally:
        hearing.cancel()
        with suppress(asyncio.CancelledError):
            await hearing


def place(slack: FakeSlack, channel: Channel) -> Target:
    """Say where a channel of the fake is, as the bot writes it."""
    return Target(NAME, channel.id, slack.world.team_id)


def ticket(key: str = "t-1", at: datetime | None = None, attempt: int = 1) -> Ticket:
    """Make a ticket, of now unless told otherwise."""
    return Ticket(key, attempt, at or utc_now())


def keys(messages: list[Message]) -> list[str]:
    """Read by their metadata which deliveries these messages are."""
    return [str((message.metadata or {})["event_payload"]["item"]) for message in messages]
