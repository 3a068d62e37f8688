"""``GET /healthz`` and ``GET /metrics``."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime

from aiohttp import web

from bot.errors import ConfigError, StoreError
from bot.metrics import Metrics
from bot.store import deliveries, feeds, subscriptions
from bot.store.database import Database

ALIVE_SECONDS = 60.0
"""A loop that has not turned for so long is stuck."""

Beats = Mapping[str, Callable[[], float]]
"""The loops by name, each with the monotonic time of its last turn."""


class Status:
    """Looks at the running bot for whoever asks whether it is well."""

    def __init__(
        self, db: Database, metrics: Metrics, *, beats: Beats, clock: Callable[[], datetime]
    ) -> None:
        self._db = db
        self._metrics = metrics
        self._beats = beats
        self._clock = clock

    async def health(self, _: web.Request) -> web.Response:
        """200 while all loops turn and the database takes writes, else 503 with what is wrong."""
        faults = [f"{name} is stuck" for name, beat in self._beats.items() if _stuck(beat())]
        if self._db.full:
            faults.append("the disk is full")
        waiting = dead = None
        try:
            waiting, _oldest, dead = await self._db.read(deliveries.depth)
        except StoreError as error:
            faults.append(str(error))
        body = {"status": "; ".join(faults) or "ok", "waiting": waiting, "dead": dead}
        return web.json_response(body, status=503 if faults else 200)

    async def metrics(self, _: web.Request) -> web.Response:
        """All counters in Prometheus's text format."""
        waiting, oldest, dead = await self._db.read(deliveries.depth)
        every, failing, paused = await self._db.read(feeds.counts)
        gone = await self._db.read(subscriptions.paused_targets)
        m = self._metrics
        m.queue_depth.set(waiting)
        m.queue_oldest.set((self._clock() - oldest).total_seconds() if oldest else 0)
        m.dead.set(dead)
        m.targets_paused.set(gone)
        for health, number in (("all", every), ("failing", failing), ("paused", paused)):
            m.feeds.labels(health).set(number)
        return web.Response(
            body=m.text(), headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
        )


def _stuck(beat: float) -> bool:
    return time.monotonic() - beat > ALIVE_SECONDS


def listen_address(setting: str) -> tuple[str, int]:
    """Read WIREROOM_HTTP: a port, or host:port; a port alone is on loopback."""
    host, _, port = setting.rpartition(":")
    if not port.isdecimal() or int(port) > 65_535:  # noqa: PLR2004 - the highest port there is
        raise ConfigError(f"WIREROOM_HTTP: “{setting}” is no port. Write for example 9464 or 127.0.0.1:9464.")
    return host.strip("[]") or "127.0.0.1", int(port)


@asynccontextmanager
async def serving(status: Status, setting: str) -> AsyncIterator[str | None]:
    """Serve while the context lasts, and give the address; nothing where the setting is empty."""
    if not setting:
        yield None
        return
    host, port = listen_address(setting)
    app = web.Application()
    app.add_routes([web.get("/healthz", status.health), web.get("/metrics", status.metrics)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, host, port)
        try:
            await site.start()
        except OSError as error:
            raise ConfigError(f"WIREROOM_HTTP: cannot listen on {setting}: {error.strerror}.") from error
        name, bound = runner.addresses[0][:2]
        yield f"http://{name}:{bound}"
    finally:
        await runner.cleanup()
