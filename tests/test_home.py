"""/home: what a person follows and the feeds of their channels, laid out as a page and told as a list."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.commands.channels import in_reach
from bot.models import Habits, Target
from bot.prose import Bold, Moment, Named, plain
from bot.reply import Part, Reply, Row
from bot.store import people, subscriptions
from bot.store.reach import Carried
from bot.store.tables import feeds
from bot.store.tables import subscriptions as carriers
from tests.lobby import lobby
from tests.reading import JOE, MARIA, NEWS, SECRET, START, TECH, Room

REFUSES = "The site refuses wireroom (403). The owner may block readers."


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Room]:
    """Give a desk with every command, and no feed yet."""
    async with lobby(tmp_path) as made:
        yield made


async def home(room: Room, text: str = "/home", who: Target = MARIA) -> tuple[Reply, Part, Part]:
    """Ask for a person's page, as from a place that is theirs."""
    reply = await room.ask(text, who=who, place=who)
    follows, shown = reply.parts
    return reply, follows, shown


async def set_feed(room: Room, feed_id: int, **values: object) -> None:
    """Let a feed have fared like this."""
    change = update(feeds).where(feeds.c.id == feed_id).values(**values)
    await room.db.write(lambda c: c.execute(change).rowcount)


def rows(part: Part) -> list[str]:
    """Read the rows of a part without their mark-up."""
    return [plain(row.text) for row in part.rows]


def commands(of: Part | Row | Reply) -> dict[str, str]:
    """Map the buttons' labels to their commands; no label may stand there twice."""
    found = {one.label: one.command for one in of.buttons}
    assert len(found) == len(of.buttons)
    return found


async def test_a_row_says_all_of_a_follow(room: Room) -> None:
    """A follow's words stand bold in its first line, and below them scope, way, matches and state."""
    await room.feed("Future", ["A chip is born", "Rain", "Chips and rain"])
    other = await room.feed("Other", ["Old chip"], where=TECH)
    await room.ask("/follow chip")
    await room.ask("/follow rain in:Future when:daily to:here")
    await room.ask("/follow snow")
    await room.ask("/follow hail")
    await room.ask(f"/mute 1 {other}")
    await room.ask("/change 3 paused:yes")
    await room.ask("/snooze 4 24h")
    _, part, _ = await home(room)
    tomorrow = "17 Apr 2026, 09:00 UTC"
    assert part.title == "What you follow"
    assert rows(part) == [
        "chip\nAll feeds · by DM, at once · 2 of the last 3 posts matched · without Other",
        "rain\nFuture · in #news, in the daily digest · 2 of the last 3 posts matched",
        "snow\nAll feeds · by DM, at once · 0 of the last 4 posts matched · paused",
        f"hail\nAll feeds · by DM, at once · 0 of the last 4 posts matched · snoozed until {tomorrow}",
    ]
    assert part.rows[0].text[0] == Bold("chip")
    assert Named(NEWS) in part.rows[1].text


async def test_a_row_leads_to_what_can_be_done(room: Room) -> None:
    """Each follow is edited, tried, paused or resumed, and ended from its row; all of these commands work."""
    await room.feed("Future", ["A chip is born", "Rain"])
    await room.ask("/follow chip")
    _, part, _ = await home(room)
    (row,) = part.rows
    assert list(commands(row)) == ["Edit…", "Preview matches", "Pause", "Unfollow"]
    assert (await room.ask(commands(row)["Edit…"], place=MARIA)).form is not None
    tried = await room.say(commands(row)["Preview matches"], place=MARIA)
    assert tried == "chip would have matched 1 of the last 2 posts:\n• A chip is born"
    await room.ask(commands(row)["Pause"], place=MARIA)
    _, part, _ = await home(room)
    (row,) = part.rows
    assert list(commands(row)) == ["Edit…", "Preview matches", "Resume", "Unfollow"]
    await room.ask(commands(row)["Resume"], place=MARIA)
    assert (await room.follows())[0].paused_at is None
    await room.ask(commands(row)["Unfollow"], place=MARIA)
    assert await room.follows() == []


async def test_a_preview_finds_what_the_row_counts(room: Room) -> None:
    """The posts shown for a follow are those its row counts: of its space, without the feeds it mutes."""
    await room.feed("Future", ["A chip is born", "Rain"])
    other = await room.feed("Other", ["Old chip"])
    await room.feed("Away", ["Chip of the club"], where=Target("chat", "elsewhere", "club"))
    await room.ask("/follow chip")
    _, part, _ = await home(room)
    assert "2 of the last 3 posts" in rows(part)[0]
    shown = await room.say("/following preview #1", place=MARIA)
    assert "2 of the last 3 posts:\n• Old chip\n• A chip is born" in shown
    await room.ask(f"/mute 1 {other}")
    _, part, _ = await home(room)
    assert "1 of the last 2 posts" in rows(part)[0]
    assert "Old chip" not in await room.say("/following preview #1", place=MARIA)
    assert await room.say("/following preview #1", who=JOE) == (
        "You don't follow that any more. `/following` shows what you follow."
    )


async def test_a_preview_without_posts_says_so(room: Room) -> None:
    """Where nothing is known yet a preview counts nothing."""
    await room.ask("/follow chip")
    assert await room.say("/following preview #1") == "chip: no posts are known yet."


async def test_the_header_has_hours_digests_and_the_limit(tmp_path: Path) -> None:
    """Above the follows stand quiet hours, digest times, and how many follows of how many are used."""
    async with lobby(tmp_path, follows_per_person=7) as room:
        habits = Habits("Asia/Hong_Kong", 22 * 60, 7 * 60, 450, weekdays_only=True)
        await room.db.write(lambda c: people.save(c, subscriptions.target_id(c, MARIA), habits))
        await room.ask("/follow chip")
        _, part, _ = await home(room)
        assert plain(part.text) == (
            "Quiet hours: 22:00–07:00 · Digests: daily at 07:30 on weekdays, weekly on Monday 08:00 "
            "(Asia/Hong_Kong) · 1 of 7 follows used"
        )
        assert commands(part) == {
            "Follow a keyword": "/follow",
            "Quiet hours…": "/quiet form",
            "Digest…": "/digest form",
            "Help": "/wireroom help",
        }
        for command in commands(part).values():
            assert "I don't know" not in await room.say(command, place=MARIA)


async def test_a_person_who_cannot_be_messaged_sees_it_first(room: Room) -> None:
    """Where messages to a person are paused the page begins with that, and its first button tries again."""
    await room.ask("/follow chip")
    person = await room.db.write(lambda c: subscriptions.target_id(c, MARIA))
    await room.db.write(lambda c: subscriptions.pause_target(c, person, reason="closed", now=room.now))
    _, part, _ = await home(room)
    assert part.text[0] == Bold("Paused: I could not message you.")
    assert plain(part.text).splitlines()[1].startswith("Quiet hours: none · ")
    assert next(iter(commands(part))) == "Try again"
    await room.ask(commands(part)["Try again"], place=MARIA)
    _, part, _ = await home(room)
    assert plain(part.text).startswith("Quiet hours: none")
    assert "Try again" not in commands(part)


async def test_an_empty_page_says_how_to_begin(room: Room) -> None:
    """Who follows nothing and sees no feed is told how to get both."""
    reply, follows, shown = await home(room)
    nothing = "You don't follow anything yet. Try `/follow semiconductors`."
    none = "No feeds within your reach. Add one in a channel: `/feeds add https://…`."
    assert plain(follows.text).splitlines()[1] == nothing
    assert "0 of 50 follows used" in plain(follows.text)
    assert (follows.rows, shown.rows) == ((), ())
    assert plain(shown.text) == none
    assert plain(reply.text) == f"{nothing}\n{none}"


async def test_feeds_stand_with_channel_and_health_trouble_first(room: Room) -> None:
    """What fails or is not asked any more comes first, then the rest by name; no address is shown."""
    since, soon = START - timedelta(hours=19), START + timedelta(hours=1)
    await set_feed(room, await room.feed("Weather", ["Rain"]), answered_at=START)
    await set_feed(room, await room.feed("ample", where=TECH), answered_at=START)
    await room.feed("New")
    failing = await room.feed("Late")
    await set_feed(room, failing, failing_since=since, trouble=REFUSES, next_poll_at=soon, answered_at=START)
    await set_feed(
        room, await room.feed("Ended", ["Bye"], where=TECH), paused_at=START, pause_reason="It is gone."
    )
    resting = await room.feed("Resting")
    await room.ask(f"/feeds pause {resting} until:2d")
    await set_feed(room, resting, answered_at=START)
    _, _, part = await home(room)
    assert part.title == "Feeds in your channels"
    assert plain(part.text) == "6 feeds within your reach, 4 healthy."
    assert rows(part) == [
        "Ended in #tech\nNot asked any more: It is gone.",
        "Late in #news\nFailing since 15 Apr 2026, 14:00 UTC (403), next try 16 Apr 2026, 10:00 UTC",
        "ample in #tech\nHealthy · checked 16 Apr 2026, 09:00 UTC",
        "New in #news\nNot read yet",
        "Resting in #news\nPaused until 18 Apr 2026, 09:00 UTC · healthy · checked 16 Apr 2026, 09:00 UTC",
        "Weather in #news\nHealthy · checked 16 Apr 2026, 09:00 UTC · about 1 post a day",
    ]
    assert part.rows[2].text[:3] == (Bold("ample"), " in ", Named(TECH))
    assert Moment(since) in part.rows[1].text
    assert ".example" not in "".join(rows(part))
    shown = await room.say(commands(part.rows[5])["Preview"], place=MARIA)
    assert shown == "The newest of Weather:"


async def test_a_feed_has_the_name_of_each_channel(room: Room) -> None:
    """A feed that several channels carry has a row for each, named as there, and counts once.

    A follow calls it by the first of its names, as everywhere.
    """
    feed = await room.feed("Future")
    second = await room.db.write(lambda c: subscriptions.target_id(c, TECH))
    own = await room.db.write(lambda c: subscriptions.target_id(c, MARIA))
    for number in (own, second):
        await room.db.write(
            lambda c, number=number: subscriptions.add(  # type: ignore[misc]
                c, feed_id=feed, target_id=number, added_by=None, sample=False, now=START
            )
        )
    named = update(carriers).where(carriers.c.target_id == second).values(name="Ours")
    await room.db.write(lambda c: c.execute(named).rowcount)
    await room.ask("/follow chip in:Future")
    _, follows, part = await home(room)
    assert rows(follows) == ["chip\nFuture · by DM, at once"]
    assert plain(part.text) == "1 feed within your reach, 1 healthy."
    heads = [text.splitlines()[0] for text in rows(part)]
    assert heads == ["Future in #news", "Future in your direct messages", "Ours in #tech"]


async def test_nobody_sees_what_is_closed_to_them(room: Room) -> None:
    """Feeds of channels that a person cannot see, and others' own, are on no page of theirs, nor counted."""
    await room.feed("Hidden", ["A chip plan"], where=SECRET)
    await room.feed("Joes", where=JOE)
    await room.feed("Open")
    await room.ask("/follow chip in:Hidden")
    await room.ask("/follow rain", who=JOE)
    room.chat.closed.add(("maria", "secret"))
    room.now += timedelta(hours=2)
    reply, follows, shown = await home(room)
    assert [text.splitlines()[0] for text in rows(shown)] == ["Open in #news"]
    assert plain(shown.text) == "1 feed within your reach, 1 healthy."
    assert rows(follows) == ["chip\nA feed you can't see now · by DM, at once"]
    assert not {"Hidden", "Joes", "rain"} & set(plain(reply.text).split())


async def test_long_lists_come_in_pages_of_their_own(room: Room) -> None:
    """Twenty follows and twenty feeds stand on a page; to turn one list leaves the other where it was."""
    for number in range(45):
        await room.feed(f"Feed {number:02}")
    for number in range(41):
        await room.ask(f"/follow word{number}")
    _, follows, shown = await home(room)
    assert "41 of 50 follows used · page 1 of 3" in plain(follows.text)
    assert plain(shown.text) == "45 feeds within your reach, 45 healthy. Page 1 of 3."
    assert (len(follows.rows), len(shown.rows)) == (20, 20)
    assert "Previous page" not in commands(follows)
    reply, follows, shown = await home(room, commands(shown)["Next feeds"])
    assert rows(shown)[0].startswith("Feed 20 ")
    assert rows(follows)[0].startswith("word0\n")
    reply, follows, shown = await home(room, commands(follows)["Next page"])
    assert rows(follows)[0].startswith("word20\n")
    assert rows(shown)[0].startswith("Feed 20 ")
    assert list(commands(reply))[-4:] == ["Previous page", "Next page", "Previous feeds", "Next feeds"]
    last, follows, shown = await home(room, "/home page:99 feeds:99")
    assert (len(follows.rows), len(shown.rows)) == (1, 5)
    assert list(commands(last))[-2:] == ["Previous page", "Previous feeds"]
    _, follows, _ = await home(room, commands(follows)["Previous page"])
    assert rows(follows)[0].startswith("word20\n")


async def test_a_platform_without_pages_gets_a_list(room: Room) -> None:
    """The text says the same as the page: the list of /following, then a line for each feed."""
    await set_feed(room, await room.feed("Future", ["Rain"]), answered_at=START)
    await room.ask("/follow chip")
    reply, follows, shown = await home(room)
    listed = await room.ask("/following")
    assert plain(reply.text) == (
        f"{plain(listed.text)}\n1 feed within your reach, 1 healthy.\n"
        "• Future in #news: Healthy · checked 16 Apr 2026, 09:00 UTC · about 1 post a day"
    )
    assert reply.choices == listed.choices
    assert reply.buttons == follows.buttons + shown.buttons


async def test_a_feed_taken_out_meanwhile_has_no_row(room: Room) -> None:
    """What left its channel between the look at the reach and the page is passed over."""
    page = await in_reach.page(room.tools, [Carried(99, NEWS, "Gone")], 1)
    assert (page.carriages, page.feeds) == ([], 0)


async def test_names_stay_pieces_of_their_own(room: Room) -> None:
    """What feeds and people wrote is drawn by the platform: no sentence of the page holds it pasted in."""
    await room.feed("<!channel> *x*")
    await room.ask("/follow", words='"<!here> y"')
    _, follows, shown = await home(room)
    assert follows.rows[0].text[0] == Bold('"<!here> y"')
    assert shown.rows[0].text[0] == Bold("<!channel> *x*")
    for row in (*follows.rows, *shown.rows):
        assert not [piece for piece in row.text if isinstance(piece, str) and "<" in piece]


async def test_times_are_told_in_the_timezone_of_the_platform(room: Room) -> None:
    """Where a person never said their timezone, page and list name the one that the platform tells."""
    await room.ask("/follow chip")
    for text in ("/home", "/following"):
        told = plain((await room.ask(text, place=MARIA, timezone="Asia/Hong_Kong")).text)
        assert "weekly on Monday 08:00 (Asia/Hong_Kong)" in told
        assert "08:00 (UTC)" in await room.say(text, place=MARIA)
    (part, _) = (await room.ask("/home", place=MARIA, timezone="Asia/Hong_Kong")).parts
    assert "(Asia/Hong_Kong)" in plain(part.text)


async def test_a_channel_that_cannot_be_posted_to_does_not_look_healthy(room: Room) -> None:
    """A feed whose channel keeps the bot out says so in bold, and comes first, though its site answers."""
    await set_feed(room, await room.feed("Ample"), answered_at=START)
    await set_feed(room, await room.feed("Weather", where=TECH), answered_at=START)
    there = await room.db.read(lambda c: subscriptions.target_id(c, TECH))
    await room.db.write(lambda c: subscriptions.pause_target(c, there, reason="closed", now=START))
    _, _, part = await home(room)
    checked = "checked 16 Apr 2026, 09:00 UTC"
    assert rows(part) == [
        f"Weather in #tech\nI can't post there · {checked}",
        f"Ample in #news\nHealthy · {checked}",
    ]
    assert Bold("I can't post there") in part.rows[0].text
