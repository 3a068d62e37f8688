"""What people do on Slack: commands, presses, forms, shortcuts; acknowledged first, then answered."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.context.ack.async_ack import AsyncAck

from adapters import apologies
from adapters.noted import TooOld
from adapters.slack import buttons, callers, exports, forms, replies, text
from adapters.slack.buttons import Press
from adapters.slack.callers import Act, People
from adapters.slack.drawn import Block
from adapters.slack.forms import Origin
from adapters.slack.homes import Homes
from adapters.slack.identity import Identity
from adapters.slack.prefix import Renamed, renamed
from adapters.slack.replies import Page, Way
from adapters.slack.trials import Trials
from adapters.slack.voice import Voice
from adapters.slack.web import Failure, Web
from adapters.typed import meant, typed
from bot.adapter import Ledger
from bot.command import Caller, Desk
from bot.errors import WireroomError
from bot.models import Target, TargetKind
from bot.prose import Prose, prose
from bot.reply import Choice, Form, Reply

PATIENCE = 2.5
"""Seconds of the three for which a trigger lives, after which no form is opened any more."""
SUGGESTED_WITHIN = 1.0
"""Seconds for suggestions, which are their own acknowledgement."""
FOLLOW, WHY = "wr.follow_new", "wr.why"
"""The callback ids of the shortcuts, as the manifest has them."""

Body = dict[str, Any]
Announce = Callable[[Target, Prose], Awaitable[None]]
"""Posts a line for everybody in a channel; raises where it cannot."""
Work = Callable[[Act, Voice], Coroutine[Any, Any, None]]

_ANY = re.compile(".*", re.DOTALL)

log = structlog.get_logger()


class Interactions:
    """Brings what people do to the desk, and its answers back."""

    def __init__(
        self,
        desk: Desk,
        ledger: Ledger,
        web: Web,
        rooms: People,
        identity: Identity,
        *,
        prefix: str = "",
        announce: Announce,
        patience: float = PATIENCE,
    ) -> None:
        self._desk = Renamed(desk, prefix)
        self._ledger = ledger
        self._web = web
        self._rooms = rooms
        self._identity = identity
        self._prefix = prefix
        self._announce = announce
        self._patience = patience
        self._homes = Homes(self._desk, ledger, web)
        self._trials = Trials(web)
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Give up what is under way."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._homes.close()

    def listen_to(self, app: AsyncApp) -> None:
        """Take all that people do with an app; each is acknowledged before anything is looked at."""
        app.command(_ANY)(self._taker(self._command))
        app.block_action(_ANY)(self._taker(self._pressed))
        app.view_submission(_ANY)(self._taker(self._handed_in))
        app.view_closed(_ANY)(self._taker(None))
        app.shortcut(_ANY)(self._taker(self._shortcut))
        app.event("app_home_opened")(self._opened)
        app.options(_ANY)(self._suggest)

    def _taker(
        self, handle: Callable[[Body], Work] | None
    ) -> Callable[[AsyncAck, Body], Coroutine[Any, Any, None]]:
        async def take(ack: AsyncAck, body: Body) -> None:
            await ack()
            if handle is not None:
                act = callers.read(body, asyncio.get_running_loop().time())
                self._begin(self._guarded(act, handle(body)))

        return take

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="answer on Slack")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _guarded(self, act: Act, work: Work) -> None:
        """Do what was asked for, and answer whatever happens."""
        voice = self._voice(act)
        try:
            act = await callers.placed(act, self._ledger)
            voice = self._voice(act)
            await work(act, voice)
        except TooOld as old:
            await self._apologise(voice, apologies.too_old(str(old), self._desk.commands))
        except WireroomError as error:
            await self._apologise(voice, prose(str(error)))
        except Failure as error:  # what was asked for is done; Slack took no answer
            log.warning("slack.not_answered", error=str(error))
        except Exception:
            log.exception("slack.interaction_failed")
            await self._apologise(voice, prose(apologies.SORRY))

    def _voice(self, act: Act) -> Voice:
        return Voice(self._web, self._ledger, act, self._identity.name)

    # What people do.

    def _command(self, body: Body) -> Work:
        said = text.typed(
            str(body["command"]),
            str(body.get("text") or ""),
            prefix=self._prefix,
            space=self._identity.team,
        )

        async def work(act: Act, voice: Voice) -> None:
            await self._answer(act, voice, Press(said, act.person))

        return work

    def _pressed(self, body: Body) -> Work:
        element: Body = next(iter(body.get("actions") or ()), {})
        value = str((element.get("selected_option") or element).get("value") or "")

        async def work(act: Act, voice: Voice) -> None:
            name = str(element.get("action_id") or "")
            if name != forms.TRIAL and not buttons.PRESSED.fullmatch(name):
                raise TooOld("")
            press = await buttons.read(value, self._ledger)
            if press.owner not in {"", act.person}:
                await self._apologise(voice, apologies.not_yours(press.command, self._desk.commands))
            elif name == forms.TRIAL:
                await self._try(act, press)
            else:
                await self._answer(act, voice, press)

        return work

    def _handed_in(self, body: Body) -> Work:
        view = body["view"]

        async def work(act: Act, voice: Voice) -> None:
            del voice
            if view.get("callback_id") != forms.FORM:
                raise TooOld("")
            origin = await forms.unpacked(view, self._ledger)
            there = callers.again(act, origin)
            given = forms.read(view)
            asked = Press(
                typed(origin.command, given, self._desk.commands), act.person, replaces=origin.replaces
            )
            await self._answer(there, self._voice(there), asked, origin.command, given)

        return work

    def _shortcut(self, body: Body) -> Work:
        name = body.get("callback_id")
        message = body.get("message") or {}

        async def work(act: Act, voice: Voice) -> None:
            if name == FOLLOW:
                await self._answer(act, voice, Press("/follow", act.person, opens=True))
            elif name == WHY:
                room = str((body.get("channel") or {}).get("id") or "")
                await self._answer(act, voice, Press(f"/why {room}/{message.get('ts')}", act.person))
            else:
                raise TooOld("")

        return work

    async def _opened(self, event: Body) -> None:
        """Learn where a person's direct messages are, and draw their page; Bolt has acknowledged it."""
        person, channel = str(event["user"]), str(event.get("channel") or "")
        self._begin(self._welcome(person, channel, is_home=event.get("tab") == "home"))

    async def _welcome(self, person: str, channel: str, *, is_home: bool) -> None:
        try:
            await self._voice(Act(person, 0.0)).met(channel)
            if is_home:
                await self._homes.opened(person)
        except Exception:
            log.exception("slack.home_not_opened")

    async def _suggest(self, ack: AsyncAck, body: Body) -> None:
        view = body.get("view") or {}
        found: Sequence[Choice] = ()
        name, said = str(body.get("block_id") or ""), str(body.get("value") or "")
        try:
            async with asyncio.timeout(SUGGESTED_WITHIN):
                found = await self._suggested(body, view, name, said)
        except (TimeoutError, WireroomError) as error:
            log.info("slack.nothing_suggested", error=type(error).__name__)
        except Exception:
            log.exception("slack.cannot_suggest")
        offered = forms.suggestions(found, said, required=forms.is_required(view, name))
        await ack(options=[{**one} for one in offered])

    async def _suggested(self, body: Body, view: Block, name: str, said: str) -> Sequence[Choice]:
        origin = await forms.unpacked(view, self._ledger)
        command = meant(origin.command, self._desk.commands)
        if command is None:
            return ()
        act = callers.again(callers.read(body, 0.0), origin)
        who = await callers.caller(act, self._rooms, space=self._identity.team, zoned=False)
        return await self._desk.suggest(who, command.path, name, said)

    async def _try(self, act: Act, press: Press) -> None:
        """Show below a form what handing it in would find."""
        view = act.view or {}
        origin = await forms.unpacked(view, self._ledger)
        pressed = self._trials.begun(view)
        there = callers.again(act, origin)
        who = await self._caller(there)
        reply = await self._desk.answer(who, text.escaped(press.command), forms.read(view))
        await self._trials.show(pressed, view, [*replies.sections(reply.text)])

    # Answers.

    async def _caller(self, act: Act) -> Caller:
        if act.channel:
            self._rooms.met(act.person, act.channel)
        return await callers.caller(act, self._rooms, space=self._identity.team)

    async def _answer(
        self,
        act: Act,
        voice: Voice,
        asked: Press,
        command: str = "",
        given: Mapping[str, str] = {},
    ) -> None:
        """Have a command carried out, and say what came of it; ``asked`` leads to the same once more."""
        who = await self._caller(act)
        if asked.command.startswith("/why "):
            who = replace(who, fields=True)  # the message was pointed at, so no words of it were typed
        page = await self._homes.shown(act.person)
        reply = await self._desk.answer(who, text.escaped(command or asked.command), given)
        if act.home and reply.parts:
            await self._homes.turned(act.person, asked.command, reply)
            return
        self._homes.changed(act.person, page)
        if reply.form and await self._opens(act, voice, asked, reply, reply.form):
            return
        try:
            way = Way(act.person, asked.command, reply.private or who.direct, asked.replaces)
            pages = await self._pages(reply, way)
            await voice.say(pages, replaces=way.replaces, hidden=way.hidden)
        finally:
            await self._tell_all(voice, who, reply)

    async def _opens(self, act: Act, voice: Voice, asked: Press, reply: Reply, form: Form) -> bool:
        """Open a form where it is all there is to see or all that is wanted, and where it is not too late."""
        late = asyncio.get_running_loop().time() - act.at > self._patience
        more = bool(reply.buttons or reply.choices) and not asked.opens
        if late or more or not act.trigger:
            return False
        replaces = act.hidden and asked.replaces
        origin = Origin(form.command, act.person, act.channel, act.elsewhere, act.thread, act.url, replaces)
        return await voice.open(await forms.modal(form, origin, self._ledger))

    async def _pages(self, reply: Reply, way: Way) -> list[Page]:
        if reply.attachment is None:
            return await replies.pages(reply, way, self._ledger)
        direct = await self._ledger.note(f"direct:{way.owner}") or ""
        said, more = await exports.handed(self._web, way.owner, direct, reply.attachment)
        pages = await replies.pages(replace(reply, text=prose(reply.text, said)), way, self._ledger)
        return [*pages, *more]

    async def _tell_all(self, voice: Voice, who: Caller, reply: Reply) -> None:
        place = reply.public_in or who.place
        if not reply.public or place.kind is not TargetKind.CHANNEL:
            return
        try:
            await self._announce(place, reply.public)
        except Exception as error:
            if not isinstance(error, WireroomError):
                log.exception("slack.cannot_announce")
            await self._apologise(voice, apologies.untold(error))

    async def _apologise(self, voice: Voice, said: Prose) -> None:
        """Say something beside whatever stands there."""
        try:
            await voice.say([replies.page(renamed(said, self._prefix))])
        except Exception as error:  # noqa: BLE001 - there is nobody left to tell
            log.warning("slack.not_answered", error=type(error).__name__, reason=str(error)[:500])
