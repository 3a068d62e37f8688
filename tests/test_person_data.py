"""A person's data: all of it in the export, none of it after they want to be forgotten."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, func, select, update

from bot.models import Target
from bot.prose import plain
from bot.store import follows, subscriptions
from bot.store.deliveries import NewDelivery, enqueue
from bot.store.tables import entries, feeds, metadata, queries, targets
from bot.store.tables import follows as follows_table
from tests.lobby import lobby
from tests.reading import JOE, MARIA, START, Room, labels

REFERENCES = [
    column
    for table in metadata.sorted_tables
    for column in table.columns
    if any(key.column is targets.c.id for key in column.foreign_keys)
]
"""Every column of every table that can point to a person."""


async def number_of(room: Room, who: Target) -> int | None:
    """Find the number under which somebody is known."""
    query = select(targets.c.id).where(targets.c.key == who.id, targets.c.platform == who.platform)
    return await room.db.read(lambda c: c.execute(query).scalar())


async def counts(room: Room) -> dict[str, int]:
    """Count the rows of every table."""
    return await room.db.read(
        lambda c: {
            table.name: c.execute(select(func.count()).select_from(table)).scalar_one()
            for table in metadata.sorted_tables
        }
    )


async def live(room: Room, who: Target) -> None:
    """Do all that leaves a trace of a person."""
    await room.feed(f"{who.id}s own", ["One post"], where=who, by=who)
    await room.feed(f"seen by {who.id[0]}", ["Chips rise", "Chips fall"], by=who)
    for text in (
        "/quiet 22:00-07:00 Hong Kong",
        f"/follow {who.id} chips when:daily",
        "/follow china to:here",
    ):
        await room.ask(text, who=who)
    await room.ask("/follow TSMC", who=who, place=who)
    first, second, _ = await room.follows(who)
    await room.ask(f"/mute {first.id} 1", who=who)
    await room.ask(f"/unfollow {second.id}", who=who)

    def alert(c: Connection) -> None:
        person = subscriptions.target_id(c, who)
        ids = c.execute(select(entries.c.id)).scalars()
        enqueue(c, [NewDelivery(one, person, None, None, (first.id,)) for one in ids], now=START)
        c.execute(update(follows_table).where(follows_table.c.id == first.id).values(made_in=person))
        subscriptions.pause_target(c, person, reason="I could not message you.", now=START)

    await room.db.write(alert)


async def export(room: Room, who: Target) -> dict[str, Any]:
    """Get somebody's data."""
    reply = await room.ask("/wireroom data export", who=who)
    assert reply.attachment is not None
    assert reply.attachment.name == "wireroom-data.json"
    read: dict[str, Any] = json.loads(reply.attachment.content)
    return read


def values_in(data: object) -> set[object]:
    """Collect every value of a JSON document."""
    if isinstance(data, dict):
        return set().union(*map(values_in, data.values()))
    if isinstance(data, list):
        return set().union(*map(values_in, data))
    return {data}


async def test_the_export_holds_every_row_that_points_to_the_person(tmp_path: Path) -> None:
    """For each reference to a person in any table, all that its row says is in the export."""
    async with lobby(tmp_path) as room:
        await live(room, MARIA)
        person = await number_of(room, MARIA)
        known = values_in(await export(room, MARIA))
        left_out = {"lease", "lease_until"}  # of the process that sends, not of the person
        for column in REFERENCES:
            query = column.table.select().where(column == person)
            rows = await room.db.read(lambda c, query=query: list(c.execute(query).mappings()))  # type: ignore[misc]
            assert rows, f"nothing was made that fills {column}"
            for row in rows:
                for name, value in row.items():
                    if column.table.c[name].foreign_keys or name in left_out:
                        continue
                    shown = value.isoformat() if hasattr(value, "isoformat") else value
                    assert value in ({}, []) or shown in known, (column.table.name, name)


async def test_the_export_names_what_rows_point_to(tmp_path: Path) -> None:
    """References come as names: of places, words, feeds passed over, and of why an alert came."""
    async with lobby(tmp_path) as room:
        await live(room, MARIA)
        data = await export(room, MARIA)
        assert data["person"]["pause_reason"] == "I could not message you."
        first, second, third = data["follows"]
        assert (first["target_key"], first["made_in_key"], first["muted_feeds"]) == ("maria", "maria", [1])
        assert (second["target_key"], second["canonical"]) == ("news", "china")
        assert third["typed"] == "TSMC"
        assert [one["added_by_person"] for one in data["feeds"]] == [True, True]
        assert [one["target_key"] for one in data["feeds"]] == ["maria", "news"]
        assert {one["entry_title"] for one in data["alerts"]} == {"One post", "Chips rise", "Chips fall"}
        assert [one["follows"] for one in data["alerts"]] == [[first["id"]]] * 3


async def test_the_export_is_of_one_person(tmp_path: Path) -> None:
    """Nothing of anybody else is in it, and asking for it leaves no trace of who was unknown."""
    async with lobby(tmp_path) as room:
        await live(room, MARIA)
        before = await counts(room)
        data = await export(room, JOE)
        assert data["person"] == {"platform": "chat", "space": "", "id": "joe"}
        assert "maria" not in json.dumps(data)
        assert await counts(room) == before


async def test_forgetting_asks_first(tmp_path: Path) -> None:
    """What will be deleted is counted before a button deletes it; Cancel leaves all as it is."""
    async with lobby(tmp_path) as room:
        await live(room, MARIA)
        before = await counts(room)
        reply = await room.ask("/wireroom data forget")
        assert plain(reply.text) == (
            "This deletes your 2 follows, your own 1 feed, quiet hours, and the record of 3 alerts. "
            "It can't be undone. Feeds you added to channels stay, without your name."
        )
        assert labels(reply) == ["Delete my data", "Cancel"]
        await room.press(reply, "Cancel")
        assert await counts(room) == before


async def test_nothing_of_a_forgotten_person_is_left(tmp_path: Path) -> None:
    """No row points to them, no text of theirs remains, and what they brought into channels stays."""
    async with lobby(tmp_path) as room:
        await live(room, MARIA)
        await live(room, JOE)
        person = await number_of(room, MARIA)
        reply = await room.ask("/wireroom data forget")
        assert plain((await room.press(reply, "Delete my data")).text) == "Deleted."
        assert await number_of(room, MARIA) is None
        for column in REFERENCES:
            assert await _rows(room, column, person) == 0, column
        assert await room.say("/wireroom data forget") == "I keep nothing about you."
        everything = await room.db.read(
            lambda c: [
                str(row) for table in metadata.sorted_tables for row in c.execute(table.select()).mappings()
            ]
        )
        assert not [row for row in everything if "maria" in row]
        names = await room.db.read(lambda c: set(c.execute(select(feeds.c.title)).scalars()))
        assert names == {"seen by m", "seen by j", "joes own"}
        assert [one.typed for one in await room.follows(JOE)] == ["joe chips", "TSMC"]
        kept = await room.db.read(lambda c: set(c.execute(select(queries.c.canonical)).scalars()))
        assert "chips maria" not in kept


async def _rows(room: Room, column: Column[Any], person: int | None) -> int:
    query = select(func.count()).select_from(column.table).where(column == person)
    return await room.db.read(lambda c: c.execute(query).scalar_one())


async def test_a_forgotten_person_may_come_back(tmp_path: Path) -> None:
    """Whoever was forgotten starts anew, knowing and known of nothing."""
    async with lobby(tmp_path) as room:
        await live(room, MARIA)
        await room.ask("/wireroom data delete")
        assert "You have no quiet hours" in await room.say("/quiet")
        await room.ask("/follow chips")
        assert [one.typed for one in await room.follows()] == ["chips"]
        assert await room.db.read(lambda c: follows.count(c, MARIA)) == 1


def test_every_reference_to_a_target_is_looked_at() -> None:
    """The laws here go over all columns that can point to a person, of which there are some."""
    assert {f"{column.table.name}.{column.name}" for column in REFERENCES} >= {
        "follows.owner_id",
        "people.target_id",
        "deliveries.target_id",
        "subscriptions.added_by",
    }
