"""Names of authors: each once, without mail addresses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice

from bot.parse.markup import literal
from bot.text import clean, cut, fold

_LONGEST = 200
_MOST = 20  # names are compared with one another
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_NAME_BEHIND_MAIL = re.compile(r"\(([^()]+)\)\s*$")
_TIGHT_COMMA = re.compile(r",(?=\w)(?!\d)")


def byline(names: Iterable[object]) -> str | None:
    """Join the names a feed gives for one article; None when no name is left.

    ``mail@example.org (Ann Lee)`` is Ann Lee (RSS 2.0, author), ``Ann Lee,Bo Chen`` two persons.
    """
    found = list(islice(filter(None, map(_name, names)), _MOST))
    kept = [name for index, name in enumerate(found) if not _said_elsewhere(name, found, index)]
    return cut(", ".join(kept), _LONGEST) or None


def _name(value: object) -> str:
    if not isinstance(value, str):
        return ""
    text = clean(literal(value[:2_000]))
    if _MAIL.search(text):
        behind = _NAME_BEHIND_MAIL.search(text)
        text = behind[1] if behind and not _MAIL.search(behind[1]) else _MAIL.sub("", text)
        text = text.replace("mailto:", "")
    return _TIGHT_COMMA.sub(", ", text.strip(" <>()[],;"))


def _said_elsewhere(name: str, names: list[str], index: int) -> bool:
    """Whether an earlier mention is the same, or any mention of several persons holds this one."""
    folded = fold(name)
    return any(
        (fold(other) == folded and position < index)
        or (", " in other and fold(other) != folded and folded in map(fold, other.split(", ")))
        for position, other in enumerate(names)
    )
