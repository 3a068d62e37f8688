"""Addresses of web pages, brought to a form out of which no platform's link can break."""

from __future__ import annotations

import re
from urllib.parse import quote

from yarl import URL

from bot.text import clean

# No sign out of which a link could break, be it Discord's or Slack's; % stays, for what is encoded stays so.
_SAFE = "%/:?#@!$&'*+,;=-._~"
_ADDRESS = re.compile(r"https?://[a-z0-9](?:[a-z0-9_-]|\.(?!\.))*(?::[0-9]{1,5})?(?:[/?#].*)?", re.IGNORECASE)


def address(url: str | None, most: int) -> str | None:
    """Bring a web page's address to ASCII, ``most`` characters, that can stand in a link; None: it cannot."""
    text = clean(url or "")
    if not text.isascii():
        try:
            text = str(URL(text))
        except ValueError:
            return None
    text = quote(text, safe=_SAFE)
    return text if len(text) <= most and _ADDRESS.fullmatch(text) else None
