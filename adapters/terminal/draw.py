"""Messages as they stand on the screen: cards, alerts, digests, notices."""

from __future__ import annotations

from rich.console import Group
from rich.panel import Panel
from rich.style import Style
from rich.text import Text

from adapters.terminal.paper import Paper
from adapters.terminal.words import corrected, hyperlink, marked, moment, named
from bot.models import Card, Digest, Message, Notice, Target, TargetKind
from bot.prose import because, matched
from bot.text import clean, clean_paragraphs

HEAD = "bold cyan"


def message(paper: Paper, target: Target, drawn: Message, *, edited: bool = False) -> None:
    """Draw a message for a target, and an empty line after it."""
    match drawn:
        case Card():
            card(paper, drawn, _head(target, drawn, edited=edited))
        case Digest():
            digest(paper, drawn, named(target))
        case Notice():
            notice(paper, drawn, named(target))
    paper.console.print()


def _head(target: Target, card: Card, *, edited: bool) -> str:
    parts = [named(target)]
    if card.why and target.kind is TargetKind.PERSON:
        parts.append("alert")
    if edited:
        parts.append("corrected")
    return " · ".join(parts)


def card(paper: Paper, card: Card, head: str = "") -> None:
    """Draw a card; the addresses stand below the frame, each unbroken, so that they can be copied."""
    if card.look.compact and not card.why:
        _compact(paper, card, head)
        return
    paper.console.print(
        Panel(
            Group(*_inside(paper, card)),
            title=Text(clean(head), HEAD) if head else None,
            title_align="left",
            border_style="dim",
        )
    )
    for name, address in (("Link ", card.link), ("Image", card.image and card.image.url)):
        if address:
            link = Style(link=hyperlink(address))
            paper.line(Text.assemble((f"  {name} ", "dim"), (clean(address), link)))
    paper.buttons(card.buttons, indent="  ")


def _inside(paper: Paper, card: Card) -> list[Text]:
    parts = [paper.text(because(card.why)), Text()] if card.why else []
    parts.append(_title(card))
    if card.summary:
        summary = marked(clean_paragraphs(card.summary), card.summary, card.summary_marks)
        parts += [Text(), summary, Text()]
    if card.image and card.image.alt:
        parts.append(Text(f"Image: {clean(card.image.alt)}", "italic dim"))
    parts.append(_facts(paper, card))
    if card.correction:
        parts.append(Text(corrected(card.correction, paper.zone), "yellow"))
    return parts


def _title(card: Card) -> Text:
    style = Style(bold=True, link=hyperlink(card.link))
    return marked(clean(card.title), card.title, card.title_marks, style)


def _facts(paper: Paper, card: Card) -> Text:
    when = moment(card.published, paper.zone) if card.published else ""
    facts = [
        Text(clean(fact), Style(link=link))
        for fact, link in (
            (card.source, hyperlink(card.source_link)),
            (card.author or "", None),
            (when, None),
        )
        if fact
    ]
    return Text(" · ", "dim").join(facts)


def _compact(paper: Paper, card: Card, head: str) -> None:
    """Draw a card as the line that a channel asked for: title, source and address."""
    line = Text.assemble((clean(head), HEAD), "  ") if head else Text()
    line.append_text(Text(" · ", "dim").join([_title(card), Text(clean(card.source))]))
    if card.correction:
        line.append(f"  {corrected(card.correction, paper.zone)}", "yellow")
    if card.link:
        line.append(f"  {clean(card.link)}", Style(link=hyperlink(card.link)))
    paper.line(line)
    paper.buttons(card.buttons, indent="  ")


def digest(paper: Paper, digest: Digest, head: str) -> None:
    """Draw several articles under one head, numbered so that people can refer to them."""
    paper.line(Text.assemble((head, HEAD), "  ", (clean(digest.title), "bold")))
    under = [clean(digest.subtitle), moment(digest.at, paper.zone)]
    paper.paragraphs(Text(" · ".join(filter(None, under)), "dim"))
    paper.console.print()
    for number, item in enumerate(digest.items, digest.first):
        _item(paper, item, f"{number}. ")
    if digest.more:
        paper.line(Text(f"and {digest.more} more"))
    paper.buttons(digest.buttons)


def _item(paper: Paper, item: Card, number: str) -> None:
    indent = " " * len(number)
    paper.line(Text.assemble((number, "bold"), _title(item)))
    paper.line(Text.assemble(indent, _facts_of_item(paper, item)))
    if item.link:
        paper.line(Text.assemble(indent, (clean(item.link), Style(link=hyperlink(item.link)))))


def _facts_of_item(paper: Paper, item: Card) -> Text:
    facts = [_facts(paper, item)]
    if item.why and (words := matched(item.why)):
        facts.append(paper.text(words))
    if item.correction:
        facts.append(Text(corrected(item.correction, paper.zone)))
    return Text(" · ", "dim").join(facts)


def notice(paper: Paper, notice: Notice, head: str) -> None:
    """Draw a notice as one line, and its buttons with it."""
    line = Text.assemble((head, HEAD), "  ", clean(notice.text))
    for button in notice.buttons:
        line.append("  ").append_text(paper.button(button))
    paper.line(line)
