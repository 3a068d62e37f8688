"""Threads: the one that a feed has in a channel, and the tags of a forum's posts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import discord
from discord import ui
from discord.http import Route, handle_message_parameters

from adapters.discord.drawn import Drawn
from bot.adapter import Ledger
from bot.prose import Bold, Prose, listed, prose
from bot.text import clean, fold

TAGS = "tags"
TAGS_MOST = 5
NAME_MOST = 100
A_WEEK: Final = 10_080
"""Minutes after which a quiet thread is folded away; the next post brings it back."""
REMEMBERED = timedelta(days=30)
"""As long as a card can be corrected."""


class Threads:
    """Finds and makes threads; which they are stands in the ledger."""

    def __init__(self, client: discord.Client, ledger: Ledger) -> None:
        self._client = client
        self._ledger = ledger

    async def of(self, room: discord.TextChannel, source: str) -> int:
        """Give the id of the thread that a feed has in a channel, making it where there is none."""
        known = await self.known(room, source)
        if known is not None:
            return known
        thread = await self._standing(room, source)
        if thread is None:
            made = await self._client.http.start_thread_without_message(
                room.id,
                name=_name(source),
                type=discord.ChannelType.public_thread.value,
                auto_archive_duration=A_WEEK,
                invitable=True,
                rate_limit_per_user=None,
            )
            thread = int(made["id"])
        await self._ledger.write(_key(room, source), str(thread))
        return thread

    async def known(self, room: discord.TextChannel, source: str) -> int | None:
        """Give the id of that thread, if it has been made."""
        noted = await self._ledger.note(_key(room, source))
        return int(noted) if noted else None

    async def _standing(self, room: discord.TextChannel, source: str) -> int | None:
        """Look for one that was made, and never noted: the process may have died in between."""
        data = await self._client.http.get_active_threads(room.guild.id)
        for thread in data["threads"]:
            is_ours = str(thread["owner_id"]) == str(getattr(self._client.user, "id", ""))
            if is_ours and str(thread["parent_id"]) == str(room.id) and thread["name"] == _name(source):
                return int(thread["id"])
        return None

    async def post(
        self,
        forum: discord.ForumChannel,
        drawn: Drawn,
        chosen: Sequence[discord.ForumTag],
        view: ui.View | None,
        *,
        silent: bool,
    ) -> int:
        """Make a post of a forum, and give the id that it shares with its first message.

        discord.py's own method adds a parameter of the forums' beta, which Discord does not document.
        """
        flags = discord.MessageFlags(suppress_notifications=silent, suppress_embeds=drawn.hides_previews)
        with handle_message_parameters(
            content=drawn.content or None,
            embeds=drawn.sendable(),
            view=view,
            flags=flags,
            allowed_mentions=discord.AllowedMentions.none(),
            channel_payload={
                "name": drawn.title or "wireroom",
                "applied_tags": [str(tag.id) for tag in chosen],
            },
        ) as parameters:
            made = await self._client.http.request(
                Route("POST", "/channels/{channel_id}/threads", channel_id=forum.id), json=parameters.payload
            )
        return int(made["id"])

    async def forget(self, room: discord.TextChannel, source: str) -> None:
        """Let the next post make a new thread."""
        await self._ledger.erase(_key(room, source))

    async def holds(self, thread: int, message: int) -> None:
        """Remember in which thread a card stands."""
        await self._ledger.write(f"in:{message}", str(thread), keep=REMEMBERED)

    async def holding(self, message: int) -> int | None:
        """Say in which thread a card stands; None where it stands in its channel."""
        noted = await self._ledger.note(f"in:{message}")
        return int(noted) if noted else None


def tags(forum: discord.ForumChannel, wanted: str) -> list[discord.ForumTag]:
    """Choose a forum's tags by the names that the channel's settings hold, separated by commas."""
    names = {fold(name) for name in wanted.split(",") if name.strip()}
    return [tag for tag in forum.available_tags if fold(tag.name) in names][:TAGS_MOST]


def advice(forum: discord.ForumChannel, wanted: str) -> Prose | None:
    """Say which chosen tags a forum does not have, or that it demands one; None where all fits."""
    there = {fold(tag.name) for tag in forum.available_tags}
    unknown = [clean(name) for name in wanted.split(",") if name.strip() and fold(name) not in there]
    its = prose(listed([Bold(clean(tag.name)) for tag in forum.available_tags]), ".")
    if unknown:
        of = prose(" It has ", its) if there else " It has none."
        return prose("This forum has no tag ", listed([Bold(name) for name in unknown], last=" or "), ".", of)
    if forum.flags.require_tag and not tags(forum, wanted):
        return prose(
            "This forum wants a tag on each post, so none can come yet. Choose one in the settings, ",
            "Forum tags: it has ",
            its,
        )
    return None


def _name(source: str) -> str:
    return clean(source)[:NAME_MOST].strip() or "Feed"


def _key(room: discord.TextChannel, source: str) -> str:
    return f"thread:{hashlib.blake2b(source.encode(), digest_size=12).hexdigest()}:{room.id}"
