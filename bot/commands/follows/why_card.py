"""Why did I get this? The follows or the feed behind a message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from bot.command import Caller, Command, Kind, Option, Values
from bot.commands import find
from bot.commands.channels import phrases
from bot.commands.follows import wording
from bot.commands.follows.told import Told
from bot.commands.tools import Tools
from bot.models import Button, Follow, Habits, Target, TargetKind
from bot.prose import Bold, Code, Named, Prose, listed, prose
from bot.reply import Choice, Reply
from bot.store import channel, follows, sent
from bot.store.channel import Carriage
from bot.store.sent import Sent
from bot.text import fold
from bot.why import found_in

SEARCHED = 500
"""Messages of a target that are looked through for the words of a title."""
LISTED = 20
LABEL = 75
OURS = "#"
"""Stands in front of a delivery's number, to tell it from a platform's id of a message."""


def commands(tools: Tools) -> tuple[Command, ...]:
    """Declare the commands."""
    message = Option(
        "message", Kind.TEXT, "Words of its title, or the platform's id of it; empty: the newest"
    )
    return (Command(("why",), "Why did I get this?", partial(_why, tools), (message,), behind_button=True),)


async def _why(tools: Tools, caller: Caller, values: Values) -> Reply:
    found = await _meant(tools, caller, values.get("message", ""))
    if not found:
        return _unknown(caller, values.get("message", ""))
    if len(found) > 1:
        menu = tuple(
            Choice(one.entry.title[:LABEL], f"/why {OURS}{one.delivery_id}", one.feed)
            for one in found[:LISTED]
        )
        return Reply(prose(f"That message holds {len(found)} posts. Which one?"), choices=menu)
    return await _explained(tools, caller, found[0])


def _unknown(caller: Caller, text: str) -> Reply:
    if text and caller.fields:  # it was chosen in the menu of a message
        return Reply(
            prose("That is no article that I sent, or it is older than the 30 days that I remember.")
        )
    if text:
        said = prose("I know of no such message to you or in this channel; I remember 30 days. ")
        return Reply(prose(said, Code("/why"), " and words of its title find one."))
    return Reply(prose("Nothing was sent to you or posted here in the last 30 days."))


async def _meant(tools: Tools, caller: Caller, text: str) -> list[Sent]:
    """Find the message among those that the person can see: one post, or all of a digest."""
    if text:
        visible = await _visible(tools, caller, await _by_id(tools, caller, text))
        if visible:
            return [one for one in visible if one.target == visible[0].target]
    limit = SEARCHED if text else 1
    places = {caller.place, caller.person}
    known = [one for place in places for one in await _lately(tools, place, limit)]
    words = fold(text).split()
    fitting = [one for one in known if all(word in fold(one.entry.title) for word in words)]
    return sorted(fitting, key=lambda one: (one.at, one.delivery_id))[-1:]


async def _by_id(tools: Tools, caller: Caller, text: str) -> list[Sent]:
    platform, number = caller.person.platform, text.removeprefix(OURS)
    if text.startswith(OURS) and find.is_number(number):
        return await tools.db.read(lambda c: sent.of_delivery(c, platform, int(number)))
    return await tools.db.read(lambda c: sent.of_message(c, platform, text))


async def _visible(tools: Tools, caller: Caller, found: Sequence[Sent]) -> list[Sent]:
    """Keep what stands where the person reads, the place of the command first."""
    own = {caller.place, caller.person}
    others = [one.target for one in found if one.target not in own and one.target.kind is TargetKind.CHANNEL]
    seen = own | await tools.reach.sees(caller.person, list(dict.fromkeys(others)))
    return sorted((one for one in found if one.target in seen), key=lambda one: one.target != caller.place)


async def _lately(tools: Tools, place: Target, limit: int) -> list[Sent]:
    return await tools.db.read(lambda c: sent.lately(c, place, limit=limit))


async def _explained(tools: Tools, caller: Caller, one: Sent) -> Reply:
    reasons = (await tools.db.read(lambda c: follows.of_delivery(c, [one.delivery_id]))).get(
        one.delivery_id, []
    )
    carriage = await tools.db.read(lambda c: channel.get(c, one.feed_id, one.target))
    names = {one.feed_id: one.feed} | await tools.reach.feeds(caller.person, None, feed_id=one.feed_id)
    lines = [_because(caller, follow, one, names) for follow in reasons]
    if carriage is not None:
        lines.append(_carried(tools, caller, carriage))
    elif not reasons and one.target.kind is TargetKind.CHANNEL:
        where = phrases.channel_of(caller, one.target)
        lines.append(prose(Bold(one.feed), " posted in ", where, " then; it has been taken out since."))
    elif not reasons:
        lines.append(prose("The follow that found it is gone."))
    text = prose(wording.headline(one.entry), *(prose("\n• ", line) for line in lines))
    return Reply(text, buttons=_buttons(caller, one, reasons, names[one.feed_id]))


def _because(caller: Caller, follow: Follow, one: Sent, names: Mapping[int, str]) -> Prose:
    told = Told(follow, names, Habits())
    verb = "follow" if follow.ended_at is None else "followed"
    who = prose(f"You {verb} ")
    if follow.owner != caller.person:
        who = prose(Named(follow.owner), " follows " if follow.ended_at is None else " followed ")
    said = prose(who, wording.name(told), " in ", wording.scope(told))
    hit = found_in(one.entry, follow)
    if hit is None:
        return prose(said, "; the follow or the post has changed since.")
    words = listed([Bold(word) for word in hit.words], last=" and ")
    fields = ", ".join(dict.fromkeys(span.field for span in hit.spans))
    return prose(said, ". Found: ", words, f" ({fields}).")


def _carried(tools: Tools, caller: Caller, carriage: Carriage) -> Prose:
    day = phrases.day(carriage.created_at, caller, tools.clock())
    if carriage.target == caller.person:
        return prose(Bold(carriage.shown), f" comes to you; you added it on {day}.")
    by = prose(Named(carriage.added_by)) if carriage.added_by else prose("the operator")
    where = phrases.channel_of(caller, carriage.target)
    return prose(Bold(carriage.shown), " posts in ", where, "; ", by, f" added it on {day}.")


def _buttons(caller: Caller, one: Sent, reasons: Iterable[Follow], feed: str) -> tuple[Button, ...]:
    own = [follow for follow in reasons if follow.owner == caller.person and follow.ended_at is None]
    if not own:
        return ()
    follow = own[0]
    buttons = (
        Button("Unfollow", f"/unfollow #{follow.id}", f"Unfollow {follow.typed}"),
        Button("Snooze 24 h", f"/snooze #{follow.id} 24h", f"Snooze alerts for {follow.typed} for 24 hours"),
    )
    if follow.feed_id == one.feed_id:
        return buttons
    return (*buttons, Button(f"Mute {feed}", f"/mute #{follow.id} {one.feed_id}"))
