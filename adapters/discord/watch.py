"""What Discord tells of places: the bot was removed or is back, a channel is gone, a right is given."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import discord
import structlog

from adapters.discord.failures import MISSING_ACCESS, UNKNOWN_GUILD, code
from adapters.discord.names import NAME
from adapters.discord.rights import Rights
from bot.adapter import Ledger
from bot.models import Target, TargetKind

ASK_AGAIN = 60.0
BEYOND = "beyond:"
"""Begins the note of a channel that refuses messages though the bot has every permission there."""

log = structlog.get_logger()


class Watch:
    """Brings the events of one client into the ledger."""

    def __init__(
        self, client: discord.Client, ledger: Ledger, rights: Rights, *, again: float = ASK_AGAIN
    ) -> None:
        """``again`` are seconds between two questions about a server that may be gone."""
        self._client = client
        self._ledger = ledger
        self._rights = rights
        self._again = again

    def listen(self) -> None:
        """Take the client's events from now on."""
        for on in (
            self.on_ready,
            self.on_guild_join,
            self.on_guild_available,
            self.on_guild_remove,
            self.on_guild_channel_delete,
            self.on_guild_channel_update,
            self.on_guild_role_update,
            self.on_member_update,
            self.on_raw_thread_delete,
        ):
            setattr(self._client, on.__name__, _guarded(on))

    async def on_ready(self) -> None:
        """Compare the servers with those of the last time: the bot may have been removed while it was off."""
        here = {str(guild.id) for guild in self._client.guilds}
        known = set(await self._ledger.spaces())
        for space in known & here:
            await self._ledger.joined(space)
        await self._look_for_cures()
        missing = known - here - {""}
        while missing:
            for space in sorted(missing):
                if await self._is_settled(space):
                    missing.remove(space)
            if missing:
                await asyncio.sleep(self._again)

    async def _is_settled(self, space: str) -> bool:
        """Ask once more: a list that Discord sends while it is ill must not cost anybody their feeds."""
        try:
            await self._client.fetch_guild(int(space), with_counts=False)
        except Exception as error:  # noqa: BLE001 - whatever it is, it says nothing of the other servers
            if self._client.is_closed():
                return True  # its successor asks
            # Without one of these numbers it comes from a proxy or from Discord's edge: an outage.
            if code(error) not in {UNKNOWN_GUILD, MISSING_ACCESS}:
                log.warning("discord.cannot_tell", guild=space, error=type(error).__name__)
                return False
            log.info("discord.removed", guild=space)
            await self._ledger.left(space)
        return True

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Go on where the bot was before."""
        await self._ledger.joined(str(guild.id))
        await self._look_for_cures(guild.id)

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """An outage is over: what was refused meanwhile may be cured."""
        await self._look_for_cures(guild.id)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """The bot was removed; discord.py tells outages by another event."""
        log.info("discord.removed", guild=str(guild.id))
        await self._ledger.left(str(guild.id))

    async def on_guild_channel_delete(self, channel: discord.abc.GuildChannel) -> None:
        """A channel is gone for good."""
        await self._ledger.gone(Target(NAME, str(channel.id), str(channel.guild.id)))

    async def on_raw_thread_delete(self, payload: discord.RawThreadDeleteEvent) -> None:
        """So is a thread, which may carry feeds like a channel."""
        await self._ledger.gone(Target(NAME, str(payload.thread_id), str(payload.guild_id)))

    async def on_guild_channel_update(
        self, before: discord.abc.GuildChannel, after: discord.abc.GuildChannel
    ) -> None:
        """A channel's permissions may be others now."""
        del before
        await self._look_for_cures(after.guild.id)

    async def on_guild_role_update(self, before: discord.Role, after: discord.Role) -> None:
        """So may those of a role."""
        del before
        await self._look_for_cures(after.guild.id)

    async def on_member_update(self, before: discord.Member, after: discord.Member) -> None:
        """Of members Discord tells only of the bot itself: it may have another role."""
        del before
        await self._look_for_cures(after.guild.id)

    async def _look_for_cures(self, guild: int | None = None) -> None:
        """Post again where what kept the bot out is gone."""
        for target in await self._ledger.paused():
            if target.kind is TargetKind.PERSON or (guild is not None and target.space != str(guild)):
                continue
            beyond = f"{BEYOND}{target.id}"
            is_beyond = await self._ledger.note(beyond) is not None
            if await self._rights.cannot_post(target) is not None:
                if is_beyond:  # it was permissions after all, and Discord told of them late
                    await self._ledger.erase(beyond)
            elif not is_beyond:  # else it would be refused and told of again at each change
                log.info("discord.cured", target=str(target))
                await self._ledger.cured(target)


def _guarded(on: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    """Let an event that cannot be carried out cost nothing but a line of the log."""

    async def event(*arguments: object) -> None:
        try:
            await on(*arguments)
        except Exception:
            log.exception("discord.event_failed", event=on.__name__)

    event.__name__ = on.__name__
    return event
