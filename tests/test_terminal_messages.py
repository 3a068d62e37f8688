"""The terminal's alerts, digests and answers: what they show, and what can never come out of them."""

from __future__ import annotations

import asyncio
import io
import json
import re
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.terminal import TerminalAdapter, TerminalSettings
from adapters.terminal.keys import HIGHEST, Keys, Press
from adapters.terminal.output import Output
from bot.models import Button, Card, Correction, Digest, Image, Look, Message, Reason, Target, Why
from bot.prose import Bold, Code, Link, Moment, Named, because, plain, prose
from bot.reply import Attachment, Choice, Field, Form, Reply
from tests.test_terminal import ANSI, NOW, TICKET, Screen

ADA = TerminalAdapter.target("@ada")
NEWS = TerminalAdapter.target("news")
SNOOZE = Button("Snooze 24 h", "/snooze 91 24h")
EDIT = Button("Edit…", "/change 91")
ALERT = Card(
    title="CATL to invest in mining",
    source="China Future Tech",
    link="https://example.org/catl",
    summary="The battery maker CATL buys mining assets.",
    author="Daniel Ren",
    published=datetime(2026, 4, 15, 13, 50, 49, tzinfo=UTC),
    why=Why(("CATL", "mining"), ("title", "summary"), (Reason(91, "catl mining", "all feeds"),)),
    title_marks=((0, 4), (18, 24)),
    summary_marks=((18, 22), (28, 34)),
    buttons=(SNOOZE, EDIT),
)
DIGEST = Digest(
    title="Daily digest: 2 posts",
    subtitle="From 2 follows in 1 feed",
    items=(ALERT, Card("Ferries run again", "Harbour News", "https://example.org/ferries")),
    at=datetime(2026, 4, 16, 8, 0, tzinfo=UTC),
    more=12,
    buttons=(Button("Change schedule", "/digest form"), Button("Manage follows", "/following")),
)


async def posted(
    message: Message, target: Target, stream: io.StringIO | None = None, how: str = "card"
) -> str:
    """Post a message to a target and give what came out."""
    stream = stream or io.StringIO()
    settings = TerminalSettings.model_validate({"format": how, "width": 60})
    async with TerminalAdapter(settings, stream, UTC) as adapter:
        await adapter.post(target, message, TICKET)
    return stream.getvalue()


async def answered(
    reply: Reply, stream: io.StringIO | None = None, how: str = "card", keys: Keys | None = None
) -> str:
    """Write an answer and give what came out."""
    stream = stream or io.StringIO()
    settings = TerminalSettings.model_validate({"format": how, "width": 60})
    output = Output(stream, settings, timezone(timedelta(hours=8)))
    output.keys = keys
    await output.answer(NEWS, "/x", reply, ())
    output.close()
    return stream.getvalue()


async def test_an_alert_says_why_first() -> None:
    """An alert is headed by the person's name and says first what matched and by which follow."""
    assert await posted(ALERT, ADA) == (
        "╭─ @ada · alert ───────────────────────────────────────────╮\n"
        "│ Matched CATL and mining (title, summary) · your follow   │\n"
        "│ `catl mining` in all feeds                               │\n"
        "│                                                          │\n"
        "│ CATL to invest in mining                                 │\n"
        "│                                                          │\n"
        "│ The battery maker CATL buys mining assets.               │\n"
        "│                                                          │\n"
        "│ China Future Tech · Daniel Ren · 15 Apr 2026, 13:50 UTC  │\n"
        "╰──────────────────────────────────────────────────────────╯\n"
        "  Link  https://example.org/catl\n"
        "  [Snooze 24 h: /snooze 91 24h]  [Edit…: /change 91]\n\n"
    )


def test_why_names_all_follows() -> None:
    """With several follows the line names each with its scope, and a card without words only the follows."""
    reasons = (Reason(1, "catl", "all feeds"), Reason(2, "mining", "China Future Tech"))
    assert plain(because(Why(("CATL",), ("title",), reasons))) == (
        "Matched CATL (title) · your follows `catl` in all feeds and `mining` in China Future Tech"
    )
    assert plain(because(Why((), (), reasons[:1]))) == "your follow `catl` in all feeds"


async def test_matched_words_are_marked() -> None:
    """On a terminal the matched words stand out in title and summary, and no others."""
    on_screen = await posted(ALERT, ADA, Screen())
    marked = re.findall(r"\x1b\[(?:\d;)*7m(?:\x1b[^m]*m)?([^\x1b]+)", on_screen)
    assert marked == ["CATL", "mining", "CATL", "mining"]


async def test_words_counted_in_another_text_are_not_marked() -> None:
    """Where a title had to be cleaned its marks would be off, so it bears none."""
    assert "\x1b[1;7m" not in await posted(Card("a\x07bc", "S", title_marks=((1, 2),)), NEWS, Screen())


async def test_a_compact_card_is_one_line() -> None:
    """Where a channel wants it compact, a card is one line of title, source, correction and address."""
    card = Card("Ferries run", "Harbour News", "https://example.org/f", look=Look(compact=True))
    assert await posted(card, NEWS) == "#news  Ferries run · Harbour News  https://example.org/f\n\n"
    changed = await posted(replace(card, correction=Correction(NOW, None)), NEWS)
    assert changed == "#news  Ferries run · Harbour News  Corrected 14:00.  https://example.org/f\n\n"


async def test_a_digest_is_numbered() -> None:
    """A digest shows title, origin, time, and each article by number with its source, match and address."""
    assert await posted(DIGEST, ADA) == (
        "@ada  Daily digest: 2 posts\n"
        "From 2 follows in 1 feed · 16 Apr 2026, 08:00 UTC\n"
        "\n"
        "1. CATL to invest in mining\n"
        "   China Future Tech · Daniel Ren · 15 Apr 2026, 13:50 UTC · matched CATL and mining\n"
        "   https://example.org/catl\n"
        "2. Ferries run again\n"
        "   Harbour News\n"
        "   https://example.org/ferries\n"
        "and 12 more\n"
        "[Change schedule: /digest form]\n[Manage follows: /following]\n\n"
    )
    assert "\n16. CATL" in await posted(replace(DIGEST, first=16), ADA)


async def test_an_answer_shows_every_piece() -> None:
    """Each kind of piece is drawn; without hyperlinks a link's address stands in the text."""
    text = prose(
        *(Bold("chips"), " by ", Code("/follow chips"), "\n• ", Link("page", "https://e.org/a"), "\n"),
        *(Named(NEWS), " ", Named(ADA), " ", Moment(NOW)),
    )
    assert await answered(Reply(text)) == (
        "chips by `/follow chips`\n• page (https://e.org/a)\n#news @ada 15 Apr 2026, 22:00 UTC+08:00\n\n"
    )
    on_screen = await answered(Reply(text), Screen())
    assert "(https://e.org/a)" not in on_screen
    assert re.search(r"\x1b\]8;[^;]*;https://e\.org/a\x1b\\", on_screen)


async def test_an_answer_shows_cards_and_the_public_line() -> None:
    """Cards of an answer are drawn like any, and what everybody sees is headed by the channel."""
    said = await answered(Reply(("Added.",), cards=(ALERT,), public=(Named(ADA), " added it.")))
    assert said.startswith("Added.\n╭──")
    assert "│ CATL to invest in mining " in said
    assert said.endswith("\n#news  @ada added it.\n\n")


async def test_many_buttons_are_never_broken() -> None:
    """Buttons beyond a line's width go on in the next, each with its number and label together."""
    buttons = tuple(Button(f"A long label {number}", f"/x {number}") for number in range(6))
    said = await answered(Reply((), buttons=buttons), keys=Keys())
    assert said == (
        "[1] A long label 0  [2] A long label 1  [3] A long label 2\n"
        "[4] A long label 3  [5] A long label 4  [6] A long label 5\n\n"
    )


def test_numbers_begin_again() -> None:
    """After the highest number the next is 1, which then stands for the newer button."""
    keys = Keys()
    numbers = [keys.number(Press(f"/x {number}")) for number in range(HIGHEST + 1)]
    assert numbers == [*range(1, HIGHEST + 1), 1]
    assert keys.pressed("1") == Press(f"/x {HIGHEST}")
    assert keys.pressed("2") == Press("/x 1")
    assert Keys().pressed("1") is None


async def test_messages_for_programs() -> None:
    """In JSON an alert has its reason, marks and buttons, and a digest its articles in full."""
    alert, digest = [json.loads(await posted(message, ADA, how="json")) for message in (ALERT, DIGEST)]
    assert alert["event"] == "card"
    assert alert["target"] == "terminal:@ada"
    assert alert["why"] == {
        "words": ["CATL", "mining"],
        "fields": ["title", "summary"],
        "follows": [{"id": 91, "query": "catl mining", "scope": "all feeds"}],
    }
    assert alert["title_marks"] == [[0, 4], [18, 24]]
    assert alert["buttons"][0] == {"label": "Snooze 24 h", "command": "/snooze 91 24h"}
    assert digest["event"] == "digest"
    assert [digest[name] for name in ("title", "subtitle", "first", "more", "at")] == [
        "Daily digest: 2 posts",
        "From 2 follows in 1 feed",
        1,
        12,
        "2026-04-16T08:00:00+00:00",
    ]
    assert digest["items"][0] == {
        name: value for name, value in alert.items() if name not in {"event", "target", "id"}
    }


def test_a_person_is_a_target() -> None:
    """@name is a person, so that the operator can be one; # or nothing is a channel."""
    assert str(ADA.kind) == "person"
    assert ADA.id == "ada"
    assert TerminalAdapter.target("ada") != ADA


async def test_one_person_sees_and_may_do_everything() -> None:
    """Whoever sits at the terminal sees every channel and is forbidden nothing."""
    async with TerminalAdapter(TerminalSettings(), io.StringIO()) as adapter:
        assert set(await adapter.sees(ADA, [NEWS])) == {NEWS}
        assert await adapter.forbids(ADA, NEWS) is None
        assert await adapter.cannot_post(NEWS) is None


@settings(deadline=None)  # each example starts five writing threads, and other work may hold them up
@given(
    text=st.text(max_size=40),
    marks=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), max_size=3).map(tuple),
    how=st.sampled_from(["card", "json"]),
    kind=st.sampled_from([io.StringIO, Screen]),
    pressed=st.booleans(),
)
def test_nothing_that_controls_a_terminal_comes_out(
    text: str,
    marks: tuple[tuple[int, int], ...],
    how: str,
    kind: type[io.StringIO],
    pressed: bool,  # noqa: FBT001 - hypothesis gives it by name
) -> None:
    """Whatever feeds and people wrote, beside rich's own codes no control or bidi character is written."""
    hostile = text + "\x1b]8;;https://evil.example\x07\x1b[2J\x9b1m\u202e\r\t\x00[red]"
    button = Button(hostile, f"/x {hostile}")
    why = Why((hostile,), ("title",), (Reason(1, hostile, hostile),))
    image, correction = Image(hostile, hostile), Correction(NOW, hostile)
    card = Card(
        *(hostile,) * 6,
        image,
        NOW,
        correction,
        why,
        title_marks=marks,
        summary_marks=marks,
        buttons=(button,),
    )
    digest = Digest(hostile, hostile, (card,), NOW, buttons=(button,))
    whom = Target("terminal", hostile)
    choice = Choice(hostile, hostile, hostile)
    reply = Reply(
        (hostile, Bold(hostile), Code(hostile), Link(hostile, hostile), Named(whom), Moment(NOW)),
        (card,),
        (button,),
        (choice,),
        Form(hostile, hostile, (Field(hostile, hostile, value=hostile, hint=hostile, choices=(choice,)),)),
        Attachment(hostile, b""),
        (hostile,),
    )

    async def all_of_it() -> str:
        parts = [
            await posted(message, ADA, kind(), how) for message in (card, digest, replace(card, why=None))
        ]
        return "".join([*parts, await answered(reply, kind(), how, Keys() if pressed else None)])

    out = ANSI.sub("", asyncio.run(all_of_it()))
    assert not {unicodedata.category(letter) for letter in out.replace("\n", "")} & {"Cc", "Cs", "Zl", "Zp"}
    if how == "card":
        assert not set(out) & set("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
        assert "[red]" in out
