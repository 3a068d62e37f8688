"""Times of day, quiet hours and timezones as people write them, and back."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, available_timezones

OFF = "off"
DAY = 24 * 60
"""Minutes."""
NOON = 12

_TIME = re.compile(
    r"(?P<hour>\d{1,2})(?:(?:[:.h](?P<minute>\d{2}))|h|(?P<short>\d{2}))?\s?(?P<half>am|pm|a\.m\.|p\.m\.)?"
)
_TIME_FORM = "Write a time as 08:00."
_BETWEEN = re.compile(r"\s*-\s*|\s+(?:to|until|till)\s+")
_NOW = re.compile(r",\s*\d\d:\d\d$")
"""What ``zone_now`` adds; Discord may send a label for its value (discord/discord-api-docs#7206)."""
_DASHES = str.maketrans("‐‑‒–—―−~", "--------")
_NO_PLACES = frozenset({"localtime", "Factory"})
"""Names in the timezone database that are no timezone."""

LIKELY = (
    "America/Los_Angeles",
    "America/Chicago",
    "America/New_York",
    "America/Sao_Paulo",
    "Europe/London",
    "Europe/Berlin",
    "Africa/Lagos",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Shanghai",
    "Asia/Tokyo",
    "Australia/Sydney",
)
"""One city for each of the timezones in which most people live, from west to east."""


def read_time(text: str) -> int:
    """Read a time of day (8, 8:00, 20.30, 8pm) as minutes after midnight.

    ValueError says how to write one.
    """
    match = _TIME.fullmatch(_plain(text))
    if match is None:
        raise ValueError(_TIME_FORM)
    hour, minute, half = int(match["hour"]), int(match["minute"] or match["short"] or 0), match["half"]
    if half and not 1 <= hour <= NOON:
        raise ValueError(_TIME_FORM)
    if half:
        hour = hour % NOON + (NOON if half.startswith("p") else 0)
    if minute >= 60 or hour * 60 + minute > DAY:  # noqa: PLR2004 - minutes of an hour
        raise ValueError(_TIME_FORM)
    return (hour * 60 + minute) % DAY


def read_hours(text: str) -> tuple[int, int] | None:
    """Read quiet hours (22:00-07:00, 10pm to 7am) in minutes after midnight; None: off.

    ValueError says how to write them.
    """
    plain = _plain(text)
    if plain == OFF:
        return None
    ends = _BETWEEN.split(plain.removeprefix("from "))
    try:
        start, end = map(read_time, ends)
    except ValueError:
        raise ValueError("Write quiet hours as 22:00-07:00, or off.") from None
    if start == end:
        raise ValueError("They begin and end at the same time. Write them as 22:00-07:00, or off.")
    return start, end


def shown(minutes: int) -> str:
    """Write a time of day: 08:00."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def shown_hours(start: int, end: int, between: str = "–") -> str:
    """Write quiet hours: 22:00–07:00."""
    return f"{shown(start)}{between}{shown(end)}"


def read_zone(text: str) -> str:
    """Read a timezone (Asia/Hong_Kong, hong kong, UTC) as its IANA name; ValueError says how to write one."""
    try:
        return _zones()[_key(_NOW.sub("", text))]
    except KeyError:
        raise ValueError("Write it as a large city in it, for example Hong Kong or Europe/Berlin.") from None


def zones_like(typed: str, *, limit: int) -> list[str]:
    """List timezones of which the city or the name begins as typed; the likely ones if nothing is."""
    wanted = _key(typed)
    if not wanted:
        return list(LIKELY[:limit])
    starts = [name for key, name in _zones().items() if key.startswith(wanted)]
    inside = [name for key, name in _zones().items() if wanted in key]
    return list(dict.fromkeys(starts + inside))[:limit]


def zone_now(shown: str, name: str, now: datetime) -> str:
    """Write a timezone, as it shall be shown, with the time it has: Asia/Hong_Kong, 15:04."""
    return f"{shown}, {now.astimezone(ZoneInfo(name)):%H:%M}"


def city(name: str) -> str:
    """Name the city of a timezone."""
    return name.rpartition("/")[2].replace("_", " ")


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).translate(_DASHES).casefold().split())


def _key(text: str) -> str:
    return " ".join(_plain(text).replace("_", " ").split())


@cache
def _zones() -> Mapping[str, str]:
    """Map cities and full names, as ``_key`` writes them, to names.

    Where a key has two meanings, the database's own list of places counts first, then a full name.
    """
    table = (files("tzdata") / "zoneinfo" / "zone.tab").read_text("utf-8")
    rows = (line.split("\t") for line in table.splitlines() if not line.startswith("#"))
    known = sorted(available_timezones() - _NO_PLACES)
    places = sorted({row[2] for row in rows}.intersection(known))
    found = {_key(city(name)): name for name in places}
    for key, name in [(_key(name), name) for name in known] + [(_key(city(name)), name) for name in known]:
        found.setdefault(key, name)
    return found
