"""The adapter for Slack: each thing that the bot asks of it is handed on to the room that does it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, ClassVar, Self, TypeVar, cast

import click
import structlog
from slack_bolt.app.async_app import AsyncApp

from adapters.slack import app as apps
from adapters.slack import digest, direct, doctor, manifest, names, signed
from adapters.slack.app import Once, watching
from adapters.slack.failures import GONE, WHOLE_WORKSPACE, meaning
from adapters.slack.find import Finder
from adapters.slack.identity import Identity
from adapters.slack.interactions import Interactions
from adapters.slack.noting import posted
from adapters.slack.post import Poster
from adapters.slack.prefix import renamed
from adapters.slack.rights import Rights
from adapters.slack.rooms import Rooms
from adapters.slack.session import Login, Session
from adapters.slack.settings import SlackSettings
from adapters.slack.sockets import GRACE, REST_LEAST, Sockets
from adapters.slack.turns import GAP, Turns
from adapters.slack.watch import BEYOND, Watch
from adapters.slack.web import ANSWERED_WITHIN, Failure, Unanswered, Web
from bot.adapter import Adapter, Finding, Found, Severity, Sighting, Ticket
from bot.command import Command, Desk
from bot.errors import Busy, CommandError, ConfigError, DeliveryError, StoreError, TargetGone
from bot.models import Card, Digest, Message, Notice, Target, TargetKind
from bot.prose import Prose, prose
from bot.settings import AdapterSettings

LOGIN_AGAIN = 10.0
"""Seconds between two tries to log in while Slack is away."""
REPORT_AGAIN = timedelta(days=1)
NOTE_MOST = 200
"""Characters that the ledger takes under one key."""
NO_CURE = timedelta(days=1)
"""How long no event has a channel tried again that refuses the bot though it is in it."""
UNINSTALLED = frozenset({"account_inactive", "token_revoked"})
"""Slack's word, in answer to a call, that the app is in the workspace no more."""
LOOK_ABOUT = 3_600.0
"""Seconds between two looks for channels that take posts again: an event may have been lost."""

T = TypeVar("T")

log = structlog.get_logger()


def utc_now() -> datetime:
    """Give the time."""
    return datetime.now(UTC)


class SlackAdapter(Adapter):
    """Block Kit in channels, slash commands, a home, direct messages."""

    name: ClassVar[str] = names.NAME
    Settings: ClassVar[type[AdapterSettings]] = SlackSettings
    needs_space: ClassVar[bool] = True
    parallel: ClassVar[int] = 20
    ignores: ClassVar[frozenset[str]] = frozenset({"silent"})  # chat.postMessage knows no such thing
    post_timeout: ClassVar[timedelta] = timedelta(seconds=20)
    settle: ClassVar[timedelta] = timedelta(seconds=30)  # looked for earlier, a late arrival would come twice

    def __init__(
        self,
        settings: SlackSettings,
        *,
        login_again: float = LOGIN_AGAIN,
        rest: float = REST_LEAST,
        grace: float = GRACE,
        within: float = ANSWERED_WITHIN,
        gap: float = GAP,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """Take the settings; the times, in seconds, are those of ``Sockets``, ``Web`` and ``Turns``."""
        super().__init__(settings)
        self._how = settings
        self._rest = rest
        self._grace = grace
        self._now = now
        self._web = Web(settings, within=within, revoked=self._revoked)
        self._turns = Turns(gap=gap)
        self._once = Once()
        self._login = Login(self._web, self._made, again=login_again)
        self._over = asyncio.Event()
        """Set when the token has died: there is nothing to listen for any more."""
        self._errands: set[asyncio.Task[None]] = set()
        self._well: set[str] = set()
        """Of what nothing is noted any more that would have to be taken back."""

    @classmethod
    def configured(cls, settings: AdapterSettings) -> bool:
        """Say whether there is a token to post with."""
        return bool(cast("SlackSettings", settings).bot_token.get_secret_value())

    @classmethod
    def target(cls, text: str) -> Target:
        """Read ``workspace/channel``, a channel's link, ``<#channel>`` or ``@person``."""
        return names.read(text)

    @classmethod
    def placed(cls, target: Target) -> Target:
        """Give back a target that names its workspace; CommandError for one that does not."""
        if target.kind is TargetKind.CHANNEL and not target.space:
            raise CommandError(
                f"In which workspace is {target.id}? Write T…/{target.id}: `wireroom doctor` shows the id."
            )
        return target

    @classmethod
    def commands(cls, declared: Callable[[], Sequence[Command]]) -> Sequence[click.Command]:
        """``wireroom slack manifest``."""
        return manifest.commands(declared)

    async def __aenter__(self) -> Self:
        """Ask whose token it is; where Slack is away, go on and ask when it is back."""
        if self._how.http and not self._how.signing_secret.get_secret_value():
            raise ConfigError("SLACK_HTTP needs SLACK_SIGNING_SECRET too, or anybody could give commands.")
        await self._web.open()
        try:
            await self._login.ready()
        except Busy as error:
            if self._web.dead:
                await self.__aexit__(None, None, None)
                raise ConfigError(
                    f"SLACK_BOT_TOKEN: Slack refuses this token ({self._web.dead}). Copy it anew: "
                    "https://api.slack.com/apps, your app, OAuth & Permissions, Bot User OAuth Token."
                ) from error
            log.warning("slack.away", reason=error.reason)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        for errand in tuple(self._errands):
            errand.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)
        await self._login.close()
        await self._web.close()

    def _revoked(self, error: str) -> None:
        """Stop listening, leave the workspace, and tell the operator, once."""
        self._over.set()
        self._run(self._leave(error))

    async def _leave(self, error: str) -> None:
        """Word that the app was uninstalled may be lost with the connection; the token tells it as well."""
        try:
            if self._login.session is not None and error in UNINSTALLED:
                await self.ledger.left(self._login.session.identity.team)
        except StoreError as trouble:
            log.warning("slack.not_noted", reason=str(trouble))
        await self._report(
            "revoked",
            f"Slack took the bot's token back ({error}), so nothing is posted there and no command arrives. "
            "What waits is kept for 7 days. Install the app in the workspace again, set SLACK_BOT_TOKEN "
            "and restart wireroom.",
        )

    async def _report(self, what: str, said: str) -> None:
        """Tell the operator what only they can mend, once a day."""
        self._well.discard(what)
        try:
            if await self.ledger.note(f"reported:{what}") is None:
                await self.ledger.report(said)
                await self.ledger.write(f"reported:{what}", said[:NOTE_MOST], keep=REPORT_AGAIN)
        except StoreError as error:
            log.warning("slack.not_reported", said=said, reason=str(error))

    def _run(self, errand: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(errand)
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    def _made(self, identity: Identity) -> Session:
        rooms = Rooms(self._web)
        rights = Rights(rooms, self._web, identity, self._how.managers)
        poster = Poster(self._web, self.ledger, self._turns, name=rooms.called, now=self._now)
        finder = Finder(self._web, identity, rooms, self.ledger, poster.threads, now=self._now)
        return Session(identity, rooms, rights, poster, finder)

    async def _asked(self, question: Callable[[Session], Awaitable[T]]) -> T:
        """Ask Slack something; whatever keeps it from answering is a DeliveryError."""
        session = await self._login.ready()
        try:
            return await question(session)
        except Unanswered as error:
            raise DeliveryError("Slack did not answer. Please try again in a moment.") from error
        except Failure as error:
            raise meaning(error) from error

    # Messages.

    async def post(self, target: Target, message: Message, ticket: Ticket) -> str:
        """Post a message; its metadata bears the ticket's key."""
        session = await self._login.ready()
        if target.space and target.space != session.identity.team:
            raise TargetGone("the token is another workspace's.")
        try:
            message_id = await session.poster.post(target, message, ticket)
        except TargetGone as error:
            if error.reason == GONE["messages_tab_disabled"]:
                await self._report("direct", f"People cannot get direct messages on Slack: {error.reason}")
            await self._note_beyond(session, target)
            raise
        except Busy as error:
            if error.reason in WHOLE_WORKSPACE.values():
                await self._report("workspace", f"Nothing can be posted on Slack: {error.reason}")
            raise
        await self._is_well("workspace")
        if target.kind is TargetKind.PERSON:
            await self._is_well("direct")
        return message_id

    async def _is_well(self, what: str) -> None:
        """Say no longer that something is out of order which has just worked."""
        if what in self._well:
            return
        async with posted():
            await self.ledger.erase(f"reported:{what}")
            self._well.add(what)

    async def _note_beyond(self, session: Session, target: Target) -> None:
        """Note whether it is nothing we know of that keeps the bot out: then no invitation is a cure."""
        if target.kind is TargetKind.PERSON:
            return
        session.rooms.changed(target.id)
        try:
            if await session.rights.cannot_post(target) is None:
                await self.ledger.write(f"{BEYOND}{target.id}", "", keep=NO_CURE)
            else:
                await self.ledger.erase(f"{BEYOND}{target.id}")
        except (Failure, StoreError) as error:
            log.warning("slack.cannot_tell", target=str(target), error=str(error))

    def fits(self, digest_: Digest) -> int:
        """Say how many items one message of 15 items and 9,000 characters holds."""
        return digest.fits(digest_)

    async def edit(self, target: Target, message_id: str, card: Card, ticket: Ticket) -> None:
        """Replace a card in place."""
        session = await self._login.ready()
        await session.poster.edit(target, message_id, card, ticket)

    async def find(self, target: Target, message: Message, ticket: Ticket) -> Found | Sighting:
        """Look for a message in doubt among the recent ones, where the history may be read."""
        return await self._asked(lambda session: session.finder.find(target, message, ticket))

    async def greet(self, person: Target, first: Notice) -> Prose | None:
        """Send the first direct message; where none can come, say what the operator has to switch on."""
        if await direct.known(self.ledger, person.id) is not None:
            return None
        try:
            await self.post(person, first, Ticket(f"hello-{secrets.token_hex(8)}", 1, self._now()))
        except TargetGone as error:
            said = "I can't send you direct messages here"
            if error.reason == GONE["messages_tab_disabled"]:
                return prose(f"{said}: my Messages tab is switched off. Whoever runs me can switch it on.")
            return prose(f"{said}: {error.reason}")
        except DeliveryError as error:  # nothing is known against it: the first alert will tell
            log.info("slack.not_greeted", reason=error.reason)
        return None

    # Rights.

    async def sees(self, who: Target, channels: Sequence[Target]) -> Collection[Target]:
        """Say which channels a person can see."""
        return await self._asked(lambda session: session.rights.sees(who, channels))

    async def forbids(self, person: Target, channel: Target) -> Prose | None:
        """Say why a person may not change feeds in a channel."""
        return await self._asked(lambda session: session.rights.forbids(person, channel))

    async def cannot_post(self, target: Target) -> Prose | None:
        """Say what keeps the bot out of a channel."""
        return await self._asked(lambda session: session.rights.cannot_post(target))

    async def lacks(self, place: Target) -> Sequence[Prose]:
        """Say which optional abilities the app was not given."""
        lacking = (await self._login.ready()).rights.lacks(place)
        troubles = [await self.ledger.note(f"reported:{what}") for what in ("workspace", "direct")]
        return [*(prose(said) for said in troubles if said), *lacking]

    def called(self, target: Target) -> str:
        """Name a channel as people know it, where it has been seen."""
        session = self._login.session
        known = session.rooms.known(target) if session else None
        return f"#{known.name}" if known else str(target)

    async def doctor(self, targets: Sequence[Target]) -> Sequence[Finding]:
        """Check the tokens, what the app may do, and each channel served."""
        try:
            await self._login.ready()
        except DeliveryError as error:
            return [Finding(Severity.PROBLEM, f"{error.reason} Look into the network, and try again.")]
        return await doctor.examine(self._web, self._how, targets)

    # People.

    async def listen(self, desk: Desk) -> None:
        """Take what people do, over Socket Mode or signed HTTP, until cancelled."""
        session = await self._session_in_time()

        async def say(place: Target, said: Prose) -> None:
            await session.poster.announce(place, renamed(said, self._how.command_prefix))

        watch = Watch(self._web, session.rooms, session.rights, self.ledger, session.identity, say)
        interactions = Interactions(
            desk,
            self.ledger,
            self._web,
            session.rooms,
            session.identity,
            prefix=self._how.command_prefix,
            announce=session.poster.announce,
        )
        app = apps.made(session.identity, self._how, self._once)
        for event in watch.events:
            app.event(event)(watching(watch))
        interactions.listen_to(app)
        app.event(apps.ANY)(apps.passed_over)
        try:
            async with asyncio.TaskGroup() as group:
                looking = group.create_task(_look_about(session, watch))
                hearing = group.create_task(self._connected(app))
                over = group.create_task(self._over.wait())
                await asyncio.wait({hearing, over}, return_when=asyncio.FIRST_COMPLETED)
                for task in (looking, hearing, over):
                    task.cancel()
        finally:
            await interactions.close()

    async def _connected(self, app: AsyncApp) -> None:
        if self._how.http:
            async with signed.serving(app, self._how.http, self._how.signing_secret.get_secret_value()):
                await asyncio.Event().wait()
        elif self._how.app_token.get_secret_value():

            async def report(said: str) -> None:
                await self._report("socket", said)

            await Sockets(self._how, app, report=report, rest=self._rest, grace=self._grace).run()
        else:
            log.warning("slack.no_commands", hint="set SLACK_APP_TOKEN, and commands arrive too")
            await asyncio.Event().wait()  # cures are looked for all the same

    async def _session_in_time(self) -> Session:
        while True:
            try:
                return await self._login.ready()
            except Busy as error:
                await asyncio.sleep(error.wait.total_seconds())


async def _look_about(session: Session, watch: Watch) -> None:
    """Learn what channels are called, and look for cures: at the start, and every hour."""
    while True:
        try:
            await watch.compare()
            await session.rooms.learn()
        except Exception as error:
            if not isinstance(error, Failure | StoreError):
                log.exception("slack.cannot_look_about")
            else:
                log.warning("slack.cannot_look_about", error=str(error))
        await asyncio.sleep(LOOK_ABOUT)
