"""Socket Mode: what people do arrives whatever becomes of a connection, and is acknowledged in time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest
import structlog
from pydantic import SecretStr

from adapters.slack import app as apps
from adapters.slack.app import Once
from adapters.slack.identity import identify
from adapters.slack.settings import SlackSettings
from adapters.slack.sockets import LINES, Sockets
from adapters.slack.web import Web
from tests.loopback.slack import Channel, FakeSlack, Refuse, User
from tests.newsdesk import until

FEED = "/feeds"


@dataclass(slots=True)
class Ear:
    """Hears commands and events, and what the operator is told."""

    typed: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)

    async def report(self, said: str) -> None:
        """Keep what the operator would read."""
        self.reports.append(said)


@asynccontextmanager
async def hearing(slack: FakeSlack, token: str | None = None, *, rest: float = 0.05) -> AsyncIterator[Ear]:
    """Take commands and events of a channel's end with the real Bolt."""
    ear = Ear()
    how = SlackSettings(
        bot_token=SecretStr(slack.bot_token),
        app_token=SecretStr(token or slack.app_token),
        api=slack.address,
    )
    web = Web(how)
    await web.open()
    app = apps.made(await identify(web), how, Once())

    async def take(ack, body) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - Bolt's
        await ack()
        ear.typed.append(body["text"])

    async def archived(event) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - Bolt's
        ear.events.append(event["channel"])

    app.command(FEED)(take)
    app.event("channel_archive")(archived)
    life = asyncio.create_task(Sockets(how, app, report=ear.report, rest=rest, grace=1.0, within=0.5).run())
    try:
        yield ear
    finally:
        life.cancel()
        with suppress(asyncio.CancelledError):
            await life
        await web.close()


@pytest.fixture(name="maria")
def _maria(slack: FakeSlack) -> User:
    return slack.world.add_user("maria")


@pytest.fixture(name="news")
def _news(slack: FakeSlack, maria: User) -> Channel:
    return slack.world.add_channel("news", maria)


async def test_commands_arrive(slack: FakeSlack, maria: User, news: Channel) -> None:
    """Over the open connections each command arrives once and is acknowledged."""
    async with hearing(slack) as ear:
        await slack.socket.connected(LINES)
        for number in range(6):
            await (await slack.types(maria, news, FEED, f"list {number}")).ack()
    assert ear.typed == [f"list {number}" for number in range(6)]


async def test_a_refresh_loses_nothing(slack: FakeSlack, maria: User, news: Channel) -> None:
    """While Slack asks for new connections over and over, every command arrives and is acknowledged."""
    async with hearing(slack) as ear:
        await slack.socket.connected(LINES)
        for number in range(8):
            opened = slack.socket.opened
            slack.socket.refresh(reason="refresh_requested" if number % 2 else "warning")
            calls = [await slack.types(maria, news, FEED, f"{number}.{part}") for part in range(3)]
            for call in calls:
                await call.ack()
            await slack.socket.reopened(opened)
    assert sorted(ear.typed) == sorted(f"{number}.{part}" for number in range(8) for part in range(3))


async def test_a_refresh_just_after_connecting_loses_nothing(
    slack: FakeSlack, maria: User, news: Channel
) -> None:
    """Whatever is typed while young connections are renewed arrives: the next ones open without a rest."""
    async with hearing(slack, rest=5.0) as ear:
        await slack.socket.connected(LINES)
        slack.socket.refresh(grace=0.3)
        for number in range(15):
            await (await slack.types(maria, news, FEED, f"list {number}")).ack()
            await asyncio.sleep(0.05)
    assert ear.typed == [f"list {number}" for number in range(15)]


async def test_one_connection_breaks(slack: FakeSlack, maria: User, news: Channel) -> None:
    """Where a connection breaks without a word, another is opened, and commands go on arriving."""
    async with hearing(slack) as ear:
        await slack.socket.connected(LINES)
        opened = slack.socket.opened
        slack.socket.drop()
        await slack.socket.reopened(opened)
        await (await slack.types(maria, news, FEED, "list")).ack()
    assert ear.typed == ["list"]


async def test_slack_was_away(slack: FakeSlack, maria: User, news: Channel) -> None:
    """After an outage of any kind the connections come back by themselves."""
    async with hearing(slack) as ear:
        await slack.socket.connected(LINES)
        await slack.refuse_connections()
        slack.socket.refuse(2)
        slack.fail("apps.connections.open", Refuse("internal_error"), times=2)
        await asyncio.sleep(0.3)
        await slack.accept_connections()
        await slack.socket.connected(LINES)
        await (await slack.types(maria, news, FEED, "list")).ack()
    assert ear.typed == ["list"]
    assert ear.reports == []


async def test_a_connection_that_is_sent_away_at_once(slack: FakeSlack) -> None:
    """Where Slack greets and sends away over and over, new connections are asked for ever more slowly."""
    async with hearing(slack):
        await slack.socket.connected(LINES)
        for _ in range(40):
            slack.socket.refresh(reason="link_disabled", grace=0.01)
            await asyncio.sleep(0.02)
    assert slack.socket.opened <= 12


async def test_no_ticket_stands_in_the_log(slack: FakeSlack, caplog: pytest.LogCaptureFixture) -> None:
    """What opens a connection is written nowhere, also where the handshake fails."""
    lines: list[str] = []
    with structlog.testing.capture_logs() as entries:
        slack.socket.refuse(2)
        async with hearing(slack):
            await slack.socket.connected(LINES)
        lines = [str(entry) for entry in entries]
    assert any("socket_lost" in line for line in lines)
    assert not any("ticket" in line for line in (*lines, caplog.text))


async def test_garbage_is_passed_over(slack: FakeSlack, maria: User, news: Channel) -> None:
    """What is no envelope ends nothing."""
    async with hearing(slack) as ear:
        await slack.socket.connected(LINES)
        for text in ("{", "[]", "null", "{}", '{"type": "slash_commands"}', "x" * 70_000):
            slack.socket.send_garbage(text)
        await (await slack.types(maria, news, FEED, "list")).ack()
    assert ear.typed == ["list"]


async def test_an_event_counts_once(slack: FakeSlack, news: Channel) -> None:
    """An event that Slack sends again is acknowledged, and nothing is done about it a second time."""
    async with hearing(slack) as ear:
        await slack.socket.connected(LINES)
        slack.world.archive(news)
        delivery = slack.events[-1]
        await delivery.ack()
        for _ in range(3):
            await slack.repeat(delivery).ack()
        await until(lambda: ear.events)
    assert ear.events == [news.id]


async def test_a_wrong_token_is_told_once(slack: FakeSlack) -> None:
    """A token of the app that Slack refuses is told to the operator once, and not tried in a storm."""
    async with hearing(slack, "xapp-wrong") as ear:
        await until(lambda: ear.reports)
        await asyncio.sleep(0.3)
    assert len(ear.reports) == 1
    assert "SLACK_APP_TOKEN" in ear.reports[0]
    assert len(slack.called("apps.connections.open")) <= LINES


def test_once_remembers_the_newest() -> None:
    """Of very many events the newest are remembered."""
    once = Once()
    assert once.is_new("first")
    assert not once.is_new("first")
    for number in range(apps.REMEMBERED):
        assert once.is_new(f"Ev{number}")
    assert once.is_new("first")
    assert not once.is_new(f"Ev{apps.REMEMBERED - 1}")
