"""/feeds add: what comes of an address that a person gives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.models import TargetKind
from bot.prose import plain, prose
from bot.reply import Reply
from bot.store import feeds
from tests.documents import newest_first, rss
from tests.newsroom import JOE, MARIA, NEWS, TECH, Newsroom, newsroom

PAGE = (
    b"<!doctype html><html><head>"
    b'<link rel="alternate" type="application/rss+xml" href="/one.xml">'
    b'<link rel="alternate" type="application/rss+xml" href="/two.xml">'
    b"</head><body>News</body></html>"
)


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Newsroom]:
    """Open a newsroom whose site has one feed of three posts."""
    async with newsroom(tmp_path) as made:
        made.site.respond("/feed.xml", body=newest_first(1, 2, 3))
        yield made


async def add(room: Newsroom, path: str = "/feed.xml", options: str = "") -> Reply:
    """Add what lies at a path of the site."""
    return await room.ask(f"/feeds add {room.site.url(path)} {options}")


async def test_a_feed_is_added_with_a_private_sample(room: Newsroom) -> None:
    """An add says how often the feed posts, shows its newest post to the caller, and tells the channel."""
    reply = await add(room)
    assert plain(reply.text) == (
        "Example News will post here, about 3 times a week. I won't post the 3 older items. "
        "Here is how a card looks:"
    )
    assert [card.title for card in reply.cards] == ["Title 3"]
    assert [button.label for button in reply.buttons] == ["Post this one now", "Settings…", "Undo"]
    assert reply.public is not None
    assert plain(reply.public) == (
        "@maria added Example News to this channel. About 3 posts a week. Anyone here can change this with "
        "`/feeds`."
    )
    assert await room.queued() == []


async def test_only_what_comes_after_the_add_is_posted(room: Newsroom) -> None:
    """A post published between the add and the first poll is posted; what the add saw is not."""
    await add(room)
    room.site.respond("/feed.xml", body=newest_first(1, 2, 3, 4))
    await room.poll()
    assert await room.queued() == [("news", "Title 4")]


async def test_a_first_poll_under_way_gives_way_to_the_add(room: Newsroom) -> None:
    """A poll that holds the feed while it is added saves nothing, so its later document is news."""
    await add(room, "/none", "anyway:yes")
    (held,) = await room.db.write(lambda c: feeds.claim_due(c, now=room.now, limit=9, lease="slow poll"))
    room.site.respond("/none", body=newest_first(1, 2))
    await room.ask(f"/feeds add {room.site.url('/none')}", place=TECH)
    room.site.respond("/none", body=newest_first(1, 2, 3))
    await room.poller.poll(held)
    await room.poll()
    assert sorted(await room.queued()) == [("news", "Title 3"), ("tech", "Title 3")]


async def test_the_sample_can_be_posted_at_once(room: Newsroom) -> None:
    """“Post this one now” works right after the add, rings the deliverer, and posts no second time."""
    reply = await add(room)
    assert "on its way" in plain((await room.press(reply, "Post this one now")).text)
    assert await room.queued() == [("news", "Title 3")]
    assert len(room.rung) == 1
    assert "already" in plain((await room.press(reply, "Post this one now")).text)
    assert await room.queued() == []


async def test_undo_takes_it_out_again(room: Newsroom) -> None:
    """Undo of an add leaves the channel without the feed."""
    await room.press(await add(room), "Undo")
    assert await room.carried() == []


async def test_a_feed_is_added_once(room: Newsroom) -> None:
    """A feed that posts here already is told with who added it and when, and is not fetched again."""
    await add(room)
    asked = len(room.site.requests)
    reply = await add(room)
    assert plain(reply.text) == "Example News already posts in this channel (added by @maria on 10 March)."
    assert [button.label for button in reply.buttons] == ["Settings…"]
    assert len(room.site.requests) == asked


async def test_a_channel_behind_an_address_is_told_how_to_be_written(room: Newsroom) -> None:
    """Whoever names the channel as they would elsewhere hears what stands in front of it here."""
    reply = await add(room, options="#news")
    assert reply.refused
    assert plain(reply.text).endswith(
        "An address has no spaces or line breaks in it. Write `to:` in front of another channel."
    )


async def test_two_adds_at_once_make_one_feed(room: Newsroom) -> None:
    """Of two people who add the same feed at the same moment one is told that it posts here already."""
    text = f"/feeds add {room.site.url('/feed.xml')}"
    said = await asyncio.gather(room.say(text), room.say(text, who=JOE))
    assert sum("already posts" in one for one in said) == 1
    assert len(await room.carried()) == 1


async def test_a_known_feed_comes_to_another_channel(room: Newsroom) -> None:
    """A feed that another channel carries posts nothing old in the new one, and its sample can be posted."""
    await add(room)
    reply = await room.ask(f"/feeds add {room.site.url('/feed.xml')} to:tech")
    assert plain(reply.text).startswith("Example News will post in #tech, about 3 times a week.")
    assert reply.public_in == TECH
    assert "to #tech." in plain(reply.public or ())
    await room.press(reply, "Post this one now")
    assert await room.queued() == [("tech", "Title 3")]


@pytest.mark.parametrize(
    ("mode", "said"),
    [("digest", "once a day, at 08:00 (UTC), about 3 posts a week."), ("thread", "in a thread")],
)
async def test_the_mode_is_kept_with_the_feed(room: Newsroom, mode: str, said: str) -> None:
    """mode: sets how the posts come here, and the answer says so."""
    assert said in plain((await add(room, options=f"mode:{mode}")).text)
    (there,) = await room.carried()
    assert dict(there.settings) == {"digest": {"mode": "digest"}, "thread": {"thread": "yes"}}[mode]


async def test_a_wrong_scheme_comes_with_what_was_meant(room: Newsroom) -> None:
    """An address that is none is repeated with the likely one, and a button that tries it."""
    reply = await room.ask("/feeds add htps://scmp.com")
    assert plain(reply.text) == (
        "I couldn't open `htps://scmp.com`. Addresses start with https://. Did you mean `https://scmp.com`?"
    )
    assert [(one.label, one.command) for one in reply.buttons] == [
        ("Try that", "/feeds add https://scmp.com")
    ]


@pytest.mark.parametrize("typed", ["127.0.0.1:{port}/feed.xml", "feed://127.0.0.1:{port}/feed.xml"])
async def test_an_address_without_https_is_tried_with_it(room: Newsroom, typed: str) -> None:
    """A missing scheme, or feed:, becomes https (which the site on loopback does not speak)."""
    reply = await room.ask(f"/feeds add {typed.format(port=room.site.port)}")
    (anyway,) = reply.buttons
    assert anyway.command == f"/feeds add https://{room.site.host}/feed.xml anyway:yes"


async def test_a_page_with_one_feed_offers_it(room: Newsroom) -> None:
    """A web page that offers one feed is told by name, with a button that adds it as it was asked for."""
    room.site.respond("/news", body=PAGE, headers={"Content-Type": "text/html"})
    room.site.respond("/one.xml", body=newest_first(1))
    reply = await add(room, "/news", "mode:digest")
    address = room.site.url("/news")
    assert plain(reply.text) == f"`{address}` is a web page. It offers this feed: Example News."
    await room.press(reply, "Add it")
    (there,) = await room.carried()
    assert (there.address, dict(there.settings)) == (room.site.url("/one.xml"), {"mode": "digest"})


async def test_a_page_with_several_feeds_offers_a_menu(room: Newsroom) -> None:
    """Of several feeds that a page offers one is chosen from a menu."""
    room.site.respond("/news", body=PAGE, headers={"Content-Type": "text/html"})
    room.site.respond("/one.xml", body=newest_first(1))
    room.site.respond("/two.xml", body=newest_first(2).replace(b"Example News", b"Tech"))
    reply = await add(room, "/news")
    assert [choice.label for choice in reply.choices] == ["Example News", "Tech"]
    await room.press(reply, "Tech")
    assert [one.shown for one in await room.carried()] == ["Tech"]


async def test_a_page_without_feeds_says_where_to_look(room: Newsroom) -> None:
    """A web page that offers none says so, and nothing is guessed on anybody's behalf."""
    room.site.respond("/feed.xml", status=404)
    room.site.respond("/news", body=b"<html><body>News</body></html>", headers={"Content-Type": "text/html"})
    said = plain((await add(room, "/news")).text)
    assert said == (
        f"`{room.site.url('/news')}` is a web page and offers no feed. Look for an RSS or Atom link on the "
        "site, or try adding `/feed` or `/rss` to the address."
    )
    assert await room.carried() == []


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (403, "The site refuses wireroom (403)."),
        (404, "There is nothing at that address (404)."),
        (500, "The site has trouble of its own (500). I'll keep trying if you add it anyway."),
        (429, "The site asked me to wait 15 minutes (429). I'll keep trying if you add it anyway."),
    ],
)
async def test_trouble_offers_to_add_it_anyway(room: Newsroom, status: int, said: str) -> None:
    """A feed that cannot be read is refused with the reason; “Add anyway” adds it and posts nothing old."""
    room.site.respond("/slow.xml", status=status)
    reply = await add(room, "/slow.xml")
    assert plain(reply.text).startswith(said)
    assert await room.carried() == []
    await room.press(reply, "Add anyway")
    assert [one.address for one in await room.carried()] == [room.site.url("/slow.xml")]
    room.site.respond("/slow.xml", body=newest_first(1, 2))
    await room.poll()
    assert await room.queued() == []


async def test_a_list_of_feeds_is_offered_for_import(room: Newsroom) -> None:
    """The address of a list is told from a feed's, and one button imports it where the feed was to go."""
    outline = f'<outline type="rss" text="Wire" xmlUrl="{room.site.url("/feed.xml")}"/>'
    room.site.respond("/list.opml", body=f"<opml version='2.0'><body>{outline}</body></opml>".encode())
    reply = await add(room, "/list.opml", "to:tech")
    assert plain(reply.text).startswith("This address is a list of feeds (OPML), not a feed.")
    await room.press(await room.press(reply, "Import it"), "Add all as cards")
    assert [one.shown for one in await room.carried(TECH)] == ["Example News"]


async def test_an_inside_address_cannot_be_added_anyway(room: Newsroom) -> None:
    """A private address is refused without a way round it."""
    reply = await room.ask("/feeds add http://10.0.0.1/feed")
    assert plain(reply.text).startswith("That address points inside this server's own network")
    assert not reply.buttons
    assert "inside" in await room.say("/feeds add http://10.0.0.1/feed anyway:yes")


async def test_a_channel_that_is_closed_to_the_bot_is_told_first(room: Newsroom) -> None:
    """Where the bot cannot post, the platform's words and “Try again” come before anything is fetched."""
    room.chat.closed[NEWS] = prose("I can't post in #news because I'm not in it.")
    reply = await add(room)
    assert plain(reply.text) == "I can't post in #news because I'm not in it."
    assert not room.site.requests
    room.chat.closed.clear()
    await room.press(reply, "Try again")
    assert len(await room.carried()) == 1


async def test_a_guest_adds_nothing_to_a_channel_but_something_for_themselves(room: Newsroom) -> None:
    """Who may not change a channel's feeds gets the platform's sentence, and may still add their own."""
    room.chat.guests.add(MARIA)
    assert plain((await add(room)).text) == "Guests can't change channel feeds."
    assert "Guests" in await room.say(f"/feeds add {room.site.url('/feed.xml')} to:tech", place=MARIA)
    reply = await room.ask(f"/feeds add {room.site.url('/feed.xml')}", place=MARIA)
    assert reply.public is None
    assert [one.target.kind for one in await room.carried(MARIA)] == [TargetKind.PERSON]


async def test_a_feed_without_posts_or_dates_is_told_as_it_is(room: Newsroom) -> None:
    """An empty feed promises nothing and shows no card."""
    room.site.respond("/feed.xml", body=rss())
    reply = await add(room)
    assert plain(reply.text) == "Example News will post here. It has no posts yet."
    assert reply.cards == ()


async def test_limits_are_exact(tmp_path: Path) -> None:
    """A channel, a space and a person have no more feeds than allowed, however many are added at once."""
    limits = {"feeds_per_channel": 2, "feeds_per_space": 3, "feeds_per_person": 1, "adds_per_minute": 99}
    async with newsroom(tmp_path, **limits) as room:
        for number in range(4):
            room.site.respond(f"/{number}", body=newest_first(number))
        adds = [f"/feeds add {room.site.url(f'/{number}')}" for number in range(4)]
        said = await asyncio.gather(*(room.say(text) for text in adds))
        assert sum("This channel has 2 feeds, the limit here." in one for one in said) == 2
        said = await asyncio.gather(*(room.say(text, place=TECH) for text in adds))
        assert sum("All channels together have 3 feeds" in one for one in said) == 3
        said = await asyncio.gather(*(room.say(text, place=MARIA) for text in adds))
        assert sum("You have 1 feed, the limit here." in one for one in said) == 3


async def test_adds_are_counted_by_the_minute(tmp_path: Path) -> None:
    """After so many adds in a minute a person has to wait, and others do not."""
    async with newsroom(tmp_path, adds_per_minute=2) as room:
        for _ in range(2):
            assert "404" in plain((await add(room)).text)
        assert "more than 2 adds in a minute" in plain((await add(room)).text)
        assert "404" in await room.say(f"/feeds add {room.site.url('/x')}", who=JOE)
        room.now += timedelta(minutes=1)
        assert "404" in plain((await add(room)).text)
