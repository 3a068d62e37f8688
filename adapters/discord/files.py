"""Files that people hand over with a command."""

from __future__ import annotations

import asyncio

import aiohttp
import discord
import structlog
from discord.http import HTTPClient

from adapters.discord.values import File
from bot.errors import CommandError

BYTES_MOST = 500_000
"""As many as an option of the kind takes characters."""
WITHIN = 20.0
"""Seconds for fetching one."""

log = structlog.get_logger()


async def text(http: HTTPClient, file: File) -> str:
    """Fetch the text of a file; CommandError with a sentence where it is too large or not to be had."""
    if file.size > BYTES_MOST:
        raise CommandError(
            f"That file is too large: it has {file.size // 1_000:,} kB, "
            f"and I read {BYTES_MOST // 1_000} kB at most."
        )
    try:
        async with asyncio.timeout(WITHIN):
            content = await http.get_from_cdn(file.url)
    except (discord.HTTPException, aiohttp.ClientError, TimeoutError, OSError) as error:
        log.warning("discord.file_not_fetched", error=type(error).__name__)
        raise CommandError("I couldn't get that file from Discord. Please send it once more.") from error
    return content.decode("utf-8-sig", errors="replace")
