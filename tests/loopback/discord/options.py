"""Commands as Discord's client offers them: which there are, who may use them, what options they take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tests.loopback.discord import payloads
from tests.loopback.discord.invocation import Unusable, Upload
from tests.loopback.discord.nouns import Channel, Json, User
from tests.loopback.discord.permissions import EVERYTHING, Permission, rights
from tests.loopback.discord.world import World

Value = str | int | float | bool | Channel | User | Upload

SUBCOMMAND, GROUP, CHANNEL = 1, 2, 7


@dataclass(frozen=True, slots=True)
class Offered:
    """A registered command, the subcommands that lead to it, and the options that it takes."""

    command: Json
    steps: tuple[Json, ...]
    options: tuple[Json, ...]


def find(world: World, path: str, *, kind: int = 1) -> Offered:
    """Find a command by its words (``feeds add``), or a menu's entry by its name."""
    name, *rest = [path] if kind != 1 else path.removeprefix("/").split()
    command = next((one for one in world.commands if one["type"] == kind and one["name"] == name), None)
    if command is None:
        raise Unusable(f"no command {name!r} is registered, only {[one['name'] for one in world.commands]}")
    steps: list[Json] = []
    options = command.get("options", [])
    for word in rest:
        step = next(
            (one for one in options if one["name"] == word and one["type"] in {SUBCOMMAND, GROUP}), None
        )
        if step is None:
            raise Unusable(f"{path!r} has no {word!r}, only {[one['name'] for one in options]}")
        steps.append(step)
        options = step.get("options", [])
    if any(one["type"] in {SUBCOMMAND, GROUP} for one in options):
        raise Unusable(f"{path!r} cannot be called itself, only {[one['name'] for one in options]}")
    return Offered(command, tuple(steps), tuple(options))


def open_to(command: Json, user: User, channel: Channel) -> None:
    """Refuse where the client does not show the command: by place, installation or rights."""
    place = 1 if channel.guild is None else 0
    contexts = command["contexts"]
    if contexts is not None and place not in contexts:
        raise Unusable(f"{command['name']!r} is not offered in this kind of place")
    here = channel.guild is None or channel.guild.me is not None
    kinds = command["integration_types"]
    if not ((here and 0 in kinds) or (user.installed and 1 in kinds)):
        raise Unusable(f"the app is installed neither here nor for {user.name}")
    wanted = command["default_member_permissions"]
    if channel.guild is None:
        return
    held = rights(channel.guild.members[user.id], channel)
    if not held & Permission.USE_APPLICATION_COMMANDS:
        raise Unusable(f"{user.name} may not use commands here")
    needed = int(wanted or 0)
    if held != EVERYTHING and wanted is not None and (not needed or held & needed != needed):
        raise Unusable(f"{command['name']!r} is hidden from {user.name}: it wants the rights {needed}")


def fill_in(
    world: World,
    offered: Offered,
    channel: Channel,
    given: Mapping[str, Value],
    *,
    focused: str | None = None,
) -> Json:
    """Write a command with what was filled in, as the client sends it."""
    names = [option["name"] for option in offered.options]
    for name in given:
        if name not in names:
            raise Unusable(f"there is no option {name!r}, only {names}")
    missing = [one["name"] for one in offered.options if one.get("required") and one["name"] not in given]
    if missing and focused is None:
        raise Unusable(f"required: {missing}")
    resolved: Json = {}
    options = [
        {"name": option["name"], "type": option["type"]}
        | (
            _typed(option, given[option["name"]])
            if option["name"] == focused
            else {"value": _filled(world, option, given[option["name"]], channel, resolved)}
        )
        for option in offered.options
        if option["name"] in given
    ]
    for step in reversed(offered.steps):
        options = [{"name": step["name"], "type": step["type"], "options": options}]
    command = offered.command
    data: Json = {"id": command["id"], "name": command["name"], "type": command["type"], "options": options}
    if resolved:
        data["resolved"] = resolved
    return data


def _typed(option: Json, value: Value) -> Json:
    """Write the option that is being typed in."""
    if not option.get("autocomplete"):
        raise Unusable(f"{option['name']!r} completes nothing")
    return {"value": value, "focused": True}


def _filled(world: World, option: Json, value: Value, channel: Channel, resolved: Json) -> str | float:
    """Write an option's value, and into ``resolved`` what it stands for."""
    kind = option["type"]
    match kind, value:
        case (3, str()) | (4, int()) | (5, bool()) | (10, int() | float()):
            assert isinstance(value, str | int | float)
            return _chosen(option, value)
        case (7, Channel()) | (6, User()):
            assert isinstance(value, Channel | User)
            described = _channel(option, value) if isinstance(value, Channel) else payloads.user(value)
            resolved.setdefault("channels" if kind == CHANNEL else "users", {})[str(value.id)] = described
            return str(value.id)
        case 11, Upload(filename, content):
            attachment = world.upload(channel, filename, content) | {"ephemeral": True}
            resolved.setdefault("attachments", {})[attachment["id"]] = attachment
            key: str = attachment["id"]
            return key
    raise Unusable(f"the option {option['name']!r} of type {kind} takes no {value!r}")


def _chosen(option: Json, value: str | float) -> str | float:
    """Hold a value against the option's choices and bounds; a choice may be named as it is shown."""
    size, measure = (len(value), "length") if isinstance(value, str) else (value, "value")
    choices = option.get("choices")
    if choices:
        found = next((one["value"] for one in choices if value in (one["value"], one["name"])), None)
        if found is None:
            raise Unusable(f"{option['name']!r} offers {[one['name'] for one in choices]}, not {value!r}")
        chosen: str | float = found
        return chosen
    least, most = option.get(f"min_{measure}", size), option.get(f"max_{measure}", size)
    if not least <= size <= most:
        raise Unusable(f"{option['name']!r} takes {least} to {most}, not {size}")
    return value


def _channel(option: Json, channel: Channel) -> Json:
    kinds = option.get("channel_types")
    if kinds and channel.kind not in kinds:
        raise Unusable(f"{option['name']!r} takes channels of the types {kinds}, not {channel.kind!r}")
    kept = ("id", "name", "type", "parent_id", "thread_metadata")
    data = {key: value for key, value in payloads.channel(channel).items() if key in kept}
    return data | {"permissions": str(EVERYTHING)}
