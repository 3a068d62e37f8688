"""What people do on Slack: commands, presses, forms, shortcuts; acknowledged in time, then answered."""

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
from adapters.slack import buttons, callers, direct, exports, forms, replies, text
from adapters.slack.buttons import Press
from adapters.slack.callers import Act, People
from adapters.slack.drawn import Block
from adapters.slack.forms import Origin
from adapters.slack.homes import Homes
from adapters.slack.identity import Identity
from adapters.slack.manifest import FOLLOW, WHY
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
JUDGED_WITHIN = 2.0
"""Seconds for the answer to a form that is handed in, so that a refusal can stand in it."""
SUGGESTED_WITHIN = 1.0
"""Seconds for suggestions, which are their own acknowledgement."""

Body = dict[str, Any]
Announce = Callable[[Target, Prose], Awaitable[None]]
"""Posts a line for everybody in a channel; raises where it cannot."""
Verdict = asyncio.Future[dict[str, str]]
"""What is wrong with a form by field, before it is acknowledged; nothing where it is accepted."""
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
        judged_within: float = JUDGED_WITHIN,
    ) -> None:
        self._desk = Renamed(desk, prefix)
        self._ledger = ledger
        self._web = web
        self._rooms = rooms
        self._identity = identity
        self._prefix = prefix
        self._announce = announce
        self._patience = patience
        self._judged_within = judged_within
        self._homes = Homes(self._desk, ledger, web, rooms)
        self._trials = Trials(web)
        self._tasks: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """Give up what is under way."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._homes.close()

    def listen_to(self, app: AsyncApp) -> None:
        """Take all that people do with an app; all but a form is acknowledged before it is looked at."""
        app.command(_ANY)(self._taker(self._command))
        app.block_action(_ANY)(self._taker(self._pressed))
        app.view_submission(_ANY)(self._hand_in)
        app.view_closed(_ANY)(self._taker(None))
        app.shortcut(_ANY)(self._taker(self._shortcut))
        app.event("app_home_opened")(self._opened)
        app.options(_ANY)(self._suggest)

    def _taker(
        self, handle: Callable[[Body], Work] | None
    ) -> Callable[[AsyncAck, Body], Coroutine[Any, Any, None]]:
        async def take(ack: AsyncAck, body: Body) -> None:
            await ack()
            if handle is None:
                return
            try:
                act, work = callers.read(body, asyncio.get_running_loop().time()), handle(body)
            except Exception:  # Slack says something new, and nobody is known who could be told
                log.exception("slack.unreadable", kind=str(body.get("type"))[:50])
            else:
                self._begin(self._guarded(act, work))

        return take

    async def _hand_in(self, ack: AsyncAck, body: Body) -> None:
        """Acknowledge a form when the desk has answered, or in time at least: a refusal keeps it open."""
        verdict: Verdict = asyncio.get_running_loop().create_future()
        try:
            act = callers.read(body, asyncio.get_running_loop().time())
            work = self._handed_in(body, verdict)
        except Exception:
            await ack()
            log.exception("slack.unreadable", kind="view_submission")
            return
        self._begin(self._guarded(act, work))
        await asyncio.wait({verdict}, timeout=self._judged_within)
        errors = verdict.result() if verdict.done() else {}
        verdict.cancel()  # from here on, an answer is said
        await (ack(response_action="errors", errors=errors) if errors else ack())

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name="answer on Slack")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

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
            await self._apologise(voice, apologies.spelt(str(error)))
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
            named=self._rooms.named,
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

    def _handed_in(self, body: Body, verdict: Verdict) -> Work:
        view = body["view"]

        def judged(reply: Reply) -> bool:
            """Say whether the form stays open with this answer in it, and let it be acknowledged."""
            if verdict.done():
                return False
            verdict.set_result(forms.refusals(view, reply, self._called))
            return bool(verdict.result())

        async def work(act: Act, voice: Voice) -> None:
            del voice
            try:
                await carried_out(act)
            finally:
                judged(Reply(()))  # nobody shall wait for more

        async def carried_out(act: Act) -> None:
            if view.get("callback_id") != forms.FORM:
                raise TooOld("")
            origin = await forms.unpacked(view, self._ledger)
            there = callers.again(act, origin)
            given = forms.read(view, self._identity.team)
            asked = Press(
                typed(origin.command, given, self._desk.commands), act.person, replaces=origin.replaces
            )
            await self._answer(there, self._voice(there), asked, origin.command, given, judged)

        return work

    def _shortcut(self, body: Body) -> Work:
        name = body.get("callback_id")
        message = body.get("message") or {}

        async def work(act: Act, voice: Voice) -> None:
            if name == FOLLOW:
                await self._answer(act, voice, Press("/follow", act.person, opens=True))
            elif name == WHY:
                which = f"{callers.text(body.get('channel') or {}, 'id')}/{callers.text(message, 'ts')}"
                await self._answer(act, voice, Press(f"/why {which}", act.person))
            else:
                raise TooOld("")

        return work

    async def _opened(self, event: Body) -> None:
        """Learn where a person's direct messages are, and draw their page; Bolt has acknowledged it."""
        person, channel = callers.text(event, "user"), callers.text(event, "channel")
        if person:
            self._begin(self._welcome(person, channel, is_home=event.get("tab") == "home"))

    async def _welcome(self, person: str, channel: str, *, is_home: bool) -> None:
        try:
            await direct.remember(self._ledger, person, channel)
            if is_home:
                await self._homes.opened(person)
        except Exception:
            log.exception("slack.home_not_opened")

    async def _suggest(self, ack: AsyncAck, body: Body) -> None:
        offered: Sequence[Block] = ()
        try:
            offered = await self._offered(body)
        except Exception:
            log.exception("slack.unreadable", kind="block_suggestion")
        await ack(options=[{**one} for one in offered])

    async def _offered(self, body: Body) -> Sequence[Block]:
        view = body.get("view") or {}
        name, said = callers.text(body, "block_id"), callers.text(body, "value")
        found: Sequence[Choice] = ()
        try:
            async with asyncio.timeout(SUGGESTED_WITHIN):
                found = await self._suggested(body, view, name, said)
        except (TimeoutError, WireroomError) as error:
            log.info("slack.nothing_suggested", error=type(error).__name__)
        except Exception:
            log.exception("slack.cannot_suggest")
        return forms.suggestions(found, said, required=forms.is_required(view, name))

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
        with self._trials.begun(view) as number:
            who = await self._caller(callers.again(act, origin))
            reply = await self._desk.answer(
                who, text.escaped(press.command), forms.read(view, self._identity.team)
            )
            await self._trials.show(number, view, [*replies.sections(reply.text)])

    # Answers.

    async def _caller(self, act: Act) -> Caller:
        if act.channel and act.there:
            self._rooms.met(act.person, act.channel)
        return await callers.caller(act, self._rooms, space=self._identity.team)

    def _called(self, target: Target) -> str | None:
        """Name a channel in a plain text; None for a person, and where its name was never seen."""
        known = self._rooms.known(target) if target.kind is TargetKind.CHANNEL else None
        return f"#{known.name}" if known else None

    async def _answer(
        self,
        act: Act,
        voice: Voice,
        asked: Press,
        command: str = "",
        given: Mapping[str, str] = {},
        judged: Callable[[Reply], bool] = lambda _: False,
    ) -> None:
        """Have a command carried out, and say what came of it; ``asked`` leads to the same once more.

        ``judged`` says that an answer is said already.
        """
        who = await self._caller(act)
        if asked.command.startswith("/why "):
            who = replace(who, fields=True)  # the message was pointed at, so no words of it were typed
        page = await self._homes.shown(act.person)
        reply = await self._desk.answer(who, text.escaped(command or asked.command), given)
        if judged(reply):
            return
        if act.home and reply.parts:
            await self._homes.turned(act.person, asked.command)
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
        known = await direct.known(self._ledger, way.owner) or ""
        said, more = await exports.handed(self._web, way.owner, known, reply.attachment)
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
