"""One request as it arrived, and the errors that Discord answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.loopback.discord.nouns import Json
from tests.loopback.discord.world import World

_ERRORS = {
    0: (401, "401: Unauthorized"),
    10003: (404, "Unknown Channel"),
    10004: (404, "Unknown Guild"),
    10007: (404, "Unknown Member"),
    10008: (404, "Unknown Message"),
    10013: (404, "Unknown User"),
    10015: (404, "Unknown Webhook"),
    10062: (404, "Unknown interaction"),
    40033: (400, "This message has already been crossposted."),
    40058: (400, "Cannot message this channel until after a post is made."),
    40060: (400, "Interaction has already been acknowledged."),
    40067: (400, "A tag is required to create a forum post in this channel"),
    40094: (400, "This interaction has hit the maximum number of follow up messages"),
    50001: (403, "Missing Access"),
    50005: (403, "Cannot edit a message authored by another user"),
    50006: (400, "Cannot send an empty message"),
    50007: (403, "Cannot send messages to this user"),
    50008: (400, "Cannot send messages in a non-text channel"),
    50013: (403, "Missing Permissions"),
    50024: (400, "Cannot execute action on this channel type"),
    50027: (401, "Invalid Webhook Token"),
    50033: (400, "Invalid Recipient(s)"),
    50035: (400, "Invalid Form Body"),
    50083: (400, "Thread is archived"),
    50278: (403, "Cannot send messages to this user due to having no mutual guilds"),
    160004: (400, "A thread has already been created for this message"),
    160005: (400, "Thread is locked"),
}
"""Discord's code → the status it comes with, and its words (topics/opcodes-and-status-codes)."""


class Refused(Exception):
    """Discord answers with one of its errors."""

    def __init__(self, code: int, errors: Json | None = None) -> None:
        """Take the code, and for 50035 what is wrong where."""
        self.status, self.text = _ERRORS[code]
        super().__init__(self.text)
        self.code = code
        self.errors = errors

    def body(self) -> Json:
        """Write it as Discord does."""
        data: Json = {"message": self.text, "code": self.code}
        return data if self.errors is None else data | {"errors": self.errors}


@dataclass(slots=True)
class Request:
    """What was asked, of which route of the document, and how it was answered."""

    method: str
    path: str
    """Below ``/api/v10``."""
    query: Mapping[str, str]
    body: Any
    """The JSON; of a form its payload_json."""
    files: Mapping[str, bytes]
    at: float
    """When, by the event loop's clock."""
    template: str = ""
    status: int | None = None
    """None until it is answered, and for good where the connection broke first."""
    parts: dict[str, str] = field(default_factory=dict)
    """What stands in the path for the names of the template."""

    def id(self, name: str) -> int:
        """Read one of the path's ids."""
        return int(self.parts[name])

    def name_parts(self, template: str) -> None:
        """Take in which route it asks."""
        self.template = template
        names = template.split("/")
        self.parts = {
            name[1:-1]: part
            for name, part in zip(names, self.path.split("/"), strict=True)
            if name.startswith("{")
        }


Handler = Callable[[World, Request], object]
"""Does what a request asks and gives the JSON to answer with; None stands for 204."""
