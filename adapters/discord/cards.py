"""Cards, alerts, digests and notices as Discord gets them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from typing import Any

from adapters.address import address
from adapters.discord.digest import digest
from adapters.discord.drawn import Drawn, Embed
from adapters.discord.escape import code, escape, escape_lines
from adapters.discord.limits import (
    ALT_MOST,
    COLOUR,
    CONTENT_MOST,
    DESCRIPTION_MOST,
    FORUM_TITLE_MOST,
    NAME_MOST,
    TITLE_MOST,
    URL_MOST,
    VALUE_MOST,
)
from adapters.discord.words import markdown, marked, masked, moment
from adapters.fit import fitted, size, within
from adapters.heading import heading
from adapters.picture import picture
from bot.models import Button, Card, Correction, Digest, Message, Notice, Reason, Target, Why
from bot.prose import EVERYWHERE, Bold, Code, Named, Piece, Prose, listed, prose
from bot.text import clean, clean_paragraphs

_NOTHING = "…"
"""Discord refuses an empty message (50006)."""

_WORDS, _WORD = 10, 40
_LABEL = 80
_QUERY = 100
_BECAUSE_MOST = 1_000
_SHELL_MOST = 900


def draw(message: Message, *, direct: bool) -> Drawn:
    """Draw any message; ``direct`` says that it goes to a person."""
    match message:
        case Card():
            return card(message, direct=direct)
        case Digest():
            return digest(message, direct=direct)
        case Notice():
            return notice(message)


def card(card: Card, *, direct: bool) -> Drawn:
    """Draw a card as an embed, or as a line where a channel wants that; an alert says first why it comes."""
    title = heading(card)
    plain = within(title, FORUM_TITLE_MOST)
    if card.look.compact and card.why is None and size(line := _line(card, title)) <= CONTENT_MOST:
        return Drawn(content=line, buttons=card.buttons, title=plain)
    return Drawn(
        content=_because(card.why) if card.why else "",
        embeds=(_embed(card, title, small=direct or card.why is not None),),
        buttons=card.buttons,
        title=plain,
    )


def _embed(card: Card, title: str, *, small: bool) -> Embed:
    embed: dict[str, Any] = {"title": fitted(title, TITLE_MOST, escape)}
    if link := address(card.link, URL_MOST):
        embed["url"] = link
    if summary := fitted(card.summary, DESCRIPTION_MOST, lambda text: marked(text, card.summary_marks)):
        embed["description"] = summary
    if card.published and _is_sendable(card.published):
        embed["timestamp"] = card.published.astimezone(UTC).isoformat()
    embed["color"] = COLOUR
    if source := within(card.source, NAME_MOST):
        embed["author"] = {"name": source}
        if home := address(card.source_link, URL_MOST):
            embed["author"]["url"] = home
    if author := within(card.author or "", NAME_MOST):
        embed["footer"] = {"text": author}
    shown = picture(card.image, url_most=URL_MOST, alt_most=ALT_MOST) if card.look.image != "none" else None
    if shown:
        is_small = card.look.image == "small" or (small and card.look.image != "large")
        embed["thumbnail" if is_small else "image"] = {"url": shown.url, "description": shown.alt}
    if card.correction:
        embed["fields"] = [_field(card.correction)]
    return embed


def _is_sendable(at: datetime) -> bool:
    """Whoever shows the calendar's first or last day in a timezone falls off its end."""
    return MINYEAR < at.year < MAXYEAR


def _field(correction: Correction) -> Embed:
    if correction.earlier_title is None:
        return {"name": "Corrected", "value": moment(correction.at), "inline": False}
    said = f"{moment(correction.at)}. Earlier: “"
    earlier = fitted(clean(correction.earlier_title), VALUE_MOST - size(said) - 1, escape)
    return {"name": "Headline corrected", "value": f"{said}{earlier}”", "inline": False}


def _line(card: Card, title: str) -> str:
    """Draw a card as the line that a channel asked for; too long only where its address is."""
    link = masked(within(title, TITLE_MOST), card.link, emoji=False)
    facts = [escape(within(fact, NAME_MOST)) for fact in (card.source, card.author or "")]
    if card.published:
        facts.append(moment(card.published, "R"))
    if card.correction:
        facts.append(_corrected(card.correction))
    return " · ".join(filter(None, [link, *facts]))


def _corrected(correction: Correction) -> str:
    if correction.earlier_title is None:
        return f"Corrected {moment(correction.at)}"
    earlier = escape(within(correction.earlier_title, TITLE_MOST))
    return f"Headline corrected {moment(correction.at)}. Earlier: “{earlier}”"


def _because(why: Why) -> str:
    """Say why an alert comes; of very many follows the first ones."""
    for shown in range(len(why.reasons), 0, -1):
        said = markdown(_reasons(why, shown))
        if size(said) <= _BECAUSE_MOST:
            return said
    return markdown(_reasons(why, 0))


def _reasons(why: Why, shown: int) -> Prose:
    words = listed([Bold(within(word, _WORD)) for word in why.words[:_WORDS]], last=" and ")
    found = prose("Matched ", words) if words else ()
    by_owner: dict[Target | None, list[Prose]] = {}
    for reason in why.reasons[:shown]:
        by_owner.setdefault(reason.owner, []).append(prose(_query(reason), " in ", _scope(reason)))
    follows = listed([_whose(owner, said) for owner, said in by_owner.items()], between="; ")
    left = len(why.reasons) - shown
    rest = f" and {left} more" if shown and left else ""
    if not follows:
        return prose(found, ".") if found else ()
    return prose(found, ", from " if found else "From ", follows, rest, ".")


def _whose(owner: Target | None, follows: Sequence[Prose]) -> Prose:
    noun = "follow " if len(follows) == 1 else "follows "
    whose: Prose = ("your ",) if owner is None else (Named(owner), "’s ")
    return prose(whose, noun, listed(follows, last=" and "))


def _query(reason: Reason) -> Code:
    return Code(within(reason.query, _QUERY))


def _scope(reason: Reason) -> Piece:
    return reason.scope if reason.scope == EVERYWHERE else Bold(within(reason.scope, _QUERY))


def notice(notice: Notice) -> Drawn:
    """Draw a plain sentence; what only the operator's shell can do stands in words."""
    lines: list[str] = []
    for button in notice.buttons:
        if not _is_pressed(button):
            label = escape(f"{within(button.label, _LABEL)}:")  # with its colon, which could end a :name:
            line = f"{label} {code(within(button.command, _QUERY))}"
            if size("\n".join([*lines, line])) <= _SHELL_MOST:
                lines.append(line)
    room = CONTENT_MOST - size("\n".join(["", *lines]))
    text = fitted(clean_paragraphs(notice.text), room, escape_lines)
    return Drawn(
        content="\n".join(filter(None, [text, *lines])) or _NOTHING,
        buttons=tuple(button for button in notice.buttons if _is_pressed(button)),
        title=within(notice.text, FORUM_TITLE_MOST),
    )


def _is_pressed(button: Button) -> bool:
    return button.command.startswith("/")
