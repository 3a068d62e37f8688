"""What is said when a feed comes to a channel, and how its card will look; pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot import look
from bot.card import card
from bot.command import Caller
from bot.commands.channels import often, phrases, together
from bot.models import Button, Card, Entry, Habits, ParsedFeed, TargetKind
from bot.prose import Bold, Code, Named, Prose, prose
from bot.reply import Reply
from bot.store.channel import Carriage


@dataclass(frozen=True, slots=True)
class Landed:
    """A feed as it came to stand in a target."""

    carriage: Carriage
    new: bool = True
    """Else the target carried it already."""
    newest: tuple[int, Entry] | None = None
    """The newest post that can be posted now, with its id."""
    habits: Habits | None = None
    """Of the target, which say when its digest comes; None: the feed posts a card each."""


def already(caller: Caller, there: Carriage, now: datetime) -> Reply:
    """Say that a target carries a feed, since when and through whom."""
    where = phrases.channel_of(caller, there.target)
    direct = there.target.kind is TargetKind.PERSON
    by = prose("by ", Named(there.added_by), " ") if there.added_by and not direct else ()
    since = prose("(added ", by, f"on {phrases.day(there.created_at, caller, now)}).")
    said = prose(Bold(there.shown), " already posts ", "here " if direct else prose("in ", where, " "), since)
    buttons = (settings_button(caller, there),)
    if there.paused(now):
        resume = f"/feeds resume {there.feed_id}{phrases.of_channel(caller, there.target)}"
        return Reply(prose(said, " It is paused."), buttons=(Button("Resume", resume), *buttons))
    return Reply(said, buttons=buttons)


def added(caller: Caller, landed: Landed, parsed: ParsedFeed | None, *, now: datetime) -> Reply:
    """Say how a feed will post, show a card of it to whoever added it, and tell the channel."""
    there = landed.carriage
    rate = often.of_feed(parsed, now=now) if parsed else None
    channel = phrases.of_channel(caller, there.target)
    undo = Button("Undo", f"/feeds remove {there.feed_id}{channel}")
    buttons: tuple[Button, ...] = (settings_button(caller, there), undo)
    if landed.newest and parsed:
        post = f"/feeds post {there.feed_id} {landed.newest[0]}{channel}"
        buttons = (Button("Post this one now", post), *buttons)
    return Reply(
        prose(_way(caller, landed, rate), _older(parsed)),
        cards=(sample(there, landed.newest[1], now=now),) if landed.newest and parsed else (),
        buttons=buttons,
        public=_public(caller, there, rate),
        public_in=there.target,
    )


def sample(there: Carriage, entry: Entry, *, now: datetime) -> Card:
    """Make the card of an entry as a target will see it."""
    shown = look.read(there.settings)
    return card(entry, source=there.shown, source_link=there.link, now=now, look=shown)


def settings_button(caller: Caller, there: Carriage) -> Button:
    """Make the button that opens a feed's settings in a target."""
    return Button("Settings…", f"/feeds settings {there.feed_id}{phrases.of_channel(caller, there.target)}")


def _way(caller: Caller, landed: Landed, rate: float | None) -> Prose:
    """Say where, how and how often it will post."""
    there = landed.carriage
    where = phrases.here(caller, [there.target])
    if landed.habits is not None:
        about = f", {often.posts(rate)}" if rate is not None else ""
        return prose(
            Bold(there.shown), " will post ", where, f" once a day, {together.at(landed.habits)}{about}."
        )
    thread = " in a thread" if there.settings.get(look.THREAD.name) == look.YES else ""
    about = f", {often.times(rate)}" if rate is not None else ""
    return prose(Bold(there.shown), " will post ", where, f"{thread}{about}.")


def _older(parsed: ParsedFeed | None) -> Prose:
    if parsed is None:
        said = " I haven't read it: from the first time that I can, I post what is new. "
        return prose(said, Code("/feeds list"), " shows how it fares.")
    match len(parsed.entries):
        case 0:
            return prose(" It has no posts yet.")
        case 1:
            said = " I won't post the older item."
        case count:
            said = f" I won't post the {count} older items."
    return prose(said, " Here is how a card looks:")


def _public(caller: Caller, there: Carriage, rate: float | None) -> Prose | None:
    """Tell the channel who added what; in a direct message there is nobody to tell."""
    if there.target.kind is TargetKind.PERSON:
        return None
    about = f" {often.posts(rate).capitalize()}." if rate is not None else ""
    said = prose(
        Named(caller.person), " added ", Bold(there.shown), " to ", phrases.channel_of(caller, there.target)
    )
    return prose(said, f".{about} Anyone here can change this with ", Code("/feeds"), ".")
