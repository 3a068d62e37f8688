"""Socket Mode: Slack brings what people do over WebSockets that the bot opens, two at a time."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

from adapters.slack.settings import SlackSettings
from adapters.slack.web import DEAD_TOKEN

LINES = 2
"""Connections held at once, so that one is open while the other is renewed; Slack allows 10."""
PING = 5.0
LOOK = 0.25
"""Seconds between two looks at whether a connection lives."""
GRACE = 10.0
"""Seconds for which an old connection goes on answering what came over it; Slack waits 3 for each."""
GREETED_WITHIN = 10.0
REST_LEAST = 1.0
REST_MOST = 60.0
HELD = 60.0
"""Seconds after which a connection counts as one that has held: the next try comes soon again."""
STAYED = 2.0
"""Seconds after which one that is asked to give way is followed by the next at once, however often."""
HURRIED_MOST = 1
"""So many in a row are followed at once that are asked to give way earlier than that."""
REFUSED_REST = 600.0
REFUSED = DEAD_TOKEN | {"not_allowed_token_type", "missing_scope", "no_permission", "forbidden_team"}
"""Only the operator can mend what Slack calls so."""

log = structlog.get_logger()


class Quiet(logging.Filter):
    """slack_sdk calls every ordinary drop of a connection an error, with its traceback."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Make a warning of such a line."""
        if record.levelno >= logging.ERROR:
            record.levelno, record.levelname = logging.WARNING, logging.getLevelName(logging.WARNING)
            record.exc_info = None
        return record.levelno >= logging.WARNING


_quiet = logging.getLogger("slack.socket")
_quiet.addFilter(Quiet())


class Line(SocketModeClient):
    """One connection, which never reconnects by itself: the next one opens before this one ends."""

    def __init__(self, app_token: str, web: AsyncWebClient) -> None:
        super().__init__(
            app_token, logger=_quiet, web_client=web, auto_reconnect_enabled=False, ping_interval=PING
        )
        self.greeted = False
        self.answered = asyncio.Event()
        """Slack said hello, or that this connection is not welcome."""
        self.leaving = asyncio.Event()
        """Slack asked for another connection in place of this one."""
        self.message_listeners.append(self._hear)

    async def _hear(
        self, client: AsyncBaseSocketModeClient, message: dict[str, Any], raw: str | None
    ) -> None:
        del client, raw
        if message.get("type") == "hello":
            self.greeted = True
            self.answered.set()

    async def connect(self) -> None:
        """Connect, once: slack_sdk's own tries an address again and again that is good for one connection."""
        self.current_session = await self.aiohttp_client_session.ws_connect(
            self.wss_uri or "", autoping=False, heartbeat=self.ping_interval, proxy=self.proxy
        )
        self.current_session_monitor = asyncio.ensure_future(self.monitor_current_session())
        self.message_receiver = asyncio.ensure_future(self.receive_messages())

    async def connect_to_new_endpoint(self, force: bool = False) -> None:  # noqa: FBT001, FBT002 - slack_sdk's
        """Do what slack_sdk does when Slack says ``disconnect``: here the one in charge opens another."""
        del force
        self.leaving.set()
        self.answered.set()


class Sockets:
    """Keeps connections open, new ones whenever old ones end or are asked to."""

    def __init__(
        self,
        settings: SlackSettings,
        app: AsyncApp,
        *,
        report: Callable[[str], Awaitable[None]],
        rest: float = REST_LEAST,
        grace: float = GRACE,
        within: float = GREETED_WITHIN,
    ) -> None:
        """``report`` tells the operator what only they can mend.

        ``rest`` are seconds before a second try, and ``within`` those in which Slack has to say hello.
        """
        self._token = settings.app_token.get_secret_value()
        self._base = f"{settings.api}/api/"
        self._app = app
        self._report = report
        self._rest = rest
        self._grace = grace
        self._within = within
        self._reported = False
        self._retiring: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Stay connected until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(LINES):
                    group.create_task(self._keep())
        finally:
            for task in self._retiring:
                task.cancel()
            await asyncio.gather(*self._retiring, return_exceptions=True)

    async def _keep(self) -> None:
        """Hold one connection, the next taking over before it ends where Slack gives notice."""
        rest, hurried = self._rest, 0
        while True:
            began, handed_over = time.monotonic(), False
            try:
                await self._live()
                handed_over = True
            except SlackApiError as error:
                if await self._is_refused(error):
                    await asyncio.sleep(REFUSED_REST)
                    continue
            except Exception as error:  # noqa: BLE001 - whatever ended it, the next one lives
                # Not its text: that of a failed handshake holds the ticket of a connection.
                status = getattr(error, "status", None)
                log.warning("slack.socket_lost", error=type(error).__name__, status=status)
            lived = time.monotonic() - began
            hurried = 0 if lived > STAYED else hurried + 1
            if lived > HELD:
                rest = self._rest
            if handed_over and hurried <= HURRIED_MOST:
                continue  # it was asked to give way: no command shall find the door closed
            await asyncio.sleep(rest)
            rest = min(2 * rest, REST_MOST)

    async def _is_refused(self, error: SlackApiError) -> bool:
        """Say whether only the operator can mend it; the first time, tell them."""
        data = error.response.data if hasattr(error.response, "data") else None
        said = str(data.get("error")) if isinstance(data, dict) else "no answer"
        log.warning("slack.no_socket", error=said)
        if said not in REFUSED:
            return False
        if self._reported:
            return True
        self._reported = True
        await self._report(
            f"Slack opens no connection for commands ({said}). Check SLACK_APP_TOKEN, its scope "
            "connections:write, and that Socket Mode is on; `wireroom doctor` looks at each."
        )
        return True

    async def _live(self) -> None:
        """Live one connection's life: until Slack asks for another, or an error where it broke."""
        # Its own client: slack_sdk reads the token of the app from it, and retries nothing by itself.
        web = AsyncWebClient(base_url=self._base, retry_handlers=[], timeout=int(GREETED_WITHIN))
        line = Line(self._token, web)
        handed_over = False
        try:
            line.socket_mode_request_listeners.append(self._taken(line))
            line.wss_uri = await line.issue_new_wss_url()
            async with asyncio.timeout(self._within):
                await line.connect()
                await line.answered.wait()
            if not line.greeted:
                raise ConnectionError("Slack wants no more connections")
            log.info("slack.connected")
            await self._until_over(line)
            handed_over = True
        finally:
            if handed_over:
                self._retire(line)
            else:
                await line.close()  # type: ignore[no-untyped-call]  # slack_sdk's

    async def _until_over(self, line: Line) -> None:
        while not line.leaving.is_set():
            if not await line.is_connected():
                raise ConnectionError("the connection ended")
            try:
                async with asyncio.timeout(LOOK):
                    await line.leaving.wait()
            except TimeoutError:
                continue

    def _retire(self, line: Line) -> None:
        """Let an old connection answer what came over it, while the next one opens."""
        task = asyncio.create_task(self._see_off(line))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    async def _see_off(self, line: Line) -> None:
        try:
            for _ in range(round(self._grace / LOOK)):
                if not await line.is_connected():
                    break
                await asyncio.sleep(LOOK)
        finally:
            await line.close()  # type: ignore[no-untyped-call]  # slack_sdk's

    def _taken(self, line: Line) -> Callable[[AsyncBaseSocketModeClient, SocketModeRequest], Awaitable[None]]:
        async def take(client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
            del client
            began = time.time()
            answer = await run_async_bolt_app(self._app, request)
            await send_async_response(line, request, answer, began)

        return take
