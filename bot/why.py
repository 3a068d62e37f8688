"""Why a card comes: which follows an entry satisfies, by which words, and what can be done about it; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.card import card, cleaned
from bot.match import Field, Hit, Span, explain
from bot.models import Button, Card, Correction, Entry, Follow, Look, Reason, Rhythm, Why
from bot.prose import EVERYWHERE
from bot.query import QueryError, reread
from bot.text import cut, fold

SHOWN = 40
"""Characters of a query or a feed's name in a button and in what is spoken of it."""
_NOTHING = Hit((), ())
_SOONEST = tuple(Rhythm)


@dataclass(frozen=True, slots=True)
class Match:
    """A follow, and where an entry satisfies it."""

    follow: Follow
    hit: Hit


def matches(entry: Entry, follows: Sequence[Follow]) -> tuple[Match, ...]:
    """Find those of these follows that an entry satisfies: the query or the text may have changed since."""
    text = cleaned(entry)
    found = ((follow, found_in(text, follow)) for follow in follows)
    return tuple(Match(follow, hit) for follow, hit in found if hit is not None)


def found_in(entry: Entry, follow: Follow) -> Hit | None:
    """Find what a follow looks for; one kept by a version that could read more finds nothing."""
    try:
        return explain(reread(follow.canonical), entry)
    except QueryError:
        return None


def standing(entry: Entry, follows: Sequence[Follow]) -> tuple[Match, ...]:
    """As ``matches``, for an alert that stands there already: it keeps its reasons, whatever changed."""
    found = {match.follow.id: match for match in matches(entry, follows)}
    return tuple(found.get(follow.id, Match(follow, _NOTHING)) for follow in follows)


def alert(
    entry: Entry,
    because: Sequence[Match],
    *,
    feed_id: int,
    source: str,
    source_link: str | None,
    now: datetime,
    look: Look = Look(),  # noqa: B008 - frozen
    correction: Correction | None = None,
) -> Card:
    """Make the card of an entry for those whose follows it satisfies: with the words marked, and why.

    Without any it is a plain card.
    """
    plain = card(
        entry,
        source=source,
        source_link=source_link,
        now=now,
        look=look,
        correction=correction,
        spans=_united(because),
    )
    if not because:
        return plain
    because = sorted(because, key=lambda match: _SOONEST.index(match.follow.rhythm))
    why = Why(
        _words(because), _fields(because), tuple(_reason(match.follow, plain.source) for match in because)
    )
    first = because[0].follow
    # In a channel a row of buttons costs all readers height, and the follow is but one person's to change.
    buttons: tuple[Button, ...] = ()
    if first.target == first.owner:
        buttons = _buttons(first, feed_id, plain.source, among=len(because))
    return replace(plain, why=why, buttons=buttons)


def _united(because: Sequence[Match]) -> tuple[Span, ...]:
    """Join the places of several follows, so that none overlaps another."""
    order = list(Field)
    every = {span for match in because for span in match.hit.spans}
    united: list[Span] = []
    for span in sorted(every, key=lambda span: (order.index(span.field), span.start, span.end)):
        last = united[-1] if united else None
        if last and last.field is span.field and span.start < last.end:
            united[-1] = replace(last, end=max(last.end, span.end))
        else:
            united.append(span)
    return tuple(united)


def _words(because: Sequence[Match]) -> tuple[str, ...]:
    shown: dict[str, str] = {}
    for match in because:
        for word in match.hit.words:
            shown.setdefault(fold(word), word)
    return tuple(shown.values())


def _fields(because: Sequence[Match]) -> tuple[str, ...]:
    there = {span.field for match in because for span in match.hit.spans}
    return tuple(field.value for field in Field if field in there)


def _reason(follow: Follow, source: str) -> Reason:
    scope = EVERYWHERE if follow.feed_id is None else source
    return Reason(follow.id, follow.typed, scope, None if follow.target == follow.owner else follow.owner)


def _buttons(follow: Follow, feed_id: int, source: str, *, among: int) -> tuple[Button, ...]:
    """Offer what a person can do about the follow that is named first, the one that sent the alert.

    ``among`` several follows the labels say which it is.
    """
    number = follow.id
    words, feed = f"“{_short(follow.typed)}”", _short(source)
    which = f" {words}" if among > 1 else ""
    buttons = [
        Button(f"Snooze{which} 24 h", f"/snooze #{number} 24h", f"Snooze alerts for {words} for 24 hours"),
        Button(f"Unfollow{which}", f"/unfollow #{number}", f"Unfollow {words}"),
    ]
    if follow.rhythm in {Rhythm.NOW, Rhythm.HOURLY}:
        spoken = f"Get alerts for {words} in a daily digest instead"
        buttons.append(Button("Daily digest instead", f"/change #{number} when:daily", spoken))
    return (
        *buttons,
        Button(f"Mute {feed}", f"/mute #{number} {feed_id}", f"No more alerts for {words} from {feed}"),
        Button("Exclude a word…", f"/exclude #{number}", f"Exclude a word from {words}"),
        Button("Edit…", f"/change #{number}", f"Edit your follow {words}"),
    )


def _short(text: str) -> str:
    return cut(text, SHOWN, least=SHOWN)
