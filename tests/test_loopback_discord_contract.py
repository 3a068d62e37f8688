"""The judge of the fake Discord: what Discord takes it lets pass, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.loopback.discord.contract import Verdict, judge

POST = "/channels/1/messages"
CALLBACK = "/interactions/1/token/callback"
HOOK = "/webhooks/1/token"
COMMANDS = "/applications/1/commands"
SILENT: dict[str, Any] = {"allowed_mentions": {"parse": []}}


def codes(verdict: Verdict) -> set[str]:
    """Everything that was found wrong, by its codes."""
    return {breach.code for breach in (*verdict.breaches, *verdict.unwelcome)}


def message(**data: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """A message that mentions nobody."""
    return SILENT | data


def button(custom_id: str = "x", **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """A button."""
    return {"type": 2, "style": 2, "label": "Undo", "custom_id": custom_id} | more


def row(*parts: dict[str, Any]) -> dict[str, Any]:
    """A row of components."""
    return {"type": 1, "components": list(parts)}


def menu(*values: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """A menu."""
    options = [{"label": "Label", "value": value} for value in values]
    return {"type": 3, "custom_id": "menu", "options": options} | more


def command(*options: dict[str, Any], **more: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON
    """A command, alone in its list."""
    return [{"name": "follow", "description": "Follow words", "options": list(options)} | more]


def option(name: str = "words", **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """An option that takes text."""
    return {"type": 3, "name": name, "description": "What"} | more


def form(*fields: dict[str, Any]) -> dict[str, Any]:
    """A form as the answer to an interaction."""
    labels = [{"type": 18, "label": "Words", "component": field} for field in fields]
    return {"type": 9, "data": {"custom_id": "form", "title": "Settings", "components": labels}}


def field(custom_id: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """A text input."""
    return {"type": 4, "style": 1, "custom_id": custom_id} | more


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", POST, message(content="x", nonce="d-1", enforce_nonce=True)),
        ("POST", POST, message(embeds=[{"description": "x" * 4096, "image": {"url": "https://a.b/c"}}])),
        ("POST", POST, message(content="x", components=[row(button("a"), button("b")), row(menu("1", "2"))])),
        ("POST", POST, message(flags=1 << 15, components=[{"type": 10, "content": "x"}])),
        ("PATCH", f"{POST}/2", message(content="x")),
        ("POST", "/channels/1/threads", {"name": "Post", "message": message(content="x")}),
        ("POST", CALLBACK, {"type": 4, "data": message(content="x", flags=64)}),
        ("POST", CALLBACK, {"type": 5, "data": {"flags": 64}}),
        ("POST", CALLBACK, {"type": 8, "data": {"choices": [{"name": "a", "value": "a"}]}}),
        ("POST", CALLBACK, form(*(field(str(number)) for number in range(5)))),
        ("POST", HOOK, message(content="x", flags=64)),
        ("PATCH", f"{HOOK}/messages/@original", message(content="x")),
        ("PUT", COMMANDS, command(option(required=True), option("feed"), contexts=[0, 1])),
        ("PUT", COMMANDS, [{"name": "Why did I get this?", "type": 3}]),
        ("POST", "/users/@me/channels", {"recipient_id": 123}),
        ("GET", "/gateway/bot", None),
        ("GET", "/guilds/1/members/2", None),
    ],
)
def test_lets_pass(method: str, path: str, body: object) -> None:
    """What Discord takes passes."""
    verdict = judge(method, path, {}, body)
    assert verdict.template is not None
    assert codes(verdict) == set()


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("POST", POST, {"content": "x"}, "MENTIONS"),
        ("POST", POST, {"content": "x", "allowed_mentions": {"parse": ["users"]}}, "MENTIONS"),
        ("POST", POST, {"content": "x", "allowed_mentions": {"parse": [], "users": ["1"]}}, "MENTIONS"),
        ("PATCH", f"{POST}/2", {"content": "x"}, "MENTIONS"),
        ("POST", "/channels/1/threads", {"name": "Post", "message": {"content": "x"}}, "MENTIONS"),
        ("POST", CALLBACK, {"type": 4, "data": {"content": "x"}}, "MENTIONS"),
        ("POST", CALLBACK, {"type": 7, "data": {"content": "x"}}, "MENTIONS"),
        ("POST", HOOK, {"content": "x"}, "MENTIONS"),
        ("PATCH", f"{HOOK}/messages/@original", {"content": "x"}, "MENTIONS"),
        ("POST", POST, message(content="x", colour=1), "additionalProperties"),
        ("POST", POST, message(embeds=[{"title": "x", "body": "y"}]), "additionalProperties"),
        ("POST", POST, message(components=[row(button(hint="z"))]), "additionalProperties"),
        ("POST", POST, message(content="x" * 2001), "BASE_TYPE_MAX_LENGTH"),
        ("POST", POST, message(embeds=[{"description": "x" * 4097}]), "BASE_TYPE_MAX_LENGTH"),
        ("POST", POST, message(embeds=[{"description": "x" * 3001}] * 2), "MAX_EMBED_SIZE_EXCEEDED"),
        ("POST", POST, message(embeds=[{"title": "x"}] * 11), "BASE_TYPE_BAD_LENGTH"),
        ("POST", POST, message(embeds=[{"color": 1}]), "BASE_TYPE_REQUIRED"),
        (
            "POST",
            POST,
            message(embeds=[{"fields": [{"name": "", "value": "x"}]}]),
            "BASE_TYPE_REQUIRED",
        ),
        ("POST", POST, message(embeds=[{"title": "x", "url": "ftp://a.b"}]), "URL_TYPE_INVALID_SCHEME"),
        ("POST", POST, message(embeds=[{"title": "x", "url": "a b"}]), "format"),
        ("POST", POST, message(embeds=[{"title": "x", "timestamp": "today"}]), "format"),
        ("POST", POST, message(nonce="x" * 26), "BASE_TYPE_MAX_LENGTH"),
        ("POST", POST, message(components=[row(button("x" * 101))]), "BASE_TYPE_MAX_LENGTH"),
        ("POST", POST, message(components=[row(button("x", label="x" * 81))]), "BASE_TYPE_MAX_LENGTH"),
        ("POST", POST, message(components=[row(button(label=""))]), "BUTTON_COMPONENT_LABEL_REQUIRED"),
        ("POST", POST, message(components=[row(button(), button())]), "COMPONENT_CUSTOM_ID_DUPLICATED"),
        (
            "POST",
            POST,
            message(components=[row(*(button(str(number)) for number in range(6)))]),
            "BASE_TYPE_BAD_LENGTH",
        ),
        (
            "POST",
            POST,
            message(components=[row(button(str(number))) for number in range(6)]),
            "BASE_TYPE_BAD_LENGTH",
        ),
        ("POST", POST, message(components=[row(button(), menu("1"))]), "COMPONENT_LAYOUT_WIDTH_EXCEEDED"),
        (
            "POST",
            POST,
            message(components=[row(menu("1", "1"))]),
            "SELECT_COMPONENT_OPTION_VALUE_DUPLICATED",
        ),
        ("POST", POST, message(components=[row(menu(*map(str, range(26))))]), "BASE_TYPE_BAD_LENGTH"),
        ("POST", POST, message(components=[row(menu("1", max_values=2))]), "BASE_TYPE_CHOICES"),
        ("POST", POST, message(components=[{"type": 10, "content": "x"}]), "UNION_TYPE_CHOICES"),
        ("POST", CALLBACK, form(*(field(str(number)) for number in range(6))), "BASE_TYPE_BAD_LENGTH"),
        ("POST", CALLBACK, form(field("a"), field("a")), "COMPONENT_CUSTOM_ID_DUPLICATED"),
        ("POST", CALLBACK, form(field("a", value="xy", max_length=1)), "BASE_TYPE_BAD_LENGTH"),
        ("PUT", COMMANDS, command(name="Follow"), "APPLICATION_COMMAND_INVALID_NAME"),
        ("PUT", COMMANDS, command(option("to me")), "APPLICATION_COMMAND_INVALID_NAME"),
        ("PUT", COMMANDS, command(description="x" * 101), "BASE_TYPE_MAX_LENGTH"),
        (
            "PUT",
            COMMANDS,
            command(option(), option("feed", required=True)),
            "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID",
        ),
        (
            "PUT",
            COMMANDS,
            command(option(), option()),
            "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS",
        ),
        ("PUT", COMMANDS, command() * 2, "APPLICATION_COMMANDS_DUPLICATE_NAME"),
        ("PUT", COMMANDS, command(option(max_length=6001)), "NUMBER_TYPE_MAX"),
        ("DELETE", "/users/@me", None, "UNKNOWN_ROUTE"),
        ("GET", "/nothing", None, "UNKNOWN_ROUTE"),
        ("GET", "/users/@me", {"x": 1}, "unknownParameter"),
    ],
)
def test_finds(method: str, path: str, body: object, code: str) -> None:
    """What Discord refuses, what it overlooks in our requests, and what could mention people is found."""
    assert codes(judge(method, path, {}, body)) == {code}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"limit": "100", "after": "1"}, set()),
        ({"limit": "101"}, {"NUMBER_TYPE_MAX"}),
        ({"limit": "many"}, {"type"}),
        ({"after": "x"}, {"pattern"}),
        ({"since": "1"}, {"unknownParameter"}),
    ],
)
def test_parameters(query: dict[str, str], found: Sequence[str]) -> None:
    """What stands in an address is judged too."""
    assert codes(judge("GET", POST, query)) == set(found)


def test_literal_routes_come_first() -> None:
    """A route that names a segment is meant rather than one that leaves it open."""
    assert judge("GET", f"{HOOK}/messages/@original").template == (
        "/webhooks/{webhook_id}/{webhook_token}/messages/@original"
    )
    assert codes(judge("GET", "/channels/@me/messages")) == {"pattern"}
