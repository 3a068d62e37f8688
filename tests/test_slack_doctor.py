"""`wireroom doctor` on Slack: what is well, what is not, and what to do about it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from adapters.slack.doctor import examine
from adapters.slack.names import NAME
from adapters.slack.scopes import ABILITIES, REQUIRED
from bot.adapter import Finding, Severity
from bot.models import Target
from tests import workspace
from tests.loopback.slack import Channel, Failure, InternalError, RateLimited, Refuse, Reset
from tests.loopback.slack.faults import Fault
from tests.workspace import Workspace, person, settings

WELL = ("public", "private", "timezone", "files", "history")


@pytest.fixture
async def newsroom() -> AsyncIterator[Workspace]:
    """Open a workspace where the app may do all there is."""
    async with workspace.opened() as newsroom:
        await newsroom.grant(*WELL)
        yield newsroom


async def examined(newsroom: Workspace, *channels: Channel | Target, **others: object) -> list[Finding]:
    """Let the doctor look, without resting."""
    targets = [one if isinstance(one, Target) else newsroom.place(one) for one in channels]
    return await examine(newsroom.web, settings(newsroom.fake, **others), targets, rate=1_000)


def at(severity: Severity, found: list[Finding]) -> list[str]:
    """Read the findings of one severity; that the requests go to a Slack of ours is none of them."""
    said = [finding.text for finding in found if finding.severity is severity]
    return [text for text in said if not text.startswith("SLACK_API leads to")]


async def test_all_is_well(newsroom: Workspace) -> None:
    """Both tokens, each ability and the channel are each a line; nothing is wrong."""
    news = newsroom.fake.world.add_channel("news")
    found = await examined(newsroom, news, person(newsroom.maria))
    assert at(Severity.PROBLEM, found) == at(Severity.WARNING, found) == []
    team = newsroom.identity.team
    whose = "Slack takes the bot's token: this is @wireroom in Newsroom, https://newsroom.slack.com/."
    assert at(Severity.OK, found) == [
        f"{whose} Channels there are written slack:{team}/C0123456789.",
        "Slack takes the app's token: commands arrive over Socket Mode, if the app has it switched on.",
        *(f"I can {ability.unlocks}." for ability in ABILITIES),
        f"I can post in #news (slack:{team}/{news.id}).",
    ]


async def test_another_address_than_slacks_is_named(newsroom: Workspace) -> None:
    """Whoever gets the tokens instead of Slack is named."""
    found = await examined(newsroom)
    (said,) = [one.text for one in found if one.severity is Severity.WARNING]
    assert said == f"SLACK_API leads to {newsroom.fake.address} instead of https://slack.com."


@pytest.mark.parametrize(
    "error", ["invalid_auth", "account_inactive", "token_revoked", "not_allowed_token_type"]
)
async def test_a_refused_token_is_told_with_its_cure(newsroom: Workspace, error: str) -> None:
    """A token that is none is a problem with Slack's word for it, and nothing else is asked."""
    newsroom.fake.fail("auth.test", Refuse(error))
    before = len(newsroom.fake.calls)
    (text,) = at(Severity.PROBLEM, await examined(newsroom, newsroom.fake.world.add_channel("news")))
    assert text.startswith(f"Slack refuses the bot's token ({error}).")
    assert "SLACK_BOT_TOKEN" in text
    assert len(newsroom.fake.calls) == before + 1


@pytest.mark.parametrize("how", [Failure(503), Reset(), RateLimited(30), InternalError()])
async def test_an_outage_at_the_start_is_told(newsroom: Workspace, how: Fault) -> None:
    """Whatever keeps Slack from answering is one line, and nothing raises."""
    newsroom.fake.fail("auth.test", how)
    found = await examined(newsroom, newsroom.fake.world.add_channel("news"))
    (text,) = at(Severity.PROBLEM, found)
    assert text.startswith("Slack does not answer (")


async def test_without_an_app_token_no_commands_arrive(newsroom: Workspace) -> None:
    """The bot's token alone posts cards; the line says what brings the commands."""
    (text,) = at(Severity.WARNING, await examined(newsroom, app_token=SecretStr("")))
    assert "no commands arrive" in text
    assert "SLACK_APP_TOKEN" in text
    assert "connections:write" in text


@pytest.mark.parametrize(
    ("how", "said"),
    [
        (Refuse("invalid_auth"), "(invalid_auth): no commands arrive. Copy it anew"),
        (Refuse("missing_scope", {"needed": "connections:write"}), "It lacks connections:write"),
        (Refuse("not_allowed_token_type"), "(not_allowed_token_type): no commands arrive."),
        (Failure(503), "Slack does not say how to connect"),
    ],
)
async def test_an_app_token_that_opens_nothing_is_told(newsroom: Workspace, how: Fault, said: str) -> None:
    """What keeps commands away is a problem of its own; the rest is looked at all the same."""
    newsroom.fake.fail("apps.connections.open", how)
    found = await examined(newsroom, newsroom.fake.world.add_channel("news"))
    (text,) = at(Severity.PROBLEM, found)
    assert said in text
    assert "I can post in #news" in at(Severity.OK, found)[-1]
    assert not newsroom.web.dead


async def test_an_app_token_that_was_used_lately_is_no_trouble(newsroom: Workspace) -> None:
    """Slack lets a connection be asked for about once a minute: beside a running bot that is no fault."""
    newsroom.fake.fail("apps.connections.open", RateLimited(30))
    found = await examined(newsroom)
    assert at(Severity.PROBLEM, found) == at(Severity.WARNING, found) == []


async def test_no_connection_is_opened(newsroom: Workspace) -> None:
    """Slack would send people's commands down a connection of the doctor's: it opens none."""
    await examined(newsroom)
    assert newsroom.fake.socket.opened == 0


@pytest.mark.parametrize("secret", ["", "0123456789abcdef"])
async def test_over_http_the_signing_secret_counts(newsroom: Workspace, secret: str) -> None:
    """With an address for HTTP no connection is asked for, and without the secret nothing would be taken."""
    found = await examined(newsroom, http="8080", signing_secret=SecretStr(secret))
    problems = at(Severity.PROBLEM, found)
    assert ["SLACK_SIGNING_SECRET" in text for text in problems] == ([] if secret else [True])
    assert any("wireroom slack manifest --url" in text for text in at(Severity.OK, found)) is bool(secret)
    assert newsroom.fake.called("apps.connections.open") == []


@pytest.mark.parametrize("scope", REQUIRED)
async def test_a_missing_scope_is_named_with_its_reason(newsroom: Workspace, scope: str) -> None:
    """What the app cannot do without is a problem, with what it is for and where to add it."""
    newsroom.fake.world.scopes.discard(scope)
    (text,) = at(Severity.PROBLEM, await examined(newsroom))
    assert text.startswith(f"The app lacks the scope {scope}: it {REQUIRED[scope]}.")
    assert "install the app again" in text


@pytest.mark.parametrize("managers", [(), ("U0123456789",)])
async def test_an_ability_that_is_off_is_told_with_its_cure(managers: tuple[str, ...]) -> None:
    """Off is no fault, but that nobody at all may change feeds is one to look at."""
    async with workspace.opened() as scant:
        found = await examined(scant, managers=managers)
        said = [text for text in at(Severity.OK, found) if text.startswith("The ability")]
        assert len(said) == len(ABILITIES)
        for ability, text in zip(ABILITIES, said, strict=True):
            assert text.startswith(f"The ability {ability.name} is off: {ability.without}")
            assert f"`wireroom slack manifest --with {ability.name}`" in text
        warned = at(Severity.WARNING, found)
        assert ["SLACK_MANAGERS" in text for text in warned] == ([] if managers else [True])


async def test_each_channel_is_a_line_of_its_own(newsroom: Workspace) -> None:
    """What keeps the bot out stands there with the channel's name, and with its id for what has none."""
    world = newsroom.fake.world
    await newsroom.grant()
    world.scopes.discard("chat:write.public")
    news, outside, old = (
        world.add_channel(name, bot=name != "outside") for name in ("news", "outside", "old")
    )
    gone = world.add_channel("gone")
    world.archive(old)
    world.delete_channel(gone)
    elsewhere = Target(NAME, "C0123456789", "T0ELSEWHERE")
    found = await examined(newsroom, news, outside, old, gone, elsewhere)
    (well,) = [text for text in at(Severity.OK, found) if text.startswith("I can post in")]
    assert "#news" in well
    closed, archived, missing, strange = (
        next(text for text in at(Severity.PROBLEM, found) if one.id in text)
        for one in (outside, old, gone, elsewhere)
    )
    assert "I can't post in #outside because I'm not in it. Type `/invite @wireroom` there" in closed
    assert "I can't post in #old because it is archived" in archived
    assert "I can't find that channel" in missing
    assert "another workspace" in strange


async def test_a_channel_that_cannot_be_looked_at_is_a_warning() -> None:
    """Without groups:read whether the bot can post in a private channel shows only then."""
    async with workspace.opened() as scant:
        desk = scant.fake.world.add_channel("desk", private=True)
        found = await examined(scant, desk, managers=("U0123456789",))
        (text,) = at(Severity.WARNING, found)
        assert text.startswith(f"{scant.place(desk)} is private")
        assert "desk" not in text


async def test_many_channels_cost_few_requests(newsroom: Workspace) -> None:
    """Two hundred channels that the bot is in take no more requests than one."""
    channels = [newsroom.fake.world.add_channel(f"news-{number}") for number in range(200)]
    before = len(newsroom.fake.calls)
    await examined(newsroom, channels[0])
    one = len(newsroom.fake.calls) - before
    found = await examined(newsroom, *channels)
    assert len(newsroom.fake.calls) - before == 2 * one
    assert sum("I can post in #" in text for text in at(Severity.OK, found)) == 200


@pytest.mark.parametrize("how", [Failure(503), RateLimited(30)])
@pytest.mark.parametrize("method", ["users.conversations", "conversations.info"])
async def test_an_outage_midway_is_told_once_and_ends_the_look(
    newsroom: Workspace, how: Fault, method: str
) -> None:
    """Where Slack fails midway, one line says so instead of one for each channel, and nothing raises."""
    world = newsroom.fake.world
    newsroom.fake.fail(method, how, times=None)
    found = await examined(newsroom, *(world.add_channel(f"news-{number}", bot=False) for number in range(3)))
    (text,) = at(Severity.WARNING, found)
    assert text.startswith("Slack stopped answering at slack:")
