"""Escaping for Slack: whatever a feed or a person writes is shown as it is, and does nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.address import address
from adapters.slack.escape import ALIKE, GUARD, bare, code, escape, escape_lines, label
from adapters.slack.limits import URL_MOST
from adapters.slack.words import linked
from bot.samples import HOSTILE
from bot.text import clean, clean_paragraphs
from tests.slack_mrkdwn import Node, Way, kinds, parse, shown

WAYS: tuple[Way, ...] = ("package", "client")
SIGNS = (
    *("*", "**", "_", "__", "~", "~~", "`", "``", "```", "|", "<", ">", "&", "[", "](", ")", "(", "\\", "^"),
    *(
        "&lt;",
        "&gt;",
        "&amp;",
        "&amp;lt;",
        "&#42;",
        "&lt;!channel&gt;",
        "&lt;@U1&gt;",
        "&lt;https://e.org|x&gt;",
    ),
    *(
        "\n",
        "\n\n",
        " ",
        "  ",
        "> ",
        ">>> ",
        "&gt; ",
        "• ",
        "- ",
        "1. ",
        "# ",
        "\t",
        "\r\n",
        "\u2028",
        "\u3000",
    ),
    *(
        "<@U1>",
        "<@U1|maria>",
        "<#C1>",
        "<#C1|news>",
        "<!channel>",
        "<!here|x>",
        "<!everyone>",
        "<!subteam^S1>",
    ),
    *(
        "<!date^1^{ago}|x>",
        "<!date^1^{time}^https://e.org|x>",
        "<https://e.org|x>",
        "<mailto:a@b.c|x>",
        "<x>",
    ),
    *(
        "@here",
        "@channel",
        "@everyone",
        "#general",
        "https://e.org/a",
        "www.e.org",
        "a@b.c",
        "slack://x",
        "//",
    ),
    *(":joy:", ":+1:", ":", "::", "12:30:45", ":電:", ":a::skin-tone-2:", ":joy", "joy:", "{time}", "•"),
    *(
        "a",
        "Word",
        "x_y",
        "a~b",
        "42",
        "é",
        "電池",
        "’",
        "“",
        "”",
        "‘",
        "!",
        '"',
        "'",
        ".",
        ",",
        "-",
        "=",
        "/",
    ),
    *(
        "\u200b",
        "\u2060",
        "\ufeff",
        "\u202e",
        "\xad",
        "\u200d",
        "\ud800",
        "\x00",
        "\x1b[2J",
        "😀",
        "👩\u200d👧",
        "\xa0",
    ),
)
TEXT = st.lists(st.sampled_from(SIGNS) | st.characters(), max_size=14).map("".join)
URL = st.just("https://example.org/a") | st.builds("https://example.org/{}".format, TEXT) | TEXT

_ORIGINAL = str.maketrans({alike: sign for sign, alike in ALIKE.items()} | {GUARD: None})


def told(text: str) -> str:
    """Bring a text to the form in which it and what is seen of it are one: guards gone, look-alikes alike."""
    return text.translate(_ORIGINAL)


def seen(nodes: tuple[Node, ...]) -> str:
    """Give what a reader sees, in the same form."""
    return told(shown(nodes))


def tree(nodes: tuple[Node, ...]) -> list[Any]:
    """Write a tree as the corpus does."""
    return [
        node.text if node.kind == "text" else [node.kind, node.text, *tree(node.inside)] for node in nodes
    ]


def test_the_judge_reads_as_others_do() -> None:
    """The parser that judges here draws the same trees as one that strangers wrote."""
    corpus = json.loads((Path(__file__).parent / "data" / "slack_mrkdwn.json").read_text("utf-8"))
    assert len(corpus["cases"]) > 200
    for text, drawn in corpus["cases"]:
        assert tree(parse(text, "package")) == drawn, text


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("電*a*電", "bold"),
        ("\u200b*\u200ba\u200b*\u200b", "bold"),
        ("“_a_”", "italic"),
        ("(~a b~)", "strike"),
        ("a`b`c", "code"),
        ("```a\nb```", "block"),
        ("x\n  &gt;y", "quote"),
        (">y", "quote"),
        (":電:", "emoji"),
        ("<@U1>", "mention"),
        ("`<@U1>`", "mention"),
        ("<!here>", "command"),
        ("<#C1|x>", "channel"),
        ("<!date^1^{ago}|x>", "date"),
        ("<https://e.org>", "link"),
        ("*<https://e.org|_x_>*", "italic"),
    ],
)
def test_the_judge_sees_what_a_client_might(source: str, kind: str) -> None:
    """The judge finds whatever any client might take for mark-up, so that its silence counts."""
    assert kind in kinds(parse(source))


@pytest.mark.parametrize(
    "text",
    [
        "Orkney’s OTL (OTL) to spend US$2.1 billion, up 10.5%",
        "‘Equal to 10 times 2025’ — “quoted”, rail-bound…",
        "snake_case, 12:30, a/b",
        "Node.js #1 @home C++ C# 50% [red] {x} = \\ ^",
        "• item - dash 1. number",
    ],
)
def test_plain_headlines_stay_as_they_are(text: str) -> None:
    """A text without a sign that acts is not changed at all."""
    assert escape(text) == text


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("R&D <b> &amp; &lt;!channel&gt;", "R&amp;D &lt;b&gt; &amp;amp; &amp;lt;!channel&amp;gt;"),
        ("*a* _b_ ~c~ `d` a_b", "∗a∗ ˍbˍ ∼c∼ ˋdˋ a_b"),
        ("> quote > that", "› quote &gt; that"),
        ("at 12:30:45 it :rains: again", f"at 12:{GUARD}30:45 it :{GUARD}rains: again"),
    ],
)
def test_a_text_reads_well_escaped(text: str, escaped: str) -> None:
    """Three signs become entities, once; those without an escape become look-alikes where they could act."""
    assert escape(text) == escaped


@given(TEXT)
def test_any_text_is_shown_as_it_is(text: str) -> None:
    """Whatever a text holds, all that Slack draws of it is the text, cleaned."""
    for way in WAYS:
        for written, expected in (
            (escape(text), clean(text)),
            (escape_lines(text), clean_paragraphs(text)),
            (label(text), clean(text)),
        ):
            drawn = parse(written, way)
            assert not kinds(drawn)
            assert seen(drawn) == told(expected)
            written.encode("utf-8")


@given(TEXT, TEXT)
def test_texts_do_not_act_together(one: str, other: str) -> None:
    """Two escaped texts that stand beside each other, or at the start of a line, do nothing either."""
    for way in WAYS:
        drawn = parse(f"*{escape(one) or 'x'}*  ·  {escape(other)} {escape(one)}\n{escape(one)}", way)
        assert kinds(drawn) == {"bold"}
        assert seen(drawn[:1]) == told(clean(one) or "x")


@given(TEXT)
def test_nothing_ends_code(text: str) -> None:
    """Code shows exactly its text, and backticks in it do not end it."""
    for way in WAYS:
        drawn = parse(f"a {code(text)} b", way)
        if clean(text):
            assert [node.kind for node in drawn] == ["text", "code", "text"]
            assert not kinds(drawn[1].inside)
            assert drawn[1].text == clean(text).replace("`", ALIKE["`"])


@given(TEXT, URL, TEXT)
def test_a_link_leads_where_it_should(text: str, url: str, beside: str) -> None:
    """A link leads to the address given, alone and in bold, its label is plain, and no text takes it over."""
    target = address(url, URL_MOST)
    for way in WAYS:
        alone = parse(f"{linked(text, url)} {escape(beside)}", way)
        (bold,) = parse(
            f"*{linked(text, 'https://e.org/a*b') if target is None else linked(text, url)}*", way
        )
        assert kinds(bold.inside) == {"link"}
        if target is None:
            assert not kinds(alone)
            assert seen(alone).strip() == told(f"{clean(text)} {clean(beside)}".strip())
        else:
            assert alone[0].kind == "link"
            assert alone[0].text.replace("%2A", "*") == target.replace("%2A", "*")
            assert not kinds(alone[0].inside)
            assert kinds(alone) == {"link"}
            assert not clean(text) or seen(alone[:1]) == told(clean(text))


@given(URL)
def test_an_address_is_read_as_text(url: str) -> None:
    """An address that stands in a text as it is does nothing, and is the same address with signs encoded."""
    target = address(url, URL_MOST)
    if target is not None:
        for way in WAYS:
            drawn = parse(f"Ferries run. {bare(target)} (Earlier)", way)
            assert kinds(drawn) <= ({"emoji"} if way == "package" else set())
        signs = {"%2A": "*", "%5F": "_", "%7E": "~", "%3A": ":"}
        read, meant = shown(parse(bare(target))), target
        for encoded, sign in signs.items():
            read, meant = read.replace(encoded, sign), meant.replace(encoded, sign)
        assert read == meant


@pytest.mark.parametrize("unseen", ["", "\u200b", "\ufeff \x00"])
def test_a_label_of_nothing_is_the_host(unseen: str) -> None:
    """Where a label has no letter left the host of the address stands there."""
    assert (
        linked(unseen, "https://example.org/a?b=c&d=e") == "<https://example.org/a?b=c&amp;d=e|example.org>"
    )


@pytest.mark.parametrize("what", HOSTILE)
def test_the_samples_are_harmless(what: str) -> None:
    """Each hostile text of the adapter contract is shown as it is."""
    message = HOSTILE[what]
    for text in {getattr(message, name, "")[:1_000] for name in ("title", "text")}:
        assert seen(parse(escape(text))) == told(clean(text))
        assert not kinds(parse(escape(text)))
