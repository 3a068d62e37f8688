"""What Slack sends to the app, and whether the app acknowledged it in time."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from tests.loopback.slack.nouns import Json

PATIENCE = 10.0
"""Seconds after which waiting for something that never comes fails the test."""

RETRIES = (0.0, 60.0, 300.0)
"""After how many seconds an event is sent again (apis/events-api, “Retries”)."""


class Unanswered(AssertionError):
    """The person sees an error, or the answer that the test waits for never came."""


@dataclass(eq=False, slots=True)
class Delivery:
    """One envelope, or one signed request, with all its attempts."""

    kind: str
    """slash_commands, interactive or events_api."""
    payload: Json
    accepts: bool = False
    """Whether the acknowledgement may carry an answer."""
    on_ack: Callable[[Json], None] | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    attempt: int = 0
    reason: str = ""
    """Why it is sent again."""
    sent_at: float | None = None
    """When it was sent last, by the event loop's clock."""
    acknowledged: Json | None = None
    acknowledged_after: float | None = None
    """Seconds; set when it was too late, too."""
    failed: str | None = None
    """The error that the person sees: dispatch_failed, connection_closed, operation_timeout, http_error."""
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _timer: asyncio.TimerHandle | None = None

    def envelope(self) -> Json:
        """Write it as Socket Mode carries it."""
        data: Json = {"envelope_id": self.id, "type": self.kind, "payload": self.payload}
        data["accepts_response_payload"] = self.accepts
        if self.kind == "events_api":
            data |= {"retry_attempt": self.attempt, "retry_reason": self.reason}
        return data

    def note(self) -> None:
        """Wake those who wait."""
        self._changed.set()

    def stop(self) -> None:
        """Stop the clock."""
        if self._timer is not None:
            self._timer.cancel()

    def start(self, seconds: float, lapse: Callable[[], None]) -> None:
        """Start the clock of an attempt."""
        self.stop()
        loop = asyncio.get_running_loop()
        self.sent_at = loop.time()
        self._timer = loop.call_later(seconds, lapse)

    async def changed(self) -> None:
        """Wait until something about it is another way."""
        self._changed.clear()
        try:
            async with asyncio.timeout(PATIENCE):
                await self._changed.wait()
        except TimeoutError as error:
            raise Unanswered(f"nothing came any more: {described(self.payload)}") from error

    async def ack(self) -> Json:
        """Wait for the acknowledgement and give what it carries; Unanswered where it never comes."""
        while self.acknowledged is None:
            if self.failed is not None:
                raise Unanswered(f"{self.failed}: {described(self.payload)}")
            await self.changed()
        return self.acknowledged

    async def failure(self) -> str:
        """Wait for the error that the person sees."""
        while self.failed is None:
            await self.changed()
        return self.failed


class Courier(Protocol):
    """Carries deliveries to the app."""

    def send(self, delivery: Delivery) -> bool:
        """Send one; False where there is nobody to send it to."""


class Office:
    """Sends deliveries by socket or HTTP, and judges how the app takes them."""

    def __init__(self, courier: Courier, deadline: float, violations: list[str]) -> None:
        self.courier = courier
        self.deadline = deadline
        self.deliveries: list[Delivery] = []
        self._violations = violations
        self._timers: set[asyncio.TimerHandle] = set()
        self._waiting: list[Delivery] = []

    def post(self, delivery: Delivery) -> Delivery:
        """Take something to be sent."""
        self.deliveries.append(delivery)
        self._send(delivery)
        return delivery

    def flush(self) -> None:
        """Send the events that had nobody to be sent to."""
        waiting, self._waiting = self._waiting, []
        for delivery in waiting:
            self._send(delivery)

    def close(self) -> None:
        """Stop every clock."""
        for timer in self._timers:
            timer.cancel()
        for delivery in self.deliveries:
            delivery.stop()

    def acknowledge(self, delivery: Delivery, payload: Json) -> None:
        """Take an acknowledgement; a late one changes nothing for the person."""
        if delivery.acknowledged_after is None and delivery.sent_at is not None:
            delivery.acknowledged_after = asyncio.get_running_loop().time() - delivery.sent_at
            delivery.note()
        if delivery.failed is not None or delivery.acknowledged is not None:
            return
        delivery.stop()
        delivery.acknowledged = payload
        if payload and not delivery.accepts:
            self._violations.append(f"{described(delivery.payload)}: its acknowledgement can carry nothing")
        elif delivery.on_ack is not None:
            delivery.on_ack(payload)
        delivery.note()

    def lost(self, delivery: Delivery, error: str, reason: str) -> None:
        """Give an attempt up: an event is sent again, a person sees an error."""
        if delivery.acknowledged is not None or delivery.failed is not None:
            return
        delivery.stop()
        if delivery.kind == "events_api" and delivery.attempt < len(RETRIES):
            delay = RETRIES[delivery.attempt]
            delivery.attempt += 1
            delivery.reason = reason
            timer = asyncio.get_running_loop().call_later(delay, self._send, delivery)
            self._timers.add(timer)
        else:
            delivery.failed = error
        delivery.note()

    def _send(self, delivery: Delivery) -> None:
        if delivery.attempt:
            delivery.id = str(uuid.uuid4())
        if self.courier.send(delivery):
            delivery.start(self.deadline, lambda: self._lapse(delivery))
        elif delivery.kind == "events_api":
            delivery.attempt, delivery.reason = delivery.attempt + 1, "connection_failed"
            self._waiting.append(delivery)
        else:
            delivery.failed = "dispatch_failed"
            delivery.note()

    def _lapse(self, delivery: Delivery) -> None:
        what = described(delivery.payload)
        self._violations.append(f"{what}: not acknowledged within {self.deadline:g} s")
        self.lost(delivery, "operation_timeout", "timeout")


def described(payload: Json) -> str:
    """Name what a payload is about, for messages to people."""
    names = ("command", "text", "callback_id", "action_id", "event")
    about = {name: payload[name] for name in names if payload.get(name)}
    about |= {"actions": [one["action_id"] for one in payload["actions"]]} if "actions" in payload else {}
    return f"{payload.get('type', 'command')} {about}"
