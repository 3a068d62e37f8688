"""Trials of a form: what handing it in would find, shown below its fields while it stays open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import structlog

from adapters.slack import forms
from adapters.slack.drawn import Block
from adapters.slack.web import Failure, Refused, Web

OVERTAKEN = "hash_conflict"
"""Slack's word that a form was changed since: by another trial."""

log = structlog.get_logger()


class Trials:
    """Shows of several trials in one form the last that was begun."""

    def __init__(self, web: Web) -> None:
        self._web = web
        self._newest: dict[str, int] = {}
        """Of each form, by its id, the number of its last trial, while one is under way."""
        self._count = 0

    @contextmanager
    def begun(self, view: Mapping[str, Any]) -> Iterator[int]:
        """Count a trial for as long as it is under way, whatever comes of it."""
        self._count += 1
        id_, number = str(view.get("id", "")), self._count
        self._newest[id_] = number
        try:
            yield number
        finally:
            if self._newest.get(id_) == number:
                del self._newest[id_]

    async def show(self, number: int, view: Mapping[str, Any], answer: Sequence[Block]) -> None:
        """Show what a trial found, unless another was begun since or the form is closed."""
        id_ = str(view.get("id", ""))
        if self._newest.get(id_) != number:
            return
        drawn = forms.tried(view, answer)
        try:
            try:
                await self._web.write("views.update", view_id=id_, hash=view.get("hash"), view=drawn)
            except Refused as error:
                if error.error != OVERTAKEN or self._newest.get(id_) != number:
                    raise
                # The one before was shown while this one was looked for; this is the newer.
                await self._web.write("views.update", view_id=id_, view=drawn)
        except Failure as error:
            log.info("slack.trial_not_shown", error=str(error))
