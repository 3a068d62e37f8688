"""The Web API: each call is recorded, judged, perhaps spoilt, and done."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping

from aiohttp import web

from tests.loopback.door import reset
from tests.loopback.slack import contract, posts, rooms, uploads, views, welcome
from tests.loopback.slack.faults import (
    Failure,
    Fault,
    Faults,
    Hang,
    InternalError,
    Late,
    LostAnswer,
    RateLimited,
    Refuse,
    Reset,
)
from tests.loopback.slack.limits import Limits
from tests.loopback.slack.nouns import Json
from tests.loopback.slack.request import Call, Handler, Refused, merged
from tests.loopback.slack.world import World

ROOT = "/api/"
_METHODS: dict[str, tuple[tuple[str, ...], Handler]] = {
    **rooms.METHODS,
    **posts.METHODS,
    **views.METHODS,
    **uploads.METHODS,
}
_MESSAGES = frozenset({"chat.postMessage", "chat.postEphemeral", "chat.update"})
_VIEWS = {"views.open": "modal", "views.push": "modal", "views.update": None, "views.publish": "home"}
_OUR_FAULT = frozenset({"no_text", "msg_too_long", "msg_blocks_too_long", "invalid_arguments"})
"""Refusals that no state of the world can cause."""

Work = Callable[[], web.Response]


class Api:
    """Answers what is called; ``limits`` is None where nothing is limited."""

    def __init__(
        self, world: World, tokens: tuple[str, str], limits: Limits | None, violations: list[str]
    ) -> None:
        self._world = world
        self._bot_token, self._app_token = tokens
        self._limits = limits
        self._violations = violations
        self._end = asyncio.Event()
        self.address = ""
        self.changed = asyncio.Event()
        """Set whenever a call was answered."""
        self.open_socket: Callable[[], str]
        """Gives the address of a new connection; set by the server."""
        self.faults = Faults()
        self.calls: list[Call] = []
        self.limited = 0

    def stop(self) -> None:
        """Let go of the calls that hang."""
        self._end.set()

    async def serve(self, raw: web.BaseRequest) -> web.StreamResponse:
        """Take a call of a method."""
        call = Call(raw.path.removeprefix(ROOT), await _arguments(raw), asyncio.get_running_loop().time())
        self.calls.append(call)
        token = raw.headers.get("Authorization", "").removeprefix("Bearer ")
        response = await self.spoilt(raw, call.method, call.arguments, lambda: self._answer(call, token))
        call.status = response.status
        self.limited += response.status == 429
        self.changed.set()
        return response

    async def spoilt(self, raw: web.BaseRequest, name: str, arguments: Json, work: Work) -> web.Response:
        """Do what is asked, unless a fault was ordered for it."""
        fault = self.faults.next(name, arguments)
        response = self._instead(fault)
        if response is not None:
            return response
        match fault:
            case Reset():
                reset(raw)
                return web.Response()
            case LostAnswer():
                work()
                reset(raw)
                return web.Response()
            case Late():
                await self._gone(raw)
            case Hang(seconds, accepted):
                done = work() if accepted else None
                await self._wait(seconds)
                if done is not None or seconds is None:
                    return done or web.Response()
            case Failure(accepted=True) | InternalError(accepted=True):
                work()
                return self._refusing(fault)
        return work()

    def _instead(self, fault: Fault | None) -> web.Response | None:
        """Give what is answered while nothing is done, if that is the fault."""
        match fault:
            case RateLimited(seconds):
                return too_many(seconds)
            case Refuse(error, extra):
                return self._json({"ok": False, "error": error} | extra)
            case Failure(accepted=False) | InternalError(accepted=False):
                return self._refusing(fault)
        return None

    def _refusing(self, fault: Failure | InternalError) -> web.Response:
        if isinstance(fault, Failure):
            return web.Response(status=fault.status, text=fault.text, content_type="text/html")
        return self._json({"ok": False, "error": fault.error})

    async def _gone(self, raw: web.BaseRequest) -> None:
        """Wait until the caller has closed the connection."""
        while not self._is_over(raw):  # noqa: ASYNC110 - nobody tells a handler that the caller has gone
            await asyncio.sleep(0.005)

    def _is_over(self, raw: web.BaseRequest) -> bool:
        return self._end.is_set() or raw.transport is None or raw.transport.is_closing()

    async def _wait(self, seconds: float | None) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._end.wait()
        except TimeoutError:
            return

    def _answer(self, call: Call, token: str) -> web.Response:
        """Refuse a call or do it, looking at it in the order in which Slack does."""
        try:
            call.answer = {"ok": True} | self._done(call, token)
        except Refused as refused:
            if refused.error == "ratelimited":
                return too_many(int(str(refused.extra["seconds"])))
            if refused.error in _OUR_FAULT:
                self._violations.append(f"{call.method}: {refused.error} {refused.extra}")
            call.answer = refused.body()
        return self._json(call.answer)

    def _done(self, call: Call, token: str) -> Json:
        if call.method not in _METHODS and call.method != "apps.connections.open":
            self._violations.append(f"{call.method}: the fake has no such method")
            raise Refused("unknown_method")
        self._authorized(call.method, token)
        if self._limits is not None:
            seconds = self._limits.take(call.method, call.arguments, call.at)
            if seconds:
                raise Refused("ratelimited", seconds=seconds)
        if call.method == "apps.connections.open":
            return {"url": self.open_socket()}
        scopes, handler = _METHODS[call.method]
        rooms.granted(self._world, *scopes)
        self._judge(call)
        answer = handler(self._world, call)
        if "upload_url" in answer:
            answer["upload_url"] = self.address + answer["upload_url"]
        return answer

    def _authorized(self, method: str, token: str) -> None:
        if not token:
            raise Refused("not_authed")
        if token not in {self._bot_token, self._app_token}:
            raise Refused("invalid_auth")
        if (token == self._app_token) is not (method == "apps.connections.open"):
            raise Refused("not_allowed_token_type")
        if self._world.trouble is not None and token == self._bot_token:
            raise Refused(self._world.trouble)

    def _judge(self, call: Call) -> None:
        """Note all that is wrong with a call, and refuse what Slack refuses."""
        verdict = contract.Verdict()
        if call.method in _MESSAGES:
            verdict = contract.message(call.method, call.arguments)
        elif call.method in _VIEWS:
            verdict = contract.view(call.arguments.get("view"), _VIEWS[call.method])
        found = [*verdict.everything, *welcome.arguments(call.method, call.arguments)]
        self._violations += [f"{call.method}: {each}" for each in found]
        if verdict.breaches:
            said = [str(each) for each in verdict.breaches]
            error = "invalid_blocks" if call.method in _MESSAGES else "invalid_arguments"
            if any(each.path[:1] == ("metadata",) for each in verdict.breaches):
                error = "invalid_metadata_format"
            messages = [f"[ERROR] {each}" for each in said]
            raise Refused(error, errors=said, response_metadata={"messages": messages})

    def _json(self, data: Json) -> web.Response:
        headers = {
            "X-OAuth-Scopes": ",".join(sorted(self._world.scopes)),
            "X-Slack-Req-Id": f"r{len(self.calls)}",
        }
        return web.json_response(data, headers=headers)


def too_many(seconds: int) -> web.Response:
    """Say 429 as Slack does (apis/web-api/rate-limits)."""
    body = {"ok": False, "error": "ratelimited"}
    return web.json_response(body, status=429, headers={"Retry-After": str(seconds)})


async def _arguments(raw: web.BaseRequest) -> Json:
    sources: list[Mapping[str, object]] = [dict(raw.query)]
    if raw.content_type == "application/json":
        text = await raw.text()
        said = json.loads(text) if text.strip() else {}
        sources.append(said if isinstance(said, dict) else {})
    elif raw.can_read_body:
        sources.append({name: value for name, value in (await raw.post()).items() if isinstance(value, str)})
    return merged(*sources)
