"""The HTTP side: each request is recorded, judged, perhaps spoilt, and done."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Mapping
from typing import Any

from aiohttp import BodyPartReader, web

from tests.loopback.discord import answers, contract, declared, places, posts, threads
from tests.loopback.discord.faults import Fault, Faults, Hang, Limited, Refusal, Reset, Slow, Status
from tests.loopback.discord.limits import Limits, Standing
from tests.loopback.discord.nouns import Json
from tests.loopback.discord.request import Handler, Refused, Request
from tests.loopback.discord.world import World
from tests.loopback.door import reset

ROOT = "/api/v10"
_ROUTES: dict[tuple[str, str], Handler] = {
    **places.ROUTES,
    **posts.ROUTES,
    **threads.ROUTES,
    **declared.ROUTES,
    **answers.ROUTES,
}
_OUR_FAULT = frozenset({50006, 50035})
"""Refusals that no state of the world can cause."""

_BY_TOKEN_IN_PATH = ("/interactions/", "/webhooks/")


class Rest:
    """Answers what is asked below ``/api/v10``; ``limits`` is None where nothing is limited."""

    def __init__(self, world: World, token: str, limits: Limits | None) -> None:
        self._world = world
        self._token = token
        self._limits = limits
        self._end = asyncio.Event()
        self.faults = Faults()
        self.requests: list[Request] = []
        self.violations: list[str] = []
        self.limited = 0

    def stop(self) -> None:
        """Let go of the requests that hang."""
        self._end.set()

    async def serve(self, raw: web.BaseRequest) -> web.StreamResponse:
        """Take a request through all that may happen to it."""
        request = await self._read(raw)
        verdict = contract.judge(request.method, request.path, request.query, request.body)
        self._note(request, verdict)
        fault = self.faults.next(request.method, request.path)
        response = _instead(fault) or self._answer(raw, request, verdict)
        match fault:
            case Status(after=True):
                response = _front(fault)
            case Reset():
                reset(raw)
                return response
            case Hang():
                await self._end.wait()
                return response
            case Slow(seconds):
                await asyncio.sleep(seconds)
        request.status = response.status
        self.limited += response.status == 429
        return response

    async def _read(self, raw: web.BaseRequest) -> Request:
        body: Any = None
        files: dict[str, bytes] = {}
        if raw.content_type == "multipart/form-data":
            body, files = await _form(raw)
        elif raw.can_read_body:
            text = await raw.text()
            body = json.loads(text) if text else None
        path = raw.path.removeprefix(ROOT)
        now = asyncio.get_running_loop().time()
        request = Request(raw.method, path, dict(raw.query), body, files, now)
        self.requests.append(request)
        return request

    def _note(self, request: Request, verdict: contract.Verdict) -> None:
        asked = f"{request.method} {request.path}"
        self.violations += [f"{asked}: {breach}" for breach in (*verdict.breaches, *verdict.unwelcome)]
        if verdict.template is not None:
            request.name_parts(verdict.template)

    def _answer(self, raw: web.BaseRequest, request: Request, verdict: contract.Verdict) -> web.Response:
        """Refuse it or do it, looking at it in the order in which Discord does."""
        if verdict.template is None:
            return _json({"message": "404: Not Found", "code": 0}, 404)
        is_open = request.path.startswith(_BY_TOKEN_IN_PATH) or request.path == "/gateway"
        if not is_open and raw.headers.get("Authorization") != f"Bot {self._token}":
            return _json(Refused(0).body(), 401)
        limits = self._limits
        standing = None if limits is None else limits.take(request.method, request.path, request.at)
        if standing is not None and standing.wait:
            return _too_many(standing)
        if verdict.breaches:
            return _json(Refused(50035, verdict.errors()).body(), 400, _headers(standing))
        return self._carried_out(request, standing)

    def _carried_out(self, request: Request, standing: Standing | None) -> web.Response:
        handler = _ROUTES.get((request.method, request.template))
        if handler is None:
            self.violations.append(f"{request.method} {request.path}: the fake has no such route")
            return _json({"message": "405: Method Not Allowed", "code": 0}, 405)
        try:
            data = handler(self._world, request)
        except Refused as refused:
            if refused.code in _OUR_FAULT:
                self.violations.append(f"{request.method} {request.path}: {refused.text}")
            return _json(refused.body(), refused.status, _headers(standing))
        if data is None:
            return web.Response(status=204, headers=_headers(standing))
        return _json(data, 200, _headers(standing))


async def _form(raw: web.BaseRequest) -> tuple[Any, dict[str, bytes]]:
    """Read a form: the JSON among its fields, and its files by name."""
    body: Any = None
    files: dict[str, bytes] = {}
    async for part in await raw.multipart():
        assert isinstance(part, BodyPartReader)
        content = bytes(await part.read(decode=True))
        if part.name == "payload_json":
            body = json.loads(content)
        else:
            files[part.filename or part.name or ""] = content
    return body, files


def _instead(fault: Fault | None) -> web.Response | None:
    """Give what is answered while nothing is done, if that is the fault."""
    match fault:
        case Status(after=False):
            return _front(fault)
        case Limited():
            return _limited(fault)
        case Refusal(status, code, message):
            return _json({"message": message, "code": code}, status)
        case Reset(after=False):
            return web.Response()
    return None


def _front(fault: Status) -> web.Response:
    if fault.html:
        page = f"<html><head><title>{fault.status}</title></head><body>cloudflare</body></html>"
        return web.Response(status=fault.status, text=page, content_type="text/html")
    return _json({"message": f"{fault.status}: Server Error", "code": 0}, fault.status)


def _limited(fault: Limited) -> web.Response:
    if not fault.via:
        return web.Response(status=429, text="error code: 1015", content_type="text/plain")
    standing = Standing("ordered", 5, 0, fault.retry_after, fault.retry_after, fault.everywhere)
    return _too_many(standing)


def _too_many(standing: Standing) -> web.Response:
    """Say 429 as Discord does (topics/rate-limits); discord.py takes one without Via for a ban."""
    headers = {
        "Via": "1.1 google",
        "Retry-After": str(max(1, round(standing.wait))),
        "X-RateLimit-Scope": "global" if standing.everywhere else "user",
    }
    headers |= {"X-RateLimit-Global": "true"} if standing.everywhere else _headers(standing)
    body: Json = {"message": "You are being rate limited.", "retry_after": round(standing.wait, 3)}
    return _json(body | {"global": standing.everywhere}, 429, headers)


def _headers(standing: Standing | None) -> dict[str, str]:
    return {} if standing is None else standing.headers(time.time())


def _json(data: object, status: int, headers: Mapping[str, str] | None = None) -> web.Response:
    """Answer JSON; with a charset behind the type, discord.py would take it for text."""
    body = json.dumps(data).encode()
    return web.Response(status=status, body=body, content_type="application/json", headers=headers)
