"""Read what a person typed behind a command, as Slack sends it, and write what the desk reads back."""

from __future__ import annotations

import html
import re

from adapters.slack.prefix import HOME

_LINK = re.compile(r"<(?P<url>[a-z][a-z0-9+.-]*:[^<>|\s]+)(?:\|(?P<label>[^<>]*))?>", re.IGNORECASE)
_CHANNEL = re.compile(r"<#(?P<id>[CG][A-Z0-9]+)(?:\|[^<>]*)?>")
_PERSON = re.compile(r"<@(?P<id>[UW][A-Z0-9]+)(?:\|[^<>]*)?>")
_SPECIAL = re.compile(r"<!(?P<what>[^<>|]+)(?:\|(?P<label>[^<>]*))?>")
_LEFT = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def typed(command: str, text: str, *, prefix: str = "", space: str = "") -> str:
    """Write a command as it was typed: links as addresses, channels as ``space/id``, people as ``@id``.

    What Slack marks stands between angle brackets, and those that a person typed are escaped: so
    the marks are read first, and a typed ``<#C1|x>`` stays the text that it is.
    """
    text = _LINK.sub(_as_typed, text)
    text = _CHANNEL.sub(lambda found: f"{space}/{found['id']}" if space else found["id"], text)
    text = _PERSON.sub(lambda found: f"@{found['id']}", text)
    text = _SPECIAL.sub(_called, text)
    return f"/{_name(command, prefix)} {unescaped(text)}".strip()


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
