"""Pieces of messages, forms and manifests as an app of our kind sends them, for tests."""

from __future__ import annotations

from tests.loopback.slack.nouns import Json


def plain(text: str) -> Json:
    """A plain text as we send it."""
    return {"type": "plain_text", "text": text, "emoji": False}


def mrkdwn(text: str) -> Json:
    """A text with mark-up as we send it."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def option(name: str, value: str | None = None) -> Json:
    """An option of a menu."""
    return {"text": plain(name), "value": value or name}


def button(**more: object) -> Json:
    """A button."""
    return {"type": "button", "action_id": "undo", "text": plain("Undo"), "value": "fo_1"} | more


def actions(*elements: Json) -> Json:
    """A row of buttons."""
    return {"type": "actions", "elements": list(elements)}


def section(words: str = "Ferry line orders two electric ships", **more: object) -> Json:
    """A section."""
    return {"type": "section", "text": mrkdwn(words)} | more


def field(element: Json, block_id: str = "q", **more: object) -> Json:
    """A field of a form."""
    return {"type": "input", "block_id": block_id, "label": plain("Words"), "element": element} | more


def select(*names: str, **more: object) -> Json:
    """A menu."""
    return {"type": "static_select", "action_id": "v", "options": [option(name) for name in names]} | more


def rich(*elements: Json) -> Json:
    """Rich text."""
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(elements)}]}


TEXT: Json = {"type": "plain_text_input", "action_id": "v", "max_length": 300}
IMAGE: Json = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "A ferry"}


FORM: Json = {
    "type": "modal",
    "callback_id": "wr.follow",
    "title": plain("Follow a keyword"),
    "submit": plain("Follow"),
    "close": plain("Cancel"),
    "private_metadata": '{"c": "C1"}',
    "blocks": [
        field(TEXT, hint=plain("All of them must appear.")),
        field({"type": "external_select", "action_id": "v", "min_query_length": 0}, "feed", optional=True),
        field(select("At once", "Daily", initial_option=option("Daily")), "when"),
        actions(button()),
    ],
}


def manifest() -> Json:
    """A manifest of our kind."""
    return {
        "display_information": {"name": "wireroom", "description": "Feed updates"},
        "features": {
            "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True},
            "bot_user": {"display_name": "wireroom"},
            "shortcuts": [{"name": "Why", "type": "message", "callback_id": "wr.why", "description": "Why"}],
            "slash_commands": [{"command": "/follow", "description": "Follow", "should_escape": True}],
        },
        "oauth_config": {"scopes": {"bot": ["commands", "users:read"], "bot_optional": ["users:read"]}},
        "settings": {
            "event_subscriptions": {"bot_events": ["app_home_opened"]},
            "socket_mode_enabled": True,
        },
    }
