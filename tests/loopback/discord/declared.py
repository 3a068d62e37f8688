"""The routes of the application's commands."""

from __future__ import annotations

from tests.loopback.discord.nouns import Json
from tests.loopback.discord.request import Handler, Request
from tests.loopback.discord.world import World

_CHAT_INPUT = 1


def _list(world: World, request: Request) -> list[Json]:
    if request.query.get("with_localizations") in {"1", "true"}:
        return world.commands
    left_out = {"name_localizations", "description_localizations"}
    return [{key: value for key, value in one.items() if key not in left_out} for one in world.commands]


def _put(world: World, request: Request) -> list[Json]:
    """Replace all commands; one of the same kind and name keeps its id."""
    known = {(one["type"], one["name"]): one["id"] for one in world.commands}
    version = str(world.id())
    world.commands = [
        _registered(one)
        | {
            "id": known.get((one.get("type") or _CHAT_INPUT, one["name"])) or str(world.id()),
            "application_id": str(world.me.id),
            "version": version,
        }
        for one in request.body
    ]
    return world.commands


def _registered(one: Json) -> Json:
    """Write a command as Discord gives it back: with what was left out, and what says nothing left out."""
    permissions = one.get("default_member_permissions")
    data: Json = {
        "type": one.get("type") or _CHAT_INPUT,
        "name": one["name"],
        "name_localizations": one.get("name_localizations"),
        "description": one.get("description") or "",
        "description_localizations": one.get("description_localizations"),
        "default_member_permissions": None if permissions is None else str(permissions),
        "dm_permission": one.get("dm_permission") is not False,
        "contexts": one.get("contexts"),
        "integration_types": one.get("integration_types") or [0],
        "nsfw": bool(one.get("nsfw")),
    }
    return data | ({"options": [_option(option) for option in one["options"]]} if one.get("options") else {})


def _option(option: Json) -> Json:
    data = {
        key: value
        for key, value in option.items()
        if value is not None and value is not False and value != []
    }
    if "options" in data:
        data["options"] = [_option(inner) for inner in data["options"]]
    return data


ROUTES: dict[tuple[str, str], Handler] = {
    ("GET", "/applications/{application_id}/commands"): _list,
    ("PUT", "/applications/{application_id}/commands"): _put,
}
