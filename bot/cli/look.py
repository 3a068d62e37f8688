"""`wireroom preview` and `wireroom doctor`: look before, and look after."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable

import click

from bot import adapter
from bot.adapter import Severity, Ticket
from bot.card import card
from bot.cli.sources import opened
from bot.clock import utc_now
from bot.doctor import examine
from bot.errors import WireroomError
from bot.models import ParsedFeed
from bot.preview import as_json
from bot.settings import Settings, load

DRAWN = 10
SIGNS = {Severity.OK: "ok      ", Severity.WARNING: "look    ", Severity.PROBLEM: "problem "}


@click.command(name="preview")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option(
    "--json", "as_lines", is_flag=True, help="One JSON object for each entry, on a line of its own."
)
@click.option("--count", default=DRAWN, show_default=True, help="Cards shown for each feed; 0 for all.")
@click.pass_obj
def preview_(settings: Settings, sources: tuple[str, ...], as_lines: bool, count: int) -> None:  # noqa: FBT001 - click's
    """Show feeds as the cards they would become.

    SOURCE is an address, a file, or - for standard input. Nothing is remembered and nothing posted.
    """
    failed = asyncio.run(_preview(settings, sources, _print_json if as_lines else None, count))
    sys.exit(1 if failed else 0)


Print = Callable[[str, ParsedFeed | WireroomError], None]


async def _preview(settings: Settings, sources: tuple[str, ...], lines: Print | None, count: int) -> bool:
    failed = False
    async with opened(settings, sources) as found:
        async for source, outcome in found:
            failed = failed or isinstance(outcome, WireroomError)
            if lines:
                lines(source, outcome)
            else:
                await _draw(source, outcome, count)
    return failed


def _print_json(source: str, outcome: ParsedFeed | WireroomError) -> None:
    if isinstance(outcome, WireroomError):
        click.echo(json.dumps({"source": source, "error": str(outcome)}, ensure_ascii=False))
        return
    for entry in outcome.entries:
        click.echo(json.dumps(as_json(source, outcome.title, entry), ensure_ascii=False))


async def _draw(source: str, outcome: ParsedFeed | WireroomError, count: int) -> None:
    if isinstance(outcome, WireroomError):
        click.echo(f"{source}: {outcome}", err=True)
        return
    kind = adapter.installed()["terminal"]
    shown = outcome.entries[:count] if count else outcome.entries
    now = utc_now()
    async with kind(load(kind.Settings)) as terminal:
        target = kind.target("preview")
        for entry in shown:
            drawn = card(entry, source=outcome.title or source, source_link=outcome.link, now=now)
            await terminal.post(target, drawn, Ticket("preview", 1, now))
    left = len(outcome.entries) - len(shown)
    more = f", the first {len(shown)} shown (--count 0 shows all)" if left else ""
    click.echo(f"{outcome.title or source}: {len(outcome.entries)} entries{more}.")


@click.command(short_help="Check everything, and say what to do.")
@click.pass_obj
def doctor(settings: Settings) -> None:
    """Check settings, database, clock, feeds and adapters, and say what to do."""
    worst = Severity.OK
    for finding in asyncio.run(examine(settings)):
        click.echo(f"{SIGNS[finding.severity]}{finding.text}")
        if finding.severity is Severity.PROBLEM:
            worst = Severity.PROBLEM
    sys.exit(1 if worst is Severity.PROBLEM else 0)


COMMANDS = (preview_, doctor)
