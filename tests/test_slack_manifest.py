"""The manifest: valid for Slack whatever is chosen, and made from the declared commands alone."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache

import pytest
from click.testing import CliRunner, Result

from adapters.slack import manifest as manifests
from adapters.slack.manifest import chosen, commands, manifest
from adapters.slack.scopes import ABILITIES, BY_NAME, EVENTS, REQUIRED
from bot.cli.declared import declared
from bot.command import Command
from bot.errors import CommandError
from tests.loopback.slack import FakeSlack, contract
from tests.loopback.slack.nouns import Json

NAMES = [ability.name for ability in ABILITIES]
URL = "https://wireroom.example/slack/events"
COMMAND = re.compile(r"/[a-z0-9_-]{1,31}")
"""What Slack lets a command be called."""


@cache
def declarations() -> tuple[Command, ...]:
    """Declare all commands, once."""
    return tuple(declared())


def combinations() -> Iterator[tuple[frozenset[str], str, str | None]]:
    """Choose abilities, prefix and way in, in every way."""
    for size in range(len(NAMES) + 1):
        for names in itertools.combinations(NAMES, size):
            for prefix, url in itertools.product(("", "wr-", "a" * 12), (None, URL)):
                yield frozenset(names), prefix, url


def slash(written: Json) -> dict[str, Json]:
    """Give the commands by name."""
    return {one["command"]: one for one in written["features"]["slash_commands"]}


def run(*arguments: str, **environment: str) -> Result:
    """Run ``wireroom slack manifest``."""
    (command,) = commands(declarations)
    return CliRunner(env=environment).invoke(command, arguments)


def printed(*arguments: str, **environment: str) -> str:
    """Run it where it works, and give what it writes to stdout."""
    outcome = run(*arguments, **environment)
    assert outcome.exit_code == 0, outcome.output
    return outcome.stdout


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin without settings."""
    for name in ("SLACK_COMMAND_PREFIX", "SLACK_HTTP"):
        monkeypatch.delenv(name, raising=False)


def test_every_choice_is_valid_for_slack() -> None:
    """Whatever abilities, prefix and way in are chosen, Slack's own schema finds nothing wrong."""
    for abilities, prefix, url in combinations():
        written = manifest(declarations(), abilities=abilities, prefix=prefix, http_url=url)
        assert contract.manifest(written).everything == ()
        assert all(COMMAND.fullmatch(name) for name in slash(written))
        assert len(slash(written)) == len(written["features"]["slash_commands"])


async def test_the_fake_takes_it_in() -> None:
    """Installed from the manifest, the app has the scopes, events, commands and tabs that it relies on."""
    async with FakeSlack(rates=None) as slack:
        slack.declare(manifest(declarations()))
        assert slack.world.scopes == set(REQUIRED)
        assert slack.world.home_tab
        assert slack.world.messages_tab
        assert slack.world.shortcuts == {"wr.follow_new": "global", "wr.why": "message"}
        assert slack.world.commands is not None
        assert all(command.should_escape for command in slack.world.commands.values())


def test_commands_are_the_declared_ones() -> None:
    """The first words of what people type, in the order of the help, each with what may stand behind it."""
    written = slash(manifest(declarations()))
    assert {name: one.get("usage_hint") for name, one in written.items()} == {
        "/follow": "semiconductors",
        "/unfollow": "semiconductors",
        "/following": None,
        "/feeds": (
            "add https://… | remove | pause | resume | list | preview | posts | settings | import | export"
        ),
        "/digest": "weekdays 08:00 | off | now",
        "/quiet": "22:00-07:00 Hong Kong | off",
        "/wireroom": "status | data export | data forget | help",
    }
    assert {name: one["description"] for name, one in written.items()} == {
        "/follow": "Get a message when a feed mentions a word",
        "/unfollow": "Stop following a word",
        "/following": "See and change what you follow",
        "/feeds": "Post a feed in a channel, and more",
        "/digest": "Bundle your alerts",
        "/quiet": "Hold alerts during quiet hours",
        "/wireroom": "Say what I can do",
    }


def test_what_is_behind_buttons_is_no_command() -> None:
    """A command that is hidden goes, with its shortcut's if it is not there at all; a new one comes."""

    def without(word: str) -> list[Command]:
        return [one for one in declarations() if one.path[0] != word]

    hidden = [replace(one, behind_button=True) if one.path[0] == "quiet" else one for one in declarations()]
    assert "/quiet" not in slash(manifest(hidden))
    assert not {"/why", "/form", "/change"} & slash(manifest(declarations())).keys()
    fewer = manifest(without("why"))["features"]["shortcuts"]
    assert [one["callback_id"] for one in fewer] == ["wr.follow_new"]
    follow = next(one for one in declarations() if one.path == ("follow",))
    more = slash(manifest([*declarations(), replace(follow, path=("watch",), example="/watch ferries")]))
    assert more["/watch"]["usage_hint"] == "ferries"


def test_a_prefix_stands_in_front_of_the_short_names_alone() -> None:
    """/wireroom keeps its name, under which all others work too; what tells people what to type follows."""
    written = manifest(declarations(), prefix="wr-")
    plain = slash(manifest(declarations()))
    assert slash(written).keys() == {
        name if name == "/wireroom" else f"/wr-{name.removeprefix('/')}" for name in plain
    }
    introduction = written["display_information"]["long_description"]
    assert "/wr-follow" in introduction
    assert "/wr-feeds add" in introduction


@pytest.mark.parametrize("abilities", [(), ("private",), ("public", "history"), tuple(NAMES)])
def test_an_ability_brings_its_scopes_and_events_and_no_others(abilities: Sequence[str]) -> None:
    """What is chosen is asked for as optional; the required scopes are there in any case."""
    written = manifest(declarations(), abilities=abilities)
    scopes = [scope for name in NAMES if name in abilities for scope in BY_NAME[name].scopes]
    events = [event for name in NAMES if name in abilities for event in BY_NAME[name].events]
    assert written["oauth_config"]["scopes"]["bot"] == [*REQUIRED, *scopes]
    assert written["oauth_config"]["scopes"].get("bot_optional", []) == scopes
    assert written["settings"]["event_subscriptions"]["bot_events"] == [*EVENTS, *events]


def test_by_default_all_but_the_history_is_asked_for() -> None:
    """The manifest as it is printed holds no scope that could read a message."""
    written = manifest(declarations())
    assert written == manifest(declarations(), abilities=chosen())
    scopes = written["oauth_config"]["scopes"]["bot"]
    assert {"chat:write.public", "groups:read", "users:read", "files:write"} < set(scopes)
    assert not [scope for scope in scopes if scope.endswith(":history")]


def test_people_are_told_what_is_read() -> None:
    """With the history scopes the description says what they are for, and no longer that nothing is read."""
    without, with_ = (
        manifest(declarations(), abilities=abilities)["display_information"]["long_description"]
        for abilities in ((), ("history",))
    )
    assert "It does not read your messages." in without
    assert "It looks only for its own messages." in with_
    assert "does not read" not in with_


def test_over_socket_mode_no_address_is_named() -> None:
    """Without an address everything comes over Socket Mode, and nothing else is open."""
    written = manifest(declarations())
    assert written["settings"]["socket_mode_enabled"] is True
    assert "://" not in json.dumps(written["settings"])
    assert not any("url" in one for one in slash(written).values())


@pytest.mark.parametrize(
    ("address", "url"),
    [
        (URL, URL),
        ("https://wireroom.example", URL),
        ("https://wireroom.example/", URL),
        ("https://wireroom.example/hooks/slack", "https://wireroom.example/hooks/slack"),
    ],
)
def test_over_http_slack_is_told_where_to_send_everything(address: str, url: str) -> None:
    """Commands, buttons, menus and events all go to one address, and Socket Mode is off."""
    written = manifest(declarations(), http_url=address)
    settings = written["settings"]
    assert settings["socket_mode_enabled"] is False
    assert settings["event_subscriptions"]["request_url"] == url
    assert settings["interactivity"] == {
        "is_enabled": True,
        "request_url": url,
        "message_menu_options_url": url,
    }
    assert {one["url"] for one in slash(written).values()} == {url}


@pytest.mark.parametrize(
    "address",
    ["wireroom.example", "http://wireroom.example", "ftp://e.org", "https://", "http://[::1", "8080"],
)
def test_what_is_no_address_is_refused(address: str) -> None:
    """Whatever is wrong with the address, one sentence says how it is written."""
    with pytest.raises(CommandError, match="--url: write the address at which Slack reaches wireroom"):
        manifest(declarations(), http_url=address)


def test_it_is_printed_as_json_alone() -> None:
    """What stands on stdout can be pasted or piped as it is, and reads as it was meant."""
    text = printed()
    assert json.loads(text) == manifest(declarations())
    assert "add https://… | remove" in text


def test_options_choose_what_is_printed() -> None:
    """Abilities are added and left out by name, and prefix and address are taken."""
    written = json.loads(
        printed(
            "--with", "history", "--without", "files", "--without", "public", "--prefix", "wr-", "--url", URL
        )
    )
    assert written == manifest(
        declarations(), abilities={"private", "timezone", "history"}, prefix="wr-", http_url=URL
    )


def test_what_contradicts_itself_is_refused() -> None:
    """An ability is added or left out, not both."""
    with pytest.raises(CommandError, match="--with history and --without history: choose one of them"):
        chosen(["history", "files"], ["history"])


def test_whoever_serves_requests_is_told_what_the_manifest_lacks() -> None:
    """A manifest for Socket Mode says so where SLACK_HTTP is set, beside what can be pasted."""
    assert "add --url" in run(SLACK_HTTP="3000").stderr
    assert "add --url" not in run("--url", URL, SLACK_HTTP="3000").stderr
    assert run().stderr == ""
    json.loads(run(SLACK_HTTP="3000").stdout)


def test_the_prefix_is_the_operators_unless_another_is_given() -> None:
    """What SLACK_COMMAND_PREFIX says counts, so that the commands of the manifest are those understood."""
    assert "/news-follow" in slash(json.loads(printed(SLACK_COMMAND_PREFIX="news-")))
    assert "/follow" in slash(json.loads(printed("--prefix", "", SLACK_COMMAND_PREFIX="news-")))


@pytest.mark.parametrize("option", ["--with", "--without"])
def test_an_unknown_ability_is_refused_with_those_there_are(option: str) -> None:
    """The refusal lists each ability with what it unlocks, and nothing is printed."""
    outcome = run(option, "email")
    assert isinstance(outcome.exception, CommandError)
    assert outcome.output == ""
    said = str(outcome.exception)
    assert said.startswith("There is no ability “email”.")
    for ability in ABILITIES:
        assert f"{ability.name}: {ability.unlocks}" in said


def test_a_wrong_prefix_is_refused() -> None:
    """A prefix that Slack would not take is refused before anything is printed."""
    outcome = run("--prefix", "WR ")
    assert isinstance(outcome.exception, CommandError)
    assert outcome.output == ""
    said = "--prefix: write 12 small letters, digits and dashes at most, such as wr-."
    assert str(outcome.exception) == said


def test_the_help_says_where_it_goes() -> None:
    """Whoever reads the help knows where the manifest is pasted."""
    said = printed("--help")
    assert "https://api.slack.com/apps" in said
    assert "From a manifest" in " ".join(said.split())


def test_shortcuts_stand_for_declared_commands() -> None:
    """Each shortcut runs a command that there is."""
    paths = {command.path for command in declarations()}
    assert all(path in paths for path, *_ in manifests.SHORTCUTS)
