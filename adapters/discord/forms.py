"""Forms as Discord's pop-ups, which take five fields at most, and what comes back of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import discord
from discord import ui

from adapters.discord.buttons import shortened
from bot.prose import EVERYWHERE, Bold, Prose, prose
from bot.reply import Choice, Field, FieldKind, Form
from bot.text import clean, cut

PART = 5
"""Fields of a pop-up."""
TITLE_MOST = LABEL_MOST = 45
HINT_MOST = 100
"""Characters of what stands below a label, and of a menu line's label, value and description."""
HINT_LEAST = 40
"""A hint that is too long ends with its last whole sentence, if more than this is left of it."""
TEXT_MOST = 4_000
LINE_MOST = 300
"""Characters up to which a text has a field of one line."""
OPTIONS_MOST = 25
SHOWN_MOST = 200
"""Characters of a value in the list of a long form."""
ALL = "-"
"""Stands for all feeds in a menu, whose lines cannot be empty."""
_CHOSEN = "values"


def parts(form: Form) -> list[tuple[Field, ...]]:
    """Divide a form into what one pop-up each can ask."""
    return [form.fields[start : start + PART] for start in range(0, len(form.fields), PART)]


def modal(form: Form, part: int, *, custom_id: str, feeds: Mapping[str, Sequence[Choice]]) -> ui.Modal:
    """Draw a part (from 1) of a form, filled in; ``feeds`` are those to choose from, by field.

    It is stopped, so that discord.py keeps nothing of it: what is handed in is read by ``read``.
    """
    whole = ui.Modal(title=shortened(form.title, TITLE_MOST), timeout=None, custom_id=custom_id)
    for field in parts(form)[part - 1]:
        hint, more = _hint(field.hint)
        label = shortened(field.label, LABEL_MOST)
        entry = _entry(field, more, feeds.get(field.name, ()))
        whole.add_item(ui.Label(text=label, description=hint or None, component=entry))
    whole.stop()
    return whole


def _hint(text: str) -> tuple[str, str]:
    """Divide a hint into what fits below a label, and what is left for an empty field."""
    hint = cut(clean(text), HINT_MOST, HINT_LEAST)
    rest = clean(text).removeprefix(hint).strip()
    return hint, rest if len(rest) <= HINT_MOST and not hint.endswith("…") else ""


def _entry(field: Field, more: str, feeds: Sequence[Choice]) -> ui.Item[Any]:
    if field.kind is FieldKind.CHOICE and 0 < len(field.choices) <= OPTIONS_MOST:
        return _menu(field, field.choices, is_open=not field.required and not field.value)
    if field.kind is FieldKind.FEED and feeds and len(feeds) < OPTIONS_MOST - 1:
        return _menu(field, _with_all(field, feeds), is_open=False)
    longest = min(field.longest, TEXT_MOST)
    is_long = longest > LINE_MOST
    return ui.TextInput(
        custom_id=field.name,
        style=discord.TextStyle.paragraph if is_long else discord.TextStyle.short,
        placeholder=more or None,
        default=field.value[:longest] or None,
        required=field.required,
        max_length=longest,
    )


def _with_all(field: Field, feeds: Sequence[Choice]) -> list[Choice]:
    """Put all feeds in front unless one is needed, and the field's own if it is not among the suggested."""
    known = {text for feed in feeds for text in (feed.label, feed.value)}
    name = field.value[:HINT_MOST]  # the beginning of a name is enough to find a feed by
    own = [Choice(field.value, name)] if name and not known & {name, field.value} else []
    every = [] if field.required else [Choice(EVERYWHERE.capitalize(), ALL)]
    return [*every, *own, *feeds]


def _menu(field: Field, choices: Sequence[Choice], *, is_open: bool) -> ui.Select[Any]:
    """Draw a menu; ``is_open`` where nothing need be chosen."""
    current = field.value or (ALL if field.kind is FieldKind.FEED else "")
    chosen = next((one for one in choices if current in {one.value, one.label}), None)
    options = [
        discord.SelectOption(
            label=shortened(one.label, HINT_MOST),
            value=one.value,
            description=shortened(one.detail, HINT_MOST) if one.detail else None,
            default=one is chosen,
        )
        for one in choices
    ]
    return ui.Select(
        custom_id=field.name, options=options, required=not is_open, min_values=0 if is_open else 1
    )


def read(data: Mapping[str, Any]) -> dict[str, str]:
    """Read what was handed in: fields by name; those of the form's other parts are not in it."""
    return dict(_entries(data.get("components") or ()))


def _entries(components: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for component in components:
        entry = component.get("component") or component
        if _CHOSEN in entry:
            chosen = next(iter(entry[_CHOSEN]), "")
            yield entry["custom_id"], "" if chosen == ALL else chosen
        elif "value" in entry:
            yield entry["custom_id"], entry["value"] if isinstance(entry["value"], str) else ""


def listed(form: Form) -> Prose:
    """Write what a form of several parts asks, and what stands there now."""
    if len(parts(form)) == 1:
        return ()
    rows = [
        prose(f"\n• {clean(field.label)}: ", Bold(_shown(field)) if field.value else "–")
        for field in form.fields
    ]
    return prose(*rows)


def _shown(field: Field) -> str:
    label = next((one.label for one in field.choices if one.value == field.value), field.value)
    return cut(clean(label), SHOWN_MOST)


def openers(form: Form) -> list[str]:
    """Label the buttons that open a form: one a part, named by the fields it has."""
    if len(parts(form)) == 1:
        return ["Open the form"]
    return [_named(part) for part in parts(form)]


def _named(part: Sequence[Field]) -> str:
    first, last = clean(part[0].label), clean(part[-1].label)
    return f"{first}…" if len(part) == 1 else f"{first} to {last.casefold()}…"
