"""What is done to a feed in a channel: remove, pause, resume, settings, and the way back from each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.command import Caller
from bot.models import Target
from bot.prose import plain
from bot.store import claims, entries, feeds, follows, subscriptions
from bot.store.channel import Carriage
from tests.documents import newest_first
from tests.newsroom import JOE, MARIA, NEWS, TECH, Newsroom, newsroom

OPERATOR = Target("chat", "root")


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[Newsroom]:
    """Open a newsroom in which #news carries feed 1."""
    async with newsroom(tmp_path) as made:
        made.site.respond("/feed.xml", body=newest_first(1, 2, 3))
        await made.ask(f"/feeds add {made.site.url('/feed.xml')}")
        yield made


def likeness(one: Carriage) -> Carriage:
    """Leave out what a feed brought back has anew."""
    return replace(one, id=0, feed_id=0, answered_at=None, next_poll_at=one.created_at)


async def test_remove_tells_the_channel_and_can_be_undone(room: Newsroom) -> None:
    """A removed feed comes back by Undo with all that was set, and posts nothing old."""
    await room.ask("/feeds settings 1", name="Wire", style="compact", interval="30m")
    (before,) = await room.carried()
    reply = await room.ask("/feeds remove Wire", who=JOE)
    assert plain(reply.text) == "Wire no longer posts here."
    assert plain(reply.public or ()) == "@joe removed Wire from this channel."
    assert await room.carried() == []
    back = await room.press(reply, "Undo", who=JOE)
    assert plain(back.text) == "Undone: Wire is as before."
    (after,) = await room.carried()
    assert likeness(after) == likeness(before)
    room.site.respond("/feed.xml", body=newest_first(1, 2, 3, 4))
    await room.poll()
    assert await room.queued() == [("news", "Title 4")]


async def test_undo_brings_back_what_hung_on_the_feed(room: Newsroom) -> None:
    """Until the housekeeping comes, a removed feed is still there, with its posts and its own follows."""
    follow = follows.NewFollow(JOE, JOE, "chips", "chips", feed_id=1)
    await room.db.write(lambda c: follows.add(c, follow, now=room.now))
    await room.press(await room.ask("/feeds remove 1"), "Undo")
    await room.db.write(feeds.tidy)
    (back,) = await room.carried()
    (kept,) = await room.db.read(lambda c: follows.of_person(c, JOE))
    assert (back.feed_id, kept.feed_id) == (1, 1)
    assert await room.db.read(lambda c: entries.count(c, 1)) == 3

    await room.ask("/feeds remove 1")
    await room.db.write(feeds.tidy)
    assert await room.db.read(lambda c: (feeds.find(c, "1"), follows.of_person(c, JOE))) == (None, [])


async def test_undo_is_for_an_hour_and_for_whoever_did_it(room: Newsroom) -> None:
    """Another person's button, a second press and a late one change nothing and say so."""
    reply = await room.ask("/feeds remove 1")
    assert "can't undo that any more" in plain((await room.press(reply, "Undo", who=JOE)).text)
    room.now += timedelta(hours=1)
    assert "can't undo that any more" in plain((await room.press(reply, "Undo")).text)
    assert await room.carried() == []


async def test_undo_works_over_a_restart(room: Newsroom) -> None:
    """A button of before the restart brings back a feed with its settings, and settings as they were."""
    await room.ask("/feeds settings 1 name:Wire interval:2h style:compact")
    await room.ask("/feeds pause 1 until:3d")
    (before,) = await room.carried()
    changed = await room.ask("/feeds settings 1 name:Post interval:auto style:card")
    room.restart()
    await room.press(changed, "Undo")
    assert await room.carried() == [before]
    removed = await room.ask("/feeds remove 1")
    room.restart()
    assert "is as before" in plain((await room.press(removed, "Undo")).text)
    (back,) = await room.carried()
    assert replace(back, id=before.id) == before


async def test_undo_brings_back_a_feed_that_cannot_be_read(room: Newsroom) -> None:
    """A feed whose site is down comes back all the same, and its first poll posts nothing old."""
    reply = await room.ask("/feeds remove 1")
    room.site.respond("/feed.xml", status=500)
    await room.press(reply, "Undo")
    room.site.respond("/feed.xml", body=newest_first(1, 2, 3))
    await room.poll()
    assert [one.shown for one in await room.carried()] == ["Example News"]
    assert await room.queued() == []


async def test_a_paused_feed_posts_nothing_and_offers_what_came(room: Newsroom) -> None:
    """A pause keeps posts away; resume posts none of them, says how many there were, and lists them."""
    assert "is paused here." in await room.say("/feeds pause 1")
    room.now += timedelta(minutes=1)
    room.site.respond("/feed.xml", body=newest_first(1, 2, 3, 4, 5))
    await room.poll()
    reply = await room.ask("/feeds resume 1")
    assert plain(reply.text) == ("Example News posts here again. Meanwhile 2 posts came, which I won't post.")
    shown = plain((await room.press(reply, "Show them")).text)
    assert shown == "2 posts of Example News:\n• Title 5\n• Title 4"
    room.site.respond("/feed.xml", body=newest_first(4, 5, 6))
    await room.poll()
    assert await room.queued() == [("news", "Title 6")]


async def test_a_pause_with_an_end_ends_by_itself(room: Newsroom) -> None:
    """until: ends the pause; the list shows it until then, and posts come again after."""
    assert "until 10 Mar 2026, 14:00 UTC" in await room.say("/feeds pause 1 until:2h")
    assert "paused until" in await room.say("/feeds list")
    room.now += timedelta(hours=2)
    assert "paused" not in await room.say("/feeds list")
    room.site.respond("/feed.xml", body=newest_first(3, 4))
    await room.poll()
    assert await room.queued() == [("news", "Title 4")]


async def test_resume_can_be_undone_to_the_same_end(room: Newsroom) -> None:
    """Undo of a resume pauses for what was left of the time."""
    await room.ask("/feeds pause 1 until:2d")
    (before,) = await room.carried()
    room.now += timedelta(hours=3)
    await room.press(await room.ask("/feeds resume 1"), "Undo")
    (after,) = await room.carried()
    assert after.resumes_at == before.resumes_at


async def test_a_changed_pause_can_be_undone_to_the_one_before(room: Newsroom) -> None:
    """Undo of a pause that another one outlasts brings back that one, end and all."""
    await room.ask("/feeds pause 1 until:2d")
    (before,) = await room.carried()
    await room.press(await room.ask("/feeds pause 1"), "Undo")
    assert await room.carried() == [before]


async def test_nothing_to_resume_is_said(room: Newsroom) -> None:
    """A feed that is not paused is told to be none, and a pause of years is refused."""
    assert await room.say("/feeds resume 1") == "Example News isn't paused here."
    assert "a year at most" in await room.say("/feeds pause 1 until:400d")


async def test_resume_asks_a_stopped_feed_again(room: Newsroom) -> None:
    """A feed that wireroom stopped asking is shown as that, and resume has it asked again."""
    await room.db.write(lambda c: feeds.set_paused(c, 1, reason="It has ended (410).", now=room.now))
    assert "not asked any more: It has ended (410)." in await room.say("/feeds list")
    assert "ask it again now" in await room.say("/feeds resume 1")
    assert not await room.db.read(lambda c: feeds.is_paused(c, 1))


async def test_settings_without_options_are_a_form(room: Newsroom) -> None:
    """The form holds the schema and the platform's own settings; handed in as it is, it changes nothing."""
    form = (await room.ask("/feeds settings 1")).form
    assert form is not None
    now = {field.name: field.value for field in form.fields}
    changed = {**now, "style": "compact"}
    assert now == {
        "name": "Example News",
        "style": "card",
        "silent": "no",
        "thread": "no",
        "mode": "cards",
        "image": "usual",
        "interval": "auto",
        "flag": "red",
        "tags": "",
    }
    assert (await room.say(form.command, who=MARIA, place=NEWS, **now)).startswith("Nothing changed")
    assert "Compact" in await room.say(form.command, who=MARIA, place=NEWS, **changed)
    assert (await room.carried())[0].settings == {"style": "compact"}


async def test_a_platforms_own_text_reaches_the_cards_it_posts(room: Newsroom) -> None:
    """A setting of free text is taken from an option or the form, goes with each card, and can be emptied."""
    said = await room.say('/feeds settings 1 tags:"a, b" flag:blue')
    assert said == "Changed for Example News:\n• Tags: a, b\n• Flag: Blue"
    room.site.respond("/feed.xml", body=newest_first(1, 2, 3, 4))
    await room.poll()
    (claimed,) = await room.db.write(lambda c: claims.claim(c, "chat", now=room.now, limit=9, lease="x"))
    (item,) = claimed.items
    assert item.look.more == (("flag", "blue"), ("tags", "a, b"))
    form = (await room.ask("/feeds settings 1")).form
    assert form is not None
    handed_in = {field.name: field.value for field in form.fields}
    assert handed_in["tags"] == "a, b"
    assert (await room.say(form.command, who=MARIA, place=NEWS, **handed_in)).startswith("Nothing changed")
    emptied = {**handed_in, "tags": " "}
    reply = await room.ask(form.command, who=MARIA, place=NEWS, operator=False, **emptied)
    assert plain(reply.text) == "Changed for Example News:\n• Tags: none"
    assert (await room.carried())[0].settings == {"flag": "blue"}
    await room.press(reply, "Undo")
    assert (await room.carried())[0].settings == {"flag": "blue", "tags": "a, b"}
    assert "at most 80" in await room.say(f'/feeds settings 1 tags:"{"x" * 81}"')


async def test_texts_emptied_in_the_form_are_as_at_first(room: Newsroom) -> None:
    """An emptied name is the feed's own again, an emptied interval as it publishes; choices stay."""
    await room.ask("/feeds settings 1", name="Wire", interval="1h", style="compact")
    form = (await room.ask("/feeds settings 1")).form
    assert form is not None
    await room.ask(form.command, name="", interval="", tags="")
    (there,) = await room.carried()
    assert (there.name, there.own_interval, there.settings) == (None, None, {"style": "compact"})
    assert (await room.say(form.command, name="", interval="", tags="")).startswith("Nothing changed")


async def test_settings_change_here_and_can_be_undone(room: Newsroom) -> None:
    """Name, look and interval change by options; Undo brings all of them back at once."""
    reply = await room.ask('/feeds settings 1 name:"The Wire" image:none flag:blue interval:1h')
    said = plain(reply.text)
    assert said.startswith("Changed for The Wire:")
    assert "Look for posts every: 1h (wherever this feed posts)" in said
    (after,) = await room.carried()
    assert (after.name, after.own_interval) == ("The Wire", timedelta(hours=1))
    assert after.settings == {"image": "none", "flag": "blue"}
    await room.press(reply, "Undo")
    (back,) = await room.carried()
    assert (back.name, back.own_interval, back.settings) == (None, None, {})


@pytest.mark.parametrize("typed", ["auto", "Example News"])
async def test_its_own_title_is_no_name_of_a_feed(room: Newsroom, typed: str) -> None:
    """auto, or the feed's own title, takes the given name away, so that later titles show again."""
    await room.ask("/feeds settings 1", name="Wire")
    await room.ask("/feeds settings 1", name=typed)
    assert (await room.carried())[0].name is None


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("interval:1m", "at least 5 minutes"),
        ("interval:soon", "Write the interval as a time"),
        ("style:huge", "is not possible for style. Possible: `card`, `compact`."),
    ],
)
async def test_a_wrong_setting_is_refused_in_words(room: Newsroom, options: str, said: str) -> None:
    """A value that cannot be is repeated, or told how to write, and nothing changes."""
    assert said in await room.say(f"/feeds settings 1 {options}")
    (there,) = await room.carried()
    assert (there.settings, there.own_interval) == ({}, None)


async def test_who_may_not_change_feeds_changes_none(room: Newsroom) -> None:
    """Remove, pause, resume, settings and a post by hand are all refused to a guest, also from elsewhere."""
    room.chat.guests.add(JOE)
    for text in ("remove 1", "pause 1", "resume 1", "settings 1 style:compact", "post 1 1"):
        assert "Guests" in await room.say(f"/feeds {text}", who=JOE)
        assert "Guests" in await room.say(f"/feeds {text} channel:news", who=JOE, place=JOE)
        assert "no feed" in await room.say(f"/feeds {text}", who=JOE, place=JOE)
    (there,) = await room.carried()
    assert (there.paused_at, there.settings) == (None, {})


async def test_a_right_that_was_lost_is_lost_in_direct_messages_too(room: Newsroom) -> None:
    """Whoever added a feed to a channel and may not change feeds there any more cannot do so from afar."""
    room.chat.guests.add(MARIA)
    for text in ("pause 1", "remove 1", "settings 1 style:compact", "post 1 1"):
        assert "Guests" in await room.say(f"/feeds {text}", place=MARIA)
    (there,) = await room.carried()
    assert (there.paused_at, there.settings) == (None, {})


async def test_a_notice_in_a_direct_message_acts_where_the_person_added_the_feed(room: Newsroom) -> None:
    """In a direct message a feed's number means every channel to which the person added it."""
    await room.ask(f"/feeds add {room.site.url('/feed.xml')} to:tech")
    reply = await room.ask("/feeds pause 1", place=MARIA)
    assert plain(reply.text).startswith("Example News is paused in #news and #tech.")
    both = [*await room.carried(NEWS), *await room.carried(TECH)]
    assert [one.paused(room.now) for one in both] == [True, True]
    await room.press(reply, "Undo", place=MARIA)
    both = [*await room.carried(NEWS), *await room.carried(TECH)]
    assert [one.paused_at for one in both] == [None, None]


async def test_a_persons_own_feed_comes_first_in_their_direct_message(room: Newsroom) -> None:
    """Where a person has the feed for themselves, their direct message means that one only."""
    await room.ask(f"/feeds add {room.site.url('/feed.xml')}", place=MARIA)
    assert "is paused here." in await room.say("/feeds pause 1", place=MARIA)
    assert [one.paused_at for one in await room.carried(NEWS)] == [None]


async def test_an_operator_may_mean_any_feed_by_its_number(room: Newsroom) -> None:
    """A number that is no feed of the place means, for an operator only, that feed wherever it is."""
    assert "no feed" in await room.say("/feeds pause 1", who=JOE, place=TECH)
    reply = await room.desk.answer(Caller(OPERATOR, TECH, operator=True), "/feeds pause 1")
    assert "is paused in #news." in plain(reply.text)


async def test_retry_posts_to_a_stopped_channel_again(room: Newsroom) -> None:
    """The button of a notice about a channel resumes it, for who may change feeds there."""
    target_id = await room.db.read(lambda c: subscriptions.target_id(c, NEWS))
    await room.db.write(lambda c: subscriptions.pause_target(c, target_id, reason="closed", now=room.now))
    room.chat.guests.add(JOE)
    assert "Guests" in await room.say("/retry chat:news", who=JOE, place=JOE)
    assert "I try #news again" in await room.say("/retry chat:news", place=MARIA)
    assert "was not stopped" in await room.say("/retry chat:news")
    assert "no such channel" in await room.say("/retry chat:nowhere")


async def test_a_list_begins_with_what_keeps_the_bot_out(room: Newsroom) -> None:
    """Where nothing can be posted the list says so first, with the reason and a button that tries again."""
    assert (await room.say("/feeds list")).startswith("1 feed posts here:")
    await keep_out(room)
    reply = await room.ask("/feeds list")
    assert plain(reply.text).startswith("I can't post here: I was removed.\n1 feed posts here:")
    assert "I try #news again now" in plain((await room.press(reply, "Resume")).text)
    after = await room.ask("/feeds list")
    assert plain(after.text).startswith("1 feed posts here:")
    assert after.buttons == ()


async def test_resume_of_a_feed_resumes_its_channel(room: Newsroom) -> None:
    """Where it is the channel that cannot be posted to, /feeds resume tries that again, a paused feed too."""
    await keep_out(room)
    room.rung.clear()
    said = "I try #news again now, with all that waits for it."
    assert await room.say("/feeds resume 1") == said
    assert room.rung
    assert not await room.db.read(lambda c: subscriptions.is_paused(c, NEWS))
    assert await room.say("/feeds resume 1") == "Example News isn't paused here."
    await room.ask("/feeds pause 1")
    await keep_out(room)
    assert await room.say("/feeds resume 1") == f"Example News posts here again. {said}"
    assert not await room.db.read(lambda c: subscriptions.is_paused(c, NEWS))


async def test_a_setting_that_means_nothing_is_neither_offered_nor_taken(
    room: Newsroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a platform cannot do is not in the form, and typed it is refused in words."""
    monkeypatch.setattr(room.chat, "ignores", frozenset({"silent"}))
    form = (await room.ask("/feeds settings 1")).form
    assert form is not None
    assert "silent" not in {field.name for field in form.fields}
    said = await room.say("/feeds settings 1 silent:yes style:compact")
    assert said == "The setting “silent” has no meaning on Chat."
    assert [one.settings for one in await room.carried()] == [{}]


@pytest.mark.parametrize("word", ["unsubscribe", "delete"])
async def test_remove_goes_by_other_words(room: Newsroom, word: str) -> None:
    """People who know other bots take a feed out by the word of those."""
    assert await room.say(f"/feeds {word} 1") == "Example News no longer posts here."


async def keep_out(room: Newsroom) -> None:
    """Let #news refuse the bot."""
    there = await room.db.read(lambda c: subscriptions.target_id(c, NEWS))
    await room.db.write(lambda c: subscriptions.pause_target(c, there, reason="I was removed.", now=room.now))
