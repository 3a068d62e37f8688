"""What is new in a document, and what only looks it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from bot.models import Entry, Image
from bot.novelty import Known, Verdict, judge, link_mark, oldest_first, title_mark

SEEN = datetime(2026, 1, 1, tzinfo=UTC)


def entry(
    guid: str, title: str = "A title", link: str | None = "https://a.example/x", **more: object
) -> Entry:
    """Make an entry with whatever the test is not about filled in."""
    return Entry(guid=guid, title=title, link=link, **more)  # type: ignore[arg-type]  # test's own words


def known(e: Entry, *, number: int = 1) -> Known:
    """Remember an entry as the store does."""
    return Known(
        id=number,
        guid=e.guid,
        link_mark=link_mark(e.link),
        title_mark=title_mark(e.title),
        seen_day=1,
        first_seen_at=SEEN,
        title=e.title,
        link=e.link,
        image_url=e.image.url if e.image else None,
    )


def verdict(document: list[Entry], store: list[Entry]) -> Verdict:
    """Judge as the poller does, with everything the store could say."""
    memory = [known(e, number=n) for n, e in enumerate(store, start=1)]
    guids = {k.guid: k for k in memory if any(e.guid == k.guid for e in document)}
    unknown = {title_mark(e.title) for e in document if e.guid not in guids}
    alike = [k for k in memory if k.title_mark in unknown]
    counts: dict[str, int] = {}
    for k in memory:
        if k.link_mark:
            counts[k.link_mark] = counts.get(k.link_mark, 0) + 1
    return judge(document, known=guids, alike=alike, link_counts=counts)


def test_new_is_what_is_not_known_whatever_its_date() -> None:
    """An unknown guid is new though it is dated long ago; a known one is not though it is dated tomorrow."""
    old = entry("old", "Old", "https://a.example/old", published=SEEN - timedelta(days=999))
    dated = entry("k", published=SEEN + timedelta(days=1))
    found = verdict([dated, old], [entry("k")])
    assert [e.guid for e in found.new] == ["old"]


def test_a_new_guid_for_a_known_link_and_title_is_the_same_entry() -> None:
    """A re-keyed article is adopted silently when its old guid is gone from the document."""
    found = verdict([entry("new-key")], [entry("old-key")])
    assert found.new == ()
    assert [change.known.guid for change in found.adopted] == ["old-key"]


def test_http_to_https_and_tracking_make_no_new_entry() -> None:
    """A scheme that became secure and tracking parameters do not change what article a link names."""
    found = verdict(
        [entry("b", link="https://a.example/x?utm_source=rss")], [entry("a", link="http://a.example/x")]
    )
    assert found.new == ()


def test_a_site_that_moved_to_another_host_is_recognised() -> None:
    """Same paths and titles on another host, with nothing left on the old one, are known entries."""
    store = [entry(f"https://old.example/{n}", f"Title {n}", f"https://old.example/{n}") for n in range(3)]
    moved = [entry(f"https://new.example/{n}", f"Title {n}", f"https://new.example/{n}") for n in range(3)]
    assert verdict(moved, store).new == ()


def test_the_same_path_on_another_host_is_new_while_the_old_host_is_here() -> None:
    """A planet feed carries many hosts: /1.0 of one project is not /1.0 of another."""
    store = [entry("a", "1.0", "https://a.example/1.0"), entry("a2", "2.0", "https://a.example/2.0")]
    document = [entry("b", "1.0", "https://b.example/1.0"), store[1]]
    assert [e.guid for e in verdict(document, store).new] == ["b"]


def test_a_guid_still_in_the_document_is_another_entry() -> None:
    """Two items with one link and title side by side are two entries."""
    found = verdict([entry("a"), entry("b")], [entry("a")])
    assert [e.guid for e in found.new] == ["b"]


def test_a_link_that_known_entries_share_is_no_mark() -> None:
    """A status page gives all items one link: a second outage with a known title is new."""
    store = [entry("1", "Outage"), entry("2", "Resolved")]
    assert [e.guid for e in verdict([entry("3", "Outage")], store).new] == ["3"]


def test_a_title_that_known_entries_share_is_no_mark() -> None:
    """A daily column has one title: the next one is new."""
    store = [entry(str(n), "Daily", f"https://a.example/{n}") for n in range(2)]
    assert [e.guid for e in verdict([entry("9", "Daily", "https://a.example/1")], store).new] == ["9"]


def test_one_known_entry_is_adopted_once() -> None:
    """Of two new guids that look like one known entry, the second is new."""
    found = verdict([entry("b"), entry("c")], [entry("a")])
    assert (len(found.adopted), len(found.new)) == (1, 1)


def test_title_link_and_image_are_what_a_correction_can_change() -> None:
    """A new title, link or picture is a change; another summary, or a picture's query, is none."""
    before = entry("a", image=Image("https://i.example/p.jpg?itok=1"), summary="one")
    for after, changed in (
        (replace(before, title="Another"), True),
        (replace(before, link="https://a.example/y"), True),
        (replace(before, image=Image("https://i.example/q.jpg")), True),
        (replace(before, image=Image("https://i.example/p.jpg?itok=2")), False),
        (replace(before, image=None), False),
        (replace(before, summary="two"), False),
        (replace(before, link="http://a.example/x?utm_medium=feed"), False),
    ):
        assert bool(verdict([after], [before]).changed) is changed, after


def test_an_entry_whose_texts_are_dropped_is_never_a_change() -> None:
    """What is kept as identity only cannot be compared, so it is the same."""
    bare = replace(known(entry("a")), title=None, link=None, image_url=None)
    found = judge([entry("a", "Quite another")], known={"a": bare}, alike=[], link_counts={})
    assert (found.changed, len(found.same)) == ((), 1)


def test_oldest_comes_first_by_date_or_else_the_document_turned_round() -> None:
    """Dates order entries only where all have one."""
    first, second = entry("1", published=SEEN), entry("2", published=SEEN + timedelta(hours=1))
    undated = entry("3")
    assert [e.guid for e in oldest_first([first, second])] == ["1", "2"]
    assert [e.guid for e in oldest_first([second, first])] == ["1", "2"]
    assert [e.guid for e in oldest_first([first, undated, second])] == ["2", "3", "1"]


entries = st.builds(
    entry,
    guid=st.sampled_from("abcdef"),
    title=st.sampled_from(["One", "Two", "one "]),
    link=st.sampled_from(["https://a.example/1", "https://a.example/2", "https://b.example/1", None]),
)
documents = st.lists(entries, max_size=6, unique_by=lambda e: e.guid)


@given(documents, documents)
def test_every_entry_of_a_document_has_one_place_in_the_verdict(
    document: list[Entry], store: list[Entry]
) -> None:
    """New, changed, adopted or the same: none is lost, none counted twice, no known one used twice."""
    found = verdict(document, store)
    assert len(found.new) + len(found.known) == len(document)
    assert len({k.id for k in found.known}) == len(found.known)


@given(documents)
def test_a_document_seen_before_brings_nothing(document: list[Entry]) -> None:
    """What was remembered from a document is known whole when it comes again, in any order."""
    found = verdict(document[::-1], document)
    assert (found.new, found.changed, found.adopted) == ((), (), ())
