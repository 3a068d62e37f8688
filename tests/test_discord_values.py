"""What Discord sends of a command becomes the command's words and options, and nothing else passes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.discord.commands import definitions
from adapters.discord.values import Called, File, read
from bot.commands.desk import typed
from bot.commands.desk.register import Register
from bot.errors import CommandError
from tests.lobby import lobby

GUILD = 81_384_788_765_712_384
RESOLVED = "resolved"
"""Where Discord puts what the ids among the options stand for."""
CHANNEL = "772908445358620702"
SUB, GROUP, TEXT, NUMBER, CHANNEL_KIND, FILE = 1, 2, 3, 4, 7, 11
EXAMPLES = {TEXT: "off", NUMBER: 2, CHANNEL_KIND: CHANNEL, FILE: "77"}


def called(*options: Mapping[str, Any], name: str = "quiet", **more: object) -> Called:
    """Read a command with these options, given in a server."""
    return read({"id": "1", "name": name, "type": 1, "options": list(options), **more}, guild_id=GUILD)


def option(name: str, kind: int, value: object, **more: object) -> dict[str, object]:
    """Write an option as Discord sends it."""
    return {"name": name, "type": kind, "value": value, **more}


def test_options_become_text() -> None:
    """Text stays as typed, a number becomes its figures, and a channel is named with its server."""
    what = called(
        option("words", TEXT, "  Chips, *bold* "),
        option("count", NUMBER, 3),
        option("channel", CHANNEL_KIND, CHANNEL),
        name="follow",
    )
    values = {"words": "  Chips, *bold* ", "count": "3", "channel": f"{GUILD}/{CHANNEL}"}
    assert what == Called(("follow",), values)


def test_a_direct_message_has_no_server() -> None:
    """In a direct message a channel is its id alone, and a command may come without options."""
    data = {"name": "feeds", "options": [{"name": "list", "type": SUB}]}
    assert read(data, guild_id=None) == Called(("feeds", "list"))
    data = {"name": "export", "options": [option("channel", CHANNEL_KIND, CHANNEL)]}
    assert read(data, guild_id=None).values == {"channel": CHANNEL}


def test_groups_are_words_of_the_command() -> None:
    """Sub-commands and their groups make the path, and the innermost options are the values."""
    sub = {"name": "export", "type": SUB, "options": []}
    group = {"name": "data", "type": GROUP, "options": [sub]}
    assert called(group, name="wireroom") == Called(("wireroom", "data", "export"))
    add = {"name": "add", "type": SUB, "options": [option("address", TEXT, "https://example.com/feed")]}
    assert called(add, name="feeds").path == ("feeds", "add")
    assert called(add, name="feeds").values == {"address": "https://example.com/feed"}


def test_what_is_being_typed_stands_apart() -> None:
    """The option that wants suggestions is named with what stands in it, beside those already filled in."""
    what = called(option("timezone", TEXT, "hong", focused=True), option("hours", TEXT, "22:00-07:00"))
    assert (what.focused, what.typed) == ("timezone", "hong")
    assert what.values == {"hours": "22:00-07:00"}
    assert called(option("timezone", TEXT, "", focused=True)).typed == ""


def test_a_file_comes_with_where_it_is() -> None:
    """A file is found among what Discord resolved, with its address, name and size."""
    given_ = {"id": "77", "filename": "feeds.opml", "size": 512, "url": "https://cdn.example/feeds.opml"}
    load = {"name": "import", "type": SUB, "options": [option("list", FILE, "77")]}
    what = called(load, name="feeds", resolved={"attachments": {"77": given_}})
    assert what.files == {"list": File("https://cdn.example/feeds.opml", "feeds.opml", 512)}
    assert what.values == {}


def test_a_message_is_asked_about_by_its_id() -> None:
    """The message menu calls ``/why`` with the message it was opened on."""
    data = {"id": "1", "type": 3, "name": "Why did I get this?", "target_id": "867793854505943041"}
    assert read(data, guild_id=GUILD) == Called(("why",), {"message": "867793854505943041"})


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"name": "feeds add in:x"},
        {"name": ""},
        {"name": "x" * 33},
        {"name": 7},
        {"name": "quiet", "type": 2, "target_id": "5"},
        {"name": "quiet", "type": 3, "target_id": "5"},
        {"name": "quiet", "type": [1]},
        {"name": "Why did I get this?", "type": 3},
        {"name": "Why did I get this?", "type": 3, "target_id": "../5"},
        {"name": "quiet", "options": {"name": "hours"}},
        {"name": "quiet", "options": ["hours"]},
        {"name": "quiet", "options": [option("hours", TEXT, 7)]},
        {"name": "quiet", "options": [option("hours", NUMBER, "7")]},
        {"name": "quiet", "options": [option("hours", NUMBER, float("inf"))]},
        {"name": "quiet", "options": [option("hours", NUMBER, 10**5_000)]},
        {"name": "quiet", "options": [option("hours", CHANNEL_KIND, "٣")]},
        {"name": "quiet", "options": [option("hours", CHANNEL_KIND, "here")]},
        {"name": "quiet", "options": [option("hours", 9, "5")]},
        {"name": "quiet", "options": [option("hours to:x", TEXT, "off")]},
        {"name": "quiet", "options": [option("list", FILE, "5")]},
        {"name": "quiet", "options": [option("list", FILE, "5")], RESOLVED: {"attachments": {"5": {}}}},
        {"name": "quiet", "options": [option("hours", TEXT, {}, focused=True)]},
        {"name": "a", "options": [{"name": "b", "type": GROUP, "options": [{"name": "c", "type": SUB}] * 2}]},
        {
            "name": "a",
            "options": [
                {
                    "name": "b",
                    "type": GROUP,
                    "options": [{"name": "c", "type": SUB, "options": [{"name": "d", "type": SUB}]}],
                }
            ],
        },
    ],
)
def test_other_shapes_are_refused_with_a_cure(data: dict[str, Any]) -> None:
    """What none of our commands leads to is answered with a sentence that says what to do."""
    with pytest.raises(CommandError, match="reload it"):
        read(data, guild_id=GUILD)


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
keys = st.sampled_from(
    [
        "name",
        "type",
        "value",
        "options",
        RESOLVED,
        "attachments",
        "focused",
        "target_id",
        "url",
        "size",
        "5",
    ]
)
likely = st.sampled_from(["quiet", "Why did I get this?", "5", 1, 2, 3, 4, 7, 11, True])
json_ = st.recursive(
    scalars | likely,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=6),
    max_leaves=20,
)
named = {
    "name": st.sampled_from(["hours", "list"]),
    "type": st.sampled_from([TEXT, NUMBER, CHANNEL_KIND, FILE]),
}
right = st.fixed_dictionaries({**named, "value": likely}, optional={"focused": st.booleans()})
wrong = st.fixed_dictionaries({**named, "value": json_}, optional={"focused": json_, "options": json_})
options_ = st.lists(right, max_size=3) | st.lists(right | wrong | json_, max_size=3)
deeper = options_.flatmap(
    lambda inner: st.sampled_from([[], inner, [{"name": "add", "type": SUB, "options": inner}]])
)
resolved = {"attachments": {"5": {"url": "https://cdn.example/5", "filename": "5", "size": 5}}}


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(keys, json_)
    | st.fixed_dictionaries(
        {"name": st.just("quiet"), "options": deeper | json_, RESOLVED: st.just(resolved) | json_}
    )
)
def test_no_data_whatever_does_harm(data: dict[str, Any]) -> None:
    """Any JSON is either read, into words and texts, or refused with a sentence."""
    try:
        what = read(data, guild_id=GUILD)
    except CommandError:
        return
    assert what.path
    assert all(isinstance(text, str) for text in (*what.path, *what.values, *what.values.values()))
    assert not any(" " in word or ":" in word for word in what.path)


def filled(options: Sequence[Mapping[str, Any]]) -> list[list[dict[str, Any]]]:
    """Fill in every option, as Discord sends them: a list for each command there is."""
    inside = [one for one in options if one["type"] in {SUB, GROUP}]
    if not inside:
        return [[option(one["name"], one["type"], EXAMPLES[one["type"]]) for one in options]]
    return [
        [{"name": one["name"], "type": one["type"], "options": deeper}]
        for one in inside
        for deeper in filled(one["options"])
    ]


async def test_each_registered_command_finds_its_declaration(tmp_path: Path) -> None:
    """Whatever is registered leads, filled in, to the very command and options that were declared."""
    async with lobby(tmp_path) as room:
        register = Register(room.desk.commands)
        found = set()
        given_ = {"filename": "feeds.opml", "size": 512, "url": "https://cdn.example/feeds.opml"}
        for definition in definitions(room.desk.commands):
            if definition["type"] != 1:
                continue
            for options in filled(definition["options"]):
                what = called(*options, name=definition["name"], resolved={"attachments": {"77": given_}})
                call = typed.call(register, "/" + " ".join(what.path))
                command = register.get(call.path)
                assert command is not None
                assert (call.path, call.rest) == (what.path, "")
                assert {*what.values, *what.files} == {one.name for one in command.options}
                found.add(call.path)
        assert len(found) == 21
