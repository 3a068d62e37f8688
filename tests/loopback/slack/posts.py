"""The methods of messages: post, edit, delete, look up."""

from __future__ import annotations

import copy
from urllib.parse import urlsplit

from tests.loopback.slack import payloads
from tests.loopback.slack.nouns import Channel, Json, Kind, Message, User, elements
from tests.loopback.slack.request import Call, Handler, Refused, page
from tests.loopback.slack.rooms import found, readable
from tests.loopback.slack.world import World

TEXT = 40_000
UPDATE_TEXT = 4_000
BLOCKS_TEXT = 13_200
"""About so many characters fit into all blocks of a message together (slackapi/bolt-js#2509)."""


def drawn(world: World, blocks: list[Json]) -> list[Json]:
    """Fill in the ids that blocks and their elements lack, as Slack does."""
    copies = copy.deepcopy(blocks)
    for block in copies:
        block.setdefault("block_id", world.id("b"))
    for _, element in elements(copies):
        element.setdefault("action_id", world.id("a"))
    return copies


def fits(world: World, text: str, blocks: list[Json], most: int = TEXT) -> None:
    """Refuse a message that says nothing, too much, or shows what cannot be fetched."""
    if not text.strip() and not blocks:
        raise Refused("no_text")
    if len(text) > most:
        raise Refused("msg_too_long")
    if size(blocks) > BLOCKS_TEXT:
        raise Refused("msg_blocks_too_long")
    for index, block in enumerate(blocks):
        address = block.get("image_url") if block["type"] == "image" else None
        if address and urlsplit(address).hostname in world.dead_images:
            where = f"downloading image failed [json-pointer:/blocks/{index}/image_url]"
            raise Refused(
                "invalid_blocks", errors=[where], response_metadata={"messages": [f"[ERROR] {where}"]}
            )


def size(data: object) -> int:
    """Count the characters of all texts in blocks."""
    match data:
        case dict():
            own = len(data["text"]) if isinstance(data.get("text"), str) else 0
            return own + sum(size(value) for value in data.values() if not isinstance(value, str))
        case list():
            return sum(map(size, data))
    return 0


def addressed(world: World, call: Call) -> Channel:
    """Find where a message goes: a channel, or a person by the person's id."""
    key = call.text("channel")
    person = world.users.get(key)
    if person is None:
        return found(world, key)
    if person.deleted or person.is_bot:
        raise Refused("user_not_found" if person.deleted else "channel_not_found")
    return world.dm(person)


def open_to_posts(world: World, channel: Channel, *, in_thread: bool) -> None:
    """Demand that the bot may post here."""
    if channel.kind is Kind.IM and not world.messages_tab:
        raise Refused("messages_tab_disabled")
    if channel.archived:
        raise Refused("is_archived")
    if world.bot.id not in channel.members and "chat:write.public" not in world.scopes:
        raise Refused("not_in_channel")
    if channel.restricted and not (
        in_thread and channel.restricted == "restricted_action_thread_only_channel"
    ):
        raise Refused(channel.restricted)


def _post(world: World, call: Call) -> Json:
    channel = addressed(world, call)
    text, blocks = call.text("text"), call.arguments.get("blocks") or []
    thread = call.text("thread_ts") or None
    open_to_posts(world, channel, in_thread=thread is not None)
    fits(world, text, blocks)
    message = Message(world.ts(), channel, world.bot, text, drawn(world, blocks), thread_ts=thread)
    message.metadata = call.arguments.get("metadata") or None
    message.arguments = call.arguments
    if thread is not None:
        # A reply to a reply stands in the thread of the first message; where that is gone, Slack posts in the
        # channel without a word (slack-go/slack#1571).
        first = channel.messages.get(thread)
        message.thread_ts = None if first is None else first.thread_ts or thread
    world.keep(message)
    return {"channel": channel.id, "ts": message.ts, "message": payloads.message(world, message)}


def _ephemeral(world: World, call: Call) -> Json:
    channel = addressed(world, call)
    viewer = world.users.get(call.text("user"))
    if viewer is None or viewer.id not in channel.members:
        raise Refused("user_not_in_channel")
    text, blocks = call.text("text"), call.arguments.get("blocks") or []
    open_to_posts(world, channel, in_thread=bool(call.text("thread_ts")))
    fits(world, text, blocks)
    message = Message(world.ts(), channel, world.bot, text, drawn(world, blocks))
    message.viewer, message.via = viewer, "chat.postEphemeral"
    message.thread_ts = call.text("thread_ts") or None
    message.arguments = call.arguments
    world.keep(message)
    cause = world.last_call(viewer, channel)
    if cause is not None:
        cause.shows(message)
    return {"message_ts": message.ts}


def _own(world: World, call: Call, refusal: str) -> Message:
    channel = found(world, call.text("channel"))
    message = channel.messages.get(call.text("ts"))
    if message is None or message.is_ephemeral:
        raise Refused("message_not_found")
    if message.author is not world.bot:
        raise Refused(refusal)
    return message


def _update(world: World, call: Call) -> Json:
    """Edit a message: a text alone takes the place of the blocks, other things left out stay as they were."""
    message = _own(world, call, "cant_update_message")
    if message.channel.archived:
        raise Refused("is_inactive")
    arguments = call.arguments
    text = call.text("text") if arguments.get("text") is not None else message.text
    kept = message.blocks if arguments.get("text") is None else []
    blocks = kept if arguments.get("blocks") is None else drawn(world, arguments["blocks"])
    if _has_rich_text(message.blocks) and not _has_rich_text(blocks):
        # “Rich-text blocks cannot be replaced with non-rich-text blocks” (chat.update, “Errors”).
        raise Refused("block_mismatch")
    fits(world, text, blocks, UPDATE_TEXT)
    message.text, message.blocks = text, blocks
    if arguments.get("metadata") is not None:
        message.metadata = arguments["metadata"] or None
    message.edited = world.ts()
    shown = payloads.message(world, message)
    return {"channel": message.channel.id, "ts": message.ts, "text": text, "message": shown}


def _has_rich_text(blocks: list[Json]) -> bool:
    return any(block["type"] == "rich_text" for block in blocks)


def _delete(world: World, call: Call) -> Json:
    message = _own(world, call, "cant_delete_message")
    world.delete_message(message)
    return {"channel": message.channel.id, "ts": message.ts}


def _permalink(world: World, call: Call) -> Json:
    channel = found(world, call.text("channel"))
    key = call.text("message_ts")
    if key not in channel.messages:
        raise Refused("message_not_found")
    link = f"{world.url}archives/{channel.id}/p{key.replace('.', '')}"
    return {"channel": channel.id, "permalink": link}


def _history(world: World, call: Call) -> Json:
    channel = readable(world, call, "history")
    if world.bot.id not in channel.members:
        raise Refused("not_in_channel")
    shown = [each for each in channel.messages.values() if each.thread_ts is None and not each.is_ephemeral]
    return _messages(world, call, sorted(shown, key=_moment, reverse=True), 100)


def _replies(world: World, call: Call) -> Json:
    channel = readable(world, call, "history")
    parent = channel.messages.get(call.text("ts"))
    if parent is None:
        raise Refused("thread_not_found")
    parent = channel.messages.get(parent.thread_ts or "", parent)
    return _messages(world, call, [parent, *parent.replies], 1000)


def _moment(message: Message) -> float:
    return float(message.ts)


def _messages(world: World, call: Call, found: list[Message], limit: int) -> Json:
    oldest, latest = call.text("oldest") or "0", call.text("latest") or "9999999999"
    inclusive = call.flag("inclusive")
    chosen = [
        each
        for each in found
        if float(oldest) < float(each.ts) < float(latest) or (inclusive and each.ts in {oldest, latest})
    ]
    with_metadata = call.flag("include_all_metadata")
    rows = [payloads.message(world, each, with_metadata=with_metadata) for each in chosen]
    rows, cursor = page(rows, call, limit)
    return {"messages": rows, "has_more": bool(cursor["next_cursor"]), "response_metadata": cursor}


def _team(world: World, _: Call) -> Json:
    return {"team": {"id": world.team_id, "name": world.name, "domain": world.domain}}


def ephemerals(world: World, user: User) -> list[Message]:
    """List the ephemeral messages that a person now sees."""
    return [each for one in world.channels.values() for each in one.messages.values() if each.viewer is user]


METHODS: dict[str, tuple[tuple[str, ...], Handler]] = {
    "chat.postMessage": (("chat:write",), _post),
    "chat.postEphemeral": (("chat:write",), _ephemeral),
    "chat.update": (("chat:write",), _update),
    "chat.delete": (("chat:write",), _delete),
    "chat.getPermalink": ((), _permalink),
    "conversations.history": ((), _history),
    "conversations.replies": ((), _replies),
    "team.info": (("team:read",), _team),
}
"""Method → the scopes it needs whatever it is asked, and what does it."""
