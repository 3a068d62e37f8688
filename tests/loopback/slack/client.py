"""Bare Slack clients that talk to the fake: for tests of the fake, and of single rooms."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from tests.loopback.slack.server import FakeSlack


def caller(fake: FakeSlack) -> AsyncWebClient:
    """Give a client that tries nothing twice."""
    return AsyncWebClient(fake.bot_token, base_url=f"{fake.address}/api/", retry_handlers=[])


def bolt(fake: FakeSlack) -> AsyncApp:
    """Give an app that listens to nothing yet."""
    return AsyncApp(client=caller(fake), signing_secret=fake.signing_secret)


@asynccontextmanager
async def connected(fake: FakeSlack, app: AsyncApp) -> AsyncIterator[AsyncSocketModeHandler]:
    """Hold a Socket Mode connection open; pings often, so that it soon comes back."""
    handler = AsyncSocketModeHandler(app, fake.app_token, ping_interval=0.2)
    try:
        await handler.connect_async()  # type: ignore[no-untyped-call] # Bolt's own
        await fake.socket.connected()
        yield handler
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call] # Bolt's own


@asynccontextmanager
async def served(fake: FakeSlack, app: AsyncApp) -> AsyncIterator[str]:
    """Serve an app over HTTP and have the fake deliver there; gives the address."""
    runner = web.AppRunner(app.web_app("/slack/events"), shutdown_timeout=0.1)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        address = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        assert await fake.deliver_to(address)
        yield address
    finally:
        await runner.cleanup()
