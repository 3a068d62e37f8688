"""Why there is no document: the words for statuses and for connections that failed."""

from __future__ import annotations

import errno
from datetime import timedelta
from http import HTTPStatus

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientError,
    ClientPayloadError,
    ClientResponseError,
    ClientSSLError,
)
from yarl import URL

from bot.decode import BROKE_OFF
from bot.errors import FeedError, FeedGone, FeedRefused
from bot.guard import Forbidden, refusal

# A foreign site chose where this leads, so nothing here says which address, nor how to allow it.
LED_INSIDE = (
    "The site sends readers on to an address that wireroom may not fetch, perhaps inside this server's own "
    "network. I don't follow it there."
)


def refusal_of(status: int, wait: timedelta | None) -> FeedError:
    """Say what a status means for the person who added the feed."""
    kind = _STATUS_KINDS.get(status, FeedError)
    if sentence := _STATUS_SENTENCES.get(status):
        return kind(sentence.format(status=status), retry_after=wait)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        reason = f"The site has trouble of its own ({status})."
    elif status >= HTTPStatus.BAD_REQUEST:
        reason = f"The site turns the request down ({status})."
    else:
        reason = f"The site answered without a document ({status})."
    return kind(reason, retry_after=wait)


_STATUS_KINDS: dict[int, type[FeedError]] = {401: FeedRefused, 403: FeedRefused, 410: FeedGone}
_REFUSES = (
    "The site refuses wireroom ({status}). The owner may block readers; "
    "the feed may be open in a browser but not to programs."
)
_STATUS_SENTENCES = {
    304: "The site says that nothing changed, though nobody asked it that (304).",
    401: _REFUSES,
    403: _REFUSES,
    404: "There is nothing at that address (404).",
    410: "The site says that this feed has ended for good (410).",
    451: "The site may not show this for legal reasons (451).",
}


def explained(error: ClientError | OSError, url: URL, *, sent_on: bool) -> FeedError:
    """Say why there is no answer, in words that tell nothing of any inside."""
    if isinstance(error, ClientConnectorError) and isinstance(error.os_error, Forbidden):
        return FeedError(LED_INSIDE) if sent_on else refusal(url)
    if isinstance(error, ClientConnectorDNSError):
        return FeedError(f"I couldn't find the site {url.raw_host}. Check the spelling; it may be gone.")
    if isinstance(error, OSError) and error.errno in {errno.EMFILE, errno.ENFILE}:
        return FeedError("This server has too many files open. Its operator can raise the limit (ulimit -n).")
    return FeedError(next(sentence for kind, sentence in _CAUSES if isinstance(error, kind)))


# The first that fits, so the special ones stand before the general.
_CAUSES: tuple[tuple[type[Exception], str], ...] = (
    (
        ClientConnectorCertificateError,
        "The site's certificate is not valid, so I can't tell whether it is that site.",
    ),
    (ClientSSLError, "The site doesn't manage a secure connection. Its address may start with http://."),
    (ClientConnectorError, "I couldn't connect to the site. It may be down."),
    (ClientPayloadError, BROKE_OFF),
    (ClientResponseError, "The site's answer breaks the rules of HTTP, so I can't read it."),
    (Exception, "The site broke the connection off before it had answered."),
)


def in_words(wait: timedelta) -> str:
    """Say how long a wait is."""
    minutes = max(1, round(wait / timedelta(minutes=1)))
    if minutes < 2 * 60:
        return "a minute" if minutes == 1 else f"{minutes} minutes"
    return f"{round(minutes / 60)} hours"
