"""The judge: holds a request against Discord's own OpenAPI document, and against rules.py for the rest."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from tests.loopback.discord import rules
from tests.loopback.discord.rules import Breach, Json

DOCUMENT = Path(__file__).parents[2] / "data" / "discord.openapi.json.gz"
_HOME = "urn:discord"

_CODES = {
    "maxLength": "BASE_TYPE_MAX_LENGTH",
    "minLength": "BASE_TYPE_BAD_LENGTH",
    "maxItems": "BASE_TYPE_BAD_LENGTH",
    "minItems": "BASE_TYPE_BAD_LENGTH",
    "required": "BASE_TYPE_REQUIRED",
    "enum": "BASE_TYPE_CHOICES",
    "maximum": "NUMBER_TYPE_MAX",
    "minimum": "NUMBER_TYPE_MIN",
}
"""JSON Schema's word for a breach → Discord's in its error 50035."""

_UNKNOWN_PARAMETER = "unknownParameter"
_UNKNOWN = frozenset({"additionalProperties", _UNKNOWN_PARAMETER})

_TAKES_TTS = (
    "MessageEditRequestPartial",
    "BaseCreateMessageCreateRequest",
    "IncomingWebhookUpdateRequestPartial",
    "IncomingWebhookUpdateForInteractionCallbackRequestPartial",
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the judge found: ``template`` is the route in the document, None where it has no such route."""

    template: str | None
    breaches: tuple[Breach, ...]
    """What Discord refuses."""
    unwelcome: tuple[Breach, ...] = ()
    """What Discord overlooks and we do not: unknown keys, and mentions that are not forbidden."""

    def errors(self) -> Json:
        """Write the breaches as Discord does in its error 50035."""
        tree: Json = {}
        for breach in self.breaches:
            node = tree
            for key in breach.path:
                node = node.setdefault(str(key), {})
            node.setdefault("_errors", []).append({"code": breach.code, "message": breach.text})
        return tree


def judge(method: str, path: str, query: Mapping[str, str] | None = None, body: object = None) -> Verdict:
    """Judge a request by its path below ``/api/v10``; ``body`` is the JSON, or a form's payload_json."""
    template = route(method, path)
    if template is None:
        return Verdict(None, (Breach((), "UNKNOWN_ROUTE", f"{method} {path} is not in Discord's document"),))
    found = [*_parameters(method, template, path, query or {}), *_document(method, template, body)]
    unwelcome = [breach for breach in found if breach.code in _UNKNOWN]
    breaches = [breach for breach in found if breach.code not in _UNKNOWN]
    if not breaches and isinstance(body, dict | list):
        breaches = list(_unwritten(method, template, body))
        unwelcome += _loud(method, template, body)
    return Verdict(template, tuple(breaches), tuple(unwelcome))


def route(method: str, path: str) -> str | None:
    """Find the route a path belongs to; a route that names a segment goes before one that leaves it open."""
    parts = path.split("/")
    found = [
        template
        for template in _paths()
        if method.lower() in _paths()[template] and _fits(parts, template.split("/"))
    ]
    return min(found, key=lambda template: template.count("{"), default=None)


def messages(method: str, template: str, body: Any) -> Iterator[tuple[tuple[str, ...], Json]]:  # noqa: ANN401 - any JSON
    """Find the messages that a request carries, and where."""
    if template.endswith("/callback"):
        if body["type"] in {4, 7} and body.get("data"):
            yield ("data",), body["data"]
    elif template.endswith("/threads"):
        if body.get("message"):
            yield ("message",), body["message"]
    elif method in {"POST", "PATCH"} and (
        "/messages" in template or template == "/webhooks/{webhook_id}/{webhook_token}"
    ):
        yield (), body


def _fits(parts: Sequence[str], template: Sequence[str]) -> bool:
    return len(parts) == len(template) and all(
        there == part or there.startswith("{") for part, there in zip(parts, template, strict=True)
    )


def _unwritten(method: str, template: str, body: Any) -> Iterator[Breach]:  # noqa: ANN401 - any JSON
    for prefix, message in messages(method, template, body):
        for breach in rules.message(message):
            yield Breach((*prefix, *breach.path), breach.code, breach.text)
    if template.endswith("/callback") and body["type"] == 9:
        for breach in rules.modal(body["data"]):
            yield Breach(("data", *breach.path), breach.code, breach.text)
    if method == "PUT" and template.endswith("/commands"):
        yield from rules.commands(body)


def _loud(method: str, template: str, body: Any) -> Iterator[Breach]:  # noqa: ANN401 - any JSON
    for prefix, message in messages(method, template, body):
        for breach in rules.mentions(message):
            yield Breach((*prefix, *breach.path), breach.code, breach.text)


def _parameters(method: str, template: str, path: str, query: Mapping[str, str]) -> Iterator[Breach]:
    item = _paths()[template]
    declared = [*item.get("parameters", ()), *item[method.lower()].get("parameters", ())]
    schemas = {(one["in"], one["name"]): one for one in declared}
    values = {
        ("path", name[1:-1]): part
        for name, part in zip(template.split("/"), path.split("/"), strict=True)
        if name.startswith("{")
    }
    values |= {("query", name): value for name, value in query.items()}
    for (place, name), value in values.items():
        if (place, name) not in schemas:
            yield Breach((name,), _UNKNOWN_PARAMETER, f"there is no such parameter in the {place}")
            continue
        schema = schemas[place, name]["schema"]
        for breach in _errors(_validator(json.dumps(schema)), _read(value, schema)):
            yield Breach((name,), breach.code, breach.text)


def _read(text: str, schema: Json) -> object:
    """Read what a URL says as the type it stands for."""
    if schema.get("type") == "boolean":
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
    if schema.get("type") == "integer" and text.lstrip("-").isdigit():
        return int(text)
    return text


def _document(method: str, template: str, body: object) -> Iterator[Breach]:
    wanted = _paths()[template][method.lower()].get("requestBody")
    if wanted is None:
        if body not in (None, {}):
            yield Breach((), _UNKNOWN_PARAMETER, "this request has no body")
        return
    content = wanted["content"]
    if "application/json" in content and (body is not None or wanted.get("required")):
        yield from _errors(_validator(json.dumps(content["application/json"]["schema"])), body)


def _errors(validator: jsonschema_rs.Draft202012Validator, instance: object) -> Iterator[Breach]:
    for error in validator.iter_errors(instance):
        yield from _breaches(error)


def _breaches(error: jsonschema_rs.ValidationError) -> Iterator[Breach]:
    """Say what is wrong where it is wrong: of several shapes, the one that the request means."""
    branches = [branch for branch in getattr(error.kind, "context", ()) if not _is_another(branch, error)]
    if len(branches) == 1 and branches[0]:
        for inner in branches[0]:
            yield from _breaches(inner)
        return
    text = error.message if len(error.message) < 300 else f"{error.message[:150]} … {error.message[-100:]}"
    yield Breach(tuple(error.instance_path), _CODES.get(error.kind.name, error.kind.name), text)


def _is_another(
    branch: Iterable[jsonschema_rs.ValidationError], error: jsonschema_rs.ValidationError
) -> bool:
    """Whether a branch is a shape of another ``type`` than the one that the request names, or null."""
    here = list(error.instance_path)
    return any(
        (inner.kind.name in {"enum", "const"} and list(inner.instance_path) == [*here, "type"])
        or (inner.kind.name == "type" and list(inner.instance_path) == here)
        for inner in branch
    )


@cache
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    text = schema.replace('"#/', f'"{_HOME}#/')
    return jsonschema_rs.Draft202012Validator(json.loads(text), registry=_registry(), validate_formats=True)


@cache
def _registry() -> jsonschema_rs.Registry:
    return jsonschema_rs.Registry([(_HOME, {"components": {"schemas": _loaded()["components"]["schemas"]}})])


def _paths() -> Json:
    paths: Json = _loaded()["paths"]
    return paths


@cache
def _loaded() -> Json:
    """Read the document; refuse unknown keys, and allow what Discord is known to take."""
    document: Json = json.loads(gzip.decompress(DOCUMENT.read_bytes()))
    schemas = document["components"]["schemas"]
    # Every id may be a number: discord.py writes those of recipients and attachments so.
    schemas["SnowflakeType"]["type"] = ["string", "integer"]
    # The documentation has it as text, the document as a number.
    permissions = schemas["ApplicationCommandUpdateRequest"]["properties"]["default_member_permissions"]
    permissions |= {"type": ["integer", "string", "null"], "pattern": "^[0-9]+$"}
    # discord.py always says `tts`, of embeds their flags, and of a forum's post that it is a public thread.
    schemas["RichEmbed"]["properties"]["flags"] = {"const": 0}
    schemas["CreateForumThreadRequest"]["properties"]["type"] = {"const": 11}
    nested: Json = {"name": "use_nested_fields", "in": "query", "schema": {"type": "boolean"}}
    document["paths"]["/channels/{channel_id}/threads"]["post"]["parameters"] = [nested]
    for name in _TAKES_TTS:
        schemas[name]["properties"]["tts"] = {"type": ["boolean", "null"]}
    _close(schemas)
    return document


def _close(schema: object) -> None:
    """Refuse unknown keys. No object that has properties stands in an ``allOf`` of a JSON request."""
    if isinstance(schema, dict):
        if isinstance(schema.get("properties"), dict):
            schema.setdefault("additionalProperties", False)
        for part in schema.values():
            _close(part)
    elif isinstance(schema, list):
        for part in schema:
            _close(part)
