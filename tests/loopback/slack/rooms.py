"""The methods about the app itself, channels and people."""

from __future__ import annotations

from tests.loopback.slack import payloads
from tests.loopback.slack.nouns import Channel, Json, Kind
from tests.loopback.slack.request import Call, Handler, Refused, page
from tests.loopback.slack.world import World

_KINDS = {"public_channel": Kind.PUBLIC, "private_channel": Kind.PRIVATE, "im": Kind.IM}


def granted(world: World, *wanted: str) -> None:
    """Demand scopes; else ``missing_scope``."""
    missing = [scope for scope in wanted if scope not in world.scopes]
    if missing:
        provided = ",".join(sorted(world.scopes))
        raise Refused("missing_scope", needed=",".join(missing), provided=provided)


def found(world: World, key: str) -> Channel:
    """Find a channel that the bot can know of; else ``channel_not_found``."""
    channel = world.channels.get(key)
    if channel is None or not world.sees(channel):
        raise Refused("channel_not_found")
    return channel


def readable(world: World, call: Call, ability: str) -> Channel:
    """Find the call's channel, for which the scope of its kind is needed."""
    held = [kind for kind in Kind if f"{kind}:{ability}" in world.scopes]
    if not held:
        granted(world, f"{Kind.PUBLIC}:{ability}")
    channel = found(world, call.text("channel"))
    granted(world, f"{channel.kind}:{ability}")
    return channel


def _auth_test(world: World, _: Call) -> Json:
    return {
        "url": world.url,
        "team": world.name,
        "user": world.bot.name,
        "team_id": world.team_id,
        "user_id": world.bot.id,
        "bot_id": world.bot_id,
        "is_enterprise_install": False,
    }


def _info(world: World, call: Call) -> Json:
    channel = readable(world, call, "read")
    data = payloads.channel(world, channel)
    if call.flag("include_num_members"):
        data["num_members"] = len(channel.members)
    return {"channel": data}


def _members(world: World, call: Call) -> Json:
    channel = readable(world, call, "read")
    rows, cursor = page([{"id": key} for key in channel.members], call, 100)
    return {"members": [row["id"] for row in rows], "response_metadata": cursor}


def _kinds(world: World, call: Call) -> list[Kind]:
    asked = (call.text("types") or "public_channel").split(",")
    kinds = [_KINDS[each.strip()] for each in asked if each.strip() in _KINDS]
    if len(kinds) < len(asked):
        raise Refused("invalid_types")
    granted(world, *(f"{kind}:read" for kind in kinds))
    return kinds


def _list(world: World, call: Call) -> Json:
    kinds = _kinds(world, call)
    return _page(world, call, [channel for channel in _existing(world, call) if channel.kind in kinds])


def _conversations(world: World, call: Call) -> Json:
    kinds = _kinds(world, call)
    who = call.text("user") or world.bot.id
    if who not in world.users:
        raise Refused("user_not_found")
    rows = [one for one in _existing(world, call) if one.kind in kinds and who in one.members]
    return _page(world, call, rows)


def _existing(world: World, call: Call) -> list[Channel]:
    hides = call.flag("exclude_archived")
    return [one for one in world.channels.values() if world.sees(one) and not (hides and one.archived)]


def _page(world: World, call: Call, channels: list[Channel]) -> Json:
    rows, cursor = page([payloads.channel(world, channel) for channel in channels], call, 100)
    return {"channels": rows, "response_metadata": cursor}


def _user(world: World, call: Call) -> Json:
    key = call.text("user")
    if key not in world.users:
        raise Refused("user_not_found")
    return {"user": payloads.user(world, world.users[key])}


METHODS: dict[str, tuple[tuple[str, ...], Handler]] = {
    "auth.test": ((), _auth_test),
    "conversations.info": ((), _info),
    "conversations.members": ((), _members),
    "conversations.list": ((), _list),
    "users.conversations": ((), _conversations),
    "users.info": (("users:read",), _user),
}
"""Method → the scopes it needs whatever it is asked, and what does it."""
