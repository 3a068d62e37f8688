"""Says things to one person, by whatever way is still open: where they acted, else in a direct message."""

from __future__ import annotations

import json
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import aiohttp
import structlog
from yarl import URL

from adapters.slack import callers, direct, forms
from adapters.slack.callers import Act
from adapters.slack.drawn import Block
from adapters.slack.failures import FORM
from adapters.slack.replies import Page
from adapters.slack.web import Answer, Failure, Limited, Refused, Unanswered, Unreached, Web
from bot.adapter import Ledger

USES = 5
"""How often a response_url can be used, for half an hour."""
VIEW_MOST = 100
"""Blocks of a modal."""
QUIETLY = {"unfurl_links": False, "unfurl_media": False}
HOOKS = "slack.com"
"""The domain below which response_urls are; also where SLACK_API leads elsewhere."""

log = structlog.get_logger()


class Voice:
    """Answers one act; raises a kind of Failure only where no way is left."""

    def __init__(self, web: Web, ledger: Ledger, act: Act, title: str) -> None:
        """``title`` stands over what is said in a modal."""
        self._web = web
        self._ledger = ledger
        self._act = act
        self._title = title
        self._url = act.url
        self._uses = 0

    async def say(self, pages: Sequence[Page], *, replaces: bool = False, hidden: bool = True) -> None:
        """Say an answer: over the Home tab, in the modal, or as messages, the first where another stood.

        A card or an alert is never replaced, only what the person alone sees.
        """
        if self._act.view is not None and await self._shown(pages):
            return
        for place, page in enumerate(pages):
            await self._page(page, replaces=replaces and self._act.hidden and not place, hidden=hidden)

    async def open(self, view: Block) -> bool:
        """Open a form; False where it cannot be opened any more."""
        method = "views.push" if self._act.modal else "views.open"
        try:
            await self._web.write(method, trigger_id=self._act.trigger, view=view)
        except Failure as error:
            log.warning("slack.form_not_opened", method=method, error=str(error))
            return False
        return True

    async def _shown(self, pages: Sequence[Page]) -> bool:
        """Show an answer in a modal, where there is no channel to say it in."""
        view = forms.said(self._title, [block for page in pages for block in page.blocks][:VIEW_MOST])
        if (self._act.view or {}).get("callback_id") != forms.SAID:  # a form stays open below
            return await self.open(view)
        try:
            await self._web.write("views.update", view_id=self._act.modal, view=view)
        except Failure as error:
            log.warning("slack.modal_not_changed", error=str(error))
            return False
        return True

    async def _page(self, page: Page, *, replaces: bool, hidden: bool) -> None:
        """Send a message, plainer where Slack refuses its form: the text alone tells the person, too."""
        less: Page | None = page
        while less is not None:
            try:
                await self._sent(less, replaces=replaces, hidden=hidden)
            except Refused as error:
                if error.error not in FORM or less.plainer() is None:
                    raise
                log.warning("slack.answer_refused", error=error.error)
                less = less.plainer()
            else:
                return

    async def _sent(self, page: Page, *, replaces: bool, hidden: bool) -> None:
        body = {"text": page.text, **({"blocks": [*page.blocks]} if page.blocks else {}), **QUIETLY}
        if self._act.thread:
            body["thread_ts"] = self._act.thread
        if self._url and self._uses < USES and await self._by_url(body, replaces=replaces, hidden=hidden):
            return
        if self._act.channel and await self._in_channel(body):
            return
        body.pop("thread_ts", None)
        answer = await self._web.write("chat.postMessage", channel=self._act.person, parse="none", **body)
        await direct.remember(self._ledger, self._act.person, callers.text(answer, "channel"))

    async def _by_url(self, body: dict[str, Any], *, replaces: bool, hidden: bool) -> bool:
        """Answer by the response_url, once more where nobody knows what became of it.

        No ``parse`` goes with it: Slack documents none here, and heeds none (slackapi/bolt-python#733).
        What is shown are blocks, whose texts are ``verbatim``.
        """
        how = {"response_type": "ephemeral" if hidden else "in_channel", "replace_original": replaces}
        for _ in range(2):
            self._uses += 1
            try:
                await respond(self._web, self._url, {**body, **how})
            except (Unreached, Unanswered) as error:
                log.warning("slack.answer_in_doubt", error=str(error))
                continue
            except Limited:
                return False
            except Refused as error:
                if error.error in FORM:
                    raise
                log.info("slack.answer_url_closed", error=error.error)
                self._url = ""
                return False
            return True
        return False

    async def _in_channel(self, body: dict[str, Any]) -> bool:
        try:
            await self._web.write(
                "chat.postEphemeral",
                channel=self._act.channel,
                user=self._act.person,
                parse="none",
                **{name: value for name, value in body.items() if name not in QUIETLY},
            )
        except Failure as error:
            if isinstance(error, Refused) and error.error in FORM:
                raise
            log.info("slack.not_said_there", error=str(error))
            return False
        return True


async def respond(web: Web, url: str, body: Answer) -> None:
    """Answer by a response_url; raises a kind of Failure, Refused with Slack's error where it says one.

    The address came with a payload, or lay in a form: nothing is sent to one that is not Slack's.
    """
    session = web.client.session
    if session is None:
        raise Unreached("the connection to Slack is closed")
    if not is_slacks(url, web.client.base_url):
        raise Refused("not_an_address_of_slack", {})
    try:
        async with session.post(url, json=body, allow_redirects=False) as answer:
            status, said = answer.status, await answer.text()
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
        raise Unreached(type(error).__name__) from error
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        raise Unanswered(type(error).__name__) from error
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise Limited("response_url", 1.0)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise Unanswered(f"HTTP {status}")
    refusal = _error(said)
    if refusal or status != HTTPStatus.OK:
        raise Refused(refusal or f"HTTP {status}", {})


def is_slacks(url: str, api: str) -> bool:
    """Say whether an address is Slack's, whose Web API is at ``api``: that place, or secure and below it."""
    try:
        at, home = URL(url), URL(api)
        below = (at.host or "").endswith((f".{HOOKS}", f".{home.host}"))
        return at.origin() == home.origin() or (at.scheme == "https" and below)
    except ValueError:  # no address, or one without a host
        return False


def _error(text: str) -> str:
    """Read Slack's error; what is no JSON is “ok”, or the bare error of a hook."""
    try:
        data = json.loads(text)
    except ValueError:
        return "" if text.strip() in {"", "ok"} else text.strip()[:100]
    if isinstance(data, dict) and data.get("ok") is False:
        return str(data.get("error") or "unknown_error")
    return ""
