"""What comes from Slack, or from whoever says to be Slack, is read with care: odd payloads do nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from structlog.testing import capture_logs

from tests.loopback.slack.delivery import Delivery
from tests.slack_room import Clerk, Counter, counter, until


@pytest.fixture
def clerk() -> Clerk:
    """Sit at the desk."""
    return Clerk()


@pytest.fixture
async def here(clerk: Clerk) -> AsyncIterator[Counter]:
    """Open a workspace with a clerk at the desk."""
    async with counter(clerk) as made:
        yield made


ODD: list[tuple[str, dict[str, object]]] = [
    ("slash_commands", {"command": "/following", "user_id": None, "text": None, "channel_id": None}),
    ("slash_commands", {"command": "/following"}),
    (
        "interactive",
        {"type": "block_actions", "user": {"id": None}, "actions": [{"action_id": "wr.press.0"}]},
    ),
    (
        "interactive",
        {
            "type": "block_actions",
            "user": {"id": "U1"},
            "actions": [{"action_id": "wr.press.0", "selected_option": "x"}],
        },
    ),
    (
        "interactive",
        {
            "type": "block_actions",
            "user": {"id": "U1"},
            "container": "x",
            "actions": [{"action_id": "wr.press.0"}],
        },
    ),
    (
        "interactive",
        {"type": "view_submission", "user": {"id": 7}, "view": {"type": "modal", "callback_id": "wr.form"}},
    ),
    ("interactive", {"type": "shortcut", "user": {}, "callback_id": "wr.why"}),
]


@pytest.mark.parametrize(("kind", "payload"), ODD)
async def test_a_payload_in_which_nobody_acts_does_nothing(
    here: Counter, clerk: Clerk, kind: str, payload: dict[str, object]
) -> None:
    """What is missing, null or of another kind is logged; nothing is done or noted for a person “None”."""
    with capture_logs() as logs:
        given = {"team": {"id": here.identity.team}, "team_id": here.identity.team, **payload}
        await here.slack.office.post(Delivery(kind, given, accepts=True)).ack()
        await until(lambda: clerk.asked or any(one["log_level"] == "error" for one in logs))
    assert [one["event"] for one in logs if one["log_level"] == "error"] == ["slack.unreadable"]
    assert clerk.asked == []
    assert await here.ledger.notes("") == {}


async def test_an_odd_question_for_suggestions_is_acknowledged(here: Counter) -> None:
    """Slack waits for suggestions: nothing at all is offered where the question cannot be read."""
    given: dict[str, object] = {"type": "block_suggestion", "team": {"id": here.identity.team}}
    given |= {"user": {"id": here.maria.id}, "action_id": "wr.feed", "block_id": "feed", "value": None}
    given["view"] = {"blocks": ["x"]}
    call = here.slack.office.post(Delivery("interactive", given, accepts=True))
    assert await call.ack() == {"options": []}


@pytest.mark.parametrize("user", [{}, {"user": None}, {"user": ""}])
async def test_an_opening_by_nobody_is_ignored(here: Counter, user: dict[str, object]) -> None:
    """A home that nobody opened is neither drawn nor noted."""
    event = {"type": "app_home_opened", "tab": "home", "channel": "D1", "event_ts": "1.1", **user}
    await here.slack.event(event).ack()
    await here.types("/following")
    assert await here.ledger.notes("") == {}
    assert here.slack.called("views.publish") == []


async def test_an_answer_goes_to_slack_alone(here: Counter) -> None:
    """An address that is not Slack's is not written to; the person gets the answer another way."""
    heard: list[str] = []
    async with stranger(heard) as url:
        given: dict[str, object] = {"command": "/following", "user_id": here.maria.id, "text": ""}
        given |= {"channel_id": here.news.id, "channel_name": "news", "response_url": url}
        given |= {"team_id": here.identity.team}
        await here.slack.office.post(Delivery("slash_commands", given, accepts=True)).ack()
        await until(lambda: heard or here.slack.ephemerals(here.maria))
    assert heard == []
    assert here.slack.ephemerals(here.maria)[0].via == "chat.postEphemeral"


@asynccontextmanager
async def stranger(heard: list[str]) -> AsyncIterator[str]:
    """Listen where no Slack is."""

    async def hear(request: web.Request) -> web.Response:
        heard.append(await request.text())
        return web.Response(text="ok")

    server = TestServer(web.Application())
    server.app.router.add_post("/", hear)
    async with server:
        yield str(server.make_url("/"))
