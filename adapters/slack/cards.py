"""Cards, alerts, digests and notices as Slack gets them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace

from adapters.address import address
from adapters.fit import fitted, size, within
from adapters.heading import heading
from adapters.picture import picture
from adapters.slack import drawn as d
from adapters.slack.digest import digest
from adapters.slack.drawn import Block, Drawn
from adapters.slack.escape import code, escape, escape_lines, href, short
from adapters.slack.limits import (
    ALT_MOST,
    NAME_MOST,
    SECTION_MOST,
    SUMMARY_MOST,
    TEXT_MOST,
    TITLE_MOST,
    URL_MOST,
)
from adapters.slack.plainer import plainest
from adapters.slack.spoken import spoken
from adapters.slack.words import Called, Element, link, linked, marked, moment, mrkdwn, plain, somebody
from bot.models import Button, Card, Correction, Digest, Message, Notice, Why
from bot.prose import grounds
from bot.text import clean_paragraphs

BETWEEN = "  ·  "
_NOTHING = "…"
"""Slack refuses an empty message (``no_text``)."""
_WORDS, _WORD = 10, 40
_LABEL, _COMMAND = 80, 100
_QUERY = 100
_BECAUSE_MOST = 1_000
_SHELL_MOST = 900
_LINK_IN_SECTION = 2_000
"""A longer address leaves a section no room for the text, and has it in a rich text."""


def draw(
    message: Message, *, direct: bool, layout: str = "", revision: int = 1, called: Called = somebody
) -> Drawn:
    """Draw any message; ``direct`` says that it goes to a person, ``layout`` what it was posted as."""
    match message:
        case Card():
            return card(message, layout=layout, revision=revision, called=called)
        case Digest():
            return digest(message, direct=direct)
        case Notice():
            return notice(message)


def card(card: Card, *, layout: str = "", revision: int = 1, called: Called = somebody) -> Drawn:
    """Draw a card in the layout that it was posted with, or the one that suits it."""
    title = heading(card)
    chosen = layout or _layout(card)
    match chosen:
        case d.LINE:
            blocks = [_line(card, title, revision)]
        case d.RICH | d.LARGE:
            body = _rich(card, title, revision, large=chosen == d.LARGE)
            blocks = [*_because(card.why, revision, called), *body, *_meta(card, revision)]
        case _:
            body = [_section(card, title, revision)]
            blocks = [*_because(card.why, revision, called), *body, *_meta(card, revision)]
    drawn = Drawn(
        text=spoken(card, title, called),
        blocks=tuple(blocks),
        buttons=card.buttons,
        layout=chosen,
        event=d.ALERT if card.why else d.ITEM,
    )
    return plainest(drawn) if chosen == d.PLAIN else drawn


def _layout(card: Card) -> str:
    """Choose: rich text shows any text as it is, a section can have a picture beside it."""
    if card.look.compact and card.why is None:
        return d.LINE
    if card.look.image == "large":
        return d.LARGE
    if card.why is not None or (address(card.link, URL_MOST) and _short_link(card) is None):
        return d.RICH
    return d.SECTION if _accessory(card) else d.RICH


def _section(card: Card, title: str, revision: int) -> Block:
    """Draw title and summary with the picture beside them, which costs no post when it cannot be fetched."""
    block = d.section(_text(card, title), d.name("item", revision), expand=True)
    accessory = _accessory(card)
    return block | {"accessory": accessory} if accessory else block


def _text(card: Card, title: str) -> str:
    head = _head(card, title)
    summary = fitted(card.summary, min(SUMMARY_MOST, SECTION_MOST - size(head) - 1), escape_lines)
    return f"{head}\n{summary}" if summary else head


def _head(card: Card, title: str) -> str:
    """Draw the linked title; an address that leaves no room is left out."""
    target = _short_link(card)
    room = TITLE_MOST + (size(linked("", target)) if target else 0)
    return f"*{fitted(title, room, lambda text: linked(text, target))}*"


def _short_link(card: Card) -> str | None:
    target = address(card.link, URL_MOST)
    return target if target and size(href(target)) <= _LINK_IN_SECTION else None


def _accessory(card: Card) -> dict[str, str] | None:
    """Draw the picture small; an alert has none: its words are what it comes for."""
    if card.why is not None or card.look.image == "none":
        return None
    shown = picture(card.image, url_most=URL_MOST, alt_most=ALT_MOST)
    return {"type": "image", "image_url": shown.url, "alt_text": shown.alt} if shown else None


def _rich(card: Card, title: str, revision: int, *, large: bool) -> list[Block]:
    """Draw title and summary in a text that is never read as mark-up, and the picture where it is large."""
    elements: list[Element] = [link(within(title, TITLE_MOST), card.link, bold=True)]
    summary = fitted(clean_paragraphs(card.summary), SUMMARY_MOST, str)
    parts = marked(summary, card.summary_marks)
    if len(parts) == 1 and "style" not in parts[0]:
        elements.append(plain(f"\n{summary}"))
    elif parts:
        elements += [plain("\n"), *parts]
    blocks = [d.rich(elements, d.name("item", revision))]
    wanted = card.image if large and card.look.image != "none" else None
    shown = picture(wanted, url_most=URL_MOST, alt_most=ALT_MOST)
    if shown and not shown.is_webp:  # slackapi/node-slack-sdk#1482
        image = {"type": "image", "block_id": d.name("img", revision), "image_url": shown.url}
        blocks.append(image | {"alt_text": shown.alt})
    return blocks


def _meta(card: Card, revision: int) -> list[Block]:
    """Draw in small type where it comes from, who wrote it and when, and that it was corrected."""
    source, author = (short(name, NAME_MOST) for name in (card.source, card.author or ""))
    facts = [f"*{source}*" if source else "", author]
    if card.published:
        facts.append(moment(card.published))
    texts = [BETWEEN.join(filter(None, facts))]
    if card.correction:
        texts.append(_corrected(card.correction))
    texts = [text for text in texts if text]
    return [d.context(texts, d.name("meta", revision))] if texts else []


def _corrected(correction: Correction, room: int = SECTION_MOST) -> str:
    """Say when it was corrected, and in what room is left what the headline was."""
    if correction.earlier_title is None:
        return f"Corrected {moment(correction.at)}"
    said = f"Headline corrected {moment(correction.at)}. Earlier: “"
    most = min(TITLE_MOST, room - size(said) - 1)
    return f"{said}{short(correction.earlier_title, most)}”"


def _line(card: Card, title: str, revision: int) -> Block:
    """Draw a card as the line that a channel asked for; beside a very long link a fact may have no room."""
    line = _head(card, title)
    facts = [short(fact, NAME_MOST) for fact in (card.source, card.author or "")]
    if card.published:
        facts.append(moment(card.published))
    room = SECTION_MOST - size(f"{line}{BETWEEN}")
    said = _corrected(card.correction, room) if card.correction else ""
    for fact in filter(None, facts):
        if size(BETWEEN.join([line, fact, said])) <= SECTION_MOST:
            line = f"{line}{BETWEEN}{fact}"
    return d.section(BETWEEN.join(filter(None, [line, said])), d.name("item", revision), expand=True)


def _because(why: Why | None, revision: int, called: Called) -> list[Block]:
    """Say why an alert comes; of very many follows the first ones."""
    if why is None:
        return []
    # It grows with each reason; of hundreds, trying them all one by one would hold up everything else.
    holds = bisect_right(
        range(1, len(why.reasons) + 1), _BECAUSE_MOST, key=lambda count: size(_reasons(why, count, called))
    )
    said = _reasons(why, holds, called)
    return [d.context([said], d.name("why", revision))] if said else []


def _reasons(why: Why, shown: int, called: Called) -> str:
    reasons = tuple(
        replace(reason, query=within(reason.query, _QUERY), scope=within(reason.scope, _QUERY))
        for reason in why.reasons[:shown]
    )
    words = tuple(within(word, _WORD) for word in why.words[:_WORDS])
    parts = [mrkdwn(part, called=called) for part in grounds(replace(why, words=words, reasons=reasons))]
    left = len(why.reasons) - shown
    return BETWEEN.join([*parts, f"and {left} more"] if left else parts)


def notice(notice: Notice) -> Drawn:
    """Draw a plain sentence; what only the operator's shell can do stands in words."""
    lines: list[str] = []
    elements: list[Element] = []
    for button in notice.buttons:
        if not _is_pressed(button):
            label, command = f"{within(button.label, _LABEL)}: ", within(button.command, _COMMAND)
            line = f"{escape(label)} {code(command)}"
            if command and size("\n".join([*lines, line])) <= _SHELL_MOST:
                lines.append(line)
                elements += [plain(f"\n{label}"), plain(command, code=True)]
    shown = fitted(clean_paragraphs(notice.text), SECTION_MOST, str) or _NOTHING
    text = fitted(clean_paragraphs(notice.text), TEXT_MOST - size("\n".join(["", *lines])), escape_lines)
    return Drawn(
        text="\n".join(filter(None, [text or _NOTHING, *lines])),
        blocks=(d.rich([plain(shown), *elements], d.name("item")),),
        buttons=tuple(button for button in notice.buttons if _is_pressed(button)),
        layout=d.RICH,
        event=d.NOTICE,
    )


def _is_pressed(button: Button) -> bool:
    return button.command.startswith("/")
