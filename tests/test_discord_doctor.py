"""`wireroom doctor` on Discord: what is well, what is not, and what to do about it."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from adapters.discord.doctor import examine
from adapters.discord.rights import invite
from adapters.discord.settings import DiscordSettings
from bot.adapter import Finding, Severity
from bot.models import Target
from tests.guildhall import Hall
from tests.loopback.discord import Channel, Kind, Permission, Refusal, Status
from tests.newsdesk import person, place


async def examined(hall: Hall, *channels: Channel | Target) -> list[Finding]:
    """Let the doctor look, without resting."""
    targets = [one if isinstance(one, Target) else place(one) for one in channels]
    return await examine(hall.client, DiscordSettings(token=SecretStr(hall.fake.token)), targets, rate=1_000)


def at(severity: Severity, found: list[Finding]) -> list[str]:
    """Read the findings of one severity."""
    return [finding.text for finding in found if finding.severity is severity]


async def test_all_is_well(hall: Hall) -> None:
    """Token, intents, both addresses, gateway and channel are each a line; nothing is wrong."""
    found = await examined(hall, hall.channel())
    me = hall.fake.world.me
    assert at(Severity.PROBLEM, found) == at(Severity.WARNING, found) == []
    said = at(Severity.OK, found)
    assert any("Discord takes the token: this is wireroom" in text for text in said)
    assert any("No privileged intents" in text for text in said)
    assert f"To add the bot to a server, open {invite(me.id)}" in said
    assert f"To add it to a person's account, open {invite(me.id, person=True)}" in said
    assert any(text.startswith("The gateway answers: 1 shard recommended") for text in said)
    assert said[-1] == "I can post in #news in Newsroom on Discord."


@pytest.mark.parametrize(
    ("api", "is_open"), [("http://proxy:8080", True), ("https://proxy", False), ("http://127.0.0.1:9", False)]
)
async def test_another_address_than_discords_is_named(hall: Hall, api: str, *, is_open: bool) -> None:
    """Whoever gets the token instead of Discord is named, and that anybody on the way can read it."""
    found = await examine(hall.client, DiscordSettings(token=SecretStr(hall.fake.token), api=api), [])
    (said,) = at(Severity.WARNING, found)
    assert said.startswith(f"DISCORD_API leads to {api} instead of https://discord.com.")
    assert ("unencrypted" in said) is is_open


async def test_what_is_missing_is_named_by_channel(hall: Hall) -> None:
    """Each channel is a line with its name, and what is missing stands there as in Discord's client."""
    world, shut = hall.fake.world, hall.channel("shut")
    assert hall.guild.bot_role is not None
    world.overwrite(shut, hall.guild.bot_role, deny=Permission.VIEW_CHANNEL | Permission.EMBED_LINKS)
    gone = hall.channel("gone")
    world.delete_channel(gone)
    found = await examined(hall, hall.channel("open"), shut, gone, person(hall.maria.user))
    assert at(Severity.OK, found)[-1] == "I can post in #open in Newsroom on Discord."
    refused, lost = sorted(at(Severity.PROBLEM, found))
    assert refused == (
        "I can't post in #shut in Newsroom on Discord. Missing: View Channel, Embed Links. A server admin "
        "can add them for the wireroom role in Edit Channel, Permissions."
    )
    assert lost.startswith(f"{place(gone)}: I can't find that channel.")


async def test_a_server_without_the_bot_comes_with_the_invitation(hall: Hall) -> None:
    """Where the bot was removed, the line holds the address that brings it back."""
    news = hall.channel()
    hall.fake.world.remove_bot(hall.guild)
    (text,) = at(Severity.PROBLEM, await examined(hall, news))
    assert "I'm not in that server." in text
    assert invite(hall.fake.world.me.id) in text


async def test_what_only_sometimes_hurts_is_a_warning(hall: Hall) -> None:
    """No look back, a forum that wants tags, an announcement channel: posts come, but read this."""
    world = hall.fake.world
    blind = hall.channel("blind")
    world.overwrite(blind, world.me, deny=Permission.READ_MESSAGE_HISTORY)
    forum = world.add_channel(hall.guild, "forum", Kind.FORUM, tags=["tech"], needs_tag=True)
    found = await examined(hall, blind, forum, hall.channel("told", Kind.ANNOUNCEMENT))
    assert at(Severity.PROBLEM, found) == []
    said = {text.split()[4]: text for text in at(Severity.WARNING, found)}
    assert "Missing: Read Message History" in said["#blind"]
    assert "wants a tag" in said["#forum"]
    assert "publish" in said["#told"]


@pytest.mark.parametrize(
    ("setting", "value", "severity", "cure"),
    [
        ("interactions_endpoint_url", "https://a.example/", Severity.PROBLEM, "Clear that field"),
        ("bot_require_code_grant", True, Severity.PROBLEM, "Requires OAuth2 Code Grant"),
        ("integration_types_config", {"0": {}}, Severity.WARNING, "Tick User Install"),
        ("bot_public", False, Severity.OK, "Public Bot is switched off"),
    ],
)
async def test_the_portal_is_looked_at(
    hall: Hall, setting: str, value: object, severity: Severity, cure: str
) -> None:
    """What is set wrongly in the developer portal is told with the field and the page to change it on."""
    hall.fake.world.application[setting] = value
    assert any(cure in text for text in at(severity, await examined(hall)))


async def test_many_channels_cost_few_requests(hall: Hall) -> None:
    """Two hundred channels of one server take no more requests than one."""
    channels = [hall.channel(f"news-{number}") for number in range(200)]
    before = len(hall.fake.requests)
    await examined(hall, channels[0])
    one = len(hall.fake.requests) - before
    found = await examined(hall, *channels)
    assert len(hall.fake.requests) - before == 2 * one
    assert sum("I can post in" in text for text in at(Severity.OK, found)) == 200


async def test_a_refused_token_is_told_with_its_cure(hall: Hall) -> None:
    """A token that was reset meanwhile is a problem, and nothing else is asked."""
    hall.fake.fail("GET", "/oauth2/applications/@me", Refusal(401, 0, "401: Unauthorized"))
    (text,) = at(Severity.PROBLEM, await examined(hall, hall.channel()))
    assert "Discord refuses the token" in text
    assert "DISCORD_TOKEN" in text


async def test_an_outage_is_told_once_and_ends_the_look(hall: Hall) -> None:
    """Where Discord fails midway, one line says so instead of one for each channel, and nothing raises."""
    hall.fake.fail("GET", "/guilds/*", Status(503), times=None)
    found = await examined(hall, *(hall.channel(f"news-{number}") for number in range(3)))
    (text,) = at(Severity.WARNING, found)
    assert text.startswith("Discord stopped answering at discord:")
    assert "error 503" in text


async def test_a_gateway_out_of_reach_is_a_problem(hall: Hall) -> None:
    """REST may work where WebSockets do not: then cards come, but no commands."""
    hall.fake.gateway.refuse(1)
    (text,) = at(Severity.PROBLEM, await examined(hall))
    assert "gateway cannot be reached" in text


async def test_session_starts_that_run_out_are_a_warning(hall: Hall) -> None:
    """Only a bot that connects over and over uses up its sessions, and the line asks whether one does."""
    hall.fake.world.session_starts = 99
    (text,) = at(Severity.WARNING, await examined(hall))
    assert "99 of 1000 session starts left" in text
    assert "in a loop" in text
