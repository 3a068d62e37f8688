"""Messages on their way: to a channel, into the thread of the day, to a person; and corrections in place."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import structlog

from adapters.slack import direct, failures
from adapters.slack.buttons import actions
from adapters.slack.cards import draw
from adapters.slack.drawn import ALERT, Drawn
from adapters.slack.failures import meaning
from adapters.slack.noting import posted
from adapters.slack.plainer import plainer
from adapters.slack.threads import Threads
from adapters.slack.turns import Turns
from adapters.slack.web import POST, Answer, Failure, Limited, Refused, Unanswered, Web
from adapters.slack.words import Called, mentioned, mrkdwn, somebody
from bot.adapter import Ledger, Ticket
from bot.errors import Busy, DeliveryError, InDoubt
from bot.models import Card, Message, Target, TargetKind
from bot.prose import Named, Prose

PATIENCE = 2.0
"""Seconds that a message waits for its turn in place; one that would wait longer goes back to the queue."""
LAYOUT_KEPT = timedelta(days=3)
"""Cards are corrected for 48 hours."""
DEAD_PICTURES = 3_600.0
"""Seconds for which no image of a host is tried that Slack could not fetch one from."""
NO_THREAD = frozenset(
    {
        "cannot_reply_to_message",
        "restricted_action_non_threadable_channel",
        "restricted_action_thread_locked",
        "thread_not_found",
    }
)
"""Where a thread cannot be, the channel itself takes the card."""
QUIETLY = {"unfurl_links": False, "unfurl_media": False, "parse": "none"}

log = structlog.get_logger()


class Poster:
    """Posts and edits over the Web API; it needs no socket."""

    def __init__(
        self,
        web: Web,
        ledger: Ledger,
        turns: Turns,
        *,
        name: Callable[[str], Awaitable[str | None]],
        now: Callable[[], datetime],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``name`` says what a person is called, by their id, where that can be told."""
        self._web = web
        self._name = name
        self._ledger = ledger
        self._turns = turns
        self._clock = clock
        self.threads = Threads(self._write, ledger, now=now)
        self._dead_pictures: dict[str, float] = {}

    async def post(self, target: Target, message: Message, ticket: Ticket) -> str:
        """Post a message and return its id, ``channel/ts``; raises a kind of DeliveryError."""
        alone = target.kind is TargetKind.PERSON
        drawn = self._likely(draw(message, direct=alone, called=await self._called(_owners(message))))
        try:
            if isinstance(message, Card) and message.look.thread and not alone:
                answer, drawn = await self._in_thread(target, drawn, ticket)
            else:
                answer, drawn = await self._degrading(drawn, lambda one: self._send(target, one, ticket))
        except Failure as error:
            raise self._meant(target.id, error) from error
        channel, ts = answer.get("channel"), answer.get("ts")
        if not (isinstance(channel, str) and isinstance(ts, str)):
            raise InDoubt("Slack's answer does not say where the message stands.")
        async with posted():
            if alone:
                await direct.remember(self._ledger, target.id, channel)
            elif isinstance(message, Card):
                thread = (answer.get("message") or {}).get("thread_ts") or ""
                noted = f"{drawn.layout} 1 {thread}".strip()
                await self._ledger.write(_layout(channel, ts), noted, keep=LAYOUT_KEPT)
        return f"{channel}/{ts}"

    async def _in_thread(self, target: Target, drawn: Drawn, ticket: Ticket) -> tuple[Answer, Drawn]:
        """Post in the thread of the day, or in the channel where no thread can be."""
        thread = await self.threads.today(target.id)
        try:
            answer, drawn = await self._degrading(
                drawn, lambda one: self._send(target, one, ticket, thread_ts=thread)
            )
        except Refused as error:
            if error.error not in NO_THREAD:
                raise
            log.warning("slack.no_thread", channel=target.id, error=error.error)
            async with posted():
                await self.threads.forget(target.id)
            return await self._degrading(drawn, lambda one: self._send(target, one, ticket))
        # Where the first message of a thread is gone, Slack posts in the channel and says so only by leaving
        # this out (slack-go/slack#1571).
        if not (answer.get("message") or {}).get("thread_ts"):
            async with posted():
                await self.threads.forget(target.id)
        return answer, drawn

    async def _send(
        self, target: Target, drawn: Drawn, ticket: Ticket, *, thread_ts: str | None = None
    ) -> Answer:
        blocks = await self._blocks(drawn)
        return await self._write(
            "chat.postMessage",
            channel=target.id,
            text=drawn.text,
            blocks=blocks or None,
            metadata=_metadata(drawn, ticket.key, 1),
            thread_ts=thread_ts,
            **QUIETLY,
        )

    async def _write(self, method: str, *, channel: str, **arguments: Any) -> Answer:  # noqa: ANN401 - Slack's
        """Call a method that posts in a channel, in its turn; Busy where that is far off."""
        wait = self._turns.wait(channel)
        if wait > PATIENCE:
            raise Busy("The channel's messages come one a second.", retry_after=timedelta(seconds=wait))
        await asyncio.sleep(self._turns.book(channel))
        return await self._web.write(method, channel=channel, **arguments)

    async def _blocks(self, drawn: Drawn, revision: int = 1) -> list[Any]:
        under = await actions(
            drawn.buttons,
            owner="",
            replaces=False,
            ledger=self._ledger,
            card=drawn.event == ALERT,
            revision=revision,
        )
        return [*drawn.blocks, *under]

    async def _degrading(
        self, drawn: Drawn, send: Callable[[Drawn], Awaitable[Answer]]
    ) -> tuple[Answer, Drawn]:
        """Send, plainer where Slack refuses the form: degraded, never lost."""
        while True:
            try:
                return await send(drawn), drawn
            except Refused as error:
                less = plainer(drawn) if error.error in failures.FORM else None
                if less is None:
                    raise
                if failures.is_picture(error):
                    self._remember_dead(drawn)
                log.warning("slack.form_refused", error=error.error, payload=_hash(drawn))
                drawn = less

    def _likely(self, drawn: Drawn) -> Drawn:
        """Leave an image out at once where Slack could not fetch one from its host lately."""
        host = _picture_host(drawn)
        if host is None or self._dead_pictures.get(host, 0.0) < self._clock():
            return drawn
        return plainer(drawn) or drawn

    def _remember_dead(self, drawn: Drawn) -> None:
        host = _picture_host(drawn)
        if host is not None:
            now = self._clock()
            self._dead_pictures = {name: at for name, at in self._dead_pictures.items() if at > now}
            self._dead_pictures[host] = now + DEAD_PICTURES

    def _meant(self, channel: str, error: Failure) -> DeliveryError:
        everywhere = False
        if isinstance(error, Limited) and error.method == POST:
            everywhere = self._turns.hold(channel, error.seconds)
            if everywhere:
                self._web.hold(POST, error.seconds)
        return meaning(error, everywhere=everywhere)

    async def edit(self, target: Target, message_id: str, card: Card, ticket: Ticket) -> None:
        """Replace a card where it stands, in the layout that it was posted with."""
        channel, _, ts = message_id.partition("/")
        noted = (await self._ledger.note(_layout(channel, ts)) or "").split()
        layout, revision = noted[0] if noted else "", int(noted[1]) + 1 if len(noted) > 1 else 2
        thread = noted[2] if len(noted) > 2 else ""  # noqa: PLR2004 - the third word
        alone = target.kind is TargetKind.PERSON
        called = await self._called(_owners(card))
        drawn = self._likely(draw(card, direct=alone, layout=layout, revision=revision, called=called))
        key = ticket.key.rpartition("-")[0] or ticket.key

        async def change(one: Drawn) -> Answer:
            return await self._web.write(
                "chat.update",
                channel=channel,
                ts=ts,
                text=one.text,
                blocks=await self._blocks(one, revision),
                parse="none",
                metadata=_metadata(one, key, revision),
            )

        try:
            await self._degrading(drawn, change)
        except Refused as error:
            if error.error not in failures.UNEDITABLE or card.correction is None:
                raise self._meant(channel, error) from error
            if error.error == "message_not_found" or card.correction.earlier_title is None:
                raise self._meant(channel, error) from error
            await self._say_beside(channel, thread or ts, drawn, ticket)
        except Failure as error:
            raise self._meant(channel, error) from error
        if not alone:
            async with posted():
                await self._ledger.write(_layout(channel, ts), f"{drawn.layout} {revision}", keep=LAYOUT_KEPT)

    async def _say_beside(self, channel: str, ts: str, drawn: Drawn, ticket: Ticket) -> None:
        """Say a corrected headline in the thread of a card that cannot be changed any more.

        Where nobody knows whether it was said it is let be: an edit is repeated, and this line would be too.
        """
        try:
            await self._write(
                "chat.postMessage",
                channel=channel,
                thread_ts=ts,
                text=drawn.text,
                metadata=_metadata(drawn, ticket.key, 1),
                **QUIETLY,
            )
        except Unanswered as error:
            log.warning("slack.correction_in_doubt", channel=channel, error=str(error))
        except Failure as error:
            raise self._meant(channel, error) from error

    async def _called(self, people: Iterable[Target], *, otherwise: Called = somebody) -> Called:
        """Look up what people are called, so that a message of everybody's rings none of them."""
        persons = [one for one in dict.fromkeys(people) if one.kind is TargetKind.PERSON]
        names = {one: name for one in persons if (name := await self._name(one.id)) is not None}
        return lambda target: names.get(target) or otherwise(target)

    async def announce(self, target: Target, text: Prose) -> None:
        """Say a line in a channel, outside the queue, about people who did there and then what it says."""
        people = [piece.target for piece in text if isinstance(piece, Named)]
        drawn = Drawn(mrkdwn(text, called=await self._called(people, otherwise=mentioned)))
        block = {"type": "section", "text": {"type": "mrkdwn", "text": drawn.text, "verbatim": True}}
        try:
            await self._write(
                "chat.postMessage", channel=target.id, text=drawn.text, blocks=[block], **QUIETLY
            )
        except Failure as error:
            raise self._meant(target.id, error) from error


def _owners(message: Message) -> list[Target]:
    """Name those whose follows a message speaks of."""
    reasons = message.why.reasons if isinstance(message, Card) and message.why else ()
    return [reason.owner for reason in reasons if reason.owner is not None]


def _layout(channel: str, ts: str) -> str:
    return f"layout:{ts}:{channel}"


def _metadata(drawn: Drawn, key: str, revision: int) -> dict[str, Any]:
    """Mark a message so that it is recognised; the whole workspace can read that, so it says nothing else."""
    return {"event_type": drawn.event, "event_payload": {"item": key, "rev": revision}}


def _picture_host(drawn: Drawn) -> str | None:
    urls = [str(block["image_url"]) for block in drawn.blocks if block["type"] == "image"]
    return urlsplit(urls[0]).hostname if urls else None


def _hash(drawn: Drawn) -> str:
    """Name a refused form, so that two lines of the log can be told to speak of the same."""
    shape = json.dumps([dict(block) for block in drawn.blocks], sort_keys=True, default=str)
    return hashlib.blake2b(shape.encode(), digest_size=8).hexdigest()
