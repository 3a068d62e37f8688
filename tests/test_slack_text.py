"""What people type on Slack: read as they typed it, whatever Slack makes of it on the way."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.slack.text import escaped, typed, unescaped
from bot.commands.desk.typed import unwrap
from tests.loopback.slack import User, World
from tests.loopback.slack.typed import sent

WORLD = World(lambda event: event, lambda: 0.0)
MARIA = WORLD.add_user("maria")
NEWS = WORLD.add_channel("news", MARIA)
PLACE = f"{WORLD.team_id}/{NEWS.id}"

PIECES = st.sampled_from(
    [
        "https://feeds.example/a?b=1&c=2",
        "http://feeds.example",
        "ferries.org/news",
        "ASP.net",
        "ines@gazette.example",
        "R&D",
        "&amp;",
        "&lt;b&gt;",
        f"<#{NEWS.id}|news>",
        "<!channel>",
        "<https://a.example|b>",
        "<@U1>",
        "in:“My feed”",
        "battery –byd",
        '"solid state"',
        "C++ | C#",
        "line\nline",
    ]
)
TYPED = st.lists(st.tuples(PIECES | st.text(max_size=12), st.sampled_from([" ", "  ", "\n"])), max_size=6)


def came(text: str, user: User = MARIA) -> str:
    """Read what the app gets when a person types this behind /follow."""
    said = sent(WORLD, user, text.strip())
    return typed("/follow", said, space=WORLD.team_id, named={NEWS.name: NEWS.id}.get)


@given(TYPED)
@example([("&amp;amp;", " "), ("&#60;", " ")])
def test_it_comes_out_as_it_was_typed(pieces: list[tuple[str, str]]) -> None:
    """Whatever a person types comes out as typed, links as their addresses and each escape undone once."""
    text = "".join(piece + gap for piece, gap in pieces).strip()
    assert came(text) == f"/follow {text}".strip()


@given(st.text())
def test_the_desk_reads_no_mark_in_it(text: str) -> None:
    """The desk takes marks of Slack's out of any text; what is written for it comes through whole."""
    assert unwrap(escaped(text)) == text
    assert unescaped(escaped(text)) == text


@given(st.text())
def test_nothing_slack_may_send_breaks_it(text: str) -> None:
    """Any text at all is read as something, also what Slack never sends."""
    assert typed("/follow", text).startswith("/follow")


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("chips to #news", "chips to #news"),
        ("chips to: #news", f"chips to:{PLACE}"),
        ("chips to:#news when:daily", f"chips to:{PLACE} when:daily"),
        ("chips to:#unheard-of", "chips to:#unheard-of"),
        ("#news", "#news"),
        ("@maria", "@maria"),
        ("title: #news", "title: #news"),
        ("author: @maria", "author: @maria"),
        ("to: @maria chips", f"to:@{MARIA.id} chips"),
        ("mail ines@gazette.example now", "mail ines@gazette.example now"),
    ],
)
def test_names_are_words_but_behind_a_flag(text: str, read: str) -> None:
    """Behind a flag a channel or a person is written as the adapter reads one; elsewhere it is a word."""
    assert came(text) == f"/follow {read}"


def test_a_prefix_behind_the_long_name() -> None:
    """/wireroom in front of a prefixed name means the same as without the prefix."""
    assert typed("/wireroom", "wr-follow chips", prefix="wr-") == "/wireroom follow chips"
    assert typed("/wr-follow", "wr-chips", prefix="wr-") == "/follow wr-chips"


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("<https://a.example/?x=1&amp;y=2|a.example>", "https://a.example/?x=1&y=2"),
        ("<http://ASP.net|ASP.net>", "ASP.net"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("<tel:123456|123456>", "123456"),
        ("<#C123|>", "#C123"),
        ("chips to:<#C123|news>", "chips to:C123"),
        ("<!here> <!subteam^S1|@editors>", "@here @editors"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
    ],
)
def test_slacks_marks_become_what_they_stand_for(raw: str, read: str) -> None:
    """Each mark of Slack's is read as what a person saw when they typed it."""
    assert typed("/follow", raw) == f"/follow {read}"


@pytest.mark.parametrize(
    ("command", "prefix", "name"),
    [
        ("/wr-follow", "wr-", "/follow"),
        ("/follow", "wr-", "/follow"),
        ("/wireroom", "wire", "/wireroom"),
        ("/wireroom", "", "/wireroom"),
    ],
)
def test_a_prefix_is_taken_off(command: str, prefix: str, name: str) -> None:
    """The prefix belongs to the workspace, not to the command; /wireroom has none."""
    assert typed(command, "", prefix=prefix) == name
