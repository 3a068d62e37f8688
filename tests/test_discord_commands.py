"""What Discord is told of the commands: all of them, within its limits, and only when it must be."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from discord import AppCommandOptionType as Type
from discord import AppCommandType

from adapters.discord.adapter import DiscordAdapter
from adapters.discord.commands import MENU, SUGGESTED, definitions, differ
from adapters.discord.settings import DiscordSettings
from bot.command import Caller, Command, Kind, Option, Values
from bot.commands.desk import option as options
from bot.commands.desk.front import FrontDesk
from bot.reply import Reply
from tests.lobby import every, lobby
from tests.loopback.discord.contract import judge
from tests.reading import MARIA, NEWS, Room

Payload = Mapping[str, Any]
INSIDE = {Type.subcommand.value, Type.subcommand_group.value}


@pytest_asyncio.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """Open a room whose desk knows every command, with what Discord adds to a feed's settings."""
    async with lobby(tmp_path) as opened:
        tools = replace(opened.tools, adapters={"discord": DiscordAdapter(DiscordSettings())})
        opened.desk = FrontDesk(every(tools), tools)
        yield opened


@pytest.fixture
def ours(room: Room) -> list[dict[str, Any]]:
    """Write the definitions of all commands."""
    return definitions(room.desk.commands)


def callable_(definition: Payload, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Payload]]:
    """Go through what people can call: each with the words that they choose."""
    path = (*path, definition["name"])
    inside = [option for option in definition.get("options", ()) if option["type"] in INSIDE]
    for option in inside:
        yield from callable_(option, path)
    if not inside:
        yield path, definition


def slash(ours: Sequence[Payload]) -> dict[tuple[str, ...], Payload]:
    """Map the words of every slash command to its definition."""
    typed = [one for one in ours if one["type"] == AppCommandType.chat_input.value]
    return dict(found for one in typed for found in callable_(one))


def steps(ours: Sequence[Payload]) -> Iterator[Payload]:
    """Go through every definition, and every option at any depth."""
    for one in ours:
        yield one
        yield from steps(one.get("options", ()))


def test_people_find_each_command_and_no_button_s(ours: list[Payload]) -> None:
    """What people type can be called, bare groups and what is behind buttons cannot."""
    assert [" ".join(path) for path in slash(ours)] == [
        "follow",
        "unfollow",
        "following",
        *(f"feeds {word}" for word in ("add", "remove", "pause", "resume", "list", "preview", "posts")),
        *(f"feeds {word}" for word in ("settings", "import", "export")),
        "digest set",
        "digest off",
        "digest now",
        "quiet",
        "wireroom status",
        "wireroom data export",
        "wireroom data forget",
        "wireroom help",
    ]


def test_nothing_declared_is_lost(room: Room, ours: list[Payload]) -> None:
    """A command that people type, and each of its options, is there unless it is only a group's name."""
    written = slash(ours)
    for command in room.desk.commands:
        is_group = any(path[:-1] == command.path for path in written)
        if command.behind_button or is_group:
            assert command.path not in written
        else:
            names = {option["name"] for option in written[command.path]["options"]}
            assert names == {option.name for option in command.options}


def test_discord_s_own_settings_are_options(ours: list[Payload]) -> None:
    """What only Discord lets a channel choose about a feed stands among its other settings."""
    names = {option["name"] for option in slash(ours)["feeds", "settings"]["options"]}
    assert names > {setting.name for setting in DiscordAdapter.feed_settings}


def test_following_is_one_step(ours: list[Payload]) -> None:
    """``/follow`` has no sub-commands and asks for its words first, with suggestions."""
    follow = slash(ours)["follow",]
    words = follow["options"][0]
    assert (words["name"], words["required"], words["autocomplete"]) == ("words", True, True)
    assert words["max_length"] == 300
    assert [one["required"] for one in follow["options"][1:]] == [False, False, False]


def test_all_keeps_to_the_limits(ours: list[Payload]) -> None:
    """Names, descriptions, options and choices are within what Discord takes, and unmistakable."""
    assert len(ours) <= 100
    for one in steps(ours):
        if one["type"] == AppCommandType.message.value and "options" not in one:
            assert 1 <= len(one["name"]) <= 32
            continue
        assert re.fullmatch("[-_a-z0-9]{1,32}", one["name"])
        assert 1 <= len(one["description"]) <= 100
        inside = one.get("options", ())
        assert len(inside) <= 25
        assert len({option["name"] for option in inside}) == len(inside)
        wanted = [option.get("required", False) for option in inside]
        assert wanted == sorted(wanted, reverse=True)
        choices = one.get("choices", ())
        assert len(choices) <= 25
        assert not (choices and one.get("autocomplete"))
        for key in ("name", "value"):
            assert all(1 <= len(choice[key]) <= 100 for choice in choices)
            assert len({choice[key] for choice in choices}) == len(choices)
        assert 1 <= one.get("max_length", 1) <= 6_000


def test_discord_s_own_document_allows_it(ours: list[Payload]) -> None:
    """The request that registers the commands is one that Discord's OpenAPI document describes."""
    verdict = judge("PUT", "/applications/42/commands", body=ours)
    assert not verdict.breaches, "; ".join(map(str, verdict.breaches))


def test_each_command_is_short_enough(ours: list[Payload]) -> None:
    """Names, descriptions and values of one command are 8,000 characters at most."""
    for one in ours:
        texts = [len(step.get(key, "")) for step in steps([one]) for key in ("name", "description")]
        texts += [
            len(choice[key]) for step in steps([one]) for choice in step.get("choices", ()) for key in choice
        ]
        assert sum(texts) <= 8_000


def test_groups_are_two_deep_at_most(ours: list[Payload]) -> None:
    """A group is in a command, a sub-command in either, and beside neither stands another option."""
    for one in ours:
        for group in one.get("options", ()):
            if group["type"] == Type.subcommand_group.value:
                assert {option["type"] for option in group["options"]} == {Type.subcommand.value}
        for step in steps([one]):
            kinds = {option["type"] in INSIDE for option in step.get("options", ())}
            assert len(kinds) <= 1


def test_feeds_are_shown_to_those_who_manage_channels(ours: list[Payload]) -> None:
    """Only ``/feeds`` asks for a permission, and that is Manage Channels (1 << 4)."""
    rights = {one["name"]: one["default_member_permissions"] for one in ours}
    assert {name for name, right in rights.items() if right is not None} == {"feeds"}
    assert rights["feeds"] == 1 << 4


def test_commands_are_for_servers_and_for_people(ours: list[Payload]) -> None:
    """Every command is there in servers and in the bot's messages, installed for either."""
    for one in ours:
        assert (one["contexts"], one["integration_types"]) == ([0, 1], [0, 1])


def test_a_message_can_be_asked_about(room: Room, ours: list[Payload]) -> None:
    """The message menu has its one question, which leads to a command that takes the message."""
    (menu,) = [one for one in ours if one["type"] == AppCommandType.message.value]
    assert menu["name"] == "Why did I get this?"
    assert "description" not in menu
    asked = MENU[menu["name"]]
    (command,) = [command for command in room.desk.commands if command.path == asked]
    assert [option.name for option in command.options] == ["message"]
    assert definitions([]) == []


def test_channels_are_chosen_as_channels(ours: list[Payload]) -> None:
    """Who manages feeds picks a channel that can carry them; a follow is for me or for here."""
    written = slash(ours)
    where = [option for path in written for option in written[path]["options"] if option["name"] == "channel"]
    assert len(where) == 6
    for option in [*where, *(one for one in written["feeds", "add"]["options"] if one["name"] == "to")]:
        assert option["type"] == Type.channel.value
        assert option["channel_types"] == [0, 5, 10, 11, 12, 15]
    (to,) = [option for option in written["follow",]["options"] if option["name"] == "to"]
    assert [choice["value"] for choice in to["choices"]] == ["me", "here"]
    assert "another" not in to["description"]


def test_numbers_and_files_have_fields_of_their_own(ours: list[Payload]) -> None:
    """A number has its bounds, and a list of feeds is handed over as a file."""
    count = slash(ours)["feeds", "preview"]["options"][1]
    assert (count["type"], count["min_value"], count["max_value"]) == (Type.integer.value, 1, 5)
    page = slash(ours)["following",]["options"][0]
    assert (page["min_value"], page.get("max_value")) == (1, None)
    assert slash(ours)["feeds", "import"]["options"][0]["type"] == Type.attachment.value


def test_each_choice_is_understood(room: Room, ours: list[Payload]) -> None:
    """The desk reads the value of every choice as that value."""
    declared = {command.path: command for command in room.desk.commands}
    for path, definition in slash(ours).items():
        for written in definition["options"]:
            (option,) = [one for one in declared[path].options if one.name == written["name"]]
            for choice in written.get("choices", ()):
                assert options.read(option, choice["value"]) == choice["value"]


async def test_suggestions_are_asked_for_where_there_are_some(room: Room, ours: list[Payload]) -> None:
    """A field that asks the desk gets something to choose from, and one that does not would get nothing."""
    await room.feed("Chips Daily", ["Chips rise", "Chips fall"])
    await room.ask("/follow chips")
    for path, definition in slash(ours).items():
        for option in definition["options"]:
            if option["type"] != Type.string.value or "choices" in option:
                continue
            found = await room.desk.suggest(Caller(MARIA, NEWS), path, option["name"], "")
            assert bool(found) == option.get("autocomplete", False), (path, option["name"])


def as_discord_has_it(one: Payload, number: int = 0) -> dict[str, Any]:
    """Write a definition as Discord gives it back: defaults left out, its own things added, keys anyhow."""
    kept = {key: value for key, value in one.items() if value not in (None, False, [])}
    if "options" in kept:
        kept["options"] = [as_discord_has_it(option) for option in kept["options"]]
    if "contexts" in kept:
        rights = one["default_member_permissions"]
        kept |= {
            "id": str(4_711 + number),
            "application_id": "42",
            "version": "99",
            "description": one.get("description", ""),
            "name_localizations": None,
            "description_localizations": None,
            "default_member_permissions": None if rights is None else str(rights),
            "dm_permission": True,
            "nsfw": False,
            "contexts": one["contexts"][::-1],
            "something_new": {"of": "tomorrow"},
        }
    return dict(reversed(kept.items()))


def registered(ours: Sequence[Payload]) -> list[dict[str, Any]]:
    """Write all definitions as Discord gives them back, in another order."""
    return [as_discord_has_it(one, number) for number, one in enumerate(ours)][::-1]


def test_what_is_registered_is_recognised(ours: list[Payload]) -> None:
    """Defaults left out, keys added and commands in another order make no difference."""
    assert not differ(ours, ours)
    assert not differ(ours, json.loads(json.dumps(registered(ours))))


def leaves(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401 - any JSON
    """Go through the places of all single values."""
    if isinstance(node, dict | list):
        for key, inner in node.items() if isinstance(node, dict) else enumerate(node):
            yield from leaves(inner, (*path, key))
    else:
        yield path


def changed(value: object) -> object:
    """Make another value of the same kind."""
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case str():
            return value + "x"
    return 8


def test_every_change_is_noticed(ours: list[dict[str, Any]]) -> None:
    """No single value that we declare can be another without being noticed."""
    theirs = registered(ours)
    seen = 0
    for path in leaves(ours):
        other = copy.deepcopy(ours)
        place: Any = other
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = changed(place[path[-1]])
        assert differ(other, theirs), path
        seen += 1
    assert seen > 400


def test_what_is_more_or_less_is_noticed(ours: list[dict[str, Any]]) -> None:
    """A command too many or too few, options in another order, and what others set make a difference."""
    assert differ(ours, registered(ours)[1:])
    assert differ(ours, [*registered(ours), {"type": 1, "name": "old", "description": "Old"}])
    assert differ(ours, [])
    (follow,) = [one for one in registered(ours) if one["name"] == "follow"]
    rest = [one for one in registered(ours) if one["name"] != "follow"]
    assert not differ(ours, [follow, *rest])
    assert differ(ours, [follow | {"options": follow["options"][::-1]}, *rest])
    assert differ(ours, [follow | {"nsfw": True}, *rest])
    assert differ(ours, [follow | {"description_localizations": {"de": "Anders"}}, *rest])
    assert differ(ours, [{key: text for key, text in follow.items() if key != "contexts"}, *rest])


def test_what_must_be_there_comes_first() -> None:
    """An option declared as required behind another stands in front of it, as Discord demands."""

    async def nothing(caller: Caller, values: Values) -> Reply:
        del caller, values
        return Reply(("Marked.",))

    declared = (
        Option("note", Kind.TEXT, "A note"),
        Option("feed", Kind.FEED, "The feed", required=True),
        Option("tag", Kind.TEXT, "A tag"),
    )
    (one,) = definitions([Command(("mark",), "Mark a feed", nothing, declared)])
    assert [option["name"] for option in one["options"]] == ["feed", "note", "tag"]


def test_every_kind_has_its_field(room: Room) -> None:
    """Each kind of option is declared somewhere that people see, so that the laws above hold for all."""
    seen: set[Kind] = set()
    commands: Sequence[Command] = room.desk.commands
    for command in commands:
        if not command.behind_button:
            seen |= {option.kind for option in command.options}
    assert seen == set(Kind)
    assert seen >= SUGGESTED
