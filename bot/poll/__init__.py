"""The way from a feed's site to the queue: due feeds are claimed, fetched, and what is new is routed."""

from __future__ import annotations

from bot.poll.poller import PLACES, Poller

__all__ = ["PLACES", "Poller"]
