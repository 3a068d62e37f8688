"""Cutting a text so that it fits what a platform takes, mark-up and escapes included."""

from __future__ import annotations

from collections.abc import Callable

from bot.text import clean, cut


def size(text: str) -> int:
    """Measure a text as strictly as anybody does: in UTF-16 units.

    Discord counts code points (discord/discord-api-docs#1315), which are never more; Slack does not say.
    """
    return len(text.encode("utf-16-le")) // 2


def fitted(text: str, limit: int, write: Callable[[str], str]) -> str:
    """Write a text within ``limit``, cut at a word before it is written, so never inside an escape."""
    shown = text if len(text) <= limit else cut(text, limit, least=limit)
    while (over := size(write(shown)) - limit) > 0 and shown:
        length = len(shown) - max(1, over // 5)  # written, no character takes more than five: &amp;
        shown = cut(shown, length, least=length)
    return write(shown)


def within(text: str, limit: int) -> str:
    """Clean a line and cut it at a word; for what Discord shows as it is, and before escaping."""
    return fitted(clean(text), limit, str)
