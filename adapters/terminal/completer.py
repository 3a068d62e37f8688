"""Completions of the desk, as the prompt shows them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from bot.command import Completion as Offer
from bot.text import clean

PATIENCE_SECONDS = 1.0
"""A completion that takes longer comes too late for whoever types."""

Complete = Callable[[str], Awaitable[Sequence[Offer]]]


class DeskCompleter(Completer):
    """Asks the desk, on the loop where the bot runs; the prompt has a loop of its own."""

    def __init__(self, complete: Complete) -> None:
        self._complete = complete

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        """Give nothing: the prompt asks asynchronously."""
        del document, complete_event
        return ()

    async def get_completions_async(
        self, document: Document, complete_event: CompleteEvent
    ) -> AsyncGenerator[Completion, None]:
        """Say how the text before the cursor could go on."""
        del complete_event
        typed = document.text_before_cursor
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                offers = await self._complete(typed)
        except TimeoutError:
            return
        for offer in offers:
            yield Completion(
                clean(offer.text),
                start_position=min(0, offer.start - len(typed)),
                display=clean(offer.label or offer.text),
                display_meta=clean(offer.detail),
            )
