"""Channels, members and people are looked up seldom, and what Slack does not tell is not made up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters.memory import KEPT, MOST
from adapters.slack import rooms
from adapters.slack.names import NAME
from adapters.slack.rooms import JUST_NOW, Rooms
from adapters.slack.web import Limited, Refused, Revoked, Unanswered
from bot.models import Target
from tests import workspace
from tests.loopback.slack import Failure, RateLimited, Refuse
from tests.workspace import Workspace


@pytest.fixture
async def newsroom() -> AsyncIterator[Workspace]:
    """Open a workspace."""
    async with workspace.opened() as newsroom:
        yield newsroom


async def test_many_questions_cost_few_requests(newsroom: Workspace) -> None:
    """A channel, its members and a person are asked for once for all, and again after five minutes."""
    await newsroom.grant("timezone")
    world = newsroom.fake.world
    guest = world.add_user("gus", guest=True)
    news = world.add_channel("news", guest)
    before = len(newsroom.fake.calls)
    await asyncio.gather(*(newsroom.seen(news, by=guest) for _ in range(5)))
    assert len(newsroom.fake.calls) - before == 3
    newsroom.clock.seconds += KEPT - 1
    await newsroom.seen(news, by=guest)
    assert len(newsroom.fake.calls) - before == 3
    newsroom.clock.seconds += 1
    await newsroom.seen(news, by=guest)
    assert len(newsroom.fake.calls) - before == 6


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        (Failure(503), Unanswered),
        (RateLimited(7), Limited),
        (Refuse("ekm_access_denied"), Refused),
        (Refuse("token_revoked"), Revoked),
    ],
)
@pytest.mark.parametrize("method", ["conversations.info", "conversations.members", "users.info"])
async def test_an_outage_is_no_answer(
    newsroom: Workspace, method: str, how: Failure | RateLimited | Refuse, kind: type[Exception]
) -> None:
    """Where Slack fails or refuses us as a whole, the question fails too."""
    news = newsroom.fake.world.add_channel("news", newsroom.maria)
    newsroom.fake.fail(method, how)
    ask = {
        "conversations.info": newsroom.rooms.channel(news.id),
        "conversations.members": newsroom.rooms.members(news.id),
        "users.info": newsroom.rooms.person(newsroom.maria.id),
    }
    with pytest.raises(kind):
        await ask.pop(method)
    for unasked in ask.values():
        unasked.close()


async def test_an_outage_is_not_remembered(newsroom: Workspace) -> None:
    """After a failure the next question goes to Slack again."""
    news = newsroom.fake.world.add_channel("news")
    newsroom.fake.fail("conversations.info", Failure(503))
    with pytest.raises(Unanswered):
        await newsroom.rooms.channel(news.id)
    assert await newsroom.rooms.channel(news.id) is not None


async def test_few_requests_are_under_way_at_once(newsroom: Workspace) -> None:
    """However many channels are asked for, each question waits for its turn and all are answered."""
    world, turns, at_once, most = newsroom.fake.world, 0, 0, 0

    async def turn() -> None:
        nonlocal turns, at_once, most
        turns, at_once = turns + 1, at_once + 1
        most = max(most, at_once)
        await asyncio.sleep(0)
        at_once -= 1

    paced = Rooms(newsroom.web, turn=turn)
    channels = [world.add_channel(f"news-{number}") for number in range(20)]
    found = await asyncio.gather(*(paced.channel(channel.id) for channel in channels))
    assert [room.name for room in found if room] == [channel.name for channel in channels]
    assert turns == len(channels)
    assert most <= rooms.AT_ONCE


async def test_what_a_channel_is_comes_from_slack(newsroom: Workspace) -> None:
    """Name, privacy, membership, archive are as Slack has them; a name is known for longer."""
    await newsroom.grant("private")
    world = newsroom.fake.world
    news, desk = world.add_channel("news", bot=False), world.add_channel("desk", private=True)
    world.archive(news)
    public, private = await newsroom.rooms.channel(news.id), await newsroom.rooms.channel(desk.id)
    assert public is not None
    assert (public.name, public.is_private, public.is_member, public.is_archived) == (
        "news",
        False,
        False,
        True,
    )
    assert private is not None
    assert (private.is_private, private.is_member, private.is_archived) == (True, True, False)
    newsroom.clock.seconds += 10 * KEPT
    await newsroom.rooms.channel(desk.id)
    known = newsroom.rooms.known(newsroom.place(news))
    assert known is not None
    assert known.name == "news"
    assert newsroom.rooms.known(Target(NAME, "C0UNKNOWN", newsroom.identity.team)) is None


async def test_absent_and_hidden_are_two_things(newsroom: Workspace) -> None:
    """A channel that is gone is no channel; one that only a missing scope hides is none that we know of."""
    world = newsroom.fake.world
    gone, desk = world.add_channel("gone"), world.add_channel("desk", newsroom.maria, private=True)
    closed = world.add_channel("closed", private=True, bot=False)
    world.delete_channel(gone)
    for channel, is_hidden in ((gone, False), (desk, True), (closed, False)):
        assert await newsroom.rooms.channel(channel.id) is None
        assert await newsroom.rooms.is_hidden(channel.id) is is_hidden
    assert await newsroom.rooms.members(desk.id) is None
    assert await newsroom.rooms.members(gone.id) == frozenset()
    assert await newsroom.rooms.person(newsroom.maria.id) is None


async def test_members_come_page_by_page(newsroom: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """All pages count; of a channel with too many, nobody is told to be in it or not."""
    monkeypatch.setattr(rooms, "PAGE", 2)
    world = newsroom.fake.world
    news = world.add_channel("news", *(world.add_user(f"reader-{number}") for number in range(5)))
    assert await newsroom.rooms.members(news.id) == frozenset(news.members)
    monkeypatch.setattr(rooms, "PAGES_MOST", 3)
    newsroom.rooms.changed(news.id)
    assert await newsroom.rooms.members(news.id) is None
    assert len(newsroom.fake.called("conversations.members")) == 4 + 4


@pytest.mark.parametrize(
    ("profile", "said"),
    [
        ({}, ("Europe/London", False, False, False)),
        ({"tz": "Asia/Hong_Kong"}, ("Asia/Hong_Kong", False, False, False)),
        ({"tz": ""}, (None, False, False, False)),
        ({"is_restricted": True}, ("Europe/London", True, False, False)),
        ({"is_ultra_restricted": True}, ("Europe/London", True, False, False)),
        ({"is_bot": True}, ("Europe/London", False, False, True)),
        ({"deleted": True}, ("Europe/London", False, False, True)),
    ],
)
async def test_what_a_person_is_comes_from_the_profile(
    newsroom: Workspace, profile: dict[str, object], said: tuple[object, ...]
) -> None:
    """Timezone, guest of either kind, bot or closed account: as the profile has them."""
    await newsroom.grant("timezone")
    for name, value in profile.items():
        setattr(newsroom.maria, name, value)
    who = await newsroom.rooms.person(newsroom.maria.id)
    assert who is not None
    assert (who.timezone, who.is_guest, who.is_stranger, who.is_nobody) == said
    assert who.teams == {newsroom.identity.team}
    assert await newsroom.rooms.person("U0NOBODY") is None


@pytest.mark.parametrize("flag", ["is_restricted", "is_ultra_restricted"])
def test_a_guest_of_either_kind_is_a_guest(flag: str) -> None:
    """Either of Slack's two marks is enough, whatever else is left out."""
    assert rooms._person("U1", {flag: True}).is_guest


def test_what_is_not_said_to_be_public_is_private() -> None:
    """An answer that says nothing opens no channel to anybody, and makes nobody a member of a workspace."""
    room = rooms._channel("C1", {})
    assert (room.name, room.is_private, room.is_member) == ("C1", True, False)
    assert rooms._person("U1", {}).teams == frozenset()


async def test_what_an_event_makes_stale_is_forgotten(newsroom: Workspace) -> None:
    """After a change the next question goes to Slack, and what was under way before it is not kept."""
    world = newsroom.fake.world
    news = world.add_channel("news")
    under_way = asyncio.create_task(newsroom.rooms.channel(news.id))
    await asyncio.sleep(0)
    newsroom.rooms.changed(news.id)
    await under_way
    world.archive(news)
    room = await newsroom.rooms.channel(news.id)
    assert room is not None
    assert room.is_archived


async def test_who_typed_in_a_channel_is_known_to_be_in_it_a_while(newsroom: Workspace) -> None:
    """A command proves membership there and nowhere else, for as long as answers count."""
    newsroom.rooms.met("U1", "C1")
    assert newsroom.rooms.has_met("U1", "C1", within=JUST_NOW)
    assert not newsroom.rooms.has_met("U1", "C2")
    assert not newsroom.rooms.has_met("U2", "C1")
    newsroom.clock.seconds += JUST_NOW
    assert not newsroom.rooms.has_met("U1", "C1", within=JUST_NOW)
    assert newsroom.rooms.has_met("U1", "C1")
    newsroom.clock.seconds += KEPT
    assert not newsroom.rooms.has_met("U1", "C1")


async def test_memory_has_an_end(newsroom: Workspace) -> None:
    """Of very many people only those met last are remembered."""
    for number in range(MOST + 1):
        newsroom.rooms.met(f"U{number}", "C1")
    assert not newsroom.rooms.has_met("U0", "C1")
    assert newsroom.rooms.has_met("U1", "C1")
    assert newsroom.rooms.has_met(f"U{MOST}", "C1")


@pytest.mark.parametrize("private", [True, False])
async def test_all_own_channels_are_learnt_together(newsroom: Workspace, *, private: bool) -> None:
    """Whatever the bot is in is known after a few requests, as far as the scopes go."""
    if private:
        await newsroom.grant("private")
    world = newsroom.fake.world
    channels = [world.add_channel(f"news-{number}") for number in range(5)]
    desk = world.add_channel("desk", private=True)
    outside = world.add_channel("outside", bot=False)
    await newsroom.rooms.learn()
    before = len(newsroom.fake.calls)
    found = [await newsroom.rooms.channel(channel.id) for channel in channels]
    assert [room.name for room in found if room and room.is_member] == [one.name for one in channels]
    assert len(newsroom.fake.calls) == before
    assert (newsroom.rooms.known(newsroom.place(desk)) is not None) is private
    assert newsroom.rooms.known(newsroom.place(outside)) is None
