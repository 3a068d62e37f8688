"""HTML → plain text with its paragraph breaks, and the pictures in it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from bot.parse.references import mend, unescape
from bot.text import clean, clean_paragraphs

_LONGEST = 256 * 1024
"""Characters of mark-up that are read: an entry keeps 8,000 of text, and deep nesting is quadratic."""

_BLOCK_NAMES = """
    address article aside blockquote br dd details dialog div dl dt fieldset figcaption figure footer form
    h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody tfoot thead tr ul
"""
_UNSHOWN_NAMES = """
    audio button canvas head iframe math noscript object script select style svg template textarea title video
"""
_OTHER_NAMES = """
    a abbr acronym b bdi bdo big body center cite code data del dfn em font html i img ins kbd label link map
    mark meta picture q rp rt ruby s samp small source span strike strong sub sup td th time tt u var wbr
"""
_BLOCKS = frozenset(_BLOCK_NAMES.split())
_UNSHOWN = frozenset(_UNSHOWN_NAMES.split())
_CELLS = frozenset({"td", "th"})
_NAMES = "|".join((_BLOCK_NAMES + _UNSHOWN_NAMES + _OTHER_NAMES).split())
_TAG = re.compile(rf"<!--|</?(?:{_NAMES}|[a-z]{{1,20}}[:-][a-z-]{{1,40}})(?:[\s/][^<>]*)?>", re.IGNORECASE)
# Pages that load pictures late keep the real address beside a stand-in.
_SOURCES = ("src", "data-src", "data-lazy-src", "data-original")


@dataclass(frozen=True, slots=True)
class Picture:
    """An ``<img>`` as it stands in the mark-up; sizes are None where none is given."""

    sources: tuple[str, ...]
    alt: str | None
    width: str | None
    height: str | None


@dataclass(frozen=True, slots=True)
class Page:
    """What one sees of a piece of HTML: cleaned paragraphs between line breaks, and pictures."""

    text: str
    pictures: tuple[Picture, ...] = ()


def literal(text: str) -> str:
    """Read a text that is declared plain: ``AT&T <b>`` stays as it is, references are resolved."""
    return clean_paragraphs(unescape(mend(text)))


def read_html(value: str) -> Page:
    """Read what is declared HTML; a text that holds no tag of HTML (``a < b``) is taken as plain."""
    if _TAG.search(value):
        return _read(value)
    text = unescape(mend(value))
    # Escaped once too often: all of it is one element. `Use <b> for bold` is not.
    if text != value and text.startswith("<") and text.endswith(">") and _TAG.match(text):
        return _read(text)
    return Page(clean_paragraphs(text))


def _read(value: str) -> Page:
    body = LexborHTMLParser(mend(value[:_LONGEST])).body
    if body is None:
        return Page("")
    pieces: list[str] = []
    pictures: list[Picture] = []
    # A loop over the tree, not a recursion: nesting is as deep as a hostile page likes. And `==` would
    # write out both nodes' mark-up to compare it, which is quadratic in the depth.
    node, in_pre, root = body, 0, body.mem_id
    while True:
        tag = node.tag or ""
        if node.is_text_node:
            text = node.text_content or ""
            pieces.append(text if in_pre else " ".join(re.split(r"\s", text)))
        elif tag == "img":
            pictures.append(_picture(node))
        pieces.append(_break(tag))
        in_pre += tag == "pre"
        inner = None if tag in _UNSHOWN else node.first_child
        if inner is not None:
            node = inner
            continue
        while node.mem_id == root or node.next is None:
            in_pre -= node.tag == "pre"
            pieces.append(_break(node.tag or ""))
            if node.mem_id == root or node.parent is None:
                return Page(clean_paragraphs(unescape("".join(pieces))), tuple(pictures))
            node = node.parent
        in_pre -= node.tag == "pre"
        pieces.append(_break(node.tag or ""))
        node = node.next


def _break(tag: str) -> str:
    if tag in _BLOCKS:
        return "\n"
    return " " if tag in _CELLS else ""


def _picture(node: LexborNode) -> Picture:
    attributes = node.attributes
    sources = tuple(value for name in _SOURCES if (value := attributes.get(name)))
    alt = clean(unescape(attributes.get("alt") or "")) or None
    return Picture(sources, alt, attributes.get("width"), attributes.get("height"))
