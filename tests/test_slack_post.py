"""Messages on their way to Slack: where they go, what they become when refused, and corrections in place."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.slack import SlackAdapter
from adapters.slack.turns import BURST
from bot.adapter import Scratch
from bot.errors import Busy, DeliveryError, InDoubt, StoreError, TargetGone, Undeliverable
from bot.models import Button, Correction, Image, Look, Notice, Reason, Why
from bot.prose import Named, prose
from tests.loopback.slack import Channel, FakeSlack, InternalError, LostAnswer, RateLimited, Refuse, User
from tests.slackdesk import CARD, keys, opened, place, ticket
from tests.workspace import person, settings

PICTURED = replace(CARD, image=Image("https://pictures.example/ship.jpg", "A ship"), look=Look(image="large"))
CORRECTED = replace(
    CARD,
    title="Ferry line orders three electric ships",
    correction=Correction(datetime(2026, 4, 15, 15, 10, tzinfo=UTC), CARD.title),
)
ALERT = replace(
    CARD,
    why=Why(("electric",), ("title",), (Reason(91, "electric", "all feeds"),)),
    buttons=(
        Button("Snooze 24 h", "/snooze #91 24h", "Snooze alerts for “electric” for 24 hours"),
        Button("Unfollow", "/unfollow #91"),
        Button("Daily digest instead", "/change #91 when:daily"),
        Button("Edit…", "/change #91"),
    ),
)


@pytest.fixture(name="news")
def _news(slack: FakeSlack) -> Channel:
    return slack.world.add_channel("news")


@pytest.fixture(name="maria")
def _maria(slack: FakeSlack) -> User:
    return slack.world.add_user("maria")


@pytest.fixture(name="adapter")
async def _adapter(slack: FakeSlack) -> AsyncIterator[SlackAdapter]:
    async with opened(slack) as adapter:
        yield adapter


def forms(slack: FakeSlack, channel: Channel) -> list[list[str]]:
    """List the kinds of blocks of each message that stands in a channel."""
    return [[block["type"] for block in message.blocks] for message in slack.messages(channel)]


async def test_a_card_is_posted_quietly(slack: FakeSlack, adapter: SlackAdapter, news: Channel) -> None:
    """A card comes with nothing unfurled or parsed, marked by its delivery's key alone."""
    posted = await adapter.post(place(slack, news), CARD, ticket("wr1-2"))
    (message,) = slack.messages(news)
    assert posted == f"{news.id}/{message.ts}"
    said = message.arguments
    assert (said["unfurl_links"], said["unfurl_media"], said["parse"]) == (False, False, "none")
    assert message.metadata == {
        "event_type": "wireroom_item",
        "event_payload": {"item": "wr1-2", "rev": 1},
    }


async def test_an_alert_opens_a_conversation(slack: FakeSlack, adapter: SlackAdapter, maria: User) -> None:
    """An alert goes to the person's id, and the conversation that it opens is remembered."""
    posted = await adapter.post(person(maria), ALERT, ticket())
    (message,) = slack.messages(maria)
    assert slack.called("chat.postMessage")[-1].arguments["channel"] == maria.id
    assert posted == f"{slack.world.dm(maria).id}/{message.ts}"
    assert await adapter.ledger.note(f"direct:{maria.id}") == slack.world.dm(maria).id
    assert [block["type"] for block in message.blocks] == ["context", "rich_text", "context", "actions"]
    row = message.blocks[-1]["elements"]
    assert [element["type"] for element in row] == ["button", "button", "overflow"]


async def test_a_picture_that_slack_cannot_fetch(
    slack: FakeSlack, adapter: SlackAdapter, news: Channel
) -> None:
    """A card is sent once more without its large picture; the next of that host comes without at once."""
    slack.world.dead_images.add("pictures.example")
    for number in range(2):
        await adapter.post(place(slack, news), PICTURED, ticket(f"t-{number}"))
    assert forms(slack, news) == [["rich_text", "context"]] * 2
    assert len(slack.called("chat.postMessage")) == 3
    other = replace(PICTURED, image=Image("https://elsewhere.example/ship.jpg"))
    await adapter.post(place(slack, news), other, ticket("t-3"))
    assert forms(slack, news)[-1] == ["rich_text", "image", "context"]


@pytest.mark.parametrize("error", ["invalid_blocks", "msg_blocks_too_long", "invalid_blocks_format"])
async def test_a_form_that_slack_refuses(
    slack: FakeSlack, adapter: SlackAdapter, news: Channel, error: str
) -> None:
    """A card whose blocks are refused comes as its text with the link, and is never lost."""
    slack.fail("chat.postMessage", Refuse(error), times=None, when=lambda given: bool(given.get("blocks")))
    await adapter.post(place(slack, news), PICTURED, ticket())
    (message,) = slack.messages(news)
    assert message.blocks == []
    assert CARD.title in message.text
    assert str(CARD.link) in message.text


async def test_no_form_at_all_is_taken(slack: FakeSlack, adapter: SlackAdapter, news: Channel) -> None:
    """What Slack refuses in every form is given up with the reason, not tried for ever."""
    slack.fail("chat.postMessage", Refuse("invalid_blocks"), times=None)
    with pytest.raises(Undeliverable, match="form"):
        await adapter.post(place(slack, news), PICTURED, ticket())


async def test_a_thread_a_day(slack: FakeSlack, news: Channel) -> None:
    """Where a channel wants threads, all cards of a day stand in one, and the next day begins another."""
    day = [datetime(2026, 4, 15, 9, tzinfo=UTC)]
    adapter = SlackAdapter(settings(slack), gap=0.01, now=lambda: day[0])
    async with adapter:
        card = replace(CARD, look=Look(thread=True))
        for number in range(3):
            if number == 2:
                day[0] += timedelta(days=1)
            await adapter.post(place(slack, news), card, ticket(f"t-{number}", at=day[0]))
    first, one, two, second, three = slack.messages(news)
    assert [one.thread_ts, two.thread_ts, three.thread_ts] == [first.ts, first.ts, second.ts]
    assert keys([one, two, three]) == ["t-0", "t-1", "t-2"]


async def test_the_thread_was_deleted(slack: FakeSlack, adapter: SlackAdapter, news: Channel) -> None:
    """A card of a thread that is gone stands in the channel, and the next one begins a new thread."""
    card = replace(CARD, look=Look(thread=True))
    await adapter.post(place(slack, news), card, ticket("t-1"))
    first = slack.messages(news)[0]
    slack.world.delete_message(first)
    await adapter.post(place(slack, news), card, ticket("t-2"))
    await adapter.post(place(slack, news), card, ticket("t-3"))
    lost, second, last = slack.messages(news)[-3:]
    assert (lost.thread_ts, last.thread_ts) == (None, second.ts)


async def test_no_threads_there(slack: FakeSlack, adapter: SlackAdapter, news: Channel) -> None:
    """Where a channel takes no threads the card stands in the channel itself."""
    slack.fail(
        "chat.postMessage",
        Refuse("restricted_action_non_threadable_channel"),
        times=None,
        when=lambda given: bool(given.get("thread_ts")),
    )
    await adapter.post(place(slack, news), replace(CARD, look=Look(thread=True)), ticket())
    assert slack.messages(news)[-1].thread_ts is None


@pytest.mark.parametrize(
    ("look", "kinds"),
    [
        (Look(), ["section", "context"]),
        (Look(image="large"), ["rich_text", "image", "context"]),
        (Look(compact=True), ["context"]),
    ],
    ids=["card", "large", "compact"],
)
async def test_a_correction_keeps_the_layout(
    slack: FakeSlack, adapter: SlackAdapter, news: Channel, look: Look, kinds: list[str]
) -> None:
    """A corrected card stands where it stood, in the layout it was posted with, whatever is set by now."""
    card = replace(PICTURED, look=look)
    posted = await adapter.post(place(slack, news), card, ticket("wr1-2"))
    before = [block["type"] for block in slack.messages(news)[0].blocks]
    assert before == kinds or look.compact
    for number, now in enumerate((Look(), Look(compact=True), Look(image="large")), 2):
        corrected = replace(CORRECTED, image=PICTURED.image, look=now)
        await adapter.edit(place(slack, news), posted, corrected, ticket(f"wr1-2-{number}"))
        (message,) = slack.messages(news)
        assert [block["type"] for block in message.blocks] == before
        assert CORRECTED.title in message.text
        assert CARD.title in message.text
        assert (message.metadata or {})["event_payload"] == {"item": "wr1-2", "rev": number}
        assert all(block["block_id"].endswith(f".r{number}") for block in message.blocks)


@pytest.mark.parametrize(
    "error", ["cant_update_message", "edit_window_closed", "is_inactive", "block_mismatch"]
)
async def test_a_card_that_cannot_be_changed(
    slack: FakeSlack, adapter: SlackAdapter, news: Channel, error: str
) -> None:
    """A corrected headline is then said in the card's thread; another correction is let go."""
    posted = await adapter.post(place(slack, news), CARD, ticket())
    slack.fail("chat.update", Refuse(error), times=None)
    await adapter.edit(place(slack, news), posted, CORRECTED, ticket("t-1-2"))
    card, said = slack.messages(news)
    assert said.thread_ts == card.ts
    assert said.text.startswith("Corrected headline")
    other = replace(CARD, correction=Correction(CORRECTED.correction.at, None))  # type: ignore[union-attr]
    with pytest.raises(Undeliverable):
        await adapter.edit(place(slack, news), posted, other, ticket("t-1-3"))
    assert len(slack.messages(news)) == 2


async def test_a_deleted_card_is_let_go(slack: FakeSlack, adapter: SlackAdapter, news: Channel) -> None:
    """Of a card that somebody deleted nothing is said any more."""
    posted = await adapter.post(place(slack, news), CARD, ticket())
    slack.world.delete_message(slack.messages(news)[0])
    with pytest.raises(Undeliverable):
        await adapter.edit(place(slack, news), posted, CORRECTED, ticket("t-1-2"))
    assert slack.messages(news) == []


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (RateLimited(5), Busy),
        (LostAnswer(), InDoubt),
        (InternalError("internal_error"), InDoubt),
        (InternalError("fatal_error", accepted=True), InDoubt),
        (Refuse("is_archived"), TargetGone),
        (Refuse("not_in_channel"), TargetGone),
        (Refuse("restricted_action_read_only_channel"), TargetGone),
        (Refuse("message_limit_exceeded"), Busy),
        (Refuse("something_new"), DeliveryError),
    ],
    ids=str,
)
async def test_each_failure_has_its_outcome(
    slack: FakeSlack, adapter: SlackAdapter, news: Channel, fault: Refuse, kind: type[DeliveryError]
) -> None:
    """What Slack did not take waits or ends with its reason; what it may have taken is not repeated."""
    slack.fail("chat.postMessage", fault, times=None)
    with pytest.raises(DeliveryError) as caught:
        await adapter.post(place(slack, news), CARD, ticket())
    assert type(caught.value) is kind
    assert len(slack.called("chat.postMessage")) == 1


async def test_a_full_channel_defers_alone(slack: FakeSlack, adapter: SlackAdapter, news: Channel) -> None:
    """A channel that Slack asks to wait defers, without being asked again; others go on."""
    chips = slack.world.add_channel("chips")
    slack.fail("chat.postMessage", RateLimited(9), when=lambda given: given["channel"] == chips.id)
    with pytest.raises(Busy) as caught:
        await adapter.post(place(slack, chips), CARD, ticket("c-1"))
    assert not caught.value.everywhere
    before = len(slack.called("chat.postMessage"))
    with pytest.raises(Busy):
        await adapter.post(place(slack, chips), CARD, ticket("c-1"))
    assert len(slack.called("chat.postMessage")) == before
    await adapter.post(place(slack, news), CARD, ticket("n-1"))


async def test_a_channel_has_its_pace(slack: FakeSlack, news: Channel) -> None:
    """What would have to wait long for its turn goes back to the queue, and Slack is not asked."""
    async with SlackAdapter(settings(slack), gap=60.0) as adapter:
        for number in range(BURST):
            await adapter.post(place(slack, news), CARD, ticket(f"t-{number}"))
        with pytest.raises(Busy) as caught:
            await adapter.post(place(slack, news), CARD, ticket("t-9"))
    assert not caught.value.everywhere
    assert len(slack.messages(news)) == BURST


async def test_two_channels_turned_away_mean_the_workspace(
    slack: FakeSlack, adapter: SlackAdapter, news: Channel
) -> None:
    """When a second channel is turned away while the first waits, all wait, and nothing is asked."""
    chips, ships = slack.world.add_channel("chips"), slack.world.add_channel("ships")
    slack.fail("chat.postMessage", RateLimited(9), times=2)
    outcomes = []
    for channel in (news, chips, ships):
        with pytest.raises(Busy) as caught:
            await adapter.post(place(slack, channel), CARD, ticket(channel.id))
        outcomes.append(caught.value.everywhere)
    assert outcomes[:2] == [False, True]
    assert len(slack.called("chat.postMessage")) == 2


async def test_a_note_that_fails_posts_nothing_twice(slack: FakeSlack, news: Channel) -> None:
    """A database that takes no note of a card that stands there does not have it posted again."""

    class Full(Scratch):
        async def write(self, key: str, text: str, *, keep: timedelta | None = None) -> None:
            del key, text, keep
            raise StoreError("no room")

    async with opened(slack, Full()) as adapter:
        await adapter.post(place(slack, news), CARD, ticket())
    assert len(slack.messages(news)) == 1


async def test_another_workspaces_channel(slack: FakeSlack, adapter: SlackAdapter, news: Channel) -> None:
    """Nothing is sent to a channel of a workspace that the token is not for."""
    with pytest.raises(TargetGone, match="workspace"):
        await adapter.post(replace(place(slack, news), space="T999"), CARD, ticket())
    assert slack.called("chat.postMessage") == []


async def test_an_announcement(slack: FakeSlack, adapter: SlackAdapter, news: Channel, maria: User) -> None:
    """A line for everybody is posted as quietly as a card, and names whoever did it, ringing them nowhere."""
    slack.world.scopes.add("users:read")
    poster = (await adapter._login.ready()).poster
    await poster.announce(place(slack, news), prose(Named(person(maria)), " added a feed."))
    (message,) = slack.messages(news)
    assert message.text == "maria added a feed."
    slack.fail("chat.postMessage", Refuse("is_archived"))
    with pytest.raises(TargetGone):
        await poster.announce(place(slack, news), prose("Hello."))


async def test_a_person_is_greeted_once(slack: FakeSlack, adapter: SlackAdapter, maria: User) -> None:
    """The first direct message comes while somebody follows, once; a closed tab is said, and reported."""
    first = Notice("You'll get alerts for chips here.")
    assert await adapter.greet(person(maria), first) is None
    assert await adapter.greet(person(maria), first) is None
    assert len(slack.messages(maria)) == 1
    slack.world.messages_tab = False
    said = await adapter.greet(person(slack.world.add_user("ines")), first)
    assert "Messages tab" in str(said)


async def test_a_limit_of_edits_is_not_one_of_posts(
    slack: FakeSlack, adapter: SlackAdapter, news: Channel
) -> None:
    """Where Slack wants fewer edits, posts go on, and no edit is tried before the time."""
    chips = slack.world.add_channel("chips")
    stood = [
        (place(slack, one), await adapter.post(place(slack, one), CARD, ticket())) for one in (news, chips)
    ]
    slack.fail("chat.update", RateLimited(30))
    for target, posted in stood:
        with pytest.raises(Busy) as caught:
            await adapter.edit(target, posted, CORRECTED, ticket("t-1-2"))
        assert not caught.value.everywhere
    assert len(slack.called("chat.update")) == 1
    await adapter.post(place(slack, news), CARD, ticket("t-2"))


async def test_a_limit_by_another_name(slack: FakeSlack, adapter: SlackAdapter, news: Channel) -> None:
    """The error rate_limited defers, as 429 does; it costs no try."""
    slack.fail("chat.postMessage", Refuse("rate_limited"))
    with pytest.raises(Busy):
        await adapter.post(place(slack, news), CARD, ticket())
