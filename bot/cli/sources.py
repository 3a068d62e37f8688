"""What a command is to read: addresses, files, standard input."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Sequence

from bot.app import reading
from bot.preview import Outcome, preview
from bot.settings import Settings


@contextlib.asynccontextmanager
async def opened(
    settings: Settings, sources: Sequence[str]
) -> AsyncIterator[AsyncGenerator[tuple[str, Outcome], None]]:
    """Read each source in turn, and give it with its feed or with the error that kept it from being read."""
    async with reading(settings) as read:
        found = preview(
            sources,
            fetcher=read.fetcher,
            parser=read.parser,
            keep_tracking=settings.keep_tracking,
            stdin=sys.stdin.buffer,
        )
        async with contextlib.aclosing(found):
            yield found
