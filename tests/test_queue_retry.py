"""`wireroom deliveries --retry`: what was given up comes back, unless it must not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import update

from bot.adapter import Sighting
from bot.cli import wireroom
from bot.errors import InDoubt, Undeliverable
from bot.models import Notice
from bot.store import deliveries as queue
from bot.store import subscriptions
from bot.store.tables import deliveries
from tests.stage import Scene, scene

NO = Undeliverable("no")


@pytest.fixture(name="here")
async def _here(tmp_path: Path) -> AsyncIterator[Scene]:
    async with scene(tmp_path / "w.db", "ask", "boss") as opened:
        yield opened


async def dead(here: Scene, *titles: str, to: str = "news") -> None:
    """Let cards be given up."""
    here.stage.script[to] = [NO] * len(titles)
    await here.queue(*titles, to=[to])
    await here.deliver()


async def revived(here: Scene, *ids: int) -> int:
    """Put these back, or all."""
    return await here.db.write(lambda c: queue.revive(c, ids or None, now=here.clock()))


async def name_article(here: Scene, *ids: int) -> None:
    """Let deliveries carry one article."""
    work = update(deliveries).where(deliveries.c.id.in_(ids)).values(article="one")
    await here.db.write(lambda c: c.execute(work))


async def take_out(here: Scene, key: str = "news") -> None:
    """Take the feed out of a target."""
    target = await here.target(key)
    await here.db.write(lambda c: subscriptions.remove(c, feed_id=here.feed_id, target_id=target))


async def typed(here: Scene, *words: str) -> Result:
    """Type a command."""
    runner = CliRunner(env={"WIREROOM_DATABASE": str(here.db.path)})
    return await asyncio.to_thread(runner.invoke, wireroom, words)


async def test_feed_taken_out(here: Scene) -> None:
    """A card stays dead where its target carries the feed no more, and comes back where it does."""
    await dead(here, "A")
    await dead(here, "B", to="tech")
    await take_out(here)
    assert await revived(here) == 1
    assert await revived(here, 1) == 0
    await here.deliver()
    assert [post.text for post in here.stage.posts] == ["B"]
    assert await here.states() == ["dead", "sent"]


async def test_notices_come_back(here: Scene) -> None:
    """A sentence of the bot's own comes back without any feed in its target."""
    here.stage.script["ann"] = [NO]
    await here.notice("I stopped.", to="ann")
    await here.deliver()
    assert await revived(here) == 1
    await here.deliver()
    assert here.stage.titles("ann") == ["I stopped."]


@pytest.mark.parametrize(("days", "to", "back"), [(6, "news", 0), (8, "news", 1), (6, "tech", 1)])
async def test_article_is_there(here: Scene, days: int, to: str, back: int) -> None:
    """A card stays dead where its target got the article by another feed within seven days."""
    await dead(here, "A")
    await here.queue("B", to=[to])
    await here.deliver()
    await name_article(here, 1, 2)
    here.clock.pass_(days=days)
    assert await revived(here) == back


async def test_article_waits(here: Scene) -> None:
    """A card stays dead also where another delivery of its article only waits."""
    await dead(here, "A")
    await here.queue("B")
    await name_article(here, 1, 2)
    assert await revived(here, 1) == 0


async def test_article_twice_dead(here: Scene) -> None:
    """Of two dead cards of one article for one target one comes back, those without an article all."""
    await dead(here, "A", "A again", "B", "C")
    await dead(here, "A in tech", to="tech")
    await name_article(here, 1, 2, 5)
    assert await revived(here) == 4
    await here.deliver()
    assert here.stage.titles() == ["A", "B", "C"]
    assert here.stage.titles("tech") == ["A in tech"]
    here.clock.pass_(days=6)
    assert await revived(here, 2) == 0


async def test_said_in_a_sentence(here: Scene) -> None:
    """The command says how many came back, how many did not, and why."""
    await dead(here, "A", "B")
    await dead(here, "C", to="tech")
    await take_out(here, "tech")
    said = await typed(here, "deliveries", "--retry", "all")
    assert said.exit_code == 0
    assert said.stdout == (
        "2 put back into the queue, 1 left out: the channel carries the feed no more, "
        "or has the article already.\n"
    )
    assert (await typed(here, "deliveries", "--retry", "1")).stdout == "0 put back into the queue.\n"


@pytest.mark.parametrize("digits", [18, 19, 30])
async def test_a_number_beyond_all(here: Scene, digits: int) -> None:
    """A number that no delivery can have ends in a sentence."""
    said = await typed(here, "deliveries", "--retry", "9" * digits)
    assert isinstance(said.exception, SystemExit | None)
    assert ("is no delivery" in said.stderr) == (digits > 18)


async def test_post_it_again(here: Scene) -> None:
    """The button of the question about a card in doubt puts that card back, and no other."""
    await dead(here, "X", to="tech")
    await here.queue("A")
    here.stage.script["news"] = [InDoubt("the connection broke")]
    here.stage.sightings = [Sighting.UNKNOWN]
    await here.deliver()
    here.clock.now += timedelta(seconds=31)
    await here.deliver()
    (question,) = [post.message for post in here.stage.posts if post.target == "boss"]
    assert isinstance(question, Notice)
    (button,) = question.buttons
    program, *words = button.command.split()
    assert program == "wireroom"
    assert (await typed(here, *words)).stdout == "1 put back into the queue.\n"
    assert await here.states() == ["dead", "pending", "sent"]
