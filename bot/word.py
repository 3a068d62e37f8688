"""The sentences by which the bot speaks of itself to whoever set something up: pure.

Buttons carry commands of the chat, but for what only the operator can do in the shell.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.models import Button, Feed, Notice
from bot.schedule import PAUSED_AFTER

NAMED_MOST = 5
"""Feeds, or follows, that a notice names at most."""


def shown(feed: Feed) -> str:
    """Name a feed as people know it."""
    return feed.title or feed.host


def failing(feed: Feed, reason: str) -> Notice:
    """The feed has failed for a day, or the site refuses us."""
    return Notice(
        f"{shown(feed)} cannot be read: {reason} I keep trying, and tell you when it is well again.",
        (Button("Pause it", f"/feeds pause {feed.id}"),),
    )


def recovered(feed: Feed) -> Notice:
    """The feed answers again after whoever added it was told that it failed."""
    return Notice(f"{shown(feed)} can be read again. Posts go on as before.")


def ended(feed: Feed, reason: str) -> Notice:
    """The site says that the feed is gone for good."""
    return Notice(
        f"{shown(feed)} has ended: {reason} I stopped asking for it.",
        (
            Button("Remove it", f"/feeds remove {feed.id}"),
            Button("Ask again", f"/feeds resume {feed.id}"),
        ),
    )


def given_up(feed: Feed, reason: str) -> Notice:
    """The feed has failed for half a year."""
    return Notice(
        f"{shown(feed)} has failed for {PAUSED_AFTER.days} days ({reason}), so I paused it.",
        (Button("Resume", f"/feeds resume {feed.id}"),),
    )


def flood(feed: Feed, *, new: int, posted: int) -> Notice:
    """More new entries at once than anybody wants in a channel."""
    return Notice(
        f"{shown(feed)} brought {new} new posts at once. Above are the newest {posted}; "
        f"I remembered the other {new - posted} without posting them.",
        (Button("Show them", f"/feeds posts {feed.id} held:yes"),),
    )


def flood_paused(feed: Feed) -> Notice:
    """Flood after flood: the feed invents entries."""
    return Notice(
        f"{shown(feed)} brought floods of new posts {feed.floods} times running, which looks like a fault of "
        "the feed, so I paused it.",
        (Button("Resume", f"/feeds resume {feed.id}"),),
    )


def silent(feed: Feed, *, now: datetime) -> Notice:
    """The site answers, but nothing new has come for far longer than usual."""
    days = (now - (feed.changed_at or feed.created_at)).days
    return Notice(
        f"{shown(feed)} answers, but has brought nothing new for {days} days, far longer than usual. "
        "Perhaps the site has moved to another feed.",
        (Button("Remove it", f"/feeds remove {feed.id}"),),
    )


def target_paused(called: str, target: str, reason: str) -> Notice:
    """A channel, as its readers call it and as it is typed, can no longer be posted to."""
    return Notice(
        f"I can't post in {called} any more: {reason} What comes for it is kept for 7 days.",
        (resume(target),),
    )


def resume(target: str) -> Button:
    """Offer to post again in a channel, written as it is typed, once the cause is cured."""
    return Button("Resume", f"/retry {target}")


def refused(called: str, title: str, reason: str) -> Notice:
    """Rules of a channel keep a post out."""
    return Notice(
        f"“{title}” could not be posted in {called}: {reason} Other posts go on. "
        "I say this once a day at most, whatever else is kept out."
    )


def channel_deleted(called: str, feeds: Sequence[str], follows: Sequence[str]) -> Notice:
    """A channel is no more, and with it what one person had set up there."""
    lost = []
    if feeds:
        verb = "posts" if len(feeds) == 1 else "post"
        lost.append(f"{_named(feeds)} no longer {verb} there")
    if follows:
        quoted = [f"“{one}”" for one in follows]
        lost.append(f"your alerts for {_named(quoted)} no longer come there")
    return Notice(f"{called} was deleted, so {', and '.join(lost)}.")


def _named(names: Sequence[str]) -> str:
    shown, more = names[:NAMED_MOST], len(names) - NAMED_MOST
    if more > 0:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


def in_doubt(delivery_id: int, target: str, title: str) -> Notice:
    """Nobody knows whether a card arrived, and the operator wants to be asked."""
    return Notice(
        f"I do not know whether “{title}” arrived in {target}: the connection broke in mid-send.",
        (Button("Post it again", f"wireroom deliveries --retry {delivery_id}"),),
    )
