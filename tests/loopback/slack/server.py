"""The fake as a whole: one port with Web API and Socket Mode, the people, and what of it all can be seen."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.loopback.door import Door
from tests.loopback.slack import answers, api, contract, posts, sockets, uploads
from tests.loopback.slack.answers import Answers
from tests.loopback.slack.api import Api
from tests.loopback.slack.delivery import PATIENCE, Delivery, Office
from tests.loopback.slack.faults import Fault, When
from tests.loopback.slack.limits import Limits, Rates
from tests.loopback.slack.nouns import Channel, Json, Message, User, View
from tests.loopback.slack.people import People
from tests.loopback.slack.request import Call
from tests.loopback.slack.signed import FORM, Signed
from tests.loopback.slack.sockets import Socket
from tests.loopback.slack.world import World


class FakeSlack(People):
    """Slack on 127.0.0.1, open within ``async with``; a breach of its contract fails at the end.

    ``rates`` is None where nothing shall be limited; ``deadline`` is how many seconds a delivery waits for
    its acknowledgement; ``now`` gives the Unix time of messages and triggers.
    """

    def __init__(
        self, *, rates: Rates | None = None, deadline: float = 3.0, now: Callable[[], float] = time.time
    ) -> None:
        self.bot_token = "xoxb-loopback-bot"  # noqa: S105 - the fake's own, no secret
        self.app_token = "xapp-loopback-app"  # noqa: S105 - the fake's own, no secret
        self.signing_secret = "loopback-signing"  # noqa: S105 - the fake's own, no secret
        self.violations: list[str] = []
        world = World(self._announce, now)
        super().__init__(world, Answers(world, self.violations))
        self.socket = Socket(world.app_id, self.violations)
        self.office = self.socket.office = Office(self.socket, deadline, self.violations)
        limits = None if rates is None else Limits(rates)
        self._api = Api(world, (self.bot_token, self.app_token), limits, self.violations)
        self._api.open_socket = self._open_socket
        self._signed: Signed | None = None
        self._door = Door(self._serve)

    async def __aenter__(self) -> Self:
        await self._door.open()
        self._api.address = self.address
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._api.stop()
        self.office.close()
        self.socket.close()
        if self._signed is not None:
            await self._signed.close()
        await self._door.close()
        if kind is None and self.violations:
            raise AssertionError("Slack's contract was broken:\n" + "\n".join(self.violations))

    @property
    def address(self) -> str:
        """Where it answers; the Web API stands below ``/api/``."""
        return self._door.address

    def declare(self, manifest: Json, *, optional: Iterable[str] = ()) -> None:
        """Judge and take in the app's manifest; of its optional scopes only these are granted."""
        self.violations += [f"manifest: {each}" for each in contract.manifest(manifest).everything]
        self.world.declare(manifest, optional=optional)

    # What was called and sent

    @property
    def calls(self) -> list[Call]:
        """Every call of the Web API that arrived, in order."""
        return self._api.calls

    @property
    def limited(self) -> int:
        """How many calls were answered 429."""
        return self._api.limited

    @property
    def events(self) -> list[Delivery]:
        """The events that the app was told of, in order."""
        return [one for one in self.office.deliveries if one.kind == "events_api"]

    def called(self, method: str) -> list[Call]:
        """List the calls of a method."""
        return [call for call in self.calls if call.method == method]

    # What can be seen

    def messages(self, place: Channel | User | str, *, seen_by: User | None = None) -> list[Message]:
        """List a conversation's messages from the oldest on; ephemeral ones as this person sees."""
        if isinstance(place, User):
            place = self.world.dm(place)
        channel = place if isinstance(place, Channel) else self.world.channels[place]
        return [one for one in channel.messages.values() if one.viewer is None or one.viewer is seen_by]

    def ephemerals(self, user: User) -> list[Message]:
        """List the ephemeral messages that a person now sees."""
        return posts.ephemerals(self.world, user)

    def home(self, user: User) -> View | None:
        """Give a person's Home tab, if the app has written it."""
        return self.world.homes.get(user.id)

    def modal(self, user: User) -> View | None:
        """Give the form on top of a person's screen."""
        return next(reversed(self.world.modals.get(user.id, [])), None)

    def text(self) -> str:
        """Give all that anybody can now see, press or choose: in messages, forms, Home tabs, menus."""
        return "\n".join(self.world.texts())

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something is so, looking again after each call that the app makes."""
        async with asyncio.timeout(PATIENCE):
            while not condition():
                self._api.changed.clear()
                await self._api.changed.wait()

    # Faults

    def fail(self, method: str, fault: Fault, times: int | None = 1, when: When | None = None) -> None:
        """Let the next calls that fit go wrong, None for good; also ``*``, ``response_url``, ``upload``."""
        self._api.faults.order(method, fault, times, when)

    def heal(self) -> None:
        """Let nothing that was ordered go wrong any more."""
        self._api.faults.clear()

    async def refuse_connections(self) -> None:
        """Cut every connection and refuse new ones."""
        self.socket.drop()
        await self._door.refuse()

    async def accept_connections(self) -> None:
        """Take connections, again or for the first time."""
        await self._door.accept()

    # Signed HTTP

    async def deliver_to(self, url: str) -> bool:
        """Deliver to this address from now on, not by socket; False where it fails the challenge."""
        if self._signed is not None:
            await self._signed.close()
        self._signed = Signed(url, self.signing_secret)
        self._signed.office = self.office
        self.office.courier = self._signed
        return await self._signed.verify()

    async def deliver_raw(
        self,
        body: bytes,
        content_type: str = FORM,
        *,
        timestamp: float | None = None,
        signature: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, str]:
        """Post any body to the app; gives the status and the text that it answers."""
        assert self._signed is not None
        return await self._signed.raw(
            body, content_type, timestamp=timestamp, signed=signature, headers=headers
        )

    def _announce(self, event: Json) -> Delivery:
        return self.event(event)

    def _open_socket(self) -> str:
        return self.address.replace("http", "ws", 1) + self.socket.ticket()

    async def _serve(self, raw: web.BaseRequest) -> web.StreamResponse:
        if raw.path == sockets.PATH:
            return await self.socket.serve(raw)
        if raw.path.startswith(api.ROOT):
            return await self._api.serve(raw)
        if raw.path.startswith(answers.PATH):
            body = json.loads(await raw.text())
            return await self._api.spoilt(raw, "response_url", body, lambda: self._responded(raw.path, body))
        if raw.path.startswith(uploads.PATH):
            content = await raw.read()
            return await self._api.spoilt(raw, "upload", {}, lambda: self._uploaded(raw.path, content))
        self.violations.append(f"{raw.method} {raw.path}: Slack has no such address")
        return web.Response(status=404)

    def _responded(self, path: str, body: Json) -> web.Response:
        status, answer = self.answers.respond(path, body)
        return web.json_response(answer, status=status)

    def _uploaded(self, path: str, content: bytes) -> web.Response:
        if uploads.receive(self.world, path, content):
            return web.Response(text=f"OK - {len(content)}")
        self.violations.append(f"{path}: no such upload, or not of the length that was said")
        return web.Response(status=400, text="invalid_upload")
