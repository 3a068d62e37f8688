"""The real discord.py, logged in; and its gateway, which comes back whatever becomes of it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import timedelta

import discord
import structlog
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from adapters.discord.settings import DiscordSettings
from adapters.discord.wire import tracing
from adapters.pace import Pace
from bot.errors import ConfigError

API_VERSION = 10
REST_LEAST = 1.0
REST_MOST = 60.0
"""Seconds between two tries to connect: doubled from the least, from the start again once one has held."""
HELD = 60.0
READY_WITHIN = 2.0
"""Seconds that discord.py waits for a server that READY announced; a late one comes as an event."""

log = structlog.get_logger()


def point_at(api: str) -> Callable[[], None]:
    """Let discord.py speak to ``api``; gives back what undoes it. Its addresses are of the class."""
    before, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE = f"{api}/api/v{API_VERSION}"

    def undo() -> None:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = before, gateway

    return undo


class Calm(logging.Filter):
    """discord.py calls every ordinary drop of the gateway an error, with its traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Make a warning of such a line."""
        if record.levelno == logging.ERROR and str(record.msg).startswith("Attempting a reconnect"):
            record.levelno, record.levelname = logging.WARNING, logging.getLevelName(logging.WARNING)
            record.exc_info = None
        return True


for _name in ("discord.client", "discord.shard"):
    logging.getLogger(_name).addFilter(Calm())


def made(pace: Pace, *, shards: int = 1, ready_within: float = READY_WITHIN) -> discord.Client:
    """Make a client that asks for no privileged intent and lets no text mention anybody."""
    kind = discord.AutoShardedClient if shards > 1 else discord.Client
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # nobody here speaks
    return kind(
        intents=discord.Intents(guilds=True),
        allowed_mentions=discord.AllowedMentions.none(),
        member_cache_flags=discord.MemberCacheFlags.none(),
        max_messages=None,
        chunk_guilds_at_startup=False,
        guild_ready_timeout=ready_within,
        http_trace=tracing(pace),
    )


async def log_in(client: discord.Client, settings: DiscordSettings) -> None:
    """Log in over REST; ConfigError where the token is wrong, other errors where Discord is away."""
    try:
        await client.login(settings.token.get_secret_value())
    except discord.LoginFailure as error:
        await client.close()
        raise ConfigError(
            "DISCORD_TOKEN: Discord refuses this token. Copy it anew from the developer portal "
            "(your application, Bot, Reset Token)."
        ) from error
    except BaseException:
        await client.close()
        raise


class Gateway:
    """Keeps a connected client, a new one whenever the old one has died."""

    def __init__(
        self,
        settings: DiscordSettings,
        pace: Pace,
        prepare: Callable[[discord.Client], None],
        *,
        rest: float = REST_LEAST,
        ready_within: float = READY_WITHIN,
    ) -> None:
        """``prepare`` hangs its listeners on each new client; ``rest`` are seconds before a second try."""
        self._settings = settings
        self._pace = pace
        self._prepare = prepare
        self._rest = rest
        self._ready_within = ready_within
        self.client: discord.Client | None = None
        """The one that is connected, or connecting."""

    async def run(self) -> None:
        """Stay connected until cancelled."""
        rest = self._rest
        while True:
            began = time.monotonic()
            try:
                await self._live()
                log.warning("discord.gateway_closed")
            except ConfigError as error:
                log.error("discord.refused", reason=str(error))  # noqa: TRY400 - the sentence says it all
                rest = REST_MOST
            except Exception as error:  # noqa: BLE001 - whatever ended it, the next one lives
                log.warning("discord.gateway_lost", error=type(error).__name__, reason=str(error))
            if time.monotonic() - began > HELD:
                rest = self._rest
            await asyncio.sleep(rest)
            rest = min(2 * rest, REST_MOST)

    async def _live(self) -> None:
        """Live one client's life, from its login to its end."""
        first = made(self._pace, ready_within=self._ready_within)
        await log_in(first, self._settings)
        client = first
        try:
            shards, address, limits = await first.http.get_bot_gateway()
            DiscordWebSocket.DEFAULT_GATEWAY = URL(address)
            if limits["remaining"] < shards:
                wait = timedelta(milliseconds=limits["reset_after"])
                log.warning("discord.no_sessions_left", seconds=round(wait.total_seconds()))
                await asyncio.sleep(wait.total_seconds())
            if shards > 1:
                await first.close()
                client = made(self._pace, shards=shards, ready_within=self._ready_within)
                await log_in(client, self._settings)
            self._prepare(client)
            self.client = client
            await client.connect(reconnect=True)
        finally:
            self.client = None
            await _end(client)


async def _end(client: discord.Client) -> None:
    """Close a client, and what discord.py leaves behind: it would still say that it is ready."""
    waiting = client._connection._ready_task  # noqa: SLF001 - nothing public ends it
    await client.close()
    if waiting is not None:
        waiting.cancel()
