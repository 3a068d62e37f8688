"""What Discord takes: how long each part of a message may be, and cutting to it.

From its documentation, resources/message ("Embed Limits", "Create Message"); the alt text's is our own.
"""

from __future__ import annotations

from collections.abc import Callable

from bot.text import clean, cut

CONTENT_MOST = 2_000
EMBEDS_TOGETHER = 6_000
"""Titles, descriptions, fields, authors and footers of all embeds of one message."""
TITLE_MOST = 256
DESCRIPTION_MOST = 4_096
VALUE_MOST = 1_024
URL_MOST = 2_048
FORUM_TITLE_MOST = 100
NAME_MOST = 120
"""Of a feed and of authors; Discord takes more, but no line does."""
ALT_MOST = 1_000

COLOUR = 0x0B7A75
"""The stripe beside everything that wireroom posts."""


def size(text: str) -> int:
    """Measure a text as strictly as anybody does: in UTF-16 units.

    Discord counts code points (discord/discord-api-docs#1315), which are never more.
    """
    return len(text.encode("utf-16-le")) // 2


def fitted(text: str, limit: int, write: Callable[[str], str]) -> str:
    """Write a text within ``limit``, cut at a word before it is written, so never inside an escape."""
    shown = text if len(text) <= limit else cut(text, limit, least=limit)
    while (over := size(write(shown)) - limit) > 0 and shown:
        length = len(shown) - max(1, over // 2)  # written, no character takes more than two, all in all
        shown = cut(shown, length, least=length)
    return write(shown)


def within(text: str, limit: int) -> str:
    """Clean a line and cut it at a word; for what Discord shows as it is, and before escaping."""
    return fitted(clean(text), limit, str)
