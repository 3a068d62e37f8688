"""Make a document safe for feedparser, or say why it is no feed; everything here is linear.

What goes wrong without this step, and with which parts of feedparser, is told at each rule.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from html.entities import html5
from xml.sax.saxutils import escape

from bot.errors import FeedError, FeedList, NotAFeed
from bot.models import ENTRIES_LIMIT
from bot.parse.references import mend
from bot.parse.shape import check_shape

BROKE_OFF = "The document broke off before its end, so I take nothing from it."
EMPTY = (
    "The site sent an empty document instead of a feed. Open the address in a browser to see what it holds."
)
NO_FEED = "This address holds neither RSS, Atom nor JSON Feed. Look on the site for the address of its feed."
WEB_PAGE = "This address is a web page, not a feed. Look on the site for the address of its RSS or Atom feed."
LOGIN_PAGE = (
    "This address is a web page, not a feed: it asks to log in. "
    "If the feed is private, ask the site for an address that works without a login."
)
ENTITIES = (
    "The feed declares entities of its own, which can blow a document up; wireroom does not read such feeds."
)

FEED_ROOTS = frozenset({"rss", "rdf", "feed"})
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SPACE = re.compile(r"[\s\ufeff]*")
_TAG = re.compile(r"<((?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*))(?=[\s/>])")
_SECTION = re.compile(r"<!\[CDATA\[|<!--|<\?")
_SECTION_END = {"<![CDATA[": "]]>", "<!--": "-->", "<?": "?>"}
_BARE_AMPERSAND = re.compile(
    r"&(?!(?:amp|lt|gt|quot|apos|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});)([A-Za-z][A-Za-z0-9]{1,31};)?"
)
_BARE_LESS_THAN = re.compile(r"<(?![A-Za-z_/!?])")


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    markup: bool
    """False for a CDATA section, in which nothing is mended or looked for."""


def preclean(text: str, roots: Collection[str] = FEED_ROOTS) -> str:
    """Return the document from its root element to that element's end, as feedparser can bear it.

    ``roots`` are the names that the root may have, without prefix and in lower case. Raises NotAFeed
    for a web page, FeedError for what has another root, declares entities, did not end, or is built
    to take long.
    """
    text = mend(_NOT_XML.sub("", text))
    start = _skip_prolog(text)
    root = _root(text, start, roots)
    pieces = _first_entries(_to_root_end(_pieces(text, start), root), root)
    check_shape("".join(piece.text for piece in pieces if piece.markup))
    return "".join(piece.text for piece in pieces)


def _skip_prolog(text: str) -> int:
    # feedparser looks for the DOCTYPE with `^\s*`, which is quadratic in the white space before the
    # root: so no white space, comment or DOCTYPE is left for it to look at.
    position = _skip_space(text, 0)
    if position == len(text):
        raise FeedError(EMPTY)
    while text.startswith(("<?", "<!"), position):
        if text.startswith("<?", position):
            end = _find(text, "?>", position)
        elif text.startswith("<!--", position):
            end = _find(text, "-->", position)
        else:
            end = _doctype_end(text, position)
        position = _skip_space(text, end)
    return position


def _skip_space(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _doctype_end(text: str, start: int) -> int:
    end = _find(text, ">", start)
    declaration = text[start:end].lower()
    if declaration.split()[:2] == ["<!doctype", "html"] or declaration == "<!doctype html>":
        raise NotAFeed(_page(text))
    if "[" not in declaration:
        return end
    end = _find(text, "]", start)
    while text[_skip_space(text, end) : _skip_space(text, end) + 1] != ">":
        end = _find(text, "]", end)
    # Parameter entities (`% HTMLlat1`, in many old feeds) go with the DOCTYPE; the names they bring
    # are HTML's, which are resolved below.
    if re.search(r"<!ENTITY\s+[^%\s]", text[start:end]):
        raise FeedError(ENTITIES)
    return _skip_space(text, end) + 1


def _root(text: str, start: int, roots: Collection[str]) -> str:
    if start == len(text):
        raise FeedError(BROKE_OFF)
    found = _TAG.match(text, start)
    if not found:
        cut_in_a_name = text[start] == "<" and re.fullmatch(r"<[\w.:-]*", text[start : start + 100])
        raise FeedError(BROKE_OFF if cut_in_a_name else NO_FEED)
    local = found[2].lower()
    if local in roots:
        return found[1]
    if local in {"html", "head", "body"}:
        raise NotAFeed(_page(text))
    raise (FeedList if local == "opml" else FeedError)(_other_document(local))


def _page(text: str) -> str:
    return LOGIN_PAGE if re.search(r"type\s*=\s*[\"']?password", text[:500_000], re.IGNORECASE) else WEB_PAGE


def _other_document(root: str) -> str:
    kinds = {
        "opml": "a list of feeds (OPML), not a feed. Import it instead of adding it.",
        "urlset": "a site map, not a feed. Look on the site for the address of its RSS or Atom feed.",
        "sitemapindex": "a site map, not a feed. Look on the site for the address of its RSS or Atom feed.",
        "error": "an error message of the site, not a feed. Open it in a browser to read it.",
    }
    return "This address is " + kinds[root] if root in kinds else NO_FEED


def _pieces(text: str, position: int) -> list[_Piece]:
    """Split off CDATA sections and drop comments: no tag that stands in either counts as one."""
    pieces = []
    while found := _SECTION.search(text, position):
        pieces.append(_Piece(_mend_markup(text[position : found.start()]), markup=True))
        position = _find(text, _SECTION_END[found[0]], found.end())
        if found[0] == "<![CDATA[":
            pieces.append(_Piece(text[found.start() : position], markup=False))
    pieces.append(_Piece(_mend_markup(text[position:]), markup=True))
    return pieces


def _mend_markup(text: str) -> str:
    # One stray `&` or `<`, and feedparser's loose parser takes over, which reads other ids and titles.
    if "&" in text:
        text = _BARE_AMPERSAND.sub(_mend_ampersand, text)
    return _BARE_LESS_THAN.sub("&lt;", text)


def _mend_ampersand(match: re.Match[str]) -> str:
    name = match[1] or ""
    character = html5.get(name)
    return escape(character) if character else "&amp;" + name


def _to_root_end(pieces: list[_Piece], root: str) -> list[_Piece]:
    """Drop what stands after the root's end tag; FeedError where there is none."""
    end_tag = re.compile(rf"</{re.escape(root)}\s*>")
    for index in range(len(pieces) - 1, -1, -1):
        if pieces[index].markup and (end := _last_end(end_tag, pieces[index].text, f"</{root}")):
            return [*pieces[:index], _Piece(pieces[index].text[:end], markup=True)]
    if re.match(rf"<{re.escape(root)}(?:\s[^<>]*)?/>", pieces[0].text):
        return pieces[:1]
    raise FeedError(BROKE_OFF)


def _last_end(tag: re.Pattern[str], text: str, opening: str) -> int:
    position = text.rfind(opening)
    while position >= 0:
        if found := tag.match(text, position):
            return found.end()
        position = text.rfind(opening, 0, position)
    return 0


def _first_entries(pieces: list[_Piece], root: str) -> list[_Piece]:
    """Leave out entries beyond the limit and keep what the feed says of itself after them."""
    prefix = re.escape(root.rpartition(":")[0] + ":")
    name = rf"(?:{prefix})?(?:item|entry)"
    start_tag, end_tag = re.compile(rf"<{name}(?=[\s/>])"), re.compile(rf"</{name}\s*>")
    seen = 0
    for index, piece in enumerate(pieces):
        if not piece.markup:
            continue
        for start in start_tag.finditer(piece.text):
            seen += 1
            if seen > ENTRIES_LIMIT:
                kept = [*pieces[:index], _Piece(piece.text[: start.start()], markup=True)]
                return kept + _after_entries(pieces[index:], end_tag)
    return pieces


def _after_entries(pieces: list[_Piece], end_tag: re.Pattern[str]) -> list[_Piece]:
    for index in range(len(pieces) - 1, -1, -1):
        if pieces[index].markup:
            ends = [found.end() for found in end_tag.finditer(pieces[index].text)]
            if ends:
                return [_Piece(pieces[index].text[ends[-1] :], markup=True), *pieces[index + 1 :]]
    raise FeedError(BROKE_OFF)


def _find(text: str, mark: str, start: int) -> int:
    end = text.find(mark, start)
    if end < 0:
        raise FeedError(BROKE_OFF)
    return end + len(mark)
