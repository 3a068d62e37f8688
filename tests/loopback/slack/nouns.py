"""The nouns of the fake Slack: people, channels, messages, views, files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Json = dict[str, Any]


class Kind(StrEnum):
    """What sort of conversation a channel is, by the scopes that open it."""

    PUBLIC = "channels"
    PRIVATE = "groups"
    IM = "im"


@dataclass(eq=False, slots=True)
class User:
    """A person, or the bot."""

    id: str
    name: str
    tz: str = "Europe/London"
    is_bot: bool = False
    is_admin: bool = False
    is_restricted: bool = False
    """A guest."""
    is_ultra_restricted: bool = False
    """A guest of one channel; ``is_restricted`` is then true as well."""
    deleted: bool = False


@dataclass(eq=False, slots=True)
class Channel:
    """A channel, or what the bot and one person share."""

    id: str
    name: str
    kind: Kind = Kind.PUBLIC
    members: dict[str, User] = field(default_factory=dict)
    """By id, the bot among them where it was invited."""
    creator: User | None = None
    user: User | None = None
    """The person of a direct conversation."""
    archived: bool = False
    deleted: bool = False
    is_general: bool = False
    restricted: str | None = None
    """The error by which posts are refused, as ``restricted_action_read_only_channel``."""
    messages: dict[str, Message] = field(default_factory=dict)
    """By ts, in the order in which they came; ephemeral ones and replies too."""


@dataclass(eq=False, slots=True)
class Message:
    """A message; ``viewer`` is the only person who sees an ephemeral one."""

    ts: str
    channel: Channel
    author: User
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    thread_ts: str | None = None
    edited: str | None = None
    viewer: User | None = None
    files: list[File] = field(default_factory=list)
    via: str = "chat.postMessage"
    """How it came: that method, ``chat.postEphemeral``, ``response_url``, ``ack``, or ``person``."""
    arguments: Json = field(default_factory=dict)
    """All that it was sent with."""
    state: Json = field(default_factory=dict)
    """What a person has filled in, as ``state.values``."""

    @property
    def is_ephemeral(self) -> bool:
        """Whether only one person sees it."""
        return self.viewer is not None

    @property
    def labels(self) -> list[str]:
        """The labels of its buttons."""
        return labels(self.blocks)

    @property
    def replies(self) -> list[Message]:
        """What was answered in its thread, from the oldest on."""
        return [each for each in self.channel.messages.values() if each.thread_ts == self.ts]


@dataclass(eq=False, slots=True)
class View:
    """A form on a person's screen, or the Home tab."""

    id: str
    user: User
    body: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    state: Json = field(default_factory=dict)
    """What is filled in, as ``state.values``."""
    errors: dict[str, str] = field(default_factory=dict)
    """The sentences that a submission was refused with, by block id."""
    offered: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    """The options that external menus were last given, by block and action."""
    is_open: bool = True

    @property
    def blocks(self) -> list[Json]:
        """Its blocks."""
        blocks: list[Json] = self.body["blocks"]
        return blocks

    @property
    def title(self) -> str:
        """The words over it; a Home tab has none."""
        title: str = self.body.get("title", {}).get("text", "")
        return title

    @property
    def callback_id(self) -> str:
        """What the bot calls it."""
        return self.body.get("callback_id") or ""

    @property
    def private_metadata(self) -> str:
        """What the bot keeps in it."""
        return self.body.get("private_metadata") or ""

    @property
    def labels(self) -> list[str]:
        """The labels of its fields, then those of its buttons."""
        fields = [block["label"]["text"] for block in self.blocks if block["type"] == "input"]
        return fields + labels(self.blocks)


@dataclass(eq=False, slots=True)
class File:
    """A file that was uploaded."""

    id: str
    name: str
    length: int
    content: bytes | None = None
    """None until it has arrived."""
    title: str = ""
    shared: bool = False


def elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """List what can be pressed, chosen or filled in, each with its block."""
    for block in blocks:
        match block["type"]:
            case "actions":
                yield from ((block, element) for element in block["elements"])
            case "section" if block.get("accessory", {}).get("type", "image") != "image":
                yield block, block["accessory"]
            case "input":
                yield block, block["element"]


def labels(blocks: list[Json]) -> list[str]:
    """List the labels of the buttons among blocks."""
    return [element["text"]["text"] for _, element in elements(blocks) if element["type"] == "button"]


def strings(data: object) -> Iterator[str]:
    """List all texts in a piece of JSON."""
    match data:
        case str():
            yield data
        case dict():
            for value in data.values():
                yield from strings(value)
        case list():
            for value in data:
                yield from strings(value)
