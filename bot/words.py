"""Text as words: what a keyword is compared with, and where it stands in the text.

Both sides are folded alike: compatibility forms (NFKC), case, apostrophes, accents of Latin and Greek
letters, dots of abbreviations. Hyphens and other punctuation part words, but ``C++``, ``R&D``,
``.NET``, ``node.js`` and ``US$`` are words. An address is no text; it leaves a gap.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.text import clean

_CONTINUOUS = (
    *("CJK", "IDEOGRAPHIC", "BOPOMOFO", "HIRAGANA", "KATAKANA", "HANGUL"),
    *("THAI", "LAO", "KHMER", "MYANMAR"),
)
"""Scripts without spaces between words, by the Unicode names of their letters; words of them are runs."""

# A shape has a letter for each character of a text: a in a word, z in a run, m a mark, which goes with
# what stands before it; a sign that can belong to a word stands for itself, and all else parts words.
_SIGNS = frozenset(".&'$_+#")
_WORD = re.compile(
    r"(?:(?<![az.])\.(?=a))?"  # .NET; not the last dot of an ellipsis
    r"a+(?:(?:[.&'$_]|\+\+)a+)*+"  # node.js, AT&T, O'Brien, US$4.4, C++17
    r"(?:\+\+|[#$](?!a)|\+(?![az+]))?"  # C++, C#, US$, Canal+
    r"|z+"
)
_ABBREVIATION = re.compile(r"[^\W\d_](?:\.[^\W\d_])+")
_ELISION = re.compile(
    r"(?i:[cdjlmnsty]|qu|jusqu|lorsqu|puisqu|quoiqu|dell|dall|nell|sull|coll|all|un|quest|quell)'(?=..)"
)
"""French and Italian words that lean on the next one, which is a word of its own (``l'industrie``)."""
_ADDRESS = re.compile(
    r"(?<![\w+.-])(?:[A-Za-z][\w+.-]{0,30}://|mailto:|www\.)[^\s<>\"“”，。、；！？」』】》）]*"
    r"|(?<![\w.%+-])[\w.%+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"
    r"|(?<![\w.-])(?:[a-z0-9-]{1,63}\.){1,8}[a-z]{2,24}/[^\s<>\"“”，。、；！？」』】》）]*",
    re.ASCII,  # an address may stand next to letters of other scripts
)
_CHUNK = re.compile(r"\S+")
_MARKS_LIMIT = 32
"""Marks that are normalised together with their letter: sorting them is quadratic."""
_UNFOLD_LIMIT = 8
"""Letters that one character may become; ``ﷺ``, a whole blessing in 18, stays itself."""
_SPELLING = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′´`ʼʹ＇", "'"),
        **dict.fromkeys("™℠®©", " "),
        **dict.fromkeys("\xad\u200b\u200c\u200d\u2060\ufe0e\ufe0f", ""),
        **dict(zip("øØđĐłŁħĦŧŦıðÐёЁ", "oOdDlLhHtTidDеЕ", strict=True)),
        **dict(zip("æÆœŒþÞ", ("ae", "AE", "oe", "OE", "th", "TH"), strict=True)),
    }
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text, or a run of letters written without spaces; a gap where ``folded`` is empty.

    ``start`` and ``end`` count code points of the text as it stands, before folding.
    """

    cased: str
    """Folded but for its capitals."""
    folded: str
    start: int
    end: int
    run: bool = False
    places: tuple[int, ...] = ()
    """Of a run: where each folded character stands in the text, and where the run ends."""

    def moved(self, by: int) -> Word:
        """Give the same word further on in a text."""
        places = tuple([place + by for place in self.places])
        return Word(self.cased, self.folded, self.start + by, self.end + by, self.run, places)


def words(text: str) -> list[Word]:
    """Take a text apart into its words, in order."""
    return [word.moved(start) for start, chunk in chunks(text) for word in chunk_words(chunk)]


def chunks(text: str) -> Iterator[tuple[int, str]]:
    """Yield what stands between spaces, and where it begins; words never reach across."""
    return ((found.start(), found[0]) for found in _CHUNK.finditer(text))


def fold(text: str) -> str:
    """Fold a whole text, to see whether two spellings are the same; folding it again changes nothing."""
    return " ".join(word.folded for word in words(clean(text)) if word.folded)


def capitals(cased: str) -> str:
    """Give the capitals of a word written in two or three of them (``EV`` of EVs), else an empty text."""
    base = cased.removesuffix("'s")
    base = base.removesuffix("s") if len(base) > len("EV") else base
    return base if len(base) in {2, 3} and base.isalpha() and base.isupper() else ""


def is_run(folded: str) -> bool:
    """Say whether a folded word is a run of letters written without spaces."""
    return _kind(folded[:1] or " ") == "z"


def chunk_words(chunk: str) -> tuple[Word, ...]:
    """Take apart what stands between two spaces."""
    if not any(sign in chunk for sign in ("/", "@", "www.", "mailto:")):
        return tuple(_words(chunk, 0))
    found: list[Word] = []
    after = 0
    for address in _ADDRESS.finditer(chunk):
        found += _words(chunk[after : address.start()], after)
        found.append(Word("", "", address.start(), address.end()))
        after = address.end()
    return (*found, *_words(chunk[after:], after))


def _words(chunk: str, begin: int) -> Iterator[Word]:
    """Yield the words of a piece that begins at ``begin`` of its chunk and holds no address."""
    plain, shape, places = _folded(chunk, begin)
    for match in _WORD.finditer(shape):
        start, end = match.span()
        if shape[start] == "z":
            folded = plain[start:end].casefold()
            yield Word(folded, folded, places[start], _end(places, end), True, tuple(places[start : end + 1]))
            continue
        while elided := _ELISION.match(plain, start, end):
            yield _word(plain[start : elided.end() - 1], places[start], places[elided.end() - 1])
            start = elided.end()
        dotted = _ABBREVIATION.fullmatch(plain, start, end) and shape.startswith(".", end)
        yield _word(plain[start:end], places[start], _end(places, end + bool(dotted)))


def _word(plain: str, start: int, end: int) -> Word:
    if _ABBREVIATION.fullmatch(plain):
        plain = plain.replace(".", "").upper()  # u.s. is U.S.: its dots say what capitals would
    folded = plain.casefold()
    if folded.startswith("www."):
        return Word("", "", start, end)
    return Word(plain if capitals(plain) else folded, folded, start, end)


def _end(places: Sequence[int], end: int) -> int:
    """Find where a word ends; one that ends inside a folded character (``㈱``) holds all of it."""
    return places[bisect_right(places, places[end - 1])]


def _folded(chunk: str, begin: int) -> tuple[str, str, Sequence[int]]:
    """Fold a text but for its case: with its shape, and the place in the text of each character."""
    if chunk.isascii():
        return chunk.replace("`", "'"), chunk.translate(_ASCII), range(begin, begin + len(chunk) + 1)
    plain: list[str] = []
    shape: list[str] = []
    places: list[int] = []
    kind = " "
    place = begin
    for letter in _letters(chunk):
        for character in _letter(letter):
            kind = _kind(character) or (kind if kind in "az" else " ")
            shape.append(kind)
            plain.append(character)
            places.append(place)
        place += len(letter)
    return "".join(plain), "".join(shape), (*places, place)


def _letters(text: str) -> Iterator[str]:
    """Part a text into letters with the marks that belong to them; no letter composes with the next."""
    start = 0
    for at, character in enumerate(text):
        if at > start and (at - start >= _MARKS_LIMIT or not _continues(character)):
            yield text[start:at]
            start = at
    if text:
        yield text[start:]


@lru_cache(maxsize=16_384)
def _continues(character: str) -> bool:
    """Say whether a character may compose with those before it: marks, vowels and finals of Hangul."""
    return (
        unicodedata.category(character).startswith("M")
        or "\u1160" <= character <= "\u11ff"
        or "\ud7b0" <= character <= "\ud7ff"
        or "\uff9e" <= character <= "\uff9f"
        or "\uffc2" <= character <= "\uffdc"
    )


@lru_cache(maxsize=16_384)
def _letter(letter: str) -> str:
    """Fold a letter and its marks, but not its case."""
    plain = unicodedata.normalize("NFKC", letter.translate(_SPELLING)).translate(_SPELLING)
    if len(plain) > _UNFOLD_LIMIT * len(letter):
        return letter
    if plain and unicodedata.name(plain[0], "").startswith(("LATIN", "GREEK")):
        parts = unicodedata.normalize("NFD", plain)
        plain = "".join(part for part in parts if not unicodedata.category(part).startswith("M"))
    return plain


@lru_cache(maxsize=16_384)
def _kind(character: str) -> str:
    """Give the letter that stands for a character in a shape; none for a mark."""
    category = unicodedata.category(character)
    if character in _SIGNS:
        return character
    if category[0] in "LN":
        return "z" if unicodedata.name(character, "").startswith(_CONTINUOUS) else "a"
    if category[0] == "M":
        return ""
    return "$" if category == "Sc" else " "


_ASCII = str.maketrans({code: _kind(chr(code)) for code in range(128)})
