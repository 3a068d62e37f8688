"""Files that people hand over with a command."""

from __future__ import annotations

import asyncio
import codecs
import re
from contextlib import suppress

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

# Python knows encodings that are none, and one of them (punycode) takes quadratic time: only these count.
_HONEST = re.compile(
    r"us-ascii|ascii|iso-8859-\d{1,2}|windows-125\d|koi8-[ru]|shift_jis|euc-(?:jp|kr)|gb(?:2312|k|18030)|big5",
    re.IGNORECASE,
)
_DECLARED = re.compile(rb"""<\?xml[^>]{0,100}\sencoding\s*=\s*["'](?P<encoding>[A-Za-z][\w.-]{0,40})["']""")

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
    return decoded(content)


def decoded(content: bytes) -> str:
    """Read a file in the encoding that it begins with or declares (XML 1.0, appendix F), else in UTF-8."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", errors="replace")
    declared = _DECLARED.match(content)
    encoding = declared["encoding"].decode() if declared else ""
    if _HONEST.fullmatch(encoding) and not content.startswith(codecs.BOM_UTF8):
        with suppress(LookupError, UnicodeError):
            return content.decode(encoding)
    return content.decode("utf-8-sig", errors="replace")
