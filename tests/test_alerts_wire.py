"""The whole way of an alert: from a site's feed, polled and parsed, to the message of a person."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.models import Card, Digest, Rhythm
from bot.route import FLOOD, FLOOD_POSTED
from tests.documents import Item, newest_first, rss
from tests.readership import ANN, follow
from tests.wire import wire


async def test_the_whole_way(tmp_path: Path) -> None:
    """What a feed has when it is added alerts nobody; what it brings then does, once, until it ends."""
    async with wire(tmp_path) as here:
        await follow(here.db, "chips", now=here.now)
        await follow(here.db, "ships", when=Rhythm.DAILY, now=here.now)
        old = Item(1, "Old chips")
        here.serve(rss(old))
        await here.add()
        await here.poll()
        assert [target for target, _ in await here.deliver()] == ["news"]
        new = Item(2, "New chips", summary="A chip and <b>another</b> chip.")
        await here.publish(rss(new, old))
        (alert,) = [message for target, message in await here.deliver() if target == ANN.id]
        assert isinstance(alert, Card)
        assert (alert.title, alert.source) == ("New chips", "Example News")
        assert [alert.summary[a:b] for a, b in alert.summary_marks] == ["chip", "chip"]
        await here.publish(rss(Item(4, "Ships four"), Item(3, "Ships three"), new, old))
        assert ANN.id not in {target for target, _ in await here.deliver()}
        await here.poll()
        here.now += timedelta(days=1)
        (digest,) = [message for _, message in await here.deliver()]
        assert isinstance(digest, Digest)
        assert [item.title for item in digest.items] == ["Ships four", "Ships three"]
        assert here.metrics.total("wireroom_alerts", rhythm="now") == 1
        assert here.metrics.total("wireroom_alerts", rhythm="daily") == 2


async def test_a_flood(tmp_path: Path) -> None:
    """Of a flood of entries only the newest, which are posted, alert."""
    async with wire(tmp_path) as here:
        await follow(here.db, "title", now=here.now)
        here.serve(newest_first(1))
        await here.add()
        await here.poll()
        await here.deliver()
        await here.publish(newest_first(*range(FLOOD + 2)))
        arrived = await here.deliver()
        assert [target for target, _ in arrived].count(ANN.id) == FLOOD_POSTED
