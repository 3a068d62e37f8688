"""How the fake Slack fails on demand, limits, and tells at its end what was wrong."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError

from tests.loopback.slack import (
    Failure,
    FakeSlack,
    Hang,
    InternalError,
    Late,
    LostAnswer,
    RateLimited,
    Rates,
    Refuse,
    Reset,
)
from tests.loopback.slack.client import caller
from tests.loopback.slack.faults import Fault
from tests.loopback.slack.scene import Scene, opened, refused


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    """One channel, one person."""
    async with opened() as scene:
        yield scene


@pytest.mark.parametrize(
    ("fault", "arrives"),
    [
        (LostAnswer(), True),
        (Reset(), False),
        (Failure(500), False),
        (Failure(503, accepted=True), True),
        (InternalError(), False),
        (InternalError("fatal_error", accepted=True), True),
        (Refuse("edit_window_closed"), False),
        (RateLimited(7), False),
        (Hang(0.05), True),
    ],
)
async def test_faults(scene: Scene, fault: Fault, *, arrives: bool) -> None:
    """Each fault happens once, and either the message stands there all the same or it does not."""
    scene.fake.fail("chat.postMessage", fault, when=lambda arguments: arguments["text"] == "Chips")
    await scene.post("Another")
    trouble: BaseException | None = None
    try:
        await scene.post()
    except (SlackApiError, aiohttp.ClientError, AttributeError) as error:
        trouble = error
    assert (trouble is None) is isinstance(fault, Hang)
    assert scene.shown == ["Another", "Chips"] if arrives else ["Another"]
    if isinstance(fault, RateLimited):
        assert isinstance(trouble, SlackApiError)
        assert trouble.response.headers["Retry-After"] == "7"
    await scene.post("Last")
    assert scene.shown[-1] == "Last"


async def test_late(scene: Scene) -> None:
    """A message can come to be only after its sender has hung up."""
    scene.fake.fail("chat.postMessage", Late())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await scene.post()
    await scene.fake.until(lambda: scene.shown)
    assert scene.shown == ["Chips"]


async def test_outage(scene: Scene) -> None:
    """While connections are refused nothing arrives; afterwards all is as it was."""
    await scene.fake.refuse_connections()
    with pytest.raises(aiohttp.ClientError):
        await scene.post()
    await scene.fake.accept_connections()
    await scene.post()
    assert scene.shown == ["Chips"]


async def test_rates() -> None:
    """A channel takes a short burst, then one message a second; the next channel has its own count."""
    async with opened(Rates(burst=2)) as scene:
        for _ in range(2):
            await scene.post()
        assert await refused(scene.post()) == "ratelimited"
        await scene.post(channel=scene.maria)
        assert (len(scene.shown), scene.fake.limited) == (2, 1)


async def test_names_of_messages(scene: Scene) -> None:
    """No two messages have one name, and names only grow, though the clock stands still."""
    moment = time.time()
    async with FakeSlack(now=lambda: moment) as fake:
        room = Scene(fake, caller(fake), fake.world.add_user("maria"), fake.world.add_channel("news"))
        names = [(await room.post())["ts"] for _ in range(3)]
    assert names == sorted(set(names))
    assert not scene.shown


async def test_the_end_tells(scene: Scene) -> None:
    """A violation fails the ``async with``, unless something else failed already."""
    await scene.client.chat_postMessage(channel=scene.news.id, text="Chips", parse="none")
    with pytest.raises(AssertionError, match="unfurl_links"):
        await scene.fake.__aexit__(None, None, None)
    scene.fake.violations.clear()
