"""A secret in a feed's address is seen by its site and by nobody else."""

import io
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot import log
from bot.cli.feeds import _list
from bot.models import Target
from bot.settings import Settings
from bot.web.server import Status, serving
from tests.documents import newest_first
from tests.wire import wire

CANARY = "canary-0a1b2c3d"


@pytest.fixture
def lines() -> io.StringIO:
    """All that is logged, in the form that machines read."""
    stream = io.StringIO()
    log.configure(level="debug", form="json", stream=stream)
    return stream


@pytest.mark.parametrize("status", [200, 403, 404, 500], ids=str)
async def test_a_key_in_an_address_never_shows(
    tmp_path: Path, lines: io.StringIO, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    """Neither logs, nor health, nor metrics, nor lists, nor what people are told hold a query's value."""
    path = f"/feed.xml?key={CANARY}"
    async with wire(tmp_path) as here:
        here.site.respond("/feed.xml", body=newest_first(1, 2))
        added = await here.feeds.add(here.site.url(path), Target("stage", "news"))
        here.site.respond("/feed.xml", body=newest_first(1, 2, 3), status=status)
        for _ in range(3):
            await here.poll()
        posted = await here.posted()
        watch = Status(here.db, here.metrics, beats={}, clock=lambda: here.now)
        async with serving(watch, "0") as address, ClientSession() as session:
            for page in ("healthz", "metrics"):
                async with session.get(f"{address}/{page}") as answer:
                    assert CANARY not in await answer.text()
    await _list(Settings(database=tmp_path / "wire.db"))
    assert any(CANARY in request.path for request in here.site.requests)
    assert '"event": "poll"' in lines.getvalue()
    for shown in (lines.getvalue(), added.address, str(posted), *capsys.readouterr()):
        assert CANARY not in shown
