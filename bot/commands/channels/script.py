"""What the drawer keeps, as JSON: the way back from a change, a list that was looked at; pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from bot.commands.channels.drawer import Script
from bot.commands.channels.survey import Candidate, Survey
from bot.commands.channels.undoing import Before
from bot.models import Target, TargetKind
from bot.store.channel import Carriage

_TIMES = ("created_at", "paused_at", "resumes_at", "next_poll_at", "answered_at", "failing_since")

Object = Mapping[str, Any]
"""A JSON object, read."""


def _write(thing: Before | Survey) -> str:
    return json.dumps(asdict(thing), default=_plain, ensure_ascii=False)


def _plain(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
    raise TypeError(f"{type(value).__name__} has no place in the drawer")


def _before(text: str) -> Before:
    kept = json.loads(text)
    was, was_not = (tuple(map(_carriage, kept[name])) for name in ("was", "was_not"))
    return Before(was, was_not, kept["public"])


def _carriage(kept: Object) -> Carriage:
    times = {name: kept[name] and datetime.fromisoformat(kept[name]) for name in _TIMES}
    own = kept["own_interval"]
    read = {
        "target": _target(kept["target"]),
        "added_by": kept["added_by"] and _target(kept["added_by"]),
        "own_interval": None if own is None else timedelta(seconds=own),
    }
    return Carriage(**{**kept, **times, **read})


def _survey(text: str) -> Survey:
    kept = json.loads(text)
    candidates = tuple(Candidate(**one) for one in kept["candidates"])
    read = {
        "target": _target(kept["target"]),
        "candidates": candidates,
        "nameless": tuple(kept["nameless"]),
    }
    return Survey(**{**kept, **read})


def _target(kept: Object) -> Target:
    return Target(**{**kept, "kind": TargetKind(kept["kind"])})


WAY_BACK: Script[Before] = Script(_write, _before)
LIST: Script[Survey] = Script(_write, _survey)
