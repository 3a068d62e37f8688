"""People who follow words, channels that carry feeds, and the way from new entries to their messages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, update

from bot.models import Card, Digest, Entry, Feed, Habits, Message, Rhythm, Target, TargetKind
from bot.poll import outgoing
from bot.query import parse
from bot.route import posted
from bot.store import entries, feeds, follows, people, tables
from bot.store import subscriptions as carriers
from bot.store.database import Database
from bot.store.follows import NewFollow
from bot.store.holds import Caps
from bot.store.watch import Sightings, Watch
from tests.blank import blank
from tests.stage import NO_CAPS, START, Clock, Scene, Stage, deliverer_of

NEWS = Target("stage", "news")
ANN = Target("stage", "ann", kind=TargetKind.PERSON)
BEN = Target("stage", "ben", kind=TargetKind.PERSON)


async def follow(
    db: Database,
    words: str,
    owner: Target = ANN,
    *,
    now: datetime,
    to: Target | None = None,
    when: Rhythm = Rhythm.NOW,
    feed_id: int | None = None,
    space: str | None = None,
    made_in: Target | None = None,
) -> int:
    """Let a person follow words."""
    new = NewFollow(owner, to or owner, words, str(parse(words)), when, feed_id, space, made_in)
    return await db.write(lambda c: follows.add(c, new, now=now))


@dataclass(slots=True)
class Readership(Scene):
    """A scene whose entries come as a poll brings them; its feed stands in the channel NEWS."""

    watch: Watch = field(default_factory=Watch)

    async def carry(
        self,
        where: Target,
        feed: str = "a",
        *,
        settings: Mapping[str, str] | None = None,
        name: str | None = None,
    ) -> int:
        """Let a target carry a feed."""

        def add(c: Connection) -> int:
            host = f"{feed}.example"
            feed_id = feeds.add(c, address=f"https://{host}/feed", host=host, title=feed.upper(), now=START)
            polled = tables.feeds.c.id == feed_id
            c.execute(update(tables.feeds).where(polled).values(first_polled_at=START - timedelta(days=1)))
            there = carriers.target_id(c, where)
            carriers.add(c, feed_id=feed_id, target_id=there, added_by=None, sample=False, now=START)
            one = tables.subscriptions
            changed = update(one).where(one.c.feed_id == feed_id, one.c.target_id == there)
            c.execute(changed.values(settings=dict(settings or {}), name=name))
            return feed_id

        return await self.db.write(add)

    async def follow(
        self,
        words: str,
        owner: Target = ANN,
        *,
        to: Target | None = None,
        when: Rhythm = Rhythm.NOW,
        feed_id: int | None = None,
        space: str | None = None,
        made_in: Target | None = None,
    ) -> int:
        """Let a person follow words."""
        return await follow(
            self.db,
            words,
            owner,
            now=self.clock(),
            to=to,
            when=when,
            feed_id=feed_id,
            space=space,
            made_in=made_in,
        )

    async def change(self, follow_id: int, **values: object) -> None:
        """Pause, snooze or end a follow."""
        await self.db.write(lambda c: follows.change(c, follow_id, **values))

    async def pause(self, *, until: datetime) -> None:
        """Pause the feed wherever it stands."""
        values = {"paused_at": self.clock(), "resumes_at": until}
        await self.db.write(lambda c: c.execute(update(tables.subscriptions).values(values)))

    async def live_by(self, habits: Habits, who: Target = ANN) -> None:
        """Give a person, or a channel, habits."""
        await self.db.write(lambda c: people.save(c, carriers.target_id(c, who), habits))

    async def bring(self, *news: str | Entry, feed_id: int | None = None) -> None:
        """Let a feed bring new entries, oldest first; a text is a title."""
        new = [entry(one) if isinstance(one, str) else one for one in news]
        now, number = self.clock(), feed_id or self.feed_id

        def take_in(c: Connection) -> Sightings:
            feed = Feed(number, "https://a.example/", "a.example", "A", START, first_polled_at=START)
            sightings = self.watch.look(c, posted(new))
            found = outgoing.routes(c, feed, new, carriers.of_feed(c, number, now=now), sightings, now)
            ids = entries.add(c, feed, new, now=now)
            outgoing.send(c, found, ids, now=now)
            return sightings

        self.watch.learn((await self.db.write(take_in)).made)

    async def arrived(self) -> list[tuple[str, str]]:
        """Send all that is due now, and give what came: the target and the title of each message."""
        before = len(self.stage.posts)
        await self.deliver()
        return [(post.target, post.text) for post in self.stage.posts[before:]]

    def last(self, target: str = "ann") -> Message:
        """The newest message of a target."""
        return [post.message for post in self.stage.posts if post.target == target][-1]

    async def reasons_of_dead(self) -> list[str]:
        """Read why deliveries were given up."""
        return [row["reason"] for row in await self.rows() if row["state"] == "dead"]


def entry(title: str, summary: str = "", *, guid: str | None = None, link: str | None = None) -> Entry:
    """Make an entry; its title is its guid and its link too."""
    return Entry(
        guid or title, title, link or f"https://a.example/{title.replace(' ', '-')}", summary=summary
    )


def titles(message: Message) -> list[str]:
    """Read the titles of what a message holds."""
    match message:
        case Digest():
            return [item.title for item in message.items]
        case Card():
            return [message.title]
        case _:
            return []


def reasons(message: Message) -> list[str]:
    """Read the queries by which a card came."""
    assert isinstance(message, Card)
    return [reason.query for reason in message.why.reasons] if message.why else []


@asynccontextmanager
async def readership(
    path: Path, *, caps: Caps = NO_CAPS, clock: Clock | None = None
) -> AsyncIterator[Readership]:
    """Open a readership on a database file of its own."""
    stage, clock = Stage(), clock or Clock()
    async with Database(blank(path)) as db:
        made = Readership(db, stage, clock, deliverer_of(db, stage, clock, caps=caps), 0)
        made.feed_id = await made.carry(NEWS)
        yield made
