"""bytes → ParsedFeed: every format, every text plain, in processes that a hostile document cannot outlive.

Web pages and lists of feeds are hostile too, and are read in the same processes.

encoding     which encoding the bytes are really in
preclean     what is no feed or did not end is refused, what feedparser cannot bear is mended
reader       feedparser itself; jsonfeed beside it
feed         what feedparser read → Entry (markup, address, author, picture, hints, guid)
document     all of it in one function
page         a web page → the feeds it declares
outline      OPML → the feeds it lists
worker       runs these three; parser keeps the workers
"""

from __future__ import annotations

from bot.parse.document import parse_document
from bot.parse.outline import Outline, Outlines
from bot.parse.page import PageFeed
from bot.parse.parser import Parser

__all__ = ["Outline", "Outlines", "PageFeed", "Parser", "parse_document"]
