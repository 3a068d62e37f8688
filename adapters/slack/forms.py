"""Forms as Slack's modals, what comes back of them, and the trial that can be made in one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from adapters import noted
from adapters.apologies import SORRY
from adapters.fit import within
from adapters.noted import TooOld
from adapters.slack import names
from adapters.slack.buttons import LINES_MOST, OPTION_MOST, VALUE_MOST, Press, label, written
from adapters.slack.drawn import Block
from bot.adapter import Ledger
from bot.models import Target
from bot.prose import EVERYWHERE, Bold, Link, Named, plain
from bot.reply import Choice, Field, FieldKind, Form, Reply
from bot.text import clean

FORM, SAID = "wr.form", "wr.said"
"""The callback ids of a form, and of a modal that only says something."""
ENTRY, FEED, CHANNEL, TRIAL = "v", "wr.feed", "wr.channel", "wr.trial"
"""The action ids of a field, of those that ask for a feed and a channel, and of the button that tries."""
TITLE_MOST = 24
OPENER = "Open the form"
"""The label of a button that opens a form, in what the desk says too."""
ERROR_MOST = 500
"""Characters of an error below a field: our own limit, for Slack names none."""
HINT_MOST = 2_000
"""Characters of a hint, and of a field's label."""
TEXT_MOST = 3_000
LINE_MOST = 300
"""Characters up to which a text has a field of one line."""
RADIO_MOST = 3
"""Choices that are shown all at once; more are in a menu."""
COMMAND_MOST = 1_000
"""Bytes of the command in the metadata, which takes 3,000 characters, twice that command in escapes."""
WORD_MOST = 100
"""Bytes of it where more would not fit: control characters take six times their room in JSON."""
ALL = "-"
"""Stands for all feeds, or for nothing chosen: a line's value cannot be empty."""
ANSWER = "wr1.said"
"""The block ids by which the answer to a trial begins."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a form was asked for, which is where its answer goes; it travels in the form."""

    command: str
    owner: str
    place: str = ""
    """The channel; empty: a direct message, or the Home tab."""
    elsewhere: bool = False
    thread: str = ""
    url: str = ""
    """The response_url of what was done there."""
    replaces: bool = False
    """Whether the answer takes the place of the private message whose button opened the form."""


async def packed(origin: Origin, ledger: Ledger) -> str:
    """Write an origin into a form's metadata; a command too long for it is noted in the ledger."""
    is_short = len(json.dumps(origin.command, ensure_ascii=False)) <= 2 * COMMAND_MOST
    most = COMMAND_MOST if is_short else WORD_MOST
    command = await noted.written(origin.command, origin.owner, most, ledger)
    data = {
        "c": command,
        "o": origin.owner,
        "p": origin.place,
        "e": origin.elsewhere,
        "t": origin.thread,
        "u": origin.url,
        "r": origin.replaces,
    }
    return json.dumps({key: value for key, value in data.items() if value}, ensure_ascii=False)


async def unpacked(view: Mapping[str, Any], ledger: Ledger) -> Origin:
    """Read the origin of a form; raises TooOld where nobody knows any more."""
    try:
        data = json.loads(view.get("private_metadata") or "")
        command, owner = str(data["c"]), str(data["o"])
    except (ValueError, KeyError, TypeError):
        raise TooOld("") from None
    return Origin(
        await noted.read(command, owner, ledger),
        owner,
        str(data.get("p", "")),
        bool(data.get("e")),
        str(data.get("t", "")),
        str(data.get("u", "")),
        bool(data.get("r")),
    )


async def modal(form: Form, origin: Origin, ledger: Ledger) -> Block:
    """Draw a form, filled in."""
    blocks: list[Block] = [_input(field, focus=not place) for place, field in enumerate(form.fields)]
    if form.trial is not None:
        value = await written(Press(form.trial.command, origin.owner), VALUE_MOST, ledger)
        trial = {"type": "button", "action_id": TRIAL, "text": label(form.trial.label), "value": value}
        blocks.append({"type": "actions", "block_id": "try", "elements": [trial]})
    return {
        "type": "modal",
        "callback_id": FORM,
        "title": label(form.title, TITLE_MOST),
        "submit": label(form.submit, TITLE_MOST),
        "close": label("Cancel"),
        "private_metadata": await packed(origin, ledger),
        "blocks": blocks,
    }


def _is_text(field: Field) -> bool:
    return field.kind is FieldKind.TEXT or (field.kind is FieldKind.CHOICE and not _fits(field))


def _fits(field: Field) -> bool:
    return 0 < len(field.choices) <= LINES_MOST and all(
        len(one.value.encode()) <= OPTION_MOST for one in field.choices
    )


def _input(field: Field, *, focus: bool) -> Block:
    drawn: dict[str, Any] = {
        "type": "input",
        "block_id": field.name,
        "label": label(field.label, HINT_MOST),
        "element": _element(field, focus=focus),
        "optional": _is_open(field),
        "dispatch_action": False,
    }
    return {**drawn, "hint": label(field.hint, HINT_MOST)} if field.hint else drawn


def _is_open(field: Field) -> bool:
    """Say whether a field may be left empty: of choices one is taken unless there is none yet."""
    if field.kind is FieldKind.CHOICE and _fits(field):
        return not field.required and not field.value
    return not field.required


def _element(field: Field, *, focus: bool) -> Block:
    if _is_text(field):
        return _text(field, focus=focus)
    if field.kind is FieldKind.FEED:
        return _feed(field)
    if field.kind is FieldKind.CHANNEL:
        return _channel(field)
    options = [_option(one) for one in field.choices]
    chosen = [
        option
        for option, one in zip(options, field.choices, strict=True)
        if field.value in {one.value, one.label}
    ]
    radio = len(options) <= RADIO_MOST and not _is_open(field)
    drawn: dict[str, Any] = {
        "type": "radio_buttons" if radio else "static_select",
        "action_id": ENTRY,
        "options": options,
    }
    return {**drawn, "initial_option": chosen[0]} if chosen else drawn


def _text(field: Field, *, focus: bool) -> Block:
    longest = min(field.longest, TEXT_MOST)
    drawn: dict[str, Any] = {
        "type": "plain_text_input",
        "action_id": ENTRY,
        "max_length": longest,
        "multiline": longest > LINE_MOST,
        "focus_on_load": focus,
    }
    value = field.value[:longest]
    return {**drawn, "initial_value": value} if value else drawn


def _feed(field: Field) -> Block:
    every = "Choose one" if field.required else f"{EVERYWHERE.capitalize()} I can see"
    drawn: dict[str, Any] = {
        "type": "external_select",
        "action_id": FEED,
        "min_query_length": 0,
        "placeholder": label(every),
    }
    # The beginning of a name is enough to find a feed by.
    now = field.value.encode()[:OPTION_MOST].decode(errors="ignore").strip()
    return {**drawn, "initial_option": _option(Choice(field.value, now))} if now else drawn


def _channel(field: Field) -> Block:
    drawn: dict[str, Any] = {
        "type": "conversations_select",
        "action_id": CHANNEL,
        "filter": {"include": ["public", "private"]},
        "placeholder": label("Choose a channel"),
    }
    now = names.channel(field.value)
    return {**drawn, "initial_conversation": now} if now else drawn


def suggestions(found: Sequence[Choice], typed: str, *, required: bool) -> list[Block]:
    """Draw the feeds that a field offers; before anything is typed, all of them together first."""
    every = [] if required or typed.strip() else [Choice(EVERYWHERE.capitalize(), ALL)]
    fitting = [one for one in found if 0 < len(one.value.encode()) <= OPTION_MOST]
    return [_option(one) for one in [*every, *fitting][:LINES_MOST]]


def _option(one: Choice) -> Block:
    drawn: dict[str, Any] = {"text": label(one.label), "value": one.value or ALL}
    return {**drawn, "description": label(one.detail)} if one.detail.strip() else drawn


def is_required(view: Mapping[str, Any], name: str) -> bool:
    """Say whether a field of a form has to be filled in."""
    return any(
        block.get("block_id") == name and not block.get("optional") for block in view.get("blocks") or ()
    )


def read(view: Mapping[str, Any], space: str) -> dict[str, str]:
    """Read what stands in a form: all fields by name, those left empty as empty texts.

    A channel is written ``space/id``.
    """
    values = (view.get("state") or {}).get("values") or {}
    return {name: _entry(entry, space) for name, elements in values.items() for entry in elements.values()}


def _entry(entry: Mapping[str, Any], space: str) -> str:
    if "selected_conversation" in entry:
        chosen = entry["selected_conversation"]
        return f"{space}/{chosen}" if chosen else ""
    if "selected_option" in entry:
        chosen = entry["selected_option"]
        value = chosen.get("value") if isinstance(chosen, Mapping) else None
        return "" if value in {ALL, None} else str(value)
    return str(entry.get("value") or "")


def refusals(view: Mapping[str, Any], reply: Reply, called: Callable[[Target], str | None]) -> dict[str, str]:
    """Write a refusal as the error of a field, below which Slack keeps the form open.

    It stands at the field that it names, at that of the channel where it names one, else at the first.
    There is none where a plain text would leave out what is to be pressed, or whom and what it names;
    a button that would open the same form once more counts for nothing. ``called`` names a channel.
    """
    inputs = [block for block in view.get("blocks") or () if block.get("type") == "input"]
    pressed = [one for one in reply.buttons if one.label != OPENER]
    said = [called(one.target) if isinstance(one, Named) else one for one in reply.text]
    more = pressed or reply.choices or reply.form or reply.cards
    if not reply.refused or more or not inputs or any(one is None or isinstance(one, Link) for one in said):
        return {}
    ids = [block["block_id"] for block in inputs]
    meant = [one.text for one in reply.text if isinstance(one, Bold) and one.text in ids]
    if any(isinstance(one, Named) for one in reply.text):
        meant += [one["block_id"] for one in inputs if one["element"]["type"] == "conversations_select"]
    text = plain(tuple(one for one in said if one is not None))
    return {[*meant, *ids][0]: within(clean(text), ERROR_MOST) or SORRY}


def tried(view: Mapping[str, Any], answer: Sequence[Block]) -> Block:
    """Draw a form again with the answer to a trial below; Slack keeps what stands in fields that stay."""
    kept = [block for block in view["blocks"] if not str(block.get("block_id", "")).startswith(ANSWER)]
    said = [{**block, "block_id": f"{ANSWER}{place}"} for place, block in enumerate(answer)]
    passed_on = ("type", "callback_id", "title", "submit", "close", "private_metadata")
    return {**{key: view[key] for key in passed_on}, "blocks": [*kept, *said]}


def said(title: str, blocks: Sequence[Block]) -> Block:
    """Draw a modal that only says something."""
    return {
        "type": "modal",
        "callback_id": SAID,
        "title": label(title, TITLE_MOST),
        "close": label("Close"),
        "blocks": [*blocks],
    }
