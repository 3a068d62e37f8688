"""Health and metrics over HTTP."""

import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot.errors import ConfigError, StoreError
from bot.web.server import ALIVE_SECONDS, Status, listen_address, serving
from tests.documents import newest_first
from tests.wire import Wire, wire


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Wire]:
    """The wire, with a feed polled once and its sample waiting in the queue."""
    async with wire(tmp_path) as made:
        made.serve(newest_first(1, 2, 3))
        await made.add()
        await made.poll()
        yield made


def status(here: Wire, *, beat: float | None = None) -> Status:
    """Watch over one loop that turned just now, or at ``beat``."""
    turned = time.monotonic() if beat is None else beat
    return Status(here.db, here.metrics, beats={"the poller": lambda: turned}, clock=lambda: here.now)


async def get(address: str) -> tuple[int, str]:
    """Ask for an address."""
    async with ClientSession() as session, session.get(address) as answer:
        return answer.status, await answer.text()


async def test_a_bot_that_is_well_says_so(here: Wire) -> None:
    """While the loops turn and the database takes writes, health is 200 with the depth of the queue."""
    async with serving(status(here), "127.0.0.1:0") as address:
        code, body = await get(f"{address}/healthz")
    assert (code, '"status": "ok"' in body, '"waiting": 1' in body) == (200, True, True)


async def test_a_stuck_loop_is_ill(here: Wire) -> None:
    """A loop that has not turned for a minute makes health 503, by name."""
    async with serving(status(here, beat=time.monotonic() - ALIVE_SECONDS - 1), "0") as address:
        code, body = await get(f"{address}/healthz")
    assert (code, "the poller is stuck" in body) == (503, True)


async def test_a_full_disk_is_ill(here: Wire) -> None:
    """While the database cannot grow, health is 503, and 200 again once it can."""
    await _fill(here)
    async with serving(status(here), "0") as address:
        assert (await get(f"{address}/healthz"))[0] == 503
        await here.db.write(lambda c: c.exec_driver_sql("PRAGMA max_page_count=1000000"))
        await here.db.write(lambda _: None)
        assert (await get(f"{address}/healthz"))[0] == 200


async def _fill(here: Wire) -> None:
    await here.db.write(lambda c: c.exec_driver_sql("PRAGMA max_page_count=1"))
    with pytest.raises(StoreError):
        await here.db.write(
            lambda c: c.exec_driver_sql("CREATE TABLE filler AS SELECT randomblob(10000000) AS block")
        )


async def test_metrics_tell_the_queue_and_the_polls(here: Wire) -> None:
    """Prometheus reads polls by outcome, the queue's depth and age, and feeds by health."""
    async with serving(status(here), "0") as address:
        code, body = await get(f"{address}/metrics")
    assert code == 200
    for line in (
        'wireroom_polls_total{outcome="first"} 1.0',
        "wireroom_queue_depth 1.0",
        'wireroom_feeds{health="all"} 1.0',
        "wireroom_queue_oldest_seconds 0.0",
    ):
        assert line in body, line


async def test_nothing_listens_unless_asked(here: Wire) -> None:
    """With the setting empty there is no server."""
    async with serving(status(here), "") as address:
        assert address is None


async def test_a_port_alone_is_on_loopback() -> None:
    """Only an address that was written out is listened on beyond this machine."""
    assert listen_address("9464") == ("127.0.0.1", 9464)
    assert listen_address("0.0.0.0:80") == ("0.0.0.0", 80)  # noqa: S104 - what the operator wrote
    assert listen_address("[::1]:80") == ("::1", 80)
    for wrong in ("web", "host:", "1.2.3.4:99999"):
        with pytest.raises(ConfigError, match="WIREROOM_HTTP"):
            listen_address(wrong)


async def test_a_port_that_is_taken_is_one_clear_line(here: Wire) -> None:
    """A second bot on the same port is told so."""
    async with serving(status(here), "0") as address:
        assert address is not None
        taken = address.removeprefix("http://")
        with pytest.raises(ConfigError, match=f"cannot listen on {taken}"):
            async with serving(status(here), taken):
                pass
