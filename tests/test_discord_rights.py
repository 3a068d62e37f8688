"""Who sees what, who may change what, what the bot lacks: as Discord itself judges it."""

from __future__ import annotations

from datetime import datetime, timedelta

import discord
import pytest
from discord.abc import GuildChannel
from hypothesis import given
from hypothesis import strategies as st

from adapters.discord.rights import PERMISSIONS, invite, lacking, obstacle
from adapters.discord.rooms import JUST_NOW
from adapters.memory import KEPT
from bot.prose import Link, Moment
from tests.guildhall import Hall, written
from tests.loopback.discord import Channel, Kind, Permission, payloads, permissions
from tests.loopback.discord.world import World, utc_now
from tests.newsdesk import person, place

NAMES = {
    "View Channel": Permission.VIEW_CHANNEL,
    "Send Messages": Permission.SEND_MESSAGES,
    "Create Posts": Permission.SEND_MESSAGES,
    "Send Messages in Threads": Permission.SEND_MESSAGES_IN_THREADS,
    "Embed Links": Permission.EMBED_LINKS,
}
CONNECT = 1 << 20
KINDS = (Kind.TEXT, Kind.ANNOUNCEMENT, Kind.VOICE, Kind.STAGE, Kind.FORUM)


# What the bot lacks, and the law behind it.


def mirrored(
    world: World, channel: Channel, timed_out_until: datetime | None = None
) -> tuple[GuildChannel, discord.Member]:
    """Read a server as discord.py does, without a connection."""
    assert channel.guild is not None
    assert channel.guild.me is not None
    state = discord.Client(intents=discord.Intents.none())._connection
    guild = discord.Guild(data=world.guild_create(channel.guild), state=state)  # type: ignore[arg-type] # plain JSON
    data = payloads.member(channel.guild.me)
    if timed_out_until is not None:
        data["communication_disabled_until"] = timed_out_until.isoformat()
    me = discord.Member(data=data, guild=guild, state=state)  # type: ignore[arg-type] # plain JSON
    room = guild.get_channel(channel.id)
    assert room is not None
    return room, me


some_rights = st.lists(st.sampled_from(list(Permission))).map(lambda some: sum(set(some)))


@given(st.data(), st.sampled_from(KINDS), some_rights, some_rights)
def test_what_is_named_is_exactly_what_is_missing(
    data: st.DataObject, kind: Kind, everyone: int, role: int
) -> None:
    """Granting what is named lets the bot post by Discord's documented algorithm; granting less does not."""
    world = World(lambda *_: None, utc_now)
    guild = world.add_guild("Newsroom", everyone=everyone | CONNECT, bot=role)
    channel = world.add_channel(guild, "news", kind)
    assert guild.me is not None
    assert guild.bot_role is not None
    for who in (guild.everyone, guild.bot_role, guild.me):
        world.overwrite(channel, who, allow=data.draw(some_rights), deny=data.draw(some_rights))
    room, me = mirrored(world, channel)
    missing = lacking(room, room, me)
    own = channel.overwrites[guild.me.user.id]
    needed = Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES | Permission.EMBED_LINKS
    for left_out in (None, *missing):
        granted = sum({NAMES[name] for name in missing if name != left_out})
        world.overwrite(channel, guild.me, allow=own.allow | granted, deny=own.deny & ~granted)
        can_post = permissions.rights(guild.me, channel) & needed == needed
        assert can_post is (left_out is None)


def test_the_invitation_asks_for_what_the_bot_needs() -> None:
    """The address for a server carries the permissions integer of the papers, that for a person none."""
    assert PERMISSIONS.value == 274877991936
    assert invite(5) == (
        "https://discord.com/oauth2/authorize?client_id=5&scope=bot+applications.commands&permissions=274877991936"
    )
    assert invite(5, person=True) == (
        "https://discord.com/oauth2/authorize?client_id=5&integration_type=1&scope=applications.commands"
    )


def test_a_time_out_is_no_lack_of_permissions() -> None:
    """A bot that a moderator has timed out says until when; no permission would help it."""
    world = World(lambda *_: None, utc_now)
    news = world.add_channel(world.add_guild("Newsroom"), "news")
    until = utc_now() + timedelta(hours=1)
    room, me = mirrored(world, news, timed_out_until=until)
    said = obstacle(place(news), room, room, me)
    assert Moment(until) in (said or ())
    assert written(said).startswith("I'm timed out in that server until")


async def test_missing_permissions_are_named_as_in_the_client(hall: Hall) -> None:
    """A channel that was closed to the bot says which permissions an admin adds, and where."""
    news = hall.channel()
    assert await hall.obstacle(news) == ""
    denied = Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES | Permission.EMBED_LINKS
    assert hall.guild.bot_role is not None
    shut = hall.channel("shut")
    hall.fake.world.overwrite(shut, hall.guild.bot_role, deny=denied)
    hall.clock.seconds += KEPT
    assert await hall.obstacle(shut) == (
        "I can't post in #it. Missing: View Channel, Send Messages, Embed Links. A server admin can add them "
        "for the wireroom role in Edit Channel, Permissions."
    )


@pytest.mark.parametrize(
    ("kind", "denied", "missing"),
    [
        (Kind.TEXT, Permission.VIEW_CHANNEL, ["View Channel"]),
        (Kind.ANNOUNCEMENT, Permission.EMBED_LINKS, ["Embed Links"]),
        (Kind.VOICE, Permission.SEND_MESSAGES, ["Connect", "Send Messages"]),
        (Kind.STAGE, Permission.SEND_MESSAGES_IN_THREADS, ["Connect"]),
        (Kind.FORUM, Permission.SEND_MESSAGES, ["Create Posts"]),
    ],
)
async def test_each_kind_of_channel_has_its_own_needs(
    hall: Hall, kind: Kind, denied: Permission, missing: list[str]
) -> None:
    """Voice and stage take text from who may connect; a forum's first permission is called otherwise."""
    channel = hall.channel("news", kind)
    hall.fake.world.overwrite(channel, hall.guild.everyone, deny=denied | CONNECT)
    assert hall.guild.bot_role is not None
    hall.fake.world.set_role(hall.guild, hall.guild.bot_role, 0)
    assert await hall.rights.missing(place(channel)) == missing


async def test_threads_need_the_rights_of_threads(hall: Hall) -> None:
    """In a thread the parent's Send Messages is nothing, Send Messages in Threads all."""
    world, news = hall.fake.world, hall.channel()
    thread = world.add_thread(news, "thread")
    assert hall.guild.me is not None
    world.overwrite(news, hall.guild.me, deny=Permission.SEND_MESSAGES)
    assert await hall.obstacle(thread) == ""
    world.overwrite(news, hall.guild.me, deny=Permission.SEND_MESSAGES_IN_THREADS)
    hall.clock.seconds += KEPT
    assert await hall.rights.missing(place(thread)) == ["Send Messages in Threads"]


async def test_what_only_some_posts_need_is_asked_for_only_then(hall: Hall) -> None:
    """Threads of their own, and a look back for a message in doubt, need more than a card."""
    news = hall.channel()
    world = hall.fake.world
    assert hall.guild.bot_role is not None
    world.set_role(hall.guild, hall.guild.everyone, 0)
    world.set_role(hall.guild, hall.guild.bot_role, NAMES["View Channel"] | NAMES["Send Messages"])
    assert await hall.rights.missing(place(news)) == ["Embed Links"]
    assert await hall.rights.missing(place(news), look_back=True) == ["Embed Links", "Read Message History"]
    assert await hall.rights.missing(place(news), thread=True) == [
        "Create Public Threads",
        "Send Messages in Threads",
        "Embed Links",
    ]


async def test_what_takes_no_messages_says_so(hall: Hall) -> None:
    """A category, a locked thread, a deleted channel, a server without the bot: each has its own sentence."""
    world, news = hall.fake.world, hall.channel()
    locked = world.add_thread(news, "locked", locked=True)
    gone = hall.channel("gone")
    world.delete_channel(gone)
    strange = world.add_channel(world.add_guild("Elsewhere", joined=False), "strange")
    assert "#it is a category" in await hall.obstacle(hall.channel("section", Kind.CATEGORY))
    assert "#it because it is locked" in await hall.obstacle(locked)
    assert "deleted" in await hall.obstacle(gone)
    said = await hall.rights.cannot_post(place(strange))
    assert written(said).startswith("I'm not in that server.")
    assert Link("add me", invite(hall.fake.world.me.id)) in (said or ())
    assert await hall.rights.cannot_post(person(hall.maria.user)) is None


# Who sees what.


async def test_people_see_what_their_roles_let_them(hall: Hall) -> None:
    """A channel hidden from everyone is seen by a role it is open to, by admins, and by nobody else."""
    world = hall.fake.world
    news, desk = hall.channel("news"), hall.channel("desk", hidden=True)
    editors = world.add_role(hall.guild, "editors")
    world.overwrite(desk, editors, allow=Permission.VIEW_CHANNEL)
    editor = world.add_user("ed")
    world.add_member(hall.guild, editor, editors)
    admin = world.add_user("adam")
    world.add_member(hall.guild, admin, world.add_role(hall.guild, "admins", Permission.ADMINISTRATOR))
    assert await hall.seen(news, desk) == ["news"]
    assert await hall.seen(news, desk, by=editor) == ["news", "desk"]
    assert await hall.seen(news, desk, by=admin) == ["news", "desk"]
    assert await hall.seen(news, desk, by=hall.guild.owner) == ["news", "desk"]
    assert await hall.seen(news, desk, by=world.add_user("stranger")) == []


async def test_threads_are_seen_as_discord_shows_them(hall: Hall) -> None:
    """A public thread is as open as its channel; a private one is for its members and who manages threads."""
    world = hall.fake.world
    news, desk = hall.channel("news"), hall.channel("desk", hidden=True)
    listed, moderator = world.add_user("lisa", hall.guild), world.add_user("mod")
    moderators = world.add_role(hall.guild, "moderators", Permission.MANAGE_THREADS)
    world.add_member(hall.guild, moderator, moderators)
    private = world.add_thread(news, "private", private=True, members=[listed, world.me])
    threads = [
        world.add_thread(news, "public"),
        world.add_thread(news, "old", archived=True),
        world.add_thread(desk, "hidden"),
        private,
    ]
    assert await hall.seen(*threads) == ["public", "old"]
    assert await hall.seen(*threads, by=listed) == ["public", "old", "private"]
    assert await hall.seen(*threads, by=moderator) == ["public", "old", "private"]


async def test_readers_of_a_channel_see_what_everybody_sees(hall: Hall) -> None:
    """Of a channel as reader: itself, and channels of its server that are open to everyone; nothing else."""
    world = hall.fake.world
    desk, vault = hall.channel("desk", hidden=True), hall.channel("vault", hidden=True)
    news = hall.channel("news")
    private = world.add_thread(news, "private", private=True, members=[world.me])
    strange = world.add_channel(world.add_guild("Elsewhere"), "strange")
    assert await hall.seen(desk, vault, news, private, strange, by=desk) == ["desk", "news"]


async def test_what_is_gone_or_elsewhere_is_unseen(hall: Hall) -> None:
    """A deleted channel, one put in a wrong server, one in a server without the bot: nobody sees them."""
    world = hall.fake.world
    gone, other = hall.channel("gone"), world.add_guild("Elsewhere")
    world.add_member(other, hall.maria.user)
    strange = world.add_channel(other, "strange")
    world.delete_channel(gone)
    wrong = place(strange, hall.guild)
    assert list(await hall.rights.sees(person(hall.maria.user), [place(gone), wrong])) == []
    assert await hall.seen(strange) == ["strange"]
    world.remove_bot(other)
    hall.clock.seconds += KEPT
    assert await hall.seen(strange) == []


# Who may change feeds.


async def test_feeds_are_for_those_who_manage_the_channel(hall: Hall) -> None:
    """Without Manage Channels the sentence names it; with it, as admin or as owner, nothing is said."""
    world, news = hall.fake.world, hall.channel()
    assert await hall.forbidden(news) == (
        "You need the Manage Channels permission in #it to change feeds there. Ask a server admin, or follow "
        "for yourself: `/follow …`."
    )
    world.overwrite(news, hall.maria, allow=Permission.MANAGE_CHANNELS)
    admin = world.add_user("adam")
    world.add_member(hall.guild, admin, world.add_role(hall.guild, "admins", Permission.ADMINISTRATOR))
    hall.clock.seconds += KEPT
    for manager in (hall.maria.user, admin, hall.guild.owner):
        assert await hall.forbidden(news, by=manager) == ""


async def test_a_right_counts_as_it_is_when_it_is_used(hall: Hall) -> None:
    """Whoever lost a role cannot change feeds with it from a direct message either, which brings no roles."""
    world, news = hall.fake.world, hall.channel()
    editors = world.add_role(hall.guild, "editors", Permission.MANAGE_CHANNELS)
    world.give(hall.maria, editors)
    assert await hall.forbidden(news) == ""
    world.take(hall.maria, editors)
    hall.clock.seconds += JUST_NOW
    assert (await hall.forbidden(news)).startswith("You need the Manage Channels permission in #it")


async def test_a_thread_is_also_for_who_manages_threads(hall: Hall) -> None:
    """In a thread either Manage Channels of its parent or Manage Threads is enough."""
    world, news = hall.fake.world, hall.channel()
    thread = world.add_thread(news, "thread")
    assert "Manage Channels or Manage Threads" in await hall.forbidden(thread)
    world.overwrite(news, hall.maria, allow=Permission.MANAGE_THREADS)
    hall.clock.seconds += KEPT
    assert await hall.forbidden(thread) == ""
    assert "Manage Channels permission" in await hall.forbidden(news)


async def test_each_wrong_channel_has_its_sentence(hall: Hall) -> None:
    """A hidden channel, one that is gone, one of another server, and one of a server one is not in."""
    world = hall.fake.world
    hidden, gone = hall.channel("hidden", hidden=True), hall.channel("gone")
    world.delete_channel(gone)
    other, closed = world.add_guild("Elsewhere"), world.add_guild("Closed")
    world.add_member(other, hall.maria.user)
    strange, secret = world.add_channel(other, "strange"), world.add_channel(closed, "secret")
    world.overwrite(hidden, hall.maria, allow=Permission.MANAGE_CHANNELS, deny=Permission.VIEW_CHANNEL)
    maria = person(hall.maria.user)
    assert "can't see that channel" in await hall.forbidden(hidden)
    assert "can't find that channel" in await hall.forbidden(gone)
    assert "not in that channel's server" in await hall.forbidden(secret)
    assert "in another server" in written(await hall.rights.forbids(maria, place(strange, hall.guild)))
    # Whoever is not in that server learns nothing of it.
    assert "can't find" in written(await hall.rights.forbids(maria, place(secret, hall.guild)))
