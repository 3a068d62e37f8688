"""How a channel wants a feed's posts: one declared schema, which adapters extend by their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.models import Look
from bot.reply import Choice


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that a channel can choose about a feed."""

    name: str
    """As it is written in front of a colon."""
    label: str
    help: str
    choices: tuple[Choice, ...] = ()
    """Empty: any text."""
    default: str = ""


YES, NO = "yes", "no"
_SWITCH = (Choice("No", NO), Choice("Yes", YES))

NAME = Setting("name", "Name shown here", "What the feed is called in this channel; auto: its own title")
STYLE = Setting(
    "style",
    "Style",
    "A card with summary and picture, or one line",
    (Choice("Card", "card"), Choice("Compact: one line", "compact")),
    "card",
)
SILENT = Setting("silent", "Silent", "Post without a notification, where the platform can", _SWITCH, NO)
THREAD = Setting("thread", "In a thread", "Post in a thread, where the platform can", _SWITCH, NO)
MODE = Setting(
    "mode",
    "Posts come",
    "A card for each post at once, or all of a day together",
    (Choice("At once, a card each", "cards"), Choice("Together once a day", "digest")),
    "cards",
)
IMAGE = Setting(
    "image",
    "Picture",
    "Beside the text, large below it, or none",
    (
        Choice("As usual on this platform", "usual"),
        Choice("Small", "small"),
        Choice("Large", "large"),
        Choice("None", "none"),
    ),
    "usual",
)
INTERVAL = Setting(
    "interval",
    "Look for posts every",
    "5m to 7d, or auto: as it publishes. Holds for the feed wherever it posts",
    default="auto",
)

SCHEMA = (NAME, STYLE, SILENT, THREAD, MODE, IMAGE, INTERVAL)
"""In the order of the form. ``name`` is kept with the subscription and ``interval`` with the feed; the rest
in the subscription's settings, where what was never chosen is missing."""

_OURS = frozenset(setting.name for setting in SCHEMA)


def is_ours(name: str) -> bool:
    """Say whether a setting is one of those declared here, for every platform."""
    return name in _OURS


def read(settings: Mapping[str, str]) -> Look:
    """Build the look from a subscription's settings; what is missing or unknown counts as the default."""
    image = settings.get(IMAGE.name, IMAGE.default)
    return Look(
        compact=settings.get(STYLE.name) == "compact",
        silent=settings.get(SILENT.name) == YES,
        thread=settings.get(THREAD.name) == YES,
        image=image if image in {choice.value for choice in IMAGE.choices} else IMAGE.default,
        more=tuple(sorted((name, value) for name, value in settings.items() if name not in _OURS)),
    )
