"""What the sample site has to say: invented articles about invented firms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count


@dataclass(frozen=True, slots=True)
class Article:
    """One article as its publisher wrote it."""

    slug: str
    title: str
    author: str
    summary: str
    alt: str | None


OLDER = (
    Article(
        "harbour-cranes-learn-to-share",
        "Harbour cranes learn to share one power line",
        "Ines Okafor",
        "Six cranes at the port of Sandvik now draw from one cable; power semiconductors let them take "
        "turns by the millisecond. The port says that its peak load fell by a third.",
        "Two harbour cranes at dusk, their booms raised",
    ),
    Article(
        "glass-that-remembers-heat",
        "Glass that remembers heat goes into its first office tower",
        "Tomasz Wren",
        "The panes store the afternoon’s warmth and give it back after dark. Lumen Glazing has fitted four "
        "floors in Tallinn. Tenants may switch their windows off, and some already do.",
        "A glass façade with evening light behind it",
    ),
    Article(
        "tidal-kite-passes-first-winter",
        "A tidal kite passes its first winter",
        "Maren Solberg",
        "The tethered turbine off the Faroes came through eleven storms with one torn seal. Its makers now "
        "want to fly three at a time, on tethers that talk to each other.",
        None,
    ),
    Article(
        "small-chips-large-kitchens",
        "Small chips for large kitchens",
        "Ines Okafor, Paul Adeyemi",
        "Canteens waste a fifth of what they cook. A sensor of the size of a coin, built on a "
        "semiconductor process of fifteen years ago, counts the plates that come back. The first "
        "hundred kitchens report less waste by half.",
        "A row of steel counters in a canteen kitchen",
    ),
    Article(
        "old-satellite-new-job",
        "An old satellite finds a new job as a lighthouse",
        "Yuki Brandt",
        "Out of fuel but not out of power, the weather satellite Halo-3 now sends a steady tone by which "
        "others check their clocks. Its semiconductors, hardened against rays, are good for twenty years.",
        "Drawing of a satellite with one long antenna",
    ),
)
"""Oldest first: what is there before the bot looks for the first time."""

COMING = (
    Article(
        "semiconductor-plant-reuses-its-water",
        "A semiconductor plant learns to drink its own water",
        "Ines Okafor",
        "Norvik Silicon cleans and reuses 94 per cent of the water that its semiconductor lines need. The "
        "filters come from a dairy. The town below the plant will notice first: its river rises again.",
        "Pipes and tanks in a bright factory hall",
    ),
    Article(
        "battery-that-likes-the-cold",
        "A battery that likes the cold",
        "Tomasz Wren",
        "Researchers in Luleå let salt do what lithium will not below minus thirty. The cells hold nine "
        "tenths of their charge. Snowploughs are to try them before cars do.",
        "A snowplough on a dark road",
    ),
    Article(
        "court-clears-repair-robots",
        "Court clears repair robots for bridges",
        "Paul Adeyemi",
        "The judges found no rule by which only people may climb. The robots may tighten bolts and look "
        "for cracks; a person signs. Bridge owners had waited two years for the sentence.",
        None,
    ),
    Article(
        "open-maps-of-the-sea-floor",
        "Half of the sea floor is now on an open map",
        "Maren Solberg",
        "Fishing boats, ferries and one sailing school sent in their soundings, taken with a new echo "
        "sounder on one cheap semiconductor. The map shows 1,100 mountains without a name.",
        "A relief map of the ocean floor in blue",
    ),
    Article(
        "compiler-for-looms",
        "A compiler for looms",
        "Yuki Brandt",
        "Weavers in Porto write patterns as programs, and the compiler <refuses> those that would tear. It "
        "is free, it is 4,000 lines long, and its error messages are in verse.",
        "Threads on a loom in three colours",
    ),
    Article(
        "chip-shortage-ends-for-hearing-aids",
        "The chip shortage ends, at least for hearing aids",
        "Ines Okafor",
        "Makers of hearing aids share one semiconductor design since June. What one of them cannot sell, "
        "another may. Waiting times fell from nine weeks to one.",
        "A hearing aid on a fingertip",
    ),
    Article(
        "night-trains-book-as-one",
        "Night trains of nine countries can be booked as one",
        "Paul Adeyemi",
        "One ticket, one complaint desk, one breakfast. The railways agreed on the format of the data first "
        "and on everything else within a month.",
        "A sleeping car at a platform before sunrise",
    ),
    Article(
        "quantum-clock-in-a-suitcase",
        "A quantum clock in a suitcase",
        "Maren Solberg",
        "It loses a second in thirty million years, and its semiconductor laser is a grain of rice. "
        "Geologists carry it up volcanoes, to feel the rock rise by a hand’s breadth.",
        None,
    ),
)

RELEASES = (
    ("Sparrow 4.2.0", "Faster start, and a fix for feeds that name themselves twice."),
    ("Sparrow 4.2.1", "A release for those who write dates by hand."),
    ("Sparrow 4.3.0", "Pictures may now have descriptions. Please write some."),
)

NOTES = ("semiconductors are quiet today", "still nothing broken", "batteries are charged")


def coming() -> Iterator[Article]:
    """Give article after article, and when they run out, a numbered note from the newsroom."""
    yield from COMING
    for number in count(1):
        yield Article(
            f"note-{number}",
            f"Note {number} from the newsroom: {NOTES[number % len(NOTES)]}",
            "The night desk",
            "The sample articles are used up, so this is the night desk reporting that the wire is up. "
            "Press Ctrl-C whenever you have seen enough.",
            "A desk lamp over an empty desk",
        )
