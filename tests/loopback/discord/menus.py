"""Buttons and menus of a message, as a person uses them."""

from __future__ import annotations

from collections.abc import Sequence

from tests.loopback.discord.invocation import Unusable
from tests.loopback.discord.nouns import Json, Message

BUTTON, STRING_SELECT = 2, 3
LINK = 5


def pressed(message: Message, which: str) -> Json:
    """Press the button with this label or custom id."""
    buttons = [part for part in message.parts() if part["type"] == BUTTON]
    names = [part.get("label") or part.get("custom_id") for part in buttons]
    found = [part for part in buttons if which in (part.get("label"), part.get("custom_id"))]
    if not found:
        raise Unusable(f"there is no button {which!r}, only {names}")
    button = found[0]
    if button.get("disabled") or button.get("style") == LINK:
        raise Unusable(f"the button {which!r} is disabled, or a link")
    return {"component_type": BUTTON, "custom_id": button["custom_id"]}


def chosen(message: Message, which: Sequence[str]) -> Json:
    """Choose in the first menu that offers all of this, by value or label."""
    menus = [part for part in message.parts() if part["type"] == STRING_SELECT]
    for menu in menus:
        values = picked(menu, which)
        if values is not None and not menu.get("disabled"):
            return {"component_type": STRING_SELECT, "custom_id": menu["custom_id"], "values": values}
    labels = [option["label"] for menu in menus for option in menu["options"]]
    raise Unusable(f"no menu offers {list(which)}, only {labels}")


def picked(menu: Json, which: Sequence[str]) -> list[str] | None:
    """Translate what is chosen into values; None where the menu does not offer it, or not so many."""
    values = []
    for one in which:
        options = menu["options"]
        found = next((each["value"] for each in options if one in (each["value"], each["label"])), None)
        if found is None:
            return None
        values.append(found)
    least = 1 if menu.get("min_values") is None else menu["min_values"]
    most = 1 if menu.get("max_values") is None else menu["max_values"]
    return values if least <= len(values) <= most else None
