"""The gateway: sessions that are begun, dropped and resumed over a WebSocket."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from aiohttp import WSMsgType, web

from tests.loopback.discord import payloads
from tests.loopback.discord.link import Link
from tests.loopback.discord.nouns import Guild, Json
from tests.loopback.discord.world import World

GUILDS = 1 << 0
PRIVILEGED = 1 << 1 | 1 << 8 | 1 << 15
"""Members, presences, message content: refused, since wireroom needs none of them."""

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, RECONNECT, INVALID, HELLO, ACK = 0, 1, 2, 6, 7, 9, 10, 11


@dataclass(frozen=True, slots=True)
class Identify:
    """What a client said of itself when it began a session."""

    intents: int
    shard: tuple[int, int]
    compression: str
    """zlib-stream, zstd-stream or nothing."""
    properties: Json


@dataclass(eq=False, slots=True)
class Session:
    """A session with all that was told to it, so that a client that was away can catch up."""

    id: str
    intents: int
    shard: tuple[int, int]
    told: list[Json] = field(default_factory=list)
    link: Link | None = None

    def tell(self, event: str, data: Json) -> None:
        """Dispatch an event, at once or when the client is back."""
        said = {"op": DISPATCH, "t": event, "s": len(self.told) + 1, "d": data}
        self.told.append(said)
        if self.link is not None:
            self.link.send(said)

    def hears(self, guild: Guild | None) -> bool:
        """Whether a guild's events go to this shard; what belongs to no guild goes to the first."""
        key = 0 if guild is None else guild.id >> 22
        return key % self.shard[1] == self.shard[0]


class Gateway:
    """All sessions, and how the gateway misbehaves on demand."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._sessions: dict[str, Session] = {}
        self._links: set[Link] = set()
        self._changed = asyncio.Event()
        self._refusals = 0
        self._is_deaf = False
        self.heartbeat_interval = 41.25
        self.heartbeats = 0
        self.identified: list[Identify] = []
        self.resumed: list[str] = []

    @property
    def live(self) -> list[Session]:
        """The sessions with a client behind them."""
        return [session for session in self._sessions.values() if session.link is not None]

    async def connected(self, sessions: int = 1) -> None:
        """Wait until so many sessions have a client."""
        await self._until(lambda: len(self.live) >= sessions)

    async def disconnected(self) -> None:
        """Wait until no session has a client."""
        await self._until(lambda: not self.live)

    def dispatch(self, event: str, data: Json, guild: Guild | None = None) -> None:
        """Tell an event to the sessions whose shard and intents it belongs to."""
        is_of_guilds = event.startswith(("GUILD_", "CHANNEL_", "THREAD_")) and event != "GUILD_MEMBER_UPDATE"
        for session in self._sessions.values():
            if session.hears(guild) and (not is_of_guilds or session.intents & GUILDS):
                session.tell(event, data)

    def raw(self, text: str) -> None:
        """Send every client a text as it is, whatever it may be."""
        for session in self.live:
            assert session.link is not None
            session.link.send_text(text)

    def reconnect(self) -> None:
        """Ask every client to come again."""
        self._tell_links({"op": RECONNECT, "d": None})

    def invalidate(self, *, resumable: bool = False) -> None:
        """Declare every session invalid; one that is not resumable is forgotten."""
        self._tell_links({"op": INVALID, "d": resumable})
        if not resumable:
            self._forget(self.live)

    def drop(self) -> None:
        """Cut every connection without a word; the sessions can be resumed."""
        for link in list(self._links):
            link.cut()

    def close(self, code: int = 4000) -> None:
        """Close every connection with a code."""
        for link in list(self._links):
            link.close(code)

    def restart(self) -> None:
        """Cut every connection and forget the sessions: nothing can be resumed."""
        self.drop()
        self._forget(list(self._sessions.values()))

    def refuse(self, times: int) -> None:
        """Answer the next handshakes with 503."""
        self._refusals = times

    def deaf(self, *, is_deaf: bool = True) -> None:
        """Acknowledge no heartbeats any more, or do so again."""
        self._is_deaf = is_deaf

    async def serve(self, request: web.BaseRequest, world: World) -> web.StreamResponse:
        """Take a client in and listen until it is gone."""
        if self._refusals > 0:
            self._refusals -= 1
            return web.Response(status=503)
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        link = Link(socket, request, request.query.get("compress", ""))
        self._links.add(link)
        link.send({"op": HELLO, "d": {"heartbeat_interval": int(self.heartbeat_interval * 1000)}})
        try:
            async for said in socket:
                if said.type is WSMsgType.TEXT:
                    self._hear(link, json.loads(said.data), world)
        finally:
            self._links.discard(link)
            self._part(link)
            await link.stop()
        return socket

    def _hear(self, link: Link, said: Json, world: World) -> None:
        match said["op"]:
            case 1:
                self.heartbeats += 1
                if not self._is_deaf:
                    link.send({"op": ACK})
            case 2:
                self._begin(link, said["d"], world)
            case 6:
                self._resume(link, said["d"])

    def _begin(self, link: Link, said: Json, world: World) -> None:
        if said["token"] != self._token:
            link.close(4004)
            return
        shard = tuple(said.get("shard") or (0, 1))
        compression = link.compression
        self.identified.append(
            Identify(said["intents"], (shard[0], shard[1]), compression, said["properties"])
        )
        if said["intents"] & PRIVILEGED:
            link.close(4014)
            return
        session = Session(secrets.token_hex(16), said["intents"], (shard[0], shard[1]), link=link)
        self._sessions[session.id] = session
        guilds = [guild for guild in world.guilds.values() if guild.me and session.hears(guild)]
        session.tell("READY", self._ready(session, guilds, world))
        if session.intents & GUILDS:
            for guild in guilds:
                if not guild.unavailable:
                    session.tell("GUILD_CREATE", world.guild_create(guild) | {"unavailable": False})
        self._changed.set()

    def _ready(self, session: Session, guilds: Iterable[Guild], world: World) -> Json:
        return {
            "v": 10,
            "user": payloads.user(world.me),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "session_type": "normal",
            "resume_gateway_url": world.gateway_address,
            "shard": list(session.shard),
            "application": {"id": world.application["id"], "flags": world.application["flags"]},
            "private_channels": [],
            "relationships": [],
        }

    def _resume(self, link: Link, said: Json) -> None:
        session = self._sessions.get(said["session_id"])
        missed_from = said["seq"]
        is_known = said["token"] == self._token and missed_from is not None
        if session is None or not is_known or missed_from > len(session.told):
            link.send({"op": INVALID, "d": False})
            return
        self.resumed.append(session.id)
        session.link = link
        for event in session.told[missed_from:]:
            link.send(event)
        session.tell("RESUMED", {})
        self._changed.set()

    def _part(self, link: Link) -> None:
        for session in self._sessions.values():
            if session.link is link:
                session.link = None
        self._changed.set()

    def _forget(self, sessions: Iterable[Session]) -> None:
        for session in sessions:
            del self._sessions[session.id]

    def _tell_links(self, said: Json) -> None:
        for link in self._links:
            link.send(said)

    async def _until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():
                self._changed.clear()
                await self._changed.wait()
