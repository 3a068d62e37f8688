"""Which entry goes where."""

import pytest

from bot.models import Entry, Rhythm, Subscription
from bot.route import FLOOD, FLOOD_POSTED, Wish, name, posted, route_new, route_samples


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


def test_a_follow_gets_its_entry() -> None:
    """A target that follows words gets what matches them, after the channels that carry the feed."""
    one, two = entries(2)
    found = route_new([one, two], [HERE], sent=set(), wishes={two.guid: [Wish(5, 30, Rhythm.DAILY)]})
    assert [(r.entry.guid, r.target_id, r.alert) for r in found.routes] == [
        ("0", 10, False),
        ("1", 10, False),
        ("1", 30, True),
    ]
    assert (found.routes[2].rhythm, found.routes[2].follows) == (Rhythm.DAILY, (5,))


@pytest.mark.parametrize("first", list(Rhythm))
@pytest.mark.parametrize("second", list(Rhythm))
def test_the_soonest_rhythm_counts(first: Rhythm, second: Rhythm) -> None:
    """Of two follows of one target the entry goes out once, when the sooner wants it, for both."""
    (entry,) = entries(1)
    found = route_new([entry], [], sent=set(), wishes={"0": [Wish(5, 30, first), Wish(6, 30, second)]})
    (route,) = found.routes
    order = [Rhythm.NOW, Rhythm.HOURLY, Rhythm.DAILY, Rhythm.WEEKLY]
    assert order.index(route.rhythm) == min(order.index(first), order.index(second))
    assert route.follows == (5, 6)


def test_a_channel_in_digest_mode_is_hurried_by_a_follow() -> None:
    """A post that would wait for the channel's list comes when a follow there wants it, and stays a post."""
    (entry,) = entries(1)
    daily = Subscription(1, 10, digest=True)
    (alone,) = route_new([entry], [daily], sent=set()).routes
    (both,) = route_new([entry], [daily], sent=set(), wishes={"0": [Wish(5, 10, Rhythm.NOW)]}).routes
    assert (alone.rhythm, alone.alert) == (Rhythm.DAILY, False)
    assert (both.rhythm, both.alert, both.follows) == (Rhythm.NOW, False, (5,))


def test_an_article_that_was_there_goes_by_the_side() -> None:
    """What a target had lately is not sent, but named, in case that it still waits and is wanted sooner."""
    (entry,) = entries(1)
    there = (name(entry) or "", 30)
    found = route_new([entry], [HERE], sent={there}, wishes={"0": [Wish(5, 30, Rhythm.NOW)]})
    assert [r.target_id for r in found.routes] == [10]
    assert [r.target_id for r in found.again] == [30]


def test_what_a_flood_holds_back_alerts_nobody() -> None:
    """Of a flood only what is posted can alert."""
    new = entries(FLOOD + 1)
    assert len(posted(new)) == FLOOD_POSTED
    wishes = {entry.guid: [Wish(5, 30, Rhythm.NOW)] for entry in new}
    assert len(route_new(new, [], sent=set(), wishes=wishes).routes) == FLOOD_POSTED
