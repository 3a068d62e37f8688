"""The nouns as Discord writes them in JSON; pure."""

from __future__ import annotations

from datetime import datetime

from tests.loopback.discord.nouns import (
    FORUMS,
    Channel,
    Guild,
    Json,
    Kind,
    Member,
    Message,
    Role,
    User,
    made_at,
)

NEEDS_TAG = 1 << 4
"""The flag of a forum in which every post wants a tag."""


def user(one: User) -> Json:
    """Write a person."""
    return {
        "id": str(one.id),
        "username": one.name,
        "global_name": None if one.bot else one.name.title(),
        "discriminator": "0",
        "avatar": None,
        "bot": one.bot,
        "public_flags": 0,
        "flags": 0,
    }


def member(one: Member) -> Json:
    """Write a member with the person inside."""
    return {
        "user": user(one.user),
        "nick": None,
        "avatar": None,
        "roles": [str(role.id) for role in one.roles],
        "joined_at": one.joined.isoformat(),
        "premium_since": None,
        "deaf": False,
        "mute": False,
        "flags": 0,
        "pending": False,
        "communication_disabled_until": None,
    }


def role(one: Role) -> Json:
    """Write a role."""
    return {
        "id": str(one.id),
        "name": one.name,
        "permissions": str(int(one.permissions)),
        "position": one.position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": one.managed,
        "mentionable": False,
        "flags": 0,
        "icon": None,
        "unicode_emoji": None,
    }


def channel(one: Channel) -> Json:
    """Write a channel, a thread or a direct conversation."""
    if one.kind is Kind.DM:
        assert one.recipient is not None
        return {
            "id": str(one.id),
            "type": int(one.kind),
            "flags": 0,
            "last_message_id": _last(one),
            "recipients": [user(one.recipient)],
        }
    assert one.guild is not None
    data: Json = {
        "id": str(one.id),
        "type": int(one.kind),
        "guild_id": str(one.guild.id),
        "name": one.name,
        "parent_id": str(one.parent.id) if one.parent else None,
        "last_message_id": _last(one),
        "rate_limit_per_user": 0,
        "flags": NEEDS_TAG if one.needs_tag else 0,
    }
    return data | (_thread(one) if one.is_thread else _place(one))


def guild(one: Guild) -> Json:
    """Write a server with its roles, as GET and the gateway both do."""
    return {
        "id": str(one.id),
        "name": one.name,
        "icon": None,
        "description": None,
        "splash": None,
        "discovery_splash": None,
        "features": ["COMMUNITY", "NEWS"],
        "emojis": [],
        "stickers": [],
        "banner": None,
        "owner_id": str(one.owner.id),
        "application_id": None,
        "region": "deprecated",
        "afk_channel_id": None,
        "afk_timeout": 300,
        "system_channel_id": None,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "widget_channel_id": None,
        "verification_level": 1,
        "roles": [role(each) for each in one.roles.values()],
        "default_message_notifications": 1,
        "mfa_level": 0,
        "explicit_content_filter": 2,
        "max_presences": None,
        "max_members": 500000,
        "max_video_channel_users": 25,
        "vanity_url_code": None,
        "premium_tier": 0,
        "premium_subscription_count": 0,
        "preferred_locale": "en-US",
        "rules_channel_id": None,
        "public_updates_channel_id": None,
        "safety_alerts_channel_id": None,
        "premium_progress_bar_enabled": False,
        "nsfw_level": 0,
        "nsfw": False,
    }


def message(one: Message) -> Json:
    """Write a message; times, ids and components are filled in as Discord does."""
    data: Json = {
        "id": str(one.id),
        "channel_id": str(one.channel.id),
        "type": 20 if one.interaction else 0,
        "author": user(one.author),
        "content": one.content,
        "timestamp": made_at(one.id).isoformat(),
        "edited_timestamp": _time(one.edited),
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": one.attachments,
        "embeds": [{"type": "rich"} | embed for embed in one.embeds],
        "components": one.components,
        "pinned": False,
        "flags": one.flags,
    }
    if one.nonce is not None:
        data["nonce"] = one.nonce
    if one.author.bot:
        data["application_id"] = str(one.author.id)
    if one.interaction:
        data["interaction_metadata"] = one.interaction
    if one.thread:
        data["thread"] = channel(one.thread)
    return data


def _last(one: Channel) -> str | None:
    last = next((each.id for each in reversed(one.messages.values()) if not each.is_ephemeral), None)
    return None if last is None else str(last)


def _place(one: Channel) -> Json:
    data: Json = {
        "position": one.position,
        "nsfw": False,
        "topic": None,
        "permission_overwrites": [
            {"id": str(key), "type": each.kind, "allow": str(each.allow), "deny": str(each.deny)}
            for key, each in one.overwrites.items()
        ],
    }
    if one.kind in {Kind.VOICE, Kind.STAGE}:
        data |= {"bitrate": 64000, "user_limit": 0, "rtc_region": None}
    if one.kind in FORUMS:
        data["available_tags"] = [
            {"id": str(key), "name": name, "moderated": False, "emoji_id": None, "emoji_name": None}
            for key, name in one.tags.items()
        ]
        data |= {"default_reaction_emoji": None, "default_sort_order": None, "default_forum_layout": 0}
    return data


def _thread(one: Channel) -> Json:
    assert one.owner is not None
    made = made_at(one.id)
    return {
        "owner_id": str(one.owner.id),
        "applied_tags": [str(tag) for tag in one.applied_tags],
        "message_count": len(one.messages),
        "total_message_sent": len(one.messages),
        "member_count": len(one.members),
        "thread_metadata": {
            "archived": one.archived,
            "locked": one.locked,
            "auto_archive_duration": 1440,
            "archive_timestamp": _time(one.archived_at or made),
            "create_timestamp": made.isoformat(),
            "invitable": True,
        },
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
