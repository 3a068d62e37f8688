"""The routes of messages: post, look up, edit, delete, crosspost."""

from __future__ import annotations

from collections.abc import Mapping

from tests.loopback.discord import payloads
from tests.loopback.discord.nouns import (
    CROSSPOSTED,
    EPHEMERAL,
    TEXTLESS,
    Channel,
    Json,
    Kind,
    Message,
)
from tests.loopback.discord.permissions import Permission
from tests.loopback.discord.places import channel_seen
from tests.loopback.discord.request import Handler, Refused, Request
from tests.loopback.discord.world import World


def fill(world: World, message: Message, data: Json, files: Mapping[str, bytes]) -> None:
    """Put into a message what a request says of it, leaving the rest; 50006 where nothing would be left."""
    content = (data["content"] or "").strip() if "content" in data else message.content
    embeds = list(data["embeds"] or ()) if "embeds" in data else message.embeds
    components = list(data["components"] or ()) if "components" in data else message.components
    kept = message.attachments
    if "attachments" in data:
        named = {str(each["id"]) for each in data["attachments"] or ()}
        kept = [each for each in kept if each["id"] in named]
    if not (content or embeds or components or kept or files or data.get("poll")):
        raise Refused(50006)
    message.content, message.embeds, message.components = content, embeds, components
    message.attachments = [*kept, *(world.upload(message.channel, name, files[name]) for name in files)]
    message.files |= files
    if data.get("flags") is not None:
        message.flags = message.flags & (EPHEMERAL | CROSSPOSTED) | data["flags"] & ~EPHEMERAL


def may(world: World, channel: Channel, *wanted: Permission) -> None:
    """Demand that the bot has rights in a channel; else 50013."""
    held = world.bot_rights(channel)
    if any(not held & each for each in wanted):
        raise Refused(50013)


def open_to_posts(world: World, channel: Channel, data: Json, files: Mapping[str, bytes]) -> None:
    """Demand that the bot may post this in a channel, as Discord does."""
    if channel.recipient is not None:
        if not world.reaches(channel.recipient):
            raise Refused(50278)
        if channel.recipient.closed:
            raise Refused(50007)
        return
    if channel.kind in TEXTLESS:
        raise Refused(50008)
    if world.is_forum(channel):
        raise Refused(40058)
    may(
        world, channel, Permission.SEND_MESSAGES_IN_THREADS if channel.is_thread else Permission.SEND_MESSAGES
    )
    carries(world, channel, data, files)


def carries(world: World, channel: Channel, data: Json, files: Mapping[str, bytes]) -> None:
    """Demand the rights for what a message holds besides text."""
    if data.get("embeds"):
        may(world, channel, Permission.EMBED_LINKS)
    if files:
        may(world, channel, Permission.ATTACH_FILES)


def _create(world: World, request: Request) -> Json:
    channel = channel_seen(world, request.id("channel_id"))
    open_to_posts(world, channel, request.body, request.files)
    if channel.locked and not world.bot_rights(channel) & Permission.MANAGE_THREADS:
        raise Refused(160005)
    nonce = request.body.get("nonce")
    if request.body.get("enforce_nonce") and nonce is not None and str(nonce) in world.nonces:
        return payloads.message(world.nonces[str(nonce)])
    message = Message(world.id(), channel, world.me, nonce=None if nonce is None else str(nonce))
    fill(world, message, request.body, request.files)
    channel.messages[message.id] = message
    if message.nonce is not None:
        world.nonces[message.nonce] = message
    if channel.archived:
        world.archive(channel, archived=False)
    return payloads.message(message)


def _list(world: World, request: Request) -> list[Json]:
    channel = channel_seen(world, request.id("channel_id"))
    if channel.guild and not world.bot_rights(channel) & Permission.READ_MESSAGE_HISTORY:
        return []
    limit = int(request.query.get("limit", 50))
    newest = [each for each in reversed(channel.messages.values()) if not each.is_ephemeral]
    if "after" in request.query:
        found = [each for each in newest if each.id > int(request.query["after"])][-limit:]
    elif "before" in request.query:
        found = [each for each in newest if each.id < int(request.query["before"])][:limit]
    elif "around" in request.query:
        middle = int(request.query["around"])
        newer = sum(each.id > middle for each in newest)
        start = max(0, newer - limit // 2)
        found = newest[start : start + limit]
    else:
        found = newest[:limit]
    return [payloads.message(each) for each in found]


def _get(world: World, request: Request) -> Json:
    message = message_seen(world, request)
    if message.channel.guild:
        may(world, message.channel, Permission.READ_MESSAGE_HISTORY)
    return payloads.message(message)


def _edit(world: World, request: Request) -> Json:
    message = message_seen(world, request)
    if message.author is not world.me:
        raise Refused(50005)
    if message.channel.archived:
        raise Refused(50083)
    fill(world, message, request.body, request.files)
    message.edited = world.now()
    return payloads.message(message)


def _delete(world: World, request: Request) -> None:
    message = message_seen(world, request)
    if message.author is not world.me:
        may(world, message.channel, Permission.MANAGE_MESSAGES)
    del message.channel.messages[message.id]


def _crosspost(world: World, request: Request) -> Json:
    message = message_seen(world, request)
    if message.channel.kind is not Kind.ANNOUNCEMENT:
        raise Refused(50024)
    needs = Permission.SEND_MESSAGES if message.author is world.me else Permission.MANAGE_MESSAGES
    may(world, message.channel, needs)
    if message.flags & CROSSPOSTED:
        raise Refused(40033)
    message.flags |= CROSSPOSTED
    return payloads.message(message)


def message_seen(world: World, request: Request) -> Message:
    """Find a message that the bot sees by the channel's routes; else 10008."""
    channel = channel_seen(world, request.id("channel_id"))
    message = channel.messages.get(request.id("message_id"))
    if message is None or message.is_ephemeral:
        raise Refused(10008)
    return message


ROUTES: dict[tuple[str, str], Handler] = {
    ("POST", "/channels/{channel_id}/messages"): _create,
    ("GET", "/channels/{channel_id}/messages"): _list,
    ("GET", "/channels/{channel_id}/messages/{message_id}"): _get,
    ("PATCH", "/channels/{channel_id}/messages/{message_id}"): _edit,
    ("DELETE", "/channels/{channel_id}/messages/{message_id}"): _delete,
    ("POST", "/channels/{channel_id}/messages/{message_id}/crosspost"): _crosspost,
}
