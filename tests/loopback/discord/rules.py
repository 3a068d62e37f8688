"""What Discord refuses though its OpenAPI document does not say so; pure.

Sources: the documentation of messages, components, interactions and application commands (discord-api-docs),
and the answers that Discord gives.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]

CONTENT = 2000
EMBEDS = 6000
ROWS = 5
COMPONENTS_V2 = 1 << 15
SELECTS = frozenset({3, 5, 6, 7, 8})
ROW, BUTTON, STRING_SELECT, TEXT_INPUT, TEXT_DISPLAY = 1, 2, 3, 4, 10
LINK = 5
COMMAND_SIZE = 8000


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing that is wrong with a request: where in it, Discord's name for it, and in words."""

    path: tuple[str | int, ...]
    code: str
    text: str

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.path)) or 'request'}: {self.text}"


def message(data: Mapping[str, Any]) -> list[Breach]:
    """Judge what is to be shown as a message: its text, embeds and components."""
    components = data.get("components") or []
    is_v2 = bool((data.get("flags") or 0) & COMPONENTS_V2)
    return [
        *_content(data),
        *_embeds(data.get("embeds") or []),
        *(_modern(data, components) if is_v2 else _rows(components)),
        *_unique_ids(components),
        *(breach for path, part in walk(components, ("components",)) for breach in _component(path, part)),
    ]


def mentions(data: Mapping[str, Any]) -> list[Breach]:
    """Demand that nobody is mentioned: our rule, since without it Discord reads mentions out of any text."""
    said = data.get("allowed_mentions")
    is_silent = isinstance(said, dict) and said.get("parse") == [] and not any(said[key] for key in said)
    if is_silent:
        return []
    return [Breach(("allowed_mentions",), "MENTIONS", f'must be {{"parse": []}}, is {said!r}')]


def modal(data: Mapping[str, Any]) -> list[Breach]:
    """Judge a form."""
    components = data["components"]
    breaches = [
        *_unique_ids(components),
        *(breach for path, part in walk(components, ("components",)) for breach in _component(path, part)),
    ]
    if len(components) > ROWS:
        breaches.append(Breach(("components",), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length."))
    return breaches


def commands(declared: Sequence[Mapping[str, Any]]) -> list[Breach]:
    """Judge a list of application commands."""
    breaches = [breach for at, one in enumerate(declared) for breach in _command((at,), one)]
    names = Counter((one.get("type") or 1, one["name"]) for one in declared)
    breaches += [
        Breach((), "APPLICATION_COMMANDS_DUPLICATE_NAME", f"{name!r} is there twice")
        for (_, name), times in names.items()
        if times > 1
    ]
    if sum((one.get("type") or 1) == 1 for one in declared) > 100:
        breaches.append(Breach((), "APPLICATION_COMMAND_TOO_MANY", "There may be 100 commands."))
    return breaches


def walk(
    components: Sequence[Mapping[str, Any]], path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    """List all components with where they stand, those inside others too."""
    for at, part in enumerate(components):
        yield (*path, at), part
        yield from walk(part.get("components") or [], (*path, at, "components"))
        for key in ("component", "accessory"):
            if part.get(key):
                yield (*path, at, key), part[key]


def _content(data: Mapping[str, Any]) -> Iterator[Breach]:
    if len(data.get("content") or "") > CONTENT:
        yield Breach(("content",), "BASE_TYPE_MAX_LENGTH", f"Must be {CONTENT} or fewer in length.")


def _embeds(embeds: Sequence[Mapping[str, Any]]) -> Iterator[Breach]:
    if sum(_size(embed) for embed in embeds) > EMBEDS:
        yield Breach(("embeds",), "MAX_EMBED_SIZE_EXCEEDED", f"Embed size exceeds maximum size of {EMBEDS}")
    for at, embed in enumerate(embeds):
        if not any(embed.get(key) for key in embed if key not in {"type", "color", "url", "timestamp"}):
            yield Breach(("embeds", at, "description"), "BASE_TYPE_REQUIRED", "This field is required")
        for number, field in enumerate(embed.get("fields") or []):
            for key in ("name", "value"):
                if not field[key].strip():
                    path = ("embeds", at, "fields", number, key)
                    yield Breach(path, "BASE_TYPE_REQUIRED", "This field is required")
        yield from _addresses(embed, ("embeds", at))


def _size(embed: Mapping[str, Any]) -> int:
    """Count as Discord does: title, description, names and values of fields, footer, author."""
    texts = [embed.get("title"), embed.get("description")]
    texts += [text for field in embed.get("fields") or [] for text in (field["name"], field["value"])]
    texts += [(embed.get("footer") or {}).get("text"), (embed.get("author") or {}).get("name")]
    return sum(len(text) for text in texts if text)


def _addresses(embed: Mapping[str, Any], path: tuple[str | int, ...]) -> Iterator[Breach]:
    places: list[tuple[tuple[str, ...], str | None, tuple[str, ...]]]
    places = [(("url",), embed.get("url"), ("http", "https"))]
    for key in ("image", "thumbnail", "author", "footer"):
        part = embed.get(key) or {}
        places.append(((key, "url"), part.get("url"), ("http", "https", "attachment")))
        places.append(((key, "icon_url"), part.get("icon_url"), ("http", "https", "attachment")))
    for where, address, schemes in places:
        if address is not None:
            yield from _address((*path, *where), address, schemes)


def _address(path: tuple[str | int, ...], address: str, schemes: tuple[str, ...]) -> Iterator[Breach]:
    scheme = address.partition(":")[0].lower()
    if scheme not in schemes:
        text = f"Scheme “{scheme}” is not supported. Scheme must be one of {schemes}."
        yield Breach(path, "URL_TYPE_INVALID_SCHEME", text)


def _rows(components: Sequence[Mapping[str, Any]]) -> Iterator[Breach]:
    if len(components) > ROWS:
        yield Breach(("components",), "BASE_TYPE_BAD_LENGTH", f"Must be {ROWS} or fewer in length.")
    for at, row in enumerate(components):
        path = ("components", at)
        if row.get("type") != ROW:
            yield Breach((*path, "type"), "UNION_TYPE_CHOICES", "Without the flag there are action rows only")
            continue
        kinds = [part.get("type") for part in row.get("components") or []]
        if len(kinds) > 1 and any(kind in SELECTS for kind in kinds):
            yield Breach(path, "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "A menu fills its row alone")


def _modern(data: Mapping[str, Any], components: Sequence[Mapping[str, Any]]) -> Iterator[Breach]:
    for key in ("content", "embeds", "poll", "sticker_ids"):
        if data.get(key):
            text = f"The {key} field cannot be used with components V2"
            yield Breach((key,), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", text)
    parts = [part for _, part in walk(components)]
    if len(parts) > 40:
        yield Breach(("components",), "BASE_TYPE_BAD_LENGTH", "Must be 40 or fewer in all.")
    if sum(len(part.get("content", "")) for part in parts if part.get("type") == TEXT_DISPLAY) > 4000:
        yield Breach(("components",), "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", "Text exceeds 4000 in all")


def _unique_ids(components: Sequence[Mapping[str, Any]]) -> Iterator[Breach]:
    ids = Counter(part["custom_id"] for _, part in walk(components) if part.get("custom_id") is not None)
    for custom_id, times in ids.items():
        if times > 1:
            text = f"Component custom id cannot be duplicated: {custom_id!r}"
            yield Breach(("components",), "COMPONENT_CUSTOM_ID_DUPLICATED", text)


def _component(path: tuple[str | int, ...], part: Mapping[str, Any]) -> Iterator[Breach]:
    match part.get("type"):
        case 2:
            yield from _button(path, part)
        case 3:
            yield from _menu(path, part)
        case 4:
            shortest, longest = part.get("min_length") or 0, part.get("max_length") or 4000
            value = part.get("value") or ""
            if value and not shortest <= len(value) <= longest:
                text = f"Must be between {shortest} and {longest} in length."
                yield Breach((*path, "value"), "BASE_TYPE_BAD_LENGTH", text)


def _button(path: tuple[str | int, ...], part: Mapping[str, Any]) -> Iterator[Breach]:
    wanted, other = ("url", "custom_id") if part.get("style") == LINK else ("custom_id", "url")
    if not part.get(wanted):
        yield Breach((*path, wanted), "BASE_TYPE_REQUIRED", "This field is required")
    if part.get(other) is not None:
        yield Breach((*path, other), "BUTTON_COMPONENT_INVALID", f"A button has {wanted} or {other}")
    if part.get("url"):
        yield from _address((*path, "url"), part["url"], ("http", "https", "discord"))
    if not (part.get("label") or "").strip() and not part.get("emoji"):
        yield Breach(
            (*path, "label"), "BUTTON_COMPONENT_LABEL_REQUIRED", "A button needs a label or an emoji"
        )


def _menu(path: tuple[str | int, ...], part: Mapping[str, Any]) -> Iterator[Breach]:
    options = part.get("options") or []
    for value, times in Counter(option["value"] for option in options).items():
        if times > 1:
            text = f"The specified option value is already used: {value!r}"
            yield Breach((*path, "options"), "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED", text)
    most = 1 if part.get("max_values") is None else part["max_values"]
    least = 1 if part.get("min_values") is None else part["min_values"]
    if not least <= most <= len(options):
        yield Breach(
            (*path, "max_values"), "BASE_TYPE_CHOICES", f"{least} to {most} of {len(options)} options"
        )
    if sum(bool(option.get("default")) for option in options) > most:
        yield Breach((*path, "options"), "SELECT_COMPONENT_TOO_MANY_DEFAULTS", f"More defaults than {most}")


def _command(path: tuple[str | int, ...], one: Mapping[str, Any]) -> Iterator[Breach]:
    if (one.get("type") or 1) != 1:
        if one.get("description") or one.get("options"):
            yield Breach(
                path, "APPLICATION_COMMAND_INVALID", "A menu command has no description and no options"
            )
        return
    yield from _named(path, one)
    size = sum(len(text) for text in _texts(one))
    if size > COMMAND_SIZE:
        yield Breach(path, "APPLICATION_COMMAND_TOO_LARGE", f"{size} characters, at most {COMMAND_SIZE}")


def _named(path: tuple[str | int, ...], one: Mapping[str, Any]) -> Iterator[Breach]:
    name = one["name"]
    is_name = all(sign in "-_'" or sign.isalnum() for sign in name) and name == name.lower()
    if not is_name:
        yield Breach(
            (*path, "name"), "APPLICATION_COMMAND_INVALID_NAME", f"Command name is invalid: {name!r}"
        )
    if not 1 <= len(one.get("description") or "") <= 100:
        yield Breach((*path, "description"), "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
    options = one.get("options") or []
    yield from _options((*path, "options"), options)
    for at, option in enumerate(options):
        yield from _named((*path, "options", at), option)


def _options(path: tuple[str | int, ...], options: Sequence[Mapping[str, Any]]) -> Iterator[Breach]:
    wanted = [bool(option.get("required")) for option in options]
    if wanted != sorted(wanted, reverse=True):
        text = "Required options must be placed before non-required options"
        yield Breach(path, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", text)
    if any(times > 1 for times in Counter(option["name"] for option in options).values()):
        yield Breach(path, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option name already exists")
    if len({option["type"] in {1, 2} for option in options}) > 1:
        text = "Sub-command and sub-command group option types are mutually exclusive to all other types"
        yield Breach(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", text)
    for at, option in enumerate(options):
        if option.get("autocomplete") and option.get("choices"):
            yield Breach(
                (*path, at), "APPLICATION_COMMAND_OPTIONS_CHOICES_INVALID", "Choices and autocomplete"
            )


def _texts(one: Mapping[str, Any]) -> Iterator[str]:
    yield one["name"]
    yield one.get("description") or ""
    for choice in one.get("choices") or []:
        yield from (choice["name"], str(choice["value"]))
    for option in one.get("options") or []:
        yield from _texts(option)
