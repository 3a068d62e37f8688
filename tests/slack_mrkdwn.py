"""Slack's mrkdwn read into a tree, written without a look at our own escaping: the judge of it.

There are two ways to read. ``package`` reads as slack-message-parser 3.0.2 from npm does, which stands in the
corpus ``tests/data/slack_mrkdwn.json`` (trees drawn by that package). ``client`` takes for mark-up whatever a
client might: any two signs of a kind in one line that stand at edges of words, where everything but ASCII's
letters and digits is an edge; code without any edges; names of emoji in any script; quotes behind spaces.

What Slack documents is in docs.slack.dev/messaging/formatting-message-text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

Way = Literal["package", "client"]

# JavaScript's \s; Python's is another.
_S = "\\t\\n\\v\\f\\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_ANY = r"(?s:.)"
_DOT = r"[^\n\r\u2028\u2029]"
_UNSEEN = "\u200b"


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of the tree; ``text`` is what a text or code shows, where a link leads, or who is named."""

    kind: str
    text: str = ""
    inside: tuple[Node, ...] = ()


_Taken = tuple[Node, int] | None
"""A node and where the text goes on behind it."""


def parse(source: str, way: Way = "client") -> tuple[Node, ...]:
    """Read a text as Slack would; neighbouring texts are one."""
    reader = _package if way == "package" else _client
    nodes: list[Node] = []
    at = 0
    while at < len(source):
        node, at = reader(source, at) or (Node("text", source[at]), at + 1)
        nodes.append(node)
    return tuple(replace(node, text=_decoded(node.text)) for node in _merged(nodes))


def shown(nodes: Sequence[Node]) -> str:
    """Give the letters that a reader sees; a time is what a client shows that knows none."""
    return "".join(map(_shown, nodes))


def _shown(node: Node) -> str:
    if node.kind == "emoji":
        return f":{node.text}:"
    return shown(node.inside) if node.inside and node.kind != "code" else node.text


def kinds(nodes: Sequence[Node]) -> set[str]:
    """Name all that is drawn otherwise than as text; no emoji can have a name with an unseen letter."""
    found = {node.kind for node in nodes if node.kind != "emoji" or _UNSEEN not in node.text}
    return (found - {"text"}).union(*(kinds(node.inside) for node in nodes))


def walk(nodes: Sequence[Node]) -> Iterator[Node]:
    """Give every node, the outer ones first."""
    for node in nodes:
        yield node
        yield from walk(node.inside)


def _merged(nodes: Sequence[Node]) -> tuple[Node, ...]:
    merged: list[Node] = []
    for node in nodes:
        if node.kind == "text" and merged and merged[-1].kind == "text":
            merged[-1] = Node("text", merged[-1].text + node.text)
        else:
            merged.append(node)
    return tuple(merged)


def _decoded(text: str) -> str:
    return re.sub("&(lt|gt|amp);", lambda name: {"lt": "<", "gt": ">", "amp": "&"}[name[1]], text)


_SIGNS = {"*": "bold", "_": "italic", "~": "strike"}


# The package.

_EDGE = rf"(?=[{_S}.,\])}}!?\-=]|\Z)"
_EXPLICIT = [
    (
        "bold",
        re.compile(
            rf"\*([^{_S}](?:[^*\n]*?|[^*\n]*? `{_DOT}*?` )[^{_S}*]|[^{_S}])\*"
            rf"(?=[{_S}~!#$%^)\-+={{}}\[\];:'\",.?/]|\Z)"
        ),
    ),
    ("block", re.compile(rf"```([{_S}]*[^{_S}]{_ANY}*?[{_S}]*)```{_EDGE}")),
    ("code", re.compile(rf"`([^`]+?)`{_EDGE}")),
    (
        "italic",
        re.compile(rf"_([^{_S}](?:[^_\n]*?|[^_\n]*? `{_DOT}*?` )[^{_S}]|[^{_S}])_{_EDGE}"),
    ),
    (
        "strike",
        re.compile(rf"~([^{_S}](?:[^~\n]*?|[^~\n]*? `{_DOT}*?` )[^{_S}]|[^{_S}])~{_EDGE}"),
    ),
]
_BEFORE = re.compile(rf"[{_S}.,(\[{{!?\-=]")
_EMOJI = re.compile(rf":([^:<`*#@!{_S}()$%]+):(:(skin-tone-{_DOT}+?):)?")
_ANGLE = re.compile(rf"<([^{_S}<>][^\n<>]*?)(?:\|([^<>]+?))?>")
_QUOTE_ALL = re.compile(rf"&gt;&gt;&gt;({_ANY}+)\Z")
_QUOTE = re.compile(rf"&gt;({_DOT}*)(\n&gt;|\n|\Z)")


def _package(source: str, at: int) -> _Taken:
    rest = source[at:]
    if at == 0 or _BEFORE.match(source[at - 1]):
        for kind, pattern in _EXPLICIT:
            if match := pattern.match(rest):
                return _marked(kind, match[1], "package"), at + match.end()
    if match := _EMOJI.match(rest):
        return Node("emoji", match[1]), at + match.end()
    if at == 0 or source[at - 1] == "\n":
        if match := _QUOTE_ALL.match(rest):
            return Node("quote", "", parse(match[1], "package")), at + match.end()
        if quote := _quote_lines(source, at):
            return quote
    if match := _ANGLE.match(rest):
        return _angle(match[1], match[2] or "", "package"), at + match.end()
    return None


def _marked(kind: str, content: str, way: Way) -> Node:
    if kind in {"code", "block"}:
        return Node(kind, content)
    return Node(kind, "", parse(content, way))


def _quote_lines(source: str, at: int) -> _Taken:
    start = at
    inside: list[Node] = []
    while match := _QUOTE.match(source[at:]) if at < len(source) else None:
        goes_on = match[2] == "\n&gt;"
        repeated = re.match(r"((?:&gt;)+)(.*)\Z", match[1])
        if repeated:
            inside += [Node("text", _decoded(repeated[1])), *parse(repeated[2], "package")]
        else:
            inside += parse(match[1] + ("\n" if goes_on else ""), "package")
        at += match.end() - (4 if goes_on else 0)
    return (Node("quote", "", _merged(inside)), at) if at > start else None


def _angle(target: str, label: str, way: Way) -> Node:
    inside = parse(label, way)
    match target[0]:
        case "@":
            return Node("mention", target[1:], inside)
        case "#":
            return Node("channel", target[1:], inside)
        case "!":
            name = target[1:].partition("^")[0]
            return Node("date" if name == "date" else "command", target[1:], inside)
        case _:
            return Node("link", target, inside)


# The client.

_ANY_ANGLE = re.compile(r"<([^<>|\n]+)(?:\|([^<>\n]*))?>")
_ANY_BLOCK = re.compile(rf"```({_ANY}+?)```")
_ANY_CODE = re.compile(r"`([^`\n]+)`")
_ANY_QUOTE = re.compile(r"[^\S\n]*\u200b*(?:&gt;|>)([^\n]*)")
_ANY_EMOJI = re.compile(r":([^\s:<>`*#@!()$%/&]+):")
_ANY_MARK = re.compile(r"([*_~])(?=\S)((?:(?!\1)[^\n])+)(?<=\S)\1(?![0-9A-Za-z])")


def _client(source: str, at: int) -> _Taken:
    is_edge = at == 0 or re.match("[^0-9A-Za-z]", source[at - 1]) is not None
    at_line_start = at == 0 or source[at - 1] == "\n"
    if match := _ANY_ANGLE.match(source, at):
        node = _angle(match[1], match[2] or "", "client")
    elif match := _ANY_BLOCK.match(source, at):
        node = Node("block", match[1])
    elif match := _ANY_CODE.match(source, at):
        node = Node("code", match[1], _only_angles(match[1]))
    elif is_edge and (match := _ANY_MARK.match(source, at)):
        node = Node(_SIGNS[match[1]], "", parse(match[2], "client"))
    elif match := _ANY_EMOJI.match(source, at):
        node = Node("emoji", match[1])
    elif at_line_start and (match := _ANY_QUOTE.match(source, at)):
        node = Node("quote", "", parse(match[1], "client"))
    else:
        return None
    return node, match.end()


def _only_angles(code: str) -> tuple[Node, ...]:
    """Inside code nothing acts but what stands between angle brackets."""
    if not _ANY_ANGLE.search(code):
        return ()
    return tuple(_angle(match[1], match[2] or "", "client") for match in _ANY_ANGLE.finditer(code))
