"""What was measured, as lines of a table in Markdown."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from bench.fanout import FannedOut
from bench.latency import Latencies
from bench.matching import Matched
from bench.memory import Resident
from bench.side import Spent


def ratio(name: str, floor_name: str, floor: Sequence[Spent], bot: Sequence[Spent]) -> str:
    """Compare rates per CPU second: medians, and the range of the rounds' own ratios."""
    low, ours = _median_rate(floor), _median_rate(bot)
    each = sorted(our.rate / their.rate for our, their in zip(bot, floor, strict=True))
    workers = statistics.median(spent.workers / (spent.cpu + spent.workers) for spent in bot)
    share = f", {workers:.0%} of it in the workers" if workers else ""
    wall = statistics.median(spent.done / spent.wall for spent in bot)
    return (
        f"| {name} | {floor_name} | {low:,.0f} | {ours:,.0f} | **{ours / low:.2f}** "
        f"({each[0]:.2f} to {each[-1]:.2f}) | {wall:,.0f} a second on the clock{share} |"
    )


def _median_rate(rounds: Sequence[Spent]) -> float:
    return statistics.median(spent.rate for spent in rounds)


def latencies(seen: Latencies) -> str:
    """Give median and 99th percentile in milliseconds."""
    rows = (
        ("parsed document to the card's post", seen.post),
        ("our parse, to its worker and back", seen.parse),
        ("feedparser alone", seen.feedparser),
    )
    return "\n".join(
        f"| {name} | {len(seconds)} | {_ms(statistics.median(seconds))} | {_ms(_percentile(seconds, 99))} |"
        for name, seconds in rows
    )


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def _percentile(seconds: Sequence[float], percent: int) -> float:
    return statistics.quantiles(seconds, n=100, method="inclusive")[percent - 1]


def memory(seen: Resident, *, feeds: int) -> str:
    """Give resident memory in MiB."""
    workers = " + ".join(f"{size:.0f}" for size in seen.workers)
    return f"| {feeds:,} feeds | {seen.bot:.0f} MiB | {workers} MiB |"


def fanned_out(seen: FannedOut) -> str:
    """Give seconds beside the least that Discord's limit allows."""
    return (
        f"| {seen.channels:,} channels, answers in {seen.delay * 1000:.0f} ms | {seen.took:.2f} s "
        f"| **{seen.ratio:.3f}** of the limit | {seen.limited} times 429 |"
    )


def matching(seen: Matched) -> str:
    """Give microseconds for an article, beside its folding alone and beside an automaton."""
    least = min(seen.index)
    rows = [
        f"| {size:,} | {seen.distinct[size]:,} | {seen.hits[size]:,.0f} | {_us(seconds)} "
        f"| {seconds / seen.floor:.1f} | {seconds / seen.index[least]:.1f} | {_us(seen.automaton[size])} |"
        for size, seconds in seen.index.items()
    ]
    return "\n".join(
        [*rows, f"folding and stemming alone {_us(seen.floor)}; {seen.bytes_each:.0f} B a follow"]
    )


def _us(seconds: float) -> str:
    return f"{seconds * 1_000_000:,.0f} µs"
