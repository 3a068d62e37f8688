"""A message as Slack gets it, still as plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.fit import size
from bot.models import Button

Block = Mapping[str, Any]
"""A block as Slack documents it."""

SECTION, RICH, LARGE, LINE, PLAIN = "section", "rich", "large", "line", "plain"
ITEM, ALERT, DIGEST, NOTICE = "wireroom_item", "wireroom_alert", "wireroom_digest", "wireroom_notice"


@dataclass(frozen=True, slots=True)
class Drawn:
    """What of a message can be seen, within Slack's limits; every text in it is already escaped."""

    text: str
    """What notifications show and screen readers read: all of the message. They read no blocks."""
    blocks: tuple[Block, ...] = ()
    buttons: tuple[Button, ...] = ()
    layout: str = ""
    """What an edit must keep: section, rich, large (rich, its picture below), line or plain.

    Slack turns no rich text into another block (``block_mismatch``).
    """
    event: str = ITEM
    """The kind of message, for its metadata."""


def name(part: str, revision: int = 1) -> str:
    """Name a block; Slack wants another name at each update."""
    return f"wr1.{part}" if revision <= 1 else f"wr1.{part}.r{revision}"


def section(text: str, name: str, *, expand: bool = False) -> dict[str, Any]:
    """Make a section of mrkdwn; ``expand`` leaves nothing behind a “see more”."""
    opened = {"expand": True} if expand else {}
    return {"type": "section", "block_id": name, **opened, "text": mrkdwn_object(text)}


def context(texts: Sequence[str], name: str) -> Block:
    """Make a line of small type."""
    return {"type": "context", "block_id": name, "elements": [mrkdwn_object(text) for text in texts]}


def rich(elements: Sequence[Mapping[str, Any]], name: str) -> Block:
    """Make a rich text of one paragraph."""
    inside = [{"type": "rich_text_section", "elements": list(elements)}]
    return {"type": "rich_text", "block_id": name, "elements": inside}


def mrkdwn_object(text: str) -> Mapping[str, Any]:
    """Make a text object in which Slack turns no bare address and no name into a link."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def plain_object(text: str) -> Mapping[str, Any]:
    """Make a text object without mark-up, in which :joy: stays what it is."""
    return {"type": "plain_text", "text": text, "emoji": False}


def weight(blocks: Sequence[Block]) -> int:
    """Measure blocks as strictly as anybody may: as they are written on the wire."""
    return sum(size(json.dumps(block, ensure_ascii=False, separators=(",", ":"))) + 1 for block in blocks)
