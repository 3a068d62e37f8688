"""Answers on Slack: acknowledged at once, where they belong, to whom they belong, and never none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.slack.manifest import FOLLOW, WHY
from adapters.slack.rooms import JUST_NOW
from bot.adapter import Scratch
from bot.errors import CommandError
from bot.models import Button, Card, Image, Target
from bot.prose import Bold, prose
from bot.reply import Choice, Field, Form, Reply
from tests.loopback.slack import Failure, FakeSlack, Hang, LostAnswer, Refuse, Reset
from tests.slack_room import Clerk, Counter, counter, office, said, serving, until
from tests.workspace import person

FORM = Form("Words", "/follow", (Field("words", "Words", required=True), Field("when", "When")))


@pytest.fixture
def clerk() -> Clerk:
    """Sit at the desk."""
    return Clerk()


@pytest.fixture
async def here(clerk: Clerk) -> AsyncIterator[Counter]:
    """Open a workspace with a clerk at the desk."""
    async with counter(clerk) as made:
        yield made


async def test_an_answer_is_for_the_person_alone(here: Counter, clerk: Clerk) -> None:
    """An answer comes to whoever asked and to nobody else, with all of it in the text that is read aloud."""
    clerk.replies["/following"] = Reply(
        prose("You follow ", Bold("chips"), "."), buttons=(Button("Undo", "/skip"),)
    )
    answer = await here.types("/following")
    assert (answer.viewer, answer.text) == (here.maria, "You follow chips.")
    assert said(answer) == "You follow *chips*."
    assert answer.labels == ["Undo"]


async def test_the_caller_is_who_typed_and_where(here: Counter, clerk: Clerk) -> None:
    """A command comes with the person, the channel, and the timezone where Slack may tell it."""
    here.slack.world.scopes.add("users:read")
    await here.types("/wr-follow chips")
    (who, text, _) = clerk.asked[-1]
    assert (who.person, who.place, text) == (person(here.maria), here.target, "/follow chips")
    assert (who.timezone, who.timezone_from) == ("Europe/London", "your Slack profile")


async def test_a_command_in_a_direct_message_is_the_persons_own(here: Counter, clerk: Clerk) -> None:
    """In the bot's own conversation, once known, a person is direct; with others they brought it along."""
    direct = here.slack.world.dm(here.maria)
    await here.types("/following", where=direct)
    assert clerk.asked[-1][0].direct
    assert clerk.asked[-1][0].elsewhere
    await (await here.slack.opens_home(here.maria, tab="messages")).ack()
    await until(lambda: bool(here.ledger._notes))  # type: ignore[attr-defined]
    await here.types("/following", where=direct)
    assert clerk.asked[-1][0].direct
    assert not clerk.asked[-1][0].elsewhere


async def test_commands_are_acknowledged_whatever_the_load(here: Counter, clerk: Clerk) -> None:
    """Fifty commands at once, at a desk that takes ten seconds for each, are acknowledged within one."""
    clerk.takes = 10.0
    calls = [await here.slack.types(here.maria, here.news, "/following") for _ in range(50)]
    await asyncio.gather(*(call.ack() for call in calls))
    assert max(call.acknowledged_after or 9.0 for call in calls) < 1.0
    await until(lambda: len(clerk.asked) == 50)


async def test_a_slow_answer_comes(here: Counter, clerk: Clerk) -> None:
    """An answer may take longer than Slack waits for its acknowledgement."""
    here.slack.office.deadline = 0.2
    clerk.takes = 0.4
    assert (await here.types("/following")).text == "Well."


async def test_a_form_opens_at_once(here: Counter, clerk: Clerk) -> None:
    """A form that is all of an answer opens, is handed in with its fields, and the answer comes privately."""
    clerk.replies["/following"] = Reply(prose("Which?"), form=FORM)
    view = await here.opens()
    assert view.title == "Words"
    call = await here.slack.submits(here.maria, view, {"Words": "R&D <b>"})
    await call.ack()
    await until(lambda: here.slack.ephemerals(here.maria))
    (answer,) = here.slack.ephemerals(here.maria)
    assert answer.text == "Well."
    (who, text, values) = clerk.asked[-1]
    assert (who.place, text, dict(values)) == (here.target, "/follow", {"words": "R&D <b>", "when": ""})


async def test_a_form_that_comes_late_is_opened_by_a_button(clerk: Clerk) -> None:
    """A form can be opened for three seconds; a later one waits behind a button that asks again."""
    clerk.replies["/following"] = Reply(prose("Which?"), form=FORM)
    clerk.takes = 0.1
    async with counter(clerk, patience=0.05) as here:
        answer = await here.types("/following")
        assert (answer.text, answer.labels) == ("Which?", ["Open the form"])
        clerk.takes = 0.0
        call = await here.slack.presses(here.maria, answer, "Open the form")
        view = await call.opens()
        await (await here.slack.submits(here.maria, view, {"Words": "chips"})).ack()
        await until(lambda: answer.text == "Well.")  # in place of what held the button
    assert clerk.commands_asked == ["/following", "/following", "/follow"]


async def test_a_trigger_that_slack_does_not_take_is_no_silence(here: Counter, clerk: Clerk) -> None:
    """Where Slack says that it is too late for a form, the same button comes."""
    here.slack.fail("views.open", Refuse("expired_trigger_id"))
    clerk.replies["/following"] = Reply(prose("Which?"), form=FORM)
    assert (await here.types("/following")).labels == ["Open the form"]


async def test_a_form_beside_buttons_waits_for_its_own(here: Counter, clerk: Clerk) -> None:
    """Where there is more to see than a form, the answer shows all, and one button opens the form."""
    clerk.replies["/following"] = Reply(prose("It is on."), buttons=(Button("Pause", "/skip"),), form=FORM)
    answer = await here.types("/following")
    assert answer.labels == ["Open the form", "Pause"]
    view = await (await here.slack.presses(here.maria, answer, "Open the form")).opens()
    assert view.title == "Words"


async def test_a_form_in_answer_to_a_form_is_a_button(here: Counter, clerk: Clerk) -> None:
    """What was handed in stands behind the button, so that nothing has to be typed twice."""
    clerk.replies |= {command: Reply(prose("Again?"), form=FORM) for command in ("/following", "/follow")}
    view = await here.opens()
    await (await here.slack.submits(here.maria, view, {"Words": "R&D state", "When": "daily"})).ack()
    await until(lambda: here.slack.ephemerals(here.maria))
    (answer,) = here.slack.ephemerals(here.maria)
    assert answer.labels == ["Open the form"]
    await (await here.slack.presses(here.maria, answer, "Open the form")).ack()
    await until(lambda: clerk.asked[-1][1] == "/follow when:daily R&amp;D state")


async def test_a_press_proves_that_one_is_there(here: Counter, clerk: Clerk) -> None:
    """Whoever presses a button on a message in a channel is in it."""
    await _posted(here, here.news.id, [await _row("b", "", "/following")])
    (message,) = here.slack.messages(here.news)
    await here.presses(message, "Go")
    assert here.rooms.has_met(here.maria.id, here.news.id, within=JUST_NOW)
    assert clerk.asked[-1][0].place == here.target


async def test_an_answer_takes_the_place_of_the_private_one(here: Counter, clerk: Clerk) -> None:
    """A press on a private answer changes it, so that no button stays which was used."""
    clerk.replies["/following"] = Reply(prose("Here."), buttons=(Button("Go", "/skip"),))
    first = await here.types("/following")
    again = await here.presses(first, "Go")
    assert again is first
    assert (first.text, first.labels) == ("Well.", [])


async def test_an_alert_stays_as_it_is(here: Counter, clerk: Clerk) -> None:
    """A press on a message of the bot's is answered beside it, and tells where the person's messages are."""
    blocks = [await _row("b", "", "/snooze #1 24h")]
    direct = here.slack.world.dm(here.maria)
    await _posted(here, here.maria.id, blocks)
    (alert,) = here.slack.messages(here.maria)
    answer = await here.presses(alert, "Go")
    assert (alert.text, answer.text, answer.viewer) == ("A card", "Well.", here.maria)
    assert clerk.asked[-1][1] == "/snooze #1 24h"
    assert clerk.asked[-1][0].direct
    assert not clerk.asked[-1][0].elsewhere
    assert await here.ledger.note(f"direct:{here.maria.id}") == direct.id


async def _row(way: str, owner: str, command: str, action_id: str = "wr.press.0") -> dict[str, object]:
    button = {
        "type": "button",
        "action_id": action_id,
        "text": {"type": "plain_text", "text": "Go", "emoji": False},
        "value": f"{way}:{owner}:{command}",
    }
    return {"type": "actions", "elements": [button]}


async def _posted(here: Counter, channel: str, blocks: list[dict[str, object]]) -> None:
    from slack_sdk.web.async_client import AsyncWebClient  # noqa: PLC0415 - only this test posts by hand

    client = AsyncWebClient(here.slack.bot_token, base_url=f"{here.slack.address}/api/")
    await client.chat_postMessage(
        channel=channel,
        text="A card",
        blocks=blocks,
        parse="none",
        unfurl_links=False,
        unfurl_media=False,
        metadata={"event_type": "wireroom_item", "event_payload": {"item": "i", "rev": 1}},
    )


async def test_nobody_else_presses_a_button(here: Counter, clerk: Clerk) -> None:
    """A button of somebody's own refuses others privately, and does nothing."""
    await _posted(here, here.news.id, [await _row("b", here.joe.id, "/follow a")])
    (message,) = here.slack.messages(here.news)
    refused = await here.presses(message, "Go")
    assert refused.text == "This button isn't yours. Type `/wr-follow` to get your own."
    assert refused.viewer is here.maria
    assert clerk.asked == []


@pytest.mark.parametrize("action_id", ["wr.snooze", "wr.press.0"])
async def test_an_old_button_says_what_to_type(here: Counter, clerk: Clerk, action_id: str) -> None:
    """What a button did may be forgotten, or written by another version; then it says so."""
    command = "#" + "0" * 32 + " /follow a"
    await _posted(here, here.news.id, [await _row("b", "", command, action_id)])
    (message,) = here.slack.messages(here.news)
    word = "/wr-follow" if action_id == "wr.press.0" else "/wireroom help"
    assert (await here.presses(message, "Go")).text == f"That button is too old; type `{word}` instead."
    assert clerk.asked == []


async def test_buttons_and_menus_work_after_a_restart(clerk: Clerk) -> None:
    """A new process, which never saw the message, takes a press of its buttons and menus, long ones too."""
    long = "/follow " + "chips, " * 400
    reply = Reply(prose("Here."), buttons=(Button("Go", long),), choices=(Choice("One", long + "x"),))
    clerk.replies |= {"/following": reply, long: reply}
    ledger = Scratch()
    async with FakeSlack() as slack:
        maria, joe = slack.world.add_user("maria"), slack.world.add_user("joe")
        news = slack.world.add_channel("news", maria, joe)
        async with serving(slack, clerk, ledger, news, (maria, joe)) as here:
            answer = await here.types("/following")
        async with serving(slack, clerk, ledger, news, (maria, joe)) as here:
            await here.presses(answer, "Go")
            assert clerk.commands_asked[-1] == long
            await (await slack.chooses(maria, answer, "One")).answer()
            assert clerk.commands_asked[-1] == long + "x"


async def test_an_error_names_what_can_be_typed(here: Counter, clerk: Clerk) -> None:
    """What an error tells people to type stands between backticks, and comes with the prefix."""
    clerk.replies["/following"] = CommandError("Try `/follow chips` again.")
    assert said(await here.types("/following")) == "Try `/wr-follow chips` again."


async def test_an_error_is_answered_and_leaves_the_next_alone(here: Counter, clerk: Clerk) -> None:
    """Whatever breaks, the person is told, and commands go on."""
    clerk.replies["/following"] = RuntimeError("broken")
    assert (await here.types("/following")).text.startswith("Something went wrong on my side")
    assert (await here.types("/wr-follow x")).text == "Well."


@pytest.mark.parametrize("image", [True, False])
async def test_an_answer_that_slack_refuses_comes_plainer(here: Counter, clerk: Clerk, image: bool) -> None:  # noqa: FBT001 - a case
    """A refused form of an answer is no reason to say nothing: the text alone is sent at last."""
    picture = Image("https://dead.example/a.jpg") if image else None
    clerk.replies["/following"] = Reply(
        prose("See ", Bold("here"), "."), cards=(Card("A card", "News", image=picture),)
    )
    if not image:
        here.slack.fail(
            "response_url", Refuse("invalid_blocks"), times=None, when=lambda body: "blocks" in body
        )
    answer = await here.types("/following")
    assert answer.text.startswith("See here.")
    assert "A card" in answer.text
    assert bool(answer.blocks) is image


@pytest.mark.parametrize("fault", [Reset(), Failure(503), LostAnswer()])
async def test_an_answer_whose_connection_breaks_arrives(
    here: Counter, clerk: Clerk, fault: Reset | Failure | LostAnswer
) -> None:
    """An answer is sent once more where nobody knows what became of it."""
    here.slack.fail("response_url", fault)
    clerk.replies["/following"] = Reply(prose("Here."))
    assert (await here.types("/following")).text == "Here."


async def test_an_answer_after_half_an_hour_comes_another_way(here: Counter, clerk: Clerk) -> None:
    """Where the response_url is over, the answer is shown in the channel, and where that fails written."""
    view_reply = Reply(prose("Which?"), form=FORM)
    clerk.replies["/following"] = view_reply
    call = await here.slack.types(here.maria, here.news, "/following")
    view = await call.opens()
    here.slack.answers.expire(call)
    await (await here.slack.submits(here.maria, view, {"Words": "chips"})).ack()
    await until(lambda: here.slack.ephemerals(here.maria))
    assert here.slack.ephemerals(here.maria)[0].via == "chat.postEphemeral"
    call = await here.slack.types(here.maria, here.news, "/following")
    view = await call.opens()
    here.slack.answers.expire(call)
    here.slack.world.leave(here.slack.world.bot, here.news)
    await (await here.slack.submits(here.maria, view, {"Words": "chips"})).ack()
    await until(lambda: here.slack.messages(here.maria))
    assert here.slack.messages(here.maria)[0].text == "Well."


async def test_long_answers_come_in_several_messages(here: Counter, clerk: Clerk) -> None:
    """What one message does not hold comes in more; a response_url is good for five of them."""
    lines = "\n".join(f"• line {number} {'x' * 90}" for number in range(800))
    clerk.replies["/following"] = Reply(prose(lines))
    call = await here.slack.types(here.maria, here.news, "/following")
    await until(lambda: "line 799" in here.slack.text())
    assert call.uses <= 5
    texts = [said(message) for message in here.slack.ephemerals(here.maria)]
    found = [line.split()[2] for text in texts for line in text.splitlines()]
    assert sorted(found, key=int) == [str(number) for number in range(800)]


async def test_everybody_in_the_channel_is_told(here: Counter, clerk: Clerk) -> None:
    """A public line goes to the channel in which the command was given, or to the one it names."""
    clerk.replies["/following"] = Reply(prose("Done."), public=prose("@maria did it"))
    other = Target("slack", "C5", here.identity.team)
    clerk.replies["/follow"] = Reply(prose("Done."), public=prose("@maria did it"), public_in=other)
    await here.types("/following")
    await here.types("/wr-follow")
    await until(lambda: len(here.announced) == 2)
    assert here.announced == [(here.target, "@maria did it"), (other, "@maria did it")]


async def test_a_channel_that_cannot_be_told_is_no_failure(here: Counter, clerk: Clerk) -> None:
    """The answer stands, and a second message says that the others do not know."""
    here.shut = "it is archived."
    clerk.replies["/following"] = Reply(prose("Done."), public=prose("@maria did it"))
    call = await here.slack.types(here.maria, here.news, "/following")
    (first, second) = await call.answers(2)
    assert first.text == "Done."
    assert second.text == "That is done, but I couldn't tell the channel: it is archived."


async def test_an_answer_for_everybody_is_seen_by_all(here: Counter, clerk: Clerk) -> None:
    """An answer that is not private is posted in the channel."""
    clerk.replies["/following"] = Reply(prose("Look."), private=False)
    assert (await here.types("/following")).viewer is None


async def test_the_shortcut_opens_the_form(here: Counter, clerk: Clerk) -> None:
    """“Follow a keyword” opens the form of a follow, and its answer is a direct message."""
    clerk.replies["/follow"] = Reply(prose("Which?"), form=FORM)
    call = await here.slack.uses_shortcut(here.maria, FOLLOW)
    view = await call.opens()
    clerk.replies["/follow"] = Reply(prose("You follow it."))
    await (await here.slack.submits(here.maria, view, {"Words": "chips"})).ack()
    await until(lambda: here.slack.messages(here.maria))
    assert here.slack.messages(here.maria)[0].text == "You follow it."
    assert clerk.asked[-1][0].direct


async def test_why_is_asked_about_the_message(here: Counter, clerk: Clerk) -> None:
    """“Why did I get this” names the message as the bot keeps it."""
    await _posted(here, here.news.id, [])
    (message,) = here.slack.messages(here.news)
    call = await here.slack.uses_message_shortcut(here.maria, message, WHY)
    assert (await call.answer()).viewer is here.maria
    assert clerk.commands_asked == [f"/why {here.news.id}/{message.ts}"]
    assert clerk.asked[-1][0].fields


async def test_a_shortcut_of_another_version_says_so(here: Counter) -> None:
    """A shortcut that is none any more is answered in a direct message."""
    await (await here.slack.uses_shortcut(here.maria, "wr.gone")).ack()
    await until(lambda: here.slack.messages(here.maria))
    assert "too old" in here.slack.messages(here.maria)[0].text


async def test_a_hung_answer_keeps_nobody_else_waiting(here: Counter, clerk: Clerk) -> None:
    """One answer that hangs is one task; the next command is answered meanwhile."""
    clerk.replies["/follow"] = Reply(prose("Hung."))
    here.slack.fail("response_url", Hang(accepted=False), when=lambda body: body["text"] == "Hung.")
    await (await here.slack.types(here.maria, here.news, "/wr-follow")).ack()
    await until(lambda: clerk.asked)
    assert (await here.types("/following", user=here.joe)).text == "Well."


async def test_a_real_follow_from_its_first_word_to_its_undo(tmp_path: Path) -> None:
    """Through Bolt, the desk and the database: follow, undo, a curly-quoted feed, and a channel by name."""
    async with office(tmp_path) as (here, room):
        await room.feed("My feed", ("Ferry line orders two ships", "Tide tables"), where=here.target)
        answer = await here.types("/wr-follow ferry in:“My feed”")
        assert answer.text.startswith("You now follow ferry in My feed.")
        (follow,) = await room.follows(person(here.maria))
        assert (follow.typed, follow.feed_id is not None) == ("ferry", True)
        undone = await here.presses(answer, "Undo")
        assert undone is answer
        assert await room.follows(person(here.maria)) == []
        direct = here.slack.world.dm(here.maria)
        await here.types("/wireroom follow R&D <lab> to:me", where=direct)
        (follow,) = await room.follows(person(here.maria))
        assert follow.typed == "R&D <lab>"
