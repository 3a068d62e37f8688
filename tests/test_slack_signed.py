"""Signed HTTP: only what Slack has signed is taken, and all of that."""

from __future__ import annotations

import socket
import time
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr
from slack_bolt.app.async_app import AsyncApp

from adapters.slack import app as apps
from adapters.slack import signed
from adapters.slack.app import Once
from adapters.slack.identity import identify
from adapters.slack.settings import SlackSettings
from adapters.slack.web import Web
from bot.errors import ConfigError
from tests.loopback.slack import FakeSlack

FORM = "application/x-www-form-urlencoded"
TYPED = b"command=%2Ffeeds&text=list&user_id=U1&channel_id=C1&team_id=T1&response_url=http%3A%2F%2Fx"


def free_port() -> int:
    """Find a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(name="heard")
def _heard() -> list[str]:
    """What was typed."""
    return []


@pytest.fixture(name="app")
async def _app(slack: FakeSlack, heard: list[str]) -> AsyncIterator[AsyncApp]:
    how = SlackSettings(
        bot_token=SecretStr(slack.bot_token),
        signing_secret=SecretStr(slack.signing_secret),
        http="8080",
        api=slack.address,
    )
    web = Web(how)
    await web.open()
    app = apps.made(await identify(web), how, Once())

    async def take(ack, body) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001 - Bolt's
        await ack()
        heard.append(body["text"])

    app.command("/feeds")(take)
    yield app
    await web.close()


@pytest.fixture(name="url")
async def _url(slack: FakeSlack, app: AsyncApp) -> AsyncIterator[str]:
    async with signed.serving(app, str(free_port()), slack.signing_secret) as url:
        yield url


async def test_what_slack_signs_is_taken(slack: FakeSlack, url: str, heard: list[str]) -> None:
    """Slack's challenge is met, and a command arrives and is acknowledged."""
    assert await slack.deliver_to(url)
    maria = slack.world.add_user("maria")
    call = await slack.types(maria, slack.world.add_channel("news", maria), "/feeds", "list")
    await call.ack()
    assert heard == ["list"]


@pytest.mark.parametrize(
    "how",
    [
        (None, "v0=" + "0" * 64),
        (None, ""),
        (None, "v0=é"),
        (-301, None),
        (301, None),
    ],
    ids=str,
)
async def test_anything_else_is_refused(
    slack: FakeSlack, url: str, heard: list[str], how: tuple[int | None, str | None]
) -> None:
    """A wrong signature, and a right one that is five minutes old or young, are turned away."""
    await slack.deliver_to(url)
    late, signature = how
    timestamp = None if late is None else time.time() + late
    status, _ = await slack.deliver_raw(TYPED, FORM, timestamp=timestamp, signature=signature)
    assert status == 401
    assert heard == []


async def test_a_huge_body_is_refused_first(slack: FakeSlack, url: str, heard: list[str]) -> None:
    """What is larger than a megabyte is refused whether it is signed or not."""
    await slack.deliver_to(url)
    status, _ = await slack.deliver_raw(TYPED + b"&x=" + b"x" * signed.BYTES_MOST, FORM)
    assert status == 413
    assert heard == []


@pytest.mark.parametrize("body", [b"\xff\xfe", b"", b"payload=%7B", b"payload=[]", b"{"], ids=str)
async def test_nonsense_ends_nothing(slack: FakeSlack, url: str, heard: list[str], body: bytes) -> None:
    """A body that is nothing is answered, and the next command arrives."""
    await slack.deliver_to(url)
    status, _ = await slack.deliver_raw(body, FORM)
    assert 200 <= status < 600
    status, _ = await slack.deliver_raw(TYPED, FORM)
    assert status == 200
    assert heard == ["list"]


@pytest.mark.parametrize("body", [b"{", b"payload=%7B", b"[1]", b"[" * 100_000, b"\xff"], ids=range(5))
@pytest.mark.parametrize("timestamp", ["abc", "", "1" * 5_000, "\u0661"], ids=lambda text: repr(text[:8]))
async def test_what_is_unsigned_is_not_even_read(
    slack: FakeSlack, url: str, caplog: pytest.LogCaptureFixture, body: bytes, timestamp: str
) -> None:
    """Nonsense without a signature is refused before anybody looks into it, and leaves no line in the log."""
    await slack.deliver_to(url)
    headers = {"X-Slack-Request-Timestamp": timestamp}
    for kind in (FORM, "application/json"):
        status, _ = await slack.deliver_raw(body, kind, signature="v0=0", headers=headers)
        assert status == 401
    assert caplog.text == ""


async def test_other_paths_are_not_there(slack: FakeSlack, url: str) -> None:
    """There is one address and no other."""
    await slack.deliver_to(url.replace(signed.PATH, "/"))
    status, _ = await slack.deliver_raw(TYPED, FORM)
    assert status == 404


async def test_a_place_that_is_taken(app: AsyncApp) -> None:
    """Where something listens already the operator hears which setting to change."""
    port = str(free_port())
    async with signed.serving(app, port, "secret"):
        with pytest.raises(ConfigError, match="SLACK_HTTP"):
            async with signed.serving(app, port, "secret"):
                pass


@pytest.mark.parametrize(
    ("text", "where"),
    [("3000", ("127.0.0.1", 3000)), ("0.0.0.0:80", ("0.0.0.0", 80)), ("[::1]:9", ("::1", 9))],  # noqa: S104 - text
)
def test_where_to_listen(text: str, where: tuple[str, int]) -> None:
    """A port alone is of this machine only."""
    assert signed.place(text) == where
