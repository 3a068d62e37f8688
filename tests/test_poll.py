"""One feed, polled again and again: what is new, what is posted, and what is only remembered."""

from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from bot.models import Target
from bot.store import entries
from tests.documents import Item, newest_first, rss
from tests.wire import NEWS, PATH, Wire, wire


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[Wire]:
    """The wire, with a feed of three items in a channel, polled once and its sample posted."""
    async with wire(tmp_path) as made:
        made.serve(newest_first(1, 2, 3))
        await made.add()
        assert await made.poll() == "first"
        assert await made.posted() == ["Title 3"]
        yield made


async def test_the_first_poll_remembers_all_and_posts_the_newest(here: Wire) -> None:
    """After the first poll all entries are known, and one sample went out (the fixture saw it)."""
    assert await here.db.read(lambda c: entries.count(c, 1)) == 3
    assert await here.posted() == []


async def test_what_is_not_known_is_posted_oldest_first(here: Wire) -> None:
    """Later polls post exactly the entries that were not known, oldest first."""
    here.serve(newest_first(1, 2, 3, 4, 5))
    assert await here.poll() == "new"
    assert await here.posted() == ["Title 4", "Title 5"]


async def test_an_entry_that_went_and_came_back_is_known(here: Wire) -> None:
    """Guids outlive a response: a feed that shrinks and grows back brings nothing new."""
    here.serve(newest_first(3))
    await here.poll()
    here.serve(newest_first(1, 2, 3))
    await here.poll()
    assert await here.posted() == []


async def test_an_empty_feed_is_healthy_and_its_first_entry_is_posted(tmp_path: Path) -> None:
    """A feed that had nothing at its first poll posts what comes, since all of it is new."""
    async with wire(tmp_path) as made:
        made.serve(rss())
        await made.add()
        assert await made.poll() == "first"
        made.serve(newest_first(1))
        assert await made.poll() == "new"
        assert await made.posted() == ["Title 1"]


async def test_an_unchanged_document_is_not_read_again(here: Wire) -> None:
    """A 304 by ETag, and a 200 with a body known by its hash, both end before the parser."""
    assert await here.poll() == "same_body"
    here.serve(newest_first(1, 2, 3, 4), etag='"v2"')
    assert await here.poll() == "new"
    assert await here.poll() == "not_modified"
    assert here.site.requests[-1].headers["If-None-Match"] == '"v2"'
    assert (await here.feed()).trouble is None


async def test_once_a_day_the_whole_document_is_asked_for(here: Wire) -> None:
    """A site that answers 304 for ever is found out by one GET without conditions a day."""
    here.serve(newest_first(1, 2, 3), etag='"v1"')
    asked = []
    for _ in range(40):
        await here.poll()
        asked.append((here.now, "If-None-Match" in here.site.requests[-1].headers))
    whole = [at for at, conditional in asked if not conditional]
    assert len(whole) >= 3
    assert all(later - earlier >= timedelta(days=1) for earlier, later in pairwise(whole[1:]))


async def test_the_etag_is_kept_only_with_the_entries(here: Wire) -> None:
    """A document that could not be read leaves no ETag behind, or a 304 would hide its entries for ever."""
    here.serve(b"<html><body>Please log in</body></html>", etag='"login"')
    assert await here.poll() == "failed"
    here.serve(newest_first(1, 2, 3, 4), etag='"login"')
    assert await here.poll() == "new"
    assert await here.posted() == ["Title 4"]


@pytest.mark.parametrize(
    "body",
    [
        b"<!doctype html><html><body>Please log in</body></html>",
        b"",
        newest_first(1, 2, 3, 4)[:-20],
        b"busy, come back later",
    ],
    ids=["a login page", "nothing", "cut short", "plain text"],
)
async def test_what_is_no_whole_feed_is_a_failed_poll(here: Wire, body: bytes) -> None:
    """A login page, an empty answer or half a document is a failure with its reason, not an empty feed."""
    here.serve(body)
    assert await here.poll() == "failed"
    assert (await here.feed()).trouble
    here.serve(newest_first(1, 2, 3))
    await here.poll()
    assert await here.posted() == []
    assert (await here.feed()).trouble is None


async def test_new_guids_for_known_articles_are_adopted_silently(here: Wire) -> None:
    """A feed that re-keys everything, and moves to https and another host, posts nothing."""
    moved = [Item(n, guid=f"new-{n}", link=f"https://www.news.example/articles/{n}") for n in (3, 2, 1)]
    here.serve(rss(*moved))
    assert await here.poll() == "nothing_new"
    here.serve(rss(Item(4), *moved))
    await here.poll()
    assert await here.posted() == ["Title 4"]
    assert await here.db.read(lambda c: entries.count(c, 1)) == 4


async def test_one_article_reaches_a_channel_once_from_two_feeds(here: Wire) -> None:
    """The same link and title from another feed is not posted again within 7 days."""
    other = rss(Item(9, guid="other", title="Title 4", link="https://news.example/articles/4?utm_source=x"))
    here.serve(newest_first(1, 2, 3, 4))
    await here.poll()
    assert await here.posted() == ["Title 4"]
    here.site.respond("/other.xml", body=rss())
    await here.add(path="/other.xml")
    await here.poll()
    here.site.respond("/other.xml", body=other)
    for _ in range(4):
        await here.poll()
    assert await here.posted() == []


async def test_a_feed_in_two_channels_is_polled_once(here: Wire) -> None:
    """One address is one feed however many channels carry it; a late channel gets its sample at once."""
    await here.add(Target("stage", "other"))
    late = await here.deliveries()
    assert [(one.target.id, one.entry.title if one.entry else "") for one in late] == [("other", "Title 3")]
    asked = len(here.site.requests)
    here.serve(newest_first(1, 2, 3, 4))
    await here.poll()
    assert len(here.site.requests) == asked + 1
    assert sorted(one.target.id for one in await here.deliveries()) == ["news", "other"]


async def test_adding_a_feed_twice_changes_nothing(here: Wire) -> None:
    """A channel that carries a feed already is told so, and gets no second sample."""
    added = await here.feeds.add(here.site.url(PATH), NEWS)
    assert added.already
    assert await here.posted() == []


async def test_a_flood_posts_ten_and_says_what_it_held_back(here: Wire) -> None:
    """Of more than 50 new entries the newest ten go out, then one line that says how to see the others."""
    here.serve(newest_first(*range(1, 64)))
    await here.poll()
    posted = await here.posted()
    assert posted[:10] == [f"Title {n}" for n in range(54, 64)]
    assert len(posted) == 11
    assert "60 new posts at once" in posted[10]
    held = await here.feeds.posts("1", held=True)
    assert len(held) == 50


async def test_three_floods_running_pause_the_feed_with_word(here: Wire) -> None:
    """A feed that invents entries is paused at its third flood, and whoever added it hears why."""
    for start in (100, 200, 300):
        here.serve(newest_first(*range(start, start + 60)))
        await here.poll()
    assert any("I paused it" in text for text in await here.posted())
    assert "floods" in ((await here.feed()).pause_reason or "")


async def test_a_corrected_headline_edits_the_card_where_it_stands(here: Wire) -> None:
    """A changed title of a posted entry is an edit of its message, which names the earlier headline."""
    here.serve(rss(Item(3, title="Title 3, corrected"), Item(2), Item(1)))
    assert await here.poll() == "changed"
    (edit,) = await here.deliveries()
    assert edit.message_id == f"m{edit.id}"
    assert edit.entry is not None
    assert edit.entry.title == "Title 3, corrected"
    assert edit.correction is not None
    assert edit.correction.earlier_title == "Title 3"


async def test_a_correction_of_what_was_never_posted_stays_silent(here: Wire) -> None:
    """An entry that the first poll only remembered is corrected in memory, not in the channel."""
    here.serve(rss(Item(3), Item(2, title="Another"), Item(1)))
    assert await here.poll() == "changed"
    assert await here.deliveries() == []


async def test_cards_older_than_two_days_are_left_as_they_stand(here: Wire) -> None:
    """After 48 hours a correction is remembered and no card is edited."""
    here.now += timedelta(hours=49)
    here.serve(rss(Item(3, title="Late correction"), Item(2), Item(1)))
    assert await here.poll() == "changed"
    assert await here.deliveries() == []


async def test_an_id_twice_in_a_document_is_two_entries(here: Wire) -> None:
    """Items that share a guid and differ in link are told apart, and known again next time."""
    both = rss(Item(8, guid="same"), Item(9, guid="same"), Item(3), Item(2), Item(1))
    here.serve(both)
    await here.poll()
    assert sorted(await here.posted()) == ["Title 8", "Title 9"]
    here.serve(both.replace(b"For tests", b"For more tests"))
    await here.poll()
    assert await here.posted() == []


async def test_re_dated_and_reordered_entries_are_never_new(here: Wire) -> None:
    """Other dates and another order bring nothing."""
    here.serve(rss(Item(1, dated=False), Item(3, dated=False), Item(2, dated=False)))
    await here.poll()
    assert await here.posted() == []


async def test_a_stray_ampersand_does_not_change_identities(here: Wire) -> None:
    """A document that breaks for one poll, so that the loose parser reads it, brings nothing new."""
    query = [
        Item(n, guid=f"https://news.example/?a=1&b={n}", link=f"https://news.example/?a=1&b={n}")
        for n in (1, 2)
    ]
    whole = rss(*query)
    here.serve(whole)
    await here.poll()
    await here.posted()
    here.serve(whole.replace(b"For tests", b"Fish & chips & tests"))
    assert await here.poll() == "nothing_new"
    assert await here.posted() == []


async def test_a_feed_paused_in_between_posts_nothing_older(here: Wire) -> None:
    """A paused feed is not asked; resumed, it is asked at once."""
    await here.feeds.pause("1")
    assert (await here.feed()).pause_reason
    await here.feeds.resume("1")
    here.serve(newest_first(1, 2, 3, 4))
    assert await here.poll() == "new"
    assert await here.posted() == ["Title 4"]
