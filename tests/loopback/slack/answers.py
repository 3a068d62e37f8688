"""What the app answers to an act: by its acknowledgement, and by the act's response_url."""

from __future__ import annotations

import asyncio
import secrets

from tests.loopback.slack import contract, views
from tests.loopback.slack.invocation import Invocation
from tests.loopback.slack.nouns import Json, Message
from tests.loopback.slack.posts import drawn, fits
from tests.loopback.slack.request import Refused, truth
from tests.loopback.slack.world import World

PATH = "/respond/"
USES = 5
LIFE = 1800.0
"""Seconds for which a response_url is good."""


class Answers:
    """Takes in answers and shows them to the people whom they are for."""

    def __init__(self, world: World, violations: list[str]) -> None:
        self._world = world
        self._violations = violations
        self._hooks: dict[str, Invocation] = {}

    def hook(self, call: Invocation, address: str) -> str:
        """Give an act its response_url."""
        key = secrets.token_urlsafe(16)
        self._hooks[key] = call
        call.made_at = asyncio.get_running_loop().time()
        call.response_url = f"{address}{PATH}{self._world.team_id}/{key}"
        return call.response_url

    def expire(self, call: Invocation) -> None:
        """Let the half hour of an act's response_url be over."""
        call.made_at -= LIFE

    def heard(self, call: Invocation, payload: Json) -> None:
        """Take in what an acknowledgement carries."""
        if not payload:
            return
        kind = call.delivery.payload.get("type", "slash_command")
        try:
            match kind:
                case "slash_command":
                    if self._passes("ack", payload, contract.response(payload)):
                        self._shown(call, payload, "ack")
                case "view_submission":
                    if self._passes("ack", payload, contract.submission(payload)):
                        self._submitted(call, payload)
                case "block_suggestion":
                    self._passes("ack", payload, contract.options(payload))
                case _:
                    self._violations.append(
                        f"{kind}: nobody sees what its acknowledgement carries: {payload}"
                    )
        except Refused as refused:
            self._violations.append(f"ack: {refused.error} for {payload}")

    def respond(self, path: str, body: Json) -> tuple[int, Json]:
        """Take in a request to a response_url; gives the status and what is answered."""
        call = self._hooks.get(path.rpartition("/")[2])
        if call is None:
            return 404, {"ok": False, "error": "invalid_url"}
        if asyncio.get_running_loop().time() - call.made_at >= LIFE:
            return 404, {"ok": False, "error": "expired_url"}
        if call.uses >= USES:
            self._violations.append(f"response_url: used more than {USES} times")
            return 404, {"ok": False, "error": "used_url"}
        call.uses += 1
        verdict = contract.response(body)
        if not self._passes("response_url", body, verdict):
            return 400, {"ok": False, "error": "invalid_blocks", "errors": list(map(str, verdict.breaches))}
        try:
            self._shown(call, body, "response_url")
        except Refused as refused:
            return 400, refused.body()
        return 200, {"ok": True}

    def _passes(self, what: str, body: Json, verdict: contract.Verdict) -> bool:
        """Note all that is wrong; False where Slack would show nothing of it."""
        self._violations += [f"{what}: {each} in {body}" for each in verdict.everything]
        return not verdict.breaches

    def _shown(self, call: Invocation, body: Json, via: str) -> None:
        world, original = self._world, call.message
        if truth(body.get("delete_original")):
            if original is not None:
                world.delete_message(original)
            call.delivery.note()
            return
        text, blocks = body.get("text") or "", drawn(world, body.get("blocks") or [])
        fits(world, text, blocks)
        # A command has no original: Slack posts one more (slackapi/bolt-python#1268).
        if truth(body.get("replace_original")) and original is not None:
            original.text, original.blocks = text, blocks
            original.edited = world.ts()
            call.shows(original)
            return
        assert call.channel is not None
        message = Message(world.ts(), call.channel, world.bot, text, blocks, via=via, arguments=body)
        message.thread_ts = body.get("thread_ts")
        message.viewer = None if body.get("response_type") == "in_channel" else call.user
        call.shows(world.keep(message))

    def _submitted(self, call: Invocation, payload: Json) -> None:
        world, view = self._world, call.view
        assert view is not None
        match payload.get("response_action"):
            case "errors":
                view.errors = dict(payload["errors"])
                known = {block.get("block_id") for block in view.blocks if block["type"] == "input"}
                unknown = view.errors.keys() - known
                self._violations += [f"ack: no input block {key!r}" for key in sorted(unknown)]
            case "update":
                call.shows_view(views.replaced(world, view, payload["view"]))
            case "push":
                call.shows_view(views.pushed(world, view, payload["view"]))
            case "clear":
                views.closed(world, view.user, whole=True)
