"""The keyword language: what a person types becomes a Query, or an error that says what to type instead.

query     = group { ("," | "OR") group }
group     = term { ["AND"] term }                   all of them must appear
term      = [ "title:" | "author:" ] ( word | word"*" | '"' phrase '"' )
exclusion = ( "-" | "NOT " ) term                   anywhere; holds for the whole query
"""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, field

from bot import inflect
from bot.errors import CommandError
from bot.text import clean
from bot.words import capitals, words

LIMIT = 300
"""Characters of a query."""
TERMS = 20
"""Terms of a query, exclusions among them."""
PREFIX = 3
"""Letters in front of a star, at least; runs of letters without spaces need none."""

_QUOTES = '"“”„‟«»「」『』＂'
_CLOSING = {"“": "”", "„": "“", "«": "»", "「": "」", "『": "』"}
_QUOTE = f"[{_QUOTES}]"
_DASHES = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d"
_COMMAS = ",，、،|"
_BRACKETS = "()（）"
# One alternative matches at every place, so that reading is linear.
_LEXER = re.compile(
    rf"(?P<space>\s+)|(?P<comma>[{_COMMAS}])|(?P<bracket>[{_BRACKETS}])"
    rf"|(?P<dash>[{_DASHES}]+)"
    rf"|(?P<field>(?:title|author)\s*[:：])"
    rf"|(?P<phrase>{_QUOTE}(?P<quoted>[^{_QUOTES}]*){_QUOTE})|(?P<open>{_QUOTE})"
    rf"|(?P<word>[^\s{_COMMAS}{_BRACKETS}{_QUOTES}]+)",
    re.IGNORECASE,
)


def _each(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FLAG = re.compile(
    rf"{_QUOTE}[^{_QUOTES}]*(?:{_QUOTE}|\Z)"
    rf"|(?<![^\s,，、])(?P<name>\w+)[:：](?:{_QUOTE}(?P<quoted>[^{_QUOTES}]*){_QUOTE}|(?P<value>\S*))"
)
_FLAG_BEHIND = re.compile(r"\s+(?=(?:in|to|when)[:：]\S)", re.IGNORECASE)
"""Where the flags of a follow begin, in which an open quote has no part."""
_ENCLOSED = re.compile(rf"[(（][^{_BRACKETS}]*[)）]?")
_LEADING = re.compile(rf"(?:[{_DASHES}:：]|\bnot\s+)[(（]", re.IGNORECASE)
"""What holds for all of a bracket, and without it only for its first word."""
_ANY_OF = re.compile(rf"[{_COMMAS}]|\bor\b", re.IGNORECASE)
_STOP = _each(
    "a about also am an and any are as at be been but by can could did do does for from had has have he her "
    "him his how i if in into is it its just me my no nor not of off on or our she should so some such than "
    "that the their them then there these they this those to too us was we were what when where which while "
    "who whom why will with would you your der die das und le la les des du et un une el los las"
)
"""Words that stand in nearly every post; judged as typed: ``it`` is one, ``IT`` is not."""
_LETTERS_ALONE = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL")
"""Scripts of which one letter can be a word."""
_EXAMPLE = "battery -tesla"


class QueryError(CommandError):
    """A query cannot be read; the text says why, and what to type instead.

    ``place`` counts code points of ``typed``; ``fix`` is a query that can be read, where one is at hand.
    """

    def __init__(self, typed: str, reason: str, *, place: int = 0, fix: str | None = None) -> None:
        """Take the text as typed, what is wrong with it, where, and what to type instead.

        A reason in lower case continues the sentence; one in upper case is sentences of its own.
        """
        self.typed, self.reason, self.place, self.fix = typed, reason, place, fix
        shown = clean(typed if len(typed) <= LIMIT else typed[: LIMIT // 4] + "…")
        said = f": {reason}" if reason[0].islower() else f". {reason}"
        tail = f" Try `{fix}`." if fix and fix not in reason else ""
        super().__init__(f"I couldn't read `{shown}`{said}{tail}" if shown else reason)


@dataclass(frozen=True, slots=True)
class Term:
    """Words that stand side by side, in order: one word, a word with hyphens, or a phrase."""

    parts: tuple[str, ...]
    """Folded; capitals are kept where only they count (``AI``)."""
    exact: bool = False
    """Quoted: these very words, not their other forms."""
    prefix: bool = False
    """The last part is only how a word begins."""
    place: str | None = None
    """``title`` or ``author``; None: title and summary."""
    typed: str = field(default="", compare=False)

    def __str__(self) -> str:
        """Write it in the one form that all its spellings share."""
        place = f"{self.place}:" if self.place else ""
        if self.exact:
            return f'{place}"{" ".join(self.parts)}"'
        return place + "-".join(self.parts) + "*" * self.prefix

    @property
    def prose(self) -> str:
        """Say it in a sentence."""
        shown = f"“{self.typed}”" if self.exact else self.typed
        if self.prefix:
            shown = f"words that start with {self.typed}"
        return shown + {"title": " in the title", "author": " as author"}.get(self.place or "", "")


@dataclass(frozen=True, slots=True)
class Query:
    """What to look for: one of the groups, every term of it, and none of the excluded terms.

    Queries are equal when their canonical texts are.
    """

    canonical: str
    groups: tuple[tuple[Term, ...], ...] = field(compare=False)
    excluded: tuple[Term, ...] = field(compare=False)

    def __str__(self) -> str:
        """Give the canonical text, which parses to an equal query."""
        return self.canonical

    @property
    def terms(self) -> tuple[Term, ...]:
        """All that may be looked for, in the order typed."""
        return tuple(term for group in self.groups for term in group)

    @property
    def words(self) -> tuple[str, ...]:
        """The terms to look for, as a person reads them, without those left out."""
        return tuple(dict.fromkeys(term.typed + "*" * term.prefix for term in self.terms))

    @property
    def plain_words(self) -> bool:
        """Whether it is two bare words or more, all wanted, so that a phrase may be what was meant."""
        bare = len(self.groups) == 1 < len(self.terms) and all(_is_bare(term) for term in self.terms)
        return bare and len(self._phrase) <= LIMIT

    def as_phrase(self) -> Query:
        """Make the words one phrase, in the order typed; what is left out stays left out."""
        return parse(self._phrase)

    @property
    def _phrase(self) -> str:
        phrase = " ".join(term.typed for term in self.terms)
        return " ".join((f'"{phrase}"', *(f"-{term}" for term in self.excluded)))

    def prose(self) -> str:
        """Say it as the end of a sentence: ``posts that mention solid and state, not tesla``."""
        between = ", or " if any(len(group) > 1 for group in self.groups) else " or "
        wanted = between.join(" and ".join(term.prose for term in group) for group in self.groups)
        unwanted = " or ".join(term.prose for term in self.excluded)
        return f"posts that mention {wanted}" + (f", not {unwanted}" if unwanted else "")


def parse(text: str) -> Query:
    """Read a query; raises QueryError and nothing else."""
    return _Reader(text.strip()).read()


def reread(canonical: str) -> Query:
    """Read a canonical text as it was kept: what was fit to be followed once is not judged again."""
    return _Reader(canonical, judge=False).read()


def split_flags(text: str, names: Collection[str]) -> tuple[str, dict[str, str]]:
    """Take ``name:value`` out of a text, outside quotes; give the rest as typed, and the values by name.

    Raises QueryError for a flag without a value, or given twice.
    """
    known = {name.casefold(): name for name in names}
    rest = ""
    values: dict[str, str] = {}
    after = 0
    for match in _FLAG.finditer(text):
        name = known.get((match["name"] or "").casefold())
        if name is None:
            continue
        value = (match["quoted"] if match["quoted"] is not None else match["value"].rstrip(",")).strip()
        if not value or value[0] in _QUOTES:
            reason = f"`{name}:` needs a name right behind the colon, in quotes if it has spaces."
            raise QueryError(text, reason, place=match.start("name"))
        if name in values:
            raise QueryError(text, f"`{name}:` stands there twice. Leave one out.", place=match.start("name"))
        values[name] = value
        rest = f"{rest} {text[after : match.start('name')].strip()}"
        after = match.end() - (len(match[0]) - len(match[0].rstrip(",")))
    return f"{rest} {text[after:].strip()}".strip(), values


def also_counts(query: Query, language: str | None = None) -> tuple[str, ...]:
    """Name the other regular form that a query of one bare English word finds too, in its capitals."""
    term = query.terms[0]
    if len(query.terms) > 1 or query.excluded or not _is_bare(term) or len(term.parts) > 1:
        return ()
    word = term.parts[0]
    if not inflect.is_english(word, inflect.speech(language)):
        return ()
    one = capitals(word) or inflect.singular(word)
    many = f"{one}s" if capitals(word) else inflect.plural(one)
    return tuple(_as_typed(form, word, term.typed) for form in (one, many) if form and form != word)[:1]


def _as_typed(form: str, word: str, typed: str) -> str:
    """Give a longer or shorter form of a word the capitals in which it was typed: TSMC, TSMCs."""
    if len(typed) != len(word) or not (form.startswith(word) or word.startswith(form)):
        return form
    return typed[: len(form)] + form[len(word) :]


class _Reader:
    """Reads one text from left to right, once."""

    def __init__(self, typed: str, *, fixes: bool = True, judge: bool = True) -> None:
        self.typed = typed
        self.judge = judge
        """Whether what can be read may still be too common or too long."""
        self.fixes = fixes
        """Whether an error comes with a fix; a fix is read without looking for another."""
        self.groups: list[list[Term]] = [[]]
        self.excluded: list[Term] = []
        self.field: str | None = None
        self.excluding = False
        self.waiting = 0
        """Where what waits for its term was typed: a minus, NOT, or the name of a field."""

    def read(self) -> Query:
        if self.judge and len(self.typed) > LIMIT:
            raise _too_long(self.typed)
        for token in _LEXER.finditer(self.typed):
            kind = token.lastgroup
            if kind == "comma":
                self._must_not_wait()
                self.groups.append([])
            elif kind == "dash":
                self._dash(token)
            elif kind == "field":
                self.field, self.waiting = token[0].rstrip(":： \t").casefold(), token.start()
            elif kind == "phrase":
                self._add(_words_of(token["quoted"]), exact=True)
            elif kind == "word":
                self._word(token[0], token.start())
            elif kind != "space":
                raise self._refusal(token)
        self._must_not_wait()
        return self._query()

    def _query(self) -> Query:
        groups = tuple(tuple(dict.fromkeys(group)) for group in self.groups if group)
        excluded = tuple(dict.fromkeys(self.excluded))
        if not groups:
            raise self._nothing()
        wanted = sorted({" ".join(sorted(map(str, group))) for group in groups})
        canonical = " ".join((", ".join(wanted), *sorted(f"-{term}" for term in excluded)))
        query = Query(canonical, groups, excluded)
        if self.judge:
            self._judge(query)
        return query

    def _judge(self, query: Query) -> None:
        for group in query.groups:
            if all(map(_is_common, group)):
                said = " ".join(term.typed for term in group)
                reason = f"“{said}” is too common on its own. Add a rarer word."
                raise QueryError(self.typed, reason, place=max(0, self.typed.find(said)))
        if len(query.terms) + len(query.excluded) > TERMS:
            reason = f"more than {TERMS} words are too many. Leave some out, or make two of it."
            raise QueryError(self.typed, reason)
        if len(query.canonical) > LIMIT:
            raise _too_long(self.typed)

    def _dash(self, token: re.Match[str]) -> None:
        before, after = self.typed[: token.start()][-1:], self.typed[token.end() : token.end() + 1]
        if (not before or before.isspace() or before in _COMMAS) and after and not after.isspace():
            self.excluding, self.waiting = True, token.start()

    def _word(self, raw: str, place: int) -> None:
        body = raw.rstrip("*＊")
        found = _words_of(body)
        if "*" in body or "＊" in body:
            fix = self._sound(re.sub(rf"[*＊]+(?=[^\s*＊{_COMMAS}])", "", self.typed))
            raise QueryError(self.typed, "a star can only stand at the end of a word.", place=place, fix=fix)
        prefix = body != raw and bool(found.parts) and not found.runs[-1]
        if prefix and len(found.parts[-1]) < PREFIX:
            reason = f"a star needs {PREFIX} letters in front of it at least."
            raise QueryError(self.typed, reason, place=place)
        alone = found.parts[0] if len(found.parts) == 1 and body == raw else ""
        if self.excluding or self.field or alone.casefold() not in {"or", "and", "not"}:
            self._add(found, prefix=prefix)
        elif alone.casefold() == "or":
            self.groups.append([])
        elif alone == "NOT":
            self.excluding, self.waiting = True, place
        elif alone.casefold() == "not":
            raise self._lower_not(raw, place)

    def _lower_not(self, raw: str, place: int) -> QueryError:
        rest = self.typed[place + len(raw) :].lstrip()
        fix = self._sound(f"{self.typed[:place]}-{rest}")
        reason = f"Did you mean `{fix}`?" if fix else f"a minus leaves a word out, for example `{_EXAMPLE}`."
        return QueryError(self.typed, reason, place=place, fix=fix)

    def _add(self, found: _Words, *, exact: bool = False, prefix: bool = False) -> None:
        if not found.parts:
            self._must_not_wait()
            return
        exact = exact and not all(found.runs)  # a run is looked for as it is, quoted or not
        parts = (*found.parts[:-1], found.parts[-1].casefold()) if prefix else found.parts
        term = Term(parts, exact, prefix, self.field, found.shown)
        (self.excluded if self.excluding else self.groups[-1]).append(term)
        self.field, self.excluding = None, False

    def _must_not_wait(self) -> None:
        if self.field or self.excluding:
            said = self.typed[self.waiting :].split()[0].rstrip(_COMMAS)
            raise QueryError(self.typed, f"no word follows `{said}`.", place=self.waiting)

    def _refusal(self, token: re.Match[str]) -> QueryError:
        if token.lastgroup == "bracket":
            reason = "Brackets aren't needed. Use commas for any-of."
            return QueryError(self.typed, reason, place=token.start(), fix=self._without_brackets())
        flag = _FLAG_BEHIND.search(self.typed, token.end())
        end = flag.start() if flag else len(self.typed)
        fix = self._sound(self.typed[:end] + _CLOSING.get(token[0], '"') + self.typed[end:])
        return QueryError(self.typed, "a quote isn't closed.", place=token.start(), fix=fix)

    def _without_brackets(self) -> str | None:
        """Leave brackets out, where the query still means the same."""
        enclosed = any(map(_ANY_OF.search, _ENCLOSED.findall(self.typed)))
        if _LEADING.search(self.typed) or (enclosed and _ENCLOSED.sub("", self.typed).strip()):
            return None
        return self._sound(" ".join(re.sub(f"[{_BRACKETS}]", " ", self.typed).split()))

    def _sound(self, fix: str) -> str | None:
        """Give a fix only if it helps."""
        if self.fixes:
            with contextlib.suppress(QueryError):
                _Reader(fix, fixes=False).read()
                return fix
        return None

    def _nothing(self) -> QueryError:
        if self.excluded:
            reason = f"it only says what to leave out. Add a word to look for, for example `{_EXAMPLE}`."
        elif self.typed:
            reason = "there is no word in it to look for."
        else:
            reason = "Add a word to look for, for example `semiconductors`."
        return QueryError(self.typed, reason)


@dataclass(frozen=True, slots=True)
class _Words:
    """The words of one term."""

    parts: tuple[str, ...]
    runs: tuple[bool, ...]
    shown: str


def _words_of(raw: str) -> _Words:
    text = clean(raw)
    found = [word for word in words(text) if word.folded]
    shown = text[found[0].start : found[-1].end] if found else ""
    return _Words(tuple(word.cased for word in found), tuple(word.run for word in found), shown)


def _is_bare(term: Term) -> bool:
    return not (term.exact or term.prefix or term.place)


def _is_common(term: Term) -> bool:
    if term.prefix:
        return False
    if len(term.parts) == 1 == len(term.parts[0]):
        return not unicodedata.name(term.parts[0], "").startswith(_LETTERS_ALONE)
    return all(part in _STOP for part in term.parts)


def _too_long(typed: str) -> QueryError:
    return QueryError(typed, f"it is longer than {LIMIT} characters. Leave some words out.", place=LIMIT)
