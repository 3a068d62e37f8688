"""What the app asks a workspace for: no more than it uses, each with its reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.slack.scopes import ABILITIES, BY_NAME, EVENTS, REQUIRED, Ability, as_markdown
from tests.loopback.slack import LEAST

PAGE = Path(__file__).parents[1] / "docs" / "slack.md"
EVERY = [*REQUIRED, *(scope for ability in ABILITIES for scope in ability.scopes)]


def test_without_the_least_scopes_the_app_is_of_no_use() -> None:
    """The required scopes are those without which the fake, like Slack, refuses every post and command."""
    assert set(REQUIRED) == LEAST


def test_each_scope_belongs_to_one_ability() -> None:
    """No scope is asked for twice, so that leaving an ability out takes nothing from another."""
    assert len(EVERY) == len(set(EVERY))
    assert list(BY_NAME) == ["public", "private", "timezone", "files", "history"]


@pytest.mark.parametrize("scope", EVERY)
def test_no_scope_reaches_for_more_than_it_says(scope: str) -> None:
    """No scope reads mail addresses, acts for people or administers, and none opens conversations."""
    assert not scope.startswith(("admin", "identify", "identity", "im:write", "mpim", "dnd"))
    assert scope not in {"users:read.email", "chat:write.customize", "channels:join", "channels:manage"}


def test_no_message_that_somebody_writes_is_asked_for() -> None:
    """No event brings messages, whatever ability is on: the bot reads nobody's."""
    events = [*EVENTS, *(event for ability in ABILITIES for event in ability.events)]
    assert len(events) == len(set(events))
    assert not [event for event in events if event.startswith(("message", "app_mention"))]


def test_history_is_for_those_who_ask_for_it() -> None:
    """Only the scopes that read messages are left out unless they are asked for."""
    assert [ability.name for ability in ABILITIES if not ability.by_default] == ["history"]
    reading = {ability.name for ability in ABILITIES if any("history" in scope for scope in ability.scopes)}
    assert reading == {"history"}


@pytest.mark.parametrize("ability", ABILITIES, ids=lambda ability: ability.name)
def test_each_ability_says_what_it_is_for_and_how_it_is_without(ability: Ability) -> None:
    """What it unlocks goes on from “I can …”, how it is without is a sentence."""
    assert ability.unlocks[0].islower()
    assert not ability.unlocks.endswith(".")
    assert ability.without[0].isupper()
    assert ability.without.endswith(".")
    assert "wireroom" not in ability.without


def test_the_table_of_the_docs_names_every_scope_with_its_reason() -> None:
    """One row for each scope, in the order in which they are declared, whole in Markdown."""
    head, rule, *rows = as_markdown().splitlines()
    assert head.count("|") == rule.count("|") == 4
    assert [row.split("`")[1] for row in rows] == EVERY
    for row, reason in zip(rows, REQUIRED.values(), strict=False):
        assert row.endswith(f"| always | {reason} |")
    for ability in ABILITIES:
        assert sum(ability.reason in row for row in rows) == len(ability.scopes)
    assert all(row.count("|") == 4 for row in rows)


def test_the_docs_hold_the_table_as_it_is() -> None:
    """What the page says of scopes is what the manifest asks for, word for word."""
    assert as_markdown() in PAGE.read_text(encoding="utf-8")
