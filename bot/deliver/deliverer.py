"""The Deliverer: takes messages from the queue and posts them through one adapter."""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
import time
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Literal

import structlog

from bot import retry, word
from bot.adapter import Adapter, Found, Sighting, Ticket
from bot.bell import Bell
from bot.deliver import tell
from bot.deliver.divide import divided
from bot.deliver.draw import draw
from bot.deliver.sift import Sifted, sift
from bot.errors import DeliveryError, InDoubt, LeaseLost, Refused, StoreError, Undeliverable
from bot.metrics import Metrics
from bot.models import Card, Message, Target, TargetKind
from bot.reach import Reach
from bot.store import Connection, alerts, claims, holds, subscriptions
from bot.store import deliveries as queue
from bot.store.claims import Delivery
from bot.store.database import Database
from bot.store.deliveries import State
from bot.store.holds import Caps

LOOK_EVERY = 5.0
LEAST_REST = 0.2
DRAIN_SECONDS = 7.0
"""Below the 10 seconds after which service managers kill."""
FULL_DISK_SECONDS = 2.0
"""At most between tries to write what became of a message, while the disk is full or the database locked."""
MARK_AGAIN = 0.1

WARNED = frozenset({"dead", "edit_given_up", "unreached", "target_paused"})
"""Outcomes that somebody may want to do something about."""

InDoubtPolicy = Literal["repost", "drop", "ask"]

log = structlog.get_logger()


class Deliverer:
    """Posts what is due on one platform until told to stop; woken by ``ring``."""

    def __init__(
        self,
        db: Database,
        adapter: Adapter,
        *,
        reach: Reach,
        metrics: Metrics,
        clock: Callable[[], datetime],
        caps: Caps,
        in_doubt: InDoubtPolicy = "repost",
        operator: Target | None = None,
        enqueued: Callable[[], None] = lambda: None,
    ) -> None:
        """``enqueued`` is called after each commit that queued word for somebody."""
        self._db = db
        self._adapter = adapter
        self._reach = reach
        self._caps = caps
        self._metrics = metrics
        self._clock = clock
        self._in_doubt = in_doubt
        self._operator = operator
        self._enqueued = enqueued
        self._drain_seconds = DRAIN_SECONDS
        self._bell = Bell()
        self._tasks: dict[asyncio.Task[None], Delivery] = {}
        self._stopping = False
        self.beat = time.monotonic()
        """The last turn of the loop, for whoever watches over it."""
        self._platform_waits_until: datetime | None = None

    def ring(self) -> None:
        """Look at the queue now."""
        self._bell.ring()

    def stop(self, within: float = DRAIN_SECONDS) -> None:
        """Claim nothing more; ``run`` returns once what is in flight is done, or these seconds are over."""
        self._drain_seconds = within
        self._stopping = True
        self._bell.ring()

    async def run(self) -> None:
        """Claim and post until ``stop``."""
        try:
            while not self._stopping:
                self.beat = time.monotonic()
                claimed = await self._claim()
                for delivery in claimed:
                    task = asyncio.create_task(self.deliver(delivery))
                    self._tasks[task] = delivery
                    task.add_done_callback(self._done)
                if not claimed:
                    await self._bell.wait(await self._until_due())
            if self._tasks:
                await asyncio.wait(self._tasks, timeout=self._drain_seconds)
        finally:
            for task in self._tasks:
                task.cancel()  # each puts its own delivery into doubt
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.pop(task, None)
        self._bell.ring()

    async def _claim(self) -> list[Delivery]:
        now = self._clock()
        free = self._adapter.parallel - len(self._tasks)
        waits = self._platform_waits_until
        if free <= 0 or (waits is not None and now < waits <= now + retry.LONGEST_WAIT):
            return []
        if self._db.full and self._tasks:  # their marks will tell when there is room again
            return []
        busy = {delivery.target_id for delivery in self._tasks.values()}
        try:
            doubted, claimed = await self._db.write(lambda c: self._take(c, now, free, busy))
        except StoreError as error:
            log.warning("delivery.cannot_claim", platform=self._adapter.name, reason=str(error))
            return []
        self._metrics.in_doubt.labels(self._adapter.name).inc(doubted)
        return claimed

    def _take(
        self, c: Connection, now: datetime, limit: int, busy: Collection[int]
    ) -> tuple[int, list[Delivery]]:
        """Claim what is due, after counting what came into doubt because its process died."""
        name, settle = self._adapter.name, self._adapter.settle
        # What is in flight here is known, also when a full disk or a long sleep outlasted its lease.
        doubted = claims.doubt_expired(c, name, now=now, settle=settle, tries=retry.TRIES, busy=busy)
        lease = secrets.token_hex(8)
        return doubted, holds.claim(c, name, now=now, limit=limit, lease=lease, busy=busy, caps=self._caps)

    async def _until_due(self) -> float:
        """Say how many seconds to rest, if nobody rings: a message in flight rings when it is done."""
        now = self._clock()
        waits = self._platform_waits_until
        try:
            due = await self._db.read(lambda c: claims.next_due(c, self._adapter.name, now=now))
        except StoreError:
            return LOOK_EVERY
        if due is None or (self._tasks and due <= now):
            return LOOK_EVERY
        if waits is not None:
            due = max(due, waits)
        return min(max((due - now).total_seconds(), LEAST_REST), LOOK_EVERY)

    async def deliver(self, delivery: Delivery) -> None:
        """Send one claimed message, whatever happens: every failure has its outcome and its line."""
        started = time.monotonic()
        try:
            outcome, reason = await self._outcome(delivery)
        except asyncio.CancelledError:
            # Perhaps it was marked meanwhile (LeaseLost); where it cannot be, its lease will end.
            with contextlib.suppress(StoreError):
                await self._db.write(lambda c: self._doubt(c, delivery, "wireroom was stopped in mid-send"))
            raise
        except LeaseLost as error:
            outcome, reason = "lease_lost", str(error)
        self._metrics.deliveries.labels(self._adapter.name, outcome).inc()
        write = log.warning if outcome in WARNED else log.info
        write(
            "delivery",
            delivery=delivery.id,
            feed=delivery.feed_id,
            target=str(delivery.target),
            outcome=outcome,
            reason=reason,
            tries=delivery.tries,
            ms=round((time.monotonic() - started) * 1000),
        )

    async def _outcome(self, delivery: Delivery) -> tuple[str, str | None]:
        """Let a fault of ours or of the adapter's cost one try, not the loop."""
        try:
            return await self._deliver(delivery)
        except LeaseLost:
            raise
        except Exception:
            log.exception("delivery.crashed", delivery=delivery.id)
            return await self._give_way(delivery, DeliveryError("wireroom itself stumbled; see its log"))

    async def _deliver(self, delivery: Delivery) -> tuple[str, str | None]:
        """Post, edit or look for one message: the story of one delivery."""
        try:
            if delivery.state is State.DOUBT:
                answer = await self._look(delivery)
                if answer is not None:
                    return answer
                delivery = replace(delivery, state=State.PENDING)
            sifted = await self._sift(delivery)
            if sifted.nothing is not None:
                return await self._leave_out(delivery, sifted.nothing)
            if self._clock() - delivery.claimed_at > claims.LEASE - self._adapter.post_timeout:
                raise LeaseLost(f"delivery {delivery.id} was claimed too long ago to be sent now")
            delivery, sifted, most = await divided(
                self._db, self._adapter, delivery, sifted, now=self._clock()
            )
            message = draw(delivery, sifted, now=self._clock(), most=most)
            async with self._in_time():
                message_id = await self._send(delivery, message)
        except TimeoutError:
            return await self._give_way(delivery, InDoubt("the platform did not answer in time"))
        except DeliveryError as error:
            return await self._give_way(delivery, error)
        return await self._sent(delivery, message_id, sifted)

    def _in_time(self) -> asyncio.Timeout:
        return asyncio.timeout(self._adapter.post_timeout.total_seconds())

    async def _sift(self, delivery: Delivery) -> Sifted:
        try:
            async with self._in_time():
                return await sift(delivery, self._reach)
        except TimeoutError as error:
            raise DeliveryError("the platform did not say in time who may see it") from error

    async def _leave_out(self, delivery: Delivery, reason: str) -> tuple[str, str | None]:
        """Give up what nobody wants any more, or may see, unless another feed has it too."""
        now, items = self._clock(), [item.delivery_id for item in delivery.items]

        def leave_out(c: Connection) -> None:
            claims.mark_dead(c, delivery, reason=reason, now=now)
            if delivery.message_id is None:
                alerts.turn_elsewhere(c, items, now=now)

        await self._mark(leave_out)
        return "unwanted", reason

    async def _send(self, delivery: Delivery, message: Message) -> str:
        ticket = _ticket(delivery)
        if delivery.message_id is None:
            return await self._adapter.post(delivery.target, message, ticket)
        if not isinstance(message, Card):
            raise Undeliverable("only cards are edited")
        await self._adapter.edit(delivery.target, delivery.message_id, message, ticket)
        return delivery.message_id

    async def _look(self, delivery: Delivery) -> tuple[str, str | None] | None:
        """Find out about a message in doubt; None when it may be posted again."""
        sifted = await self._sift(delivery)
        message = draw(delivery, sifted, now=self._clock())
        async with self._in_time():
            seen = await self._adapter.find(delivery.target, message, _ticket(delivery))
        if isinstance(seen, Found):
            as_posted = replace(delivery, revision=delivery.doubted_revision)
            return await self._sent(as_posted, seen.message_id, sifted)
        if seen is Sighting.ABSENT or self._in_doubt == "repost":
            return None
        reason = "It may have been posted or not: the connection broke in mid-send."
        await self._mark(lambda c: self._drop(c, delivery, reason))
        self._enqueued()
        return "dead", reason

    def _drop(self, c: Connection, delivery: Delivery, reason: str) -> None:
        now = self._clock()
        claims.mark_dead(c, delivery, reason=reason, now=now)
        # Only cards are asked about: a question about a lost question would never end.
        if self._in_doubt == "ask" and self._operator is not None and delivery.entry is not None:
            asked = [subscriptions.target_id(c, self._operator)]
            where = self._adapter.called(delivery.target)
            question = word.in_doubt(delivery.id, where, delivery.entry.title)
            queue.enqueue_notice(c, asked, question, now=now)

    async def _sent(self, delivery: Delivery, message_id: str, sifted: Sifted) -> tuple[str, str | None]:
        now, left_out = self._clock(), dict(sifted.left_out)

        def came(c: Connection) -> None:
            claims.mark_sent(c, delivery, message_id=message_id, now=now, left_out=left_out)
            if delivery.unreachable_since is not None and delivery.message_id is None:
                subscriptions.reached(c, delivery.target_id)
            alerts.turn_elsewhere(c, left_out, now=now)

        await self._mark(came)
        if delivery.tries == 1 and delivery.message_id is None:
            waited = (now - delivery.created_at).total_seconds()
            self._metrics.latency.labels(self._adapter.name).observe(waited)
        return "sent" if delivery.message_id is None else "edited", None

    async def _give_way(self, delivery: Delivery, error: DeliveryError) -> tuple[str, str | None]:
        """Carry out what ``retry.decide`` says of a failure."""
        edit, now = delivery.message_id is not None, self._clock()
        jitter = random.random()  # noqa: S311 - it keeps no secret
        decision = retry.decide(
            error, tries=delivery.tries, edit=edit, jitter=jitter, unreached=_unreached(delivery, now)
        )
        match decision:
            case retry.Look():
                self._metrics.in_doubt.labels(self._adapter.name).inc()
                await self._mark(lambda c: self._doubt(c, delivery, error.reason, decision.wait))
                return "in_doubt", error.reason
            case retry.Dead():
                called = self._adapter.called(delivery.target)
                await self._mark(lambda c: self._give_up(c, delivery, called, error, now))
                self._enqueued()
                return "edit_given_up" if edit else "dead", error.reason
            case retry.Unreached():
                await self._mark(lambda c: _wait_for_person(c, delivery, decision, error.reason, now))
                return "unreached", error.reason
            case retry.PauseTarget():
                called = self._adapter.called(delivery.target)
                operator = self._operator
                await self._mark(
                    lambda c: tell.paused(c, delivery, called, error.reason, operator=operator, now=now)
                )
                self._enqueued()
                return "target_paused", error.reason
            case retry.Later():
                if decision.whole_platform:
                    until = now + decision.wait
                    self._platform_waits_until = max(until, self._platform_waits_until or until)
                    seconds = round(decision.wait.total_seconds())
                    log.warning(
                        "platform.waits", platform=self._adapter.name, reason=error.reason, seconds=seconds
                    )
                await self._mark(lambda c: _later(c, delivery, decision, error.reason, now))
                return "later", error.reason

    def _doubt(self, c: Connection, delivery: Delivery, reason: str, wait: timedelta = timedelta()) -> None:
        now = self._clock()
        if delivery.message_id is not None:  # an edit can be repeated without harm
            claims.mark_later(c, delivery, due_at=now, reason=reason, counted=True)
        else:
            due_at = now + max(wait, self._adapter.settle)
            claims.mark_doubt(c, delivery, due_at=due_at, reason=reason)

    def _give_up(
        self, c: Connection, delivery: Delivery, called: str, error: DeliveryError, now: datetime
    ) -> None:
        claims.mark_dead(c, delivery, reason=error.reason, now=now)
        if isinstance(error, Refused) and delivery.message_id is None:
            tell.refused(c, delivery, called, error.reason, operator=self._operator, now=now)

    async def _mark(self, work: Callable[[Connection], None]) -> None:
        """Write what became of a message, however long it takes: unmarked it may be posted again."""
        wait = MARK_AGAIN
        while True:
            try:
                await self._db.write(work)
            except LeaseLost:
                raise
            except StoreError as error:
                if wait == MARK_AGAIN:  # say it once
                    log.warning("delivery.cannot_mark", platform=self._adapter.name, reason=str(error))
                await asyncio.sleep(wait)
                wait = min(2 * wait, FULL_DISK_SECONDS)
            else:
                return


def _ticket(delivery: Delivery) -> Ticket:
    # The time keeps keys apart when a database is made anew and counts from 1 again.
    key = f"wr{int(delivery.created_at.timestamp()):x}-{delivery.id:x}"
    if delivery.message_id is not None:
        key += f"-{delivery.revision}"
    return Ticket(key[:25], delivery.tries, delivery.first_tried_at)


def _unreached(delivery: Delivery, now: datetime) -> timedelta | None:
    """Say for how long a person could not be messaged; None for a channel."""
    if delivery.target.kind is not TargetKind.PERSON:
        return None
    return now - (delivery.unreachable_since or now)


def _wait_for_person(
    c: Connection, delivery: Delivery, decision: retry.Unreached, reason: str, now: datetime
) -> None:
    until = now + decision.wait
    claims.mark_later(c, delivery, due_at=now, reason=reason, counted=False)
    subscriptions.unreached(c, delivery.target_id, now=now, until=until)


def _later(c: Connection, delivery: Delivery, decision: retry.Later, reason: str, now: datetime) -> None:
    due_at = now + decision.wait
    claims.mark_later(c, delivery, due_at=due_at, reason=reason, counted=decision.counted)
    if decision.whole_target:
        subscriptions.hold_target(c, delivery.target_id, until=due_at)
