"""How people and operators write places in Slack, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.slack.names import NAME, read
from bot.errors import CommandError
from bot.models import Target, TargetKind

NEWS = Target(NAME, "C0123456789", "T0123456789")
BARE = Target(NAME, "C0123456789")
MARIA = Target(NAME, "U0123456789", kind=TargetKind.PERSON)


@pytest.mark.parametrize(
    ("written", "target"),
    [
        ("T0123456789/C0123456789", NEWS),
        ("#T0123456789/C0123456789", NEWS),
        ("https://app.slack.com/client/T0123456789/C0123456789", NEWS),
        ("E0123456789/G0123456789", Target(NAME, "G0123456789", "E0123456789")),
        ("C0123456789", BARE),
        ("#C0123456789", BARE),
        ("<#C0123456789>", BARE),
        ("<#C0123456789|news>", BARE),
        ("<#C0123456789|>", BARE),
        ("https://newsroom.slack.com/archives/C0123456789", BARE),
        ("https://newsroom.slack.com/archives/C0123456789/", BARE),
        ("https://newsroom.slack.com/archives/C0123456789/p1776261049000100", BARE),
        ("https://big-firm.enterprise.slack.com/archives/C0123456789", BARE),
        ("@U0123456789", MARIA),
        ("<@U0123456789>", MARIA),
        ("<@U0123456789|maria>", MARIA),
        ("@W0123456789", Target(NAME, "W0123456789", kind=TargetKind.PERSON)),
    ],
)
def test_places_are_read_as_slack_and_people_write_them(written: str, target: Target) -> None:
    """Ids, links that were copied and what Slack makes of a mention all lead to the same place."""
    assert read(written) == target


@pytest.mark.parametrize(
    "written",
    [
        *("", "news", "#news", "@maria", "maria", "c0123456789", "D0123456789", "U0123456789"),
        *("T0123456789/", "/C0123456789", "T0123456789/C0123456789/C1", "C0123456789 ", "C0123456789\n"),
        *("<#C0123456789|a>b>", "<!channel>", "<@C0123456789>", "@C0123456789", "<#U0123456789>"),
        "https://evil.example/archives/C0123456789",
        "https://newsroom.slack.com.evil.example/archives/C0123456789",
        "https://newsroom.slack.com/archives/C0123456789?x=1",
        "C" + "0" * 30,
        "C٠١٢",
    ],
)
def test_what_is_no_place_is_refused_with_how_to_write_one(written: str) -> None:
    """Names, direct conversations, other sites' links: the sentence says how a channel is written."""
    with pytest.raises(
        CommandError, match=r"is no channel that I know\. On Slack, type a space, then # and choose it"
    ):
        read(written)


ids = st.from_regex(r"[A-Z0-9]{1,20}", fullmatch=True)
targets = st.one_of(
    st.builds(
        lambda letter, key, space: Target(NAME, letter + key, space),
        st.sampled_from("CG"),
        ids,
        st.one_of(st.just(""), ids.map("T".__add__)),
    ),
    st.builds(
        lambda letter, key: Target(NAME, letter + key, kind=TargetKind.PERSON), st.sampled_from("UW"), ids
    ),
)


@given(targets)
def test_every_target_is_read_as_it_is_written(target: Target) -> None:
    """What ``str`` writes behind the colon leads back to the same target."""
    assert read(str(target).removeprefix(f"{NAME}:")) == target


@given(st.text(max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    """Whatever is typed is a target of this platform, or is refused with a short sentence."""
    refusal = ""
    try:
        target = read(text)
    except CommandError as error:
        refusal = str(error)
    else:
        assert target.platform == NAME
        assert target.id.isascii()
    assert len(refusal) < 400
    assert "\n" not in refusal
