"""Which picture stands for an article."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from bot.models import Image
from bot.parse.address import absolute
from bot.parse.markup import Picture, literal
from bot.text import clean, cut

_ALT_LIMIT = 500
_PICTURE_NAME = re.compile(r"\.(?:jpe?g|png|gif|webp|avif)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A picture that a feed offers; sizes as it claims them, 0 where it claims none."""

    url: str
    alt: str | None = None
    width: int = 0
    height: int = 0


def media(attributes: Mapping[str, Any], base: str, alt: object = None) -> Candidate | None:
    """Read media:content, media:thumbnail or an enclosure; None for what is no picture to show."""
    kind, medium = str(attributes.get("type") or "").lower(), str(attributes.get("medium") or "").lower()
    url = absolute(attributes.get("url") or attributes.get("href"), base)
    if not url or not _is_picture(url, kind, medium):
        return None
    alt = attributes.get("caption_description") or attributes.get("caption_title") or alt
    width, height = _size(attributes.get("width")), _size(attributes.get("height"))
    return _usable(Candidate(url, _alt(alt), width, height))


def inline(picture: Picture, base: str) -> Candidate | None:
    """Read an ``<img>`` of the content."""
    for source in picture.sources:
        url = absolute(source, base)
        if url:
            return _usable(Candidate(url, picture.alt, _size(picture.width), _size(picture.height)))
    return None


def largest(candidates: Iterable[Candidate | None]) -> Image | None:
    """Choose the widest by its own claim, the first of equals."""
    usable = [candidate for candidate in candidates if candidate]
    best = max(usable, key=lambda candidate: candidate.width, default=None)
    return Image(best.url, best.alt) if best else None


def first(candidates: Iterable[Candidate | None]) -> Image | None:
    """Choose the first that can be shown."""
    best = next((candidate for candidate in candidates if candidate), None)
    return Image(best.url, best.alt) if best else None


def _is_picture(url: str, kind: str, medium: str) -> bool:
    if medium or kind:
        return medium == "image" or kind.startswith("image/")
    return bool(_PICTURE_NAME.search(urlsplit(url).path))


def _usable(candidate: Candidate) -> Candidate | None:
    # A 1×1 picture counts readers; chat platforms do not draw SVG.
    pixel = 1 in {candidate.width, candidate.height}
    drawing = urlsplit(candidate.url).path.lower().endswith((".svg", ".svgz"))
    return None if pixel or drawing else candidate


def _size(value: object) -> int:
    digits = re.match(r"\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*$", str(value or ""))
    return int(digits[1]) if digits else 0


def _alt(value: object) -> str | None:
    return cut(clean(literal(value)), _ALT_LIMIT) or None if isinstance(value, str) else None
