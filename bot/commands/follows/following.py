"""All that a person follows, a page at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from bot.command import Caller, Command, Kind, Option, Values
from bot.commands import find
from bot.commands.channels import phrases
from bot.commands.desk import hours
from bot.commands.follows import backtest, follow_reply, greeting, wording
from bot.commands.follows.told import Told
from bot.commands.tools import Tools
from bot.models import Button, Follow, Habits
from bot.prose import Bold, Moment, Prose, listed, prose
from bot.reply import Choice, Reply
from bot.store import follows, subscriptions
from bot.store.follows import Addressee

PAGE = 20


def commands(tools: Tools) -> tuple[Command, ...]:
    """Declare the commands."""
    page = Option("page", Kind.NUMBER, "The page of a long list", least=1)
    return (
        Command(("following",), "See and change what you follow", partial(_following, tools), (page,)),
        Command(
            ("following", "retry"),
            "Try to send you direct messages again",
            partial(_retry, tools),
            (Option("follow", Kind.FOLLOW, "Which one the person just made"),),
            behind_button=True,
        ),
    )


@dataclass(frozen=True, slots=True)
class _Page:
    """What stands on a page, and what is known of it."""

    follows: Sequence[Follow]
    number: int
    pages: int
    total: int
    muted: Mapping[int, Collection[int]]
    names: Mapping[int, str]
    records: Mapping[int, tuple[int, int]]
    now: datetime


async def _following(tools: Tools, caller: Caller, values: Values) -> Reply:
    own, person = await tools.db.read(
        lambda c: (follows.of_person(c, caller.person), follows.addressee(c, caller.person))
    )
    if not own:
        return follow_reply.none_yet()
    pages = -(-len(own) // PAGE)
    number = min(int(values.get("page", "1")), pages)
    shown = own[(number - 1) * PAGE : number * PAGE]
    muted = await tools.db.read(lambda c: follows.muted(c, [one.id for one in shown]))
    page = _Page(
        shown,
        number,
        pages,
        len(own),
        muted,
        await tools.reach.feeds(caller.person, None),
        await backtest.record(tools, shown, muted),
        tools.clock(),
    )
    return _drawn(page, person)


def _drawn(page: _Page, person: Addressee) -> Reply:
    retry = (greeting.RETRY,) if person.paused or person.unreached else ()
    further = (Button("Next page", f"/following {page.number + 1}"),) if page.number < page.pages else ()
    back = (Button("Previous page", f"/following {page.number - 1}"),) if page.number > 1 else ()
    rows = [prose("\n• ", _row(one, page)) for one in page.follows]
    text = prose(_header(page, person), *rows)
    menu = tuple(Choice(find.shortened(one.typed), f"/change #{one.id}") for one in page.follows)
    buttons = (
        *retry,
        *back,
        *further,
        Button("Follow a keyword", "/follow"),
        Button("Unfollow…", "/unfollow"),
    )
    return Reply(text, buttons=buttons, choices=menu)


def _header(page: _Page, person: Addressee) -> Prose:
    paused: Prose = ()
    if person.paused:
        paused = prose(Bold("Paused: I could not message you."), "\n")
    elif person.unreached:
        paused = prose(Bold("I could not message you lately."), " I keep trying for some days.\n")
    of = f", page {page.number} of {page.pages}" if page.pages > 1 else ""
    total = phrases.times_of(page.total, "follow", "follows")
    return prose(paused, f"You have {total}{of}.\n", _times(person.habits))


def _times(habits: Habits) -> Prose:
    zone = habits.timezone or "UTC"
    quiet = "Quiet hours: none."
    if habits.quiet_from is not None and habits.quiet_until is not None:
        quiet = f"Quiet hours: {hours.shown_hours(habits.quiet_from, habits.quiet_until)}."
    days = " on weekdays" if habits.weekdays_only else ""
    weekly = f"{wording.DAYS[habits.weekly_day]} {hours.shown(habits.weekly_at)}"
    digest = f" Digests: daily at {hours.shown(habits.daily_at)}{days}, weekly on {weekly} ({zone})."
    return prose(quiet, digest)


def _row(follow: Follow, page: _Page) -> Prose:
    told = Told(follow, page.names, Habits())
    hits, looked = page.records[follow.id]
    here = () if follow.target == follow.owner else (wording.way(follow),)
    matched = (prose(f"{wording.of_newest(hits, looked)} matched"),) if looked else ()
    parts = [wording.scope(told), wording.BRIEFLY[follow.rhythm], *here, *matched, *_state(follow, page)]
    return prose(wording.name(told), f" ({follow.id}): ", listed([prose(part) for part in parts]))


def _state(follow: Follow, page: _Page) -> list[Prose]:
    state = []
    if muted := page.muted.get(follow.id):
        names = [wording.feed(page.names, feed_id) for feed_id in sorted(muted)]
        state.append(prose("without ", listed(names, last=" and ")))
    if follow.paused_at is not None:
        state.append(prose(Bold("paused")))
    elif follow.snoozed_until is not None and follow.snoozed_until > page.now:
        state.append(prose(Bold("snoozed"), " until ", Moment(follow.snoozed_until)))
    return state


async def _retry(tools: Tools, caller: Caller, values: Values) -> Reply:
    made = await find.follow(tools, caller, values["follow"]) if "follow" in values else None
    cure = await greeting.greet(tools, caller.person, "You'll get your alerts here.")
    if cure is not None:
        return Reply(cure, buttons=_ways_out(caller, made))
    now = tools.clock()
    resumed = await tools.db.write(lambda c: subscriptions.resume_target(c, caller.person, now=now))
    if made is not None and not resumed:
        said = prose("I can send you direct messages now: you follow ", Bold(find.shortened(made.typed)), ".")
        return Reply(said, buttons=_undo(made))
    if not resumed:
        return Reply(prose("Nothing is held up: I can message you, as far as I know."))
    tools.enqueued()
    return Reply(prose("I'll try again now. If it fails once more, I'll say so at the top of your list."))


def _ways_out(caller: Caller, made: Follow | None) -> tuple[Button, ...]:
    return (greeting.RETRY,) if made is None else (*greeting.ways_out(caller, made.id), *_undo(made))


def _undo(made: Follow) -> tuple[Button, ...]:
    return (Button("Undo", f"/unfollow #{made.id}"), Button("Change…", f"/change #{made.id}"))
