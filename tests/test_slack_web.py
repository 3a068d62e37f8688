"""Calls of Slack's Web API, and what is known of one that failed."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from adapters.slack.settings import SlackSettings
from adapters.slack.web import Failure as Failed
from adapters.slack.web import Limited, Refused, Revoked, Unanswered, Unreached, Web
from tests.guildhall import Ticking
from tests.loopback.slack import (
    Failure,
    FakeSlack,
    Hang,
    InternalError,
    Late,
    LostAnswer,
    RateLimited,
    Refuse,
    Reset,
)
from tests.loopback.slack.faults import Fault


@pytest.fixture(name="clock")
def _clock() -> Ticking:
    return Ticking()


@pytest.fixture(name="deaths")
def _deaths() -> list[str]:
    """What was told of the token's death."""
    return []


@pytest.fixture(name="web")
async def _web(slack: FakeSlack, clock: Ticking, deaths: list[str]) -> AsyncIterator[Web]:
    web = Web(
        SlackSettings(bot_token=SecretStr(slack.bot_token), api=slack.address),
        within=0.5,
        clock=clock,
        revoked=deaths.append,
    )
    await web.open()
    yield web
    await web.close()


async def failure(web: Web) -> Failed:
    """Call, and give what it fails by."""
    with pytest.raises(Failed) as caught:
        await web.write("auth.test")
    return caught.value


async def test_an_answer_comes_with_what_the_bot_may_do(slack: FakeSlack, web: Web) -> None:
    """What a method answers is given as it is, and each answer tells anew what the bot was granted."""
    assert (await web.write("auth.test"))["team_id"] == slack.world.team_id
    assert web.has("chat:write")
    assert not web.has("chat:write", "users:read")
    slack.world.scopes.add("users:read")
    await web.read("auth.test")
    assert web.has("chat:write", "users:read")


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (RateLimited(7), Limited),
        (Refuse("ratelimited"), Limited),
        (Refuse("channel_not_found"), Refused),
        (InternalError("internal_error"), Unanswered),
        (InternalError("fatal_error", accepted=True), Unanswered),
        (Failure(500), Unanswered),
        (Failure(503, "<html>upstream</html>"), Unanswered),
        (Failure(200, "no JSON"), Unanswered),
        (LostAnswer(), Unanswered),
        (Reset(), Unanswered),
        (Late(), Unanswered),
        (Hang(), Unanswered),
    ],
    ids=str,
)
async def test_each_fault_is_what_it_is(slack: FakeSlack, web: Web, fault: Fault, kind: type[Failed]) -> None:
    """A call that Slack surely did not take is told from one of which nobody knows, and is made once."""
    slack.fail("auth.test", fault, times=None)
    assert type(await failure(web)) is kind
    assert len(slack.called("auth.test")) <= 1


async def test_slack_away_is_no_doubt(slack: FakeSlack, web: Web) -> None:
    """Where no connection is to be had, no request has left."""
    await slack.refuse_connections()
    assert type(await failure(web)) is Unreached


async def test_how_long_slack_asks_to_wait(slack: FakeSlack, web: Web, clock: Ticking) -> None:
    """A limit says for how long; a method that is held back is not called before that is over."""
    slack.fail("auth.test", RateLimited(7))
    error = await failure(web)
    assert isinstance(error, Limited)
    assert error.seconds == 7
    assert isinstance(await failure(web), Limited)
    await web.read("conversations.info", channel=slack.world.general.id)
    clock.seconds += 7
    await web.write("auth.test")
    assert len(slack.called("auth.test")) == 2


@pytest.mark.parametrize("word", ["invalid_auth", "token_revoked", "account_inactive", "token_expired"])
async def test_a_dead_token_is_forgotten(slack: FakeSlack, web: Web, deaths: list[str], word: str) -> None:
    """Once Slack says that a token is none any more, nothing is called with it, and that is told once."""
    slack.fail("auth.test", Refuse(word), times=None)
    for _ in range(3):
        assert isinstance(await failure(web), Revoked)
    assert len(slack.called("auth.test")) == 1
    assert (deaths, web.dead) == ([word], word)


async def test_pages_are_read_to_the_end(slack: FakeSlack, web: Web) -> None:
    """Of what comes in pages all are read, each once."""
    people = [slack.world.add_user(f"reader-{number}") for number in range(25)]
    news = slack.world.add_channel("news", *people)
    found: list[str] = []
    async for page in web.pages("conversations.members", channel=news.id, limit=10):
        found += page["members"]
    assert sorted(found) == sorted(news.members)


async def test_a_slow_answer_takes_no_longer_than_it_may(slack: FakeSlack, web: Web) -> None:
    """A call ends within its time, and after it is closed none is made."""
    slack.fail("auth.test", Hang())
    began = time.monotonic()
    await failure(web)
    assert time.monotonic() - began < 3
    await web.close()
    await web.close()
    assert isinstance(await failure(web), Unreached)
