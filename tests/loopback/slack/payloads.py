"""The nouns as Slack writes them in JSON; pure."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tests.loopback.slack.nouns import Channel, Json, Kind, Message, User, View, strings

if TYPE_CHECKING:
    from tests.loopback.slack.world import World


def user(world: World, one: User) -> Json:
    """Write a person, as ``users.info`` does."""
    return {
        "id": one.id,
        "team_id": world.team_id,
        "name": one.name,
        "deleted": one.deleted,
        "real_name": one.name.title(),
        "tz": one.tz,
        "tz_label": one.tz,
        "tz_offset": 0,
        "profile": {"display_name": one.name, "real_name": one.name.title()},
        "is_admin": one.is_admin,
        "is_owner": False,
        "is_primary_owner": False,
        "is_restricted": one.is_restricted or one.is_ultra_restricted,
        "is_ultra_restricted": one.is_ultra_restricted,
        "is_bot": one.is_bot,
        "is_app_user": False,
        "updated": int(world.now()),
    }


def actor(world: World, one: User) -> Json:
    """Write a person, as interactions do."""
    return {"id": one.id, "username": one.name, "name": one.name, "team_id": world.team_id}


def team(world: World) -> Json:
    """Write the workspace, as interactions do."""
    return {"id": world.team_id, "domain": world.domain}


def channel(world: World, one: Channel) -> Json:
    """Write a channel, as ``conversations.info`` does."""
    if one.kind is Kind.IM:
        assert one.user is not None
        return {
            "id": one.id,
            "created": int(world.now()),
            "is_im": True,
            "is_org_shared": False,
            "user": one.user.id,
            "is_archived": False,
            "is_open": True,
        }
    is_private = one.kind is Kind.PRIVATE
    return {
        "id": one.id,
        "name": one.name,
        "name_normalized": one.name,
        "is_channel": not is_private,
        "is_group": is_private,
        "is_im": False,
        "is_mpim": False,
        "is_private": is_private,
        "is_archived": one.archived,
        "is_general": one.is_general,
        "is_shared": False,
        "is_ext_shared": False,
        "is_org_shared": False,
        "is_member": world.bot.id in one.members,
        "creator": one.creator.id if one.creator else None,
        "created": int(world.now()),
        "context_team_id": world.team_id,
        "topic": {"value": "", "creator": "", "last_set": 0},
        "purpose": {"value": "", "creator": "", "last_set": 0},
    }


def message(world: World, one: Message, *, with_metadata: bool = True) -> Json:
    """Write a message."""
    data: Json = {"type": "message", "user": one.author.id, "ts": one.ts, "text": one.text}
    data["team"] = world.team_id
    if one.author is world.bot:
        profile = {"id": world.bot_id, "app_id": world.app_id, "name": world.bot.name, "deleted": False}
        data |= {"bot_id": world.bot_id, "app_id": world.app_id, "bot_profile": profile}
    if one.blocks:
        data["blocks"] = one.blocks
    if one.metadata and with_metadata:
        data["metadata"] = one.metadata
    if one.edited:
        data["edited"] = {"user": one.author.id, "ts": one.edited}
    if one.files:
        data["files"] = [{"id": file.id, "name": file.name, "title": file.title} for file in one.files]
    replies = one.replies
    if one.thread_ts or replies:
        data["thread_ts"] = one.thread_ts or one.ts
    if replies:
        data |= {"reply_count": len(replies), "latest_reply": replies[-1].ts}
    return data


def view(world: World, one: View) -> Json:
    """Write a view."""
    body = one.body
    data: Json = {
        "id": one.id,
        "team_id": world.team_id,
        "type": body["type"],
        "blocks": one.blocks,
        "private_metadata": one.private_metadata,
        "callback_id": one.callback_id,
        "external_id": body.get("external_id") or "",
        "state": {"values": one.state},
        "hash": one.hash,
        "clear_on_close": bool(body.get("clear_on_close")),
        "notify_on_close": bool(body.get("notify_on_close")),
        "root_view_id": one.root_id,
        "previous_view_id": one.previous_id,
        "app_id": world.app_id,
        "app_installed_team_id": world.team_id,
        "bot_id": world.bot_id,
    }
    if body["type"] == "modal":
        data |= {name: body.get(name) for name in ("title", "submit", "close")}
    return data


def readable(one: Message) -> Iterator[str]:
    """List what can be seen and pressed of a message."""
    yield html.unescape(one.text)
    yield from legible(one.blocks)
    for file in one.files:
        yield file.name
        yield file.title
        yield (file.content or b"").decode(errors="replace")


def legible(data: object) -> Iterator[str]:
    """List the texts in a piece of JSON as they read: the three escapes of mrkdwn undone."""
    match data:
        case {"type": "mrkdwn", "text": str(text)}:
            yield html.unescape(text)
        case dict():
            for value in data.values():
                yield from legible(value)
        case list():
            for value in data:
                yield from legible(value)
        case _:
            yield from strings(data)
