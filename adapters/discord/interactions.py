"""What people do on Discord: commands, completions, presses, forms; each is answered in time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import aiohttp
import discord
import structlog
from discord import InteractionType

from adapters import apologies
from adapters.discord import buttons, files, forms, replies, values
from adapters.discord.buttons import Press
from adapters.discord.callers import caller, data, in_server
from adapters.discord.completion import complete
from adapters.discord.replies import EXPIRED, Page, Way
from adapters.discord.values import File
from adapters.noted import TooOld
from adapters.typed import meant, typed
from bot.adapter import Ledger
from bot.command import Caller, Desk
from bot.errors import CommandError, WireroomError
from bot.models import Target, TargetKind
from bot.prose import Prose, prose
from bot.reply import Choice, FieldKind, Form, Reply

PATIENCE = 2.0
"""Seconds of the three that Discord gives, after which it is asked to wait for an answer."""

Announce = Callable[[Target, Prose], Awaitable[None]]
"""Posts a line for everybody in a channel; raises where it cannot."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the desk said, and the feeds from which a form of it lets choose."""

    reply: Reply
    feeds: Mapping[str, Sequence[Choice]] = field(default_factory=dict)


class Interactions:
    """Brings what people do to the desk, and its answers back."""

    def __init__(
        self,
        desk: Desk,
        ledger: Ledger,
        *,
        announce: Announce,
        met: Callable[[discord.Member], None],
        patience: float = PATIENCE,
    ) -> None:
        """``met`` gets each member of a server who comes by, with the roles of that moment."""
        self._desk = desk
        self._ledger = ledger
        self._announce = announce
        self._met = met
        self._patience = patience

    def listen_to(self, client: discord.Client) -> None:
        """Take all interactions of a client."""

        async def on_interaction(interaction: discord.Interaction) -> None:
            await self.take(interaction)

        client.event(on_interaction)
        client.add_dynamic_items(buttons.pressed(self._guarded(self._press)))

    async def take(self, interaction: discord.Interaction) -> None:
        """Answer anything but a press, which comes by ``buttons.pressed`` where we can read its id."""
        match interaction.type:
            case InteractionType.application_command:
                await self._guarded(self._command)(interaction)
            case InteractionType.autocomplete:
                await complete(self._desk, interaction)
            case InteractionType.modal_submit:
                await self._guarded(self._hand_in)(interaction)
            case InteractionType.component if not buttons.ID.fullmatch(data(interaction)["custom_id"]):
                await self._guarded(self._press)(interaction)  # which cannot read it either, and says so

    def _guarded(
        self, handler: Callable[[discord.Interaction], Awaitable[None]]
    ) -> Callable[[discord.Interaction], Awaitable[None]]:
        async def handle(interaction: discord.Interaction) -> None:
            try:
                await handler(interaction)
            except TooOld as old:
                await self._apologise(interaction, apologies.too_old(str(old), self._desk.commands))
            except WireroomError as error:
                await self._apologise(interaction, apologies.spelt(str(error)))
            except discord.HTTPException as error:
                if error.code in EXPIRED:  # whatever was asked for has been done
                    log.warning("discord.answer_too_late", code=error.code)
                    return
                log.exception("discord.interaction_failed")
                await self._apologise(interaction, prose(apologies.SORRY))
            except Exception:
                log.exception("discord.interaction_failed")
                await self._apologise(interaction, prose(apologies.SORRY))

        return handle

    async def _apologise(self, interaction: discord.Interaction, said: Prose) -> None:
        try:
            await self._say(interaction, said)
        except Exception as error:  # noqa: BLE001 - there is nobody left to tell
            log.warning("discord.not_answered", error=type(error).__name__, reason=str(error)[:500])

    async def _say(self, interaction: discord.Interaction, said: Prose) -> None:
        """Say something beside whatever stands there."""
        if interaction.response.is_done():
            page = Page("\n".join(replies.lines(said)))
            await replies.further(interaction, page, hidden=in_server(interaction))
            return
        way = Way(interaction.user.id, "", hidden=in_server(interaction))
        await replies.send(interaction, Reply(said), way, self._ledger)

    # What people do.

    async def _command(self, interaction: discord.Interaction) -> None:
        called = values.read(data(interaction), guild_id=interaction.guild_id)
        text = "/" + " ".join(called.path)
        asked = Press(typed(text, called.values, self._desk.commands), interaction.user.id)
        work = self._carried_out(interaction, text, called.values, called.files)
        await self._answer(interaction, asked, work)

    async def _press(self, interaction: discord.Interaction) -> None:
        pressed = data(interaction)
        chosen = next(iter(pressed.get("values") or ()), "")
        press = await buttons.read(pressed["custom_id"], self._ledger, chosen=chosen)
        if press.owner not in {None, interaction.user.id}:
            await self._say(interaction, apologies.not_yours(press.command, self._desk.commands))
            return
        await self._answer(interaction, press, self._carried_out(interaction, press.command))

    async def _hand_in(self, interaction: discord.Interaction) -> None:
        form = data(interaction)
        press = await buttons.read(form["custom_id"], self._ledger)
        given = forms.read(form)
        asked = replace(press, command=typed(press.command, given, self._desk.commands))
        await self._answer(interaction, asked, self._carried_out(interaction, press.command, given))

    # Answers.

    async def _carried_out(
        self,
        interaction: discord.Interaction,
        text: str,
        given: Mapping[str, str] = {},
        documents: Mapping[str, File] = {},
    ) -> Answer:
        who = caller(interaction)
        if isinstance(interaction.user, discord.Member) and not who.direct:
            self._met(interaction.user)
        try:
            http = interaction.client.http
            read = {name: await files.text(http, file) for name, file in documents.items()}
        except CommandError as error:
            return Answer(Reply(apologies.spelt(str(error))))
        reply = await self._desk.answer(who, text, {**given, **read})
        return Answer(reply, await self._feeds(who, reply.form) if reply.form else {})

    async def _feeds(self, who: Caller, form: Form) -> dict[str, Sequence[Choice]]:
        command = meant(form.command, self._desk.commands)
        wanted = [one.name for one in form.fields if one.kind is FieldKind.FEED]
        if command is None:
            return {}
        return {name: await self._desk.suggest(who, command.path, name, "") for name in wanted}

    async def _answer(
        self, interaction: discord.Interaction, asked: Press, work: Coroutine[Any, Any, Answer]
    ) -> None:
        """Answer at once where the work is done in time, else let Discord say that it is under way."""
        task = asyncio.create_task(work)
        done, _ = await asyncio.wait([task], timeout=self._patience)
        if not done:
            try:
                await _defer(interaction, asked)
            except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
                # What was asked for is done all the same; whether the person can be told, we shall see.
                log.warning("discord.not_deferred", error=type(error).__name__, reason=str(error)[:500])
        answer = await task
        reply = answer.reply
        part = _part_to_open(interaction, reply, asked)
        if part and reply.form:
            await self._open(interaction, reply.form, part, answer.feeds, asked)
            return
        way = Way(
            interaction.user.id, asked.command, in_server(interaction) and reply.private, asked.replaces
        )
        try:
            await replies.send(interaction, reply, way, self._ledger)
        finally:
            await self._tell_all(interaction, reply)

    async def _open(
        self,
        interaction: discord.Interaction,
        form: Form,
        part: int,
        feeds: Mapping[str, Sequence[Choice]],
        asked: Press,
    ) -> None:
        number = min(part, len(forms.parts(form)))
        handed_in = Press(form.command, interaction.user.id, asked.replaces)
        id_ = await buttons.identify(handed_in, 0, self._ledger)
        await interaction.response.send_modal(forms.modal(form, number, custom_id=id_, feeds=feeds))

    async def _tell_all(self, interaction: discord.Interaction, reply: Reply) -> None:
        place = reply.public_in or caller(interaction).place
        if not reply.public or place.kind is not TargetKind.CHANNEL:
            return
        if isinstance(interaction.client.get_channel(int(place.id)), discord.ForumChannel):
            return  # it holds posts alone, and a line about the feed would be one for good
        try:
            await self._announce(place, reply.public)
        except Exception as error:
            if not isinstance(error, WireroomError):
                log.exception("discord.cannot_announce")
            await self._say(interaction, apologies.untold(error))


async def _defer(interaction: discord.Interaction, asked: Press) -> None:
    if asked.replaces:
        await interaction.response.defer()
    else:
        await interaction.response.defer(ephemeral=in_server(interaction), thinking=True)


def _part_to_open(interaction: discord.Interaction, reply: Reply, asked: Press) -> int:
    """Say which part of a form opens at once; 0 where none can, or where more is to be seen than a form.

    Discord takes a form only as the first answer, and not in answer to another form.
    """
    if (
        reply.form is None
        or interaction.response.is_done()
        or interaction.type is InteractionType.modal_submit
    ):
        return 0
    if asked.part:
        return asked.part
    return int(len(forms.parts(reply.form)) == 1 and not reply.buttons and not reply.choices)
