"""Every command as a person gives it on Discord: typed, filled in, pressed, chosen from a menu."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from simcord.results import InteractionResult, ResponseMessage

from adapters.discord.commands import MENU
from bot.models import Rhythm
from tests.documents import Item, newest_first, rss
from tests.simcord_room import Town, fields, labels, menus, person, said, town

(WHY,) = MENU
PAGE = (
    b"<!doctype html><html><head>"
    b'<link rel="alternate" type="application/rss+xml" title="One" href="/feed.xml">'
    b'<link rel="alternate" type="application/rss+xml" title="Two" href="/other.xml">'
    b"</head><body>News</body></html>"
)
OPML = b"""<opml version="2.0"><body><outline type="rss" text="One" xmlUrl="%s"/></body></opml>"""


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Town]:
    """Open a server whose channel carries one feed."""
    async with town(tmp_path) as made:
        await made.feed()
        yield made


@pytest.fixture
async def reading(tmp_path: Path) -> AsyncIterator[Town]:
    """Open a server where feeds can be fetched."""
    async with town(tmp_path, reads=True) as made:
        await made.feed()
        yield made


def shown(result: InteractionResult) -> ResponseMessage:
    """Give the message that answers, which only the person sees."""
    assert result.response is not None
    assert result.response.ephemeral
    return result.response


async def test_a_word_is_followed_in_one_step(place: Town) -> None:
    """/follow semiconductors follows, privately, says what it would have found, and offers to undo it."""
    result = await place.maria.slash(place.news, "follow", words="chips")
    assert said(result).startswith("You now follow **chips** in all feeds.")
    assert "**2 of the last 3** posts" in said(result)
    assert labels(shown(result)) == ["Undo", "Change…"]
    (one,) = await place.follows(place.maria)
    assert (one.typed, one.owner, one.space) == ("chips", person(place.maria), place.channel.space)


async def test_all_options_of_a_follow_count(place: Town) -> None:
    """Feed, place and rhythm are taken from the options; a right that is missing is refused."""
    options = {"words": "chips", "feed": "1", "to": "here", "when": "daily"}
    refused = await place.joe.slash(place.news, "follow", **options)
    assert "Manage Channels" in said(refused)
    await place.maria.slash(place.news, "follow", **options)
    (one,) = await place.follows(place.maria)
    assert (one.feed_id, one.target, one.rhythm) == (1, place.channel, Rhythm.DAILY)
    assert not await place.follows(place.joe)


async def test_an_undone_follow_is_gone_and_comes_back(place: Town) -> None:
    """Undo takes the place of the answer that held it, and can be undone again."""
    followed = await place.maria.slash(place.news, "follow", words="chips")
    undone = await place.maria.click(shown(followed), label="Undo")
    assert (shown(undone).id, said(undone)) == (shown(followed).id, "You no longer follow **chips**.")
    assert not await place.follows(place.maria)
    await place.maria.click(shown(undone), label="Undo")
    assert len(await place.follows(place.maria)) == 1


async def test_what_cannot_be_read_is_mended_in_the_form(place: Town) -> None:
    """A fault is said with the words as typed, and the form opens with them filled in."""
    refused = await place.maria.slash(place.news, "follow", words='chips "solid state')
    assert "a quote isn't closed" in said(refused)
    opened = await place.maria.click(shown(refused), label="Open the form")
    words = fields(opened)["Words to look for"]
    assert words["value"] == 'chips "solid state'
    followed = await place.maria.submit_modal(
        opened, {"words": 'chips "solid state"', "feed": ["1"], "to": ["me"], "when": ["weekly"]}
    )
    assert shown(followed).id == shown(refused).id
    (one,) = await place.follows(place.maria)
    assert (one.typed, one.feed_id, one.rhythm) == ('chips "solid state"', 1, Rhythm.WEEKLY)


async def test_words_are_suggested_while_they_are_typed(place: Town) -> None:
    """The query is echoed with what it finds, and words of the newest titles go on with it."""
    choices = await place.maria.autocomplete(place.news, "follow", "words", "chi")
    assert [choice["value"] for choice in choices] == ["chi", "Chips"]
    assert choices[1]["name"] == "Chips · in 2 of the last 3 posts"


async def test_feeds_of_others_are_never_suggested(place: Town) -> None:
    """A feed in a channel that a person cannot see stands in none of their suggestions."""
    await place.feed("Secret News", where=place.closed_channel("secret"))
    joe = await place.joe.autocomplete(place.news, "follow", "feed", "", words="chips")
    assert [choice["name"] for choice in joe] == ["Chip News"]


async def test_follows_are_listed_changed_and_ended(place: Town) -> None:
    """/following shows a menu of follows; one chosen can be paused, changed by a form, and unfollowed."""
    await place.maria.slash(place.news, "follow", words="chips")
    listed = await place.maria.slash(place.news, "following")
    assert "**chips**" in said(listed)
    ((line,),) = menus(shown(listed))
    assert line == "chips"
    chosen = await place.maria.select(shown(listed), ["/change #1"])
    assert labels(shown(chosen)) == ["Open the form", "Pause", "Exclude a word…", "Unfollow"]
    opened = await place.maria.click(shown(chosen), label="Open the form")
    values = {"words": "chips, TSMC", "feed": ["-"], "to": ["me"], "when": ["daily"]}
    changed = await place.maria.submit_modal(opened, values)
    assert said(changed).startswith("Changed. You now follow **chips, TSMC** in all feeds.")
    (one,) = await place.follows(place.maria)
    assert (one.typed, one.rhythm) == ("chips, TSMC", Rhythm.DAILY)
    excluded = await place.maria.select(
        shown(await place.maria.slash(place.news, "following")), ["/change #1"]
    )
    asked = await place.maria.click(shown(excluded), label="Exclude a word…")
    await place.maria.submit_modal(asked, {"word": "whales"})
    (one,) = await place.follows(place.maria)
    assert one.typed == "chips, TSMC -whales"


async def test_a_follow_is_ended_by_its_words_or_from_a_menu(place: Town) -> None:
    """/unfollow takes words, suggests the person's own, and without them asks by a menu."""
    await place.maria.slash(place.news, "follow", words="chips")
    await place.maria.slash(place.news, "follow", words="whales")
    own = await place.maria.autocomplete(place.news, "unfollow", "follow", "")
    assert sorted(choice["name"] for choice in own) == ["chips", "whales"]
    assert "**chips**" in said(await place.maria.slash(place.news, "unfollow", follow="chips"))
    asked = await place.maria.slash(place.news, "unfollow")
    await place.maria.select(shown(asked), ["/unfollow #2"])
    assert not await place.follows(place.maria)


async def test_a_feed_is_added_with_a_sample_and_the_channel_is_told(reading: Town) -> None:
    """/feeds add shows a card to the person and a line to everybody; Undo takes the feed out again."""
    reading.site.respond("/feed.xml", body=newest_first(1, 2, 3))
    added = await reading.maria.slash(reading.news, "feeds add", address=reading.site.url("/feed.xml"))
    assert said(added).startswith("**Example News** will post here")
    assert [embed.title for embed in shown(added).embeds] == ["Title 3"]
    assert labels(shown(added)) == ["Post this one now", "Settings…", "Undo"]
    (line,) = reading.announced
    assert line[0] == str(reading.news.id)
    assert "added Example News to this channel" in line[1]
    undone = await reading.maria.click(shown(added), label="Undo")
    assert not shown(undone).embeds
    assert "Example News" in said(undone)


async def test_a_page_offers_its_feeds_in_a_menu(reading: Town) -> None:
    """Of a web page with several feeds one is chosen, and added."""
    reading.site.respond("/", body=PAGE, headers={"Content-Type": "text/html"})
    closed = {"Connection": "close"}  # simcord would wait for the end of those that are kept open
    reading.site.respond("/feed.xml", body=rss(Item(1), title="One"), headers=closed)
    reading.site.respond("/other.xml", body=rss(Item(2), title="Two"), headers=closed)
    offered = await reading.maria.slash(reading.news, "feeds add", address=reading.site.url("/"))
    (lines,) = menus(shown(offered))
    assert len(lines) == 2
    menu = shown(offered).components[0]["components"][0]
    added = await reading.maria.select(shown(offered), [menu["options"][1]["value"]])
    assert "will post here" in said(added)


async def test_only_who_manages_channels_changes_feeds(place: Town) -> None:
    """The commands are hidden from others, and a button or an override does not get round the right."""
    assert not any(name.startswith("feeds") for name in place.joe.available_commands(place.news))
    pages = {"feeds": place.joe}
    command = next(
        one
        for one in await place.env.bot.http.get_global_commands(place.env.backend.application_id)
        if one["name"] in pages
    )
    place.env.guild.set_command_permissions(int(command["id"]), {place.joe: True})
    refused = await place.joe.slash(place.news, "feeds pause", feed="1")
    assert "You need the **Manage Channels** permission" in said(refused)


async def test_a_feed_is_paused_resumed_and_removed(place: Town) -> None:
    """Each says so to the person, offers to undo it, and a removal is told to everybody."""
    paused = await place.maria.slash(place.news, "feeds pause", feed="Chip News", until="2d")
    assert "**Chip News**" in said(paused)
    assert "Undo" in labels(shown(paused))
    resumed = await place.maria.slash(place.news, "feeds resume", feed="1")
    assert "**Chip News**" in said(resumed)
    removed = await place.maria.slash(place.news, "feeds remove", feed="1")
    assert "Chip News" in place.announced[-1][1]
    back = await place.maria.click(shown(removed), label="Undo")
    assert "**Chip News**" in said(back)


async def test_feeds_are_listed_and_their_posts_shown(place: Town) -> None:
    """The list names each feed, a preview draws its newest posts as cards, and posts are listed."""
    assert "**Chip News**" in said(await place.maria.slash(place.news, "feeds list"))
    preview = await place.maria.slash(place.news, "feeds preview", feed="1", count=2)
    assert [embed.title for embed in shown(preview).embeds] == ["Chips are back", "TSMC builds a chips plant"]
    posts = await place.maria.slash(place.news, "feeds posts", feed="1")
    assert "Whales sing again" in said(posts)


async def test_a_long_form_opens_in_parts(place: Town) -> None:
    """/feeds settings lists all settings, opens five at a time, and leaves those of other parts alone."""
    asked = await place.maria.slash(place.news, "feeds settings", feed="1")
    assert "• Style: **Card**" in said(asked)
    first, second = labels(shown(asked))
    opened = await place.maria.click(shown(asked), label=first)
    assert list(fields(opened)) == ["Name shown here", "Style", "Silent", "In a thread", "Posts come"]
    changed = await place.maria.submit_modal(
        opened,
        {"name": "Chips", "style": ["compact"], "silent": ["no"], "thread": ["no"], "mode": ["cards"]},
    )
    assert shown(changed).id == shown(asked).id
    assert (
        said(changed)
        == "Changed for **Chips**:\n• Name shown here: **Chips**\n• Style: **Compact: one line**"
    )
    again = await place.maria.slash(place.news, "feeds settings", feed="1")
    opened = await place.maria.click(shown(again), label=second)
    assert fields(opened)["Picture"]["type"] == 3


async def test_settings_can_be_given_at_once(place: Town) -> None:
    """Options of /feeds settings need no form."""
    changed = await place.maria.slash(place.news, "feeds settings", feed="1", style="compact", silent="yes")
    assert said(changed).startswith("Changed for **Chip News**:")


async def test_a_list_of_feeds_comes_as_a_file_and_goes_as_one(reading: Town) -> None:
    """/feeds import reads an attached list and adds by a button; /feeds export gives the file back."""
    reading.site.respond("/feed.xml", body=newest_first(1, 2, 3))
    document = OPML % reading.site.url("/feed.xml").encode()
    found = await reading.maria.slash(reading.news, "feeds import", list=("feeds.opml", document))
    assert "Found 1 feed" in said(found)
    assert "Add all as cards" in labels(shown(found))
    chosen = await reading.maria.click(shown(found), label="Choose…")
    assert "1. **" in said(chosen)
    opened = await reading.maria.click(shown(chosen), label="Open the form")
    taken = await reading.maria.submit_modal(opened, {"which": "1", "mode": ["cards"]})
    assert labels(shown(taken)) == ["Undo"]
    exported = await reading.maria.slash(reading.news, "feeds export")
    (file,) = shown(exported).attachments
    assert b"Chip News" in await file.read()


async def test_a_file_too_large_is_refused_in_words(place: Town) -> None:
    """A list beyond what is read is not fetched."""
    refused = await place.maria.slash(place.news, "feeds import", list=("feeds.opml", b"x" * 600_000))
    assert said(refused) == "That file is too large: it has 600 kB, and I read 500 kB at most."


async def test_a_list_that_is_not_attached_is_asked_for(reading: Town) -> None:
    """/feeds import alone opens a form in which the list or its address is pasted."""
    asked = await reading.maria.slash(reading.news, "feeds import")
    reading.site.respond("/list", body=OPML % reading.site.url("/feed.xml").encode())
    found = await reading.maria.submit_modal(asked, {"list": reading.site.url("/list")})
    assert "Found 1 feed" in said(found)


async def test_the_timezone_is_asked_for_once(place: Town) -> None:
    """/quiet asks for a timezone, which Discord does not tell, suggests some, and remembers it."""
    asked = await place.maria.slash(place.news, "quiet", hours="22:00-07:00")
    assert "timezone" in said(asked)
    zones = await place.maria.autocomplete(place.news, "quiet", "timezone", "hong")
    assert zones[0]["value"] == "Asia/Hong_Kong"
    told = await place.maria.slash(place.news, "quiet", hours="22:00-07:00", timezone="Asia/Hong_Kong")
    assert "22:00–07:00" in said(told)
    assert "Undo" in labels(shown(told))
    off = await place.maria.slash(place.news, "quiet", hours="off")
    assert "timezone" not in said(off)


async def test_digests_are_set_sent_and_ended(place: Town) -> None:
    """/digest set, now and off say when alerts come together, and undo each other."""
    await place.maria.slash(place.news, "follow", words="chips")
    options = {"days": "weekdays", "at": "08:00", "timezone": "Asia/Hong_Kong"}
    told = await place.maria.slash(place.news, "digest set", **options)
    assert "08:00" in said(told)
    assert "Send one now" in labels(shown(told))
    assert said(await place.maria.slash(place.news, "digest now"))
    assert said(await place.maria.slash(place.news, "digest off"))


async def test_help_and_status_answer_everybody(place: Town) -> None:
    """/wireroom help lists commands and explains one; status says how the feeds here fare."""
    overview = said(await place.joe.slash(place.news, "wireroom help"))
    assert "`/follow`" in overview or "`/follow" in overview
    about = await place.joe.slash(place.news, "wireroom help", command="feeds add")
    assert "/feeds add" in said(about)
    assert said(await place.joe.slash(place.news, "wireroom status"))


async def test_own_data_comes_as_a_file_and_is_deleted(place: Town) -> None:
    """/wireroom data export gives all that is kept of a person; forget asks once, and forgets."""
    await place.maria.slash(place.news, "follow", words="chips")
    exported = await place.maria.slash(place.news, "wireroom data export")
    (file,) = shown(exported).attachments
    assert b"chips" in await file.read()
    asked = await place.maria.slash(place.news, "wireroom data forget")
    await place.maria.click(shown(asked), label="Delete my data")
    assert not await place.follows(place.maria)


async def test_the_menu_of_a_message_says_why_it_came(place: Town) -> None:
    """“Why did I get this?” on a card names the feed that brought it, to whoever asks."""
    card = await place.card(1)
    answered = await place.joe.context_menu(place.news, WHY, card)
    assert said(answered).startswith("[Chips are back](")
    assert "**Chip News** posts in this channel" in said(answered)
    assert shown(answered).ephemeral


async def test_the_menu_of_any_other_message_knows_nothing(place: Town) -> None:
    """Asked about a message that is none of ours, the bot says that it does not know it."""
    message = await place.joe.send(place.news, "Hello")
    answered = await place.maria.context_menu(place.news, WHY, message)
    assert said(answered).startswith("That is no article that I sent")


async def test_people_add_feeds_for_themselves_in_direct_messages(reading: Town) -> None:
    """In the bot's own messages commands work without any right, and answers are plain messages."""
    reading.site.respond("/feed.xml", body=newest_first(1, 2, 3))
    added = await reading.ann.slash("feeds add", address=reading.site.url("/feed.xml"))
    assert added.response is not None
    assert not added.response.ephemeral
    assert "Example News" in said(added)
    followed = await reading.ann.slash("follow", words="title")
    (one,) = await reading.follows(reading.ann)
    assert (one.target, one.space) == (person(reading.ann), None)
    await reading.ann.click(followed.response, label="Undo")
    assert not await reading.follows(reading.ann)
    assert reading.announced == []
    assert "**Example News**" in said(await reading.ann.slash("feeds list"))
