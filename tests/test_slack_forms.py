"""Forms on Slack: within its limits whatever they ask, read back as filled in, and tried before handed in."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.noted import TooOld
from adapters.slack import forms, names
from adapters.slack.forms import Origin
from adapters.slack.rooms import JUST_NOW
from adapters.slack.settings import SlackSettings
from adapters.slack.trials import Trials
from adapters.slack.web import Web
from bot.adapter import Scratch
from bot.models import Button, Target, TargetKind
from bot.prose import Bold, Named, prose
from bot.reply import Choice, Field, FieldKind, Form, Reply
from tests.anything import FORMS
from tests.anything import LONG as TEXTS
from tests.loopback.slack import Refuse
from tests.loopback.slack.contract import options, view
from tests.loopback.slack.fields import initial
from tests.slack_room import Clerk, counter, office, said, until
from tests.test_slack_buttons import Book
from tests.workspace import person

ORIGINS = st.builds(
    Origin,
    TEXTS.map(lambda text: f"/follow {text}"),
    st.just("U1"),
    st.sampled_from(["", "C1"]),
    st.booleans(),
    st.sampled_from(["", "1776.1"]),
    st.sampled_from(["", "https://hooks.slack.example/actions/T1/1/abc"]),
    st.booleans(),
)


async def drawn(form: Form, origin: Origin | None = None) -> dict[str, Any]:
    """Draw a form."""
    return {**await forms.modal(form, origin or Origin(form.command, "U1"), Book())}


def as_it_stands(modal: dict[str, Any]) -> dict[str, str]:
    """Hand a form in without touching it."""
    return forms.read({"state": {"values": initial(modal["blocks"])}}, "T1")


@settings(deadline=None, max_examples=25)
@given(FORMS, ORIGINS)
async def test_any_form_is_within_limits(form: Form, origin: Origin) -> None:
    """Whatever a form asks and says, Slack takes it, and all of its fields are in it."""
    modal = await drawn(form, origin)
    assert [str(breach) for breach in view(modal).everything] == []
    inputs = [block["block_id"] for block in modal["blocks"] if block["type"] == "input"]
    assert inputs == [field.name for field in form.fields]


@settings(deadline=None, max_examples=25)
@given(FORMS)
async def test_a_form_untouched_says_what_was_so(form: Form) -> None:
    """A form that is handed in as it was opened gives the values it was opened with, shortened at most."""
    given = as_it_stands(await drawn(form))
    for field in form.fields:
        if field.kind is FieldKind.CHOICE and field.choices:
            chosen = [one.value for one in field.choices if field.value in {one.value, one.label}]
            assert given[field.name] == (chosen[0] if chosen else "")
        elif field.kind is FieldKind.CHANNEL:
            channel = names.channel(field.value)
            assert given[field.name] == (f"T1/{channel}" if channel else "")
        elif field.kind is FieldKind.FEED:
            assert field.value.strip().startswith(given[field.name])
            assert len(given[field.name]) >= min(len(field.value.strip()), 10)
        else:
            assert given[field.name] == field.value[: min(field.longest, 3_000)]


@settings(deadline=None)
@example(Origin("/follow " + "\x1f" * 600, "U1"))
@given(ORIGINS)
async def test_a_form_remembers_where_it_came_from(origin: Origin) -> None:
    """What a form is for and where its answer goes travels in it, however long the command."""
    ledger = Book()
    packed = await forms.packed(origin, ledger)
    assert len(packed) <= 3_000
    assert await forms.unpacked({"private_metadata": packed}, ledger) == origin


@pytest.mark.parametrize("metadata", ["", "{", "[]", '{"c": "/follow"}', "null"])
async def test_a_form_of_another_version_is_too_old(metadata: str) -> None:
    """A form that does not say what it is for does nothing."""
    with pytest.raises(TooOld):
        await forms.unpacked({"private_metadata": metadata}, Scratch())


@settings(deadline=None)
@given(st.lists(st.builds(Choice, TEXTS, TEXTS, TEXTS), max_size=25, unique_by=lambda one: one.value))
def test_any_feeds_can_be_offered(found: list[Choice]) -> None:
    """Whatever feeds are called, Slack takes the list, with all of them together first."""
    offered = [{**one} for one in forms.suggestions(found, "", required=False)]
    assert [str(breach) for breach in options({"options": offered}).everything] == []
    assert offered[0]["text"]["text"] == "All feeds"
    chosen = {"values": {"feed": {"wr.feed": {"selected_option": offered[0]}}}}
    assert forms.read({"state": chosen}, "T1") == {"feed": ""}


TRIAL = Form(
    "Follow a keyword",
    "/follow",
    (Field("words", "Words to look for", required=True), Field("feed", "In which feed", FieldKind.FEED)),
    "Follow",
    trial=Button("Show what would have matched", "/preview"),
)


async def test_feeds_are_suggested_while_one_types() -> None:
    """The feed field asks the desk, in the time of an acknowledgement, and gives what is chosen."""
    clerk = Clerk(
        replies={"/following": Reply(prose("Which?"), form=TRIAL)}, choices=[Choice("Harbour Gazette", "7")]
    )
    async with counter(clerk) as here:
        form = await here.opens()
        found = await (await here.slack.suggests(here.maria, form, "In which feed")).options()
        assert [one["text"]["text"] for one in found] == ["All feeds", "Harbour Gazette"]
        found = await (await here.slack.suggests(here.maria, form, "In which feed", "har")).options()
        assert clerk.suggested[-1] == (("follow",), "feed", "har")
        call = await here.slack.submits(
            here.maria, form, {"Words to look for": "chips", "In which feed": "Harbour Gazette"}
        )
        await call.ack()
        await until(lambda: clerk.asked[-1][1] == "/follow")
        assert dict(clerk.asked[-1][2]) == {"words": "chips", "feed": "7"}


async def test_suggestions_that_take_too_long_are_none() -> None:
    """A desk that thinks too long leaves the list empty, and the acknowledgement in time."""
    clerk = Clerk(replies={"/following": Reply(prose("Which?"), form=TRIAL)})
    async with counter(clerk) as here:
        form = await here.opens()
        clerk.takes = 9.0
        call = await here.slack.suggests(here.maria, form, "In which feed", "x")
        assert await call.options() == []
        assert (call.acknowledged_after or 9.0) < 2.5


async def test_a_trial_is_shown_in_the_form_and_keeps_what_was_typed() -> None:
    """The button runs its command with the fields as they stand, and only the newest answer stays below."""
    clerk = Clerk(
        replies={
            "/following": Reply(prose("Which?"), form=TRIAL),
            "/preview": Reply(prose(Bold("chips"), " would have matched 3")),
        }
    )
    async with counter(clerk) as here:
        form = await here.opens()
        here.slack.fills(form, {"Words to look for": "chips"})
        await (await here.slack.presses(here.maria, form, "Show what would have matched")).opens()
        assert said(form) == "*chips* would have matched 3"
        assert clerk.asked[-1][1:] == ("/preview", {"words": "chips", "feed": ""})
        clerk.replies["/preview"] = Reply(prose("None."))
        await (await here.slack.presses(here.maria, form, "Show what would have matched")).ack()
        await until(lambda: said(form) == "None.")
        call = await here.slack.submits(here.maria, form)  # what was typed is still there
        await call.ack()
        await until(lambda: clerk.asked[-1][1] == "/follow")
        assert clerk.asked[-1][2]["words"] == "chips"


async def test_of_two_trials_the_last_one_counts() -> None:
    """A form that was changed since is changed all the same by the newer trial, and never by the older."""
    clerk = Clerk(
        replies={"/following": Reply(prose("Which?"), form=TRIAL), "/preview": Reply(prose("Old."))}
    )
    async with counter(clerk) as here:
        form = await here.opens()
        here.slack.fail("views.update", Refuse("hash_conflict"))
        await (await here.slack.presses(here.maria, form, "Show what would have matched")).ack()
        await until(lambda: said(form) == "Old.")
        clerk.takes, clerk.replies["/preview"] = 0.3, Reply(prose("Late."))
        await (await here.slack.presses(here.maria, form, "Show what would have matched")).ack()
        await until(lambda: len(clerk.commands_asked) == 3)
        clerk.takes, clerk.replies["/preview"] = 0.0, Reply(prose("Newest."))
        await (await here.slack.presses(here.maria, form, "Show what would have matched")).ack()
        await until(lambda: said(form) == "Newest.")
        await asyncio.sleep(0.4)
        assert said(form) == "Newest."


async def test_a_trial_that_is_too_old_leaves_the_form_open() -> None:
    """What is to be said about a button in a form stands over the form, where it can be closed again."""
    trial = Button("Show what would have matched", "/preview " + "x" * 2_000)
    clerk = Clerk(replies={"/following": Reply(prose("Which?"), form=replace(TRIAL, trial=trial))})
    async with counter(clerk) as here:
        form = await here.opens()
        for key in await here.ledger.notes("button:"):
            await here.ledger.erase(key)
        said_over = await (await here.slack.presses(here.maria, form, trial.label)).opens()
        assert said_over is not form
        assert "too old" in said(said_over)
        await here.slack.closes(here.maria, said_over)
        assert here.slack.modal(here.maria) is form


async def test_a_trial_that_breaks_is_forgotten() -> None:
    """Whatever becomes of a trial, no memory of it stays, and the next one is shown."""
    clerk = Clerk(
        replies={"/following": Reply(prose("Which?"), form=TRIAL), "/preview": ValueError("broken")}
    )
    async with counter(clerk) as here:
        form = await here.opens()
        await (await here.slack.presses(here.maria, form, "Show what would have matched")).opens()
    trials, view = Trials(Web(SlackSettings())), {"id": "V1", "blocks": []}
    with pytest.raises(ValueError, match="broken"), trials.begun(view):
        raise ValueError("broken")
    assert trials._newest == {}
    with trials.begun(view), trials.begun(view) as newest:
        assert trials._newest == {"V1": newest}
    assert trials._newest == {}


async def test_a_button_that_asks_for_more_opens_its_form() -> None:
    """Behind an ellipsis a form opens at once, and the answer with its other buttons stays as it stood."""
    change = Reply(prose("Which?"), buttons=(Button("Unfollow", "/unfollow #1"),), form=TRIAL)
    done = Reply(prose("Done."), buttons=(Button("Undo", "/undo 1"), Button("Change…", "/change #1")))
    async with counter(Clerk(replies={"/following": done, "/change #1": change})) as here:
        answer = await here.types("/following")
        form = await (await here.slack.presses(here.maria, answer, "Change…")).opens()
        assert form.title == TRIAL.title
        assert answer.labels == ["Undo", "Change…"]


REFUSED = Reply(prose("“", Bold("?"), "” is not possible for ", Bold("feed"), "."), refused=True)


async def test_a_refusal_stands_in_the_form_that_it_is_about() -> None:
    """What cannot be is said at the field it names, the form stays, and mended it is taken."""
    clerk = Clerk(replies={"/following": Reply(prose("Which?"), form=TRIAL), "/follow": REFUSED})
    async with counter(clerk) as here:
        form = await here.opens()
        call = await here.slack.submits(here.maria, form, {"Words to look for": "chips"})
        assert await call.errors() == {"feed": "“?” is not possible for feed."}
        assert here.slack.modal(here.maria) is form
        clerk.replies["/follow"] = Reply(prose("That is too many words."), refused=True)
        call = await here.slack.submits(here.maria, form)
        assert await call.errors() == {"words": "That is too many words."}
        del clerk.replies["/follow"]
        await (await here.slack.submits(here.maria, form)).ack()
        await until(lambda: here.slack.ephemerals(here.maria))
        assert [one.text for one in here.slack.ephemerals(here.maria)] == ["Well."]
        assert here.slack.modal(here.maria) is None


@pytest.mark.parametrize(
    "more",
    [
        {"buttons": (Button("Try again", "/retry"),)},
        {"text": prose("I'm not in ", Named(Target("slack", "C1", "T1")), ".")},
        {"text": prose("Ask ", Named(Target("slack", "U1", kind=TargetKind.PERSON)), ".")},
    ],
)
async def test_a_refusal_with_more_to_it_than_text_is_a_message(more: dict[str, Any]) -> None:
    """Buttons, people and unknown channels cannot stand at a field: that answer comes as a message."""
    refused = replace(REFUSED, **more)
    clerk = Clerk(replies={"/following": Reply(prose("Which?"), form=TRIAL), "/follow": refused})
    async with counter(clerk) as here:
        form = await here.opens()
        assert await (await here.slack.submits(here.maria, form, {"Words to look for": "x"})).errors() == {}
        await until(lambda: here.slack.ephemerals(here.maria))


async def test_a_refusal_that_names_a_channel_stands_at_its_field() -> None:
    """A channel whose name was seen is written out; a button that opens this very form is left out."""
    form = replace(TRIAL, fields=(*TRIAL.fields, Field("when", "Channel", FieldKind.CHANNEL)))
    clerk = Clerk(replies={"/following": Reply(prose("Which?"), form=form)})
    async with counter(clerk) as here:
        await here.rooms.channel(here.news.id)
        clerk.replies["/follow"] = Reply(
            prose("You're not in ", Named(here.target), "."),
            buttons=(Button("Open the form", "/follow form"),),
            refused=True,
        )
        call = await here.slack.submits(here.maria, await here.opens(), {"Words to look for": "chips"})
        assert await call.errors() == {"when": "You're not in #news."}


async def test_the_real_words_that_cannot_be_read_stay_in_the_form(tmp_path: Path) -> None:
    """What no query can be made of is said at the words, and the form stays."""
    async with office(tmp_path) as (here, _):
        form = await here.opens("/follow")
        call = await here.slack.submits(here.maria, form, {"Words to look for": "-tesla"})
        assert list(await call.errors()) == ["words"]
        assert here.slack.modal(here.maria) is form


async def test_a_slow_form_is_acknowledged_in_time() -> None:
    """Slack waits three seconds for a form; what the desk says later comes as a message, refusals too."""
    clerk = Clerk(replies={"/following": Reply(prose("Which?"), form=TRIAL), "/follow": REFUSED})
    async with counter(clerk, judged_within=0.1) as here:
        form = await here.opens()
        clerk.takes = 0.3
        call = await here.slack.submits(here.maria, form, {"Words to look for": "chips"})
        assert await call.errors() == {}
        await until(lambda: here.slack.ephemerals(here.maria))
        assert "is not possible" in here.slack.ephemerals(here.maria)[0].text


async def test_a_form_that_waits_holds_up_nobody() -> None:
    """While the desk thinks about a form, commands are acknowledged as fast as ever."""
    clerk = Clerk(replies={"/following": Reply(prose("Which?"), form=TRIAL), "/follow": REFUSED})
    async with counter(clerk) as here:
        form = await here.opens()
        clerk.takes = 0.6
        waits = await here.slack.submits(here.maria, form, {"Words to look for": "chips"})
        call = await here.slack.types(here.maria, here.news, "/following", "")
        await call.ack()
        assert (call.acknowledged_after or 9.0) < 0.5
        assert await waits.errors() != {}
        assert (waits.acknowledged_after or 0.0) >= 0.5


async def test_a_channel_is_chosen_from_slacks_own_list() -> None:
    """A field for a channel is Slack's list of them, filled in, and gives the channel with its workspace."""
    form = Form("Add", "/follow", (Field("feed", "Channel", FieldKind.CHANNEL, value="T1/C1"),))
    clerk = Clerk(replies={"/following": Reply(prose("Which?"), form=form)})
    async with counter(clerk) as here:
        opened = await here.opens()
        assert as_it_stands({"blocks": opened.blocks}) == {"feed": "T1/C1"}
        await (await here.slack.submits(here.maria, opened, {"Channel": here.news})).ack()
        await until(lambda: clerk.asked[-1][1] == "/follow")
        assert clerk.asked[-1][2] == {"feed": f"{here.identity.team}/{here.news.id}"}


async def test_a_form_proves_no_membership() -> None:
    """A command is proof that its writer is in the channel; a form from before a removal is none."""
    clerk = Clerk(replies={"/following": Reply(prose("Which?"), form=TRIAL)})
    async with counter(clerk) as here:
        form = await here.opens()
        assert here.rooms.has_met(here.maria.id, here.news.id, within=JUST_NOW)
        here.slack.world.leave(here.maria, here.news)
        here.clock.seconds += JUST_NOW
        await (await here.slack.presses(here.maria, form, "Show what would have matched")).opens()
        await (await here.slack.submits(here.maria, form, {"Words to look for": "chips"})).ack()
        await until(lambda: len(clerk.asked) == 3)
        assert [who.place for who, _, _ in clerk.asked] == [here.target] * 3
        assert not here.rooms.has_met(here.maria.id, here.news.id, within=JUST_NOW)


async def test_a_form_closed_meanwhile_is_let_be() -> None:
    """What was tried in a form that is closed is said nowhere, and breaks nothing."""
    clerk = Clerk(replies={"/following": Reply(prose("Which?"), form=TRIAL)}, takes=0.05)
    async with counter(clerk) as here:
        form = await here.opens()
        call = await here.slack.presses(here.maria, form, "Show what would have matched")
        await here.slack.closes(here.maria, form)
        await call.ack()
        await until(lambda: here.slack.called("views.update"))
        assert here.slack.ephemerals(here.maria) == []


async def test_the_real_form_of_a_follow(tmp_path: Path) -> None:
    """An empty /follow opens its form: tried, then handed in, it follows in the feed that was chosen."""
    async with office(tmp_path) as (here, room):
        number = await room.feed("Harbour Gazette", ("Ferry line orders two ships",), where=here.target)
        form = await here.opens("/follow")
        assert form.labels == [
            "Words to look for",
            "In which feed",
            "Send to",
            "When",
            "Show what would have matched",
        ]
        await (await here.slack.suggests(here.maria, form, "In which feed", "")).options()
        values = {"Words to look for": "ferry", "In which feed": "Harbour Gazette", "When": "Daily digest"}
        here.slack.fills(form, values)
        await (await here.slack.presses(here.maria, form, "Show what would have matched")).opens()
        assert "would have matched *1 of 1*" in said(form)
        await (await here.slack.submits(here.maria, form)).ack()
        await until(lambda: here.slack.ephemerals(here.maria))
        (answer,) = here.slack.ephemerals(here.maria)
        assert answer.text.startswith("You now follow ferry in Harbour Gazette.")
        (follow,) = await room.follows(person(here.maria))
        assert (follow.typed, follow.feed_id, follow.rhythm) == ("ferry", number, "daily")
