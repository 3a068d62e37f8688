"""Answers on Discord: in time or deferred, where they belong, to whom they belong, and never none."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import discord
import pytest
from simcord.results import InteractionResult, ResponseMessage

from adapters.discord.buttons import view
from adapters.discord.replies import pages
from bot.command import Caller, Command, Completion, Values
from bot.errors import CommandError
from bot.models import Button, Card, Look, Target
from bot.prose import Bold, Link, Prose, prose
from bot.reply import Attachment, Choice, Field, Form, Reply
from tests.lobby import lobby
from tests.loopback.discord import FakeDiscord, Reset
from tests.newsdesk import listening, opened, until
from tests.simcord_room import Town, labels, menus, parts, person, said, town

SLOW = 0.05
"""Seconds of patience in these tests."""
NOTHING: Values = {}


@dataclass
class Clerk:
    """A desk that knows only the names of commands, and answers what it was told to."""

    commands: Sequence[Command]
    sent: Callable[[], int]
    """How many requests Discord has got."""
    replies: dict[str, Reply | Exception] = field(default_factory=dict)
    late: bool = False
    """Whether to answer only when Discord was told something, which can only be to wait."""
    asked: list[tuple[Caller, str, Mapping[str, str]]] = field(default_factory=list)
    done: int = 0
    choices: Sequence[Choice] = ()

    async def answer(self, caller: Caller, text: str, values: Values = NOTHING) -> Reply:
        """Answer at once, or late."""
        self.asked.append((caller, text, values))
        before = self.sent()
        while self.late and self.sent() == before:  # noqa: ASYNC110 - nobody tells us of one
            await asyncio.sleep(0.01)
        self.done += 1
        reply = self.replies.get(text, Reply(prose("Well.")))
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def complete(self, caller: Caller, text: str) -> Sequence[Completion]:
        """Complete nothing."""
        del caller, text
        return ()

    async def suggest(self, caller: Caller, path: Sequence[str], option: str, typed: str) -> Sequence[Choice]:
        """Suggest what it was told to."""
        del caller, path, option, typed
        if self.late:
            await asyncio.sleep(5)
        return self.choices


@dataclass(slots=True)
class Counter:
    """A server, and the clerk who answers there."""

    town: Town
    clerk: Clerk

    async def slash(self, reply: Reply, *, late: bool = False) -> InteractionResult:
        """Let joe give a command that gets this answer."""
        self.clerk.replies["/following"] = reply
        self.clerk.late = late
        return await self.town.joe.slash(self.town.news, "following")

    def callbacks(self) -> list[int]:
        """List the kinds of first answers so far."""
        requests = self.town.env.http_requests
        return [one.json["type"] for one in requests if one.json and one.path.endswith("/callback")]


@pytest.fixture
async def counter(tmp_path: Path) -> AsyncIterator[Counter]:
    """Open a server with a clerk at the desk."""
    async with town(tmp_path) as made:
        clerk = Clerk(made.desk.commands, lambda: len(made.env.http_requests))
        await made.env.restart_bot(made.client(clerk, patience=SLOW))
        yield Counter(made, clerk)


def first(result: InteractionResult) -> ResponseMessage:
    """Give the message that answers."""
    assert result.response is not None
    return result.response


async def test_a_slow_answer_is_deferred_and_then_comes(counter: Counter) -> None:
    """After its patience the bot asks Discord to wait, and the answer takes the place of the waiting."""
    result = await counter.slash(Reply(prose("Here."), buttons=(Button("Go", "/skip"),)), late=True)
    assert counter.callbacks() == [discord.InteractionResponseType.deferred_channel_message.value]
    assert said(result) == "Here."
    assert first(result).ephemeral
    assert labels(first(result)) == ["Go"]
    assert not result.followups


async def test_a_slow_press_changes_its_message_when_the_answer_comes(counter: Counter) -> None:
    """A press is acknowledged without a message of its own; the old one stands until it is replaced."""
    result = await counter.slash(Reply(prose("Here."), buttons=(Button("Go", "/skip"),)))
    counter.clerk.late = True
    pressed = await counter.town.joe.click(first(result), label="Go")
    assert counter.callbacks()[-1] == discord.InteractionResponseType.deferred_message_update.value
    assert (first(pressed).id, said(pressed), labels(first(pressed))) == (first(result).id, "Well.", [])


async def test_a_form_that_comes_late_is_opened_by_a_button(counter: Counter) -> None:
    """Discord takes a form only as the first answer, so a late one waits behind a button that asks again."""
    form = Form("Words", "/follow", (Field("words", "Words", required=True),))
    result = await counter.slash(Reply(prose("Which?"), form=form), late=True)
    assert (said(result), labels(first(result))) == ("Which?", ["Open the form"])
    counter.clerk.late = False
    opened = await counter.town.joe.click(first(result), label="Open the form")
    assert opened.modal is not None
    await counter.town.joe.submit_modal(opened, {"words": "chips"})
    assert counter.clerk.asked[-1][1:] == ("/follow", {"words": "chips"})


async def test_a_form_in_answer_to_a_form_is_a_button_too(counter: Counter) -> None:
    """What was handed in stands in the button, so that nothing has to be typed twice."""
    form = Form("Words", "/follow", (Field("words", "Words"), Field("when", "When")))
    counter.clerk.replies["/follow"] = Reply(prose("Again?"), form=form)
    opened = await counter.slash(Reply(prose("Which?"), form=form))
    again = await counter.town.joe.submit_modal(opened, {"words": "solid state", "when": "daily"})
    assert labels(first(again)) == ["Open the form"]
    await counter.town.joe.click(first(again), label="Open the form")
    assert counter.clerk.asked[-1][1] == "/follow when:daily solid state"


async def test_buttons_work_after_a_restart(counter: Counter) -> None:
    """A new client, which never saw the message, takes a press of its buttons and menus, long ones too."""
    long = "/follow " + "chips, " * 40
    reply = Reply(prose("Here."), buttons=(Button("Go", long),), choices=(Choice("One", long + "x"),))
    result = await counter.slash(reply)
    await counter.town.env.restart_bot(counter.town.client(counter.clerk))
    (value,) = [line["value"] for part in parts(first(result)) for line in part.get("options", ())]
    await counter.town.joe.select(first(result), [value])
    assert counter.clerk.asked[-1][1] == long + "x"
    again = await counter.slash(reply)
    await counter.town.joe.click(first(again), label="Go")
    assert counter.clerk.asked[-1][1] == long


async def test_a_form_is_handed_in_after_a_restart(counter: Counter) -> None:
    """Nothing of a form that is open is kept in memory."""
    form = Form("Words", "/follow", (Field("words", "Words"),))
    opened = await counter.slash(Reply(prose("Which?"), form=form))
    await counter.town.env.restart_bot(counter.town.client(counter.clerk))
    await counter.town.joe.submit_modal(opened, {"words": "chips"})
    assert counter.clerk.asked[-1][1:] == ("/follow", {"words": "chips"})


async def test_nobody_else_presses_a_button(counter: Counter) -> None:
    """A button of somebody's own answer refuses others privately, and does nothing."""
    result = await counter.slash(Reply(prose("Here."), buttons=(Button("Go", "/follow a"),), private=False))
    assert not first(result).ephemeral
    refused = await counter.town.maria.click(first(result), label="Go")
    assert said(refused) == "This button isn't yours. Type `/follow` to get your own."
    assert first(refused).ephemeral
    assert len(counter.clerk.asked) == 1


async def test_a_button_of_a_card_answers_beside_it(counter: Counter) -> None:
    """Whoever sees a card may press, and the card stays as it is."""
    drawn = await view((Button("Mute", "/skip"),), owner=None, replaces=False, ledger=counter.town.ledger)
    assert drawn is not None
    channel = counter.town.env.bot.get_partial_messageable(counter.town.news.id)
    card = await channel.send("A card", view=drawn)
    pressed = await counter.town.maria.click(card, label="Mute")
    assert (said(pressed), first(pressed).ephemeral) == ("Well.", True)
    assert first(pressed).id != card.id


@pytest.mark.parametrize("custom_id", ["wr0:old", "wr1:0r:1:#" + "0" * 32 + " /follow"])
async def test_an_old_button_says_what_to_type(counter: Counter, custom_id: str) -> None:
    """What a button did may be forgotten, or written by another version; then it says so."""
    old = discord.ui.View(timeout=None)
    old.add_item(discord.ui.Button(label="Old", custom_id=custom_id))
    old.stop()
    message = await counter.town.env.bot.get_partial_messageable(counter.town.news.id).send("x", view=old)
    pressed = await counter.town.maria.click(message, label="Old")
    word = "/follow" if "follow" in custom_id else "/wireroom help"
    assert said(pressed) == f"That button is too old; type `{word}` instead."


async def test_an_error_names_what_can_be_typed(counter: Counter) -> None:
    """What an error tells people to type stands between backticks, and is shown as such."""
    counter.clerk.replies["/following"] = CommandError("Try `/follow chips` again.")
    answer = first(await counter.town.joe.slash(counter.town.news, "following"))
    assert answer.content == "Try `/follow chips` again."  # without the backslashes that would undo them


async def test_an_error_is_answered_and_leaves_the_next_alone(counter: Counter) -> None:
    """Whatever breaks, the person is told, and commands go on."""
    counter.clerk.replies["/following"] = RuntimeError("broken")
    broken = await counter.town.joe.slash(counter.town.news, "following")
    assert said(broken).startswith("Something went wrong on my side")
    assert first(broken).ephemeral
    assert said(await counter.slash(Reply(prose("Fine.")))) == "Fine."


async def test_an_answer_that_discord_refuses_comes_as_its_text(counter: Counter) -> None:
    """A refused form of an answer is no reason to say nothing: the text alone is sent."""
    counter.town.env.inject_error("POST", "/interactions/*/*/callback", status=400, code=50035)
    card = Card("A card", "News")
    result = await counter.slash(Reply(prose("See ", Bold("here"), "."), cards=(card,)))
    assert said(result) == "See here."
    assert not first(result).embeds


async def test_too_late_for_an_answer_is_not_too_late_for_the_command(counter: Counter) -> None:
    """Where Discord does not know the interaction any more, the command is carried out all the same."""
    counter.town.env.inject_error("POST", "/interactions/*/*/callback", status=404, code=10062, times=None)
    result = await counter.slash(Reply(prose("Here.")), late=True)
    assert result.response is None
    assert counter.clerk.done == 1


async def test_an_answer_whose_connection_breaks_arrives_once(tmp_path: Path) -> None:
    """Whether Discord got the answer or not, it stands there once, with its buttons."""
    async with lobby(tmp_path) as room, FakeDiscord() as wire:
        clerk = Clerk(room.desk.commands, lambda: len(wire.requests))
        clerk.replies["/following"] = Reply(prose("Here."), buttons=(Button("Go", "/skip"),))
        guild = wire.world.add_guild("Office")
        news, joe = wire.world.add_channel(guild, "news"), wire.world.add_user("joe", guild)
        async with opened(wire) as adapter, listening(wire, adapter, clerk):
            for broken in (Reset(), Reset(after=True)):
                wire.fail("POST", "/interactions/*/*/callback", broken)
                call = await wire.slash(joe, news, "following")
                answer = await call.answer()
                if broken.after:  # the second try is told that there is an answer, and takes its place
                    await until(lambda: wire.asked("PATCH", "/webhooks/*/*/messages/@original"))
                assert [one.content for one in call.messages] == ["Here."]
                assert answer.labels == ["Go"]


async def test_everybody_in_the_channel_is_told(counter: Counter) -> None:
    """A public line goes to the channel in which the command was given, or to the one it names."""
    await counter.slash(Reply(prose("Done."), public=prose("@joe did it")))
    other = Target("discord", "5", counter.town.channel.space)
    await counter.slash(Reply(prose("Done."), public=prose("@joe did it"), public_in=other))
    assert counter.town.announced == [(str(counter.town.news.id), "@joe did it"), ("5", "@joe did it")]


async def test_a_channel_that_cannot_be_told_is_no_failure(counter: Counter) -> None:
    """The answer stands, and a second message says that the others do not know."""
    counter.town.shut = "I lack a permission there."
    result = await counter.slash(Reply(prose("Done."), public=prose("@joe did it")))
    assert said(result) == "Done."
    (told,) = result.followups
    assert told.content == "That is done, but I couldn't tell the channel: I lack a permission there."
    assert told.ephemeral


async def test_members_who_come_by_are_remembered(counter: Counter) -> None:
    """An interaction brings the member with the roles of that moment, which spares the bot to ask."""
    await counter.slash(Reply(prose("Here.")))
    assert counter.town.met == ["joe"]


async def test_what_only_a_person_installed_speaks_in_private(counter: Counter) -> None:
    """In a server that has not added the bot a command counts as given in a direct message, hidden there."""
    counter.town.env.backend.subscribers.insert(1, _only_for_persons)
    result = await counter.slash(Reply(prose("Here."), public=prose("@joe did it")))
    (caller, _, _) = counter.clerk.asked[-1]
    assert caller.place == caller.person == person(counter.town.joe)
    assert first(result).ephemeral
    assert (counter.town.announced, counter.town.met) == ([], [])


def _only_for_persons(event: str, payload: Mapping[str, Any]) -> None:
    if event == "INTERACTION_CREATE":
        payload["authorizing_integration_owners"].clear()


async def test_suggestions_that_take_too_long_are_none(counter: Counter) -> None:
    """Discord waits for suggestions, so after a second there are none; the next key asks again."""
    counter.clerk.choices = [Choice("Chips", "chips", "often"), Choice("x" * 150, "y" * 101)]
    counter.clerk.late = True
    assert await counter.town.joe.autocomplete(counter.town.news, "follow", "words", "c") == []
    counter.clerk.late = False
    found = await counter.town.joe.autocomplete(counter.town.news, "follow", "words", "c")
    assert found == [{"name": "Chips · often", "value": "chips"}]


async def test_no_more_is_suggested_than_discord_takes(counter: Counter) -> None:
    """Of more suggestions than 25 the first are shown."""
    counter.clerk.choices = [Choice(f"Chips {number}", f"chips {number}") for number in range(40)]
    found = await counter.town.joe.autocomplete(counter.town.news, "follow", "words", "c")
    assert [one["value"] for one in found] == [f"chips {number}" for number in range(25)]


async def test_a_long_answer_comes_in_several_messages(counter: Counter) -> None:
    """Text beyond 2,000 characters and cards beyond ten go into more messages; buttons stand at the end."""
    text: list[Prose] = [prose(Bold(f"Line {number}"), " ", "word " * 30, "\n") for number in range(40)]
    shown = tuple(Card(f"Card {number}", "News", summary="s" * 300) for number in range(25))
    many = tuple(Choice(f"Choice {number}", f"/skip {number}") for number in range(60))
    buttons = tuple(Button(f"B{number}", "/skip") for number in range(13))
    result = await counter.slash(Reply(prose(*text), cards=shown, buttons=buttons, choices=many))
    messages = [first(result), *result.followups]
    assert "".join(one.content for one in messages).count("**Line") == 40
    assert [embed.title for one in messages for embed in one.embeds] == [card.title for card in shown]
    assert [len(menu) for one in messages for menu in menus(one)] == [25, 25, 10]
    assert [label for one in messages for label in labels(one)] == [button.label for button in buttons]
    assert all(one.ephemeral for one in messages)


def test_a_line_too_long_for_a_message_is_cut_between_words() -> None:
    """No mark-up is cut in two: each part of an overlong name is whole bold text."""
    found = pages(prose(Bold("very *long* " * 400)), ())
    assert len(found) > 1
    for page in found:
        assert len(page.content) <= 2_000
        assert re.fullmatch(r"\*\*[very *\\long]+\*\*", page.content)


def test_a_link_too_long_for_a_message_becomes_its_text() -> None:
    """Of a link that no message holds the label remains, in as many messages as it needs."""
    found = pages(prose(Link("word " * 900, "https://a.example/" + "x" * 1_990)), ())
    assert all(0 < len(page.content) <= 2_000 for page in found)
    assert "".join(page.content for page in found).count("word") == 900


async def test_a_file_too_large_for_discord_is_left_out_in_words(counter: Counter) -> None:
    """Discord tells how large a file may be; a larger one is named, and the rest of the answer stands."""
    small = await counter.slash(Reply(prose("Here."), attachment=Attachment("a.json", b"{}")))
    assert [file.filename for file in first(small).attachments] == ["a.json"]
    large = await counter.slash(Reply(prose("Here."), attachment=Attachment("a.json", b"x" * 26_300_000)))
    assert said(large) == "Here.\nThe file is too large for Discord, which takes 26 MB here."


async def test_a_replaced_answer_loses_all_it_had(counter: Counter) -> None:
    """Cards, files and buttons of the old answer are gone once it is replaced."""
    reply = Reply(
        prose("Here."),
        cards=(Card("A card", "News", published=datetime(2026, 1, 1, tzinfo=UTC)),),
        buttons=(Button("Go", "/skip"),),
        attachment=Attachment("a.json", b"{}"),
    )
    result = await counter.slash(reply)
    pressed = first(await counter.town.joe.click(first(result), label="Go"))
    assert not counter.town.env.bot.persistent_views, "discord.py keeps views that were not stopped"
    assert (pressed.content, pressed.embeds, pressed.attachments, pressed.components) == ("Well.", [], [], [])


async def test_links_of_compact_cards_unfurl_nothing(counter: Counter) -> None:
    """Compact cards in an answer stand as in a channel, without previews; large ones keep their embeds."""
    card = Card("A card", "News", link="https://news.example/1", look=Look(compact=True))
    compact = first(await counter.slash(Reply(prose("The newest:"), cards=(card,))))
    assert "https://news.example/1" in compact.content
    assert compact.flags.suppress_embeds
    large = first(await counter.slash(Reply(prose("The newest:"), cards=(replace(card, look=Look()),))))
    assert large.embeds
    assert not large.flags.suppress_embeds
