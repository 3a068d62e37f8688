"""Quiet hours: set, shown, undone; the timezone known or asked for once."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.command import Caller, Values
from bot.models import Habits
from bot.prose import plain
from bot.reply import Reply
from bot.store import follows
from tests.lobby import lobby
from tests.reading import JOE, MARIA, NEWS, Room, labels


async def habits(room: Room) -> Habits:
    """Load what Maria has said of her time."""
    return await room.db.read(lambda c: follows.addressee(c, MARIA).habits)


async def test_the_profiles_timezone_is_named_as_such(tmp_path: Path) -> None:
    """Where the platform tells the timezone, quiet hours are set at once, and it is said where it is from."""
    async with lobby(tmp_path) as room:
        reply = await room.ask("/quiet 22:00-07:00", timezone="Asia/Hong_Kong")
        assert plain(reply.text) == (
            "Quiet hours are 22:00–07:00 your time (Asia/Hong_Kong, from your Chat profile). "
            "I'll hold alerts and send them together at 07:00."
        )
        assert labels(reply) == ["Undo"]
        assert await habits(room) == Habits("Asia/Hong_Kong", 22 * 60, 7 * 60)


async def test_the_timezone_is_asked_once_with_the_hours_kept(tmp_path: Path) -> None:
    """Where nobody tells the timezone nothing is set until it is chosen; the choice repeats the hours."""
    async with lobby(tmp_path) as room:
        reply = await room.ask("/quiet 22-7")
        assert plain(reply.text).startswith("What is your timezone? Chat doesn't tell me.")
        assert await habits(room) == Habits()
        berlin = next(choice for choice in reply.choices if choice.detail == "Europe/Berlin")
        assert berlin.label == "Berlin, 11:00"
        await room.ask(berlin.value)
        assert await habits(room) == Habits("Europe/Berlin", 22 * 60, 7 * 60)
        assert "23:00–06:00 your time (Europe/Berlin)" in await room.say("/quiet 23:00-06:00")


async def test_an_unknown_profile_timezone_counts_as_none(tmp_path: Path) -> None:
    """A timezone that this machine does not know is asked for, not stored."""
    async with lobby(tmp_path) as room:
        reply = await room.ask("/quiet 22-7", timezone="Mars/Olympus")
        assert reply.choices


@pytest.mark.parametrize(
    "change",
    ["/quiet off", "/quiet 23:00-06:00", "/quiet 1:00-2:00 Tokyo", "/quiet shown:off", "/quiet Tokyo"],
)
async def test_every_change_can_be_undone(tmp_path: Path, change: str) -> None:
    """Undo brings back exactly what was, hours, timezone and all."""
    async with lobby(tmp_path) as room:
        await room.ask("/quiet 22:00-07:00 Hong Kong")
        before = await habits(room)
        reply = await room.ask(change)
        assert await habits(room) != before
        await room.press(reply, "Undo")
        assert await habits(room) == before
        first = await room.ask(change, who=JOE, timezone="Europe/Berlin")
        assert await habits(room) == before, "nobody changes another's hours"
        assert plain(first.text)


async def test_nothing_typed_shows_what_is_set(tmp_path: Path) -> None:
    """/quiet alone shows the hours, or how to set them; saying the same again changes nothing."""
    async with lobby(tmp_path) as room:
        assert await room.say("/quiet") == "You have no quiet hours. Try `/quiet 22:00-07:00`."
        await room.ask("/quiet 22:00-07:00 Hong Kong")
        assert (await room.say("/quiet")).startswith(
            "Quiet hours are 22:00–07:00 your time (Asia/Hong_Kong)."
        )
        again = await room.ask("/quiet 22:00-07:00")
        assert plain(again.text).endswith("Nothing changed.")
        assert again.buttons == ()


async def test_a_change_wakes_who_sends(tmp_path: Path) -> None:
    """When quiet hours change, what they held may be due now, so the deliverer is told."""
    async with lobby(tmp_path) as room:
        await room.ask("/quiet 22:00-07:00 Hong Kong")
        room.rung.clear()
        await room.ask("/quiet")
        assert room.rung == []
        await room.ask("/quiet off")
        assert room.rung


async def test_a_form_holds_what_is_and_sets_what_it_says(tmp_path: Path) -> None:
    """The form says how it is and is filled in with it; handed in, it sets hours and timezone."""
    async with lobby(tmp_path) as room:
        reply = await room.ask("/quiet form", timezone="Asia/Hong_Kong")
        assert plain(reply.text) == "You have no quiet hours."
        assert filled(reply) == {"hours": "", "timezone": "Asia/Hong_Kong"}
        assert reply.form is not None
        await room.ask(reply.form.command, hours="10pm to 7am", timezone="Berlin")
        assert await habits(room) == Habits("Europe/Berlin", 22 * 60, 7 * 60)
        reply = await room.ask("/quiet form")
        assert "22:00–07:00 your time (Europe/Berlin)" in plain(reply.text)
        assert filled(reply) == {"hours": "22:00-07:00", "timezone": "Europe/Berlin"}


async def test_emptied_hours_are_off(tmp_path: Path) -> None:
    """Whoever empties the hours in the form has none any more; to hand it in as it is changes nothing."""
    async with lobby(tmp_path) as room:
        await room.ask("/quiet 22:00-07:00 Hong Kong")
        reply = await room.ask("/quiet form")
        assert "Nothing changed." in await handed_in(room, filled(reply))
        assert "Quiet hours are off" in await handed_in(room, {**filled(reply), "hours": " "})
        assert await habits(room) == Habits("Asia/Hong_Kong")
        assert "Quiet hours are off" in await room.say("/quiet", hours="", timezone="", who=JOE)


async def test_what_is_shown_leads_to_the_form(tmp_path: Path) -> None:
    """/quiet alone has a button that opens the form, with hours and without."""
    async with lobby(tmp_path) as room:
        assert (await room.press(await room.ask("/quiet"), "Set quiet hours…")).form is not None
        await room.ask("/quiet 22:00-07:00 Hong Kong")
        assert (await room.press(await room.ask("/quiet"), "Change…")).form is not None


async def handed_in(room: Room, fields: Values) -> str:
    """Hand in Maria's form, and read the answer."""
    return plain((await room.desk.answer(Caller(MARIA, NEWS), "/quiet", fields)).text)


def filled(reply: Reply) -> dict[str, str]:
    """Read what stands in the fields of an answer's form."""
    assert reply.form is not None
    return {field.name: field.value for field in reply.form.fields}
