"""`wireroom match`: which entries of a feed a query finds, and why."""

from __future__ import annotations

import asyncio
import json
import sys

import click

from bot.cli.sources import opened
from bot.errors import WireroomError
from bot.match import Hit, Span, explain
from bot.models import Entry
from bot.query import Query, QueryError, parse
from bot.settings import Settings


class Unreadable(click.ClickException):
    """A query that cannot be read: the sentence, and another status than a feed that cannot."""

    exit_code = 2

    def show(self, file: object = None) -> None:
        """Write the sentence as people are told it everywhere."""
        del file
        click.echo(self.message, err=True)


# A query may begin with a minus, so here nothing but the long options is one.
@click.command(
    short_help="Show which entries a query finds, and why.",
    context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]},
)
@click.argument("query", metavar="QUERY")
@click.argument("sources", nargs=-1, required=True, metavar="SOURCE...")
@click.option(
    "--json", "as_lines", is_flag=True, help="One JSON object for each entry found, on a line of its own."
)
@click.option("--language", metavar="TAG", help="The language of entries that declare none, for example en.")
@click.pass_obj
def match(
    settings: Settings,
    query: str,
    sources: tuple[str, ...],
    as_lines: bool,  # noqa: FBT001 - click's
    language: str | None,
) -> None:
    """Show which entries of feeds a query finds, and why.

    QUERY is what one would follow, in the shell's quotes if it has spaces.
    SOURCE is an address, a file, or - for standard input. Nothing is remembered.
    """
    try:
        wanted = parse(query)
    except QueryError as error:
        raise Unreadable(str(error)) from error
    failed = asyncio.run(_match(settings, wanted, sources, as_lines=as_lines, language=language))
    sys.exit(1 if failed else 0)


async def _match(
    settings: Settings, query: Query, sources: tuple[str, ...], *, as_lines: bool, language: str | None
) -> bool:
    """Print what fits; say whether a source could not be read."""
    failed, known, found = False, 0, 0
    async with opened(settings, sources) as outcomes:
        async for source, outcome in outcomes:
            if isinstance(outcome, WireroomError):
                click.echo(f"{source}: {outcome}", err=True)
                failed = True
                continue
            known += len(outcome.entries)
            for entry in outcome.entries:
                hit = explain(query, entry, entry.language or language)
                if hit is not None:
                    found += 1
                    click.echo(_json(source, entry, hit) if as_lines else _lines(entry, hit))
    if not as_lines:
        click.echo(f"{found} of {known} {'matches' if found == 1 else 'match'}.")
    return failed


def _lines(entry: Entry, hit: Hit) -> str:
    places = dict.fromkeys(span.field.value for span in hit.spans)
    why = f"  {', '.join(hit.words)} ({', '.join(places)})"
    return "\n".join((entry.title, *([f"  {entry.link}"] if entry.link else []), why, ""))


def _json(source: str, entry: Entry, hit: Hit) -> str:
    found = {
        "source": source,
        "guid": entry.guid,
        "title": entry.title,
        "link": entry.link,
        "words": hit.words,
        "spans": [_span(entry, span) for span in hit.spans],
    }
    return json.dumps(found, ensure_ascii=False)


def _span(entry: Entry, span: Span) -> dict[str, object]:
    text: str = getattr(entry, span.field.value) or ""
    return {
        "field": span.field.value,
        "start": span.start,
        "end": span.end,
        "text": text[span.start : span.end],
    }


COMMANDS = (match,)
