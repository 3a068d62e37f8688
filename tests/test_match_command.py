"""`wireroom match` as a person types it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import wireroom
from bot.query import QueryError, parse
from tests.documents import Item, rss


async def test_the_command_says_which_and_why(tmp_path: Path) -> None:
    """`wireroom match` shows what a query finds and where, counts it, and goes on after a bad source."""
    feed = tmp_path / "feed.xml"
    feed.write_bytes(
        rss(Item(1, title="Tide turns"), Item(2, title="Rye", summary="Peru’s tides"), Item(3, title="Wheat"))
    )
    shown = await typed("match", "tide", str(feed))
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert shown.stdout.splitlines() == [
        *("Tide turns", "  https://news.example/articles/1", "  Tide (title)", ""),
        *("Rye", "  https://news.example/articles/2", "  tides (summary)", ""),
        "2 of 3 match.",
    ]
    lines = await typed("match", "peru", "missing.xml", str(feed), "--json")
    assert lines.exit_code == 1
    assert lines.stderr.startswith("missing.xml: ")
    assert [json.loads(line)["spans"] for line in lines.stdout.splitlines()] == [
        [{"field": "summary", "start": 0, "end": 4, "text": "Peru"}]
    ]
    german = await typed("match", "tid", str(feed), "--language", "de")
    assert german.stdout.endswith("2 of 3 match.\n")


@pytest.mark.parametrize("query", ["-tesla", "(tide)", '"tide', "the", "-help"])
async def test_the_command_refuses_what_it_cannot_read(query: str) -> None:
    """A query that cannot be read ends with status 2 and its sentence, before any source is looked at."""
    refused = await typed("match", query, "missing.xml")
    assert refused.exit_code == 2
    assert refused.stdout == ""
    with pytest.raises(QueryError) as caught:
        parse(query)
    assert refused.stderr == f"{caught.value}\n"


async def typed(*words: str) -> Result:
    """Type a command."""
    return await asyncio.to_thread(CliRunner(env={"WIREROOM_PARSERS": "1"}).invoke, wireroom, words)
