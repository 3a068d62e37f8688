"""The desk: rights, help, and that every text whatever gets an answer."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from bot.command import Caller, Command, Kind, Option, Right, Values
from bot.commands.desk import help as helping
from bot.commands.desk.front import FrontDesk, spoken
from bot.errors import FeedError
from bot.models import Target
from bot.prose import Code, plain, prose
from bot.reply import FieldKind, Reply
from tests.lobby import every, lobby
from tests.reading import JOE, MARIA, NEWS, TECH, Room, labels

TO = Option("to", Kind.CHANNEL, "Where", flag="to")


async def done(caller: Caller, values: Values) -> Reply:
    """Do nothing, gladly."""
    del caller, values
    return Reply(prose("Done."))


async def broken(caller: Caller, values: Values) -> Reply:
    """Fail as a bug does."""
    raise RuntimeError(f"{caller.person.id} typed {values}")


async def unreadable(caller: Caller, values: Values) -> Reply:
    """Fail as a feed does."""
    del caller, values
    raise FeedError("I couldn't open `htps://a.example`. Addresses start with https://.")


def desk_of(room: Room, *commands: Command) -> FrontDesk:
    """Give a room a desk with these commands alone."""
    room.desk = FrontDesk(commands, room.tools)
    return room.desk


async def test_whoever_runs_the_bot_is_known_on_every_platform(tmp_path: Path) -> None:
    """The person whom the settings name may do what only an operator can, wherever they type; others not."""
    async with lobby(tmp_path) as room:
        command = Command(("stop",), "Stop", done, right=Right.OPERATOR)
        room.desk = FrontDesk([command], room.tools, MARIA)
        for place in (NEWS, MARIA):
            assert await room.say("/stop", place=place) == "Done."
        refused = "Only whoever runs this bot can do that."
        assert await room.say("/stop", who=JOE) == refused
        assert await room.say("/stop", who=replace(MARIA, space="club")) == refused


async def test_a_fault_of_ours_is_answered_and_logged_without_the_text(tmp_path: Path) -> None:
    """An unexpected error becomes a plain sentence for the person and a traceback for the operator."""
    async with lobby(tmp_path) as room:
        desk_of(room, Command(("burn",), "Fail", broken, (Option("what", Kind.TEXT, "what"),)))
        with capture_logs() as logs:
            assert "went wrong on my side" in await room.say("/burn secret")
        failed, line = logs
        assert failed["event"] == "command.failed"
        assert failed["exc_info"]
        assert (line["event"], line["name"], line["outcome"]) == ("command", "burn", "failed")
        assert "secret" not in str(line)


async def test_an_error_on_purpose_is_the_answer(tmp_path: Path) -> None:
    """What a command refuses is said in its own words, what is to be typed standing out."""
    async with lobby(tmp_path) as room:
        desk_of(room, Command(("open",), "Open", unreadable))
        reply = await room.ask("/open")
        assert reply.private
        assert reply.text == (
            "I couldn't open ",
            Code("htps://a.example"),
            ". Addresses start with https://.",
        )


def test_a_stray_backtick_marks_nothing() -> None:
    """A sentence whose backticks do not pair stays as it is."""
    assert spoken("one ` alone") == ("one ` alone",)


async def test_managers_commands_ask_the_platform(tmp_path: Path) -> None:
    """Who may not change feeds in the channel concerned gets the adapter's sentence; nothing is done."""
    async with lobby(tmp_path) as room:
        command = Command(("paint",), "Paint", done, (TO,), right=Right.MANAGER)
        desk = desk_of(room, command)
        room.chat.guests.add(JOE)
        assert await room.say("/paint", who=JOE) == "Guests can't change channel feeds."
        assert await room.say("/paint to:tech", who=JOE) == "Guests can't change channel feeds."
        assert await room.say("/paint", who=MARIA) == "Done."
        assert await room.say("/paint", who=JOE, place=JOE) == "Done.", "their own messages are theirs"
        assert await room.say("/paint to:me", who=JOE) == "Done."
        operator = Caller(JOE, TECH, operator=True)
        assert plain((await desk.answer(operator, "/paint")).text) == "Done."


async def test_operators_commands_are_for_the_operator(tmp_path: Path) -> None:
    """An operator's command refuses everybody else."""
    async with lobby(tmp_path) as room:
        desk = desk_of(room, Command(("stop",), "Stop", done, right=Right.OPERATOR))
        assert "Only whoever runs this bot" in await room.say("/stop")
        assert plain((await desk.answer(Caller(MARIA, NEWS, operator=True), "/stop")).text) == "Done."


async def test_what_is_missing_is_asked_for(tmp_path: Path) -> None:
    """A required option that is missing is named, with an example and a form filled in so far."""
    async with lobby(tmp_path) as room:
        reply = await room.ask("/feeds pause until:2d")
        assert "needs the feed" in plain(reply.text)
        assert "/feeds pause 3 until:2d" in plain(reply.text)
        assert reply.form is not None
        assert reply.form.command == "/feeds pause"
        assert not reply.refused
        kinds = {field.name: field.kind for field in reply.form.fields}
        assert (kinds["feed"], kinds["channel"]) == (FieldKind.FEED, FieldKind.CHANNEL)
        fields = {field.name: field.value for field in reply.form.fields}
        assert (fields["feed"], fields["until"]) == ("", "2d")


@pytest.mark.parametrize(
    ("text", "button"),
    [
        ("/folow chips", "/follow chips"),
        ("/feeds lst", "/feeds list"),
        ("/feed add https://a.example", "/feeds add https://a.example"),
        ("/wireroom stauts", "/wireroom status"),
        ("xyzzy", "/wireroom help"),
        ("/feeds foo", "/wireroom help"),
    ],
)
async def test_an_unknown_command_leads_on(tmp_path: Path, text: str, button: str) -> None:
    """What calls no command is repeated, and a button runs the nearest one with the rest of the text."""
    async with lobby(tmp_path) as room:
        reply = await room.ask(text)
        assert "I don't know" in plain(reply.text)
        assert text.lstrip("/") in plain(reply.text)
        assert [one.command for one in reply.buttons] == [button]


async def test_help_names_every_command_that_people_type(tmp_path: Path) -> None:
    """The overview, each command's own help and the page for the papers come from the declarations."""
    async with lobby(tmp_path) as room:
        overview = await room.say("/wireroom help")
        page = helping.as_markdown(room.desk.commands)
        assert await room.say("/help") == overview
        for command in room.desk.commands:
            shown = helping.usage(command) in overview
            assert shown is not command.behind_button, command.name
            assert (f"### `{helping.usage(command)}`" in page) is shown
            alone = await room.say(f"{command.name} help")
            if shown:
                assert helping.usage(command) in alone
        assert await room.say("/wireroom help follow") == await room.say("/follow help")
        assert "`/feeds add" in await room.say("/feeds")


async def test_help_ends_with_what_is_so_on_the_platform(tmp_path: Path) -> None:
    """What an adapter says of its platform stands below all else, a line each."""
    async with lobby(tmp_path) as room:
        plainly = await room.say("/help")
        hints = ("No commands are taken in threads.", "Files come by direct message.")
        hinted = await room.desk.answer(Caller(MARIA, NEWS, hints=hints), "/help")
        assert plain(hinted.text) == "\n".join([plainly, *hints])


async def test_a_refusal_is_known_as_one(tmp_path: Path) -> None:
    """A reply after which nothing was done says so, with a sentence or with more; an answer does not."""
    async with lobby(tmp_path) as room:
        assert (await room.ask("/unfollow chips")).refused, "said with more than a sentence"
        desk = desk_of(room, Command(("open",), "Open", unreadable), Command(("do",), "Do", done))
        assert (await room.ask("/open")).refused
        assert not (await desk.answer(Caller(MARIA, NEWS), "/do")).refused


async def test_nothing_typed_is_a_welcome(tmp_path: Path) -> None:
    """An empty text, a slash and /wireroom alone say what to do first."""
    async with lobby(tmp_path) as room:
        for text in ("", "/", "/wireroom"):
            reply = await room.ask(text)
            assert plain(reply.text).startswith("wireroom is ready. Two things to try")
            assert labels(reply) == ["Follow a keyword", "How it works"]


async def test_declarations_fit_the_platforms(tmp_path: Path) -> None:
    """Help of commands and options stays within 100 characters, and required options come first."""
    async with lobby(tmp_path) as room:
        for command in every(room.tools):
            assert len(command.help) <= 100, command.name
            places = [option for option in command.options if not option.flag]
            assert places == sorted(places, key=lambda option: not option.required), command.name
            for option in command.options:
                assert len(option.help) <= 100, (command.name, option.name)


def test_any_text_and_values_get_an_answer(tmp_path: Path) -> None:
    """No text, however strange, from anybody anywhere, raises or stays without an answer."""
    words = ["/follow", "/quiet", "/digest", "/feeds", "/change", "1", "2", "in:", "when:daily", '"', "off"]
    texts = st.lists(st.sampled_from(words) | st.text(max_size=20), max_size=6).map(" ".join)
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        room = runner.run(stack.enter_async_context(lobby(tmp_path)))
        runner.run(room.feed("Chips Daily", ["Chips rise", "AI everywhere"]))

        @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
        @given(texts, st.sampled_from([MARIA, NEWS, replace(NEWS, space="")]))
        def check(text: str, place: Target) -> None:
            with capture_logs() as logs:
                reply = runner.run(room.desk.answer(Caller(MARIA, place), text))
                runner.run(room.desk.complete(Caller(MARIA, place), text))
            assert plain(reply.text).strip() or reply.form or reply.cards
            assert [log for log in logs if log["log_level"] == "error"] == []

        try:
            check()
        finally:
            runner.run(stack.aclose())
