"""What an article is called where it has no title to show."""

from __future__ import annotations

from bot.models import Card
from bot.text import clean

UNTITLED = "(no title)"


def heading(card: Card) -> str:
    """Give the first that shows anything: its title, its feed, its address."""
    return clean(card.title) or clean(card.source) or clean(card.link or "") or UNTITLED
