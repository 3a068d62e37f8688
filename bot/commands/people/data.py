"""What is kept about a person: all of it as a file, or none of it any more."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial

from bot.command import Caller, Command, Values
from bot.commands.desk.register import HOME
from bot.commands.tools import Tools
from bot.digest import counted
from bot.models import Button
from bot.prose import prose
from bot.reply import Attachment, Reply
from bot.store import export, person
from bot.store.person import Record

DATA = (HOME, "data")


def commands(tools: Tools) -> tuple[Command, ...]:
    """Declare the commands."""
    return (
        Command((*DATA, "export"), "Get all that I keep about you, as a file", partial(_export, tools)),
        Command((*DATA, "forget"), "Delete all that I keep about you", partial(_forget, tools)),
        Command(
            (*DATA, "delete"),
            "Delete all that I keep about you, at once",
            partial(_delete, tools),
            behind_button=True,
        ),
    )


async def _export(tools: Tools, caller: Caller, values: Values) -> Reply:
    del values
    kept = await tools.db.read(lambda c: export.collect(c, caller.person))
    content = json.dumps(kept | {"exported_at": tools.clock().isoformat()}, ensure_ascii=False, indent=2)
    file = Attachment("wireroom-data.json", content.encode(), "application/json")
    return Reply(prose("This is all that I keep about you."), attachment=file)


async def _forget(tools: Tools, caller: Caller, values: Values) -> Reply:
    del values
    record = await tools.db.read(lambda c: person.record(c, caller.person))
    if not record.anything:
        return Reply(prose("I keep nothing about you."))
    text = (
        f"This deletes {_in_a_row(_parts(record))}. It can't be undone. "
        "Feeds you added to channels stay, without your name."
    )
    buttons = (
        Button("Delete my data", "/" + " ".join((*DATA, "delete"))),
        Button("Cancel", "/skip"),
    )
    return Reply(prose(text), buttons=buttons)


def _parts(record: Record) -> list[str]:
    parts = [f"your {counted(record.follows, 'follow')}"] if record.follows else []
    if record.feeds:
        parts.append(f"your own {counted(record.feeds, 'feed')}")
    if record.habits:
        parts.append("quiet hours" if parts else "your quiet hours")
    if record.alerts:
        parts.append(f"the record of {counted(record.alerts, 'alert')}")
    return parts or ["the little that I keep about you"]


def _in_a_row(parts: Sequence[str]) -> str:
    """Write a, b, and c; two need no comma."""
    if len(parts) > 2:  # noqa: PLR2004 - three and more are a list
        return f"{', '.join(parts[:-1])}, and {parts[-1]}"
    return " and ".join(parts)


async def _delete(tools: Tools, caller: Caller, values: Values) -> Reply:
    del values
    await tools.db.write(lambda c: person.forget(c, caller.person))
    tools.reach.forget(caller.person)
    return Reply(prose("Deleted."))
