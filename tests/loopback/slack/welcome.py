"""What Slack would take and we do not send: what turns text into mark-up, or tells on people; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tests.loopback.slack.breach import Breach, Path
from tests.loopback.slack.nouns import Json
from tests.loopback.slack.request import truth

TEXT = 4000
"""Slack's advice for the text that goes with blocks (chat.postMessage, “Truncating content”)."""

_ARGUMENTS = {
    "auth.test": "",
    "apps.connections.open": "",
    "chat.postMessage": "channel text blocks thread_ts unfurl_links unfurl_media parse metadata",
    "chat.postEphemeral": "channel user text blocks thread_ts parse",
    "chat.update": "channel ts text blocks parse metadata",
    "chat.delete": "channel ts",
    "chat.getPermalink": "channel message_ts",
    "conversations.info": "channel include_num_members",
    "conversations.members": "channel cursor limit",
    "conversations.list": "types exclude_archived cursor limit",
    "users.conversations": "user types exclude_archived cursor limit",
    "conversations.history": "channel oldest latest inclusive include_all_metadata cursor limit",
    "conversations.replies": "channel ts oldest latest inclusive include_all_metadata cursor limit",
    "users.info": "user",
    "views.open": "trigger_id view",
    "views.push": "trigger_id view",
    "views.update": "view_id external_id view hash",
    "views.publish": "user_id view hash",
    "files.getUploadURLExternal": "filename length alt_txt snippet_type",
    "files.completeUploadExternal": "files channel_id channels thread_ts initial_comment blocks",
}
"""What we may send with each method; what is not named here has no place in this bot."""

_CALLS = re.compile(r"<!(?:channel|here|everyone|group|subteam)")
"""What calls a whole channel or group; in rich text it is mere text, and stands there as an element."""

_OPAQUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,79}\Z")


def arguments(method: str, given: Mapping[str, object]) -> Iterator[Breach]:
    """Demand that a call carries only what its method has."""
    known = _ARGUMENTS.get(method, "").split()
    for name in given:
        # Bolt's client says of itself which workspace it is for.
        if method in _ARGUMENTS and name not in {*known, "team_id"}:
            yield Breach((name,), f"{method} needs no such argument")


def quiet(method: str, given: Json) -> Iterator[Breach]:
    """Demand that nothing in a message unfurls and nothing of its text is parsed."""
    if given.get("parse") != "none":
        yield Breach(("parse",), f'must be "none", is {given.get("parse")!r}')
    if method == "chat.postMessage":
        for name in ("unfurl_links", "unfurl_media"):
            if given.get(name) is None or truth(given[name]):
                yield Breach((name,), f"must be false, is {given.get(name)!r}")


def message(given: Json) -> Iterator[Breach]:
    """Demand of any message that it is read aloud whole, and links no names."""
    if "link_names" in given:
        yield Breach(("link_names",), "must not be given")
    if "attachments" in given:
        yield Breach(("attachments",), "are a thing of the past")
    if given.get("blocks") and not (given.get("text") or "").strip():
        yield Breach(("text",), "blocks need a text for screen readers and notifications")
    if len(given.get("text") or "") > TEXT:
        yield Breach(("text",), f"should be at most {TEXT} characters, is {len(given['text'])}")
    yield from _loud(("text",), given.get("text") or "")
    yield from texts(given.get("blocks") or [], ("blocks",))


def _loud(path: Path, text: str) -> Iterator[Breach]:
    if _CALLS.search(text):
        yield Breach(path, f"must call nobody: {text[:200]!r}")


def metadata(given: Json | None) -> Iterator[Breach]:
    """Demand that metadata, which the whole workspace can read, holds opaque ids only."""
    if not given:
        return
    payload = given.get("event_payload")
    rows = payload.items() if isinstance(payload, dict) else []
    for name, value in [("event_type", given.get("event_type")), *rows]:
        if isinstance(value, int) or (isinstance(value, str) and _OPAQUE.match(value)):
            continue
        yield Breach(("metadata", name), f"is no opaque id: {value!r}")


def texts(data: object, path: Path = ()) -> Iterator[Breach]:
    """Demand ``verbatim`` of each mrkdwn object and ``emoji: false`` of each plain text."""
    match data:
        case {"type": "mrkdwn", "text": str(text), **more}:
            if more.get("verbatim") is not True:
                yield Breach(path, "mrkdwn must be verbatim")
            yield from _loud(path, text)
        case {"type": "broadcast" | "usergroup"}:
            yield Breach(path, "must call nobody")
        case {"type": "plain_text", "text": str(), **more}:
            if more.get("emoji") is not False:
                yield Breach(path, "plain_text must have emoji false")
        case dict():
            for name, value in data.items():
                yield from texts(value, (*path, name))
        case list():
            for index, value in enumerate(data):
                yield from texts(value, (*path, index))
