"""What Slack refuses in blocks though its typings do not say so; pure.

Sources: the prose in the typings' descriptions (docs.slack.dev, reference/block-kit), and the answers that
Slack gives. Elements are judged in elements.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.loopback.slack import elements
from tests.loopback.slack.breach import Breach, Path, longer, more
from tests.loopback.slack.nouns import Json

MESSAGE, VIEW = 50, 100
"""How many blocks there may be."""

ID = 255
ADDRESS = 3000


def blocks(found: list[Json], most: int, where: Path = ("blocks",)) -> Iterator[Breach]:
    """Judge blocks that have the right shape."""
    yield from more(where, found, most, 0)
    counted = Counter(block["block_id"] for block in found if block.get("block_id"))
    yield from (Breach(where, f"block_id {key!r} occurs {n} times") for key, n in counted.items() if n > 1)
    for index, block in enumerate(found):
        path = (*where, index)
        yield from longer((*path, "block_id"), block.get("block_id"), ID)
        yield from _block(path, block)
    focused = [element for block in found for element in _all(block) if element.get("focus_on_load")]
    if len(focused) > 1:
        yield Breach(where, "only one element can have focus_on_load")


def _all(block: Json) -> list[Json]:
    """List the elements of a block."""
    one = [block[name] for name in ("accessory", "element") if name in block]
    return [*one, *(block["elements"] if block["type"] in {"actions", "context", "context_actions"} else [])]


def _block(path: Path, block: Json) -> Iterator[Breach]:
    match block["type"]:
        case "section":
            yield from _section(path, block)
        case "header":
            yield from elements.text((*path, "text"), block["text"], 150)
        case "image":
            yield from elements.image(path, block)
            yield from elements.text((*path, "title"), block.get("title"), 2000)
        case "context":
            yield from more((*path, "elements"), block["elements"], 10)
            for index, part in enumerate(block["elements"]):
                yield from _context((*path, "elements", index), part)
        case "actions":
            yield from more((*path, "elements"), block["elements"], 25)
            for index, part in enumerate(block["elements"]):
                yield from elements.element((*path, "elements", index), part)
        case "input":
            yield from elements.text((*path, "label"), block["label"], 2000)
            yield from elements.text((*path, "hint"), block.get("hint"), 2000)
            yield from elements.element((*path, "element"), block["element"])
        case "rich_text":
            yield from _rich((*path, "elements"), block["elements"])
    yield from _action_ids(path, block)


def _section(path: Path, block: Json) -> Iterator[Breach]:
    if not block.get("text") and not block.get("fields"):
        yield Breach(path, "a section needs text or fields")
    yield from elements.text((*path, "text"), block.get("text"), 3000)
    yield from more((*path, "fields"), block.get("fields"), 10)
    for index, field in enumerate(block.get("fields") or []):
        yield from elements.text((*path, "fields", index), field, 2000)
    accessory = block.get("accessory")
    if accessory is not None and accessory["type"] == "image":
        yield from elements.image((*path, "accessory"), accessory)
    elif accessory is not None:
        yield from elements.element((*path, "accessory"), accessory)


def _context(path: Path, part: Json) -> Iterator[Breach]:
    if part["type"] == "image":
        yield from elements.image(path, part)
    else:
        yield from elements.text(path, part, 3000)


def _rich(path: Path, parts: list[Json]) -> Iterator[Breach]:
    yield from more(path, parts, 10_000)
    for index, part in enumerate(parts):
        here = (*path, index)
        kind = part["type"]
        if "elements" in part:
            yield from _rich((*here, "elements"), part["elements"])
        elif kind == "text":
            yield from longer((*here, "text"), part["text"], 1_000_000)
        elif kind == "link":
            yield from longer((*here, "url"), part["url"], ADDRESS)
            if not part["url"].startswith(("http://", "https://", "mailto:", "slack://")):
                yield Breach((*here, "url"), f"must be a valid URL: {part['url'][:60]!r}")


def _action_ids(path: Path, block: Json) -> Iterator[Breach]:
    counted = Counter(one["action_id"] for one in _all(block) if one.get("action_id"))
    yield from (Breach(path, f"action_id {key!r} occurs {n} times") for key, n in counted.items() if n > 1)


def view(body: Json) -> Iterator[Breach]:
    """Judge a form or a Home tab that has the right shape."""
    yield from blocks(body["blocks"], VIEW)
    for name in ("title", "submit", "close"):
        yield from elements.text((name,), body.get(name), 24)
    yield from longer(("private_metadata",), body.get("private_metadata"), 3000, 0)
    yield from longer(("callback_id",), body.get("callback_id"), ID, 0)
    yield from longer(("external_id",), body.get("external_id"), ID, 0)
    has_input = any(block["type"] == "input" for block in body["blocks"])
    if body["type"] == "modal" and has_input and not body.get("submit"):
        yield Breach(("submit",), "a modal with an input block needs submit")
