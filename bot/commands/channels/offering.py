"""What to do with an address that is a web page: the feeds that it offers, or where to look for one; pure."""

from __future__ import annotations

from collections.abc import Callable

from bot.commands.channels.phrases import times_of
from bot.discover import Discovered
from bot.guard import redact
from bot.models import Button
from bot.prose import Bold, Code, prose
from bot.reply import Choice, Reply

CANCEL = Button("Cancel", "/skip")


def offer(page: str, found: Discovered, add: Callable[[str], str]) -> Reply:
    """Offer a page's feeds; ``add`` writes the command that adds an address."""
    said = prose(Code(redact(page)), " is a web page")
    match found.feeds:
        case ():
            look = ". Look for an RSS or Atom link on the site, or try adding "
            text = prose(
                said, " and offers no feed", look, Code("/feed"), " or ", Code("/rss"), " to the address."
            )
            return Reply(text)
        case (one,):
            text = prose(said, ". It offers this feed: ", Bold(one.title), ".")
            return Reply(text, buttons=(Button("Add it", add(one.address)), CANCEL))
        case several:
            choices = tuple(
                Choice(
                    one.title,
                    add(one.address),
                    f"{redact(one.address)}, {times_of(one.entries, 'post', 'posts')}",
                )
                for one in several
            )
            return Reply(prose(said, ". It offers these feeds:"), choices=choices, buttons=(CANCEL,))
