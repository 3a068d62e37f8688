"""Discord's markdown read into a tree, written without a look at our own escaping: the judge of it.

The grammar is that of simple-markdown (Khan Academy, MIT), which Discord's client builds on: at each place
the first rule that matches takes its text, and of em, strong and underline the longest. There are two ways
to read. ``package`` reads as discord-markdown-parser 1.3.1 from npm does, which stands in the corpus
``tests/data/discord_markdown.json`` (trees drawn by that package, by ``way`` "extended"). ``client`` reads
as the desktop client does beyond that, as far as is known: ids of any length, lists, addresses of mail and
telephone, sounds, short names of emoji, and links whose label is read again without escapes.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Way = Literal["package", "client"]

# JavaScript's \s; Python's is another. Letters, digits and word edges are ASCII's in both patterns.
_S = "\\t\\n\\v\\f\\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_ANY = r"(?s:.)"
_TWO = "[\U00010000-\U0010ffff]"
"""Two letters to JavaScript."""


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of the tree; ``text`` is what a text or code shows, or where a link leads."""

    kind: str
    text: str = ""
    inside: tuple[Node, ...] = ()


@dataclass(slots=True)
class _State:
    """What rules know of the surroundings."""

    before: re.Match[str] | None = None
    quoted: bool = False
    slanted: bool = False
    label: bool = False


_Found = re.Match[str] | None
_Look = Callable[[str, _State], _Found]
_Read = Callable[["_Reader", re.Match[str], _State], list[Node]]


@dataclass(frozen=True, slots=True)
class _Rule:
    look: _Look
    read: _Read
    rival: int = 0
    """Rules of one number follow each other and the longest match wins; 0: the first wins."""


def parse(source: str, way: Way = "client") -> tuple[Node, ...]:
    """Read a text as Discord would; neighbouring texts are one."""
    source = re.sub(r"\r\n?", "\n", source).replace("\f", "").replace("\t", "    ")
    return _merged(_Reader(way).read(source, _State()))


def shown(nodes: Sequence[Node]) -> str:
    """Give the letters that a reader sees."""
    return "".join(node.text if node.kind in {"text", "code"} else shown(node.inside) for node in nodes)


def kinds(nodes: Sequence[Node]) -> set[str]:
    """Name all that is drawn otherwise than as text."""
    return {kind for node in nodes for kind in ({node.kind} | kinds(node.inside)) if kind != "text"}


def invites(source: str) -> bool:
    """Say whether the client looks an invite or a template up, which it does in the raw text of a message."""
    return re.search(r"discord(?:app)?\.(?:gg|com|new|gift)/", source) is not None


def _merged(nodes: Sequence[Node]) -> tuple[Node, ...]:
    merged: list[Node] = []
    for node in nodes:
        if node.kind == "text" and merged and merged[-1].kind == "text":
            merged[-1] = Node("text", merged[-1].text + node.text)
        else:
            merged.append(replace(node, inside=_merged(node.inside)))
    return tuple(node for node in merged if node != Node("text"))


class _Reader:
    def __init__(self, way: Way) -> None:
        self.way = way
        self.rules = _package() if way == "package" else _client()

    def read(self, source: str, state: _State) -> list[Node]:
        nodes: list[Node] = []
        while source:
            rule, match = self._first(source, state)
            nodes += rule.read(self, match, state)
            state.before = match
            source = source[match.end() :]
        return nodes

    def _first(self, source: str, state: _State) -> tuple[_Rule, re.Match[str]]:
        best: tuple[_Rule, re.Match[str]] | None = None
        for rule in self.rules:
            if best and (not rule.rival or rule.rival != best[0].rival):
                break
            match = rule.look(source, state)
            if match and (best is None or match.end() > best[1].end()):
                best = rule, match
        if best is None:
            raise AssertionError(f"No rule takes {source!r}")
        return best


def _by(pattern: str, flags: int = 0) -> _Look:
    compiled = re.compile(pattern, re.ASCII | flags)
    return lambda source, _state: compiled.match(source)


def _atom(kind: str, pattern: str) -> _Rule:
    return _Rule(_by(pattern), lambda _reader, _match, _state: [Node(kind)])


def _around(kind: str, pattern: str, rival: int = 0) -> _Rule:
    """Something with mark-up inside of it."""
    return _Rule(
        _by(pattern), lambda reader, match, state: [_node(kind, reader.read(match[1], state))], rival
    )


def _node(kind: str, inside: Sequence[Node], text: str = "") -> Node:
    return Node(kind, text, tuple(inside))


def _text(group: int) -> _Read:
    return lambda _reader, match, _state: [Node("text", match[group])]


def _target(_reader: _Reader, match: re.Match[str], _state: _State) -> list[Node]:
    return [_node("link", [Node("text", match[1])], match[1])]


def _em(reader: _Reader, match: re.Match[str], state: _State) -> list[Node]:
    inside = reader.read(match[2] or match[1], replace(state, slanted=True))
    return inside if state.slanted else [_node("em", inside)]


def _code(_reader: _Reader, match: re.Match[str], _state: _State) -> list[Node]:
    return [Node("code", re.sub(r"\A (?= *`)|(` *) \Z", lambda space: space[1] or "", match[2]))]


def _at_line_start(state: _State) -> bool:
    return state.before is None or state.before[0].endswith("\n")


def _on_new_line(look: _Look) -> _Look:
    return lambda source, state: look(source, state) if _at_line_start(state) and not state.label else None


_LABEL = r"(?:\[[^\]]*\]|[^\[\]]|\](?=[^\[]*\]))*"
_HREF = rf"[{_S}]*<?((?:\([^)]*\)|[^{_S}\\]|\\.)*?)>?(?:[{_S}]+['\"]({_ANY}*?)['\"])?[{_S}]*"
_LINK = _by(rf"\[({_LABEL})\]\({_HREF}\)")
_ESCAPE = _by(rf"\\([^0-9A-Za-z{_S}])")
_EM = _Rule(
    _by(
        rf"\b_((?:__|\\{_ANY}|[^\\_])+?)_\b"
        rf"|\*(?=[^{_S}])((?:\*\*|\\{_ANY}|[{_S}]+(?:\\{_ANY}|[^{_S}*\\]|\*\*)|[^{_S}*\\])+?)\*(?!\*)"
    ),
    _em,
    rival=1,
)
_STRONG = _around("strong", rf"\*\*((?:\\{_ANY}|[^\\])+?)\*\*(?!\*)", rival=1)
_UNDERLINE = _around("underline", rf"__((?:\\{_ANY}|[^\\])+?)__(?!_)", rival=1)
_STRIKE = _around("strike", rf"~~({_ANY}+?)~~(?!_)")
_SPOILER = _around("spoiler", rf"\|\|({_ANY}+?)\|\|")
_INLINE = _Rule(_by(rf"(`+)({_ANY}*?[^`])\1(?!`)"), _code)
_AUTOLINK = _Rule(_by(r"<([^: >]+:/[^ >]+)>"), _target)
_SHRUG = _Rule(_by(r"(¯\\_\(ツ\)_/¯)"), _text(1))


def _package() -> list[_Rule]:
    def block_quote(source: str, state: _State) -> _Found:
        before = state.before[0] if state.before else ""
        fits = re.search(r"\A\Z|\n *\Z", before) and not state.quoted
        return quote(source, state) if fits else None

    def read_quote(reader: _Reader, match: re.Match[str], state: _State) -> list[Node]:
        sign = r"^ *>>> ?" if match[0].lstrip(" ").startswith(">>>") else r"(?m)^ *> ?"
        return [_node("quote", reader.read(re.sub(sign, "", match[0]), replace(state, quoted=True)))]

    def heading_fits(state: _State) -> bool:
        return state.before is None or [state.before[0], *state.before.groups()][-1] == "\n"

    def new_line(pattern: str) -> _Look:
        look = _by(pattern)
        return lambda source, state: look(source, state) if heading_fits(state) else None

    quote = _by(rf"( *>>> ({_ANY}*))|( *> [^\n]*(\n *> [^\n]*)*\n?)")
    name = r"[-_'\w]{1,32}"
    return [
        _Rule(new_line(r"-# +([^\n]+?)(\n|$)"), _inside("subtext", 1)),
        _Rule(new_line(r"#{1,3} +([^\n]+?)(\n|$)"), _heading),
        _SPOILER,
        _Rule(_by(rf"```(?:[a-z0-9_+\-.#]+?\n+)?\n*({_ANY}+?)\n*```", re.IGNORECASE), _fenced),
        _Rule(block_quote, read_quote),
        _Rule(_ESCAPE, _text(1)),
        _AUTOLINK,
        _Rule(_by(rf"(https?://(?:[^{_S}<]+[^<.,:;\"')\]{_S}]|{_TWO}))"), _target),
        _Rule(_LINK, _any_link),
        *(_EM, _STRONG, _UNDERLINE),
        _atom("channel", r"<#\d{17,20}>"),
        _atom("emoji", r"<a?:\w{2,32}:\d{17,21}>"),
        _atom("everyone", r"@everyone"),
        _atom("navigation", r"<\d{17,20}:(?:customize|browse|guide|linked-roles(?::\d{17,20})?)>"),
        _atom("here", r"@here"),
        _atom("role", r"<@&\d{17,20}>"),
        _atom("command", rf"</{name}(?: {name}){{0,2}}:\d{{17,21}}>"),
        _atom("time", r"<t:-?\d+(?::[RtTdDfF])?>"),
        _atom("user", r"<@!?\d{17,20}>"),
        *(_STRIKE, _INLINE),
        _Rule(_by(r"(\n)"), _text(1)),
        _SHRUG,
        _Rule(_by(rf"({_ANY}+?)(?=[^0-9A-Za-z{_S}]|\n|\w+:[^{_S}]|\Z)"), _text(1)),
    ]


def _heading(reader: _Reader, match: re.Match[str], state: _State) -> list[Node]:
    return [_node("heading", reader.read(re.sub(rf"\A[{_S}]+|[{_S}]+\Z", "", match[1]), state))]


def _inside(kind: str, group: int) -> _Read:
    return lambda reader, match, state: [_node(kind, reader.read(match[group], state))]


def _fenced(_reader: _Reader, match: re.Match[str], _state: _State) -> list[Node]:
    return [Node("block", match[1])]


def _any_link(reader: _Reader, match: re.Match[str], state: _State) -> list[Node]:
    target = re.sub(rf"\\([^0-9A-Za-z{_S}])", r"\1", match[2])
    return [_node("link", reader.read(match[1], state), target)]


_LABEL_MAY = {"strong", "em", "underline", "strike", "code", "spoiler", "time", "emoji"}
"""What a link's label may hold, in an embed; with anything else the client refuses the link."""


def _client() -> list[_Rule]:
    def unless_label(look: _Look) -> _Look:
        return lambda source, state: None if state.label else look(source, state)

    def link(source: str, state: _State) -> _Found:
        depth = 0
        for letter in source:
            depth += {"[": 1, "]": -1 if depth else 0}.get(letter, 0)
            if depth > 10:
                return None
        return _LINK(source, state)

    def read_link(reader: _Reader, match: re.Match[str], state: _State) -> list[Node]:
        label = "".join(letter for letter in match[1] if unicodedata.category(letter) != "Cf")
        inside = reader.read(label, replace(state, label=True))
        allowed = kinds(inside) <= _LABEL_MAY
        is_plain = re.fullmatch(r"https?://[^/%\\\s]+(?:/[^\\\s]*)?", match[2]) is not None
        if not (allowed and is_plain and shown(inside).strip()) or invites(match[1]):
            return [Node("refused"), Node("text", match[0])]
        return [_node("link", inside, match[2])]

    def silent(source: str, state: _State) -> _Found:
        return re.match(rf"@silent(?![^{_S}])", source) if state.before is None else None

    name = r"[-_\w]{1,32}"
    return [
        _Rule(
            _on_new_line(_by(rf" *#{{1,3}}[{_S}]+((?!#+)[^\n]+?)#*[{_S}]*(?:\n|\Z)")), _inside("heading", 1)
        ),
        _Rule(_on_new_line(_by(r" *-# +((?!(?:-#)+)[^\n]+?) *(?:\n|\Z)")), _inside("subtext", 1)),
        _Rule(_by(rf"```(?:[a-z0-9_+\-.#]+?\n)?\n*([^\n]{_ANY}*?)\n*```", re.IGNORECASE), _fenced),
        _Rule(_on_new_line(_by(rf"()(?: *>>> +{_ANY}*| *>(?!>>) +[^\n]*(?:\n|\Z))")), _inside("quote", 1)),
        _Rule(_on_new_line(_by(rf" *(?:[*-]|\d+\.) ({_ANY})")), _inside("list", 1)),
        _Rule(unless_label(_ESCAPE), _text(1)),
        _AUTOLINK,
        _Rule(_by(rf"<([^{_S}<>@]+@[^{_S}<>@]+\.[^{_S}<>@]+)>"), _target),
        _Rule(_by(r"<((?:tel:|sms:)?\+?[0-9(][-0-9() ./]+)>"), _target),
        _Rule(_by(rf"((?:https?|steam)://(?:[^{_S}<]+[^<.,:;\"'\]{_S}]|{_TWO}))"), _target),
        _Rule(link, read_link),
        *(_EM, _STRONG, _UNDERLINE, _STRIKE, _INLINE),
        _atom("time", r"<t:-?\d{1,17}(?::[tTdDfFsSR])?>"),
        _atom("mention", r"<@[!&$]?\d+>|@(?:everyone|here)|<@time:[^>]*>"),
        _atom("channel", r"<#\d+>"),
        _atom("navigation", r"<id:[a-z-]+(?::\d+)?>"),
        _atom("command", rf"</{name}(?: {name}){{0,2}}:\d+>"),
        _atom("emoji", r"<a?:\w+:\d+>|:[0-9A-Za-z_+\-\u00c0-\u024f]+:"),
        _atom("sound", r"<sound:\d+:\d+>"),
        _Rule(silent, lambda _reader, _match, _state: [Node("silent")]),
        *(_SPOILER, _SHRUG),
        _Rule(
            _by(rf"({_ANY}+?)(?=[^0-9A-Za-z{_S}\u00c0-\uffff]|\n| {{2,}}\n|\w+:[^{_S}]|[0-9]+\.|\Z)"),
            _text(1),
        ),
    ]
