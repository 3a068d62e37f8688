"""Text → Slack's mrkdwn that shows exactly this text, and nothing of it as mark-up, mention or link.

``&``, ``<`` and ``>`` become entities, as Slack asks, and nothing else does: that alone ends every mention,
link, channel and date. Raw ``@here``, ``#general`` and addresses stay text because each object is sent
``verbatim`` and each message with ``parse`` none. For the rest mrkdwn knows no escape:

- ``* _ ~`` and the backtick become their look-alikes. An invisible sign beside them would not help: Slack
  takes a zero-width space for the edge of a word, which is how people bring bold into Japanese sentences
  (NousResearch/hermes-agent#72711), so with one the signs act all the more. ``_`` and ``~`` between two
  letters or digits stay, for there they never act: snake_case.
- ``>`` at the start of a line quotes it even as an entity, and becomes its look-alike too.
- The name of an emoji (``:joy:``) is looked up as a whole, so a zero-width space in it is enough.

Bullets and numbers need nothing: mrkdwn has no lists (docs.slack.dev/messaging/formatting-message-text).
Cleaned text holds no zero-width space, so what stands here of it is ours.
"""

from __future__ import annotations

import re

from adapters.fit import fitted
from bot.text import clean, clean_paragraphs

GUARD = "\u200b"
ALIKE = {"*": "∗", "_": "ˍ", "~": "∼", "`": "ˋ", ">": "›", "|": "¦"}

_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_TELLING = re.compile(
    r"(?P<sign>[*`]|[_~](?![0-9A-Za-z])|(?<![0-9A-Za-z])[_~])"
    r"|(?P<quote>^[^\S\n]*>)"
    r"|(?P<emoji>:(?=[^\s:]+:))"
    r"|(?P<entity>[&<>])",
    re.MULTILINE,
)


def escape(text: str) -> str:
    """Escape a text of one line, cleaned first."""
    return escape_cleaned(clean(text))


def short(text: str, most: int) -> str:
    """Escape a text of one line, cut so that it takes no more than ``most`` once it is escaped."""
    return fitted(clean(text), most, escape_cleaned)


def escape_lines(text: str) -> str:
    """Escape a text and keep its lines, each cleaned first; empty ones go."""
    return escape_cleaned(clean_paragraphs(text))


def escape_cleaned(text: str) -> str:
    """Escape a text that is clean already, or a part of it: white space at its ends stays."""
    return _TELLING.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    match match.lastgroup:
        case "emoji":
            return f":{GUARD}"
        case "entity":
            return match[0].translate(_ENTITIES)
        case _:
            return f"{match[0][:-1]}{ALIKE[match[0][-1]]}"


def code(text: str) -> str:
    """Write a text as code, in which nothing acts but a backtick, and that becomes its look-alike."""
    shown = clean(text).replace("`", ALIKE["`"]).translate(_ENTITIES)
    return f"`{shown}`" if shown else ""


def label(text: str) -> str:
    """Escape a text for a link's label, which a ``|`` could end."""
    return escape(text).replace("|", ALIKE["|"])


def href(address: str) -> str:
    """Write an address, ``adapters.address`` made it, into a link; an asterisk could end a bold text."""
    return address.replace("*", "%2A").translate(_ENTITIES)


_IN_ADDRESS = re.compile(r"\*|[_~](?![0-9A-Za-z])|(?<![0-9A-Za-z])[_~]|:(?=[^\s:/]+:)")


def bare(address: str) -> str:
    """Write an address to be read as text: signs that could act are encoded, which leads to the same page."""
    return _IN_ADDRESS.sub(lambda sign: f"%{ord(sign[0]):02X}", address).translate(_ENTITIES)
