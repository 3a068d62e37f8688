"""What Slack's errors mean for a message."""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.slack.failures import FORM, GONE, UNEDITABLE, WHOLE_WORKSPACE, is_picture, meaning
from adapters.slack.web import Failure, Limited, Refused, Revoked, Unanswered, Unreached
from bot.errors import Busy, DeliveryError, InDoubt, TargetGone, Undeliverable


@pytest.mark.parametrize(
    ("error", "kind", "everywhere"),
    [
        (Limited("chat.postMessage", 7), Busy, False),
        (Unreached("refused"), Busy, True),
        (Unanswered("reset"), InDoubt, None),
        (Revoked("token_revoked", {}), Busy, True),
        *((Refused(error, {}), TargetGone, None) for error in sorted(GONE)),
        *((Refused(error, {}), Busy, True) for error in sorted(WHOLE_WORKSPACE)),
        *((Refused(error, {}), Undeliverable, None) for error in sorted({*UNEDITABLE, *FORM, "no_text"})),
        (Refused("some_new_error", {}), DeliveryError, None),
        (RuntimeError("a slip of ours"), DeliveryError, None),
    ],
    ids=lambda value: str(value) if isinstance(value, Exception) else "",
)
def test_each_error_has_its_outcome(
    error: Exception, kind: type[DeliveryError], *, everywhere: bool | None
) -> None:
    """Limits and outages wait, doubt is looked into, closed channels are told of, the rest is tried again."""
    found = meaning(error)
    assert type(found) is kind
    assert found.reason.endswith((".", ")."))
    if isinstance(found, Busy):
        assert found.everywhere is everywhere
        assert found.wait > timedelta(0)


def test_a_limit_of_the_workspace_is_for_all() -> None:
    """A limit that is known to be the workspace's stops all channels for as long as Slack asks."""
    found = meaning(Limited("chat.postMessage", 7), everywhere=True)
    assert isinstance(found, Busy)
    assert (found.everywhere, found.wait) == (True, timedelta(seconds=7))


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"error": "invalid_blocks", "errors": ["downloading image failed [json-pointer:/blocks/1]"]}, True),
        (
            {
                "error": "invalid_blocks",
                "response_metadata": {"messages": ["[ERROR] downloading image failed"]},
            },
            True,
        ),
        ({"error": "invalid_blocks", "errors": ["must be more than 0 characters"]}, False),
        ({"error": "invalid_blocks", "response_metadata": None}, False),
    ],
)
def test_an_image_that_slack_cannot_fetch_is_told_apart(answer: dict[str, object], *, expected: bool) -> None:
    """Wherever Slack's answer says it, an image that cannot be fetched is known from a fault of ours."""
    assert is_picture(Refused("invalid_blocks", answer)) is expected


def test_a_failure_of_any_kind_is_an_error_of_delivery() -> None:
    """Whatever a call failed by, its meaning is a kind of DeliveryError."""
    assert isinstance(meaning(Failure("unheard of")), DeliveryError)
