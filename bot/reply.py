"""What a command answers: text, cards, buttons, a menu, a form. Adapters draw it and compose no sentences."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.models import Button, Card, Target
from bot.prose import Prose


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a menu, or one completion: what is shown, and what it means."""

    label: str
    value: str
    """In a reply's menu the command that it runs; in a form or a completion the option's value."""
    detail: str = ""


class FieldKind(StrEnum):
    """How a field of a form is filled in."""

    TEXT = "text"
    CHOICE = "choice"
    """One of ``Field.choices``."""
    FEED = "feed"
    """A feed that the person may see; ask the desk for suggestions."""
    CHANNEL = "channel"
    """A channel: as text, or chosen as the platform lets people choose one."""


@dataclass(frozen=True, slots=True)
class Field:
    """One line of a form: an option of the form's command, and what it is now."""

    name: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    value: str = ""
    hint: str = ""
    choices: tuple[Choice, ...] = ()
    required: bool = False
    longest: int = 300


@dataclass(frozen=True, slots=True)
class Form:
    """Questions asked together; handed in, it runs ``command`` with the fields as values."""

    title: str
    command: str
    fields: tuple[Field, ...]
    submit: str = "Save"
    trial: Button | None = None
    """Shows what handing it in would find, where a form can hold a button: a command with the same fields."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a reply."""

    name: str
    content: bytes
    kind: str = "text/plain"


@dataclass(frozen=True, slots=True)
class Row:
    """One thing of a list, and what can be done about it."""

    text: Prose
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a page: what it is about, what can be done, and its list."""

    title: str
    text: Prose = ()
    buttons: tuple[Button, ...] = ()
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to a command."""

    text: Prose
    cards: tuple[Card, ...] = ()
    buttons: tuple[Button, ...] = ()
    choices: tuple[Choice, ...] = ()
    """A menu; each choice runs its command."""
    form: Form | None = None
    attachment: Attachment | None = None
    public: Prose | None = None
    """A line for everybody in the channel, beside the private answer."""
    public_in: Target | None = None
    """The channel of that line; None: the one in which the command was given."""
    private: bool = True
    refused: bool = False
    """Nothing was done: what was asked cannot be, or is not allowed."""
    parts: tuple[Part, ...] = ()
    """The same laid out as a page, for a platform that has one for each person; others show the text."""
