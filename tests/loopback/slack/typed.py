"""What a person types after a command, as Slack sends it where the manifest says ``should_escape``."""

from __future__ import annotations

import re

from tests.loopback.slack.nouns import Kind, User
from tests.loopback.slack.world import World

_LINKS = re.compile(
    r"(?P<url>https?://[^\s<>|]*[^\s<>|.,;:!?)'\"])"
    r"|(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)+)"
    r"|(?P<bare>(?<![\w.@/-])(?:[\w-]+\.)+(?:com|org|net|io|dev|news)\b(?:/[^\s<>|]*[^\s<>|.,;:!?)'\"])?)"
    r"|(?P<channel>(?<!\S)\#[\w-]+)"
    r"|(?P<user>(?<!\S)@[\w.-]+)"
)


def escaped(text: str) -> str:
    """Escape the three characters that mark-up begins and ends with."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def sent(world: World, user: User, text: str) -> str:
    """Write a text as Slack sends it: escaped, with its links, channels and people marked."""
    written, last = [], 0
    for match in _LINKS.finditer(text):
        written.append(escaped(text[last : match.start()]))
        written.append(_marked(world, user, match))
        last = match.end()
    return "".join([*written, escaped(text[last:])])


def _marked(world: World, user: User, match: re.Match[str]) -> str:
    text = match.group()
    match match.lastgroup:
        case "url":
            return f"<{escaped(text)}>"
        case "mail":
            return f"<mailto:{text}|{text}>"
        case "bare":
            return f"<http://{escaped(text)}|{escaped(text)}>"
        case "channel":
            for channel in world.channels.values():
                is_offered = channel.kind is Kind.PUBLIC or user.id in channel.members
                if is_offered and channel.kind is not Kind.IM and channel.name == text[1:]:
                    return f"<#{channel.id}|{channel.name}>"
        case _:
            for person in world.users.values():
                if person.name == text[1:]:
                    return f"<@{person.id}|{person.name}>"
    return escaped(text)
