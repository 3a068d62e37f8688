"""bytes → ParsedFeed: every format, every text plain, in processes that a hostile document cannot outlive.

encoding     which encoding the bytes are really in
preclean     what is no feed or did not end is refused, what feedparser cannot bear is mended
reader       feedparser itself; jsonfeed beside it
feed         what feedparser read → Entry (markup, address, author, picture, hints, guid)
document     all of it in one function; worker runs it, parser keeps the workers
"""

from __future__ import annotations

from bot.parse.document import parse_document
from bot.parse.parser import Parser

__all__ = ["Parser", "parse_document"]
