"""Text → Discord's markdown that shows exactly this text, and nothing of it as mark-up, mention or link.

Discord's client reads a backslash before any sign as that sign (simple-markdown's rule ``escape``), so
most marks get one. A round bracket means something only behind a square one, and gets one there. Three
things need more:

- A mention of everyone is looked for in the raw text too, so a zero-width space parts it.
- A bare address becomes a link, which a backslash inside ``://`` prevents; it vanishes when drawn, so the
  address reads and copies as it was.
- An invite (``discord.gg/x``) unfurls without any scheme; a zero-width space in the host prevents that.

Cleaned text holds no zero-width space, so what stands here of it is ours.
"""

from __future__ import annotations

import re
import unicodedata

from bot.text import clean, clean_paragraphs

GUARD = "\u200b"
_BLANK_BRAILLE = "\u2800"

_OURS = r"(?i:discord(?:app)?\.)(?=(?i:gg|com|new|gift|dev|media)\b)"
_SHORT_NAME = r":(?=[^\s:]+:)"  # :joy: is drawn as an emoji
_TELLING = re.compile(
    r"(?P<all>@(?=everyone|here))"
    r"|(?P<sign>[\\*_~|\[\]<>#`@]|(?<=\])\()"
    r"|(?P<scheme>:(?=//))"
    rf"|(?P<emoji>{_SHORT_NAME})"
    r"|(?P<bullet>^ ?[-+])"
    r"|(?P<number>^ ?[0-9]+(?=\.))"
    rf"|(?P<host>{_OURS})",
    re.MULTILINE,
)
_ADJACENT_TICKS = re.compile("`(?=`)")

# Inside a link's label a backslash is shown (discord/discord-api-docs#6185, "for security reasons") and
# zero-width spaces are taken out before the label is read, so only other letters help there.
_ALIKE = str.maketrans("\\*_~`|<>[]", "∖∗ˍ∼ˋ∣‹›()")
_SCHEME = re.compile(r"\w+://")
_IN_LABEL = re.compile(
    r"(?P<all>@(?=everyone|here|silent))"
    rf"|(?P<emoji>{_SHORT_NAME})"
    r"|^(?P<heading>#)"
    r"|^(?P<bullet>[-+])"
    rf"|(?P<host>{_OURS})"
)
_LABEL_SIGNS = {"all": "＠", "emoji": "﹕", "heading": "♯", "bullet": "–"}
# Emoji by blocks, generously: a star too many left out is better than a link that does not work.
_EMOJI = re.compile(
    "[©®‼⁉℗™ℹ↔-↪⌚-⏿Ⓜ▪-◾☀-➿⤴⤵⬅-⭕〰〽㊗㊙\U0001f000-\U0001faff\ufe0f\u20e3\u200d\U000e0020-\U000e007f]+"
)


def escape(text: str) -> str:
    """Escape a text of one line, cleaned first."""
    return escape_cleaned(clean(text))


def escape_lines(text: str) -> str:
    """Escape a text and keep its lines, each cleaned first; empty ones go."""
    return escape_cleaned(clean_paragraphs(text))


def escape_cleaned(text: str) -> str:
    """Escape a text that is clean already, or a part of it: white space at its ends stays."""
    return _TELLING.sub(_escaped, text)


def code(text: str) -> str:
    """Write a text as code, which nothing can end before its time.

    A backslash escapes nothing in code. Two backticks enclose any text in which backticks stand one by
    one, so a zero-width space parts those that stand together; three would begin a code block. Another
    parts ``](``, at which a link that stands before the code could end.
    """
    text = re.sub(rf"{_OURS}|\](?=\()", _parted, clean(text))
    if "`" not in text:
        return f"`{text}`" if text else ""
    text = _ADJACENT_TICKS.sub(f"`{GUARD}", text)
    before = " " if text.startswith("`") else ""  # Discord takes a space beside a backtick away again
    after = " " if text.endswith("`") else ""
    return f"``{before}{text}{after}``"


def label(text: str, *, emoji: bool = True) -> str:
    """Bring a text to a form that can be a link's label; what would be mark-up becomes its look-alike.

    The scheme of an address goes: a label with an address in it makes Discord show the raw mark-up
    (discord/discord-api-docs#7721), as does one of which nothing is seen: that becomes empty. Outside of
    embeds an emoji does the same (#6810).
    """
    text = clean(_SCHEME.sub("", clean(text if emoji else _EMOJI.sub(" ", text))))
    return _IN_LABEL.sub(_in_label, text.translate(_ALIKE)) if any(map(_is_seen, text)) else ""


def _is_seen(letter: str) -> bool:
    return unicodedata.category(letter) not in {"Cf", "Zs"} and letter != _BLANK_BRAILLE


def _escaped(match: re.Match[str]) -> str:
    match match.lastgroup:
        case "all":
            return f"\\@{GUARD}"
        case "scheme" | "number":
            return f"{match[0]}\\"
        case "host":
            return _parted(match)
        case _:
            return f"{match[0][:-1]}\\{match[0][-1]}"


def _in_label(match: re.Match[str]) -> str:
    return _LABEL_SIGNS[match.lastgroup] if match.lastgroup in _LABEL_SIGNS else _parted(match)


def _parted(match: re.Match[str]) -> str:
    return match[0] + GUARD
