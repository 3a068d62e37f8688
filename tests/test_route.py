"""Which entry goes where."""

from bot.models import Entry, Subscription
from bot.route import FLOOD, FLOOD_POSTED, name, route_new, route_samples


def entries(count: int) -> list[Entry]:
    """Make so many different entries."""
    return [Entry(guid=str(n), title=f"T{n}", link=f"https://a.example/{n}") for n in range(count)]


HERE = Subscription(1, 10)
THERE = Subscription(2, 20)


def test_each_new_entry_goes_to_each_channel_oldest_first() -> None:
    """Every channel that carries the feed gets every new entry, in the order given."""
    found = route_new(entries(2), [HERE, THERE], sent=set())
    assert [(r.entry.guid, r.target_id) for r in found.routes] == [("0", 10), ("0", 20), ("1", 10), ("1", 20)]


def test_a_paused_channel_gets_nothing() -> None:
    """What comes while a feed is paused in a channel is remembered and not posted there."""
    found = route_new(entries(1), [Subscription(1, 10, paused=True), THERE], sent=set())
    assert [r.target_id for r in found.routes] == [20]


def test_one_article_goes_to_a_target_once_whichever_feed_brings_it() -> None:
    """An article that went to a channel lately from any feed is not posted there again, elsewhere it is."""
    (entry,) = entries(1)
    found = route_new([entry], [HERE, THERE], sent={(name(entry) or "", 10)})
    assert [r.target_id for r in found.routes] == [20]


def test_an_article_twice_in_one_document_goes_out_once() -> None:
    """Two guids with one link and title are one article."""
    twice = [Entry("a", "T", "https://a.example/x"), Entry("b", "t ", "http://a.example/x?utm_source=z")]
    assert len(route_new(twice, [HERE], sent=set()).routes) == 1


def test_entries_without_a_link_are_never_taken_for_one_another() -> None:
    """Without a link there is no telling that two entries are one article."""
    same = [Entry("a", "T"), Entry("b", "T")]
    assert len(route_new(same, [HERE], sent=set()).routes) == 2


def test_of_a_flood_the_newest_ten_are_posted_and_the_rest_held() -> None:
    """Fifty new entries are posted; of fifty-one the newest ten are, and forty-one are held."""
    assert len(route_new(entries(FLOOD), [HERE], sent=set()).routes) == FLOOD
    found = route_new(entries(FLOOD + 1), [HERE], sent=set())
    assert [r.entry.guid for r in found.routes] == [
        str(n) for n in range(FLOOD + 1 - FLOOD_POSTED, FLOOD + 1)
    ]
    assert len(found.held) == FLOOD + 1 - FLOOD_POSTED


def test_a_first_poll_posts_the_newest_entry_to_those_who_asked() -> None:
    """The sample is the newest entry, one for each channel that wants it, and nothing else goes out."""
    asks, quiet = Subscription(1, 10, sample=True), Subscription(2, 20)
    found = route_samples(entries(3), [asks, quiet], sent=set())
    assert [(r.entry.guid, r.target_id) for r in found.routes] == [("2", 10)]


def test_a_sample_that_the_channel_has_seen_gives_way_to_the_next() -> None:
    """A channel that got the newest article from another feed gets the one before it as the sample."""
    asks = Subscription(1, 10, sample=True)
    document = entries(2)
    found = route_samples(document, [asks], sent={(name(document[1]) or "", 10)})
    assert [r.entry.guid for r in found.routes] == ["0"]
