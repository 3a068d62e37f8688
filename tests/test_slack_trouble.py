"""What goes wrong with Slack stays there, passes by itself, and costs neither a message nor a storm."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.slack import SlackAdapter, signed
from adapters.slack.watch import BEYOND
from bot.adapter import Scratch, Severity, Sighting
from bot.errors import Busy, ConfigError, DeliveryError, TargetGone
from bot.models import Notice, Target
from bot.prose import plain
from tests.lobby import lobby
from tests.loopback.slack import Channel, FakeSlack, Hang, Refuse, User
from tests.newsdesk import until
from tests.reading import Room
from tests.slackdesk import CARD, listening, made, opened, place, ticket
from tests.workspace import person

DEAD = ["token_revoked", "invalid_auth", "account_inactive"]


class Book(Scratch):
    """A ledger that remembers what it was told of places, and what the operator would read."""

    def __init__(self) -> None:
        super().__init__()
        self.reports: list[str] = []
        self.lost: list[str] = []
        self.back: list[str] = []
        self.spaces_known: list[str] = []
        self.waiting: list[Target] = []
        self.cures: list[Target] = []

    async def report(self, said: str) -> None:
        """Remember it."""
        self.reports.append(said)

    async def left(self, space: str) -> None:
        """Remember it."""
        self.lost.append(space)

    async def joined(self, space: str) -> None:
        """Remember it."""
        self.back.append(space)

    async def spaces(self) -> list[str]:
        """Name what is known."""
        return self.spaces_known

    async def paused(self) -> list[Target]:
        """Name what waits."""
        return self.waiting

    async def cured(self, target: Target) -> None:
        """Remember it."""
        self.cures.append(target)


@pytest.fixture(name="room")
async def _room(tmp_path: Path) -> AsyncIterator[Room]:
    async with lobby(tmp_path) as room:
        yield room


@pytest.fixture(name="book")
def _book() -> Book:
    return Book()


@pytest.fixture(name="maria")
def _maria(slack: FakeSlack) -> User:
    return slack.world.add_user("maria")


@pytest.fixture(name="news")
def _news(slack: FakeSlack, maria: User) -> Channel:
    return slack.world.add_channel("news", maria)


async def test_slack_is_away_at_the_start(slack: FakeSlack, news: Channel) -> None:
    """The bot starts without Slack, all waits meanwhile, and once Slack is there it posts."""
    await slack.refuse_connections()
    async with opened(slack) as adapter:
        with pytest.raises(Busy) as waits:
            await adapter.post(place(slack, news), CARD, ticket())
        assert waits.value.everywhere
        await slack.accept_connections()
        await asyncio.sleep(0.1)
        await adapter.post(place(slack, news), CARD, ticket())
    assert len(slack.messages(news)) == 1


async def test_a_token_that_dies_before_the_first_login(slack: FakeSlack, maria: User, book: Book) -> None:
    """Where Slack comes back and refuses the token, all waits for an hour after a single question."""
    await slack.refuse_connections()
    async with opened(slack, book, bot_token="xoxb-of-nobody") as adapter:  # noqa: S106 - nobody's
        await slack.accept_connections()
        await asyncio.sleep(0.1)
        for _ in range(5):
            with pytest.raises(Busy, match="refuses the token") as waits:
                await adapter.sees(person(maria), [])
        assert waits.value.everywhere
        assert waits.value.wait > timedelta(minutes=50)
        await until(lambda: book.reports)
    assert len(slack.called("auth.test")) == 1
    assert "SLACK_BOT_TOKEN" in book.reports[0]


@pytest.mark.parametrize("error", DEAD)
async def test_a_token_that_dies(slack: FakeSlack, news: Channel, book: Book, room: Room, error: str) -> None:
    """A dead token stops all calls and the connections, is forgotten, and the operator hears of it once."""
    async with opened(slack, book) as adapter, listening(slack, adapter, room.desk):
        slack.world.trouble = error
        for number in range(3):
            with pytest.raises(Busy, match="refuses the token") as waits:
                await adapter.post(place(slack, news), CARD, ticket(f"t-{number}"))
            assert waits.value.everywhere
        await until(lambda: book.reports)
        await slack.socket.disconnected()
        calls = len(slack.calls)
        assert await adapter.greet(person(slack.world.admin), Notice("Hello.")) is None
        with pytest.raises(Busy):
            await adapter.find(place(slack, news), CARD, ticket())
        with pytest.raises(Busy):
            await adapter.edit(place(slack, news), f"{news.id}/1.0", CARD, ticket())
        assert len(slack.calls) == calls
    assert len(slack.called("chat.postMessage")) == 1
    assert len(book.reports) == 1
    assert error in book.reports[0]
    assert bool(book.lost) is (error != "invalid_auth")


@pytest.mark.parametrize("how", ["uninstalled", "revoked"])
async def test_the_app_is_removed(slack: FakeSlack, news: Channel, book: Book, room: Room, how: str) -> None:
    """An app that was uninstalled, or whose token was taken back, leaves the workspace and calls nothing."""
    async with opened(slack, book) as adapter, listening(slack, adapter, room.desk):
        if how == "uninstalled":
            slack.world.uninstall()
        else:
            slack.world.revoke_token()
        await until(lambda: book.lost)
        with pytest.raises(Busy):
            await adapter.post(place(slack, news), CARD, ticket())
        await until(lambda: book.reports)
    assert set(book.lost) == {slack.world.team_id}
    assert slack.called("chat.postMessage") == []


async def test_a_wrong_token_is_no_start(slack: FakeSlack) -> None:
    """With a token that Slack refuses the bot does not start, and says which setting is wrong."""
    with pytest.raises(ConfigError, match="SLACK_BOT_TOKEN"):
        async with opened(slack, bot_token="xoxb-of-nobody"):  # noqa: S106 - nobody's
            pass


async def test_http_without_its_secret_is_no_start(slack: FakeSlack) -> None:
    """Nobody takes unsigned requests by mistake."""
    with pytest.raises(ConfigError, match="SLACK_SIGNING_SECRET"):
        async with opened(slack, http="3000"):
            pass


async def test_a_bot_token_alone_posts(slack: FakeSlack, news: Channel, room: Room, book: Book) -> None:
    """Without the app's token cards are posted and channels cured; the doctor says why no command arrives."""
    book.spaces_known, book.waiting = [slack.world.team_id], [place(slack, news)]
    async with opened(slack, book, app_token="") as adapter:
        hearing = asyncio.create_task(adapter.listen(room.desk))
        await until(lambda: book.cures)
        await adapter.post(place(slack, news), CARD, ticket())
        found = await adapter.doctor([])
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)
    assert book.cures == [place(slack, news)]
    assert book.back == [slack.world.team_id]
    assert any("SLACK_APP_TOKEN" in one.text and one.severity is not Severity.OK for one in found)


async def test_commands_over_signed_http(slack: FakeSlack, maria: User, news: Channel, room: Room) -> None:
    """With an address instead of a socket commands are answered just the same."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    how = {"http": str(port), "signing_secret": slack.signing_secret}
    async with opened(slack, None, **how) as adapter:
        hearing = asyncio.create_task(adapter.listen(room.desk))
        for _ in range(100):
            try:
                if await slack.deliver_to(f"http://127.0.0.1:{port}{signed.PATH}"):
                    break
            except OSError:
                await asyncio.sleep(0.02)
        call = await slack.types(maria, news, "/wireroom", "help")
        assert "/follow" in (await call.answer()).text
        await slack.opens_home(maria)
        await until(lambda: slack.home(maria))
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)


async def test_a_slow_slack_holds_up_nothing_else(slack: FakeSlack, news: Channel) -> None:
    """A post that Slack does not answer ends in doubt within its time, while others are posted."""
    chips = slack.world.add_channel("chips")
    async with opened(slack) as adapter:
        slack.fail("chat.postMessage", Hang(), when=lambda given: given["channel"] == news.id)
        slow = asyncio.create_task(adapter.post(place(slack, news), CARD, ticket("t-1")))
        await asyncio.wait_for(adapter.post(place(slack, chips), CARD, ticket("t-2")), 0.9)
        with pytest.raises(DeliveryError):
            await slow


async def test_what_is_off_is_told(slack: FakeSlack, news: Channel) -> None:
    """What the app was not given is told to whoever asks, with the command that adds it."""
    async with opened(slack) as adapter:
        said = [plain(one) for one in await adapter.lacks(place(slack, news))]
    assert len(said) == 5
    assert all("wireroom slack manifest" in one for one in said)


async def test_an_outage_says_nothing_of_a_message(slack: FakeSlack, news: Channel) -> None:
    """Where the history cannot be asked just now, a message in doubt is neither there nor absent."""
    slack.world.scopes.add("channels:history")
    async with opened(slack) as adapter:
        await adapter.post(place(slack, news), CARD, ticket())
        slack.fail("conversations.history", Refuse("internal_error"))
        with pytest.raises(DeliveryError):
            await adapter.find(place(slack, news), CARD, ticket())
        slack.fail("conversations.history", Refuse("missing_scope"))
        assert await adapter.find(place(slack, news), CARD, ticket()) is Sighting.UNKNOWN


async def test_closing_in_the_middle(slack: FakeSlack, maria: User, news: Channel, room: Room) -> None:
    """Closed while commands and posts are under way, nothing is left behind."""
    adapter: SlackAdapter = made(slack)
    async with adapter, listening(slack, adapter, room.desk):
        slack.fail("chat.postMessage", Hang())
        post = asyncio.create_task(adapter.post(place(slack, news), CARD, ticket()))
        await (await slack.types(maria, news, "/wireroom", "help")).ack()
    with pytest.raises(DeliveryError):
        await post
    assert not adapter._errands


async def test_a_channel_that_keeps_the_bot_out_is_not_tried_for_nothing(
    slack: FakeSlack, news: Channel, book: Book
) -> None:
    """Of a channel that refuses the bot though it is in it, that is noted; of one it is not in, it is not."""
    async with opened(slack, book) as adapter:
        for error, noted in (("restricted_action_read_only_channel", True), ("not_in_channel", False)):
            if error == "not_in_channel":
                slack.world.leave(slack.world.bot, news)
            else:
                slack.fail("chat.postMessage", Refuse(error))
            with pytest.raises(TargetGone):
                await adapter.post(place(slack, news), CARD, ticket())
            assert (await book.note(f"{BEYOND}{news.id}") is not None) is noted


async def test_channels_have_their_names(slack: FakeSlack, news: Channel, room: Room) -> None:
    """Once it listens, the bot knows by their names the channels that it is in."""
    async with opened(slack) as adapter:
        assert adapter.called(place(slack, news)) == str(place(slack, news))
        async with listening(slack, adapter, room.desk):
            await until(lambda: adapter.called(place(slack, news)) == "#news")


@pytest.mark.parametrize("error", ["message_limit_exceeded", "ekm_access_denied", "missing_scope"])
async def test_a_whole_workspace_is_closed(slack: FakeSlack, news: Channel, book: Book, error: str) -> None:
    """Where nothing can be posted in the workspace all waits, and the operator hears why, once."""
    slack.fail("chat.postMessage", Refuse(error), times=None)
    async with opened(slack, book) as adapter:
        for number in range(3):
            with pytest.raises(Busy) as waits:
                await adapter.post(place(slack, news), CARD, ticket(f"t-{number}"))
            assert waits.value.everywhere
    assert len(book.reports) == 1


async def test_what_works_again_is_out_of_order_no_more(
    slack: FakeSlack, maria: User, news: Channel, book: Book
) -> None:
    """What the status says of the workspace and of direct messages ends with the first that comes through."""
    async with opened(slack, book) as adapter:
        slack.world.messages_tab = False
        slack.fail("chat.postMessage", Refuse("ekm_access_denied"))
        with pytest.raises(Busy):
            await adapter.post(place(slack, news), CARD, ticket())
        with pytest.raises(TargetGone):
            await adapter.post(person(maria), CARD, ticket("t-2"))
        troubles = [plain(one)[:12] for one in await adapter.lacks(place(slack, news))]
        assert troubles[:2] == ["Nothing can ", "People canno"]
        slack.world.messages_tab = True
    async with opened(slack, book) as adapter:  # also where that was noted before a restart
        await adapter.post(place(slack, news), CARD, ticket("t-3"))
        assert plain((await adapter.lacks(place(slack, news)))[0]).startswith("People cannot get direct")
        await adapter.post(person(maria), CARD, ticket("t-4"))
        assert not await book.notes("reported:")


async def test_one_account_says_nothing_of_all(slack: FakeSlack, maria: User, book: Book) -> None:
    """That one account takes no messages is no word for the operator; that none does is, once."""
    async with opened(slack, book) as adapter:
        slack.fail("chat.postMessage", Refuse("user_disabled"))
        assert await adapter.greet(person(maria), Notice("Hello.")) is not None
        assert book.reports == []
        slack.world.messages_tab = False
        for number in range(2):
            with pytest.raises(TargetGone):
                await adapter.post(person(maria), CARD, ticket(f"t-{number}"))
    assert len(book.reports) == 1


async def test_an_odd_answer_does_not_end_listening(
    slack: FakeSlack, maria: User, news: Channel, room: Room
) -> None:
    """Where Slack answers nonsense to a look about, commands are answered all the same."""
    slack.fail("users.conversations", Refuse("", {"ok": True, "channels": ["nonsense", None]}), times=None)
    async with opened(slack) as adapter, listening(slack, adapter, room.desk):
        await until(lambda: slack.called("users.conversations"))
        await asyncio.sleep(0.1)
        answer = await (await slack.types(maria, news, "/wireroom", "help")).answer()
    assert "/follow" in answer.text


async def test_one_question_for_all_who_wait(slack: FakeSlack, news: Channel) -> None:
    """While nobody knows whose token it is, one who loses patience takes the answer from nobody."""
    await slack.refuse_connections()
    async with opened(slack) as adapter:
        await slack.accept_connections()
        slack.fail("auth.test", Hang(0.3))
        await asyncio.sleep(0.06)
        hasty = asyncio.create_task(adapter.lacks(place(slack, news)))
        await asyncio.sleep(0.05)
        post = asyncio.create_task(adapter.post(place(slack, news), CARD, ticket()))
        await asyncio.sleep(0.05)
        hasty.cancel()
        await post
    assert len(slack.called("auth.test")) == 1


async def test_an_event_that_nobody_asked_for(slack: FakeSlack, news: Channel, room: Room) -> None:
    """An event that the manifest does not name is acknowledged, so that Slack does not repeat it."""
    slack.world.subscribed.add("channel_rename")
    async with opened(slack) as adapter, listening(slack, adapter, room.desk):
        slack.world.rename(news, "newer")
        await slack.events[-1].ack()
    assert slack.events[-1].attempt == 0
