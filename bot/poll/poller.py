"""The Poller: claims feeds that are due and finds what is new in them."""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot import novelty, route, schedule, standing, word
from bot.bell import Bell
from bot.errors import FeedError, FeedGone, HostBusy, LeaseLost, StoreError
from bot.fetch import Fetched, Fetcher, NotModified, Validators
from bot.guard import canonical, redact
from bot.metrics import Metrics
from bot.models import Feed, ParsedFeed, Subscription, Target
from bot.parse import Parser
from bot.poll import outgoing
from bot.route import Route, Routes
from bot.schedule import Bounds
from bot.standing import Standing
from bot.store import Connection, deliveries, entries, feeds, moves, subscriptions
from bot.store.database import Database
from bot.store.watch import Sightings, Watch

PLACES = 128
"""Polls in flight at once; most of them wait for an answer."""
ENOUGH = PLACES // 2
"""With more in flight nothing is claimed: claims share a commit, so they wait for a few free places."""
LOOK_EVERY = 5.0
"""Seconds after which a feed that another process added or resumed is seen."""
LEAST_REST = 0.2
DRAIN_SECONDS = 10.0
FULL_EVERY = timedelta(days=1)
"""A 304 for ever is found out by one unconditional GET a day."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one poll came to, for the log and the counters."""

    name: str
    new: int = 0
    changed: int = 0
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class TakenIn:
    """What the transaction of a poll that brought a document did."""

    outcome: Outcome
    next_poll_at: datetime
    sightings: Sightings
    routes: tuple[Route, ...]
    queued: bool
    """The deliverers have something to look at."""


class Poller:
    """Polls due feeds, each once, however many channels carry it, until told to stop."""

    def __init__(
        self,
        db: Database,
        fetcher: Fetcher,
        parser: Parser,
        *,
        metrics: Metrics,
        clock: Callable[[], datetime],
        bounds: Bounds = Bounds(),  # noqa: B008 - frozen
        operator: Target | None = None,
        keep_tracking: bool = False,
        enqueued: Callable[[], None] = lambda: None,
    ) -> None:
        """``enqueued`` is called after each commit that queued something to deliver."""
        self._db = db
        self._fetcher = fetcher
        self._parser = parser
        self._metrics = metrics
        self._clock = clock
        self._pace = bounds
        self._operator = operator
        self._keep_tracking = keep_tracking
        self._enqueued = enqueued
        self._watch = Watch()
        self._tasks: dict[asyncio.Task[None], Feed] = {}
        self._bell = Bell()
        self._stopping = False
        self._wants_a_place = False
        self.beat = time.monotonic()
        """The last turn of the loop, for whoever watches over it."""

    def stop(self) -> None:
        """Claim nothing more; ``run`` returns once what is in flight is done, or 10 s are over."""
        self._stopping = True
        self._bell.ring()

    async def run(self) -> None:
        """Claim and poll until ``stop``."""
        try:
            with contextlib.suppress(StoreError):  # the first poll learns them then
                await self._watch.load(self._db)
            while not self._stopping:
                self.beat = time.monotonic()
                if len(self._tasks) > ENOUGH:
                    await self._wait(LOOK_EVERY, for_a_place=True)
                    continue
                claimed = await self._claim()
                for feed in claimed:
                    task = asyncio.create_task(self.poll(feed))
                    self._tasks[task] = feed
                    task.add_done_callback(self._done)
                if not claimed:
                    await self._wait(await self._until_due(), for_a_place=False)
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=DRAIN_SECONDS)
        finally:
            await self._abandon()

    async def _wait(self, seconds: float, *, for_a_place: bool) -> None:
        self._wants_a_place = for_a_place
        await self._bell.wait(seconds)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.pop(task, None)
        if self._wants_a_place and len(self._tasks) <= ENOUGH:
            self._bell.ring()

    async def _claim(self) -> list[Feed]:
        now = self._clock()
        polls = Counter(feed.host for feed in self._tasks.values())
        busy = [host for host, count in polls.items() if count >= feeds.PER_HOST]
        lease = secrets.token_hex(8)
        places = PLACES - len(self._tasks)
        try:
            return await self._db.write(
                lambda c: feeds.claim_due(c, now=now, limit=places, lease=lease, busy_hosts=busy)
            )
        except StoreError as error:
            log.warning("poll.cannot_claim", reason=str(error))
            return []

    async def _until_due(self) -> float:
        """Say how many seconds to rest; never long, since another process may add a feed."""
        now = self._clock()
        try:
            due = await self._db.read(lambda c: feeds.next_due(c, now=now))
        except StoreError:
            return LOOK_EVERY
        if due is None:
            return LOOK_EVERY
        # What is due already is at hosts that are busy with us.
        return min(max((due - now).total_seconds(), LEAST_REST), LOOK_EVERY)

    async def _abandon(self) -> None:
        """Give back the feeds whose polls did not finish in time."""
        left = dict(self._tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
        if left:
            with contextlib.suppress(StoreError):  # their leases will end
                await self._db.write(lambda c: feeds.release(c, list(left.values())))

    async def poll(self, feed: Feed) -> None:
        """Poll one feed, whatever happens: every failure has its outcome, its line and its next time."""
        started = time.monotonic()
        try:
            outcome = await self._poll(feed)
        except FeedError as error:
            outcome = await self._failed(feed, error)
        except StoreError as error:
            outcome = _not_stored(error)
        except Exception:
            log.exception("poll.crashed", feed=feed.id)
            stumbled = FeedError("wireroom itself stumbled over this feed; its log says more.")
            outcome = await self._failed(feed, stumbled)
        self._metrics.polls.labels(outcome.name).inc()
        log.info(
            "poll",
            feed=feed.id,
            address=redact(feed.address),
            outcome=outcome.name,
            new=outcome.new,
            changed=outcome.changed,
            reason=outcome.reason,
            ms=round((time.monotonic() - started) * 1000),
        )

    async def _poll(self, feed: Feed) -> Outcome:
        """Fetch, parse, decide, remember: the story of one poll."""
        whole = feed.full_at is None or not timedelta() <= self._clock() - feed.full_at < FULL_EVERY
        validators = Validators() if whole else Validators(feed.etag, feed.last_modified)
        answer = await self._fetcher.fetch(feed.address, validators, now=self._clock())
        now = self._clock()
        feed = standing.answered(feed, answer, now=now)
        if isinstance(answer, NotModified) or answer.body_hash == feed.body_hash:
            await self._unchanged(feed, answer, now)
            return Outcome("not_modified" if isinstance(answer, NotModified) else "same_body")
        parsed = await self._parser.parse(
            answer.body,
            address=answer.url,
            content_type=answer.content_type,
            keep_tracking=self._keep_tracking,
        )
        now = self._clock()
        taken = await self._db.write(lambda c: self._take_in(c, feed, answer, parsed, now))
        self._watch.learn(taken.sightings.made)
        self._look_soon(taken.next_poll_at)
        if taken.queued:
            self._enqueued()
        self._count(taken, dropped=parsed.dropped)
        return taken.outcome

    def _count(self, taken: TakenIn, *, dropped: int) -> None:
        self._metrics.entries.labels("new").inc(taken.outcome.new)
        self._metrics.entries.labels("changed").inc(taken.outcome.changed)
        self._metrics.entries.labels("nothing_to_show").inc(dropped)
        for one in taken.routes:
            if one.alert:
                self._metrics.alerts.labels(one.rhythm).inc()

    async def _unchanged(self, feed: Feed, answer: Fetched | NotModified, now: datetime) -> None:
        """Note a poll that brought nothing: with the next commit, unless someone has to hear of it."""
        if standing.is_routine(feed, answer, now=now):
            due = schedule.next_poll(feed, now=now, max_age=answer.max_age, bounds=self._pace)
            self._db.later(feeds.save_unchanged, feeds.unchanged_row(feed, next_poll_at=due))
            self._look_soon(due)
            return
        after = standing.unchanged(feed, answer, now=now, bounds=self._pace)
        await self._db.write(lambda c: self._save(c, after, now))
        if after.notices:
            self._enqueued()

    def _look_soon(self, due: datetime) -> None:
        """Wake the loop where a feed is due again sooner than it would look by itself."""
        if (due - self._clock()).total_seconds() < LOOK_EVERY:
            self._bell.ring()

    def _take_in(
        self, c: Connection, feed: Feed, answer: Fetched, parsed: ParsedFeed, now: datetime
    ) -> TakenIn:
        """Remember a document's entries and queue what is new, in one transaction."""
        carriers = subscriptions.of_feed(c, feed.id, now=now)
        verdict = _judge(c, feed, parsed)
        if standing.is_another_feed(feed, answer, verdict):
            raise FeedError(
                f"The site now sends readers to another feed, “{parsed.title}”, none of whose posts this one "
                "has had. Add that one by its own address if you want it."
            )
        first = feed.first_polled_at is None
        sightings = self._watch.look(c, () if first else route.posted(verdict.new))
        routes = outgoing.routes(c, feed, verdict.new, carriers, sightings, now)
        ids = entries.add(c, feed, verdict.new, held={entry.guid for entry in routes.held}, now=now)
        entries.revise(c, verdict.changed, now=now)
        entries.rekey(c, verdict.adopted)
        entries.see(c, verdict.known, day=feed.days_answered)
        outgoing.send(c, routes, ids, now=now)
        deliveries.correct(c, [change.known.id for change in verdict.changed], now=now)
        if first:
            subscriptions.samples_done(c, feed.id)
        after = standing.took_in(
            feed, answer, parsed, verdict, flood=bool(routes.held), now=now, bounds=self._pace
        )
        _announce_flood(c, after.feed, carriers, routes, now=now)
        self._save(c, after, now)
        name = "first" if first else "new" if verdict.new else "changed" if verdict.changed else "nothing_new"
        return TakenIn(
            Outcome(name, new=len(verdict.new), changed=len(verdict.changed)),
            after.next_poll_at,
            sightings,
            routes.routes,
            queued=bool(routes.routes or routes.again or routes.held or verdict.changed or after.notices),
        )

    async def _failed(self, feed: Feed, error: FeedError) -> Outcome:
        """Note a failed poll, when to try again, and whom to tell."""
        now = self._clock()
        after = standing.failed(feed, error, now=now, jitter=random.random())  # noqa: S311 - no secret
        try:
            await self._db.write(lambda c: self._save_failed(c, after, error, now))
        except StoreError as lost:
            return _not_stored(lost)
        if after.notices:
            self._enqueued()
        name = (
            "host_busy"
            if isinstance(error, HostBusy)
            else "gone"
            if isinstance(error, FeedGone)
            else "failed"
        )
        return Outcome(name, reason=error.reason)

    def _save_failed(self, c: Connection, after: Standing, error: FeedError, now: datetime) -> None:
        self._save(c, after, now)
        if isinstance(error, HostBusy):
            feeds.hold_host(c, host=error.host, until=now + error.wait)

    def _save(self, c: Connection, after: Standing, now: datetime) -> None:
        """Write the feed, and tell whoever added it what there is to tell."""
        feed = after.feed
        if after.notices:
            operator = subscriptions.target_id(c, self._operator) if self._operator else None
            listeners = subscriptions.told(c, feed.id, operator)
            for notice in after.notices:
                deliveries.enqueue_notice(c, listeners, notice, now=now)
        feeds.save(c, feed, next_poll_at=after.next_poll_at, paused=after.pause, now=now)
        if after.moves and feed.moved_to:
            moves.move(c, feed.id, address=feed.moved_to, host=_host(feed.moved_to), now=now)


def _host(address: str) -> str:
    return canonical(address).host_port_subcomponent or ""


def _judge(c: Connection, feed: Feed, parsed: ParsedFeed) -> novelty.Verdict:
    """Ask the store for what the verdict needs, and no more: most documents are known whole."""
    known = entries.known(c, feed.id, [entry.guid for entry in parsed.entries])
    titles = {novelty.title_mark(entry.title) for entry in parsed.entries if entry.guid not in known}
    alike, link_counts = entries.alike(c, feed.id, titles) if titles and feed.first_polled_at else ([], {})
    return novelty.judge(parsed.entries, known=known, alike=alike, link_counts=link_counts)


def _announce_flood(
    c: Connection, feed: Feed, carriers: list[Subscription], routes: Routes, *, now: datetime
) -> None:
    if routes.held:
        posted = route.FLOOD_POSTED
        notice = word.flood(feed, new=len(routes.held) + posted, posted=posted)
        where = [carrier.target_id for carrier in carriers if not carrier.paused]
        deliveries.enqueue_notice(c, where, notice, now=now)


def _not_stored(error: StoreError) -> Outcome:
    """Nothing was written: the lease runs out and the feed is polled again."""
    return Outcome("lease_lost" if isinstance(error, LeaseLost) else "not_stored", reason=str(error))
