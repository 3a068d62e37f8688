"""Find what a person means in a command: a feed, a follow of theirs, a channel, and their rights there."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import replace

from bot import query
from bot.command import Caller
from bot.commands.feeds import DIGITS_MOST
from bot.commands.tools import Refusal, Tools
from bot.errors import CommandError, WireroomError
from bot.guard import redact
from bot.models import Button, Follow, Target, TargetKind
from bot.prose import Bold, Code, Prose, listed, prose
from bot.reply import Reply
from bot.store import follows, person
from bot.store.reach import Carried
from bot.text import clean, fold

LIKENESS = 0.6
"""How alike two texts must be for “did you mean” (difflib's ratio)."""
QUOTED = 80
"""Characters of what was typed that an answer repeats."""
NAMED_MOST = 5
"""Feeds that an answer names at most where several could be meant."""


async def feed(tools: Tools, caller: Caller, text: str, *, here: bool = False) -> Carried:
    """Find a feed within reach by number, name (its beginning too) or address.

    With ``here`` only feeds of the caller's place count: in a direct message the caller's own and
    those that they added to channels. Of several targets that carry the feed, the caller's place
    comes first. Raises CommandError, with what could be meant.
    """
    carried = await feeds(tools, caller, here=here)
    found = await _chosen(tools, text, carried)
    if len(found) == 1:
        return _nearest_place(found.pop(), carried, caller)
    names = _names(carried)
    if found:
        which = listed([_numbered(names[one], one) for one in found[:NAMED_MOST]], last=" or ")
        raise Refusal(Reply(prose(_quoted(text), " could be ", which, ". Write the number.")))
    raise Refusal(Reply(prose(_no_feed(text, here=here), *_did_you_mean(text, names))))


async def feeds(tools: Tools, caller: Caller, *, here: bool = False) -> list[Carried]:
    """List the feeds that ``feed`` chooses from, with the targets that carry them."""
    if not here:
        return await tools.reach.carried(caller.person, space_of(caller))
    if caller.direct:
        return await tools.db.read(lambda c: person.carried(c, caller.person))
    return await tools.db.read(lambda c: person.carried_in(c, caller.place))


def space_of(caller: Caller) -> str | None:
    """Name the workspace or server in which a caller's reach ends; None in a direct message."""
    return None if caller.direct else caller.place.space


async def _chosen(tools: Tools, text: str, carried: Sequence[Carried]) -> list[int]:
    """List the ids of the feeds that a text can mean, the surest reading first."""
    names = _names(carried)
    if is_number(text) and int(text) in names:
        return [int(text)]
    wanted = fold(text)
    folded = [(one.feed_id, fold(one.name)) for one in carried]
    # The number of a feed that is gone must not become the beginning of another's name.
    for fits in (str.__eq__,) if is_number(text) else (str.__eq__, str.startswith):
        found = dict.fromkeys(feed_id for feed_id, name in folded if wanted and fits(name, wanted))
        if found:
            return list(found)
    if "." in text and not is_number(text):
        try:
            found_id = await tools.feeds.find(text)
        except WireroomError:
            return []
        return [found_id] if found_id in names else []
    return []


def is_number(text: str) -> bool:
    """Say whether a text can be the number of a feed or a follow."""
    return text.isascii() and text.isdecimal() and len(text) <= DIGITS_MOST


def _names(carried: Iterable[Carried]) -> dict[int, str]:
    names: dict[int, str] = {}
    for one in carried:
        names.setdefault(one.feed_id, one.name)
    return names


def _nearest_place(feed_id: int, carried: Iterable[Carried], caller: Caller) -> Carried:
    order = {caller.place: 0, caller.person: 1}
    return min((one for one in carried if one.feed_id == feed_id), key=lambda one: order.get(one.target, 2))


def _no_feed(text: str, *, here: bool) -> Prose:
    if here:
        return prose("There is no feed ", _quoted(text), " here. ", Code("/feeds list"), " shows them.")
    return prose(
        "You can see no feed ", _quoted(text), ". ", Code("/feeds list"), " shows those of a channel."
    )


def _did_you_mean(text: str, names: dict[int, str]) -> Prose:
    closest = nearest(text, names.values())
    feed_id = next((feed_id for feed_id, name in names.items() if name == closest), None)
    if closest is None or feed_id is None:
        return ()
    return prose(" Did you mean ", _numbered(closest, feed_id), "?")


def _numbered(name: str, number: int) -> Prose:
    return prose(Bold(name), f" ({number})")


def _quoted(text: str) -> Prose:
    return prose("“", Bold(shortened(redact(text) if "//" in text else text)), "”")


def shortened(text: str) -> str:
    """Repeat what was typed: one clean line, not too long."""
    line = clean(text)
    return line if len(line) <= QUOTED else line[: QUOTED - 1] + "…"


def nearest(text: str, names: Iterable[str]) -> str | None:
    """Choose the name most like a text, or none."""
    by_folded = {fold(name): name for name in names}
    close = difflib.get_close_matches(fold(text), by_folded, n=1, cutoff=LIKENESS)
    return by_folded[close[0]] if close else None


async def follow(tools: Tools, caller: Caller, text: str, *, verb: str = "") -> Follow:
    """Find one of the caller's own follows by its words, in any spelling of the same query, or its number.

    ``#12``, as buttons write it, is number 12 also for somebody who follows the word 12. Raises
    CommandError with the one that is most alike; with a ``verb`` (Unfollow) a button does that to it.
    """
    own = await tools.db.read(lambda c: follows.of_person(c, caller.person))
    number = text.removeprefix("#")
    numbered = [one for one in own if is_number(number) and one.id == int(number)]
    if number != text and is_number(number):
        found = numbered or [one for one in own if fold(one.typed) == fold(text)]
    else:
        wanted, canonical = fold(text), _canonical(text)
        found = [one for one in own if fold(one.typed) == wanted or one.canonical == canonical] or numbered
    if not found and text.startswith("#") and is_number(number):
        said = prose("You don't follow that any more. ", Code("/following"), " shows what you follow.")
        raise Refusal(Reply(said))
    if not found:
        raise Refusal(_not_followed(text, own, verb))
    return found[0]


def _canonical(text: str) -> str | None:
    try:
        return str(query.parse(text))
    except query.QueryError:
        return None


def _not_followed(text: str, own: Sequence[Follow], verb: str) -> Reply:
    said = prose("You don't follow ", Bold(shortened(text)), ".")
    closest = nearest(text, [one.typed for one in own])
    if closest is None:
        return Reply(prose(said, " ", Code("/following"), " shows what you follow."))
    meant = next(one for one in own if one.typed == closest)
    buttons = (Button(f"{verb} {shortened(closest)}", f"/{verb.lower()} #{meant.id}"),) if verb else ()
    return Reply(prose(said, " Did you mean ", Bold(shortened(closest)), "?"), buttons=buttons)


async def channel(tools: Tools, caller: Caller, text: str) -> Target:
    """Read where something shall go: ``here``, ``me``, or a channel, of the caller's space unless it says."""
    match text.strip().casefold():
        case "here":
            return caller.place
        case "me":
            return caller.person
    adapter = tools.adapters.get(caller.place.platform)
    if adapter is None:
        raise CommandError("Write here or me: no other channel can be named from here.")
    named = adapter.target(text.strip())
    own = caller.person if named.kind is TargetKind.PERSON else caller.place
    return adapter.placed(named if named.space else replace(named, space=own.space))


async def allow(tools: Tools, caller: Caller, target: Target) -> None:
    """Refuse, in the adapter's words, who may not change feeds in a target; their own they always may."""
    if caller.operator or target == caller.person:
        return
    if target.kind is TargetKind.PERSON or target.platform != caller.person.platform:
        raise CommandError("You can change what comes to you and to your channels, not what others get.")
    adapter = tools.adapters.get(target.platform)
    said = await adapter.forbids(caller.person, target) if adapter else prose("You can't change feeds there.")
    if said is not None:
        raise Refusal(Reply(said))
