"""What is said in HTTP headers, in both directions: pure functions over their text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from importlib.metadata import version

LONGEST = timedelta(days=1)
"""No site is obeyed for longer than this in one go."""

_VALUE_LIMIT = 1_000
_CONTACT_LIMIT = 200
_SECONDS_DIGITS = 10


def user_agent(contact: str) -> str:
    """Say who asks: ``wireroom/0.1.0 (+https://example.org/bot)``; any contact is safe to pass."""
    # Parentheses and backslashes would end or escape the comment (RFC 9110, 5.6.5).
    plain = "".join(letter for letter in contact if letter.isascii() and letter.isprintable())
    shown = plain.translate(dict.fromkeys(map(ord, "()\\"))).strip()[:_CONTACT_LIMIT]
    name = f"wireroom/{version('wireroom')}"
    return f"{name} (+{shown})" if shown else name


def sendable(value: str | None) -> str | None:
    """Give a header's value back if it can be sent again as it is (an ETag, say), else None."""
    if value and len(value) <= _VALUE_LIMIT and value.isascii() and value.isprintable():
        return value
    return None


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Read Retry-After, in seconds or as a date: more than nothing and at most a day, else None."""
    if not value:
        return None
    wait = _seconds(value)
    if wait is None:
        moment = http_date(value)
        wait = moment - now if moment else timedelta(0)
    return _capped(wait)


def max_age(
    cache_control: Iterable[str],
    *,
    expires: str | None,
    date: str | None,
    age: str | None,
    now: datetime,
) -> timedelta | None:
    """Tell how long the answer stays fresh, at most a day; None where the site does not say.

    Cache-Control goes before Expires, which is measured against the site's own Date (RFC 9111, 4.2.1);
    what a cache on the way has already used up (Age) is taken off.
    """
    lifetime: timedelta | None = None
    for directive in ",".join(cache_control).lower().split(","):
        name, _, value = directive.strip().partition("=")
        if name in {"no-cache", "no-store"}:
            return None
        if name == "max-age" and lifetime is None:
            lifetime = _seconds(value.strip('"')) or timedelta(0)
    if lifetime is None:
        end = http_date(expires)
        if end is None:
            return None
        lifetime = end - (http_date(date) or now)
    used = _seconds(age) if age else None
    return _capped(lifetime - (used or timedelta(0)))


def _capped(wait: timedelta) -> timedelta | None:
    return min(wait, LONGEST) if wait > timedelta(0) else None


def _seconds(text: str) -> timedelta | None:
    digits = text.strip()
    if not (digits.isascii() and digits.isdecimal()):
        return None
    return timedelta(seconds=int(digits)) if len(digits) <= _SECONDS_DIGITS else LONGEST


def http_date(text: str | None) -> datetime | None:
    """Read an HTTP date in any of its three old forms; without a zone it is UTC."""
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):  # what its parser raises on odd input
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
