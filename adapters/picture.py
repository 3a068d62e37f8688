"""The picture of an article as a chat platform shows it: over https, and never without a text for it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from adapters.address import address
from adapters.fit import within
from bot.models import Image

NO_ALT = "Article image; no description supplied by the publisher"
_PLAIN_HTTP = re.compile(r"\Ahttp:", re.IGNORECASE)
_VECTOR = re.compile(r"\.svgz?(?:[?#]|\Z)", re.IGNORECASE)
_WEBP = re.compile(r"\.webp(?:[?#]|\Z)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Picture:
    """Where a picture is, and what it shows in words."""

    url: str
    alt: str

    @property
    def is_webp(self) -> bool:
        """Whether its address says that it is a WebP, which is all that can be told without fetching it."""
        return _WEBP.search(self.url) is not None


def picture(image: Image | None, *, url_most: int, alt_most: int) -> Picture | None:
    """Give the picture as platforms fetch it; None for what none of them would show."""
    url = address(_PLAIN_HTTP.sub("https:", image.url), url_most) if image else None
    if image is None or url is None or _VECTOR.search(url):
        return None
    return Picture(url, within(image.alt or "", alt_most) or NO_ALT)
