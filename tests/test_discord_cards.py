"""Cards on Discord: the payloads that must come out, and what can never come out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import discord
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.address import address
from adapters.discord.cards import draw
from adapters.discord.drawn import Drawn
from adapters.discord.limits import URL_MOST
from adapters.discord.plainer import plainer
from adapters.fit import size
from adapters.picture import NO_ALT
from bot.models import (
    Button,
    Card,
    Correction,
    Digest,
    Image,
    Look,
    Message,
    Notice,
    Reason,
    Target,
    TargetKind,
    Why,
)
from bot.samples import ALERT, CARD, HOSTILE, NOTICE
from tests import anything
from tests.discord_markdown import Node, kinds, parse, shown
from tests.test_discord_escape import TEXT, URL

WHEN = datetime(2026, 4, 15, 13, 50, 49, tzinfo=UTC)
LATER = datetime(2026, 4, 15, 15, 0, tzinfo=UTC)
FERRIES = Card(
    title="Tidal power firm to spend US$2.1 billion on ferries’ harbour grid",
    source="Harbour News",
    link="https://example.org/ferries?id=7",
    summary="Orkney Tidal Ltd (OTL), the isles’ power king, plans to spend 2.1 billion on a grid of cables…",
    author="Ada Byron",
    source_link="https://example.org",
    image=Image("https://example.org/ferry.jpg?itok=a&v=1"),
    published=WHEN,
)
EMBED: dict[str, Any] = {
    "title": "Tidal power firm to spend US$2.1 billion on ferries’ harbour grid",
    "url": "https://example.org/ferries?id=7",
    "description": "Orkney Tidal Ltd (OTL), the isles’ power king, plans to spend 2.1 billion on "
    "a grid of cables…",
    "timestamp": "2026-04-15T13:50:49+00:00",
    "color": 752245,
    "author": {"name": "Harbour News", "url": "https://example.org"},
    "footer": {"text": "Ada Byron"},
    "image": {"url": "https://example.org/ferry.jpg?itok=a&v=1", "description": NO_ALT},
}
ME = Reason(91, "otl grid", "all feeds")
BUTTONS = (Button("Snooze 24 h", "/snooze 91 24h"), Button("Edit…", "/change 91"))
FOUND = replace(
    FERRIES,
    why=Why(("OTL", "grid"), ("summary",), (ME,)),
    summary_marks=tuple(
        (at, at + len(word)) for word in ("OTL", "grid") for at in [FERRIES.summary.index(word)]
    ),
    buttons=BUTTONS,
)


def test_a_card_in_a_channel_is_one_embed() -> None:
    """A channel's card is an embed: linked title, summary, feed, author, time, and the picture below."""
    drawn = draw(FERRIES, direct=False)
    assert drawn == Drawn(embeds=(EMBED,), title=FERRIES.title)


def test_discord_py_sends_an_embed_as_drawn() -> None:
    """The library in between keeps all that is drawn, alternative texts of pictures too."""
    sent = discord.Embed.from_dict(EMBED).to_dict()
    assert {name: value for name, value in sent.items() if name in EMBED} == EMBED


def test_an_alert_says_first_why_it_comes() -> None:
    """An alert bears a line that says why, matched words in bold, a small picture, and its buttons."""
    embed = {name: value for name, value in EMBED.items() if name != "image"}
    embed["thumbnail"] = EMBED["image"]
    embed["description"] = (
        "Orkney Tidal Ltd (**OTL**), the isles’ power king, plans to spend 2.1 billion on a **grid** of "
        "cables…"
    )
    content = "Matched **OTL** and **grid**, from your follow `otl grid` in all feeds."
    drawn = draw(FOUND, direct=True)
    assert drawn == Drawn(content=content, embeds=(embed,), buttons=BUTTONS, title=FERRIES.title)


def test_a_correction_says_so_in_words() -> None:
    """A corrected card has a field with the time and the earlier headline, or the time alone."""
    earlier = replace(FERRIES, correction=Correction(LATER, "Tidal power firm to spend [US$2.1 million]"))
    field = {
        "name": "Headline corrected",
        "value": "<t:1776265200:f>. Earlier: “Tidal power firm to spend \\[US$2.1 million\\]”",
        "inline": False,
    }
    assert draw(earlier, direct=False).embeds == (EMBED | {"fields": [field]},)
    (embed,) = draw(replace(FERRIES, correction=Correction(LATER, None)), direct=False).embeds
    assert embed["fields"] == [{"name": "Corrected", "value": "<t:1776265200:f>", "inline": False}]


OTHER = Target("discord", "5", kind=TargetKind.PERSON)


@pytest.mark.parametrize(
    ("why", "said"),
    [
        (Why((), (), (ME,)), "From your follow `otl grid` in all feeds."),
        (Why(("OTL",), ("title",), ()), "Matched **OTL**."),
        (Why((), (), ()), ""),
        (
            Why(("OTL",), ("title",), (ME, Reason(2, "a*b", "Harbour_News"))),
            r"Matched **OTL**, from your follows `otl grid` in all feeds and `a*b` in **Harbour\_News**.",
        ),
        (
            Why(("OTL",), ("title",), (Reason(2, "x", "all feeds", OTHER),)),
            "Matched **OTL**, from <@5>’s follow `x` in all feeds.",
        ),
        (
            Why(("OTL",), ("title",), (ME, Reason(2, "x", "all feeds", OTHER))),
            "Matched **OTL**, from your follow `otl grid` in all feeds; <@5>’s follow `x` in all feeds.",
        ),
    ],
)
def test_an_alert_names_every_follow(why: Why, said: str) -> None:
    """The line names the words and each follow with its feed and, among several people, its owner."""
    assert draw(replace(FERRIES, why=why), direct=True).content == said


def test_of_very_many_follows_the_first_are_named() -> None:
    """A line that would be too long ends by the number of follows that it leaves out."""
    reasons = tuple(Reason(number, f"word{number} " * 9, "all feeds") for number in range(50))
    said = draw(replace(FERRIES, why=Why(("OTL",), ("title",), reasons)), direct=True).content
    assert "`word0 word0" in said
    assert said.endswith(" more.")
    assert size(said) <= 1_000


@pytest.mark.parametrize(
    ("look", "direct", "place"),
    [
        (Look(image="usual"), False, "image"),
        (Look(image="usual"), True, "thumbnail"),
        (Look(image="novel"), False, "image"),
        (Look(image="small"), False, "thumbnail"),
        (Look(image="large"), True, "image"),
        (Look(image="none"), False, None),
    ],
)
def test_the_picture_stands_where_the_channel_wants_it(
    look: Look, *, direct: bool, place: str | None
) -> None:
    """Below in channels, beside in direct messages, unless the channel chose; none where it wants none."""
    (embed,) = draw(replace(FERRIES, look=look), direct=direct).embeds
    assert {"image", "thumbnail"} & set(embed) == ({place} if place else set())


@pytest.mark.parametrize(
    ("url", "shown_as"),
    [
        ("http://example.org/a.jpg", "https://example.org/a.jpg"),
        ("https://example.org/a b.jpg", "https://example.org/a%20b.jpg"),
        ("data:image/png;base64,AAAA", None),
        ("https://example.org/a.SVG?x", None),
        ("https://example.org/" + "a" * 2_100, None),
        ("", None),
    ],
)
def test_only_a_picture_that_discord_shows_is_sent(url: str, shown_as: str | None) -> None:
    """A picture goes over https; what Discord would refuse or not show is left out, so that the card goes."""
    (embed,) = draw(replace(FERRIES, image=Image(url, "A ferry")), direct=False).embeds
    assert embed.get("image") == (shown_as and {"url": shown_as, "description": "A ferry"})


def test_a_compact_card_is_one_line() -> None:
    """Where a channel wants it compact, a card is a linked title and its facts, without emoji in the link."""
    card = replace(FERRIES, title="⛴️ Ferries [run] again", look=Look(compact=True))
    facts = "Harbour News · Ada Byron · <t:1776261049:R>"
    line = f"[Ferries (run) again](https://example.org/ferries?id=7) · {facts}"
    assert draw(card, direct=False) == Drawn(content=line, title=card.title)
    changed = draw(replace(card, correction=Correction(LATER, "Ferries stop")), direct=False)
    assert changed.content == f"{line} · Headline corrected <t:1776265200:f>. Earlier: “Ferries stop”"
    assert draw(replace(card, correction=Correction(LATER, None)), direct=False).content == (
        f"{line} · Corrected <t:1776265200:f>"
    )


def test_an_address_too_long_for_a_line_gets_an_embed() -> None:
    """A compact card keeps its link even where the link does not fit in a line."""
    link = "https://example.org/" + "a" * 1_990
    drawn = draw(Card("T", "S", link, look=Look(compact=True)), direct=False)
    assert not drawn.content
    assert drawn.embeds[0]["url"] == link


def test_a_notice_shows_what_only_the_shell_can_do() -> None:
    """A notice is its sentence; commands of the chat are buttons, those of the shell stand in words."""
    notice = Notice(
        "Feed *x* waits.", (Button("Pause", "/feeds pause 1"), Button("Post_it", "wireroom d --retry 1"))
    )
    drawn = draw(notice, direct=True)
    assert drawn.content == "Feed \\*x\\* waits.\nPost\\_it: `wireroom d --retry 1`"
    assert drawn.buttons == notice.buttons[:1]
    assert NOTICE.buttons[0].command in draw(NOTICE, direct=False).content


@pytest.mark.parametrize("at", [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, tzinfo=UTC)])
def test_the_ends_of_the_calendar_are_harmless(at: datetime) -> None:
    """A time that nobody can show in every timezone is left out of an embed, and the card goes."""
    for zone in (UTC, timezone(timedelta(hours=9)), timezone(timedelta(hours=-9))):
        (embed,) = draw(replace(FERRIES, published=at.replace(tzinfo=zone)), direct=False).embeds
        assert "timestamp" not in embed
        line = draw(
            replace(FERRIES, published=at.replace(tzinfo=zone), look=Look(compact=True)), direct=False
        )
        assert "time" in kinds(parse(line.content))


CARDS = anything.cards(TEXT, URL, OTHER)
MESSAGES = anything.messages(CARDS, TEXT)


def complaints(drawn: Drawn) -> list[str]:
    """Say what Discord would refuse."""
    together = 0
    found = [] if drawn.content or drawn.embeds else ["empty"]
    for embed in drawn.embeds:
        texts = [
            (embed.get("title", ""), 256),
            (embed.get("description", ""), 4_096),
            (embed.get("author", {}).get("name", ""), 256),
            (embed.get("footer", {}).get("text", ""), 2_048),
            *((field["name"], 256) for field in embed.get("fields", ())),
            *((field["value"], 1_024) for field in embed.get("fields", ())),
        ]
        together += sum(size(text) for text, _ in texts)
        found += [text[:40] for text, limit in texts if size(text) > limit]
        found += [name for name in ("title", "description") if name in embed and not embed[name].strip()]
        if not embed.get("title") and not embed.get("description"):
            found.append("an empty embed")
    if size(drawn.content) > 2_000 or together > 6_000 or len(drawn.embeds) > 10 or len(drawn.title) > 100:
        found.append("too much")
    return found


def steps(message: Message, *, direct: bool) -> list[Drawn]:
    """Draw a message in each form that it can take."""
    drawn: Drawn | None = draw(message, direct=direct)
    forms = []
    while drawn is not None:
        forms.append(drawn)
        drawn = plainer(drawn)
    return forms


def expected(message: Message) -> set[str]:
    """Name what there may be in a message's own text, beside its embeds."""
    match message:
        case Notice():
            return {"code"}
        case Digest():
            return {"strong", "link", "time", "subtext"}
        case Card(why=Why(reasons=reasons)):
            named = {"mention"} if any(reason.owner for reason in reasons) else set()
            return {"strong", "code", "link"} | named
        case Card():
            return {"link", "time"}


def targets(nodes: Sequence[Node]) -> set[str]:
    """Collect where the links lead."""
    found = {node.text for node in nodes if node.kind == "link"}
    return found.union(*(targets(node.inside) for node in nodes))


STRANGE = replace(
    FERRIES,
    source="[a](https://e.org/)",
    author="**b**",
    correction=Correction(LATER, "`c` <@1>"),
    look=Look(compact=True),
)


@example(STRANGE, False)
@given(MESSAGES, st.booleans())
def test_whatever_comes_in_does_nothing(message: Message, direct: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    """No text of any message becomes more than text: all mark-up, links, times and names are ours."""
    cards = message.items if isinstance(message, Digest) else (message,) if isinstance(message, Card) else ()
    ours = {(address(card.link, URL_MOST) or "").replace("%2E", ".") for card in cards}
    for drawn in steps(message, direct=direct):
        assert not complaints(drawn)
        assert kinds(parse(drawn.content)) <= expected(message)
        for text in (drawn.content, *(embed.get("description", "") for embed in drawn.embeds)):
            assert {to.replace("%2E", ".") for to in targets(parse(text))} <= ours
        for embed in drawn.embeds:
            assert not kinds(parse(embed.get("title", "")))
            allowed = {"strong", "link", "time", "subtext"} if isinstance(message, Digest) else {"strong"}
            assert kinds(parse(embed.get("description", ""))) <= allowed
            for field in embed.get("fields", ()):
                assert kinds(parse(field["value"])) == {"time"}


@settings(max_examples=20, deadline=None)
@given(TEXT, st.integers(1, 9_000), st.booleans())
def test_any_length_is_taken(text: str, times: int, direct: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    """However long the texts of a card are, each form of it is within all limits."""
    long = (text * times)[:9_000]
    query = long[:300]
    why = Why((query,) * 12, ("title",), (Reason(1, query, query), Reason(2, query, query, OTHER)) * 9)
    card = replace(
        FERRIES, title=long, source=long, author=long, summary=long, image=Image("https://e.org/i", long)
    )
    card = replace(card, correction=Correction(LATER, long), link=f"https://example.org/{long[:2_000]}")
    for one in (
        card,
        replace(card, why=why),
        replace(card, look=Look(compact=True)),
        Notice(long, _buttons(long)),
    ):
        for drawn in steps(one, direct=direct):
            assert not complaints(drawn)


def _buttons(text: str) -> tuple[Button, ...]:
    return (Button(text, text), Button(text, f"/{text}")) * 10


def test_a_long_title_is_cut_at_a_word() -> None:
    """A title that is too long once it is escaped ends after a word, with an ellipsis, never in an escape."""
    (embed,) = draw(replace(FERRIES, title="wo_rd " * 45), direct=False).embeds
    assert embed["title"] == "wo\\_rd " * 35 + "wo\\_rd…"


@pytest.mark.parametrize("what", HOSTILE)
@pytest.mark.parametrize("direct", [False, True])
def test_the_samples_are_drawn(what: str, *, direct: bool) -> None:
    """Every hostile sample of the adapter contract comes out within Discord's limits, in each form."""
    for drawn in steps(HOSTILE[what], direct=direct):
        assert not complaints(drawn)


def test_all_words_arrive() -> None:
    """Of the plain samples every word, address and query is in what is drawn."""
    drawn = repr(draw(CARD, direct=False)) + repr(draw(ALERT, direct=True))
    image = CARD.image or Image("")
    for text in (CARD.title, CARD.source, CARD.link, CARD.summary, CARD.author, image.url, image.alt):
        assert str(text) in drawn
    assert "`gingerbread, chips`" in drawn
    assert "`marzipan, tariff`" in drawn
    assert "2026-04-15T13:50:00+00:00" in drawn
    assert shown(parse(draw(ALERT, direct=True).content)).startswith(
        "Matched chips and tariff, from your follows"
    )
