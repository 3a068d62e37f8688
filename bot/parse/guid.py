"""The identity of entries: one form for every id, and ids that a document repeats told apart."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from bot.models import Entry
from bot.parse.references import unescape
from bot.text import clean, strip_tracking

_LONGEST = 300


def canonical(guid: str) -> str:
    """Bring an id to one form, so that a feed which escapes it otherwise for one poll keeps it.

    References are resolved to the end, white space is folded, an address loses its tracking
    parameters; an id that is too long becomes its hash. Upper and lower case stay apart.
    """
    guid = clean(unescape(guid))
    if guid[:8].lower().startswith(("http://", "https://")):
        guid = strip_tracking(guid)
    return guid if len(guid) <= _LONGEST else "hash:" + _hash(guid)


def identify(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Give every entry its identity, in document order; exact repetitions appear once.

    Takes the feed's own id from ``guid`` ("" where it gave none), else the link, else the content.
    Where a document carries one id with different articles, all of them get their link or content
    added to it: none of them is more the owner of the id than the others.
    """
    unique: dict[tuple[str, str, str, str], Entry] = {}
    for entry in entries:
        named = replace(entry, guid=_own(entry))
        unique.setdefault((named.guid, _link(named), named.title, named.summary), named)
    groups: dict[str, list[Entry]] = defaultdict(list)
    for entry in unique.values():
        groups[entry.guid].append(entry)
    links_differ = {guid: len(set(map(_link, group))) == len(group) for guid, group in groups.items()}
    return tuple(
        _told_apart(entry, by_link=links_differ[entry.guid]) if len(groups[entry.guid]) > 1 else entry
        for entry in unique.values()
    )


def _own(entry: Entry) -> str:
    return canonical(entry.guid) or canonical(entry.link or "") or "hash:" + _content(entry)


def _told_apart(entry: Entry, *, by_link: bool) -> Entry:
    mark = _hash(_link(entry)) if by_link else _content(entry)
    return replace(entry, guid=f"{entry.guid[: _LONGEST - 17]}#{mark[:16]}")


def _link(entry: Entry) -> str:
    return canonical(entry.link or "")


def _content(entry: Entry) -> str:
    return _hash("\n".join([_link(entry), entry.title, entry.summary]))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
