"""The one card that a channel gets when it is given a feed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.store.database import Database
from tests.loopback.site import Site
from tests.stage import Clock, Stage
from tests.test_crash import FEED, cycle, reading, subscribe

ITEM = "<item><guid>{0}</guid><title>{0}</title><link>https://a.example/{0}</link>{1}</item>"


@pytest.mark.parametrize("date", ["", "<pubDate>Wed, 15 Apr 2026 0{0}:00:00 GMT</pubDate>"])
async def test_newest(tmp_path: Path, date: str) -> None:
    """The sample of a first poll is the feed's newest entry, whether its entries are dated or not."""
    items = "".join(ITEM.format(number, date.format(number)) for number in (3, 2, 1))
    body = f"<rss version='2.0'><channel><title>A</title>{items}</channel></rss>".encode()
    stage, path = Stage(), tmp_path / "w.db"
    async with Site() as site, reading(site) as (fetcher, parser), Database(path) as db:
        site.respond(FEED, body=body)
        await subscribe(path, site.url(FEED), site.host)
        await cycle(db, fetcher, parser, stage, Clock())
    assert stage.titles("news") == ["3"]
