"""The routes of guilds, channels, members and the application itself."""

from __future__ import annotations

from tests.loopback.discord import payloads
from tests.loopback.discord.nouns import Channel, Guild, Json
from tests.loopback.discord.request import Handler, Refused, Request
from tests.loopback.discord.world import World


def channel_seen(world: World, key: int) -> Channel:
    """Find a channel that the bot sees; else 10003 or 50001."""
    channel = world.channel(key)
    if channel is None:
        raise Refused(10003)
    if not world.sees(channel):
        raise Refused(50001)
    return channel


def guild_joined(world: World, key: int) -> Guild:
    """Find a guild in which the bot is; else 10004."""
    guild = world.guilds.get(key)
    if guild is None or guild.me is None:
        raise Refused(10004)
    return guild


def _me(world: World, _: Request) -> Json:
    return payloads.user(world.me) | {"verified": True, "mfa_enabled": False, "locale": "en-US"}


def _application(world: World, _: Request) -> Json:
    return world.application


def _gateway(world: World, _: Request) -> Json:
    return {"url": world.gateway_address}


def _gateway_bot(world: World, _: Request) -> Json:
    limit = {
        "total": 1000,
        "remaining": world.session_starts,
        "reset_after": world.session_reset_ms,
        "max_concurrency": 1,
    }
    return {"url": world.gateway_address, "shards": world.shards, "session_start_limit": limit}


def _channel(world: World, request: Request) -> Json:
    return payloads.channel(channel_seen(world, request.id("channel_id")))


def _guild(world: World, request: Request) -> Json:
    guild = guild_joined(world, request.id("guild_id"))
    counts = {"approximate_member_count": len(guild.members), "approximate_presence_count": 0}
    return payloads.guild(guild) | (counts if request.query.get("with_counts") in {"1", "true"} else {})


def _guilds(world: World, _: Request) -> list[Json]:
    return [
        {
            "id": str(guild.id),
            "name": guild.name,
            "icon": None,
            "banner": None,
            "owner": False,
            "permissions": "0",
            "features": [],
        }
        for guild in world.guilds.values()
        if guild.me
    ]


def _channels(world: World, request: Request) -> list[Json]:
    guild = guild_joined(world, request.id("guild_id"))
    return [payloads.channel(channel) for channel in guild.channels.values() if not channel.is_thread]


def _roles(world: World, request: Request) -> list[Json]:
    return [payloads.role(role) for role in guild_joined(world, request.id("guild_id")).roles.values()]


def _member(world: World, request: Request) -> Json:
    guild = guild_joined(world, request.id("guild_id"))
    key = request.id("user_id")
    if key not in world.users:
        raise Refused(10013)
    if key not in guild.members:
        raise Refused(10007)
    return payloads.member(guild.members[key])


def _user(world: World, request: Request) -> Json:
    user = world.users.get(request.id("user_id"))
    if user is None:
        raise Refused(10013)
    return payloads.user(user)


def _open_dm(world: World, request: Request) -> Json:
    user = world.users.get(int(request.body.get("recipient_id") or 0))
    if user is None or user is world.me:
        raise Refused(50033)
    return payloads.channel(world.dm(user))


ROUTES: dict[tuple[str, str], Handler] = {
    ("GET", "/users/@me"): _me,
    ("GET", "/users/@me/guilds"): _guilds,
    ("POST", "/users/@me/channels"): _open_dm,
    ("GET", "/users/{user_id}"): _user,
    ("GET", "/applications/@me"): _application,
    ("GET", "/oauth2/applications/@me"): _application,
    ("GET", "/gateway"): _gateway,
    ("GET", "/gateway/bot"): _gateway_bot,
    ("GET", "/channels/{channel_id}"): _channel,
    ("GET", "/guilds/{guild_id}"): _guild,
    ("GET", "/guilds/{guild_id}/channels"): _channels,
    ("GET", "/guilds/{guild_id}/roles"): _roles,
    ("GET", "/guilds/{guild_id}/members/{user_id}"): _member,
}
