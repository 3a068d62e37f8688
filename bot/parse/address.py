"""Links and picture addresses: absolute, http or https, and nothing else."""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit

from bot.parse.references import unescape
from bot.text import clean, strip_tracking

_LONGEST = 2_048
"""What chat platforms take: Discord's limit for an embed's address."""

_LINE_BREAKS = re.compile(r"[\t\r\n]+\s*")
_UNSAFE = re.compile(r'[ "<>\\^`{|}]')


def absolute(address: object, base: str = "", *, keep_tracking: bool = True) -> str | None:
    """Bring an address from a feed to one that can be shown, or None where it cannot be.

    Gone are ``javascript:``, ``data:``, ``mailto:`` and the like, whatever has no host, and what no
    chat platform would take for its length. Characters that would end an address in chat mark-up
    are percent-encoded; those of other scripts stay readable.
    """
    if not isinstance(address, str) or not address:
        return None
    address = clean(unescape(_LINE_BREAKS.sub("", address.strip())))
    try:
        address = urljoin(base, address)
        parts = urlsplit(address)
        sound = parts.scheme in {"http", "https"} and parts.hostname and (parts.port or 1)
    except ValueError:
        return None
    if not sound:
        return None
    if not keep_tracking:
        address = strip_tracking(address)
    address = _UNSAFE.sub(lambda match: f"%{ord(match[0]):02X}", address)
    return address if len(address) <= _LONGEST else None
