"""Escaping for Discord: whatever a feed or a person writes is shown as it is, and does nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from adapters.address import address
from adapters.discord.escape import GUARD, code, escape, escape_lines, label
from adapters.discord.limits import URL_MOST
from adapters.discord.words import markdown, marked, masked
from adapters.fit import size
from bot.models import Target, TargetKind
from bot.prose import Bold, Code, Link, Moment, Named, Piece
from bot.samples import HOSTILE
from bot.text import clean, clean_paragraphs
from tests.discord_markdown import Node, Way, invites, kinds, parse, shown

WAYS: tuple[Way, ...] = ("package", "client")
ID = "123456789012345678"
SIGNS = (
    *("*", "**", "***", "_", "__", "~~", "||", "`", "``", "```", "\\", "\\\\", "[", "](", ")", "(", "<", ">"),
    *("\n", "\n\n", " ", "  ", "# ", "### ", "-# ", "- ", "+ ", "* ", "1. ", "12.", "> ", ">>> ", "•", "\t"),
    *(
        "http:",
        "https://",
        "https://e.org/a",
        "//",
        "/",
        "www.e.org",
        "steam://run/1",
        "<https://e.org>",
        ":",
    ),
    *("discord.gg/", "Discord.com/invite/x", "discord.", "gg/x", "a@b.c", "<a@b.c>", "<+4930123456>", "://"),
    *("@everyone", "@here", "@", "everyone", "@silent", "<@1>", f"<@&{ID}>", f"<#{ID}>", "<#1>", "<@!", "&"),
    *("<t:1:R>", "<t:1>", f"</ban:{ID}>", "</a b:1>", "<id:guide>", f"<{ID}:guide>", f"<:a:{ID}>", ":joy:"),
    *(
        "<sound:1:2>",
        "¯\\_(ツ)_/¯",
        "😀",
        "👩\u200d👧",
        "\u200b",
        "\u2060",
        "\ufeff",
        "\u202e",
        "\ud800",
        "\r\n",
    ),
    *(
        "a",
        "Word",
        "x_y",
        "42",
        "é",
        "中文",
        "\u00a0",
        "\u3000",
        "\ufe0f",
        "\u20e3",
        "‘",
        "!",
        '"',
        "'",
        "js\n",
    ),
)
TEXT = st.lists(st.sampled_from(SIGNS) | st.characters(), max_size=14).map("".join)
URL = st.just("https://example.org/a") | st.builds("https://example.org/{}".format, TEXT) | TEXT


def bare(nodes: tuple[Node, ...]) -> str:
    """Give what is seen, without the zero-width guards."""
    return shown(nodes).replace(GUARD, "")


def tree(nodes: tuple[Node, ...]) -> list[Any]:
    """Write a tree as the corpus does."""
    return [
        node.text if node.kind == "text" else [node.kind, node.text, *tree(node.inside)] for node in nodes
    ]


def test_the_judge_reads_as_others_do() -> None:
    """The parser that judges here draws the same trees as one that strangers wrote."""
    corpus = json.loads((Path(__file__).parent / "data" / "discord_markdown.json").read_text("utf-8"))
    assert len(corpus["cases"]) > 200
    for text, drawn in corpus["cases"]:
        assert tree(parse(text, "package")) == drawn, text


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("- a", "list"),
        ("x\n1. a", "list"),
        ("<@1>", "mention"),
        ("@everyone", "mention"),
        ("<id:guide>", "navigation"),
        (":joy:", "emoji"),
        ("<sound:1:2>", "sound"),
        ("<a@b.c>", "link"),
        ("<tel:+4930123456>", "link"),
        ("https://e.org", "link"),
        ("[\\*x](https://e.org)", "link"),
        ("[@everyone](https://e.org)", "refused"),
        ("[x https://e.org/a](https://e.org)", "refused"),
        ("[discord.gg/x](https://e.org)", "refused"),
        ("[" * 11 + "[x](https://e.org)", "link"),
        (" -# small", "subtext"),
        ("  ### head", "heading"),
        ("> a", "quote"),
        ("@silent", "silent"),
    ],
)
def test_the_judge_sees_what_the_client_adds(source: str, kind: str) -> None:
    """The judge finds what Discord's own client draws beyond the corpus, so that its silence counts."""
    assert kind in kinds(parse(source))


def test_the_judge_shows_escapes_in_labels() -> None:
    """A backslash in a link's label is shown, as in Discord's client."""
    assert shown(parse(r"[\*x](https://e.org)")) == r"\*x"


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("China’s CATL to invest US$4.4 billion, up 5%", "China’s CATL to invest US$4.4 billion, up 5%"),
        ("Foo](https://evil.example) [x", r"Foo\]\(https:\//evil.example) \[x"),
        ("*a* _b_ ~c~ |d| `e` #f >g", r"\*a\* \_b\_ \~c\~ \|d\| \`e\` \#f \>g"),
        ("- a - b", r"\- a - b"),
        ("1. a 2. b", r"1\. a 2. b"),
        ("@everyone, @maria", "\\@\u200beveryone, \\@maria"),
        ("join discord.gg/x", "join discord.\u200bgg/x"),
        ("at 12:30: it :rains: again", r"at 12\:30: it \:rains: again"),
    ],
)
def test_a_text_reads_well_escaped(text: str, escaped: str) -> None:
    """Only what tells Discord something gets a backslash; plain headlines stay as they are."""
    assert escape(text) == escaped


@given(TEXT)
def test_any_text_is_shown_as_it_is(text: str) -> None:
    """Whatever a text holds, all that Discord draws of it is the text, cleaned."""
    for way in WAYS:
        drawn = parse(escape(text), way)
        assert not kinds(drawn)
        assert bare(drawn) == clean(text)
        lines = parse(escape_lines(text), way)
        assert not kinds(lines)
        assert bare(lines) == clean_paragraphs(text)


@given(TEXT, TEXT)
def test_texts_do_not_act_together(one: str, other: str) -> None:
    """Two escaped texts that stand beside each other, or at the start of a line, do nothing either."""
    for way in WAYS:
        drawn = parse(f"**{escape(one) or 'x'}** · {escape(other)}\n{escape(one)}", way)
        assert kinds(drawn) == {"strong"}


@given(TEXT, TEXT)
def test_no_text_takes_a_link_over(label_text: str, text: str) -> None:
    """A text beside one of our links neither becomes part of it nor changes where it leads."""
    assume(text.count("[") <= 8)  # Discord makes no links at all where more than ten brackets are open
    for way in WAYS:
        drawn = parse(f"{masked(label_text, 'https://e.org/a')}{escape(text)}", way)
        assert [(node.kind, node.text) for node in drawn[:1]] == [("link", "https://e.org/a")]
        assert kinds(drawn) == {"link"}
        assert bare(drawn[1:]) == clean(text)


@given(TEXT)
def test_no_text_unfurls_or_breaks_the_request(text: str) -> None:
    """No invite is looked up for a text, and it can be encoded."""
    for written in (escape(text), escape_lines(text), code(text), label(text)):
        assert not invites(written)
        written.encode("utf-8")


@given(TEXT, TEXT)
def test_no_address_unfurls_an_invite(text: str, path: str) -> None:
    """An invite hidden in the path of a link is not looked up, and the link leads where it did."""
    written = masked(text, f"https://example.org/{path}")
    assert not invites(written)
    (target,) = (node.text for node in parse(written, "package") if node.kind == "link")
    assert target.replace("%2E", ".") == (address(f"https://example.org/{path}", URL_MOST) or "").replace(
        "%2E", "."
    )


@given(TEXT)
def test_nothing_ends_code(text: str) -> None:
    """Code shows exactly its text, and backticks in it do not end it."""
    for way in WAYS:
        drawn = parse(f"a {code(text)} b", way)
        if clean(text):
            assert [node.kind for node in drawn] == ["text", "code", "text"]
            assert drawn[1].text.replace(GUARD, "") == clean(text)


@given(TEXT, URL)
def test_a_link_leads_where_it_should(text: str, url: str) -> None:
    """A masked link leads to the address given and its label is plain; without an address it is text."""
    target = address(url, URL_MOST)
    for way in WAYS:
        drawn = parse(f"\n{masked(text, url)}.", way)
        if target is None:
            assert not kinds(drawn)
            assert bare(drawn).strip() == f"{clean(text)}.".strip()
        else:
            assert [node.kind for node in drawn[1:]] == ["link", "text"]
            assert drawn[1].text.replace("%2E", ".") == target.replace("%2E", ".")
            assert drawn[2].text == "."
            assert not kinds(drawn[1].inside)


@pytest.mark.parametrize("before", ["x", "\u0600", "*a*"])
def test_no_link_ends_in_code(before: str) -> None:
    """Code behind a link cannot give it another end: of two brackets Discord takes the last."""
    sentence = (Link(before, "https://e.org/a"), " ", Code("](https://evil.example)"))
    for way in WAYS:
        drawn = [node for node in parse(markdown(sentence), way) if node.kind != "text"]
        assert [node.kind for node in drawn] == ["link", "code"]
        assert drawn[0].text.strip("<>") == "https://e.org/a"


@pytest.mark.parametrize("unseen", ["", "\u0600", "\U00013437", "\U0001d173 \u200d", "\u2800"])
def test_a_label_that_nobody_sees_is_the_host(unseen: str) -> None:
    """Of a label without anything to see Discord makes no link, so the host stands there."""
    assert masked(unseen, "https://example.org/a") == "[example.org](https://example.org/a)"


@given(
    st.text(st.characters(categories=["L", "N", "Sm", "Zs"], include_characters=".,()‘’“”%&;=/"), min_size=1)
)
def test_a_label_keeps_ordinary_letters(text: str) -> None:
    """A label without a sign of mark-up is not changed at all."""
    plain = clean("".join(letter for letter in text if letter not in "~|<>+"))
    assert label(plain) == plain


@given(st.lists(st.sampled_from(["👩\u200d👧", "🎉", "❤️", "™", "a", " ", "1\ufe0f\u20e3", "🇩🇪"]), max_size=8))
def test_a_label_outside_embeds_holds_no_emoji(pieces: list[str]) -> None:
    """In a message's own text a label bears no emoji, for there Discord would not make a link of it."""
    written = masked("".join(pieces), "https://example.org/a", emoji=False)
    assert set(written) <= set("[](): /.1ahtpsexmplorg")
    assert kinds(parse(written)) == {"link"}
    assert "[]" not in written


@given(TEXT, st.lists(st.tuples(st.integers(-1, 40), st.integers(-1, 40)), max_size=4))
def test_marks_are_bold_and_nothing_else(text: str, marks: list[tuple[int, int]]) -> None:
    """Matched words are bold, the text stays as it is, and marks that miss it are left out."""
    text = clean_paragraphs(text)
    for way in WAYS:
        drawn = parse(marked(text, marks), way)
        assert kinds(drawn) <= {"strong"}
        assert bare(drawn) == text
        bold = "".join(bare(node.inside) for node in drawn if node.kind == "strong")
        covered = {at for start, end in marks if 0 <= start < end <= len(text) for at in range(start, end)}
        assert bold == "".join(text[at] for at in sorted(covered))


def test_touching_marks_are_one() -> None:
    """Marks that touch or overlap become one bold text, for Discord would misread two."""
    assert marked("abcdef", [(2, 4), (0, 2), (3, 5)]) == "**abcde**f"
    assert marked("a\x07b", [(0, 1)]) == "ab"


PIECE: st.SearchStrategy[Piece] = st.one_of(
    TEXT,
    st.builds(Bold, TEXT),
    st.builds(Code, TEXT),
    st.builds(Link, TEXT, st.just("https://example.org/a")),
    st.builds(Moment, st.datetimes(timezones=st.just(UTC))),
    st.builds(Named, st.builds(Target, st.just("discord"), st.sampled_from(["1", ID, "x*>"]))),
)
DRAWN_AS = {Bold: "strong", Code: "code", Link: "link", Moment: "time"}


@given(st.lists(PIECE, max_size=6).map(tuple))
def test_prose_holds_its_own_pieces_only(sentence: tuple[Piece, ...]) -> None:
    """Of a sentence Discord draws the bold, code, links, times and names that stand in it, and no more."""
    written = markdown(sentence)
    assume(written.count("[") <= 10)  # Discord makes no links at all where more brackets are open
    expected = []
    for piece in sentence:
        if isinstance(piece, Named):
            expected += ["channel"] if piece.target.id.isdigit() else []
        elif isinstance(piece, Link | Moment) or (isinstance(piece, Bold | Code) and clean(piece.text)):
            expected.append(DRAWN_AS[type(piece)])
    assert [node.kind for node in parse(written) if node.kind != "text"] == expected


@pytest.mark.parametrize(
    ("sentence", "written"),
    [
        (
            ("You follow ", Bold("ai_x"), " by ", Code("/follow ai_x"), "."),
            r"You follow **ai\_x** by `/follow ai_x`.",
        ),
        ((Bold("a"), Bold("b")), "**a**\u200b**b**"),
        (
            ("1", ". a\n• b\n", Link("page", "https://e.org/a(b)")),
            "1\\. a\n• b\n[page](<https://e.org/a%28b%29>)",
        ),
        (
            (Link("x", "https://discord.gg/a?b=Discord.gg/c&d=discordapp.com/invite/e"),),
            "[x](<https://discord.gg/a?b=Discord%2Egg/c&d=discordapp%2Ecom/invite/e>)",
        ),
        (
            (Named(Target("discord", "5", "1")), " ", Named(Target("discord", "6", "", TargetKind.PERSON))),
            "<#5> <@6>",
        ),
        ((Moment(datetime(2026, 4, 15, 15, 0, tzinfo=UTC)),), "<t:1776265200:f>"),
        ((Moment(datetime.min.replace(tzinfo=UTC)),), "<t:-62135596800:f>"),
        ((Code("a`b"), " ", Code("`"), " ", Code("``x")), "``a`b`` `` ` `` `` `\u200b`x``"),
        ((":jo", Bold(""), "y:"), r"\:joy:"),
        (("Addresses start with https://.",), r"Addresses start with https:\//."),
    ],
)
def test_prose_is_written_plainly(sentence: tuple[Piece, ...], written: str) -> None:
    """Each kind of piece has its mark-up; strings that were handed in apart are read as one."""
    assert markdown(sentence) == written


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://e.org/a?b=c&d=%20#e", "https://e.org/a?b=c&d=%20#e"),
        ("HTTPS://E.org", "HTTPS://E.org"),
        ("https://e.org/a b(c)'\\<>", "https://e.org/a%20b%28c%29'%5C%3C%3E"),
        ("https://münchen.de/ä", "https://xn--mnchen-3ya.de/%C3%A4"),
        ("https://e.org:8080/", "https://e.org:8080/"),
        ("https://" + "a" * URL_MOST, None),
        *(
            (url, None)
            for url in ("", "e.org", "ftp://e.org", "javascript:alert(1)", "data:image/png;base64,AA")
        ),
        *(
            (url, None)
            for url in ("https://", "https:///a", "https://me@e.org/", "https://e..org", "https://.e")
        ),
        *((url, None) for url in ("https://ö:x/", "https://%41.org/", "https://e.org:x/")),
    ],
)
def test_only_a_web_address_is_one(url: str, written: str | None) -> None:
    """An address is http(s) with a plain host; what could break out of a link is encoded, the rest stays."""
    assert address(url, URL_MOST) == written


def test_sizes_count_as_strictly_as_anybody_does() -> None:
    """A sign beyond the first plane counts as two."""
    assert size("a😀") == 3


@pytest.mark.parametrize("what", HOSTILE)
def test_the_samples_are_harmless(what: str) -> None:
    """Each hostile text of the adapter contract is shown as it is."""
    message = HOSTILE[what]
    for text in {getattr(message, name, "")[:1_000] for name in ("title", "text")}:
        assert bare(parse(escape(text))) == clean(text)
        assert not kinds(parse(escape(text)))
