"""How replies speak of a follow: its words, where it looks, where and when its alerts come."""

from __future__ import annotations

from collections.abc import Mapping

from bot.commands.desk import hours
from bot.commands.follows.backtest import Backtest, Wanted
from bot.commands.follows.told import Told
from bot.models import Entry, Rhythm, TargetKind
from bot.prose import Bold, Code, Link, Named, Piece, Prose, listed, prose
from bot.text import cut

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
TITLES = 3
TITLE_LIMIT = 150
UNSEEN_FEED = "a feed you can't see now"

BRIEFLY = {
    Rhythm.NOW: "at once",
    Rhythm.HOURLY: "every hour",
    Rhythm.DAILY: "in the daily digest",
    Rhythm.WEEKLY: "in the weekly digest",
}


def name(told: Told) -> Bold:
    """Write a follow's words, as the person typed them."""
    return Bold(told.follow.typed)


def feed(names: Mapping[int, str], feed_id: int) -> Piece:
    """Write a feed's name, where the person may see it."""
    return Bold(names[feed_id]) if feed_id in names else UNSEEN_FEED


def scope(told: Told) -> Prose:
    """Say where a follow looks: all feeds, or one by name."""
    feed_id = told.follow.feed_id
    return prose("all feeds" if feed_id is None else feed(told.names, feed_id))


def way(follow: Wanted) -> Prose:
    """Say where alerts come: by DM, or in a channel."""
    return prose("by DM" if _direct(follow) else prose("in ", Named(follow.target)))


def briefly(told: Told) -> Prose:
    """Say all of a follow but its words: all feeds, by DM, at once."""
    return listed([scope(told), way(told.follow), BRIEFLY[told.follow.rhythm]])


def delivery(told: Told) -> Prose:
    """Say how and when alerts come, as a sentence."""
    follow, when = told.follow, _when(told)
    if not _direct(follow):
        return prose("I'll post matches in ", Named(follow.target), f" {when}." if when else ".", _zone(told))
    if follow.rhythm is Rhythm.NOW:
        return prose("I'll send you a direct message at once.")
    return prose(f"I'll send you matches {when}.", _zone(told))


def _direct(follow: Wanted) -> bool:
    return follow.target.kind is TargetKind.PERSON


def _when(told: Told) -> str:
    habits, whose = told.habits, "your" if _direct(told.follow) else "a"
    match told.follow.rhythm:
        case Rhythm.NOW:
            return ""
        case Rhythm.HOURLY:
            return "every hour"
        case Rhythm.DAILY:
            days = " on weekdays" if habits.weekdays_only else ""
            return f"in {whose} daily digest at {hours.shown(habits.daily_at)}{days}"
        case Rhythm.WEEKLY:
            return f"in {whose} weekly digest on {DAYS[habits.weekly_day]} {hours.shown(habits.weekly_at)}"


def _zone(told: Told) -> Prose:
    """A digest's time means little to somebody whose timezone nobody knows."""
    if told.habits.timezone is not None or told.follow.rhythm not in {Rhythm.DAILY, Rhythm.WEEKLY}:
        return ()
    if not _direct(told.follow):
        return prose(" That is UTC.")
    return prose(" I don't know your timezone, so that is UTC: ", Code("/quiet"), " sets it.")


def special(told: Told) -> Prose:
    """Say how alerts come where it is not the usual way, at once by direct message."""
    usual = _direct(told.follow) and told.follow.rhythm is Rhythm.NOW
    return () if usual else prose(" ", delivery(told))


def where(told: Told) -> Prose:
    """Say in which feed a follow looks, where it is not all of them."""
    return () if told.follow.feed_id is None else prose(" in ", scope(told))


def of_newest(hits: int, looked: int) -> str:
    """Count matches among the newest posts: 3 of the last 50."""
    return f"{hits} of 1" if looked == 1 else f"{hits} of the last {looked}"


def found(test: Backtest) -> Prose:
    """Count matches, and list the newest titles, a line each."""
    titles = prose(*(prose("\n• ", headline(one.entry)) for one in test.hits[:TITLES]))
    noun = "post" if test.looked == 1 else "posts"
    return prose(Bold(of_newest(len(test.hits), test.looked)), f" {noun}", ":" if titles else ".", titles)


def headline(entry: Entry) -> Piece:
    """Write an entry's title, linked where it leads somewhere."""
    title = entry.title or entry.link or "(no title)"
    if len(title) > TITLE_LIMIT:
        title = cut(title, TITLE_LIMIT, least=TITLE_LIMIT)
    return Link(title, entry.link) if entry.link else Bold(title)
