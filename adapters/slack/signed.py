"""Signed HTTP: Slack brings what people do to an address of ours, which a proxy with TLS must lead to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus

import structlog
from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.errors import ConfigError

PATH = "/slack/events"
"""Where events, commands and presses come to; the manifest names it."""
BYTES_MOST = 1024 * 1024
"""Of one request; Slack sends a few kilobytes."""
HEADERS_MOST = 8_190
DIGITS_MOST = 20

log = structlog.get_logger()


def place(text: str) -> tuple[str, int]:
    """Read where to listen: a port alone is of this machine only."""
    host, _, port = text.rpartition(":")
    return host.strip("[]") or "127.0.0.1", int(port)


@asynccontextmanager
async def serving(app: AsyncApp, where: str, secret: str) -> AsyncIterator[str]:
    """Take requests for Bolt that bear a signature made with the secret; gives the address.

    What is larger than ``BYTES_MOST`` is refused before anything else is done with it, and what is not
    signed before it is read. ConfigError where the place is taken.
    """
    verifier = SignatureVerifier(secret)

    async def take(request: web.Request) -> web.StreamResponse:
        body = await request.read()
        if not _is_signed(verifier, body, request):
            return web.Response(status=HTTPStatus.UNAUTHORIZED)
        try:
            bolt = AsyncBoltRequest(
                body=body.decode(),  # as it was signed, whatever charset it claims
                query=request.query_string,
                headers={name: [value] for name, value in request.headers.items()},
            )
        except (ValueError, AttributeError, TypeError, RecursionError):
            return web.Response(status=HTTPStatus.BAD_REQUEST)
        return await to_aiohttp_response(await app.async_dispatch(bolt))

    server = web.Application(client_max_size=BYTES_MOST)
    server.router.add_post(PATH, take)
    runner = web.AppRunner(server, access_log=None, max_field_size=HEADERS_MOST)
    await runner.setup()
    host, port = place(where)
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        await runner.cleanup()
        raise ConfigError(f"SLACK_HTTP: {host}:{port} cannot be listened on: {error.strerror}.") from error
    log.info("slack.serving", address=f"http://{host}:{port}{PATH}")
    try:
        yield f"http://{host}:{port}{PATH}"
    finally:
        await runner.cleanup()


def _is_signed(verifier: SignatureVerifier, body: bytes, request: web.Request) -> bool:
    """Say whether Slack signed a body within five minutes (docs.slack.dev, verifying requests)."""
    timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
    signature = request.headers.get("X-Slack-Signature", "")
    # slack_sdk stumbles over what is no number, over thousands of digits, and over what is not ASCII.
    is_number = timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= DIGITS_MOST
    return is_number and signature.isascii() and verifier.is_valid(body, timestamp, signature)
