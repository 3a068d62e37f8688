"""What is said of a list of feeds: what it would bring, which there are, what was added; pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.command import Caller
from bot.commands.channels import often, together
from bot.commands.channels.offering import CANCEL
from bot.commands.channels.phrases import channel_of, here, times_of
from bot.commands.channels.survey import Survey
from bot.commands.desk.front import spoken
from bot.errors import CommandError
from bot.models import Button, Habits, TargetKind
from bot.prose import Bold, Code, Named, Prose, prose
from bot.reply import Choice, Field, FieldKind, Form, Reply
from bot.store.channel import Carriage

LOUD = 20
"""Posts a day from which on a channel is better served by a digest."""
NAMED_MOST = 5
PAGE = 20
_RANGE = re.compile(r"(\d{1,4})(?:\s?[-–]\s?(\d{1,4}))?")
_WAYS = (Choice("A card for each post", "cards"), Choice("All together once a day", "digest"))


def summary(caller: Caller, found: Survey, room: int, word: str) -> Reply:
    """Say what a list would bring, and how it can be added."""
    new, failed = found.readable, len(found.candidates) - len(found.readable) + len(found.nameless)
    total = len(found.candidates) + found.here + len(found.nameless)
    text = prose(
        f"Found {times_of(total, 'feed', 'feeds')}: {len(new)} new, {found.here} already here, "
        f"{failed} not readable.",
        _loudness(caller, found),
        f" There is room for {room} more." if room < len(new) else "",
        f" {found.left_out} more stand in the list than I take at once." if found.left_out else "",
        *_failures(found),
    )
    if not found.candidates or room == 0:
        return Reply(text)
    all_ = (
        Button("Add all as a daily digest", f"/feeds take {word} mode:digest"),
        Button("Add all as cards", f"/feeds take {word} mode:cards"),
    )
    choose = Button("Choose…", f"/feeds choose {word}")
    return Reply(text, buttons=(*(all_ if new else ()), choose, CANCEL))


def _loudness(caller: Caller, found: Survey) -> Prose:
    if not round(found.rate):
        return ()
    where = here(caller, [found.target])
    loud = "; cards for all would be loud." if found.rate >= LOUD else "."
    return prose(f" They would post about {times_of(round(found.rate), 'item', 'items')} a day ", where, loud)


def _failures(found: Survey) -> Sequence[Prose]:
    """Name what cannot be read, and why; it can be added all the same by its number."""
    failed = [one for one in found.candidates if one.trouble is not None]
    rows = [prose("\n• ", Bold(one.title), ": ", spoken(one.trouble or "")) for one in failed]
    rows += [prose("\n• ", Bold(name), ": no address of a feed.") for name in found.nameless]
    more = len(rows) - NAMED_MOST
    beyond = [prose(f"\nand {more} more.")] if more > 0 else []
    anyway = [prose("\nBy ", Bold("Choose…"), " you can add them all the same.")] if failed else []
    return [*rows[:NAMED_MOST], *beyond, *anyway]


def menu(found: Survey, word: str, page: int) -> Reply:
    """Number the feeds of a list, with a form in which to write the numbers."""
    pages = -(-len(found.candidates) // PAGE) or 1
    first = (min(page, pages) - 1) * PAGE
    rows: list[Prose] = []
    for number, one in enumerate(found.candidates[first : first + PAGE], first + 1):
        rate = f" · {often.posts(one.rate)}" if one.rate is not None else ""
        how = " · not readable now" if one.trouble is not None else rate
        rows.append(prose(f"\n{number}. ", Bold(one.title), how))
    form = Form(
        "Choose feeds",
        f"/feeds take {word}",
        (
            Field("which", "Numbers", hint="1 3 5-9, or all", required=True, longest=2_000),
            Field("mode", "Posts come", FieldKind.CHOICE, "cards", choices=_WAYS),
        ),
        submit="Add them",
    )
    following = (Button("Next page", f"/feeds choose {word} {first // PAGE + 2}"),) if page < pages else ()
    text = prose(f"{times_of(len(found.candidates), 'feed', 'feeds')} in the list:", *rows)
    return Reply(text, form=form, buttons=(*following, CANCEL))


@dataclass(frozen=True, slots=True)
class Taken:
    """What was added of a list."""

    added: tuple[Carriage, ...]
    no_room: int
    """Feeds for which there was none."""
    habits: Habits | None
    """Of the target, where all come together once a day: they say when."""


def taken(caller: Caller, found: Survey, new: Taken, mode: str) -> Reply:
    """Say what was added, to whoever did it and to the channel."""
    if not new.added:
        why = "There is no room for more feeds" if new.no_room else "All of them post already"
        return Reply(prose(why, " ", here(caller, [found.target]), "."))
    feeds = times_of(len(new.added), "feed", "feeds")
    way = ", in threads" if mode == "thread" else ""
    if new.habits is not None:
        way = f", together once a day {together.at(new.habits)}"
    full = f" {new.no_room} found no room: the limit is reached." if new.no_room else ""
    text = prose(
        f"{feeds} will post ", here(caller, [found.target]), f"{way}. I won't post older items.{full}"
    )
    if found.target.kind is TargetKind.PERSON:
        return Reply(text)
    public = prose(Named(caller.person), f" added {feeds} to ", channel_of(caller, found.target), f"{way}. ",
                   "Anyone here can change this with ", Code("/feeds"), ".")  # fmt: skip
    return Reply(text, public=public, public_in=found.target)


def read_numbers(text: str, most: int) -> Sequence[int]:
    """Read “1 3 5-9” or “all”, in order and each once; CommandError says how to write it."""
    if text.strip().casefold() == "all":
        return range(1, most + 1)
    chosen: dict[int, None] = {}
    left = _RANGE.sub("", text).replace(",", "").strip()
    for match in _RANGE.finditer(text):
        first, last = int(match[1]), int(match[2] or match[1])
        chosen |= dict.fromkeys(range(first, last + 1))
    if left or not chosen or not all(1 <= number <= most for number in chosen):
        raise CommandError(f"Write numbers from 1 to {most}, such as 1 3 5-9, or all.")
    return sorted(chosen)
