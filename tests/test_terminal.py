"""The terminal adapter: what a card looks like, what can never come out of it, and how it is written."""

from __future__ import annotations

import asyncio
import io
import json
import re
import unicodedata
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.terminal import TerminalAdapter, TerminalSettings
from adapters.terminal.words import moment
from bot.adapter import Severity, Ticket, installed
from bot.contract import AdapterContract
from bot.errors import CommandError, ConfigError
from bot.models import Button, Card, Correction, Image, Message, Notice, Target
from bot.settings import load

NOW = datetime(2026, 4, 15, 14, 0, tzinfo=UTC)
TICKET = Ticket("17", 1, NOW)
NEWS = TerminalAdapter.target("news")
CARD = Card(
    title="Ferries run again after the storm",
    source="Harbour News",
    link="https://example.org/ferries?a=1&b=2",
    summary="The first boat left at six.\nThe last one leaves at nine.",
    author="Ada Lind",
    source_link="https://example.org",
    image=Image("https://cdn.example.org/boat.jpg", "A white ferry leaves the harbour"),
    published=datetime(2026, 4, 15, 13, 50, 49, tzinfo=UTC),
)
ANSI = re.compile(r"\x1b\[[0-9;]*m|\x1b\]8;[!-:<-~]*;[!-~]*\x1b\\")
"""What rich itself writes: colours and OSC 8 links. Whatever else begins with ESC came from a feed."""


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


class TestTerminal(AdapterContract):
    """The terminal adapter keeps the contract."""

    @pytest.fixture
    def stream(self) -> io.StringIO:
        """What it writes to."""
        return io.StringIO()

    @pytest.fixture(params=["card", "json"])
    async def adapter(
        self, request: pytest.FixtureRequest, stream: io.StringIO
    ) -> AsyncIterator[TerminalAdapter]:
        """Open one in each format."""
        async with TerminalAdapter(TerminalSettings(format=request.param), stream) as adapter:
            yield adapter

    @pytest.fixture
    def target(self) -> Target:
        """Any channel is there."""
        return NEWS

    @pytest.fixture
    def others(self) -> list[Target]:
        """Any other channel is there too."""
        return [TerminalAdapter.target(name) for name in ("tech", "art", "sports")]

    @pytest.fixture
    def seen(self, stream: io.StringIO) -> Callable[[], str]:
        """Read what was written."""
        return stream.getvalue

    @pytest.fixture
    def outage(self, stream: io.StringIO) -> Callable[[], None]:
        """Close what it writes to."""
        return stream.close


async def written(
    message: Message, settings: TerminalSettings | None = None, stream: io.StringIO | None = None
) -> str:
    """Post a message and give what came out."""
    stream = stream or io.StringIO()
    async with TerminalAdapter(settings or TerminalSettings(), stream, UTC) as adapter:
        await adapter.post(NEWS, message, TICKET)
    return stream.getvalue()


async def test_a_card_shows_everything() -> None:
    """A card shows channel, title, summary, alt text, source, author, time, and both addresses whole."""
    assert await written(CARD, TerminalSettings(width=50)) == (
        "╭─ #news ────────────────────────────────────────╮\n"
        "│ Ferries run again after the storm              │\n"
        "│                                                │\n"
        "│ The first boat left at six.                    │\n"
        "│ The last one leaves at nine.                   │\n"
        "│                                                │\n"
        "│ Image: A white ferry leaves the harbour        │\n"
        "│ Harbour News · Ada Lind · 15 Apr 2026, 13:50   │\n"
        "│ UTC                                            │\n"
        "╰────────────────────────────────────────────────╯\n"
        "  Link  https://example.org/ferries?a=1&b=2\n"
        "  Image https://cdn.example.org/boat.jpg\n\n"
    )


async def test_an_edit_says_what_was_corrected() -> None:
    """An edited card is drawn again, with the time of the correction and the earlier headline."""
    stream = io.StringIO()
    card = Card(
        "It is 4.4 billion", "S", correction=Correction(datetime(2026, 4, 15, 15, 10, tzinfo=UTC), "It is 4")
    )
    async with TerminalAdapter(TerminalSettings(), stream, UTC) as adapter:
        await adapter.edit(NEWS, "17", card, TICKET)
    assert "─ #news · corrected ─" in stream.getvalue()
    assert "Headline corrected 15:10. Earlier: “It is 4”" in stream.getvalue()


async def test_a_notice_is_one_line_with_its_commands() -> None:
    """A notice shows each button as its label and the command that does the same, unbroken."""
    notice = Notice("Held back. " * 20, (Button("Show them", "wireroom feeds show 3"), Button("No", "no")))
    line = f"#news  {('Held back. ' * 20).strip()}  [Show them: wireroom feeds show 3]  [No: no]\n\n"
    assert await written(notice) == line


async def test_an_address_is_never_broken() -> None:
    """A long address stands on one line, whatever the width, so that it can be copied and searched for."""
    address = "https://example.org/" + "long-words-" * 40
    card = Card("T", "S", address, image=Image(address + ".jpg", "alt"))
    lines = (await written(card, TerminalSettings(width=40))).splitlines()
    assert f"  Link  {address}" in lines
    assert f"  Image {address}.jpg" in lines


async def test_on_a_terminal_title_and_addresses_are_links() -> None:
    """A terminal gets OSC 8 links with the address in ASCII; a pipe gets no escape code at all."""
    card = Card("Ferries", "S", "https://example.org/ä b")
    on_screen = await written(card, stream=Screen())
    assert re.search(r"\x1b\]8;[^;]*;https://example\.org/%C3%A4%20b\x1b\\\x1b\[1mFerries", on_screen)
    assert "\x1b" not in await written(card)


async def test_no_color_is_obeyed(monkeypatch: pytest.MonkeyPatch) -> None:
    """With NO_COLOR there are no colours, on a terminal too; bold and links remain."""
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    codes = re.findall(r"\x1b\[([0-9;]*)m", await written(CARD, stream=Screen()))
    assert codes
    assert not [code for code in codes if re.search(r"\b(?:[349][0-7]|[34]8)\b", code)]


@given(
    title=st.text(max_size=60),
    address=st.text(max_size=40).map("https://example.org/".__add__),
    width=st.integers(20, 120),
    at=st.datetimes(timezones=st.just(UTC)),
    how=st.sampled_from(["card", "json"]),
    kind=st.sampled_from([io.StringIO, Screen]),
)
def test_nothing_that_controls_a_terminal_comes_out(
    title: str, address: str, width: int, at: datetime, how: str, kind: type[io.StringIO]
) -> None:
    """Besides rich's own colours and links no control or bidi character is ever written."""
    hostile = title + "\x1b]8;;https://evil.example\x07\x1b[2J\x9b1m\u202e\r\t\x00"
    image, correction = Image(address, hostile), Correction(at, hostile)
    card = Card(hostile, hostile, address, hostile, hostile, address, image, at, correction)
    notice = Notice(hostile, (Button(hostile, hostile),))
    settings = TerminalSettings.model_validate({"format": how, "width": width})
    for message in (card, notice):
        out = ANSI.sub("", asyncio.run(written(message, settings, kind())))
        categories = {unicodedata.category(letter) for letter in out.replace("\n", "")}
        assert not categories & {"Cc", "Cs", "Zl", "Zp"}
        if how == "card":
            assert not set(out) & set("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@pytest.mark.parametrize(
    "text", ["[red]red[/red]", "[link=https://e.example]x[/link]", ":smile:", "[/]", "\\[b]", "[bold"]
)
async def test_markup_in_a_text_is_literal(text: str) -> None:
    """What rich would read as mark-up or emoji stands there as it was written, in every place."""
    card = Card(text, text, summary=text, author=text, image=Image("https://example.org/i", text))
    assert (await written(card)).count(text) == 5
    assert (await written(Notice(text, (Button(text, text),)))).count(text) == 3


def columns(line: str) -> int:
    """Count a line's columns by the rules of Unicode rather than rich's."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in line
    )


@pytest.mark.parametrize("text", ["电池电池。 ", "한국어 ", "emoji 😀🚢 ", "e\u0301tude ", "ｆｕｌｌ "])
async def test_wide_characters_keep_the_frame_straight(text: str) -> None:
    """Every line of the frame is as wide as the card, also with letters of two columns or none."""
    card = Card(text * 9, text, summary=text * 40, author=text)
    frame = [line for line in (await written(card, TerminalSettings(width=60))).splitlines() if line]
    assert {columns(line) for line in frame} == {60}


async def test_letters_that_the_encoding_lacks_do_no_harm() -> None:
    """On a terminal without Unicode a card is posted with “?”, and JSON with escapes, whole."""
    for how, shown in (("card", "?? boat"), ("json", r"\u96fb\u6c60 boat")):
        paper = io.BytesIO()
        stream = io.TextIOWrapper(paper, encoding="ascii", write_through=True)
        settings = TerminalSettings.model_validate({"format": how})
        async with TerminalAdapter(settings, stream, UTC) as adapter:
            await adapter.post(NEWS, Card("電池 boat", "S"), TICKET)
            (finding,) = await adapter.doctor([NEWS])
        assert shown in paper.getvalue().decode("ascii")
        assert finding.severity is Severity.WARNING


async def test_json_is_one_object_a_line() -> None:
    """Each event is one line that holds every field, times with their offset, what is missing as null."""
    stream = io.StringIO()
    correction = Correction(NOW, "Earlier")
    notice = Notice("Held back.", (Button("Show them", "wireroom feeds show 3"),))
    async with TerminalAdapter(TerminalSettings(format="json"), stream) as adapter:
        await adapter.post(NEWS, CARD, TICKET)
        await adapter.edit(NEWS, "17", Card("Line\u2028one\x7f", "S", correction=correction), TICKET)
        await adapter.post(NEWS, notice, Ticket("18", 1, NOW))
    card, edit, told = map(json.loads, stream.getvalue().splitlines())
    assert list(card.items()) == [
        ("event", "card"),
        ("target", "terminal:news"),
        ("id", "17"),
        ("title", CARD.title),
        ("link", CARD.link),
        ("author", "Ada Lind"),
        ("summary", CARD.summary),
        ("source", "Harbour News"),
        ("source_link", "https://example.org"),
        ("published", "2026-04-15T13:50:49+00:00"),
        ("image", {"url": "https://cdn.example.org/boat.jpg", "alt": "A white ferry leaves the harbour"}),
        ("correction", None),
        ("why", None),
        ("title_marks", []),
        ("summary_marks", []),
        ("buttons", []),
    ]
    assert edit["event"] == "edit"
    assert edit["title"] == "Line\u2028one\x7f"
    assert [edit["link"], edit["author"], edit["published"], edit["image"]] == [None] * 4
    assert edit["correction"] == {"at": "2026-04-15T14:00:00+00:00", "earlier_title": "Earlier"}
    assert told == {
        "event": "notice",
        "target": "terminal:news",
        "id": "18",
        "text": "Held back.",
        "buttons": [{"label": "Show them", "command": "wireroom feeds show 3"}],
    }


def test_a_time_says_how_far_it_is_from_utc() -> None:
    """A time is written in the reader's zone with its offset, and the ends of the calendar do no harm."""
    at = datetime(2026, 4, 5, 13, 50, tzinfo=UTC)
    assert moment(at, UTC) == "5 Apr 2026, 13:50 UTC"
    assert moment(at, timezone(timedelta(hours=5, minutes=30))) == "5 Apr 2026, 19:20 UTC+05:30"
    assert moment(at, timezone(timedelta(hours=-8))) == "5 Apr 2026, 05:50 UTC-08:00"
    last = datetime.max.replace(tzinfo=UTC)
    assert moment(last, timezone(timedelta(hours=14))) == "31 Dec 9999, 23:59 UTC"


@pytest.mark.parametrize(("typed", "channel"), [("news", "news"), ("#news", "news"), ("öl-2.x", "öl-2.x")])
def test_a_channel_is_a_name(typed: str, channel: str) -> None:
    """A name of letters, digits, dots, dashes and underscores is a channel, with or without #."""
    assert TerminalAdapter.target(typed) == Target("terminal", channel)


@pytest.mark.parametrize("typed", ["", "#", "two words", "a\nb", "\x1b[2J", "-x", "a:b", "x" * 65, "a/b"])
def test_other_channels_are_refused_with_an_example(typed: str) -> None:
    """What cannot be a name is refused, without repeating what would control the terminal."""
    with pytest.raises(CommandError, match="terminal:news") as refused:
        TerminalAdapter.target(typed)
    assert str(refused.value).isprintable()


def test_it_is_installed() -> None:
    """The entry point leads to this adapter."""
    assert installed()["terminal"] is TerminalAdapter


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """WIREROOM_TERMINAL_FORMAT, _WIDTH and _CHANNEL are read; a wrong one is named in one line."""
    monkeypatch.setenv("WIREROOM_TERMINAL_FORMAT", "json")
    monkeypatch.setenv("WIREROOM_TERMINAL_WIDTH", "60")
    monkeypatch.setenv("WIREROOM_TERMINAL_CHANNEL", "#tech")
    assert load(TerminalSettings) == TerminalSettings(format="json", width=60, channel="tech")
    monkeypatch.setenv("WIREROOM_TERMINAL_CHANNEL", "a channel")
    with pytest.raises(ConfigError, match="WIREROOM_TERMINAL_CHANNEL: write up to 64 letters"):
        load(TerminalSettings)
    monkeypatch.delenv("WIREROOM_TERMINAL_CHANNEL")
    monkeypatch.setenv("WIREROOM_TERMINAL_FORMAT", "yaml")
    with pytest.raises(ConfigError, match="WIREROOM_TERMINAL_FORMAT"):
        load(TerminalSettings)
