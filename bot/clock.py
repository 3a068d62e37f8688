"""The time, as the app hands it to whoever needs one."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """Say what time it is, aware and in UTC."""
    return datetime.now(UTC)
