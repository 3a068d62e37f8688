"""Portions: ids by the thousand, as one statement can take them."""

from __future__ import annotations

from collections.abc import Collection, Iterator

_AT_ONCE = 10_000
"""Ids in one statement; SQLite takes 32,766."""


def portions(ids: Collection[int]) -> Iterator[list[int]]:
    """Share ids out, smallest first."""
    every = sorted(ids)
    return (every[start : start + _AT_ONCE] for start in range(0, len(every), _AT_ONCE))
