"""/digest: when alerts come together, who joins, what waits, and the way back from each."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Connection, select, update

from bot.command import Caller, Values
from bot.digest import Hold
from bot.models import Habits, Rhythm, Target
from bot.prose import plain
from bot.reply import Reply
from bot.store import deliveries, follows, subscriptions
from bot.store.deliveries import NewDelivery, State
from bot.store.tables import deliveries as table
from bot.store.tables import entries
from tests.lobby import lobby
from tests.reading import JOE, MARIA, NEWS, Room, labels


async def habits(room: Room) -> Habits:
    """Load what Maria has said of her time."""
    return await room.db.read(lambda c: follows.addressee(c, MARIA).habits)


async def rhythms(room: Room, who: Target = MARIA) -> Counter[Rhythm]:
    """Count follows by their rhythm."""
    return Counter(one.rhythm for one in await room.follows(who))


async def hold(room: Room, count: int, *, follow: str = "chips") -> int:
    """Let posts wait for Maria's daily digest; give the number of the feed."""
    feed_id = await room.feed("Chips Daily", [f"Chips {number}" for number in range(count)])
    await room.ask(f"/follow {follow} when:daily")
    (one, *_) = await room.follows()

    def put(c: Connection) -> None:
        ids = c.execute(select(entries.c.id)).scalars()
        where = subscriptions.target_id(c, MARIA)
        new = [
            NewDelivery(number, where, None, Rhythm.DAILY, (one.id,), room.now, Hold.DAILY) for number in ids
        ]
        deliveries.enqueue(c, new, now=room.now)

    await room.db.write(put)
    return feed_id


async def test_a_schedule_is_told_with_its_next_day(tmp_path: Path) -> None:
    """The reply says when digests come, in which timezone, and when the next one does."""
    async with lobby(tmp_path) as room:
        await room.ask("/follow chips when:daily")
        reply = await room.ask("/digest weekdays 08:00", timezone="Asia/Hong_Kong")
        assert plain(reply.text) == (
            "Your alerts now come together at 08:00 on weekdays (Asia/Hong_Kong). Next: Friday 17 April."
        )
        assert labels(reply) == ["Send one now", "Undo"]
        assert "at 21:30 on Mondays (Asia/Hong_Kong). Next: Monday 20 April." in await room.say(
            "/digest weekly mon 21:30"
        )
        assert "at 09:00 every day (Asia/Tokyo). Next: Friday 17 April." in await room.say(
            "/digest set daily 9 Tokyo"
        )


async def test_a_digest_in_quiet_hours_names_its_time(tmp_path: Path) -> None:
    """Where quiet hours move the digest, the next one is told with the time it really comes."""
    async with lobby(tmp_path) as room:
        await room.ask("/quiet 22:00-09:30 Hong Kong")
        assert "Next: Friday 17 April at 09:30." in await room.say("/digest daily 08:00")


async def test_the_timezone_is_asked_once_with_the_schedule_kept(tmp_path: Path) -> None:
    """Without a timezone nothing is set until it is chosen; the choice repeats the schedule."""
    async with lobby(tmp_path) as room:
        reply = await room.ask("/digest weekly fri 7am")
        assert await habits(room) == Habits()
        assert reply.choices[0].value == "/digest weekly fri 07:00 America/Los_Angeles"
        await room.ask(reply.choices[0].value)
        assert await habits(room) == Habits("America/Los_Angeles", weekly_day=4, weekly_at=7 * 60)


@pytest.mark.parametrize(
    "change", ["/digest daily 09:00", "/digest weekdays", "/digest weekly sun 20:00 Tokyo"]
)
async def test_a_schedule_can_be_undone(tmp_path: Path, change: str) -> None:
    """Undo brings back exactly what was; saying the same again changes nothing and needs no Undo."""
    async with lobby(tmp_path) as room:
        await room.ask("/quiet 22:00-07:00 Hong Kong")
        before = await habits(room)
        reply = await room.ask(change)
        assert await habits(room) != before
        again = await room.ask(change)
        assert plain(again.text).startswith("Your alerts already come together at ")
        assert "Undo" not in labels(again)
        await room.press(reply, "Undo")
        assert await habits(room) == before


async def test_follows_at_once_may_join_and_leave_again(tmp_path: Path) -> None:
    """The button lets exactly the follows that alert at once join; Undo brings exactly those back."""
    async with lobby(tmp_path) as room:
        for words in ("chips", "TSMC", "batteries when:hourly", "china when:weekly", "cars to:here"):
            await room.ask(f"/follow {words}")
        reply = await room.ask("/digest daily 08:00", timezone="Asia/Hong_Kong")
        assert plain(reply.text).endswith("2 follows still alert at once.")
        before = await room.follows()
        joined = await room.press(reply, "Let my 2 follows at once join")
        assert plain(joined.text) == "2 follows now come in your daily digest."
        assert await rhythms(room) == {Rhythm.DAILY: 2, Rhythm.HOURLY: 1, Rhythm.WEEKLY: 1, Rhythm.NOW: 1}
        undone = await room.press(joined, "Undo")
        assert await room.follows() == before
        await room.press(undone, "Undo")
        assert (await rhythms(room))[Rhythm.DAILY] == 2


async def test_off_lets_all_alert_at_once_and_back(tmp_path: Path) -> None:
    """Without digests, daily and weekly follows alert at once; Undo gives each its own rhythm again."""
    async with lobby(tmp_path) as room:
        for words in ("chips when:daily", "TSMC when:weekly", "cars when:hourly"):
            await room.ask(f"/follow {words}")
        before = await room.follows()
        reply = await room.ask("/digest off")
        assert plain(reply.text).startswith("No more digests: 2 follows alert at once again.")
        assert await rhythms(room) == {Rhythm.NOW: 2, Rhythm.HOURLY: 1}
        await room.press(reply, "Undo")
        assert await room.follows() == before
        assert "Nothing changed." in await room.say("/digest off", who=JOE)


async def test_nobody_changes_anothers_follows(tmp_path: Path) -> None:
    """Numbers of somebody else's follows are passed over."""
    async with lobby(tmp_path) as room:
        await room.ask("/follow chips")
        (one,) = await room.follows()
        assert "Nothing is left" in await room.say(f"/digest put daily:{one.id}", who=JOE)
        assert await room.follows() == [one]


async def test_nothing_typed_shows_the_schedule(tmp_path: Path) -> None:
    """/digest alone shows what is set, or how to set it."""
    async with lobby(tmp_path) as room:
        assert "You have no digest." in await room.say("/digest")
        await room.ask("/follow chips when:daily")
        await room.ask("/digest weekdays 08:00 Hong Kong")
        assert await room.say("/digest") == (
            "Daily digest of 1 follow: at 08:00 on weekdays (Asia/Hong_Kong). Next: Friday 17 April."
        )


async def test_what_waits_is_sent_when_asked_for(tmp_path: Path) -> None:
    """/digest now sends what is held, rings for the deliverer, and sends nothing twice."""
    async with lobby(tmp_path) as room:
        assert await room.say("/digest now") == "Nothing waits for your digest."
        await hold(room, 3)
        room.rung.clear()
        assert await room.say("/digest now") == "On its way: 3 posts."
        assert room.rung
        assert await room.say("/digest now") == "Nothing waits for your digest."


async def test_a_new_schedule_moves_what_waits(tmp_path: Path) -> None:
    """Posts that wait for the digest wait for its new time."""
    async with lobby(tmp_path) as room:
        await hold(room, 2)
        await room.ask("/digest daily 20:00 Hong Kong")
        dues = await room.db.read(lambda c: set(c.execute(select(table.c.due_at)).scalars()))
        assert [f"{due:%H:%M}" for due in dues] == ["12:00"]


async def test_the_rest_of_a_digest_is_shown_to_its_reader_alone(tmp_path: Path) -> None:
    """More of a digest lists what its messages left out, page by page, if the person may see it (still)."""
    async with lobby(tmp_path) as room:
        await hold(room, 34)
        await room.ask("/digest now")

        def one_message(c: Connection) -> int:
            bundled = table.c.state == State.BUNDLED
            first = c.execute(select(table.c.bundle_id).where(bundled).limit(1)).scalar_one()
            c.execute(update(table).where(bundled).values(bundle_id=first))
            return int(first)

        number = await room.db.write(one_message)
        page = await room.ask(f"/digest more {number}")
        lines = plain(page.text).splitlines()
        assert lines[0].startswith("16. Chips ")
        assert len(lines) == 15
        rest = await room.press(page, "More")
        assert plain(rest.text).splitlines()[-1].startswith("34. Chips ")
        assert rest.buttons == ()
        assert await room.say(f"/digest more {number}", who=JOE) == "That digest is not kept any more."
        room.chat.closed.add(("maria", "news"))
        room.tools.reach.forget(MARIA)
        hidden = await room.ask(f"/digest more {number}")
        assert plain(hidden.text) == "You can see none of these posts any more."
        assert [button.label for button in hidden.buttons] == ["More"], "what comes later may be seen"
        assert await room.say(f"/digest more {number} 34") == "There is no more."


async def test_a_form_holds_what_is_and_sets_what_it_says(tmp_path: Path) -> None:
    """The form says how it is and is filled in with the schedule; handed in, it sets days, time and zone."""
    async with lobby(tmp_path) as room:
        asked = await room.ask("/digest form", timezone="Asia/Hong_Kong")
        assert plain(asked.text).startswith("You have no digest.")
        assert filled(asked) == {"days": "daily", "at": "08:00", "timezone": "Asia/Hong_Kong"}
        given = {"days": "weekly fri", "at": "18", "timezone": "Tokyo"}
        assert "at 18:00 on Fridays (Asia/Tokyo)" in await handed_in(room, asked, given)
        await room.ask("/digest weekdays 07:30")
        await room.ask("/follow chips when:weekly")
        weekly = await room.ask("/digest form")
        assert "Weekly digest of 1 follow: at 18:00 on Fridays (Asia/Tokyo)." in plain(weekly.text)
        assert filled(weekly) == {"days": "weekly fri", "at": "18:00", "timezone": "Asia/Tokyo"}
        await room.ask("/follow cars when:daily")
        daily = filled(await room.ask("/digest form"))
        assert daily == {"days": "weekdays", "at": "07:30", "timezone": "Asia/Tokyo"}
        before = await habits(room)
        assert "already come together at 07:30" in await handed_in(room, asked, daily)
        assert await habits(room) == before


async def test_what_is_shown_leads_to_the_form(tmp_path: Path) -> None:
    """/digest alone has a button that opens the form, with a digest and without."""
    async with lobby(tmp_path) as room:
        assert (await room.press(await room.ask("/digest"), "Set a time…")).form is not None
        await room.ask("/follow chips when:daily")
        assert (await room.press(await room.ask("/digest"), "Change…")).form is not None


async def handed_in(room: Room, asked: Reply, fields: Values) -> str:
    """Hand in Maria's form with these fields, and read the answer."""
    assert asked.form is not None
    return plain((await room.desk.answer(Caller(MARIA, NEWS), asked.form.command, fields)).text)


def filled(reply: Reply) -> dict[str, str]:
    """Read what stands in the fields of an answer's form, each value one that may be chosen there."""
    assert reply.form is not None
    for field in reply.form.fields:
        assert not field.choices or field.value in {one.value for one in field.choices}
    return {field.name: field.value for field in reply.form.fields}
