"""Answers as they stand on the screen: sentences, cards, numbered buttons and menus, forms as their lines."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from adapters.terminal import draw
from adapters.terminal.form import command_line, how
from adapters.terminal.keys import Press
from adapters.terminal.paper import Paper
from adapters.terminal.words import named
from bot.command import Command
from bot.models import Target
from bot.reply import Choice, Field, Form, Reply
from bot.text import clean


def reply(paper: Paper, answer: Reply, place: Target, commands: Sequence[Command], saved: str) -> None:
    """Draw an answer given in a ``place``; ``saved`` says what became of its file."""
    if answer.text:
        paper.paragraphs(paper.text(answer.text))
    for card in answer.cards:
        draw.card(paper, card)
    if answer.form:
        _form(paper, answer.form, commands)
    for choice in answer.choices:
        _choice(paper, choice)
    paper.buttons(answer.buttons)
    if saved:
        paper.line(Text(clean(saved)))
    if answer.public:
        paper.console.print()
        paper.paragraphs(Text.assemble((named(place), draw.HEAD), "  ", paper.text(answer.public)))
    paper.console.print()


def _choice(paper: Paper, choice: Choice) -> None:
    line = paper.key(Press(choice.value), choice.label)
    if choice.detail:
        line.append(f"  {clean(choice.detail)}", "dim")
    paper.line(line)


def _form(paper: Paper, form: Form, commands: Sequence[Command]) -> None:
    """Draw a form as what it asks, what stands there now, and the line that changes it."""
    paper.line(Text(clean(form.title), "bold"))
    for field in form.fields:
        paper.paragraphs(_field(field, how(field, form, commands)))
    line = command_line(form, commands)
    paper.line(
        Text.assemble(paper.key(Press(line, to_finish=True), form.submit), "  ", (clean(line), "cyan"))
    )


def _field(field: Field, written: str) -> Text:
    row = Text.assemble("  ", clean(field.label), ": ", (clean(field.value) or "–", "bold"))
    for note in (written, field.hint):
        if note:
            row.append(f"  {clean(note)}", "dim")
    return row
