"""What a keyword finds: a table of cases, each a query, an article and whether they meet."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from html import escape
from pathlib import Path

import pytest

from bot.match import Matcher, explain
from bot.models import Entry
from bot.parse import parse_document
from bot.query import QueryError, parse

TABLE = Path(__file__).parent / "data" / "matching.tsv"


@dataclass(frozen=True, slots=True)
class Case:
    """One line of the table."""

    query: str
    language: str
    title: str
    summary: str
    expected: str
    why: str

    @property
    def entry(self) -> Entry:
        """The article as it comes out of a feed."""
        item = f"<title>{escape(self.title)}</title><description>{escape(self.summary)}</description>"
        document = (
            f'<rss version="2.0"><channel><title>T</title><language>{self.language}</language>'
            f"<item><guid>1</guid>{item}</item></channel></rss>"
        )
        feed = parse_document(document.encode(), address="https://news.example/feed", content_type=None)
        return feed.entries[0]


def cases() -> list[Case]:
    """Read the table."""
    with TABLE.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(lines)
        return [Case(*line) for line in lines if not line[0].startswith("# ")]


@pytest.mark.parametrize("case", cases(), ids=lambda case: f"{case.query} ~ {case.title}")
def test_a_case_comes_out_as_the_table_says(case: Case) -> None:
    """A query finds an article, finds it not, or is refused, by itself and through the index alike."""
    if case.expected == "error":
        with pytest.raises(QueryError):
            parse(case.query)
        return
    query, entry = parse(case.query), case.entry
    index = Matcher()
    index.add(1, query)
    expected = {"yes": True, "no": False}[case.expected]
    assert (explain(query, entry) is not None) is expected, case.why
    assert index.match(entry) == [1] * expected, case.why
