"""The routes of threads and of a forum's posts."""

from __future__ import annotations

from datetime import datetime

from tests.loopback.discord import payloads
from tests.loopback.discord.nouns import Channel, Json, Kind, Message, made_at
from tests.loopback.discord.permissions import Permission
from tests.loopback.discord.places import channel_seen, guild_joined
from tests.loopback.discord.posts import carries, fill, may, message_seen
from tests.loopback.discord.request import Handler, Refused, Request
from tests.loopback.discord.world import World

_HAVE_THREADS = frozenset({Kind.TEXT, Kind.ANNOUNCEMENT})


def _start(world: World, request: Request) -> Json:
    channel = channel_seen(world, request.id("channel_id"))
    if world.is_forum(channel):
        return _post(world, channel, request)
    if channel.kind not in _HAVE_THREADS:
        raise Refused(50024)
    private = request.body.get("type", Kind.PRIVATE_THREAD) == Kind.PRIVATE_THREAD
    wanted = Permission.CREATE_PRIVATE_THREADS if private else Permission.CREATE_PUBLIC_THREADS
    may(world, channel, wanted)
    thread = world.add_thread(channel, request.body["name"], private=private, members=[world.me])
    return payloads.channel(thread)


def _post(world: World, forum: Channel, request: Request) -> Json:
    """Open a forum's post: a thread whose first message has the thread's id."""
    may(world, forum, Permission.SEND_MESSAGES)
    data = request.body.get("message")
    if data is None:
        raise Refused(
            50035, {"message": {"_errors": [{"code": "BASE_TYPE_REQUIRED", "message": "required"}]}}
        )
    carries(world, forum, data, request.files)
    tags = [int(tag) for tag in request.body.get("applied_tags") or ()]
    if any(tag not in forum.tags for tag in tags):
        raise Refused(
            50035, {"applied_tags": {"_errors": [{"code": "UNKNOWN_TAG", "message": "Unknown tag"}]}}
        )
    if forum.needs_tag and not tags:
        raise Refused(40067)
    key = world.id()
    draft = Message(key, forum, world.me)
    fill(world, draft, data, request.files)
    thread = world.add_thread(forum, request.body["name"], key=key, members=[world.me], tags=tags)
    draft.channel = thread
    thread.messages[key] = draft
    return payloads.channel(thread) | {"message": payloads.message(draft)}


def _start_on_message(world: World, request: Request) -> Json:
    message = message_seen(world, request)
    if message.channel.kind not in _HAVE_THREADS:
        raise Refused(50024)
    may(world, message.channel, Permission.CREATE_PUBLIC_THREADS)
    if message.thread is not None:
        raise Refused(160004)
    name = request.body["name"]
    message.thread = world.add_thread(message.channel, name, key=message.id, members=[world.me])
    return payloads.channel(message.thread)


def _change(world: World, request: Request) -> Json:
    """Change a thread: its author may rename and archive it, a manager may all."""
    channel = channel_seen(world, request.id("channel_id"))
    if not channel.is_thread:
        raise Refused(50013)
    is_manager = bool(world.bot_rights(channel) & Permission.MANAGE_THREADS)
    wants = request.body
    if not is_manager and (channel.owner is not world.me or channel.locked or "locked" in wants):
        raise Refused(50013)
    if channel.archived and wants.get("archived", True):
        raise Refused(50083)
    channel.applied_tags = [int(tag) for tag in wants.get("applied_tags") or channel.applied_tags]
    if wants.get("name"):
        world.rename(channel, wants["name"])
    if "archived" in wants or "locked" in wants:
        archived = bool(wants.get("archived", channel.archived))
        world.archive(channel, archived=archived, locked=wants.get("locked"))
    return payloads.channel(channel)


def _active(world: World, request: Request) -> Json:
    guild = guild_joined(world, request.id("guild_id"))
    newest = sorted(world.active_threads(guild), key=lambda thread: -thread.id)
    return {"threads": [payloads.channel(thread) for thread in newest], "members": []}


def _archived(world: World, request: Request) -> Json:
    channel = channel_seen(world, request.id("channel_id"))
    may(world, channel, Permission.READ_MESSAGE_HISTORY)
    before = request.query.get("before")
    limit = int(request.query.get("limit", 50))
    assert channel.guild is not None
    found = [
        thread
        for thread in channel.guild.channels.values()
        if thread.parent is channel and thread.archived and thread.kind is not Kind.PRIVATE_THREAD
    ]
    if before is not None:
        found = [thread for thread in found if _archived_at(thread) < datetime.fromisoformat(before)]
    found.sort(key=_archived_at, reverse=True)
    return {
        "threads": [payloads.channel(thread) for thread in found[:limit]],
        "members": [],
        "has_more": len(found) > limit,
    }


def _members(world: World, request: Request) -> list[Json]:
    thread = _thread_seen(world, request)
    return [_membership(thread, key) for key in sorted(thread.members)]


def _member(world: World, request: Request) -> Json:
    thread = _thread_seen(world, request)
    key = request.id("user_id")
    if key not in thread.members:
        raise Refused(10007)
    return _membership(thread, key)


def _join(world: World, request: Request) -> None:
    _thread_seen(world, request).members.add(world.me.id)


def _thread_seen(world: World, request: Request) -> Channel:
    channel = channel_seen(world, request.id("channel_id"))
    if not channel.is_thread:
        raise Refused(50024)
    return channel


def _membership(thread: Channel, key: int) -> Json:
    joined = made_at(thread.id).isoformat()
    return {"id": str(thread.id), "user_id": str(key), "join_timestamp": joined, "flags": 0}


def _archived_at(thread: Channel) -> datetime:
    return thread.archived_at or made_at(thread.id)


ROUTES: dict[tuple[str, str], Handler] = {
    ("POST", "/channels/{channel_id}/threads"): _start,
    ("POST", "/channels/{channel_id}/messages/{message_id}/threads"): _start_on_message,
    ("PATCH", "/channels/{channel_id}"): _change,
    ("GET", "/channels/{channel_id}/thread-members"): _members,
    ("GET", "/channels/{channel_id}/thread-members/{user_id}"): _member,
    ("PUT", "/channels/{channel_id}/thread-members/@me"): _join,
    ("GET", "/guilds/{guild_id}/threads/active"): _active,
    ("GET", "/channels/{channel_id}/threads/archived/public"): _archived,
}
