"""A card in one text: what a lock screen shows of it and a screen reader reads."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.address import address
from adapters.fit import fitted, size, within
from adapters.slack.escape import bare, escape, escape_lines, short
from adapters.slack.limits import NAME_MOST, SUMMARY_MOST, TEXT_MOST, TITLE_MOST, URL_MOST
from adapters.slack.words import Called, somebody
from bot.models import Card, Reason, Why
from bot.prose import plain
from bot.text import clean

_QUERY, _REASONS, _PEOPLE = 100, 3, 3


def spoken(card: Card, title: str, called: Called = somebody) -> str:
    """Write all of a card in a text; where that is too long, the end of the summary goes first."""
    head = f"{_begin(card)}{short(title, TITLE_MOST)}{_by(card)}"
    tail = list(filter(None, [_earlier(card), _because(card.why, called)]))
    target = address(card.link, URL_MOST)
    if target and size(" ".join([head, bare(target), *tail])) <= TEXT_MOST:
        tail.insert(0, bare(target))
    room = TEXT_MOST - size(" ".join([head, "", *tail]))
    summary = fitted(clean(card.summary), min(room, SUMMARY_MOST), escape_lines)
    return " ".join(filter(None, [head, summary, *tail]))


def _begin(card: Card) -> str:
    corrected = ""
    if card.correction:
        corrected = "Corrected headline: " if card.correction.earlier_title is not None else "Corrected: "
    if card.why is None:
        return corrected
    query = f" “{within(card.why.reasons[0].query, _QUERY)}”" if card.why.reasons else ""
    return f"{escape(f'Alert{query}:')} {corrected}"  # with its colon, which could end a :name:


def _by(card: Card) -> str:
    source, author = (short(name, NAME_MOST) for name in (card.source, card.author or ""))
    named = f" — {source}" if source else ""
    return f"{named}, by {author}." if author else f"{named}."


def _earlier(card: Card) -> str:
    if card.correction is None or card.correction.earlier_title is None:
        return ""
    return f"(Earlier headline: {short(card.correction.earlier_title, TITLE_MOST)})"


def _because(why: Why | None, called: Called) -> str:
    if why is None or not why.reasons:
        return ""
    mine = [reason for reason in why.reasons if reason.owner is None]
    if mine:
        return f"You get this because you follow {_listed(mine)}."
    owners = dict.fromkeys(reason.owner for reason in why.reasons if reason.owner is not None)
    names = list(dict.fromkeys(plain((called(owner),)) for owner in owners))[:_PEOPLE]
    verb = "follows" if len(names) == 1 else "follow"
    who = escape(" and ".join(within(name, NAME_MOST) for name in names))
    return f"It comes because {who} {verb} {_listed(why.reasons)}."


def _listed(reasons: Sequence[Reason]) -> str:
    every = dict.fromkeys(f"{_quoted(one.query)} in {short(one.scope, _QUERY)}" for one in reasons)
    said = list(every)[:_REASONS]
    left = len(every) - len(said)
    return " and ".join([*said, f"{left} more"] if left else said)


def _quoted(query: str) -> str:
    return f"“{short(query, _QUERY)}”"
