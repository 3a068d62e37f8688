"""What is worth following: a query being typed, with what it would find, and words that go on with it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot import query
from bot.commands.desk.known import Known
from bot.match import explain
from bot.query import Query, QueryError, Term
from bot.reply import Choice
from bot.store.reach import Seen
from bot.text import cut, fold

LONGEST = 100
WORDS_MOST = 10
FREQUENT = 2
"""Titles a word is in before it is offered to somebody who has typed nothing yet."""
_SIGNS = '-"“'
_QUOTES = re.compile('["“”„]')
_COUNTED = re.compile(r"\s·\s(?:in )?\d+ of the last \d+ posts$")


def following(typed: str, known: Known) -> list[Choice]:
    """Echo a query as it is understood, then go on with words of the newest titles."""
    return [*_echo(typed, known.newest), *_words(typed, known)]


def unlabelled(text: str) -> str:
    """Read the label of a suggestion as the query it stands for, and leave any other text alone.

    Discord sends it in place of the value at times (discord/discord-api-docs#7206), and whenever the
    person goes on typing behind it.
    """
    label, counted = _COUNTED.subn("", text)
    if not counted:
        return text
    wanted, but_not, unwanted = label.partition(" but not ")
    return f"{wanted} -" + " -".join(unwanted.split(" or ")) if but_not else wanted


def _echo(typed: str, newest: Sequence[Seen]) -> list[Choice]:
    read = _read(typed)
    if read is None:
        return []
    hits = sum(explain(read, seen.entry) is not None for seen in newest)
    counted = f" · {hits} of the last {len(newest)} posts" if newest else ""
    return [Choice(cut(_understood(read), LONGEST - len(counted)) + counted, typed.strip())]


def _read(typed: str) -> Query | None:
    try:
        return query.parse(typed)
    except QueryError:
        return None


def _understood(read: Query) -> str:
    """Say a query briefly: ai but not robot*."""
    wanted = " or ".join(" and ".join(map(_term, group)) for group in read.groups)
    unwanted = " or ".join(map(_term, read.excluded))
    return wanted + (f" but not {unwanted}" if unwanted else "")


def _term(term: Term) -> str:
    shown = f"“{term.typed}”" if term.exact else term.typed + "*" * term.prefix
    return f"{term.place}:{shown}" if term.place else shown


def _words(typed: str, known: Known) -> list[Choice]:
    """Complete the last word by frequent words of titles that begin so; a minus stays, a quote is closed."""
    start = max((match.end() for match in re.finditer(r"[\s,]", typed)), default=0)
    word = typed[start:].lstrip(_SIGNS)
    head, begun = typed[: len(typed) - len(word)], fold(word)
    found: list[Choice] = []
    for spelling, count in known.frequent:
        if len(found) == WORDS_MOST or (not begun and count < FREQUENT):
            break
        folded = fold(spelling)
        if folded.startswith(begun) and folded != begun and _read(spelling) is not None:
            detail = f"in {count} of the last {len(known.newest)} posts"
            whole = head + spelling + '"' * (len(_QUOTES.findall(head)) % 2)
            found.append(Choice(whole, whole, detail))
    return found
