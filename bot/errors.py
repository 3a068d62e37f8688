"""The exceptions, grouped by who must act.

WireroomError
├── ConfigError            the operator: change the environment, restart
├── CommandError           the person typing: its text is shown to them as it is
├── FeedError              the feed's site: back off, look again later
│   ├── HostBusy           the site asked all of us to wait; no failure of this feed
│   ├── NotAFeed           the address answers with a web page: perhaps it offers feeds
│   ├── FeedList           the address answers with a list of feeds: it can be imported
│   ├── FeedRefused        the site wants a login or keeps programs out (401, 403)
│   └── FeedGone           the feed has ended (410)
├── DeliveryError          the platform: post later, one try of this card is used up
│   ├── Busy               the platform or channel asks to wait; no try is used up
│   ├── InDoubt            the request left and no answer came: look before posting again
│   ├── Undeliverable      this card can never be posted; it is dead with the reason
│   │   └── Refused        rules of the channel keep it out: whoever set the channel up is told
│   └── TargetGone         nobody: stop posting there, tell whoever set it up
└── StoreError             the database: nothing was written
    ├── DiskFull           the operator makes room; wireroom goes on by itself
    └── LeaseLost          another process took the work over; drop it
"""

from __future__ import annotations

from datetime import timedelta


class WireroomError(Exception):
    """Any error that wireroom raises on purpose; its text is a sentence for a person."""


class ConfigError(WireroomError):
    """A setting is wrong or missing; the text names it and says what to write."""


class CommandError(WireroomError):
    """A command cannot be carried out; the text is shown to the person who typed it."""


class FeedError(WireroomError):
    """A feed could not be read this time.

    The text says what happened and what to do, in words for the person who added the feed.
    It never tells whether an address inside a private network answered.
    """

    def __init__(self, reason: str, *, retry_after: timedelta | None = None) -> None:
        """Take the sentence, and how long the site asked to be left alone, if it did."""
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class HostBusy(FeedError):
    """The host said 429 or 503 with Retry-After: every feed of this host waits.

    ``host`` is the one that answered, after redirects.
    """

    def __init__(self, reason: str, *, host: str, retry_after: timedelta) -> None:
        """Take the sentence, the host that answered and how long it asked for."""
        super().__init__(reason, retry_after=retry_after)
        self.host = host
        self.wait = retry_after


class NotAFeed(FeedError):
    """The address answers with a web page, which may offer feeds of its own."""


class FeedList(FeedError):
    """The address holds a list of feeds (OPML), which is imported, not added."""


class FeedRefused(FeedError):
    """401 or 403: the person who added the feed is told at once."""


class FeedGone(FeedError):
    """410: the feed has ended for good."""


class DeliveryError(WireroomError):
    """A message could not be posted this time; it is tried again later."""

    def __init__(self, reason: str, *, retry_after: timedelta | None = None) -> None:
        """Take the reason, and how long the platform asked to wait, if it did."""
        super().__init__(reason)
        self.reason = reason
        self.retry_after = retry_after


class Busy(DeliveryError):
    """A rate limit or an outage: the message waits and loses no try.

    With ``everywhere`` the whole platform waits, else only this target.
    """

    def __init__(self, reason: str, *, retry_after: timedelta, everywhere: bool = False) -> None:
        """Take the reason, how long to wait, and whether other targets wait too."""
        super().__init__(reason, retry_after=retry_after)
        self.wait = retry_after
        self.everywhere = everywhere


class InDoubt(DeliveryError):
    """The request left and no answer came: only the platform knows whether it was posted."""


class Undeliverable(DeliveryError):
    """The platform will never take this message, whatever we try."""


class Refused(Undeliverable):
    """Rules of the channel or platform keep this message out, such as a filter of words or links.

    Whoever set the channel up is told, once a day at most.
    """


class TargetGone(DeliveryError):
    """The channel is gone or closed to us; what waits for it is kept 7 days."""


class StoreError(WireroomError):
    """The database did not take a write; the transaction left nothing behind."""


class DiskFull(StoreError):
    """No room for the database."""


class LeaseLost(StoreError):
    """The lease under which this work was done has passed to another process."""
