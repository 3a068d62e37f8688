"""What Slack tells of places reaches the ledger, and nothing else comes of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from adapters.slack.names import NAME
from adapters.slack.scopes import ABILITIES, EVENTS
from adapters.slack.watch import BEYOND, Event, Watch
from adapters.slack.web import Revoked
from bot.adapter import Scratch
from bot.models import Target
from bot.prose import Named, Prose
from tests import workspace
from tests.loopback.slack import Channel, Failure, RateLimited, Refuse
from tests.loopback.slack.faults import Fault
from tests.workspace import Workspace, person, written

HELLO = "I post feed updates here once someone adds a feed: `/feeds add <address>`. No feeds yet."


class Book(Scratch):
    """A ledger in memory that writes down what it is told of places."""

    def __init__(self, *spaces: str) -> None:
        super().__init__()
        self.told: list[tuple[str, str]] = []
        self.held: list[Target] = []
        self.carriers: list[Target] = []
        self._spaces = spaces

    async def spaces(self) -> tuple[str, ...]:
        """Name the workspaces that are known."""
        return self._spaces

    async def carries(self, channel: Target) -> bool:
        """Say whether the test has set feeds up."""
        return channel in self.carriers

    async def left(self, space: str) -> None:
        """Write it down."""
        self.told.append(("left", space))

    async def joined(self, space: str) -> None:
        """Write it down."""
        self.told.append(("joined", space))

    async def gone(self, channel: Target) -> None:
        """Write it down."""
        self.told.append(("gone", channel.id))

    async def paused(self) -> list[Target]:
        """List what is paused."""
        return list(self.held)

    async def cured(self, target: Target) -> None:
        """Write it down, and pause it no more."""
        self.told.append(("cured", target.id))
        self.held.remove(target)


@dataclass(slots=True)
class Post:
    """A watch in a workspace, and what it says there."""

    here: Workspace
    book: Book
    said: list[tuple[Target, Prose]] = field(default_factory=list)
    watch: Watch = field(init=False)

    def __post_init__(self) -> None:
        self.watch = Watch(
            self.here.web, self.here.rooms, self.here.rights, self.book, self.here.identity, self.say
        )

    async def say(self, target: Target, text: Prose) -> None:
        """Write it down."""
        self.said.append((target, text))

    async def take(self) -> list[str]:
        """Take all events that Slack has told since the last time; what they were."""
        events = [one.payload["event"] for one in self.here.fake.events]
        self.here.fake.office.deliveries.clear()
        for event in events:
            await self.watch.take(event)
        return [event["type"] for event in events]

    def hold(self, *channels: Channel) -> None:
        """Let channels be paused."""
        self.book.held += [self.here.place(channel) for channel in channels]


@pytest.fixture
async def post() -> AsyncIterator[Post]:
    """Keep watch over a workspace in which the app may look at private channels."""
    async with workspace.opened() as here:
        await here.grant("private")
        yield Post(here, Book(here.identity.team))


async def test_what_is_subscribed_to_is_what_is_taken(post: Post) -> None:
    """The manifest asks for exactly the events that are taken, beside the Home tab's."""
    asked = {*EVENTS, *(event for ability in ABILITIES for event in ability.events)}
    assert post.watch.events | {"app_home_opened"} == asked
    assert "app_home_opened" not in post.watch.events


async def test_a_channel_is_greeted_once(post: Post) -> None:
    """Whoever lets the bot in reads hello with their name, but not a second time after it was taken out."""
    world = post.here.fake.world
    news = world.add_channel("news", bot=False)
    for _ in range(2):
        world.invite_bot(news, by=post.here.maria)
        assert await post.take() == ["member_joined_channel"]
        world.leave(world.bot, news)
        await post.take()
    ((target, text),) = post.said
    assert target == post.here.place(news)
    assert Named(person(post.here.maria)) in text
    assert written(text) == f"Hello. @them added me. {HELLO}"


async def test_nobody_is_named_where_nobody_invited(post: Post) -> None:
    """Where Slack names no inviter, as after an admin's act, the greeting names none."""
    world = post.here.fake.world
    world.join(world.bot, world.add_channel("news", bot=False))
    await post.take()
    assert [written(text) for _, text in post.said] == [f"Hello. {HELLO}"]


async def test_where_feeds_are_set_up_nobody_is_greeted(post: Post) -> None:
    """A channel that carries feeds knows the bot already."""
    world = post.here.fake.world
    news = world.add_channel("news", bot=False)
    post.book.carriers.append(post.here.place(news))
    world.invite_bot(news)
    await post.take()
    assert post.said == []


@pytest.mark.parametrize("private", [True, False])
async def test_an_invitation_is_the_cure_of_a_paused_channel(post: Post, *, private: bool) -> None:
    """What waits goes on as soon as the bot is let in, without a greeting; other channels go on waiting."""
    world = post.here.fake.world
    news = world.add_channel("news", bot=False, private=private)
    other = world.add_channel("other")
    await post.book.write(f"{BEYOND}{other.id}", "")
    post.hold(news, other)
    await post.watch.compare()
    assert post.book.told == [("joined", post.here.identity.team)]
    world.invite_bot(news)
    await post.take()
    assert post.book.told[1:] == [("cured", news.id)]
    assert post.said == []


@pytest.mark.parametrize("private", [True, False])
async def test_an_archived_channel_is_asked_for_anew(post: Post, *, private: bool) -> None:
    """The archive counts at once, and its end is the cure of what was paused for it."""
    world = post.here.fake.world
    news = world.add_channel("news", private=private)
    assert await post.here.obstacle(news) == ""
    world.archive(news)
    await post.take()
    assert "archived" in await post.here.obstacle(news)
    post.hold(news)
    world.unarchive(news)
    await post.take()
    assert post.book.told == [("cured", news.id)]


@pytest.mark.parametrize("private", [True, False])
async def test_a_deleted_channel_is_gone_for_good(post: Post, *, private: bool) -> None:
    """Whoever set it up is told, by the name that is still known."""
    world = post.here.fake.world
    news = world.add_channel("news", private=private)
    assert await post.here.obstacle(news) == ""
    world.delete_channel(news)
    await post.take()
    assert post.book.told == [("gone", news.id)]
    assert await post.here.obstacle(news) != ""
    known = post.here.rooms.known(post.here.place(news))
    assert known is not None
    assert known.name == "news"


async def test_a_person_who_comes_in_counts_at_once(post: Post) -> None:
    """Whoever joins a private channel sees it before the members are asked for again."""
    world = post.here.fake.world
    desk = world.add_channel("desk", private=True)
    assert await post.here.seen(desk) == []
    world.join(post.here.maria, desk)
    await post.take()
    assert await post.here.seen(desk) == ["desk"]
    assert post.said == []


async def test_a_person_who_goes_out_counts_no_more(post: Post) -> None:
    """A command typed before a removal proves nothing after it."""
    world = post.here.fake.world
    news = world.add_channel("news")
    world.join(post.here.maria, news)
    await post.take()
    assert post.here.rooms.has_met(post.here.maria.id, news.id)
    world.leave(post.here.maria, news)
    assert await post.take() == ["member_left_channel"]
    assert not post.here.rooms.has_met(post.here.maria.id, news.id)


@pytest.mark.parametrize("how", ["uninstall", "revoke_token"])
async def test_a_removed_app_stops_at_once(post: Post, how: str) -> None:
    """No call leaves any more, the token is forgotten, and the workspace counts as left."""
    getattr(post.here.fake.world, how)()
    assert "tokens_revoked" in await post.take()
    before = len(post.here.fake.calls)
    assert set(post.book.told) == {("left", post.here.identity.team)}
    assert post.here.web.dead
    with pytest.raises(Revoked):
        await post.here.web.write("auth.test")
    assert len(post.here.fake.calls) == before


@pytest.mark.parametrize(
    "fault",
    [None, RateLimited(5), Failure(503), Refuse("internal_error")],
    ids=["well", "limit", "503", "ill"],
)
async def test_word_of_an_earlier_removal(post: Post, fault: Fault | None) -> None:
    """Slack repeats events: where the token works, or nobody can say, nothing is given up for one."""
    if fault is not None:
        post.here.fake.fail("auth.test", fault)
    for event in ({"type": "app_uninstalled"}, {"type": "tokens_revoked", "tokens": {"bot": [_bot(post)]}}):
        await post.watch.take(event)
    assert not post.here.web.dead
    assert post.book.told == []


def _bot(post: Post) -> str:
    return post.here.identity.bot_user


@pytest.mark.parametrize("kind", ["channel_deleted", "member_joined_channel", "channel_archive"])
async def test_an_event_without_its_channel(post: Post, kind: str) -> None:
    """What says of no channel where it happened is passed over."""
    for channel in (None, 7, {"id": "C1"}):
        await post.watch.take({"type": kind, "channel": channel, "user": "U1"})
    assert post.book.told == []


@pytest.mark.parametrize(
    "tokens", [{"oauth": ["U0SOMEBODY"]}, {"bot": []}, {"bot": ["U0OTHER"]}, {}, None, ["x"]]
)
async def test_the_tokens_of_people_are_not_the_bots(post: Post, tokens: object) -> None:
    """A person who takes back a token of their own stops nothing."""
    await post.watch.take({"type": "tokens_revoked", "tokens": tokens})
    assert not post.here.web.dead
    assert post.book.told == []


async def test_at_the_start_cures_are_looked_for(post: Post) -> None:
    """What was cured while the bot was off goes on; people, other workspaces and what still fails do not."""
    world = post.here.fake.world
    news, closed = world.add_channel("news"), world.add_channel("closed", bot=False)
    post.hold(news, closed)
    post.book.held += [person(post.here.maria), Target(NAME, "C0123456789", "T0ELSEWHERE")]
    await post.watch.compare()
    assert post.book.told == [("joined", post.here.identity.team), ("cured", news.id)]


async def test_another_workspace_is_left_alone() -> None:
    """A token for another workspace than before says nothing of the one before: it is not given up."""
    async with workspace.opened() as here:
        book = Book("T0BEFORE", "")
        await Post(here, book).watch.compare()
        assert book.told == []


async def test_what_the_bot_cannot_foresee_is_not_tried_at_each_start(post: Post) -> None:
    """A channel that refuses posts from within waits for somebody's act, not for the next start."""
    world = post.here.fake.world
    news = world.add_channel("news")
    post.hold(news)
    await post.book.write(f"{BEYOND}{news.id}", "")
    await post.watch.compare()
    assert post.book.held
    world.unarchive(news)
    await post.take()
    assert ("cured", news.id) in post.book.told
    assert await post.book.note(f"{BEYOND}{news.id}") is None


async def test_what_can_be_told_after_all_is_cured_when_it_is_over(post: Post) -> None:
    """Where the bot turns out to be shut out in a way that can be looked up, the note is taken back."""
    world = post.here.fake.world
    news = world.add_channel("news", bot=False)
    post.hold(news)
    await post.book.write(f"{BEYOND}{news.id}", "")
    await post.watch.compare()
    assert await post.book.note(f"{BEYOND}{news.id}") is None


async def test_one_channel_that_cannot_be_looked_at_keeps_no_other_waiting(post: Post) -> None:
    """Where Slack fails for one, the others are cured all the same."""
    world = post.here.fake.world
    first, second = world.add_channel("first"), world.add_channel("second")
    post.hold(first, second)
    post.here.fake.fail(
        "conversations.info", Failure(503), when=lambda arguments: arguments["channel"] == first.id
    )
    await post.watch.compare()
    assert ("cured", second.id) in post.book.told
    assert post.book.held == [post.here.place(first)]


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"type": "message", "text": "hello"},
        {"type": "member_joined_channel"},
        {"type": "channel_unarchive", "channel": None},
        {"type": "tokens_revoked", "tokens": "none"},
        {"type": "member_joined_channel", "user": "U1", "channel": {"id": "C1"}, "inviter": 7},
    ],
)
async def test_an_odd_event_costs_nothing(post: Post, event: Event) -> None:
    """Whatever stands in an event, taking it neither raises nor stops or posts anything."""
    await post.watch.take(event)
    assert (post.said, post.book.told, post.here.web.dead) == ([], [], "")
