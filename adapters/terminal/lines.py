"""Messages and answers for programs: one JSON object a line, with all that people see."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

from adapters.terminal.form import command_line
from bot.command import Command
from bot.models import Button, Card, Digest, Message, Notice, Target, Why
from bot.prose import plain
from bot.reply import Choice, Form, Reply


def of_message(
    target: Target, message_id: str, message: Message, *, edited: bool = False
) -> dict[str, object]:
    """Make the object of a message; times in ISO 8601 with offset, what is missing as null."""
    start: dict[str, object] = {"target": str(target), "id": message_id}
    match message:
        case Card():
            return {"event": "edit" if edited else "card", **start, **_card(message)}
        case Notice():
            return {"event": "notice", **start, "text": message.text, "buttons": _buttons(message.buttons)}
        case Digest():
            return {"event": "digest", **start, **_digest(message)}


def of_reply(
    place: Target, typed: str, reply: Reply, commands: Sequence[Command], saved: str
) -> dict[str, object]:
    """Make the object of an answer to what was typed in a place."""
    attachment = reply.attachment
    return {
        "event": "reply",
        "target": str(place),
        "command": typed,
        "text": plain(reply.text),
        "cards": [_card(card) for card in reply.cards],
        "buttons": _buttons(reply.buttons),
        "choices": _choices(reply.choices),
        "form": _form(reply.form, commands) if reply.form else None,
        "file": {"name": attachment.name, "kind": attachment.kind, "saved": saved} if attachment else None,
        "public": plain(reply.public) if reply.public else None,
    }


def line(value: dict[str, object], encoding: str) -> bytes:
    """Write it for eyes too where the encoding can; DEL and C1, which JSON lets through, are escaped."""
    text = json.dumps(value, ensure_ascii=not encoding.startswith("utf"))
    text = re.sub("[\x7f-\x9f\u2028\u2029\ud800-\udfff]", lambda match: f"\\u{ord(match[0]):04x}", text)
    return f"{text}\n".encode(encoding)


def _card(card: Card) -> dict[str, object]:
    image, correction = card.image, card.correction
    return {
        "title": card.title,
        "link": card.link,
        "author": card.author,
        "summary": card.summary,
        "source": card.source,
        "source_link": card.source_link,
        "published": card.published.isoformat() if card.published else None,
        "image": {"url": image.url, "alt": image.alt} if image else None,
        "correction": {"at": correction.at.isoformat(), "earlier_title": correction.earlier_title}
        if correction
        else None,
        "why": _why(card.why) if card.why else None,
        "title_marks": [list(mark) for mark in card.title_marks],
        "summary_marks": [list(mark) for mark in card.summary_marks],
        "buttons": _buttons(card.buttons),
    }


def _why(why: Why) -> dict[str, object]:
    return {
        "words": list(why.words),
        "fields": list(why.fields),
        "follows": [
            {"id": reason.follow_id, "query": reason.query, "scope": reason.scope} for reason in why.reasons
        ],
    }


def _digest(digest: Digest) -> dict[str, object]:
    return {
        "title": digest.title,
        "subtitle": digest.subtitle,
        "at": digest.at.isoformat(),
        "first": digest.first,
        "items": [_card(item) for item in digest.items],
        "more": digest.more,
        "buttons": _buttons(digest.buttons),
    }


def _buttons(buttons: Iterable[Button]) -> list[dict[str, str]]:
    return [{"label": button.label, "command": button.command} for button in buttons]


def _choices(choices: Iterable[Choice]) -> list[dict[str, str]]:
    return [{"label": choice.label, "value": choice.value, "detail": choice.detail} for choice in choices]


def _form(form: Form, commands: Sequence[Command]) -> dict[str, object]:
    return {
        "title": form.title,
        "command": command_line(form, commands),
        "fields": [
            {
                "name": field.name,
                "label": field.label,
                "value": field.value,
                "hint": field.hint,
                "choices": _choices(field.choices),
                "required": field.required,
            }
            for field in form.fields
        ],
    }
