"""The contract passes what keeps it, names what does not, and the page about it is true."""

from __future__ import annotations

import asyncio
import io
import re
import subprocess
import sys
import tomllib
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from adapters.terminal import TerminalAdapter, TerminalSettings
from bot.adapter import ENTRY_POINTS, Found, Sighting, Ticket
from bot.contract import AdapterContract
from bot.errors import Undeliverable
from bot.models import Card, Message, Notice, Target

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "adapters.md").read_text(encoding="utf-8")
FILES: dict[str, str] = dict(re.findall(r"^```\w+\n# (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))


def test_the_pages_adapter_keeps_the_contract(tmp_path: Path) -> None:
    """The adapter that docs/adapters.md shows passes every law, run as the page says, none skipped."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    # A plugin of pytest, which is here for other tests, brings the ignored warning along.
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-W",
            "error",
            "-W",
            "ignore:'audioop' is deprecated:DeprecationWarning",
        ],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    laws = [name for name in vars(AdapterContract) if name.startswith("test_")]
    passed = re.search(r"^(\d+) passed in", run.stdout, re.MULTILINE)
    assert passed, run.stdout
    assert int(passed[1]) > len(laws)


def test_the_pages_adapter_is_found_by_its_entry_point(tmp_path: Path) -> None:
    """The entry point that the page shows, once installed, makes the adapter appear beside ours."""
    project = tomllib.loads(FILES["pyproject.toml"])["project"]
    points = project["entry-points"][ENTRY_POINTS]
    (tmp_path / "wireroom_webhook.py").write_text(FILES["wireroom_webhook.py"], encoding="utf-8")
    installed = tmp_path / "wireroom_webhook-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: wireroom-webhook\nVersion: 1.0\n")
    lines = "".join(f"{name} = {value}\n" for name, value in points.items())
    (installed / "entry_points.txt").write_text(f"[{ENTRY_POINTS}]\n{lines}")
    run = subprocess.run(
        [sys.executable, "-c", "from bot.adapter import installed; print(installed()['webhook'].name)"],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{ROOT}:{tmp_path}", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout == "webhook\n", run.stderr


def test_every_error_is_on_the_page() -> None:
    """Each law's fixture, each method and each error that an adapter's author needs is on the page."""
    for word in (
        *("Busy", "InDoubt", "TargetGone", "Undeliverable", "DeliveryError", "CommandError"),
        *("post", "edit", "find", "doctor", "target", "configured", "commands", "settle", "post_timeout"),
        *("seen", "others", "gone", "outage", "adapter"),
    ):
        assert re.search(rf"`{word}\b", PAGE), word


class _NoId(TerminalAdapter):
    """Forgets what the platform answered."""

    async def post(self, target: Target, message: Message, ticket: Ticket) -> str:
        await super().post(target, message, ticket)
        return ""


class _OneId(TerminalAdapter):
    """Gives every message one id."""

    async def post(self, target: Target, message: Message, ticket: Ticket) -> str:
        await super().post(target, message, ticket)
        return "same"


class _OneUse(TerminalAdapter):
    """Cannot bear a ticket's second try."""

    async def post(self, target: Target, message: Message, ticket: Ticket) -> str:
        if ticket.attempt > 1:
            raise KeyError(ticket.key)
        return await super().post(target, message, ticket)


class _Particular(TerminalAdapter):
    """Refuses what is too long."""

    async def post(self, target: Target, message: Message, ticket: Ticket) -> str:
        if len(str(message)) > 10_000:
            raise Undeliverable("too long")
        return await super().post(target, message, ticket)


class _Terse(TerminalAdapter):
    """Leaves everything out but the title."""

    async def post(self, target: Target, message: Message, ticket: Ticket) -> str:
        short = Notice(message.text) if isinstance(message, Notice) else Card(message.title, "")
        return await super().post(target, short, ticket)


class _Unmoved(TerminalAdapter):
    """Says that it edited, and did not."""

    async def edit(self, target: Target, message_id: str, card: Card, ticket: Ticket) -> None:
        """Do nothing."""


class _Denying(TerminalAdapter):
    """Takes what it cannot see for absent."""

    async def find(self, target: Target, message: Message, ticket: Ticket) -> Found | Sighting:
        del target, message, ticket
        return Sighting.ABSENT


class _Inventing(TerminalAdapter):
    """Finds whatever it is asked for."""

    async def find(self, target: Target, message: Message, ticket: Ticket) -> Found | Sighting:
        del target, message
        return Found(ticket.key)


class _Stubborn(TerminalAdapter):
    """Goes on when it is cut off."""

    async def post(self, target: Target, message: Message, ticket: Ticket) -> str:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(2.5)
        return await super().post(target, message, ticket)


class _Raw(TerminalAdapter):
    """Lets the library's own error out."""

    async def post(self, target: Target, message: Message, ticket: Ticket) -> str:
        try:
            return await super().post(target, message, ticket)
        except Exception as error:
            raise ConnectionError("reset") from error


@pytest.mark.parametrize(
    ("flawed", "law", "sentence"),
    [
        (_NoId, lambda c, a, t, _: c.test_post_gives_an_id(a, t), "not ''"),
        (_OneId, lambda c, a, t, _: c.test_ids_differ(a, t), "Three messages need three ids"),
        (_OneUse, lambda c, a, t, _: c.test_a_second_try_is_harmless(a, t), "it raised KeyError"),
        (
            _Particular,
            lambda c, a, t, _: c.test_hostile_texts_are_posted(a, t, "8,000 characters in each text"),
            "a card with 8,000 characters",
        ),
        (
            _Terse,
            lambda c, a, t, s: c.test_every_field_arrives(a, t, s.getvalue, "alt"),
            "The card's alt did not",
        ),
        (
            _Terse,
            lambda c, a, t, s: c.test_every_field_arrives(a, t, s.getvalue, "link"),
            "The card's link did not",
        ),
        (_Terse, lambda c, a, t, s: c.test_the_date_arrives(a, t, s.getvalue), "The card's time"),
        (_Terse, lambda c, a, t, s: c.test_a_notice_arrives_with_its_buttons(a, t, s.getvalue), "Showthem"),
        (_Terse, lambda c, a, t, s: c.test_an_alert_says_why(a, t, s.getvalue), "The query of an alert's"),
        (_Terse, lambda c, a, t, s: c.test_a_digest_arrives_whole(a, t, s.getvalue), "['16'] is not"),
        (
            _Unmoved,
            lambda c, a, t, s: c.test_edit_changes_the_card_or_says_that_it_cannot(a, t, s.getvalue),
            "After an edit the new headline",
        ),
        (_Denying, lambda c, a, t, _: c.test_find_never_denies_what_is_there(a, t), "Sighting.ABSENT"),
        (_Inventing, lambda c, a, t, _: c.test_find_never_makes_a_message_up(a, t), "never posted"),
        (_Stubborn, lambda c, a, t, _: c.test_a_post_can_be_cut_off(a, t), "within 2 seconds"),
        (
            _Raw,
            lambda c, a, t, s: c.test_an_outage_is_a_delivery_error(a, t, s.close),
            "may raise only a kind",
        ),
        (
            _NoId,
            lambda c, a, t, _: c.test_an_outage_is_a_delivery_error(a, t, lambda: None),
            "it raised nothing",
        ),
        (_NoId, lambda c, a, t, _: c.test_a_closed_target_is_gone(a, t), "must raise TargetGone"),
    ],
)
async def test_a_flaw_is_named(
    flawed: type[TerminalAdapter],
    law: Callable[[AdapterContract, TerminalAdapter, Target, io.StringIO], Awaitable[None]],
    sentence: str,
) -> None:
    """Each flaw of an adapter breaks the law against it, in a sentence that names the flaw."""
    stream = io.StringIO()
    adapter = flawed(TerminalSettings(), stream)
    with pytest.raises(pytest.fail.Exception, match=re.escape(sentence)):
        await law(AdapterContract(), adapter, adapter.target("news"), stream)
    await TerminalAdapter.__aexit__(adapter, None, None, None)
