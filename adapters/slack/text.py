"""Read what a person typed behind a command, as Slack sends it, and write what the desk reads back."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

from adapters.slack.prefix import HOME

Named = Callable[[str], str | None]
"""Gives the id of a channel by its name, where the name is known."""

_LINK = re.compile(r"<(?P<url>[a-z][a-z0-9+.-]*:[^<>|\s]+)(?:\|(?P<label>[^<>]*))?>", re.IGNORECASE)
_MARK = re.compile(
    r"(?P<flag>(?<!\S)(?:to|channel):[ \t]*)?<(?:#(?P<channel>[CG][A-Z0-9]+)|@(?P<person>[UW][A-Z0-9]+))"
    r"(?:\|(?P<label>[^<>]*))?>",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?P<flag>(?<!\S)(?:to|channel):)[ \t]*#(?P<name>[^\s<>&#]{1,80})", re.IGNORECASE)
_SPECIAL = re.compile(r"<!(?P<what>[^<>|]+)(?:\|(?P<label>[^<>]*))?>")
_LEFT = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def _unknown(name: str) -> str | None:
    """Know no channel."""
    del name
    return None


def typed(command: str, text: str, *, prefix: str = "", space: str = "", named: Named = _unknown) -> str:
    """Write a command as it was typed: links as addresses, and behind a flag channels as ``space/id``.

    Elsewhere a channel or a person is a word like any other: ``#news``. What Slack marks stands between
    angle brackets, and those that a person typed are escaped: so the marks are read first, and a typed
    ``<#C1|x>`` stays the text that it is. Slack marks no channel that is typed right behind a colon, so
    those are looked up by name.
    """
    text = _LINK.sub(_as_typed, text)
    text = _NAME.sub(lambda found: _placed(found, named(found["name"]), space), text)
    text = _MARK.sub(lambda found: _marked(found, space), text)
    text = _SPECIAL.sub(_called, text)
    said = unescaped(text)
    if command == f"/{HOME}" and prefix:  # /wireroom wr-follow is /wireroom follow
        said = said.removeprefix(prefix)
    return f"/{_name(command, prefix)} {said}".strip()


def _placed(found: re.Match[str], channel: str | None, space: str) -> str:
    return found[0] if channel is None else f"{found['flag']}{space}/{channel}"


def _marked(found: re.Match[str], space: str) -> str:
    flag, channel, label = found["flag"] or "", found["channel"], found["label"] or ""
    if flag.strip():
        target = f"{space}/{channel}" if channel and space else channel or f"@{found['person']}"
        return f"{flag.strip()}{target}"
    sign = "#" if channel else "@"
    return f"{sign}{label or channel or found['person']}"


def escaped(text: str) -> str:
    """Write a text for the desk, which takes the three escapes of Slack's away from any text.

    So what is no mark any more cannot become one there: neither a typed ``&amp;`` nor a typed ``<#C1>``.
    """
    return "".join(_LEFT.get(sign, sign) for sign in text)


def unescaped(text: str) -> str:
    """Undo Slack's escapes, which are three (docs.slack.dev/messaging/formatting-message-text), once."""
    return re.sub("&(?:amp|lt|gt);", lambda found: html.unescape(found[0]), text)


def _name(command: str, prefix: str) -> str:
    name = command.removeprefix("/")
    return name if name == HOME else name.removeprefix(prefix)


def _as_typed(found: re.Match[str]) -> str:
    """Give the text of a link: a name that Slack made a link of is meant as a name."""
    url, label = found["url"], found["label"] or ""
    invented = {f"http://{label}", f"https://{label}", f"http://{label}/", f"mailto:{label}", f"tel:{label}"}
    return label if label and url in invented else url


def _called(found: re.Match[str]) -> str:
    """Give the name of a group, or of everybody: ``<!here>`` was typed ``@here``."""
    return found["label"] or f"@{found['what'].partition('^')[0]}"
