"""/feeds import and export: lists of feeds in and out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot.commands.channels import survey
from bot.commands.channels.surveyed import read_numbers
from bot.errors import CommandError
from bot.opml import Listed, write
from bot.prose import plain
from tests.documents import Item, newest_first, rss
from tests.loopback.site import Answer
from tests.newsroom import JOE, MARIA, NEWS, START, TECH, Newsroom, newsroom


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Newsroom]:
    """Open a newsroom whose site has three feeds; #news carries the first of them."""
    async with newsroom(tmp_path, adds_per_minute=99) as made:
        for number in range(1, 4):
            made.site.respond(f"/{number}.xml", body=newest_first(number).replace(b"Example", b"%d" % number))
        await made.ask(f"/feeds add {made.site.url('/1.xml')}")
        yield made


def opml(room: Newsroom, *paths: str) -> str:
    """Write a list of what lies at paths of the site."""
    listed = [Listed(room.site.url(path), f"Feed {path}") for path in paths]
    return write(listed, title="Mine", now=START).decode()


async def test_a_list_is_looked_at_before_anything_is_added(room: Newsroom) -> None:
    """An import says how many feeds are new, here already and not readable, and why; nothing is added yet."""
    reply = await room.ask("/feeds import", list=opml(room, "/1.xml", "/2.xml", "/3.xml", "/gone"))
    assert plain(reply.text) == (
        "Found 4 feeds: 2 new, 1 already here, 1 not readable.\n"
        "• Feed /gone: There is nothing at that address (404).\nBy Choose… you can add them all the same."
    )
    assert [one.label for one in reply.buttons] == [
        "Add all as a daily digest",
        "Add all as cards",
        "Choose…",
        "Cancel",
    ]
    assert len(await room.carried()) == 1
    assert "Nothing changed" in plain((await room.press(reply, "Cancel")).text)


async def test_all_can_be_added_as_a_digest_and_taken_back(room: Newsroom) -> None:
    """One button adds all that can be read, tells the channel once, posts nothing old, and can be undone."""
    reply = await room.ask("/feeds import", list=opml(room, "/1.xml", "/2.xml", "/3.xml", "/gone"))
    added = await room.press(reply, "Add all as a daily digest")
    way = "together once a day at 08:00 (UTC)"
    assert plain(added.text) == f"2 feeds will post here, {way}. I won't post older items."
    assert f"@maria added 2 feeds to this channel, {way}." in plain(added.public or ())
    assert [dict(one.settings) for one in await room.carried()][1:] == [{"mode": "digest"}] * 2
    await room.poll()
    assert await room.queued() == []
    await room.press(added, "Undo")
    assert [one.shown for one in await room.carried()] == ["1 News"]


async def test_some_can_be_chosen_by_number(room: Newsroom) -> None:
    """Choose… numbers the feeds, the unreadable last, and a form adds the numbers written there."""
    reply = await room.ask("/feeds import", list=opml(room, "/gone", "/2.xml", "/3.xml"))
    menu = await room.press(reply, "Choose…")
    assert "1. 2 News" in plain(menu.text)
    assert "3. Feed /gone · not readable now" in plain(menu.text)
    assert menu.form is not None
    assert "numbers from 1 to 3" in await room.say(menu.form.command, which="4")
    assert "2 feeds will post here" in await room.say(menu.form.command, which="2-3", mode="cards")
    assert [one.address for one in await room.carried()][1:] == [
        room.site.url("/3.xml"),
        room.site.url("/gone"),
    ]


@pytest.mark.parametrize("text", ["hello", "{}", "%PDF-1.4 more of it.", "hello\nworld"])
async def test_what_is_no_list_is_called_so(room: Newsroom, text: str) -> None:
    """A file that holds something else is no address with a slip in it, as one mistyped word is."""
    assert "is no list of feeds (OPML)" in await room.say("/feeds import", list=text)
    assert "Addresses start with https://" in await room.say("/feeds import", list="htps://feeds.example/a")


async def test_a_lively_list_is_called_loud(room: Newsroom) -> None:
    """Where all feeds together post 20 times a day or more, the answer says so."""
    room.now = START.replace(day=2, hour=10)
    room.site.respond("/2.xml", body=rss(*(Item(n) for n in range(-60, 0))))
    said = await room.say("/feeds import", list=opml(room, "/2.xml"))
    assert "They would post about" in said
    assert "items a day here; cards for all would be loud." in said


async def test_a_list_can_lie_at_an_address(room: Newsroom) -> None:
    """An address instead of a list is fetched; what is no list is refused in words."""
    room.site.respond("/list.opml", body=opml(room, "/2.xml").encode())
    assert "1 new" in await room.say(f"/feeds import {room.site.url('/list.opml')}")
    assert "no list of feeds (OPML)" in await room.say(f"/feeds import {room.site.url('/2.xml')}")
    assert "404" in await room.say(f"/feeds import {room.site.url('/nothing')}")
    assert (await room.ask("/feeds import")).form is not None


async def test_a_list_counts_as_one_add(tmp_path: Path) -> None:
    """An import takes one turn of the minute, however many feeds it brings."""
    async with newsroom(tmp_path, adds_per_minute=1) as room:
        room.site.respond("/2.xml", body=newest_first(2))
        room.site.respond("/3.xml", body=newest_first(3))
        reply = await room.ask("/feeds import", list=opml(room, "/2.xml", "/3.xml"))
        await room.press(reply, "Add all as cards")
        assert len(await room.carried()) == 2
        assert "adds in a minute" in await room.say("/feeds import", list=opml(room, "/2.xml"))


async def test_no_more_are_added_than_there_is_room_for(tmp_path: Path) -> None:
    """A list beyond the limit is added as far as there is room, and the answer says how many were not."""
    async with newsroom(tmp_path, feeds_per_channel=2) as room:
        for number in range(3):
            room.site.respond(f"/{number}", body=newest_first(number))
        reply = await room.ask("/feeds import", list=opml(room, "/0", "/1", "/2"))
        assert "There is room for 2 more." in plain(reply.text)
        said = plain((await room.press(reply, "Add all as cards")).text)
        assert said.endswith("1 found no room: the limit is reached.")
        assert len(await room.carried()) == 2


async def test_a_list_is_kept_for_its_owner_and_an_hour(room: Newsroom) -> None:
    """Another person's buttons, and late ones, say that the list is gone; rights are asked again."""
    reply = await room.ask("/feeds import", list=opml(room, "/2.xml"))
    assert "list is gone" in plain((await room.press(reply, "Add all as cards", who=JOE)).text)
    room.chat.guests.add(MARIA)
    assert "Guests" in plain((await room.press(reply, "Add all as cards")).text)
    room.chat.guests.clear()
    room.now += timedelta(hours=1)
    assert "list is gone" in plain((await room.press(reply, "Add all as cards")).text)
    assert len(await room.carried()) == 1


async def test_a_list_waits_over_a_restart(room: Newsroom) -> None:
    """The buttons of a list that was looked at add its feeds, and undo that, in a new process too."""
    reply = await room.ask("/feeds import", list=opml(room, "/2.xml", "/gone"))
    room.restart()
    assert "/gone" in plain((await room.press(reply, "Choose…")).text)
    added = await room.press(reply, "Add all as cards")
    assert len(await room.carried()) == 2
    room.restart()
    await room.press(added, "Undo")
    assert len(await room.carried()) == 1


async def test_slow_sites_do_not_hold_up_the_answer(room: Newsroom) -> None:
    """What has not answered in time is told as not readable, and the rest is there."""
    room.site.respond("/2.xml", Answer(newest_first(2), delay=1.5))
    listed = [Listed(room.site.url("/2.xml"), "Slow"), Listed(room.site.url("/3.xml"))]
    found = await survey.look(room.feeds, listed, now=room.now, seconds=0.5)
    assert [(one.title, one.trouble) for one in found] == [("3 News", None), ("Slow", survey.SLOW)]


async def test_an_export_is_read_back_as_it_was(room: Newsroom) -> None:
    """What a channel exports another imports whole, query and all; only who may change feeds gets it."""
    await room.ask(f"/feeds add {room.site.url('/2.xml')}?key=secret")
    exported = (await room.ask("/feeds export")).attachment
    assert exported is not None
    reply = await room.ask("/feeds import", place=TECH, list=exported.content.decode())
    await room.press(reply, "Add all as cards", place=TECH)
    assert [one.address for one in await room.carried(TECH)] == [
        one.address for one in await room.carried(NEWS)
    ]
    room.chat.guests.add(JOE)
    assert (await room.ask("/feeds export", who=JOE)).attachment is None
    assert (await room.ask("/feeds export", place=MARIA)).attachment is None


@pytest.mark.parametrize(
    ("text", "numbers"),
    [("1 3", [1, 3]), ("5-7, 1", [1, 5, 6, 7]), ("all", [*range(1, 10)]), ("2 – 3", [2, 3]), ("3 3", [3])],
)
def test_numbers_are_read_as_people_write_them(text: str, numbers: list[int]) -> None:
    """Single numbers, ranges and all are read, each once and in order."""
    assert list(read_numbers(text, 9)) == numbers


@pytest.mark.parametrize("text", ["", "0", "10", "one", "3-", "7-3", "1 x"])
def test_what_are_no_numbers_is_refused(text: str) -> None:
    """Anything else is refused with how to write it."""
    with pytest.raises(CommandError, match="from 1 to 9"):
        read_numbers(text, 9)
