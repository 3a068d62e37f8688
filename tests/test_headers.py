"""What headers say: how long to wait, how long an answer stays fresh, who asks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.headers import max_age, retry_after, sendable, user_agent

NOW = datetime(2026, 4, 16, 8, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def fresh(
    *cache_control: str, expires: str | None = None, date: str | None = None, age: str | None = None
) -> timedelta | None:
    """Ask ``max_age`` with only the headers that matter."""
    return max_age(cache_control, expires=expires, date=date, age=age, now=NOW)


@pytest.mark.parametrize(
    ("value", "wait"),
    [
        ("120", timedelta(minutes=2)),
        (" 120 ", timedelta(minutes=2)),
        ("86401", DAY),
        ("9" * 5_000, DAY),
        ("0", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        (None, None),
        ("Thu, 16 Apr 2026 08:10:00 GMT", timedelta(minutes=10)),
        ("Thursday, 16-Apr-26 08:10:00 GMT", timedelta(minutes=10)),
        ("Thu Apr 16 08:10:00 2026", timedelta(minutes=10)),
        ("Thu, 16 Apr 2026 07:59:00 GMT", None),
        ("Thu, 16 Apr 2099 08:00:00 GMT", DAY),
        ("Thu, 99 Apr 2026 08:00:00 GMT", None),
        ("٣", None),
    ],
)
def test_retry_after(value: str | None, wait: timedelta | None) -> None:
    """Retry-After is seconds or a date, at most a day; what is past or nonsense says nothing."""
    assert retry_after(value, NOW) == wait


@given(
    st.text() | st.datetimes().map(lambda moment: format_datetime(moment.replace(tzinfo=UTC), usegmt=True))
)
def test_retry_after_bounds(value: str) -> None:
    """Whatever stands there, the wait is none or within a day."""
    wait = retry_after(value, NOW)
    assert wait is None or timedelta(0) < wait <= DAY


@pytest.mark.parametrize(
    ("directives", "lifetime"),
    [
        (["max-age=300"], timedelta(minutes=5)),
        (["public, Max-Age=300"], timedelta(minutes=5)),
        (['max-age="300"'], timedelta(minutes=5)),
        (["public", "max-age=300"], timedelta(minutes=5)),
        (["max-age=31536000"], DAY),
        (["max-age=0"], None),
        (["max-age=-1"], None),
        (["max-age"], None),
        (["s-maxage=300"], None),
        (["no-cache, max-age=300"], None),
        (["max-age=300, no-store"], None),
        ([""], None),
        ([], None),
    ],
)
def test_cache_control(directives: list[str], lifetime: timedelta | None) -> None:
    """An answer stays fresh as long as max-age says, at most a day, and never against no-cache."""
    assert fresh(*directives) == lifetime


def test_expires() -> None:
    """Expires counts from the site's own clock, and only where max-age is silent."""
    late = "Thu, 16 Apr 2026 10:30:00 GMT"
    site_clock = "Thu, 16 Apr 2026 10:00:00 GMT"
    assert fresh(expires=late, date=site_clock) == timedelta(minutes=30)
    assert fresh(expires=late) == timedelta(hours=2, minutes=30)
    assert fresh("max-age=60", expires=late) == timedelta(minutes=1)
    assert fresh("max-age=0", expires=late) is None
    assert fresh(expires=site_clock, date=late) is None
    assert fresh(expires="0") is None


def test_age() -> None:
    """What a cache on the way has used up is taken off."""
    assert fresh("max-age=300", age="100") == timedelta(seconds=200)
    assert fresh("max-age=300", age="400") is None
    assert fresh("max-age=300", age="old") == timedelta(seconds=300)


@given(st.lists(st.text()), st.text(), st.text(), st.text())
def test_freshness_bounds(directives: list[str], expires: str, date: str, age: str) -> None:
    """Whatever the headers hold, freshness is none or within a day."""
    lifetime = fresh(*directives, expires=expires, date=date, age=age)
    assert lifetime is None or timedelta(0) < lifetime <= DAY


@given(st.text())
def test_user_agent_is_one_header(contact: str) -> None:
    """No contact can break out of its comment or its line."""
    agent = user_agent(contact)
    name, _, comment = agent.partition(" ")
    assert name.startswith("wireroom/")
    assert agent.isascii()
    assert agent.isprintable()
    assert comment == "" or (comment.startswith("(+") and comment.endswith(")"))
    assert not set(comment[2:-1]) & set("()\\")


def test_user_agent() -> None:
    """The User-Agent names wireroom and how to reach the operator."""
    assert user_agent("ops@example.com").endswith(" (+ops@example.com)")
    assert user_agent("").startswith("wireroom/")
    assert "(" not in user_agent("")


@given(st.text())
def test_sendable(value: str) -> None:
    """A value kept for the next request is one that a request can carry, unchanged."""
    kept = sendable(value)
    assert kept is None or (kept == value and kept.isascii() and kept.isprintable())
