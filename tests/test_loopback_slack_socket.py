"""The fake Slack's Socket Mode and signed HTTP, under a real Bolt: what arrives, and what is lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest
from aiohttp import web
from slack_bolt.app.async_app import AsyncApp

from tests.loopback.slack import FakeSlack, Unanswered, User
from tests.loopback.slack.client import bolt, caller, connected, served


class Ears:
    """An app that answers /follow, and counts what it hears."""

    def __init__(self, fake: FakeSlack) -> None:
        self.app: AsyncApp = bolt(fake)
        self.heard: list[str] = []
        self.event_ids: list[str] = []
        self.slow = 0.0
        self.listening = asyncio.Event()
        self.app.command("/follow")(self.follow)
        self.app.event("channel_archive")(self.archived)

    async def follow(self, ack: Any, command: dict[str, str]) -> None:  # noqa: ANN401 - Bolt's own
        """Answer a command with its own words."""
        self.heard.append(command["text"])
        self.listening.set()
        await asyncio.sleep(self.slow)
        await ack(text=f"You said: {command['text']}")

    async def archived(self, body: dict[str, str]) -> None:
        """Count an event."""
        self.event_ids.append(body["event_id"])


@pytest.fixture
async def slack() -> AsyncIterator[FakeSlack]:
    """A Slack that waits a tenth of its three seconds."""
    async with FakeSlack(deadline=0.3) as slack:
        yield slack


@pytest.fixture
def maria(slack: FakeSlack) -> User:
    """A person."""
    return slack.world.add_user("maria")


@pytest.fixture
def ears(slack: FakeSlack) -> Ears:
    """An app that is connected to nothing yet."""
    return Ears(slack)


async def test_command(slack: FakeSlack, maria: User, ears: Ears) -> None:
    """A command arrives as an envelope, and its acknowledgement is what the person sees."""
    news = slack.world.add_channel("news", maria)
    async with connected(slack, ears.app):
        call = await slack.types(maria, news, "/follow", "chips & ferries")
        answer = await call.answer()
        assert answer.text == "You said: chips &amp; ferries"
        assert answer.viewer is maria
        assert call.acknowledged_after is not None
        assert call.acknowledged_after < 0.3


async def test_too_late(slack: FakeSlack, maria: User, ears: Ears) -> None:
    """An acknowledgement after its time is worth nothing: the person sees an error, the judge says so."""
    ears.slow = 0.4
    async with connected(slack, ears.app):
        call = await slack.types(maria, slack.world.dm(maria), "/follow", "chips")
        assert await call.failure() == "operation_timeout"
        with pytest.raises(Unanswered):
            await call.answer()
        while call.acknowledged_after is None:
            await call.delivery.changed()
        assert call.acknowledged_after > 0.3
        assert not slack.ephemerals(maria)
    assert len(slack.violations) == 1
    assert "not acknowledged within 0.3 s" in slack.violations[0]
    slack.violations.clear()


async def test_without_connection(slack: FakeSlack, maria: User, ears: Ears) -> None:
    """Without a connection a command fails at once, and an event waits for the next one."""
    call = await slack.types(maria, slack.world.dm(maria), "/follow", "chips")
    assert call.failed == "dispatch_failed"
    news = slack.world.add_channel("news")
    slack.world.archive(news)
    async with connected(slack, ears.app):
        await slack.events[0].ack()
    assert len(ears.event_ids) == 1
    assert slack.events[0].attempt == 1


async def test_event_nobody_takes(slack: FakeSlack, ears: Ears) -> None:
    """An event that is not acknowledged comes once more by the same event_id, and is a violation."""
    news = slack.world.add_channel("news")
    async with connected(slack, ears.app):
        slack.world.rename(news, "ferries")
        while slack.events[0].attempt == 0:
            await slack.events[0].changed()
        again = slack.repeat(slack.events[0])
        assert again.payload["event_id"] == slack.events[0].payload["event_id"]
    assert "not acknowledged" in slack.violations[0]
    slack.violations.clear()


async def test_events_follow_subscription_and_scope(slack: FakeSlack, maria: User) -> None:
    """What the app did not subscribe to, has no scope for, or cannot see, it is not told."""
    world = slack.world
    secret = world.add_channel("secret", private=True)
    world.archive(secret)
    world.scopes.add("groups:read")
    world.unarchive(secret)
    world.leave(world.bot, secret)
    world.archive(secret)
    world.subscribed.remove("channel_rename")
    news = world.add_channel("news", maria)
    world.rename(news, "ferries")
    world.invite_bot(news, maria)
    world.uninstall()
    told = [each.payload["event"]["type"] for each in slack.events]
    assert told == [
        "group_unarchive",
        "group_left",
        "member_joined_channel",
        "tokens_revoked",
        "app_uninstalled",
    ]
    assert slack.events[2].payload["event"]["inviter"] == maria.id


async def test_refresh(slack: FakeSlack, maria: User, ears: Ears) -> None:
    """Asked to go, the client opens another connection, on which commands arrive."""
    async with connected(slack, ears.app):
        opened = slack.socket.opened
        slack.socket.refresh(grace=0.05)
        await slack.socket.reopened(opened)
        await (await slack.types(maria, slack.world.dm(maria), "/follow", "chips")).answer()
    assert ears.heard == ["chips"]


async def test_envelopes_shun_what_was_asked_to_go(slack: FakeSlack, maria: User, ears: Ears) -> None:
    """Of two connections the one that was asked to go gets nothing more."""
    async with aiohttp.ClientSession() as session, connected(slack, ears.app):
        opened = await caller(slack).apps_connections_open(app_token=slack.app_token)
        async with session.ws_connect(opened["url"]) as other:
            assert (await other.receive_json())["num_connections"] == 2
            slack.socket.links[1].closing = True
            for _ in range(3):
                await (await slack.types(maria, slack.world.dm(maria), "/follow", "chips")).answer()
    assert len(ears.heard) == 3


async def test_lost_with_its_connection(slack: FakeSlack, maria: User, ears: Ears) -> None:
    """Of what was under way when a connection was cut, a command is lost and an event comes again."""
    ears.slow = 0.2
    news = slack.world.add_channel("news")
    async with connected(slack, ears.app):
        call = await slack.types(maria, slack.world.dm(maria), "/follow", "chips")
        await ears.listening.wait()
        slack.world.archive(news)
        opened = slack.socket.opened
        slack.socket.drop()
        assert await call.failure() == "connection_closed"
        await slack.socket.reopened(opened)
        await slack.events[0].ack()
    assert len(set(ears.event_ids)) == 1


async def test_garbage(slack: FakeSlack, maria: User, ears: Ears) -> None:
    """A text that is no envelope is survived."""
    async with connected(slack, ears.app):
        slack.socket.send_garbage("no envelope")
        slack.socket.send_garbage()
        answer = await (await slack.types(maria, slack.world.dm(maria), "/follow", "chips")).answer()
        assert answer.viewer == maria


async def test_too_many_connections(slack: FakeSlack) -> None:
    """The eleventh connection is sent away, and an address is good for one."""
    async with aiohttp.ClientSession() as session:
        sockets = []
        for _ in range(11):
            opened = await caller(slack).apps_connections_open(app_token=slack.app_token)
            sockets.append(await session.ws_connect(opened["url"]))
        said = await sockets[-1].receive_json()
        assert said == {"type": "disconnect", "reason": "too_many_websockets"}
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(opened["url"])


# Signed HTTP


async def test_retried_request(slack: FakeSlack) -> None:
    """An event whose request failed comes again, numbered, with the reason and the same event_id."""
    seen: list[tuple[str | None, str | None, str]] = []

    async def hear(request: web.Request) -> web.Response:
        body = await request.json()
        if body["type"] == "url_verification":
            return web.json_response({"challenge": body["challenge"]})
        numbers = (request.headers.get(f"X-Slack-Retry-{name}") for name in ("Num", "Reason"))
        seen.append((*numbers, body["event_id"]))
        return web.Response(status=500 if len(seen) == 1 else 200)

    app = web.Application()
    app.router.add_post("/", hear)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        assert await slack.deliver_to(f"http://127.0.0.1:{runner.addresses[0][1]}/")
        slack.world.archive(slack.world.add_channel("news"))
        await slack.events[0].ack()
    finally:
        await runner.cleanup()
    event_id = slack.events[0].payload["event_id"]
    assert seen == [(None, None, event_id), ("1", "http_error", event_id)]


async def test_over_http(slack: FakeSlack, maria: User, ears: Ears) -> None:
    """Over HTTP the same commands and events arrive, signed."""
    news = slack.world.add_channel("news", maria)
    async with served(slack, ears.app):
        answer = await (await slack.types(maria, news, "/follow", "chips & ferries")).answer()
        assert answer.text == "You said: chips &amp; ferries"
        slack.world.archive(news)
        await slack.events[-1].ack()
    assert len(ears.event_ids) == 1


async def test_forged_requests(slack: FakeSlack, ears: Ears) -> None:
    """A wrong signature, an old time, or a signature of other words is refused by who verifies it."""
    body = urlencode({"command": "/follow", "text": "chips", "team_id": slack.world.team_id}).encode()
    async with served(slack, ears.app):
        assert (await slack.deliver_raw(body, signature="v0=00"))[0] == 401
        assert (await slack.deliver_raw(body, timestamp=time.time() - 600))[0] == 401
        assert (await slack.deliver_raw(body))[0] == 200
    assert ears.heard == ["chips"]


async def test_http_trouble(slack: FakeSlack, maria: User, ears: Ears) -> None:
    """Nobody behind the address: the person sees an error, and an event comes again with its number."""
    async with served(slack, ears.app) as address:
        pass
    call = await slack.types(maria, slack.world.dm(maria), "/follow", "chips")
    assert await call.failure() == "dispatch_failed"
    slack.world.archive(slack.world.add_channel("news"))
    while slack.events[0].attempt < 2:
        await slack.events[0].changed()
    assert slack.events[0].reason == "connection_failed"
    assert address.startswith("http://127.0.0.1")
