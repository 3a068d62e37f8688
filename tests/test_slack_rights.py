"""Who sees what, who may change what, what keeps the bot out; and what is so where a scope is missing."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import pytest

from adapters.memory import KEPT
from adapters.slack import rooms
from adapters.slack.names import NAME
from adapters.slack.rooms import JUST_NOW
from adapters.slack.scopes import ABILITIES
from adapters.slack.web import Failure as WebFailure
from bot.models import Target
from tests import workspace
from tests.loopback.slack import Failure, Refuse, User
from tests.workspace import Workspace, person, written

GUEST = "Guests can't change channel feeds. You can still follow words for yourself."
OUTSIDE = (
    "I can't find that channel, or you're not in it. If it is private, type `/invite @wireroom` there first. "
    "Or follow for yourself: `/follow …`."
)
STRANGERS: tuple[Mapping[str, object], ...] = (
    {"is_stranger": True},
    {"team_id": "T0ELSEWHERE"},
    {"team_id": "T0ELSEWHERE", "enterprise_user": {"teams": ["T0OTHER"]}},
)


@pytest.fixture
async def newsroom() -> AsyncIterator[Workspace]:
    """Open a workspace where the app may do all but read the history."""
    async with workspace.opened() as newsroom:
        await newsroom.grant("public", "private", "timezone", "files")
        yield newsroom


@pytest.fixture
async def scant() -> AsyncIterator[Workspace]:
    """Open a workspace in which the app has the least scopes."""
    async with workspace.opened() as scant:
        yield scant


def is_shown(newsroom: Workspace, who: User, **more: object) -> None:
    """Let a person's profile say more than those of the fake do."""
    profile = {"id": who.id, "team_id": newsroom.identity.team, "tz": who.tz} | more
    newsroom.rooms._people.put(who.id, rooms._person(who.id, profile))


# Who sees what.


async def test_full_members_see_public_channels_and_their_own_private_ones(newsroom: Workspace) -> None:
    """A public channel is seen by every full member, in it or not; a private one by those who are in it."""
    world = newsroom.fake.world
    news, desk = world.add_channel("news"), world.add_channel("desk", newsroom.maria, private=True)
    vault = world.add_channel("vault", private=True)
    assert await newsroom.seen(news, desk, vault) == ["news", "desk"]
    assert await newsroom.seen(news, by=world.add_user("tom")) == ["news"]
    assert len(newsroom.fake.called("conversations.members")) == 2  # of the private ones


@pytest.mark.parametrize("flag", ["is_restricted", "is_ultra_restricted"])
async def test_guests_see_the_channels_they_are_in(newsroom: Workspace, flag: str) -> None:
    """To a guest of either kind a public channel is as closed as a private one."""
    world = newsroom.fake.world
    guest = world.add_user("gus")
    setattr(guest, flag, True)
    inside, outside = world.add_channel("inside", guest), world.add_channel("outside")
    private = world.add_channel("private", guest, private=True)
    assert await newsroom.seen(inside, outside, private, by=guest) == ["inside", "private"]


@pytest.mark.parametrize("profile", STRANGERS)
async def test_strangers_see_nothing(newsroom: Workspace, profile: Mapping[str, object]) -> None:
    """People of another company see nothing here, be they in a shared channel."""
    news = newsroom.fake.world.add_channel("news", newsroom.maria)
    is_shown(newsroom, newsroom.maria, **profile)
    assert await newsroom.seen(news) == []


async def test_people_of_a_grid_belong_to_several_workspaces(newsroom: Workspace) -> None:
    """Whoever is counted among this workspace's people is no stranger, whichever is named first."""
    news = newsroom.fake.world.add_channel("news")
    is_shown(newsroom, newsroom.maria, team_id="T0FIRST", enterprise_user={"teams": [newsroom.identity.team]})
    assert await newsroom.seen(news) == ["news"]


@pytest.mark.parametrize("flag", ["is_bot", "deleted"])
async def test_bots_and_closed_accounts_see_nothing(newsroom: Workspace, flag: str) -> None:
    """An account that is nobody's sees no channel, and neither does one that never was."""
    news = newsroom.fake.world.add_channel("news", newsroom.maria)
    setattr(newsroom.maria, flag, True)
    assert await newsroom.seen(news) == []
    assert await newsroom.seen(news, by=User("U0NOBODY", "nobody")) == []


async def test_what_is_gone_or_elsewhere_is_unseen(newsroom: Workspace) -> None:
    """A deleted channel, one of another workspace, another person's messages: nobody sees them."""
    world = newsroom.fake.world
    gone, news = world.add_channel("gone"), world.add_channel("news")
    world.delete_channel(gone)
    assert await newsroom.seen(gone) == []
    maria = person(newsroom.maria)
    elsewhere = Target(NAME, news.id, "T0ELSEWHERE")
    assert list(await newsroom.rights.sees(maria, [elsewhere, person(world.admin), maria])) == [maria]


async def test_leaving_a_channel_ends_the_sight_of_it(newsroom: Workspace) -> None:
    """Once what was learnt has gone stale, a private channel is closed to whoever left it."""
    world = newsroom.fake.world
    desk = world.add_channel("desk", newsroom.maria, private=True)
    assert await newsroom.seen(desk) == ["desk"]
    world.leave(newsroom.maria, desk)
    newsroom.clock.seconds += KEPT
    assert await newsroom.seen(desk) == []


async def test_readers_of_a_channel_see_what_everybody_sees(newsroom: Workspace) -> None:
    """Of a channel as reader: itself, and the public channels of its workspace; nothing else."""
    world = newsroom.fake.world
    desk, vault = world.add_channel("desk", private=True), world.add_channel("vault", private=True)
    news = world.add_channel("news")
    assert await newsroom.seen(desk, vault, news, by=desk) == ["desk", "news"]
    channel, elsewhere = newsroom.place(desk), Target(NAME, news.id, "T0ELSEWHERE")
    assert list(await newsroom.rights.sees(channel, [elsewhere, person(newsroom.maria)])) == []
    assert list(await newsroom.rights.sees(elsewhere, [newsroom.place(news)])) == []


async def test_a_channel_that_others_read_along_sees_itself_alone(newsroom: Workspace) -> None:
    """Where people of another company read, no other channel of ours is shown; nor where that is unknown."""
    world = newsroom.fake.world
    news, shared = world.add_channel("news"), world.add_channel("shared")
    data = {"name": "shared", "is_private": False, "is_member": True, "is_ext_shared": True}
    newsroom.rooms._channels.put(shared.id, rooms._channel(shared.id, data))
    assert await newsroom.seen(shared, news, by=shared) == ["shared"]
    world.delete_channel(shared)
    newsroom.rooms.changed(shared.id)
    assert await newsroom.seen(news, by=shared) == []


async def test_without_users_read_only_those_inside_see_a_channel(scant: Workspace) -> None:
    """Where a guest cannot be told from a member, public channels too are for those who are in them."""
    world = scant.fake.world
    inside, outside = world.add_channel("inside", scant.maria), world.add_channel("outside")
    assert await scant.seen(inside, outside) == ["inside"]
    assert not scant.fake.called("users.info")


async def test_without_groups_read_a_command_shows_who_is_in_a_private_channel(scant: Workspace) -> None:
    """No answer means no, but for whoever typed a command in the channel a moment ago."""
    world = scant.fake.world
    desk, closed = (
        world.add_channel("desk", scant.maria, private=True),
        world.add_channel("closed", private=True, bot=False),
    )
    assert await scant.seen(desk) == []
    scant.rooms.met(scant.maria.id, desk.id)
    scant.rooms.met(scant.maria.id, closed.id)
    assert await scant.seen(desk, closed) == ["desk"]
    scant.clock.seconds += KEPT
    assert await scant.seen(desk) == []


@pytest.mark.parametrize("method", ["conversations.info", "users.info"])
async def test_an_outage_is_no_answer(newsroom: Workspace, method: str) -> None:
    """Where Slack fails, who sees what is a question that fails, never a no."""
    news = newsroom.fake.world.add_channel("news", newsroom.maria)
    newsroom.fake.fail(method, Failure(503))
    with pytest.raises(WebFailure):
        await newsroom.seen(news)
    assert await newsroom.seen(news) == ["news"]


# Who may change feeds.


async def test_feeds_are_for_the_full_members_of_a_channel(newsroom: Workspace) -> None:
    """Whoever is in a channel may; whoever is not is told to join; in one's own messages one always may."""
    world = newsroom.fake.world
    news, desk = world.add_channel("news", newsroom.maria), world.add_channel("desk")
    private = world.add_channel("private", newsroom.maria, private=True)
    assert await newsroom.forbidden(news) == await newsroom.forbidden(private) == ""
    assert (
        await newsroom.forbidden(desk)
        == "You're not in #it. Join it first, or follow for yourself: `/follow …`."
    )
    maria = person(newsroom.maria)
    assert await newsroom.rights.forbids(maria, maria) is None
    assert await newsroom.rights.forbids(maria, person(world.admin)) is not None


async def test_guests_and_strangers_change_nothing(newsroom: Workspace) -> None:
    """Even in a channel that they are in; and the sentence says what they can do."""
    world = newsroom.fake.world
    guest, bot = world.add_user("gus", guest=True), world.add_user("botto")
    bot.is_bot = True
    news = world.add_channel("news", guest, bot)
    newsroom.rooms.met(guest.id, news.id)
    assert await newsroom.forbidden(news, by=guest) == GUEST
    assert (
        await newsroom.forbidden(news, by=bot) == "Only members of this workspace can change channel feeds."
    )


async def test_a_private_channel_stays_unnamed_to_outsiders(newsroom: Workspace) -> None:
    """One that exists, one without the bot and one that never was: outsiders hear the same of each."""
    world = newsroom.fake.world
    desk, closed = (
        world.add_channel("desk", private=True),
        world.add_channel("closed", private=True, bot=False),
    )
    gone = world.add_channel("gone")
    world.delete_channel(gone)
    await newsroom.rooms.channel(desk.id)
    for channel in (desk, closed, gone):
        assert await newsroom.forbidden(channel) == OUTSIDE


@pytest.mark.parametrize("typed_there", [True, False])
async def test_a_right_counts_as_it_is_when_it_is_used(newsroom: Workspace, *, typed_there: bool) -> None:
    """Whoever has left a channel cannot change its feeds from elsewhere a few seconds later."""
    world = newsroom.fake.world
    news = world.add_channel("news", newsroom.maria)
    if typed_there:
        newsroom.rooms.met(newsroom.maria.id, news.id)
    assert await newsroom.forbidden(news) == ""
    world.leave(newsroom.maria, news)
    newsroom.clock.seconds += JUST_NOW
    assert (await newsroom.forbidden(news)).startswith("You're not in #it.")


async def test_a_very_large_channel_is_changed_from_within(
    newsroom: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where too many are in a channel to look through, the command has to come from there."""
    monkeypatch.setattr(rooms, "PAGE", 1)
    monkeypatch.setattr(rooms, "PAGES_MOST", 1)
    news = newsroom.fake.world.add_channel("news", newsroom.maria)
    assert "Type the command in the channel itself." in await newsroom.forbidden(news)
    newsroom.rooms.met(newsroom.maria.id, news.id)
    newsroom.clock.seconds += JUST_NOW
    assert await newsroom.forbidden(news) == ""


async def test_a_channel_of_another_workspace_is_changed_there(newsroom: Workspace) -> None:
    """The token is for one workspace; of any other the sentence says so, and nothing is asked."""
    before = len(newsroom.fake.calls)
    elsewhere = Target(NAME, "C0123456789", "T0ELSEWHERE")
    said = await newsroom.rights.forbids(person(newsroom.maria), elsewhere)
    assert written(said).startswith("That channel is in another workspace.")
    assert written(await newsroom.rights.cannot_post(elsewhere)).startswith("I'm not in that workspace.")
    assert len(newsroom.fake.calls) == before


@pytest.mark.parametrize(
    ("granted", "private", "ability"),
    [("private", False, "timezone"), ("private", True, "timezone"), ("timezone", True, "private")],
)
async def test_where_it_cannot_be_told_the_operators_list_counts(
    scant: Workspace, granted: str, ability: str, *, private: bool
) -> None:
    """Without the scope only listed people may, and only in the channel in which they type."""
    await scant.grant(granted)
    world = scant.fake.world
    max_ = world.users[scant.managers[0]]
    news = world.add_channel("news", scant.maria, max_, private=private)
    scant.rooms.met(scant.maria.id, news.id)
    said = await scant.forbidden(news)
    assert "only people whom the operator lists may change feeds" in said
    assert "SLACK_MANAGERS" in said
    assert f"wireroom slack manifest --with {ability}" in said
    assert "Type the command in the channel that it is about." in await scant.forbidden(news, by=max_)
    scant.rooms.met(max_.id, news.id)
    assert await scant.forbidden(news, by=max_) == ""


async def test_a_listed_person_needs_no_list_where_it_can_be_told(newsroom: Workspace) -> None:
    """With the scopes there, being listed opens no channel that one is not in."""
    world = newsroom.fake.world
    news = world.add_channel("news")
    assert "Join it first" in await newsroom.forbidden(news, by=world.users[newsroom.managers[0]])


# What keeps the bot from posting.


async def test_a_public_channel_needs_an_invitation_without_the_scope(scant: Workspace) -> None:
    """The sentence names what to type, with the bot's name; chat:write.public makes it needless."""
    news, outside = scant.fake.world.add_channel("news"), scant.fake.world.add_channel("outside", bot=False)
    assert await scant.obstacle(news) == ""
    assert await scant.obstacle(outside) == (
        "I can't post in #it because I'm not in it. Type `/invite @wireroom` there, then press Try again."
    )
    await scant.grant("public")
    assert await scant.obstacle(outside) == ""


async def test_what_takes_no_messages_says_so(newsroom: Workspace) -> None:
    """An archived channel, one that is gone, a private one without the bot: each has its cure."""
    world = newsroom.fake.world
    old, gone = world.add_channel("old"), world.add_channel("gone")
    closed = world.add_channel("closed", private=True, bot=False)
    world.archive(old)
    world.delete_channel(gone)
    assert await newsroom.obstacle(old) == (
        "I can't post in #it because it is archived. Unarchive it, then press Try again."
    )
    for channel in (gone, closed):
        said = await newsroom.obstacle(channel)
        assert said.startswith("I can't find that channel.")
        assert "`/invite @wireroom`" in said
    assert await newsroom.rights.cannot_post(person(newsroom.maria)) is None


async def test_a_private_channel_is_tried_where_it_cannot_be_looked_at(scant: Workspace) -> None:
    """Without groups:read the bot may well be in a private channel: that shows when it posts."""
    desk = scant.fake.world.add_channel("desk", private=True)
    assert await scant.obstacle(desk) == ""


async def test_an_invitation_counts_once_it_is_looked_at_anew(scant: Workspace) -> None:
    """After an event, and in any case after five minutes, the bot's membership is asked for again."""
    world = scant.fake.world
    first, second = world.add_channel("first", bot=False), world.add_channel("second", bot=False)
    for channel in (first, second):
        assert "I'm not in it" in await scant.obstacle(channel)
        world.invite_bot(channel)
    scant.rooms.changed(first.id)
    assert await scant.obstacle(first) == ""
    assert "I'm not in it" in await scant.obstacle(second)
    scant.clock.seconds += KEPT
    assert await scant.obstacle(second) == ""


async def test_a_refusal_of_the_whole_app_is_no_obstacle_of_a_channel(scant: Workspace) -> None:
    """What is wrong with the workspace or the token is not said of a channel."""
    news = scant.fake.world.add_channel("news")
    scant.fake.fail("conversations.info", Refuse("ekm_access_denied"))
    with pytest.raises(WebFailure):
        await scant.obstacle(news)


# What is off.


async def test_each_ability_that_is_off_is_told_with_its_cure(scant: Workspace) -> None:
    """For each missing ability one sentence: how it is without, and the command that prints what adds it."""
    here = person(scant.maria)
    said = [written(one) for one in scant.rights.lacks(here)]
    assert len(said) == len(ABILITIES)
    for ability, sentence in zip(ABILITIES, said, strict=True):
        assert sentence.startswith(f"{ability.name} is off: {ability.without}")
        assert f"`wireroom slack manifest --with {ability.name}`" in sentence
    await scant.grant("public", "timezone", "history")
    left = [written(one).partition(" ")[0] for one in scant.rights.lacks(here)]
    assert left == ["private", "files"]
    await scant.grant("private", "files")
    assert scant.rights.lacks(here) == []


async def test_in_a_channel_only_what_concerns_it_is_told(scant: Workspace) -> None:
    """A public channel hears nothing of private ones, a private one nothing of public ones."""
    world = scant.fake.world
    news, desk = world.add_channel("news"), world.add_channel("desk", private=True)
    scant.fake.world.scopes.add("groups:read")
    for channel in (news, desk):
        await scant.rooms.channel(channel.id)
    scant.fake.world.scopes.discard("groups:read")
    await scant.grant()
    for channel, beside in ((news, "private"), (desk, "public")):
        names = [written(one).partition(" ")[0] for one in scant.rights.lacks(scant.place(channel))]
        assert names == [one.name for one in ABILITIES if one.name != beside]


async def test_one_odd_channel_hides_no_other(newsroom: Workspace) -> None:
    """A channel of which Slack tells nothing counts as unseen; the others are seen all the same."""
    news, odd = (newsroom.fake.world.add_channel(name, newsroom.maria) for name in ("news", "odd"))
    newsroom.fake.fail(
        "conversations.info",
        Refuse("method_not_supported_for_channel_type"),
        times=None,
        when=lambda given: given["channel"] == odd.id,
    )
    assert await newsroom.seen(news, odd) == ["news"]
