"""What can be said of a follow: the options of the commands, and the form with the same questions."""

from __future__ import annotations

from collections.abc import Mapping

from bot.command import Caller, Kind, Option
from bot.commands.channels import phrases
from bot.models import Button, Follow, Rhythm
from bot.query import LIMIT
from bot.reply import Choice, Field, FieldKind, Form

RHYTHMS = (
    Choice("At once", Rhythm.NOW),
    Choice("Every hour", Rhythm.HOURLY),
    Choice("Daily digest", Rhythm.DAILY),
    Choice("Weekly digest", Rhythm.WEEKLY),
)
ME, HERE, ALL = "me", "here", "all"
FLAGS = ("in", "to", "when")
TRIAL = Button("Show what would have matched", "/preview")

WORDS = Option(
    "words",
    Kind.QUERY,
    'What to look for: solid-state battery, lithium, "exact words", -leave out',
    longest=LIMIT,
)
FEED = Option("feed", Kind.FEED, "Look only in this feed; all looks in every feed you can see", flag="in")
TO = Option("to", Kind.CHANNEL, "Send alerts to me or here, or to another channel", flag="to")
WHEN = Option("when", Kind.CHOICE, "At once, every hour, or in a digest", flag="when", choices=RHYTHMS)

_GRAMMAR = (
    'Words: all must appear. Comma: any of. "Quotes": exact phrase. Minus: leave out. '
    "Example: solid-state battery, lithium -stocks"
)


def form(caller: Caller, command: str, title: str, submit: str, values: Mapping[str, str]) -> Form:
    """Ask for all of a follow; ``values`` are what the fields hold now, by the options' names."""
    to = values.get("to", ME)
    return Form(
        title,
        command,
        (
            Field(
                "words",
                "Words to look for",
                value=values.get("words", ""),
                hint=_GRAMMAR,
                required=True,
                longest=LIMIT,
            ),
            Field(
                "feed",
                "In which feed",
                FieldKind.FEED,
                values.get("feed", ""),
                hint="Empty: all feeds you can see.",
            ),
            Field("to", "Send to", FieldKind.CHOICE, to, choices=_places(caller, to)),
            Field("when", "When", FieldKind.CHOICE, values.get("when", Rhythm.NOW.value), choices=RHYTHMS),
        ),
        submit,
        trial=None if command == TRIAL.command else TRIAL,
    )


def _places(caller: Caller, now: str) -> tuple[Choice, ...]:
    places = [Choice("Me, as a direct message", ME)]
    if now not in {ME, HERE}:
        places.append(Choice("The channel where it goes now", now))
    if not caller.direct and now != caller.place.id:
        places.append(Choice("This channel", HERE))
    return tuple(places)


def current(caller: Caller, follow: Follow, feed: str) -> dict[str, str]:
    """Give what a form shows of a follow; ``feed`` is its feed's name, or empty."""
    return {
        "words": follow.typed,
        "feed": feed,
        "to": ME if follow.target == caller.person else phrases.spelled(caller, follow.target),
        "when": follow.rhythm.value,
    }


def written(command: str, values: Mapping[str, str]) -> str:
    """Write a command over a follow as a person would type it."""
    flags = [
        phrases.flag(option.flag or option.name, values[option.name])
        for option in (FEED, TO, WHEN)
        if values.get(option.name)
    ]
    return " ".join([command, *flags, values.get("words", "")]).strip()
