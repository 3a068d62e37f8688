"""The Slack adapter keeps every law of an adapter, against a Slack on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest

from adapters.slack import SlackAdapter
from bot.contract import AdapterContract, Outage, Seen
from bot.models import Target
from tests.loopback.slack import FakeSlack, Reset
from tests.slackdesk import opened, place


class TestSlack(AdapterContract):
    """The laws; each test has a Slack of its own."""

    @pytest.fixture
    async def adapter(self, slack: FakeSlack) -> AsyncIterator[SlackAdapter]:
        """Open the adapter."""
        async with opened(slack) as adapter:
            yield adapter

    @pytest.fixture
    def target(self, slack: FakeSlack) -> Target:
        """A channel."""
        return place(slack, slack.world.add_channel("news"))

    @pytest.fixture
    def others(self, slack: FakeSlack) -> Sequence[Target]:
        """Two more channels."""
        return [place(slack, slack.world.add_channel(name)) for name in ("chips", "ferries")]

    @pytest.fixture
    def gone(self, slack: FakeSlack) -> Target:
        """A channel that was archived."""
        old = slack.world.add_channel("old")
        slack.world.archive(old)
        return place(slack, old)

    @pytest.fixture
    def seen(self, slack: FakeSlack) -> Seen:
        """Return what anybody could read or press."""
        return slack.text

    @pytest.fixture
    def outage(self, slack: FakeSlack) -> Outage:
        """Cut every connection at the request."""

        def cut() -> None:
            for method in ("chat.postMessage", "chat.update"):
                slack.fail(method, Reset(), times=None)

        return cut
