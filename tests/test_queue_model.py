"""The queue against a model: whatever happens in whatever order, nothing is lost and nothing doubled."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, create_engine, insert, select, update

from bot.digest import Hold
from bot.errors import LeaseLost
from bot.models import Target
from bot.retry import TRIES
from bot.store import bundles, claims, feeds, holds, subscriptions
from bot.store import deliveries as queue
from bot.store.claims import PASSED_AFTER, Delivery
from bot.store.deliveries import NewDelivery, State
from bot.store.holds import Caps
from bot.store.tables import deliveries, entries, metadata
from tests.stage import Clock

TARGETS = ("news", "tech")
CAPS = Caps(alerts=3, cards=3)
SETTLE = timedelta(seconds=30)
POST_TIMEOUT = timedelta(seconds=20)
OPEN = {State.PENDING, State.SENDING, State.DOUBT}


@dataclass(slots=True)
class InHand:
    """A delivery that a process claimed and has not marked."""

    delivery: Delivery
    asleep: bool = False
    """Its process was stopped: it may wake up at any time, or never."""


class Queue(RuleBasedStateMachine):
    """Processes that claim, post, mark, sleep and die; a platform that remembers what arrived."""

    @initialize()
    def begin(self) -> None:
        """Make the tables, the feed and the targets."""
        self.clock = Clock()
        self.engine = create_engine("sqlite://")
        self.c: Connection = self.engine.connect()
        metadata.create_all(self.c)
        now = self.clock()
        self.feed = feeds.add(self.c, address="https://a.example/", host="a.example", title="A", now=now)
        self.targets = [subscriptions.target_id(self.c, Target("stage", key)) for key in TARGETS]
        for target in self.targets:
            subscriptions.add(
                self.c, feed_id=self.feed, target_id=target, added_by=None, sample=False, now=now
            )
        self.arrived: Counter[int] = Counter()
        """Messages, and the articles of digests, by the delivery's id."""
        self.queued: list[int] = []
        self.hands: list[InHand] = []
        self.leases = 0

    def teardown(self) -> None:
        """Let everybody die, all troubles end and time pass: then all that is not dead has arrived, once."""
        if not hasattr(self, "c"):
            return
        for key in TARGETS:
            subscriptions.resume_target(self.c, Target("stage", key), now=self.clock())
        self.hands.clear()
        for _ in range(4 * len(self.rows()) + 12):
            self.clock.pass_(hours=1)
            for delivery in self.claimed(8):
                self.post_and_mark(delivery)
        rows = self.rows()
        assert all(row["state"] in {State.SENT, State.DEAD} for row in rows)
        assert all(self.arrived[row["id"]] == 1 for row in rows if row["state"] == State.SENT)
        self.c.close()
        self.engine.dispose()

    def rows(self) -> list[dict[str, Any]]:
        """Read the queue."""
        query = select(deliveries).order_by(deliveries.c.id)
        return [dict(row) for row in self.c.execute(query).mappings()]

    def claimed(self, limit: int) -> list[Delivery]:
        """Claim as the deliverer does, and see that nothing overtakes what is in time."""
        self.leases += 1
        now, lease = self.clock(), str(self.leases)
        claims.doubt_expired(self.c, "stage", now=now, settle=SETTLE, tries=TRIES)
        taken = holds.claim(self.c, "stage", now=now, limit=limit, lease=lease, caps=CAPS)
        before = {row["id"]: row for row in self.rows()}
        assert len({delivery.target_id for delivery in taken}) == len(taken) <= limit
        for delivery in taken:
            if delivery.message_id is None:
                earlier = [row for row in before.values() if row["id"] < delivery.id]
                mine = [row for row in earlier if row["target_id"] == delivery.target_id]
                waiting = [row for row in mine if row["state"] in OPEN and row["message_id"] is None]
                assert all(row["tries"] >= PASSED_AFTER for row in waiting)
        return taken

    def post(self, delivery: Delivery) -> str:
        """Send a message, or find that it stands there already."""
        if delivery.message_id is not None:
            return delivery.message_id
        if delivery.state is not State.DOUBT or not self.arrived[delivery.id]:
            self.arrived.update({delivery.id, *(item.delivery_id for item in delivery.items)})
        return str(delivery.id)

    def post_and_mark(self, delivery: Delivery) -> None:
        """Send a message and say so."""
        message_id = self.post(delivery)
        claims.mark_sent(self.c, delivery, message_id=message_id, now=self.clock())

    @rule(where=st.sampled_from([0, 1]), count=st.integers(1, 3), seconds=st.sampled_from([0, 0, 20, 7200]))
    def enqueue(self, where: int, count: int, seconds: int) -> None:
        """New entries are queued for one of the targets, or held for it."""
        for _ in range(count):
            number = len(self.queued)
            row = {"feed_id": self.feed, "guid": str(number), "title": str(number), "title_mark": str(number)}
            values = row | {"seen_day": 1, "first_seen_at": self.clock()}
            made = self.c.execute(insert(entries).values(values).returning(entries.c.id)).scalar_one()
            due_at, hold = self.clock() + timedelta(seconds=seconds), Hold.DAILY if seconds else None
            new = NewDelivery(made, self.targets[where], None, due_at=due_at, hold=hold)
            queue.enqueue(self.c, [new], now=self.clock())
            self.queued.append(self.rows()[-1]["id"])

    @rule(where=st.sampled_from([0, 1]), what=st.sampled_from(["ask", "come", "night"]))
    def put_together(self, where: int, what: str) -> None:
        """Somebody asks for what is held, or its time has come, and then perhaps the night."""
        target, now = self.targets[where], self.clock()
        if what == "ask":
            bundles.release(self.c, target, now)
            return
        held = update(deliveries).where(deliveries.c.target_id == target, deliveries.c.state == State.HELD)
        self.c.execute(held.values(due_at=now))
        bundles.gather(self.c, "stage", now=now)
        if what == "night":
            bundles.dissolve(self.c, target, due_at=now + timedelta(hours=2))

    @rule(seconds=st.sampled_from([0, 10, 31, 61, 3600]), limit=st.integers(1, 2))
    def claim(self, seconds: int, limit: int) -> None:
        """Time passes and some process claims; who is awake does not take so long over one message."""
        self.clock.pass_(seconds=seconds)
        for hand in self.hands:
            hand.asleep |= self.age(hand) > claims.LEASE - POST_TIMEOUT
        self.hands += [InHand(delivery) for delivery in self.claimed(limit)]

    def age(self, hand: InHand) -> timedelta:
        """Say how long ago something was claimed."""
        return self.clock() - hand.delivery.claimed_at

    @precondition(lambda self: any(not hand.asleep for hand in self.hands))
    @rule(
        data=st.data(),
        what=st.sampled_from(["sent", "later", "busy", "doubt", "lost", "dead", "die", "sleep"]),
    )
    def go_on(self, data: st.DataObject, what: str) -> None:
        """A process that is awake sends its message, with some outcome."""
        hand = data.draw(st.sampled_from([hand for hand in self.hands if not hand.asleep]))
        delivery, due_at = hand.delivery, self.clock() + timedelta(seconds=10)
        if what in {"die", "sleep"}:
            if data.draw(st.booleans()):
                self.post(delivery)
            hand.asleep = True
            return
        self.hands.remove(hand)
        match what:
            case "sent":
                self.post_and_mark(delivery)
            case "later" | "busy":
                claims.mark_later(self.c, delivery, due_at=due_at, reason=what, counted=what == "later")
            case "doubt" | "lost" if delivery.message_id is None:
                if what == "doubt":
                    self.post(delivery)
                claims.mark_doubt(self.c, delivery, due_at=due_at, reason=what)
            case _:
                claims.mark_dead(self.c, delivery, reason=what, now=self.clock())

    @precondition(lambda self: any(self.age(hand) > claims.LEASE for hand in self.hands))
    @rule(data=st.data())
    def wake_up(self, data: st.DataObject) -> None:
        """A process wakes up after its time and says what it knows; it posts nothing any more."""
        hand = data.draw(st.sampled_from([hand for hand in self.hands if self.age(hand) > claims.LEASE]))
        self.hands.remove(hand)
        delivery, now = hand.delivery, self.clock()
        row = next(row for row in self.rows() if row["id"] == delivery.id)
        try:
            if self.arrived[delivery.id]:
                claims.mark_sent(self.c, delivery, message_id=str(delivery.id), now=now)
            else:
                claims.mark_later(self.c, delivery, due_at=now, reason="slept", counted=True)
        except LeaseLost:
            assert row["lease"] != delivery.lease
        else:
            assert row["lease"] == delivery.lease

    @precondition(lambda self: self.queued)
    @rule(data=st.data())
    def correct(self, data: st.DataObject) -> None:
        """The publisher changes an entry."""
        number = data.draw(st.sampled_from(self.queued))
        entry_id = next(row["entry_id"] for row in self.rows() if row["id"] == number)
        changed = update(entries).where(entries.c.id == entry_id)
        self.c.execute(changed.values(revision=entries.c.revision + 1, revised_at=self.clock()))
        queue.correct(self.c, [entry_id], now=self.clock())

    @rule(key=st.sampled_from(TARGETS), paused=st.booleans())
    def pause(self, key: str, paused: bool) -> None:  # noqa: FBT001 - drawn
        """A target is closed to us, or open again."""
        where = Target("stage", key)
        if paused:
            number = subscriptions.target_id(self.c, where)
            subscriptions.pause_target(self.c, number, reason="closed", now=self.clock())
        else:
            subscriptions.resume_target(self.c, where, now=self.clock())

    @invariant()
    def one_in_hand(self) -> None:
        """No target has two messages under way."""
        sending = Counter(row["target_id"] for row in self.rows() if row["state"] == State.SENDING)
        assert all(count == 1 for count in sending.values())

    @invariant()
    def none_lost(self) -> None:
        """All that was queued is there, and what counts as sent has arrived."""
        rows = self.rows()
        assert [row["id"] for row in rows if row["digest"] is None] == self.queued
        assert all(self.arrived[row["id"]] for row in rows if row["state"] == State.SENT)

    @invariant()
    def none_twice(self) -> None:
        """Nothing arrives twice where the platform can be asked."""
        assert all(count == 1 for count in self.arrived.values() if count)


def test_queue() -> None:
    """Whatever happens in whatever order, each message arrives once or is dead, in its target's order."""
    run_state_machine_as_test(
        Queue, settings=settings(max_examples=40, stateful_step_count=30, deadline=None, derandomize=True)
    )
