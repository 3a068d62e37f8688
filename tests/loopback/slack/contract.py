"""The judge: holds what the app sends against Slack's own typings, and against rules.py for the rest."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jsonschema_rs

from tests.loopback.slack import elements, rules, welcome
from tests.loopback.slack.breach import Breach
from tests.loopback.slack.nouns import Json

DATA = Path(__file__).parents[2] / "data"

_NOT_IN_MESSAGES = {"AlertBlock"}
_IN_VIEWS = (
    "ActionsBlock",
    "ContextBlock",
    "DividerBlock",
    "HeaderBlock",
    "ImageBlock",
    "InputBlock",
    "RichTextBlock",
    "SectionBlock",
    "VideoBlock",
)

_PLAIN: Json = {"$ref": "#/definitions/PlainTextElement"}
_MODAL: Json = {
    "type": "object",
    "additionalProperties": False,
    "required": ["type", "title", "blocks"],
    "properties": {
        "type": {"const": "modal"},
        "title": _PLAIN,
        "blocks": {"type": "array", "items": {"$ref": "#/definitions/AnyBlock"}},
        "close": _PLAIN,
        "submit": _PLAIN,
        "private_metadata": {"type": "string"},
        "callback_id": {"type": "string"},
        "clear_on_close": {"type": "boolean"},
        "notify_on_close": {"type": "boolean"},
        "external_id": {"type": "string"},
    },
}
"""ModalView of @slack/types; the schema file holds the Home tab only."""

_RESPONSE: Json = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "text": {"type": "string"},
        "blocks": {"$ref": "#/definitions/MessageBlocks"},
        "response_type": {"enum": ["ephemeral", "in_channel"]},
        "replace_original": {"type": "boolean"},
        "delete_original": {"type": "boolean"},
        "thread_ts": {"type": "string"},
        "unfurl_links": {"const": False},
        "unfurl_media": {"const": False},
    },
}

_OPTIONS: Json = {"type": "array", "items": {"$ref": "#/definitions/PlainTextOption"}}
_SUGGESTED: Json = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "options": _OPTIONS,
        "option_groups": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["label", "options"],
                "properties": {"label": _PLAIN, "options": _OPTIONS},
            },
        },
    },
    "minProperties": 1,
    "maxProperties": 1,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the judge found."""

    breaches: tuple[Breach, ...] = ()
    """What Slack refuses."""
    unwelcome: tuple[Breach, ...] = ()
    """What Slack overlooks and we do not."""

    @property
    def everything(self) -> tuple[Breach, ...]:
        """All that is wrong."""
        return (*self.breaches, *self.unwelcome)


def message(method: str, arguments: Json) -> Verdict:
    """Judge a message that a method posts or edits."""
    blocks = arguments.get("blocks")
    breaches = [] if blocks is None else list(message_blocks(blocks))
    if arguments.get("metadata"):
        breaches += _errors(_validator("metadata"), arguments["metadata"], ("metadata",))
    if breaches:
        return Verdict(tuple(breaches))
    unwelcome = [
        *welcome.quiet(method, arguments),
        *welcome.message(arguments),
        *welcome.metadata(arguments.get("metadata")),
    ]
    return Verdict((), tuple(unwelcome))


def message_blocks(blocks: object) -> Iterator[Breach]:
    """Judge the blocks of a message."""
    found = list(_errors(_validator("message"), blocks, ("blocks",)))
    yield from found
    if not found and isinstance(blocks, list):
        yield from rules.blocks(blocks, rules.MESSAGE)


def response(body: Json) -> Verdict:
    """Judge what is posted to a response_url, or stands in a command's acknowledgement."""
    breaches = list(_errors(_validator("response"), body))
    if not breaches and body.get("blocks"):
        breaches = list(rules.blocks(body["blocks"], rules.MESSAGE))
    if breaches:
        return Verdict(tuple(breaches))
    return Verdict((), tuple(welcome.message(body)))


def view(body: object, kind: str | None = None) -> Verdict:
    """Judge a form or a Home tab; ``kind`` is what it must be where only one of them fits."""
    if not isinstance(body, dict) or body.get("type") not in {"modal", "home"}:
        return Verdict((Breach(("view",), "must be a modal or a home view"),))
    if kind is not None and body["type"] != kind:
        return Verdict((Breach(("view", "type"), f"must be {kind}"),))
    breaches = list(_errors(_validator(body["type"]), body)) or list(rules.view(body))
    return Verdict(tuple(breaches), () if breaches else tuple(welcome.texts(body)))


def submission(payload: Json) -> Verdict:
    """Judge what the acknowledgement of a submitted form carries."""
    action = payload.get("response_action")
    wanted = {"errors": {"errors"}, "update": {"view"}, "push": {"view"}, "clear": set[str]()}.get(
        str(action)
    )
    if wanted is None or payload.keys() - {"response_action"} != wanted:
        return Verdict((Breach((), f"no answer to a form: {payload}"),))
    if "view" in wanted:
        return view(payload["view"], "modal")
    errors = payload.get("errors")
    is_said = errors and all(isinstance(each, str) and each for each in errors.values())
    return (
        Verdict()
        if is_said or action == "clear"
        else Verdict((Breach(("errors",), "each field's error must be a sentence"),))
    )


def options(payload: Json) -> Verdict:
    """Judge what an external menu is offered."""
    breaches = list(_errors(_validator("options"), payload))
    if breaches:
        return Verdict(tuple(breaches))
    groups = payload.get("option_groups") or []
    found = [*(payload.get("options") or []), *(one for group in groups for one in group["options"])]
    if len(found) > 100:
        breaches.append(Breach(("options",), "must be at most 100"))
    breaches += [each for index, one in enumerate(found) for each in elements.option(("options", index), one)]
    return Verdict(tuple(breaches), tuple(welcome.texts(payload)))


def manifest(document: object) -> Verdict:
    """Judge an app manifest."""
    return Verdict(tuple(_errors(_validator("manifest"), document)))


def _errors(
    validator: jsonschema_rs.Draft7Validator, instance: object, where: tuple[str | int, ...] = ()
) -> Iterator[Breach]:
    for error in validator.iter_errors(instance):
        for breach in _breaches(error):
            yield Breach((*where, *breach.path), breach.text)


def _breaches(error: jsonschema_rs.ValidationError) -> Iterator[Breach]:
    """Say what is wrong where it is wrong: of several shapes, the one that the app means."""
    branches = [branch for branch in getattr(error.kind, "context", ()) if not _is_another(branch, error)]
    if len(branches) == 1 and branches[0]:
        for inner in branches[0]:
            yield from _breaches(inner)
        return
    text = error.message if len(error.message) < 300 else f"{error.message[:150]} … {error.message[-100:]}"
    yield Breach(tuple(error.instance_path), text)


def _is_another(
    branch: Iterable[jsonschema_rs.ValidationError], error: jsonschema_rs.ValidationError
) -> bool:
    """Whether a branch is a shape of another ``type`` than the one that is named."""
    here = list(error.instance_path)
    for inner in branch:
        if inner.kind.name in {"enum", "const"} and list(inner.instance_path) == [*here, "type"]:
            return True
        context = getattr(inner.kind, "context", ())
        if (
            context
            and list(inner.instance_path) == here
            and all(_is_another(each, inner) for each in context)
        ):
            return True
    return False


@cache
def _validator(what: str) -> jsonschema_rs.Draft7Validator:
    match what:
        case "manifest" | "metadata":
            return jsonschema_rs.Draft7Validator(_document(what))
        case "home":
            return jsonschema_rs.Draft7Validator(_views() | {"$ref": "#/definitions/HomeView"})
        case "modal":
            return jsonschema_rs.Draft7Validator(_views() | _MODAL)
        case "message":
            return jsonschema_rs.Draft7Validator(_messages() | {"$ref": "#/definitions/MessageBlocks"})
        case "response":
            return jsonschema_rs.Draft7Validator(_messages() | _RESPONSE)
        case _:
            return jsonschema_rs.Draft7Validator(_messages() | _SUGGESTED)


def _messages() -> Json:
    definitions = _document("message-blocks")["definitions"]
    known = definitions["KnownBlock"]["anyOf"]
    allowed = [one for one in known if one["$ref"].rpartition("/")[2] not in _NOT_IN_MESSAGES]
    return {"definitions": definitions | {"KnownBlock": {"anyOf": allowed}}}


def _views() -> Json:
    """Leave out the blocks that stand in messages only, and the shape that any block has."""
    definitions = _document("home-view")["definitions"]
    allowed = [{"$ref": f"#/definitions/{name}"} for name in _IN_VIEWS]
    return {"definitions": definitions | {"AnyBlock": {"anyOf": allowed}}}


@cache
def _document(name: str) -> Json:
    document: Json = json.loads(gzip.decompress((DATA / f"slack.{name}.schema.json.gz").read_bytes()))
    return document
