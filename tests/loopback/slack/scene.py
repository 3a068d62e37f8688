"""A workspace with one channel, one person and a bare client, for tests of the fake itself."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.loopback.slack.client import caller
from tests.loopback.slack.limits import Rates
from tests.loopback.slack.nouns import Channel, User
from tests.loopback.slack.server import FakeSlack

QUIET: dict[str, Any] = {"unfurl_links": False, "unfurl_media": False, "parse": "none"}


@dataclass
class Scene:
    """A workspace with a channel and a person, and a client."""

    fake: FakeSlack
    client: AsyncWebClient
    maria: User
    news: Channel

    async def post(self, text: str = "Chips", channel: Channel | User | None = None, **more: object) -> Any:  # noqa: ANN401 - Slack's answer
        """Post a message."""
        place = channel or self.news
        return await self.client.chat_postMessage(**{"channel": place.id, "text": text, **QUIET, **more})

    @property
    def shown(self) -> list[str]:
        """What the channel shows."""
        return [each.text for each in self.fake.messages(self.news)]


@asynccontextmanager
async def opened(rates: Rates | None = None) -> AsyncIterator[Scene]:
    """Open a workspace."""
    async with FakeSlack(rates=rates) as fake:
        maria = fake.world.add_user("maria")
        yield Scene(fake, caller(fake), maria, fake.world.add_channel("news", maria))


async def refused(work: Awaitable[object]) -> str:
    """Slack's error for why this is refused."""
    with pytest.raises(SlackApiError) as caught:
        await work
    error: str = caught.value.response["error"]
    return error
