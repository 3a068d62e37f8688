"""Reading one free text: the command it calls and its options, or a sentence that says what is possible."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.command import Caller, Command, Kind, Option, Values
from bot.commands.desk import hours, option, typed
from bot.commands.desk.register import Register
from bot.commands.tools import Refusal
from bot.errors import CommandError
from bot.reply import Choice, Reply


async def nothing(caller: Caller, values: Values) -> Reply:
    """Answer nothing: these tests only read."""
    del caller, values
    return Reply(())


def one_of(*values: str) -> tuple[Choice, ...]:
    """Offer these."""
    return tuple(Choice(value.capitalize(), value) for value in values)


WHEN = Option("when", Kind.CHOICE, "when", flag="when", choices=one_of("now", "hourly", "daily", "weekly"))
FEED = Option("feed", Kind.FEED, "a feed", required=True)
DAYS = Option("days", Kind.CHOICE, "days", choices=one_of("daily", "weekdays", "weekly", "weekly mon"))
FOLLOW = Command(
    ("follow",),
    "follow",
    nothing,
    (Option("words", Kind.QUERY, "words"), Option("feed", Kind.FEED, "feed", flag="in"), WHEN),
)
COMMANDS = [
    FOLLOW,
    Command(("unfollow",), "unfollow", nothing, (Option("follow", Kind.FOLLOW, "one"),)),
    Command(("following",), "list", nothing),
    Command(("preview",), "preview", nothing, (Option("words", Kind.QUERY, "words"),), behind_button=True),
    Command(
        ("feeds", "add"),
        "add",
        nothing,
        (
            Option("address", Kind.ADDRESS, "address", required=True),
            Option("to", Kind.CHANNEL, "to", flag="to"),
        ),
        synonyms=("subscribe",),
    ),
    Command(
        ("feeds", "import"), "import", nothing, (Option("list", Kind.DOCUMENT, "a list", longest=9_000),)
    ),
    Command(
        ("feeds", "pause"), "pause", nothing, (FEED, Option("until", Kind.DURATION, "until", flag="until"))
    ),
    Command(
        ("feeds", "preview"), "show", nothing, (FEED, Option("count", Kind.NUMBER, "n", least=1, most=5))
    ),
    Command(("mute",), "mute", nothing, (Option("follow", Kind.FOLLOW, "one"), FEED)),
    Command(
        ("quiet",),
        "quiet",
        nothing,
        (Option("hours", Kind.HOURS, "hours"), Option("timezone", Kind.TIMEZONE, "zone")),
    ),
    Command(("digest",), "digest", nothing, (DAYS, Option("at", Kind.TIME, "at"))),
    Command(("digest", "off"), "off", nothing),
    Command(("wireroom",), "welcome", nothing),
    Command(("wireroom", "status"), "status", nothing),
    Command(("wireroom", "data", "export"), "export", nothing),
]
REGISTER = Register(COMMANDS)


def read(text: str, **given_values: str) -> tuple[str, dict[str, str]]:
    """Read a text to the end: the command's words, and the options."""
    called = typed.call(REGISTER, text)
    command = REGISTER.get(called.path)
    assert command is not None, called
    return " ".join(called.path), typed.values(command, called.rest, given_values)


def refused(text: str) -> str:
    """Read a text that is refused, and give the sentence."""
    with pytest.raises(CommandError) as error:
        read(text)
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "name", "values"),
    [
        ("/follow chips", "follow", {"words": "chips"}),
        ("follow chips", "follow", {"words": "chips"}),
        ("//Follow chips", "follow", {"words": "chips"}),
        ("／follow chips", "follow", {"words": "chips"}),
        ("/ follow chips", "follow", {"words": "chips"}),
        ("/wireroom follow chips", "follow", {"words": "chips"}),
        ("/WIREROOM /x", "wireroom", None),
        ("/status", "wireroom status", {}),
        ("/data export", "wireroom data export", {}),
        ("/feeds subscribe https://a.example/f", "feeds add", {"address": "https://a.example/f"}),
        ("/wireroom feeds add https://a.example/f", "feeds add", {"address": "https://a.example/f"}),
        ("/follow list", "following", {}),
        ("/follow preview", "preview", {}),
        ('/follow "list"', "follow", {"words": '"list"'}),
        ("/follow preview chips", "follow", {"words": "preview chips"}),
        ("/follow made in china", "follow", {"words": "made in china"}),
        ("/follow chips in:Tech when:daily", "follow", {"words": "chips", "feed": "Tech", "when": "daily"}),
        ('/follow in:"China Tech" chips, TSMC', "follow", {"words": "chips, TSMC", "feed": "China Tech"}),
        ("/follow in:“China Tech” chips", "follow", {"words": "chips", "feed": "China Tech"}),
        ('/follow chips "solid in:Tech', "follow", {"words": 'chips "solid in:Tech'}),
        ("/quiet from 10 pm to 7 am", "quiet", {"hours": "22:00-07:00"}),
        ("/follow title:chips", "follow", {"words": "title:chips"}),
        ("/follow battery –byd", "follow", {"words": "battery –byd"}),
        ("/follow https://a.example/feed", "follow", {"words": "https://a.example/feed"}),
        ('/unfollow "solid state"', "unfollow", {"follow": '"solid state"'}),
        ("/feeds pause China Tech until:2d", "feeds pause", {"feed": "China Tech", "until": "2d"}),
        ("/feeds pause “China Tech”", "feeds pause", {"feed": "China Tech"}),
        ("/feeds preview China Tech 3", "feeds preview", {"feed": "China Tech", "count": "3"}),
        ("/feeds preview 3 2", "feeds preview", {"feed": "3", "count": "2"}),
        ("/feeds preview 4 Wheels 2", "feeds preview", {"feed": "4 Wheels", "count": "2"}),
        ('/feeds preview "24 7"', "feeds preview", {"feed": "24 7"}),
        ('/mute "solid state" "China Tech"', "mute", {"follow": '"solid state"', "feed": "China Tech"}),
        ("/mute 12 China Tech", "mute", {"follow": "12", "feed": "China Tech"}),
        ("/quiet 22:00-07:00", "quiet", {"hours": "22:00-07:00"}),
        ("/quiet 10pm – 7 am hong kong", "quiet", {"hours": "22:00-07:00", "timezone": "Asia/Hong_Kong"}),
        ("/quiet Asia/Tokyo 22–7", "quiet", {"hours": "22:00-07:00", "timezone": "Asia/Tokyo"}),
        ("/quiet OFF", "quiet", {"hours": "off"}),
        ("/digest weekly monday 8", "digest", {"days": "weekly mon", "at": "08:00"}),
        ("/digest weekdays 20.30", "digest", {"days": "weekdays", "at": "20:30"}),
        ("/digest 8pm daily", "digest", {"days": "daily", "at": "20:00"}),
        ("/digest off", "digest off", {}),
    ],
)
def test_what_is_typed_is_read(text: str, name: str, values: dict[str, str] | None) -> None:
    """A text calls its command in any spelling, and each option finds its value by flag, form or place."""
    called = typed.call(REGISTER, text)
    assert " ".join(called.path) == name
    if values is not None:
        assert read(text) == (name, values)


def test_a_pasted_document_keeps_its_colons_and_lines() -> None:
    """Nothing is taken out of a document that stands in the text."""
    document = '<opml version="2.0">\n<outline to:x="1" xmlUrl="https://a.example/?a=1&amp;b=2"/>\n</opml>'
    assert read(f"/feeds import {document}") == ("feeds import", {"list": document})


@pytest.mark.parametrize(
    ("typed_text", "meant"),
    [
        ("/feeds add <https://a.example/f>", "/feeds add https://a.example/f"),
        ("/feeds add <https://a.example/f?a=1&amp;b=2|a.example>", "/feeds add https://a.example/f?a=1&b=2"),
        ("/follow <http://ASP.net|ASP.net>", "/follow ASP.net"),
        ("/follow R&amp;D", "/follow R&D"),
        ("/follow &amp;lt;", "/follow &lt;"),
        ("/follow chips to:<#C012AB|news>", "/follow chips to:C012AB"),
        ("/follow chips to:<#987>", "/follow chips to:987"),
        ("/follow a < b &amp; c", "/follow a < b &amp; c"),
    ],
)
def test_slacks_wrapping_is_undone(typed_text: str, meant: str) -> None:
    """Links, channels and entities come out as the person typed them, and other texts stay as they are."""
    assert typed.unwrap(typed_text) == meant


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/follow chips whn:daily", "I don't know `whn:`. `/follow` knows `in:` and `when:`."),
        ("/feeds pause 3 for:2d", "I don't know `for:`. `/feeds pause` knows `until:`."),
        ("/follow chips when:yearly", "“yearly” is not possible for when. Possible: `now`, `hourly`,"),
        ("/feeds preview 3 10", "“10” is not possible for count. Write a number from 1 to 5."),
        ("/feeds pause 3 until:soon", "“soon” is not possible for until. Write a number and its unit"),
        (
            "/quiet sometimes",
            "“sometimes” is not possible for hours. Write quiet hours as 22:00-07:00, or off.",
        ),
        ("/quiet 22:00-07:00 Atlantis", "“Atlantis” is not possible for timezone. Write it as a large city"),
        ("/digest 25:00", "“25:00” is not possible for at. Write a time as 08:00."),
        ("/digest daily 25:00", "“25:00” is not possible for at. Write a time as 08:00."),
        ("/following everything", "`/following` stands alone: I don't know what to do with `everything`."),
        ("/feeds pause " + "x" * 301, "feed is too long: 301 characters, and at most 300 are possible."),
        ("/follow chips when:daily when:now", "`when:` stands there twice"),
    ],
)
def test_what_cannot_be_read_is_repeated_with_what_is_possible(text: str, said: str) -> None:
    """A slip is answered with what was typed and what can stand there, never with silence."""
    assert said in refused(text)


def test_what_the_platform_read_outweighs_the_text() -> None:
    """Options of a form or of a typed command win over the text's, blanks count as not given."""
    assert read("/follow chips when:daily", when="weekly", feed=" ") == (
        "follow",
        {"words": "chips", "when": "weekly"},
    )
    with pytest.raises(Refusal, match="has no option"):
        read("/following", colour="red")


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Whatever is typed, reading it ends in a call, or in a CommandError with a sentence."""
    for prefix in ("", "/follow ", "/feeds preview ", "/quiet ", "/digest ", "/mute "):
        called = typed.call(REGISTER, prefix + text)
        command = REGISTER.get(called.path)
        if command is None:
            continue
        with contextlib.suppress(CommandError):
            values = typed.values(command, called.rest, {})
            known = {one.name: one for one in command.options}
            assert all(option.read(known[name], value) == value for name, value in values.items())


@given(st.integers(0, 1439), st.integers(0, 1439))
def test_hours_are_read_as_they_are_written(start: int, end: int) -> None:
    """Quiet hours that were written by us are read as the same ones."""
    if start == end:
        with pytest.raises(ValueError, match="same time"):
            hours.read_hours(hours.shown_hours(start, end))
    else:
        assert hours.read_hours(hours.shown_hours(start, end)) == (start, end)
        assert hours.read_hours(hours.shown_hours(start, end, between="-")) == (start, end)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("8", 480), ("8:00", 480), ("20.30", 1230), ("8pm", 1200), ("12am", 0), ("12 pm", 720), ("24:00", 0)],
)
def test_times_are_read_as_people_write_them(text: str, minutes: int) -> None:
    """A time of day may have dots, no minutes, or am and pm."""
    assert hours.read_time(text) == minutes


@pytest.mark.parametrize("text", ["", "25", "8:60", "13pm", "0am", "24:01", "-1", "eight"])
def test_no_other_time_is_read(text: str) -> None:
    """What is no time of day is refused with the form of one."""
    with pytest.raises(ValueError, match="08:00"):
        hours.read_time(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Asia/Hong_Kong", "Asia/Hong_Kong"),
        ("hong kong", "Asia/Hong_Kong"),
        ("BERLIN", "Europe/Berlin"),
        ("singapore", "Asia/Singapore"),
        ("utc", "UTC"),
    ],
)
def test_timezones_are_read_by_city(text: str, name: str) -> None:
    """A timezone is known by its name or its city, in any case."""
    assert hours.read_zone(text) == name


def test_two_commands_cannot_have_one_name() -> None:
    """A name that two commands claim stops the start, not the person who types it."""
    with pytest.raises(ValueError, match="/following"):
        Register([*COMMANDS, Command(("following",), "again", nothing)])


def test_the_nearest_command_is_found() -> None:
    """A misspelt command leads to the one meant, and says how many words it stands for."""
    near, taken = REGISTER.nearest((), ["feed", "add", "x"])
    assert near is not None
    assert (near.name, taken) == ("/feeds add", 2)
    assert REGISTER.nearest((), ["zzzzzz"]) == (None, 0)
