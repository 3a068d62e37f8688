"""The prompt at a real terminal: what is typed is answered, and cards come above it."""

from __future__ import annotations

import asyncio
import signal
from datetime import UTC, datetime

import pytest

from adapters.terminal import TerminalAdapter, TerminalSettings
from bot.adapter import Ticket
from bot.models import Button, Card, Target
from bot.prose import Bold, prose
from bot.reply import Choice, Field, FieldKind, Form, Reply
from tests.typist import Book, typist

NOW = datetime(2026, 4, 15, 14, 0, tzinfo=UTC)
NEWS = TerminalAdapter.target("news")
FOLLOWED = Reply(
    prose("You now follow ", Bold("chips"), "."),
    buttons=(Button("Undo", "/unfollow 12"), Button("Change…", "/change 12")),
)
FORM = Form(
    "Follow a keyword",
    "/follow",
    (
        Field("words", "Words to look for", value="solid state", required=True, hint="Comma: any of."),
        Field("feed", "In which feed", FieldKind.FEED, value="Sample Wire"),
        Field(
            "rhythm",
            "When",
            FieldKind.CHOICE,
            value="now",
            choices=(Choice("At once", "now"), Choice("Daily digest", "daily")),
        ),
    ),
    submit="Follow",
)


async def test_what_is_typed_is_answered() -> None:
    """A command goes to the desk with person and channel, and its answer stands between it and the prompt."""
    async with typist(Book({"/follow chips": FOLLOWED})) as at:
        await at.until_last("#news>")
        at.type("/follow chips\r")
        await at.until_shown("[1] Undo  [2] Change…")
        screen = await at.until_last("#news>")
        ((caller, text),) = at.desk.asked
    assert screen.shown() == [
        "#news> /follow chips",
        "You now follow chips.",
        "[1] Undo  [2] Change…",
        "#news>",
    ]
    assert text == "/follow chips"
    assert caller.place == NEWS
    assert str(caller.person.kind) == "person"
    assert not caller.direct
    assert caller.operator


async def test_a_card_comes_above_the_prompt() -> None:
    """While a line is being typed a card is written above it, and the line goes on as it was."""
    async with typist() as at:
        await at.until_last("#news>")
        at.type("/good morn")
        await at.until_last("#news> /good morn")
        card = Card("Ferries run", "S", "https://example.org/a")
        await at.adapter.post(NEWS, card, Ticket("1", 1, NOW))
        await at.until_shown("Ferries run", "https://example.org/a")
        screen = await at.until_last("#news> /good morn")
        assert len([line for line in screen.lines if "#news>" in line]) == 1
        at.type("ing\r")
        await at.until_shown("You said `/good morning`.")


async def test_many_cards_come_above_one_prompt() -> None:
    """Cards posted at the same time stand above the prompt one after the other, each whole."""
    async with typist() as at:
        await at.until_last("#news>")
        cards = [Card(f"Title {number}", "S", f"https://example.org/{number}") for number in range(8)]
        await asyncio.gather(
            *(at.adapter.post(NEWS, card, Ticket(card.title, 1, NOW)) for card in cards),
        )
        await at.until_shown(*(f"  Link  https://example.org/{number}" for number in range(8)))
        screen = await at.until_last("#news>")
    lines = [line for line in screen.shown() if "Title" in line or "Link" in line]
    assert [line.split()[-1][-1] for line in lines if "Link" in line] == list("01234567")
    assert ["Title" in line for line in lines] == [True, False] * 8


async def test_a_number_presses_its_button() -> None:
    """A number does what the button that bears it does, also after another card with buttons has come."""
    async with typist(Book({"/follow chips": FOLLOWED})) as at:
        await at.until_last("#news>")
        at.type("/follow chips\r")
        await at.until_shown("[1] Undo")
        card = Card("Ferries run", "S", buttons=(Button("Snooze 24 h", "/snooze 12 24h"),))
        await at.adapter.post(NEWS, card, Ticket("1", 1, NOW))
        await at.until_shown("  [3] Snooze 24 h")
        at.type("1\r")
        await at.until_shown("You said `/unfollow 12`.")
        at.type("3\r")
        await at.until_shown("You said `/snooze 12 24h`.")
        at.type("77\r")
        await at.until_shown("No button here bears the number 77.")
    assert at.desk.texts == ["/follow chips", "/unfollow 12", "/snooze 12 24h"]


async def test_a_choice_has_a_number_too() -> None:
    """Each line of a menu bears a number, and choosing it runs its command."""
    menu = Reply(
        ("It offers:",), choices=(Choice("Tech", "/feeds add a"), Choice("World", "/feeds add b", "daily"))
    )
    async with typist(Book({"/feeds add x": menu})) as at:
        await at.until_last("#news>")
        at.type("/feeds add x\r")
        await at.until_shown("[1] Tech", "[2] World  daily")
        at.type("2\r")
        await at.until_shown("You said `/feeds add b`.")


async def test_a_form_is_finished_as_a_line() -> None:
    """A form shows its fields, and its number puts the line that hands it in at the prompt, to be edited."""
    async with typist(Book({"/follow": Reply((), form=FORM)})) as at:
        await at.until_last("#news>")
        at.type("/follow\r")
        await at.until_shown(
            "Follow a keyword",
            "  Words to look for: solid state  Comma: any of.",
            "  In which feed: Sample Wire  in:",
            "  When: now  when:now|daily",
            '[1] Follow  /follow solid state in:"Sample Wire" when:now',
        )
        at.type("1\r")
        await at.until_last('#news> /follow solid state in:"Sample Wire" when:now')
        at.type("\x7f\x7f\x7fdaily\r")
        await at.until_shown('You said `/follow solid state in:"Sample Wire" when:daily`.')


async def test_commands_are_completed() -> None:
    """After a slash completions come up by themselves, the terminal's own too, and Tab takes one."""
    async with typist() as at:
        await at.until_last("#news>")
        at.type("/")
        await at.until_shown("/follow ", "/following", "/channel", "/quit")
        at.type("follow chips wh")
        await at.until_shown("when:daily", "when:now")
        at.type("\t")
        await at.until_shown("#news> /follow chips when:daily")
        at.type("\r")
        await at.until_shown("You said `/follow chips when:daily`.")


async def test_commands_pasted_at_once_are_answered_in_order() -> None:
    """Lines that all begin with a slash are as many commands; other pasted lines are one."""
    async with typist() as at:
        await at.until_last("#news>")
        at.type("\x1b[200~/following\r\n/feeds list\n\x1b[201~\r")
        await at.until_shown("You said `/following`.", "You said `/feeds list`.")
        at.type("\x1b[200~/feeds import <opml>\n</opml>\x1b[201~\r")
        await at.until(lambda _: len(at.desk.texts) > 2)
        assert at.desk.texts == ["/following", "/feeds list", "/feeds import <opml>\n</opml>"]


async def test_the_channel_is_changed() -> None:
    """/channel says where one is, or changes it, to one's own direct messages too, and never to another's."""
    async with typist(settings=TerminalSettings(channel="#tech", width=60)) as at:
        await at.until_last("#tech>")
        at.type("/channel art\r")
        await at.until_shown("You are in #art.")
        await at.until_last("#art>")
        at.type("/channel a/b\r")
        await at.until_shown("“a/b” cannot be a channel")
        at.type("/channel @somebody-else\r")
        await at.until_shown("Only your own direct messages are here")
        at.type("/quiet\r")
        await at.until_shown("You said `/quiet`.")
        at.type("/channel me\r/following\r")
        await at.until_shown("You said `/following`.")
    (first, _), (second, _) = at.desk.asked
    assert first.place == Target("terminal", "art")
    assert second.direct


async def test_what_is_no_command_gets_a_hint() -> None:
    """Words without a slash are answered with how commands begin, an empty line with nothing."""
    async with typist() as at:
        await at.until_last("#news>")
        at.type("\rsemiconductors\r")
        screen = await at.until_shown("Commands begin with a slash")
    assert not at.desk.asked
    assert [line for line in screen.shown() if "slash" in line] == [
        "Commands begin with a slash: `/follow semiconductors`."
    ]


@pytest.mark.parametrize("keys", ["\x03", "\x04", "/quit\r", "half a line\x03"])
async def test_leaving_ends_the_bot_as_ctrl_c_does(keys: str) -> None:
    """Ctrl-C, Ctrl-D and /quit each send the signal of Ctrl-C once, and the prompt is gone."""
    loop, signals = asyncio.get_running_loop(), asyncio.Queue[str]()
    loop.add_signal_handler(signal.SIGINT, signals.put_nowait, "Ctrl-C")
    try:
        async with typist() as at:
            await at.until_last("#news>")
            at.type(keys)
            await asyncio.wait_for(signals.get(), 5)
    finally:
        loop.remove_signal_handler(signal.SIGINT)
    assert signals.empty()
    assert not at.desk.asked
