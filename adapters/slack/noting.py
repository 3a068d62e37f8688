"""Noting something about a message that stands there, which must not have it posted again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from bot.errors import StoreError

WITHIN = 1.0
"""Seconds: a database that is locked for longer must not hold up the word that the message came."""

log = structlog.get_logger()


@asynccontextmanager
async def posted() -> AsyncIterator[None]:
    """Note something, or go on without where it cannot be noted soon."""
    try:
        async with asyncio.timeout(WITHIN):
            yield
    except (StoreError, TimeoutError) as error:
        log.warning("slack.not_noted", reason=str(error) or type(error).__name__)
