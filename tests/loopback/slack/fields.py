"""Buttons, menus and fields, as a person uses them: what stands in them, and what Slack says of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.loopback.slack.invocation import Unusable
from tests.loopback.slack.nouns import Channel, Json, User, View, elements

Entry = str | Sequence[str] | Channel | User | Json | None
"""A text; an option or several by label or value, or as offered; a channel; a person; None for nothing."""

_TEXTS = frozenset({"plain_text_input", "number_input", "email_text_input", "url_text_input"})
_ONE = frozenset({"static_select", "external_select", "radio_buttons"})
_SEVERAL = frozenset({"checkboxes", "multi_static_select", "multi_external_select"})
_PICKED = {
    "conversations_select": "selected_conversation",
    "channels_select": "selected_channel",
    "users_select": "selected_user",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
}
_INITIAL = {
    "selected_conversation": "initial_conversation",
    "selected_channel": "initial_channel",
    "selected_user": "initial_user",
    "selected_date": "initial_date",
    "selected_time": "initial_time",
    "selected_date_time": "initial_date_time",
}


def initial(blocks: list[Json]) -> Json:
    """Write ``state.values`` as it is before anybody touches anything."""
    values: Json = {}
    for block, element in elements(blocks):
        state = _initial(element)
        if state is not None:
            values.setdefault(block["block_id"], {})[element["action_id"]] = state
    return values


def _initial(element: Json) -> Json | None:
    kind = element["type"]
    if kind in _TEXTS:
        return {"type": kind, "value": element.get("initial_value")}
    if kind in _ONE:
        return {"type": kind, "selected_option": element.get("initial_option")}
    if kind in _SEVERAL:
        return {"type": kind, "selected_options": element.get("initial_options") or []}
    if kind in _PICKED:
        name = _PICKED[kind]
        return {"type": kind, name: element.get(_INITIAL[name])}
    return None


def named(blocks: list[Json], which: str, *kinds: str) -> tuple[Json, Json]:
    """Find what can be used by label, action id, block id, or an option's label; else Unusable."""
    known = []
    for block, element in elements(blocks):
        if kinds and element["type"] not in kinds:
            continue
        names = _names(block, element)
        known += names
        if which in names:
            return block, element
    raise Unusable(f"there is no {which!r}, only {known}")


def _names(block: Json, element: Json) -> list[str]:
    label = block.get("label") or element.get("text") or element.get("placeholder") or {}
    return [
        *([label["text"]] if label else []),
        *(option["text"]["text"] for option in options(element)),
        *([element["action_id"]] if element.get("action_id") else []),
        block["block_id"],
    ]


def options(element: Json) -> list[Json]:
    """List the options of a menu, those in groups too."""
    groups = element.get("option_groups") or []
    return [*(element.get("options") or []), *(one for group in groups for one in group["options"])]


def picked(offered: list[Json], which: str, label: str) -> Json:
    """Choose an option by label or value; else Unusable."""
    for option in offered:
        if which in (option["text"]["text"], option.get("value")):
            return option
    raise Unusable(f"{label!r} offers {[one['text']['text'] for one in offered]}, not {which!r}")


def entered(block: Json, element: Json, entry: Entry, offered: list[Json]) -> Json:
    """Write what a person entered as it stands in ``state.values``; ``offered`` is an external menu's."""
    kind = element["type"]
    label = (block.get("label") or {}).get("text") or element.get("action_id") or kind
    if kind in _TEXTS:
        return {"type": kind, "value": _text(element, entry, label)}
    choices = offered if kind.endswith("external_select") else options(element)
    if kind in _ONE:
        return {"type": kind, "selected_option": None if entry is None else _option(choices, entry, label)}
    if kind in _SEVERAL:
        several = [] if entry is None else [entry] if isinstance(entry, str) else entry
        if not isinstance(several, Sequence):
            raise Unusable(f"{label!r} takes a list")
        return {"type": kind, "selected_options": [_option(choices, each, label) for each in several]}
    if kind in _PICKED:
        value = entry.id if isinstance(entry, Channel | User) else entry
        return {"type": kind, _PICKED[kind]: value}
    raise Unusable(f"a person has not learnt to use {label!r}, a {kind}")


def _text(element: Json, entry: Entry, label: str) -> str | None:
    if entry is not None and not isinstance(entry, str):
        raise Unusable(f"{label!r} takes text")
    least, most = element.get("min_length") or 0, element.get("max_length") or 3000
    if entry and not least <= len(entry) <= most:
        raise Unusable(f"{label!r} takes {least} to {most} characters, not {len(entry)}")
    return entry or None


def _option(choices: list[Json], entry: Entry, label: str) -> Json:
    if isinstance(entry, dict):
        if entry not in choices:
            raise Unusable(f"{label!r} was not offered {entry!r}")
        return entry
    if not isinstance(entry, str):
        raise Unusable(f"{label!r} takes an option")
    return picked(choices, entry, label)


def is_empty(state: Json) -> bool:
    """Whether nothing is entered."""
    return not next((value for name, value in state.items() if name != "type"), None)


def fill(view: View, values: Mapping[str, Entry]) -> None:
    """Fill fields of a form in, by label, block id or action id."""
    for name, entry in values.items():
        block, element = named(view.blocks, name)
        key = block["block_id"], element["action_id"]
        state = entered(block, element, entry, view.offered.get(key, []))
        view.state.setdefault(key[0], {})[key[1]] = state


def demand_filled(view: View) -> None:
    """Refuse to hand in a form while a field that must be filled in is empty."""
    for block, element in elements(view.blocks):
        if block["type"] != "input" or block.get("optional"):
            continue
        state = view.state[block["block_id"]][element["action_id"]]
        if is_empty(state):
            raise Unusable(f"{block['label']['text']!r} is required")


def action(block: Json, element: Json, ts: str, state: Json | None = None) -> Json:
    """Write the use of an element as it stands in ``actions``."""
    data: Json = {"action_id": element["action_id"], "block_id": block["block_id"], "type": element["type"]}
    if element["type"] == "button":
        data["text"] = element["text"]
        data |= {name: element[name] for name in ("value", "url", "style") if name in element}
    return data | (state or {}) | {"action_ts": ts}
