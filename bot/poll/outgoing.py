"""What a poll sends: the new entries matched, routed and queued, within the poll's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot import digest, route
from bot.models import Entry, Feed, Habits, Rhythm, Subscription
from bot.route import Route, Routes, Wish
from bot.store import Connection, alerts, deliveries, subscriptions
from bot.store.deliveries import NewDelivery
from bot.store.watch import Sightings


def routes(
    c: Connection,
    feed: Feed,
    new: Sequence[Entry],
    carriers: Sequence[Subscription],
    sightings: Sightings,
    now: datetime,
) -> Routes:
    """Decide which of the new entries go where."""
    articles = {key for entry in new if (key := route.name(entry))}
    sent = deliveries.sent_lately(c, articles, now=now)
    if feed.first_polled_at is None:
        return route.route_samples(new, carriers, sent=sent)
    return route.route_new(new, carriers, sent=sent, wishes=_wishes(c, feed, new, sightings, now))


def _wishes(
    c: Connection, feed: Feed, new: Sequence[Entry], sightings: Sightings, now: datetime
) -> dict[str, list[Wish]]:
    """Find the follows that want a new entry, by its guid."""
    wanted = {query_id for queries in sightings.queries for query_id in queries}
    if not wanted:
        return {}
    there = subscriptions.targets_of(c, feed.id)
    live = alerts.live(c, wanted, feed_id=feed.id, now=now)
    reaching = {key: [one for one in some if route.reaches(one, there)] for key, some in live.items()}
    ids = {follow.id for some in reaching.values() for follow in some}
    places = alerts.places(c, ids, feed_id=feed.id, now=now)
    return {
        entry.guid: [
            Wish(follow.id, places[follow.id].target_id, follow.rhythm)
            for key in queries
            for follow in reaching.get(key, ())
            if not places[follow.id].shown_anyway
        ]
        for entry, queries in zip(route.posted(new), sightings.queries, strict=True)
    }


def send(c: Connection, found: Routes, ids: Mapping[str, int], *, now: datetime) -> None:
    """Queue what goes out, each at the time of its target, and hurry what is wanted sooner now."""
    everything = (*found.routes, *found.again)
    habits = alerts.habits(
        c, {one.target_id for one in everything if one.alert or one.rhythm is not Rhythm.NOW}
    )

    def delivery(one: Route) -> NewDelivery:
        due_at, hold = digest.when(one.rhythm, habits.get(one.target_id, Habits()), now)
        rhythm = one.rhythm if one.alert else None
        return NewDelivery(ids[one.entry.guid], one.target_id, one.article, rhythm, one.follows, due_at, hold)

    deliveries.enqueue(c, [delivery(one) for one in found.routes], now=now)
    for one in found.again:
        alerts.bring_forward(c, delivery(one), now=now)
