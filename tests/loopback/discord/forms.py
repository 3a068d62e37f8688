"""Forms, as a person fills them in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.loopback.discord.invocation import Modal, Unusable
from tests.loopback.discord.menus import picked
from tests.loopback.discord.nouns import Json

ROW, STRING_SELECT, TEXT_INPUT, TEXT_DISPLAY, LABEL = 1, 3, 4, 10, 18

Entry = str | Sequence[str]
"""A text, or what is chosen in a menu, by value or label."""


def filled(modal: Modal, values: Mapping[str, Entry]) -> Json:
    """Write a form as it is handed in; what ``values`` leaves out keeps what the form came with."""
    known = {name for label, part in modal.fields() for name in (label, part["custom_id"])}
    for name in values:
        if name not in known:
            raise Unusable(f"the form has no field {name!r}, only {modal.labels}")
    components = [_top(part, values) for part in modal.components]
    return {"custom_id": modal.custom_id, "components": components}


def _top(part: Json, values: Mapping[str, Entry]) -> Json:
    if part["type"] == LABEL:
        return {"type": LABEL, "id": 1, "component": _field(part["component"], part["label"], values)}
    if part["type"] == ROW:
        fields = [_field(inner, inner.get("label") or "", values) for inner in part["components"]]
        return {"type": ROW, "id": 1, "components": fields}
    return {"type": part["type"], "id": 1}


def _field(part: Json, label: str, values: Mapping[str, Entry]) -> Json:
    custom_id = part["custom_id"]
    entry = values.get(custom_id, values.get(label))
    data: Json = {"type": part["type"], "id": 1, "custom_id": custom_id}
    match part["type"]:
        case 4:
            return data | {"value": _text(part, label, (part.get("value") or "") if entry is None else entry)}
        case 3:
            return data | {"values": _choice(part, label, entry)}
    raise Unusable(f"a person has not learnt to use the field {label!r} of type {part['type']}")


def _text(part: Json, label: str, entry: Entry) -> str:
    if not isinstance(entry, str):
        raise Unusable(f"{label!r} takes text")
    if not entry and part.get("required", True) is not False:
        raise Unusable(f"{label!r} is required")
    least, most = part.get("min_length") or 0, part.get("max_length") or 4000
    if entry and not least <= len(entry) <= most:
        raise Unusable(f"{label!r} takes {least} to {most} characters, not {len(entry)}")
    return entry


def _choice(part: Json, label: str, entry: Entry | None) -> list[str]:
    if entry is None:
        entry = [option["value"] for option in part["options"] if option.get("default")]
    which = [entry] if isinstance(entry, str) else entry
    if not which and part.get("required", True) is False:
        return []
    values = picked(part, which)
    if values is None:
        raise Unusable(f"{label!r} does not offer {list(which)}")
    return values
