"""Signed HTTP: the same deliveries as requests to the app's own address."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import io
import json
import time
from urllib.parse import urlencode

import aiohttp

from tests.loopback.slack.delivery import Delivery, Office
from tests.loopback.slack.nouns import Json

FORM = "application/x-www-form-urlencoded"
_JSON = "application/json"


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Sign a body as Slack does (authentication/verifying-requests-from-slack)."""
    said = b":".join((b"v0", timestamp.encode(), body))
    return "v0=" + hmac.new(secret.encode(), said, hashlib.sha256).hexdigest()


class Signed:
    """Posts deliveries to an address."""

    def __init__(self, url: str, secret: str) -> None:
        self._url = url
        self._secret = secret
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30))
        self._tasks: set[asyncio.Task[None]] = set()
        self.office: Office
        """Where acknowledgements go; set by the server."""

    async def close(self) -> None:
        """Let go of what is under way."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._session.close()

    def send(self, delivery: Delivery) -> bool:
        """Post one."""
        task = asyncio.create_task(self._post(delivery, delivery.attempt))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return True

    async def verify(self) -> bool:
        """Ask as Slack does when the address is entered: whether the challenge comes back."""
        body = json.dumps({"token": "t", "challenge": "chirp-7", "type": "url_verification"}).encode()
        status, text = await self.raw(body, _JSON)
        if status != 200:
            return False
        return text == "chirp-7" or (text.startswith("{") and json.loads(text).get("challenge") == "chirp-7")

    async def raw(
        self,
        body: bytes,
        content_type: str = FORM,
        *,
        timestamp: float | None = None,
        signed: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, str]:
        """Post any body; with another time, signature or headers than Slack would send."""
        said_at = str(int(time.time() if timestamp is None else timestamp))
        all_headers = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": said_at,
            "X-Slack-Signature": signature(self._secret, said_at, body) if signed is None else signed,
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
        } | (headers or {})
        async with self._session.post(self._url, data=io.BytesIO(body), headers=all_headers) as response:
            return response.status, await response.text()

    async def _post(self, delivery: Delivery, attempt: int) -> None:
        body, content_type = written(delivery)
        headers = (
            {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": delivery.reason} if attempt else {}
        )
        try:
            status, text = await self.raw(body, content_type, headers=headers)
        except aiohttp.ClientError:
            if attempt == delivery.attempt:
                self.office.lost(delivery, "dispatch_failed", "connection_failed")
            return
        if status != 200:
            if attempt == delivery.attempt:
                self.office.lost(delivery, "http_error", "http_error")
            return
        self.office.acknowledge(delivery, _answer(text))


def written(delivery: Delivery) -> tuple[bytes, str]:
    """Write a delivery's body: a command as a form, an interaction as JSON in a form, an event as JSON."""
    if delivery.kind == "slash_commands":
        return urlencode(delivery.payload).encode(), FORM
    if delivery.kind == "interactive":
        return urlencode({"payload": json.dumps(delivery.payload)}).encode(), FORM
    return json.dumps(delivery.payload).encode(), _JSON


def _answer(text: str) -> Json:
    if not text.strip():
        return {}
    try:
        said = json.loads(text)
    except ValueError:
        return {"text": text}
    return said if isinstance(said, dict) else {"text": text}
