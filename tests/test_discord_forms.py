"""Forms on Discord: within its limits whatever they ask, filled in, and read back as they were handed in."""

from __future__ import annotations

from typing import Any

from discord import ui
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.discord import forms
from adapters.typed import typed
from bot.command import Caller, Command, Kind, Option, Values
from bot.prose import plain
from bot.reply import Choice, Field, FieldKind, Form, Reply
from tests.anything import CHOICES, FORMS, NAMES
from tests.anything import LONG as TEXTS
from tests.loopback.discord.contract import judge


def breaches(modal: ui.Modal) -> list[str]:
    """Say what Discord would not take of a form."""
    body = {"type": 9, "data": modal.to_dict()}
    verdict = judge("POST", "/interactions/1/token/callback", {}, body)
    return [str(breach) for breach in (*verdict.breaches, *verdict.unwelcome)]


def drawn(form: Form, part: int = 1, **feeds: list[Choice]) -> ui.Modal:
    """Draw a part of a form."""
    return forms.modal(form, part, custom_id="wr1:0b::/x", feeds=feeds)


def entries(modal: ui.Modal) -> list[dict[str, Any]]:
    """List the entries of a form as Discord gets them."""
    return [label["component"] for label in modal.to_dict()["components"]]


def handed_in(modal: ui.Modal) -> dict[str, Any]:
    """Hand a form in as it stands, as Discord's client does."""
    components = []
    for entry in entries(modal):
        given = {"type": entry["type"], "custom_id": entry["custom_id"]}
        if "options" in entry:
            given["values"] = [line["value"] for line in entry["options"] if line.get("default")]
        else:
            given["value"] = entry.get("value") or ""
        components.append({"type": 18, "component": given})
    return {"custom_id": modal.custom_id, "components": components}


@settings(max_examples=30, deadline=None)
@given(FORMS, CHOICES)
async def test_any_form_is_within_limits(form: Form, feeds: list[Choice]) -> None:
    """Whatever a form asks, each of its parts is one that Discord takes, and each field is in one of them."""
    count = len(forms.parts(form))
    parts = [
        forms.modal(
            form, part, custom_id="wr1:0b::/x", feeds=dict.fromkeys((f.name for f in form.fields), feeds)
        )
        for part in range(1, count + 1)
    ]
    assert [breach for part in parts for breach in breaches(part)] == []
    assert [entry["custom_id"] for part in parts for entry in entries(part)] == [f.name for f in form.fields]
    assert all(part.is_finished() for part in parts)
    assert len(forms.openers(form)) == count


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.builds(Field, NAMES, TEXTS, value=TEXTS, longest=st.just(4_000)),
        min_size=1,
        unique_by=lambda one: one.name,
    )
)
async def test_a_form_handed_in_unchanged_says_what_it_showed(fields: list[Field]) -> None:
    """What a form is filled in with is what comes back, field by field."""
    form = Form("Form", "/x", tuple(fields))
    read: dict[str, str] = {}
    for part in range(1, len(forms.parts(form)) + 1):
        read |= forms.read(handed_in(drawn(form, part)))
    assert read == {field.name: field.value for field in fields}


async def test_a_menu_shows_what_is_chosen_now() -> None:
    """A field with choices is a menu whose line of now is chosen, and must be one of them."""
    field = Field(
        "style",
        "Style",
        FieldKind.CHOICE,
        "compact",
        choices=(Choice("Card", "card"), Choice("Compact", "compact")),
    )
    (entry,) = entries(modal := drawn(Form("Form", "/x", (field,))))
    assert entry["required"]
    assert forms.read(handed_in(modal)) == {"style": "compact"}


async def test_a_menu_of_which_nothing_need_be_chosen_may_stay_empty() -> None:
    """An optional choice without a value is left out."""
    field = Field("mode", "Mode", FieldKind.CHOICE, choices=(Choice("Cards", "cards"),))
    (entry,) = entries(modal := drawn(Form("Form", "/x", (field,))))
    assert not entry["required"]
    assert forms.read(handed_in(modal)) == {"mode": ""}


async def test_a_feed_is_chosen_from_those_that_are_seen() -> None:
    """All feeds stand first, then the field's own even if it is not suggested; all feeds are read as none."""
    feeds = [Choice("One", "1"), Choice("Two", "2")]
    field = Field("feed", "Feed", FieldKind.FEED)
    modal = drawn(Form("Form", "/x", (field,)), feed=feeds)
    assert [line["label"] for line in entries(modal)[0]["options"]] == ["All feeds", "One", "Two"]
    assert forms.read(handed_in(modal)) == {"feed": ""}
    own = Field("feed", "Feed", FieldKind.FEED, "Two")
    assert forms.read(handed_in(drawn(Form("Form", "/x", (own,)), feed=feeds))) == {"feed": "2"}
    other = Field("feed", "Feed", FieldKind.FEED, "Three")
    modal = drawn(Form("Form", "/x", (other,)), feed=feeds)
    assert [line["label"] for line in entries(modal)[0]["options"]] == ["All feeds", "Three", "One", "Two"]
    needed = Field("feed", "Feed", FieldKind.FEED, required=True)
    modal = drawn(Form("Form", "/x", (needed,)), feed=feeds)
    assert [line["label"] for line in entries(modal)[0]["options"]] == ["One", "Two"]


async def test_more_feeds_than_a_menu_holds_are_typed() -> None:
    """Where not all feeds can stand in a menu, any of them can be named."""
    feeds = [Choice(f"Feed {number}", str(number)) for number in range(25)]
    (entry,) = entries(drawn(Form("Form", "/x", (Field("feed", "Feed", FieldKind.FEED),)), feed=feeds))
    assert "options" not in entry


async def test_a_long_hint_goes_on_in_the_empty_field() -> None:
    """Below a label stand whole sentences only; what is left shows in the field until something is typed."""
    hint = (
        "Words: all must appear. Comma: any of. Quotes: exact phrase. Minus: leave out. "
        "Example: battery, chips"
    )
    modal = drawn(Form("Form", "/x", (Field("words", "Words", hint=hint),)))
    (label,) = modal.to_dict()["components"]
    assert label["description"].endswith("Minus: leave out.")
    assert label["component"]["placeholder"] == "Example: battery, chips"


def test_a_form_of_several_parts_is_listed() -> None:
    """A form that one pop-up cannot hold is written out, choices by their labels."""
    choice = Field("style", "Style", FieldKind.CHOICE, "card", choices=(Choice("A card", "card"),))
    rest = tuple(Field(f"f{number}", f"Field {number}", value="x" * number) for number in range(5))
    assert plain(forms.listed(Form("Form", "/x", rest))) == ""
    said = plain(forms.listed(Form("Form", "/x", (choice, *rest))))
    assert (
        said
        == "\n• Style: A card\n• Field 0: –\n• Field 1: x\n• Field 2: xx\n• Field 3: xxx\n• Field 4: xxxx"
    )
    assert forms.openers(Form("Form", "/x", (choice, *rest))) == ["Style to field 3…", "Field 4…"]


async def _unanswered(caller: Caller, values: Values) -> Reply:
    raise AssertionError(caller, values)


def test_what_came_beside_a_command_is_written_behind_it() -> None:
    """Values are written as a person types them: flags by name, others by place, names with spaces quoted."""
    words = Option("words", Kind.QUERY, "Words")
    feed = Option("feed", Kind.FEED, "Feed", flag="in")
    commands = [
        Command(("follow",), "Follow", _unanswered, (words, feed)),
        Command(("feeds", "pause"), "Pause", _unanswered, (Option("feed", Kind.FEED, "Feed"),)),
    ]
    assert typed("/follow", {"words": "solid state", "feed": "Chip News"}, commands) == (
        '/follow in:"Chip News" solid state'
    )
    assert typed("/feeds pause", {"feed": "Chip News", "none": "x"}, commands) == '/feeds pause "Chip News"'
    assert typed("/follow", {"words": " "}, commands) == "/follow"


def test_a_channel_is_typed() -> None:
    """Where a form asks for a channel, it is written: a menu of channels could say neither here nor me."""
    (entry,) = entries(drawn(Form("Add", "/feeds add", (Field("to", "To", FieldKind.CHANNEL, "here"),))))
    assert (entry["type"], entry["value"]) == (4, "here")
