"""Durations as people write them: 20s, 5m, 2h, 1d."""

from __future__ import annotations

import re
from datetime import timedelta

UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_FORM = re.compile(r"(\d{1,6})([smhd])")


def read(text: str) -> timedelta:
    """Read a number with its unit; ValueError says how one is written."""
    match = _FORM.fullmatch(text.strip().lower())
    if match is None:
        raise ValueError("write a number and its unit, for example 20s, 5m, 2h or 1d")
    return timedelta(seconds=int(match[1]) * UNITS[match[2]])


def shown(duration: timedelta) -> str:
    """Write a duration the same way, in the largest unit that divides it."""
    seconds = round(duration.total_seconds())
    for unit, size in reversed(UNITS.items()):
        if seconds >= size and seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"
