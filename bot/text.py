"""Cleaning, folding and cutting of plain text; nothing here knows of mark-up."""

from __future__ import annotations

import re
import unicodedata
from itertools import takewhile
from urllib.parse import unquote_plus

ELLIPSIS = "…"

_UNWANTED = re.compile(
    # A flag made of tag characters (UTS #51, 3.7) is the one honest use of them; it is put back.
    "(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f)"
    # Escape codes go as a whole (ECMA-48, 5.4: control sequences; 8.3.89: operating system command).
    "|(?:\x1b\\[|\x9b)[0-?]{0,64}[ -/]{0,8}[@-~]"
    "|(?:\x1b\\]|\x9d)[^\x07\x1b\x9c\x9d]{0,2000}(?:\x07|\x1b\\\\|\x9c)"
    # What is left of controls, but for those that are white space.
    "|[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f"
    # Soft hyphen, grapheme joiner, bidi marks, embeddings, overrides and isolates (UAX #9).
    "\xad\u034f\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f"
    # Blank letters, byte order mark, interlinear notes, objects, stray tags, surrogates, no characters.
    "\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufeff\ufff0-\ufffc\ufffe\uffff\ud800-\udfff\U000e0000-\U000e00ff"
    # Controls of shorthand and of musical notation.
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a]"
    # Variants of Mongolian letters, behind anything else.
    "|(?<![\u1820-\u18aa])[\u180b-\u180d\u180f]"
)
_JOINERS = re.compile("[\u200c\u200d]+")
_JOINED = frozenset({"Lo", "Mn", "Mc", "So", "Sm", "Sk"})
_SELECTORS = re.compile("([\ufe00-\ufe0f\U000e0100-\U000e01ef])[\ufe00-\ufe0f\U000e0100-\U000e01ef]+")
_MARKS = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
# Scripts in which a letter carries several: Hebrew, Arabic, Devanagari, Thai, Lao, Tibetan.
_STACKED = (
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7"
    "\u06e8\u06ea-\u06ed\u0900-\u0902\u093a\u093c\u0941-\u0948\u094d\u0951-\u0957\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1"
    "\u0eb4-\u0ebc\u0ec8-\u0ecd\u0f71-\u0f7e\u0f80-\u0f84\u0f8d-\u0fbc"
)
_PILED_MARKS = re.compile(f"([{_MARKS}]{{4}})[{_MARKS}]+|([{_STACKED}]{{8}})[{_STACKED}]+")
_VIRAMA = 9  # canonical combining class
_LINES = re.compile("[\n\r\v\f\x85\u2028\u2029]+")

_QUOTES = str.maketrans("‘’‚‛′´`“”„‟″«»", "'''''''\"\"\"\"\"\"\"")

_BROKEN_OFF = re.compile(r"\s*[\[(]?\s*(?:\.\.[.…]+|…[.…]*)\s*[\])]?\s*\Z")
_SENTENCE_END = re.compile(
    r"(?:[。！？]+[」』）”’]*|(?<![.!?\s])(?:[!?]{1,9}|\.)[\"'”’»)\]]{0,3}(?=\s(?![a-zß-ÿ])|\Z))"
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[“‘\"'])(?:\w|(?:\w\.)+\w|Mr|Mrs|Ms|Dr|Prof|Sen|Rep|Gov|Gen|Col|Lt|St|Mt|vs|No|Nos|Inc|Ltd|Co|Corp|Jr|Sr|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|ca|cf|approx|e\.g|i\.e|bzw|Nr)\.$"
)
_LOOSE_ENDS = " \n,;:–—-([{“‘«\"'…"

# What mail senders and advertisers append to an address: the parameters that Firefox strips
# (mozilla.org, "query stripping", strict list) and Brave's (brave-core, components/query_filter),
# with utm_* (Google Analytics) and xtor (AT Internet).
_TRACKING = re.compile(
    "utm_.*|fbclid|gclid|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|igshid|mc_cid|mc_eid|mkt_tok|_hsenc|_hsmi"
    "|__hs(?:sc|tc|fp)|hsctatracking|oly_(?:anon|enc)_id|vero_(?:id|conv)|__s|wickedid|_openstat"
    "|ml_subscriber(?:_hash)?|xtor",
    re.IGNORECASE | re.DOTALL,
)


def clean(text: str) -> str:
    """Make one line of plain text: white space folded, and nothing invisible that could deceive.

    Gone are control and escape codes, bidi controls, zero-width and blank characters. ZWJ and ZWNJ
    stay between letters of scripts that are spelt with them (Persian, Malayalam, …) and inside
    emoji, for there they are part of what one sees; between Latin letters they only hide a word.
    """
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    text = _UNWANTED.sub(lambda match: match[1] or "", text)
    text = _JOINERS.sub(_keep_joiner, text)
    text = _SELECTORS.sub(r"\1", text)
    text = _PILED_MARKS.sub(r"\1\2", text)
    return " ".join(text.split())


def clean_paragraphs(text: str) -> str:
    r"""Clean each paragraph; between them stands one ``\n``."""
    return "\n".join(filter(None, map(clean, _LINES.split(text))))


def fold(text: str) -> str:
    """Bring a text to the form in which two spellings of one title are equal; not for showing."""
    text = _JOINERS.sub("", clean(text)).translate(_QUOTES)
    text = unicodedata.normalize("NFKC", text).casefold()
    return clean(unicodedata.normalize("NFKC", text))


def cut(text: str, limit: int, least: int = 120) -> str:
    """Shorten a text to ``limit`` characters at most.

    It ends with the last whole sentence within the limit if that leaves more than ``least``
    characters, else after a word, with ``…``. A text that its publisher broke off (``and...``) is
    cut the same way even when it is short enough. Never inside what one sees as one character.
    """
    broken_off = _BROKEN_OFF.search(text, max(0, len(text) - 40))
    if len(text) <= limit and not broken_off:
        return text
    body = text[: broken_off.start()] if broken_off else text
    end = _last_sentence(body, limit)
    if end > least or end == len(body):
        return body[:end]
    return _cut_at_word(body, limit - 1, least) + ELLIPSIS if limit > 0 else ""


def cut_at(text: str, limit: int, place: int) -> tuple[int, str]:
    """Shorten a text to the passage that begins with the sentence at ``place``: where it begins, and it.

    In a sentence so long that the place would not show, it begins a few words before the place. The
    passage carries no sign of what was left out before it.
    """
    before = _last_sentence(text, place)
    start = place - len(text[before:place].lstrip())
    if place - start > limit // 2:
        near = text.find(" ", place - limit // 4, place)
        start = near + 1 if near >= 0 else place
    return start, cut(text[start:], limit)


def strip_tracking(url: str) -> str:
    """Take tracking parameters out of an address; order and spelling of the rest stay untouched."""
    address, hash_sign, fragment = url.partition("#")
    path, question_mark, query = address.partition("?")
    if question_mark:
        path += _with(question_mark, query)
    if hash_sign:
        path += _with(hash_sign, fragment)
    return path


def _keep_joiner(match: re.Match[str]) -> str:
    before = match.string[match.start() - 1 : match.start()]
    after = match.string[match.end() : match.end() + 1]
    if not before or before.isspace():
        return ""
    # A virama takes a joiner at a word's end too: Malayalam chillu letters before Unicode 5.1.
    fits = unicodedata.combining(before) == _VIRAMA or (
        unicodedata.category(before) in _JOINED
        and unicodedata.category(after or " ") in _JOINED
        and not (before.isascii() or after.isascii())
    )
    return match[0][0] if fits else ""


def _with(sign: str, query: str) -> str:
    parts = query.split("&")
    kept = [part for part in parts if not _is_tracking(part)]
    if len(kept) == len(parts):
        return sign + query
    return sign + "&".join(kept) if kept else ""


def _is_tracking(part: str) -> bool:
    name, equals, _ = part.partition("=")
    return bool(equals) and _TRACKING.fullmatch(unquote_plus(name)) is not None


def _last_sentence(text: str, limit: int) -> int:
    ends = takewhile(lambda end: end <= limit, (found.end() for found in _SENTENCE_END.finditer(text)))
    return max((end for end in ends if not _ABBREVIATION.search(text, max(0, end - 20), end)), default=0)


def _cut_at_word(text: str, limit: int, least: int) -> str:
    if len(text) <= limit:
        return text.rstrip(_LOOSE_ENDS)
    end = limit
    while end > 0 and not text[end].isspace():
        end -= 1
    if end <= min(least, limit // 2):  # one long word, or a script without spaces
        end = _character_boundary(text, limit)
    return text[:end].rstrip(_LOOSE_ENDS)


def _character_boundary(text: str, index: int) -> int:
    """Go back to where a grapheme cluster begins: the rules of UAX #29 that such texts need."""
    while 0 < index < len(text) and _belongs_together(text, index):
        index -= 1
    return index


def _belongs_together(text: str, index: int) -> bool:
    before, after = text[index - 1], text[index]
    if _is_flag_letter(before) and _is_flag_letter(after):
        run = sum(1 for _ in takewhile(_is_flag_letter, reversed(text[:index])))
        return run % 2 == 1
    return (
        unicodedata.category(after) in {"Mn", "Mc", "Me"}
        or before == "\u200d"
        or after in "\u200c\u200d\uff9e\uff9f"
        or unicodedata.combining(before) == _VIRAMA
        or "\U0001f3fb" <= after <= "\U0001f3ff"
        or "\U000e0020" <= after <= "\U000e007f"
        or "\u1160" <= after <= "\u11ff"
    )


def _is_flag_letter(character: str) -> bool:
    return "\U0001f1e6" <= character <= "\U0001f1ff"
