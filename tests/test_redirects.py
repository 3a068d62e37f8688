"""Where a fetch may be led: redirects, names that change their mind, and private space."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from yarl import URL

from bot.errors import FeedError, HostBusy
from bot.fetch import Fetched, Fetcher, NotModified, Validators, next_hop
from bot.guard import Guard
from bot.reasons import LED_INSIDE
from tests.loopback.names import Names
from tests.loopback.site import Answer, Site

NOW = datetime(2026, 4, 16, 8, 0, tzinfo=UTC)
RSS = b"<rss version='2.0'><channel/></rss>"
ANYWHERE = "0.0.0.0"  # noqa: S104 - connected to, not bound
"""Connecting here really leads to the servers on 127.0.0.1: only the guard stands in between."""
INSIDE = "That address points inside this server's own network, so I won't fetch it. An operator can allow it"


def fetcher(
    *allow: str, ports: tuple[int, ...] = (), names: Names | None = None, timeout: float = 10
) -> Fetcher:
    """A Fetcher with an allow list and no pauses."""
    return Fetcher(
        Guard(allow, (80, 443, *ports)),
        user_agent="wireroom/test",
        timeout=timedelta(seconds=timeout),
        pause=timedelta(0),
        resolver=names,
    )


async def refusal(fetches: Fetcher, address: str) -> str:
    """The sentence with which an address is refused."""
    with pytest.raises(FeedError) as refused:
        await fetches.fetch(address)
    return refused.value.reason


@pytest.mark.parametrize(
    ("statuses", "moved"),
    [
        ([301], True),
        ([308], True),
        ([301, 308, 301], True),
        ([302], False),
        ([303], False),
        ([307], False),
        ([301, 302], False),
        ([302, 301], False),
        ([301, 301, 301, 301, 301], True),
    ],
)
async def test_moved_for_good(statuses: list[int], *, moved: bool) -> None:
    """Up to five redirects are followed; the address moves only where every one was permanent."""
    async with Site() as site, fetcher(site.host) as fetches:
        for number, status in enumerate(statuses):
            site.redirect(f"/{number}", f"/{number + 1}", status)
        end = f"/{len(statuses)}"
        site.respond(end, Answer(RSS, etag='"1"'))
        answer = await fetches.fetch(site.url("/0"))
        unchanged = await fetches.fetch(site.url("/0"), Validators('"1"'))
    assert isinstance(answer, Fetched)
    assert isinstance(unchanged, NotModified)
    assert (answer.body, answer.url) == (RSS, site.url(end))
    assert answer.moved_to == unchanged.moved_to == (site.url(end) if moved else None)


async def test_validators_go_along() -> None:
    """Validators are sent to the end of the trip, from where they came, also on another host."""
    async with Site() as first, Site() as second, fetcher(first.host, second.host) as fetches:
        first.redirect("/", second.url("/feed"))
        second.respond("/feed", Answer(RSS, etag='"1"'))
        answer = await fetches.fetch(first.url(), Validators('"1"'))
    assert isinstance(answer, NotModified)


async def test_too_many() -> None:
    """A sixth redirect is not followed."""
    async with Site() as site, fetcher(site.host) as fetches:
        for number in range(6):
            site.redirect(f"/{number}", f"/{number + 1}")
        assert await refusal(fetches, site.url("/0")) == "The site sends readers on more than 5 times."
    assert len(site.requests) == 6


async def test_circle() -> None:
    """A circle is noticed at its first repetition."""
    async with Site() as site, fetcher(site.host) as fetches:
        site.redirect("/a", "/b", 301)
        site.redirect("/b", "/a#again", 301)
        assert (await refusal(fetches, site.url("/a"))).startswith(
            "The site sends readers round in a circle."
        )
    assert len(site.requests) == 2


@pytest.mark.parametrize(
    ("location", "sentence"),
    [
        ("", "The site sends readers elsewhere without saying where (302)."),
        ("http://[::1", "The site sends readers on to an address that can't be read."),
        ("file:///etc/passwd?canary", "The site sends readers on to an address that can't be read."),
        ("http://u:canary@example.com/", "The site sends readers on to an address that can't be read."),
        ("http://0x7f.1/canary", "The site sends readers on to an address that can't be read."),
    ],
)
async def test_malformed_location(location: str, sentence: str) -> None:
    """A redirect to nowhere has its sentence, which repeats nothing of it."""
    async with Site() as site, fetcher(site.host) as fetches:
        site.redirect("/", location)
        assert await refusal(fetches, site.url()) == sentence


@pytest.mark.parametrize(
    ("location", "end"),
    [
        ("other.xml", "https://example.com/a/other.xml"),
        ("/other.xml", "https://example.com/other.xml"),
        ("//cdn.example.com/x", "https://cdn.example.com/x"),
        ("?page=2", "https://example.com/a/feed.xml?page=2"),
        ("https://EXAMPLE.com:443", "https://example.com/"),
        (" https://example.com/b c#d ", "https://example.com/b%20c"),
    ],
)
def test_relative_location(location: str, end: str) -> None:
    """A Location is read relative to where it was said, and as loosely as sites write it."""
    assert str(next_hop(URL("https://example.com/a/feed.xml"), location)) == end


def test_never_from_https_to_http() -> None:
    """From https a redirect never leads to http; the other way is welcome."""
    with pytest.raises(FeedError, match="from https on to plain http"):
        next_hop(URL("https://example.com/"), "http://example.com/")
    assert next_hop(URL("http://example.com/"), "https://example.com/").scheme == "https"


@given(st.text() | st.text().map("//{}".format) | st.text().map("https://{}".format))
def test_any_location(location: str) -> None:
    """Whatever a Location holds, it leads to an address or raises FeedError, and never to http."""
    try:
        assert next_hop(URL("https://example.com/a"), location).scheme == "https"
    except FeedError:
        return


async def test_time_limit_of_a_trip() -> None:
    """All redirects together share one time limit, also from host to host."""
    async with Site() as first, Site() as second, fetcher(first.host, second.host, timeout=0.3) as fetches:
        first.respond("/", Answer(status=302, headers={"Location": second.url()}, delay=0.2))
        second.respond("/", Answer(RSS, delay=0.2))
        assert await refusal(fetches, first.url()) == "The site didn't answer in 0.3 seconds."


async def test_busy_host_behind_a_redirect() -> None:
    """The host that asks for a rest is the one that answered; the one that led there is still read."""
    async with Site() as first, Site() as second, fetcher(first.host, second.host) as fetches:
        first.redirect("/", second.url())
        first.respond("/own", body=RSS)
        second.respond("/", status=429)
        with pytest.raises(HostBusy) as busy:
            await fetches.fetch(first.url(), now=NOW)
        assert busy.value.host == second.host
        assert isinstance(await fetches.fetch(first.url("/own"), now=NOW), Fetched)
        with pytest.raises(HostBusy):
            await fetches.fetch(first.url(), now=NOW)
    assert len(second.requests) == 1


async def test_name_that_points_inside() -> None:
    """A name that resolves into private space is refused without a connection (trap 11)."""
    async with Site() as site:
        names = Names(
            inside_example=[["127.0.0.1"]], both_example=[["127.0.0.1", "::1"]], any_example=[[ANYWHERE]]
        )
        async with fetcher(ports=(site.port,), names=names) as fetches:
            for name in ("inside.example", "both.example", "any.example"):
                sentence = await refusal(fetches, f"http://{name}:{site.port}/?token=canary")
                assert sentence == f"{INSIDE} with WIREROOM_ALLOW_HOSTS={name}:{site.port}."
    assert not site.requests


async def test_name_that_changes_its_mind() -> None:
    """A name is judged at every connection: allowed a moment ago, refused where it leads now."""
    async with Site() as outside, Site() as inside:
        names = Names(flip_example=[["127.0.0.1"], [ANYWHERE]])
        outside.redirect("/", f"http://flip.example:{inside.port}/")
        inside.respond("/", body=RSS)
        async with fetcher(outside.host, ports=(outside.port, inside.port), names=names) as fetches:
            sentence = await refusal(fetches, f"http://flip.example:{outside.port}/")
    assert sentence == LED_INSIDE
    assert len(outside.requests) == 1
    assert not inside.requests


async def test_redirect_inside() -> None:
    """A redirect inside is refused in the same words whether or not anything answers there.

    They name no setting: what a foreign site sends readers to is nothing to allow.
    """
    async with Site() as site, fetcher(site.host) as fetches:
        async with Site() as inside:
            inside.respond("/", body=RSS)
            site.redirect("/", inside.url("/?token=canary"))
            alive = await refusal(fetches, site.url())
        dead = await refusal(fetches, site.url())
    assert alive == dead == LED_INSIDE
    assert not inside.requests


@pytest.mark.parametrize("address", ["169.254.169.254", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "10.0.0.1"])
async def test_redirect_to_other_forms(address: str) -> None:
    """A redirect to any form of an inside address is refused."""
    async with Site() as site, fetcher(site.host) as fetches:
        site.redirect("/", f"http://{address}/latest/meta-data")
        assert await refusal(fetches, site.url()) == LED_INSIDE


async def test_redirect_to_another_port() -> None:
    """A redirect leads to the usual ports only, as an address that a person gives does."""
    async with Site() as site, fetcher(site.host, names=Names()) as fetches:
        site.redirect("/", "http://example.com:22/")
        assert await refusal(fetches, site.url()) == LED_INSIDE


async def test_named_host() -> None:
    """A host that the operator named may lead inside; no other name to the same place may."""
    async with Site() as site:
        site.respond("/", body=RSS)
        names = Names(wiki_local=[["127.0.0.1"]], other_example=[["127.0.0.1"]])
        async with fetcher(f"wiki.local:{site.port}", ports=(site.port,), names=names) as fetches:
            assert isinstance(await fetches.fetch(f"http://wiki.local:{site.port}/"), Fetched)
            assert (await refusal(fetches, f"http://other.example:{site.port}/")).startswith(INSIDE)
    assert len(site.requests) == 1


async def test_named_host_that_leads_on() -> None:
    """The trust in a named host ends where it sends readers on."""
    async with Site() as wiki, Site() as inside:
        wiki.redirect("/", inside.url())
        names = Names(wiki_local=[["127.0.0.1"]])
        async with fetcher(f"wiki.local:{wiki.port}", names=names) as fetches:
            assert await refusal(fetches, f"http://wiki.local:{wiki.port}/") == LED_INSIDE
    assert not inside.requests


async def test_name_within_an_allowed_network() -> None:
    """A network in the allow list lets names through that lead into it."""
    async with Site() as site:
        site.respond("/", body=RSS)
        names = Names(feeds_lan=[["127.0.0.1"]])
        async with fetcher("127.0.0.0/8", ports=(site.port,), names=names) as fetches:
            assert isinstance(await fetches.fetch(f"http://feeds.lan:{site.port}/"), Fetched)
