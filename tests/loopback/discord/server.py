"""The fake as a whole: one port with REST and gateway, the people, and what of it all can be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from types import TracebackType
from typing import Self

from aiohttp import web

from tests.loopback.discord import faults
from tests.loopback.discord.faults import Fault
from tests.loopback.discord.gateway import Gateway
from tests.loopback.discord.limits import Limits, Rates
from tests.loopback.discord.nouns import Channel, Guild, Json, Message, User
from tests.loopback.discord.people import People
from tests.loopback.discord.request import Request
from tests.loopback.discord.rest import ROOT, Rest
from tests.loopback.discord.world import World, utc_now
from tests.loopback.door import Door


class FakeDiscord(People):
    """Discord on 127.0.0.1, open within ``async with``; a breach of its contract fails at the end.

    ``rates`` is None where nothing shall be limited; ``deadline`` is how many seconds an interaction waits
    for its first answer; ``now`` gives the times of ids, messages and archives.
    """

    def __init__(
        self,
        *,
        token: str = "bot-token",  # noqa: S107 - the fake's own, no secret
        shards: int = 1,
        rates: Rates | None = Rates(),  # noqa: B008 - a frozen value
        deadline: float = 3.0,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        self.token = token
        gateway = Gateway(token)
        super().__init__(World(self._announce, now), gateway, deadline)
        self.world.shards = shards
        self._rest = Rest(self.world, token, None if rates is None else Limits(rates))
        self._door = Door(self._serve)

    async def __aenter__(self) -> Self:
        await self._door.open()
        self.world.address = self.address
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._rest.stop()
        self.gateway.drop()
        await self._door.close()
        if kind is None and self.violations:
            raise AssertionError("Discord's contract was broken:\n" + "\n".join(self.violations))

    @property
    def address(self) -> str:
        """Where it answers, as it stands in DISCORD_API."""
        return self._door.address

    # What was sent

    @property
    def requests(self) -> list[Request]:
        """Every request that arrived, in order."""
        return self._rest.requests

    @property
    def violations(self) -> list[str]:
        """What in the requests broke Discord's contract or our rule about mentions."""
        return self._rest.violations

    @property
    def limited(self) -> int:
        """How many requests were answered 429."""
        return self._rest.limited

    def asked(self, method: str, pattern: str) -> list[Request]:
        """List the requests that fit."""
        return [one for one in self.requests if one.method == method and faults.fits(pattern, one.path)]

    def messages(self, channel: Channel | int, *, seen_by: User | None = None) -> list[Message]:
        """List a channel's messages from the oldest on; of ephemeral ones, those that this person sees."""
        found = channel if isinstance(channel, Channel) else self.world.channel(channel)
        assert found is not None
        return [one for one in found.messages.values() if one.viewer is None or one.viewer is seen_by]

    def text(self) -> str:
        """Give all that anybody could read, press or choose: in messages, forms, lists of choices."""
        return "\n".join(self._texts())

    # Faults

    def fail(self, method: str, pattern: str, fault: Fault, times: int | None = 1) -> None:
        """Let the next requests that fit go wrong, None for good; a ``*`` stands within one segment."""
        self._rest.faults.order(method, pattern, fault, times)

    def heal(self) -> None:
        """Let nothing that was ordered go wrong any more."""
        self._rest.faults.clear()

    async def refuse_connections(self) -> None:
        """Cut every connection and refuse new ones."""
        self.gateway.drop()
        await self._door.refuse()

    async def accept_connections(self) -> None:
        """Take connections, again or for the first time."""
        await self._door.accept()

    def _announce(self, event: str, data: Json, guild: Guild | None) -> None:
        self.gateway.dispatch(event, data, guild)

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/gateway":
            return await self.gateway.serve(request, self.world)
        if request.path in self.world.uploads:
            return web.Response(body=self.world.uploads[request.path])
        if request.path.startswith(ROOT):
            return await self._rest.serve(request)
        self.violations.append(f"{request.method} {request.path}: outside {ROOT}")
        return web.Response(status=404)

    def _texts(self) -> Iterator[str]:
        channels = [*self.world.dms.values()]
        channels += [one for guild in self.world.guilds.values() for one in guild.channels.values()]
        for channel in channels:
            if channel.owner is self.world.me:
                yield channel.name
            for message in channel.messages.values():
                yield message.content
                yield from _strings([message.embeds, message.components])
                yield from (content.decode(errors="replace") for content in message.files.values())
        for call in self.world.calls.values():
            yield from _strings(call.offered)
            if call.form is not None:
                yield from _strings([call.form.title, call.form.custom_id, call.form.components])


def _strings(data: object) -> Iterator[str]:
    """List all texts in a piece of JSON."""
    match data:
        case str():
            yield data
        case dict():
            for value in data.values():
                yield from _strings(value)
        case list():
            for value in data:
                yield from _strings(value)
