"""One call of the Web API as it arrived, and the errors that Slack answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.loopback.slack.nouns import Json
from tests.loopback.slack.world import World

_ENCODED = frozenset({"blocks", "view", "metadata", "attachments", "files"})
"""Arguments that hold JSON; a form or a query carries them as text."""


class Refused(Exception):
    """Slack answers ``{"ok": false}`` with one of its errors."""

    def __init__(self, error: str, **extra: object) -> None:
        """Take the error, and what else stands in the answer."""
        super().__init__(error)
        self.error = error
        self.extra = extra

    def body(self) -> Json:
        """Write it as Slack does."""
        return {"ok": False, "error": self.error, **self.extra}


@dataclass(slots=True)
class Call:
    """What was called, with what, and how it was answered."""

    method: str
    arguments: Json
    """Merged from query, form and JSON; what was JSON in a text is read."""
    at: float
    """When, by the event loop's clock."""
    status: int | None = None
    """None until it is answered, and for good where the connection broke first."""
    answer: Json = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether the answer said that it was done."""
        return bool(self.answer.get("ok"))

    def text(self, name: str) -> str:
        """Read an argument as text; empty where it is missing."""
        value = self.arguments.get(name)
        return "" if value is None else str(value)

    def flag(self, name: str) -> bool:
        """Read an argument as yes or no."""
        return truth(self.arguments.get(name))

    def number(self, name: str, otherwise: int) -> int:
        """Read an argument as a number."""
        value = self.text(name)
        if value and not value.isdigit():
            raise Refused("invalid_arguments")
        return int(value) if value else otherwise


Handler = Callable[[World, Call], Json]
"""Does what a call asks and gives what is answered besides ``ok``."""


def truth(value: object) -> bool:
    """Read yes or no as Slack does; slack_sdk writes 1 and 0 in forms."""
    return value is True or str(value).lower() in {"1", "true"}


def merged(*sources: Mapping[str, Any]) -> Json:
    """Merge the arguments of a call; later sources win."""
    arguments: Json = {}
    for source in sources:
        arguments |= source
    for name in _ENCODED & arguments.keys():
        value = arguments[name]
        if isinstance(value, str) and value:
            try:
                arguments[name] = json.loads(value)
            except ValueError:
                # Left as it is: the judge finds no list in it.
                continue
    arguments.pop("token", None)
    return arguments


def page(items: list[Json], call: Call, limit: int) -> tuple[list[Json], Json]:
    """Cut a page out of a list, and give what says where the next begins."""
    cursor = call.text("cursor")
    if cursor and not (cursor.startswith("c-") and cursor[2:].isdigit()):
        raise Refused("invalid_cursor")
    start = int(cursor[2:]) if cursor else 0
    end = start + call.number("limit", limit)
    return items[start:end], {"next_cursor": f"c-{end}" if end < len(items) else ""}
