"""A page of what a person follows, with all that is known of it, and the facts that are told of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.command import Caller
from bot.commands.desk import hours
from bot.commands.follows import backtest, wording
from bot.commands.follows.told import Told
from bot.commands.people import own_time
from bot.commands.tools import Tools
from bot.models import Follow, Habits, Target
from bot.prose import Bold, Moment, Prose, listed, prose
from bot.store import follows
from bot.store.follows import Addressee

PAGE = 20


@dataclass(frozen=True, slots=True)
class Page:
    """What stands on a page, and what is known of it."""

    follows: Sequence[Follow]
    number: int
    pages: int
    total: int
    person: Addressee
    muted: Mapping[int, Collection[int]]
    names: Mapping[int, str]
    records: Mapping[int, tuple[int, int]]
    now: datetime

    def told(self, follow: Follow) -> Told:
        """Give what it takes to speak of a follow, but when its digests come."""
        return Told(follow, self.names, Habits())


async def page(tools: Tools, who: Target, number: int, names: Mapping[int, str] | None = None) -> Page:
    """Load a page, or the last one where there are fewer; ``names`` are the feeds within reach, if known."""
    own, person = await tools.db.read(lambda c: (follows.of_person(c, who), follows.addressee(c, who)))
    pages = max(1, -(-len(own) // PAGE))
    number = min(number, pages)
    shown = own[(number - 1) * PAGE : number * PAGE]
    muted = await tools.db.read(lambda c: follows.muted(c, [one.id for one in shown]))
    if names is None:
        names = await tools.reach.feeds(who, None) if own else {}
    records = await backtest.record(tools, shown, muted)
    return Page(shown, number, pages, len(own), person, muted, names, records, tools.clock())


def unreached(person: Addressee) -> Prose:
    """Say that direct messages do not reach a person, in a bold sentence; nothing where they do."""
    if person.paused:
        return prose(Bold("Paused: I could not message you."))
    if person.unreached:
        return prose(Bold("I could not message you lately."), " I keep trying for some days.")
    return ()


def times(habits: Habits, caller: Caller) -> tuple[str, str]:
    """Say when a person's quiet hours are, and when their digests come."""
    known = own_time.zone_of(caller, habits, None)
    zone = known.name if known else "UTC"
    quiet = "Quiet hours: none"
    if habits.quiet_from is not None and habits.quiet_until is not None:
        quiet = f"Quiet hours: {hours.shown_hours(habits.quiet_from, habits.quiet_until)}"
    days = " on weekdays" if habits.weekdays_only else ""
    weekly = f"{wording.DAYS[habits.weekly_day]} {hours.shown(habits.weekly_at)}"
    return quiet, f"Digests: daily at {hours.shown(habits.daily_at)}{days}, weekly on {weekly} ({zone})"


def record(follow: Follow, page: Page, noun: str = "") -> list[Prose]:
    """Count what a follow found among the newest posts; nothing where none are known."""
    hits, looked = page.records[follow.id]
    if not looked:
        return []
    posts = f" {noun if looked == 1 else f'{noun}s'}" if noun else ""
    return [prose(f"{wording.of_newest(hits, looked)}{posts} matched")]


def state(follow: Follow, page: Page) -> list[Prose]:
    """Say which feeds a follow leaves out, and whether it is paused or snoozed."""
    said = []
    if muted := page.muted.get(follow.id):
        names = [wording.feed(page.names, feed_id) for feed_id in sorted(muted)]
        said.append(prose("without ", listed(names, last=" and ")))
    if follow.paused_at is not None:
        said.append(prose(Bold("paused")))
    elif follow.snoozed_until is not None and follow.snoozed_until > page.now:
        said.append(prose(Bold("snoozed"), " until ", Moment(follow.snoozed_until)))
    return said
