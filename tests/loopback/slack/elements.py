"""What Slack refuses in a block's elements though its typings do not say so; pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.loopback.slack.breach import Breach, Path, longer, more
from tests.loopback.slack.nouns import Json

_ACTION_ID = 255
_ADDRESS, _ALT = 3000, 2000
_MENUS = frozenset({"static_select", "multi_static_select", "external_select", "multi_external_select"})


def text(path: Path, found: Json | None, most: int) -> Iterator[Breach]:
    """Judge a text object."""
    if found is not None:
        yield from longer((*path, "text"), found["text"], most)


def image(path: Path, part: Json) -> Iterator[Breach]:
    """Judge an image, be it a block or an element."""
    yield from longer((*path, "alt_text"), part.get("alt_text"), _ALT)
    address = part.get("image_url")
    yield from longer((*path, "image_url"), address, _ADDRESS)
    if isinstance(address, str) and not address.startswith(("http://", "https://")):
        yield Breach((*path, "image_url"), f"must be a valid URL: {address[:60]!r}")


def element(path: Path, part: Json) -> Iterator[Breach]:
    """Judge what can be pressed, chosen or filled in."""
    yield from longer((*path, "action_id"), part.get("action_id"), _ACTION_ID)
    yield from text((*path, "placeholder"), part.get("placeholder"), 150)
    if part.get("confirm") is not None:
        yield from _confirm((*path, "confirm"), part["confirm"])
    match part["type"]:
        case "button" | "workflow_button":
            yield from _button(path, part)
        case "overflow":
            yield from _options(path, part, 5, 1)
        case "radio_buttons" | "checkboxes":
            yield from _options(path, part, 10, 1)
        case "plain_text_input":
            yield from _input(path, part)
        case kind if kind in _MENUS:
            yield from _menu(path, part)


def _button(path: Path, part: Json) -> Iterator[Breach]:
    yield from text((*path, "text"), part["text"], 75)
    yield from longer((*path, "value"), part.get("value"), 2000)
    yield from longer((*path, "accessibility_label"), part.get("accessibility_label"), 75)
    yield from longer((*path, "url"), part.get("url"), _ADDRESS)
    address = part.get("url")
    if address is not None and not address.startswith(("http://", "https://", "slack://", "mailto:")):
        yield Breach((*path, "url"), f"must be a valid URL: {address[:60]!r}")


def _input(path: Path, part: Json) -> Iterator[Breach]:
    least, most = part.get("min_length"), part.get("max_length")
    for name, value, lowest in (("min_length", least, 0), ("max_length", most, 1)):
        if value is not None and not lowest <= value <= 3000:
            yield Breach((*path, name), f"must be {lowest} to 3000, is {value}")
    initial = part.get("initial_value")
    if initial is not None and len(initial) > (most or 3000):
        yield Breach((*path, "initial_value"), f"must be at most {most or 3000} characters")


def _menu(path: Path, part: Json) -> Iterator[Breach]:
    if part["type"].endswith("static_select"):
        groups = part.get("option_groups")
        if bool(groups) is bool(part.get("options")):
            yield Breach(path, "a static select needs either options or option_groups")
        yield from more((*path, "option_groups"), groups, 100)
        for index, group in enumerate(groups or []):
            here = (*path, "option_groups", index)
            yield from text((*here, "label"), group["label"], 75)
            yield from _options(here, group, 100, 1)
        if not groups:
            yield from _options(path, part, 100, 1)
    elif part.get("initial_option"):
        yield from option((*path, "initial_option"), part["initial_option"])


def _options(path: Path, part: Json, most: int, least: int) -> Iterator[Breach]:
    found = part.get("options") or []
    yield from more((*path, "options"), found, most, least)
    for index, one in enumerate(found):
        yield from option((*path, "options", index), one)
    values = Counter(one.get("value") for one in found)
    for value, count in values.items():
        if count > 1:
            yield Breach((*path, "options"), f"the value {value!r} occurs {count} times")
    chosen = [part["initial_option"]] if part.get("initial_option") else part.get("initial_options") or []
    for one in chosen:
        if one not in found:
            yield Breach(
                path, f"the initial option {one.get('value')!r} is not among the options, word for word"
            )


def option(path: Path, one: Json) -> Iterator[Breach]:
    """Judge an option."""
    yield from text((*path, "text"), one["text"], 75)
    yield from longer((*path, "value"), one.get("value"), 150)
    yield from text((*path, "description"), one.get("description"), 75)
    if one.get("value") is None:
        yield Breach(path, "an option needs a value")


def _confirm(path: Path, found: Json) -> Iterator[Breach]:
    for name, most in (("title", 100), ("text", 300), ("confirm", 30), ("deny", 30)):
        yield from text((*path, name), found.get(name), most)
