"""`python -m bench`: measure everything and print what docs/performance.md quotes."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from http import HTTPStatus
from pathlib import Path

from bench import report
from bench.document import host
from bench.fanout import fan_out
from bench.first import first_polls
from bench.floor import gets, parses
from bench.latency import latencies
from bench.machine import describe
from bench.matching import matching
from bench.memory import resident
from bench.polls import Plan, polls
from bench.side import Opens, Side, Spent, compare
from bench.site import Site

ROUNDS = 5
FIRST_ROUNDS = 3
DELAYS = (0.0, 0.25)
"""Seconds in which Discord answers a post."""


def main() -> None:
    """Run all measurements, or those named, one after the other."""
    arguments = _arguments()
    tenth = 10 if arguments.quick else 1
    with (
        tempfile.TemporaryDirectory(prefix="wireroom-bench-", dir=arguments.directory) as directory,
        Site() as site,
    ):
        place = Path(directory)
        measurements: dict[str, Callable[[], str]] = {
            "unchanged": partial(unchanged, place, site, count=2_000 // tenth),
            "same": partial(same, place, site, count=2_000 // tenth),
            "first": partial(first, place, site, count=100 // tenth),
            "latency": partial(latency, place, site, cards=200 // tenth),
            "memory": partial(memory, place, site, count=10_000 // tenth),
            "fanout": partial(fanout, place, site, channels=1_000 // tenth),
            "matching": partial(match, sizes=tuple(size // tenth for size in (1_000, 100_000, 1_000_000))),
        }
        print(describe(place), flush=True)
        for name in arguments.names or measurements:
            print(measurements[name](), flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="unchanged, same, first, latency, memory, fanout, matching"
    )
    parser.add_argument("--quick", action="store_true", help="a tenth of the work, for a first look")
    parser.add_argument("--directory", type=Path, help="where the databases are made: on the disk to measure")
    return parser.parse_args()


def unchanged(place: Path, site: Site, *, count: int) -> str:
    """Compare polls that answer 304 with bare conditional GETs."""
    plan = Plan(place, site.port, count, "unchanged", "not_modified")
    status = HTTPStatus.NOT_MODIFIED
    floor, bot = _against(partial(gets, _urls(site, plan), status), partial(polls, plan), rounds=ROUNDS)
    _assert_asked(site, plan, status, 2 * (ROUNDS + 1) * count)
    return report.ratio("unchanged polls (304)", "bare aiohttp GET", floor, bot)


def same(place: Path, site: Site, *, count: int) -> str:
    """Compare polls that bring the body the bot has already with bare GETs of it."""
    plan = Plan(place, site.port, count, "same", "same_body")
    status = HTTPStatus.OK
    floor, bot = _against(partial(gets, _urls(site, plan), status), partial(polls, plan), rounds=ROUNDS)
    _assert_asked(site, plan, status, 2 * (ROUNDS + 1) * count)
    return report.ratio("same body (200)", "bare aiohttp GET", floor, bot)


def first(place: Path, site: Site, *, count: int) -> str:
    """Compare first polls, in the bot and its workers together, with feedparser alone."""
    plan = Plan(place, site.port, count, "first", "first")
    floor, bot = _against(partial(parses, count), partial(first_polls, plan), rounds=FIRST_ROUNDS)
    _assert_asked(site, plan, HTTPStatus.OK, (FIRST_ROUNDS + 1) * count)
    return report.ratio("first polls", "feedparser alone", floor, bot)


def latency(place: Path, site: Site, *, cards: int) -> str:
    """Time the way from the parsed document to the card."""
    return report.latencies(asyncio.run(latencies(place, site.port, cards=cards)))


def memory(place: Path, site: Site, *, count: int) -> str:
    """Weigh the bot with many feeds."""
    return report.memory(resident(place, site, count=count), feeds=count)


def fanout(place: Path, site: Site, *, channels: int) -> str:
    """Post one article in many channels of Discord, whose answers take no time or some."""
    return "\n".join(
        report.fanned_out(fan_out(place, site.port, channels=channels, delay=delay)) for delay in DELAYS
    )


def match(*, sizes: Sequence[int]) -> str:
    """Match articles against many follows."""
    return report.matching(matching(sizes))


def _urls(site: Site, plan: Plan) -> list[str]:
    return [f"http://{host(feed)}:{site.port}/{plan.page}" for feed in range(plan.count)]


def _against(floor: Opens, bot: Opens, *, rounds: int) -> tuple[list[Spent], list[Spent]]:
    with Side(floor) as low, Side(bot) as ours:
        return compare(low, ours, rounds=rounds)


def _assert_asked(site: Site, plan: Plan, status: HTTPStatus, times: int) -> None:
    counts = site.counts()
    assert counts[f"/{plan.page}", status] == times, counts


if __name__ == "__main__":
    main()
