"""Messages on their way: to a channel, into a thread or forum, to a person; and corrections in place."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import discord
import structlog

from adapters.discord import failures
from adapters.discord.buttons import view
from adapters.discord.cards import draw
from adapters.discord.crosspost import PUBLISH, Crossposts
from adapters.discord.directs import Directs
from adapters.discord.drawn import Drawn
from adapters.discord.failures import code, meaning
from adapters.discord.plainer import plainer
from adapters.discord.rights import Rights
from adapters.discord.rooms import Rooms
from adapters.discord.threads import TAGS, Threads, tags
from adapters.discord.watch import BEYOND
from adapters.discord.wire import Trip, ask, travel
from adapters.discord.words import markdown
from bot.adapter import Ledger, Ticket
from bot.errors import DeliveryError, StoreError, TargetGone
from bot.models import Card, Look, Message, Target, TargetKind
from bot.prose import Named, Prose, plain

NOT_HERE = frozenset({failures.THREAD_LOCKED, failures.THREADS_MOST, failures.MISSING_PERMISSIONS})
"""Where a thread of ours cannot be made or used, the channel itself takes the card."""
NO_CURE = timedelta(days=1)
"""How long nothing that happens in a server has such a channel tried again, but a person who asks."""

log = structlog.get_logger()


class Poster:
    """Posts and edits through a logged-in client; it needs no gateway."""

    def __init__(self, client: discord.Client, rooms: Rooms, rights: Rights, ledger: Ledger) -> None:
        self._client = client
        self._rooms = rooms
        self._rights = rights
        self._ledger = ledger
        self.directs = Directs(client, ledger)
        self.threads = Threads(client, ledger)
        self.crossposts = Crossposts(client, ledger)

    async def post(self, target: Target, message: Message, ticket: Ticket) -> str:
        """Post a message and return its id; raises a kind of DeliveryError."""
        trip = Trip()
        try:
            return await self._post(target, message, ticket, trip)
        except DeliveryError:
            raise
        except Exception as error:
            raise await self._named(target, error, meaning(error, trip)) from error

    async def _post(self, target: Target, message: Message, ticket: Ticket, trip: Trip) -> str:
        drawn = draw(message, direct=target.kind is TargetKind.PERSON)
        look = message.look if isinstance(message, Card) else Look()
        if target.kind is TargetKind.PERSON:
            return await self._to_person(target, drawn, ticket, trip)
        room = await ask(self._rooms.channel(target))
        if room is None:
            raise TargetGone(failures.GONE[failures.MISSING_ACCESS])
        if isinstance(room, discord.ForumChannel):
            return await self._in_forum(room, drawn, look, trip)
        if look.thread and isinstance(room, discord.TextChannel) and isinstance(message, Card):
            return await self._in_thread(room, message, drawn, ticket, trip)
        posted = await self._send(int(target.id), drawn, look, ticket, trip)
        if isinstance(room, discord.TextChannel) and room.is_news() and _chosen(look, PUBLISH) != "no":
            with _posted():
                await self.crossposts.add(room.id, posted)
        return str(posted)

    async def _send(self, channel: int, drawn: Drawn, look: Look, ticket: Ticket, trip: Trip) -> int:
        place = self._client.get_partial_messageable(channel)

        async def send(drawn: Drawn) -> int:
            posted = await place.send(
                content=drawn.content or None,
                embeds=drawn.sendable(),
                view=await self._view(drawn),
                nonce=ticket.key,
                silent=look.silent,
                suppress_embeds=drawn.hides_previews,
            )
            return posted.id

        return await degrading(drawn, send, trip)

    async def _view(self, drawn: Drawn, owner: int | None = None) -> Any:  # noqa: ANN401 - None, or a view
        found = await view(drawn.buttons, owner=owner, replaces=False, ledger=self._ledger)
        return discord.utils.MISSING if found is None else found

    async def _to_person(self, target: Target, drawn: Drawn, ticket: Ticket, trip: Trip) -> str:
        person = int(target.id)
        try:
            posted = await self._in_conversation(person, drawn, ticket, trip)
        except discord.HTTPException:
            await self.directs.closed(person)
            raise
        with _posted():
            await self.directs.reached(person)
        return str(posted)

    async def _in_conversation(self, person: int, drawn: Drawn, ticket: Ticket, trip: Trip) -> int:
        channel, known = await ask(self.directs.channel(person))
        try:
            return await self._send(channel, drawn, Look(), ticket, trip)
        except discord.HTTPException as error:
            if code(error) not in {failures.MISSING_ACCESS, failures.UNKNOWN_CHANNEL} or not known:
                raise
        # A conversation can be stale, as after the person added the bot to their account.
        channel, _ = await ask(self.directs.channel(person, anew=True))
        return await self._send(channel, drawn, Look(), ticket, trip)

    async def _in_forum(self, forum: discord.ForumChannel, drawn: Drawn, look: Look, trip: Trip) -> str:
        """Make a post of a forum: it takes no nonce, so a lost answer is looked up among the threads."""
        chosen = tags(forum, _chosen(look, TAGS))
        trip.once = True

        async def send(drawn: Drawn) -> int:
            view = await self._view(drawn)
            return await self.threads.post(forum, drawn, chosen, view, silent=look.silent)

        return str(await degrading(drawn, send, trip))

    async def _in_thread(
        self, room: discord.TextChannel, card: Card, drawn: Drawn, ticket: Ticket, trip: Trip
    ) -> str:
        """Post in the thread that the feed has in this channel, made anew where it was deleted."""
        for _ in range(2):
            try:
                thread = await ask(self.threads.of(room, card.source), once=True)
                posted = await self._send(thread, drawn, card.look, ticket, trip)
            except discord.HTTPException as error:
                if code(error) == failures.UNKNOWN_CHANNEL:
                    await self.threads.forget(room, card.source)
                    continue
                if code(error) not in NOT_HERE:
                    raise
                log.warning("discord.no_thread", channel=room.id, code=code(error))
                break
            with _posted():
                await self.threads.holds(thread, posted)
            return str(posted)
        return str(await self._send(room.id, drawn, card.look, ticket, trip))

    async def announce(self, target: Target, text: Prose) -> None:
        """Say a line in a channel, outside the queue."""
        try:
            place = self._client.get_partial_messageable(int(target.id))
            await travel(place.send(markdown(text), suppress_embeds=True), Trip())
        except Exception as error:
            raise await self._named(target, error, meaning(error, Trip())) from error

    async def edit(self, target: Target, message_id: str, card: Card) -> None:
        """Replace a card where it stands; raises a kind of DeliveryError."""
        trip = Trip()
        try:
            await self._edit(target, int(message_id), card, trip)
        except DeliveryError:
            raise
        except Exception as error:
            raise meaning(error, trip) from error

    async def _edit(self, target: Target, message_id: int, card: Card, trip: Trip) -> None:
        direct = target.kind is TargetKind.PERSON
        channel = await ask(self._where(target, message_id))
        message = self._client.get_partial_messageable(channel).get_partial_message(message_id)

        async def change(drawn: Drawn) -> int:
            changed = await message.edit(
                content=drawn.content or None, embeds=drawn.sendable(), view=await self._view(drawn)
            )
            return changed.id

        drawn = draw(card, direct=direct)
        try:
            await degrading(drawn, change, trip)
        except discord.HTTPException as error:
            if code(error) != failures.ARCHIVED:
                raise
            await ask(self._client.http.edit_channel(channel, archived=False))
            await degrading(drawn, change, trip)

    async def _where(self, target: Target, message_id: int) -> int:
        """Find the channel in which a message of ours stands."""
        if target.kind is TargetKind.PERSON:
            channel, _ = await self.directs.channel(int(target.id))
            return channel
        thread = await self.threads.holding(message_id)
        if thread is not None:
            return thread
        room = await self._rooms.channel(target)
        # A post of a forum is a thread that bears the id of its first message.
        return message_id if isinstance(room, discord.ForumChannel) else int(target.id)

    async def _named(self, target: Target, error: Exception, said: DeliveryError) -> DeliveryError:
        """Name what exactly is missing where Discord only says that something is."""
        if not isinstance(said, TargetGone):
            return said
        if target.kind is TargetKind.PERSON:
            is_closed = code(error) in {failures.MISSING_ACCESS, failures.MISSING_PERMISSIONS}
            return TargetGone(failures.GONE[failures.CLOSED_DIRECT]) if is_closed else said
        try:
            missing = await self._rights.cannot_post(target)
            await self._note_beyond(target, is_beyond=missing is None)
        except Exception as trouble:  # noqa: BLE001 - the sentence without names is true as well
            log.warning("discord.cannot_name", error=type(trouble).__name__)
            return said
        is_of_rights = code(error) in {failures.MISSING_ACCESS, failures.MISSING_PERMISSIONS}
        return TargetGone(self._written(missing, target)) if missing and is_of_rights else said

    def _written(self, obstacle: Prose, target: Target) -> str:
        """Write what is missing as a reason, which is told together with the channel's name."""
        known = self._rooms.known(target)
        name = f"#{known.name}" if known is not None else "that channel"
        said = plain(tuple(name if isinstance(piece, Named) else piece for piece in obstacle))
        return said.removeprefix(f"I can't post in {name}. ")

    async def _note_beyond(self, target: Target, *, is_beyond: bool) -> None:
        """Note whether it is no permission that keeps the bot out: then none that is given is a cure."""
        if is_beyond:
            await self._ledger.write(f"{BEYOND}{target.id}", "", keep=NO_CURE)
        else:
            await self._ledger.erase(f"{BEYOND}{target.id}")


@contextmanager
def _posted() -> Iterator[None]:
    """Note something about a message that stands there: a note that fails must not have it posted again."""
    try:
        yield
    except StoreError as error:
        log.warning("discord.not_noted", reason=str(error))


async def degrading(drawn: Drawn, send: Callable[[Drawn], Coroutine[Any, Any, int]], trip: Trip) -> int:
    """Send, plainer where Discord refuses the form: degraded, never lost; gives the message's id."""
    while True:
        try:
            return await travel(send(drawn), trip)
        except discord.HTTPException as error:
            less = plainer(drawn) if code(error) == failures.INVALID_FORM else None
            if less is None:
                raise
            log.warning("discord.form_refused", reason=error.text[:500])
            drawn = less


def _chosen(look: Look, name: str) -> str:
    return dict(look.more).get(name, "")
