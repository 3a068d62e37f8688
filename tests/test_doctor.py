"""`wireroom doctor` meets adapters as a run would, and what ails one of them keeps no check away."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot import log
from bot.adapter import ENTRY_POINTS, Finding, Severity
from bot.doctor import examine
from bot.models import Target
from bot.settings import Settings
from bot.store import Connection, feeds, notes, subscriptions
from bot.store.database import Database
from tests.documents import START
from tests.loopback.site import Site

PAGE = (Path(__file__).parent.parent / "docs" / "adapters.md").read_text(encoding="utf-8")
FILES: dict[str, str] = dict(re.findall(r"^```\w+\n# (\S+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
AILING = """
from bot.adapter import Adapter
from bot.errors import ConfigError

class Tokenless(Adapter):
    name = "tokenless"
    async def __aenter__(self):
        raise ConfigError("Set WIREROOM_TOKENLESS_TOKEN.")
    async def post(self, target, message, ticket):
        return "1"

class Keeper(Adapter):
    name = "keeper"
    async def __aenter__(self):
        await self.ledger.write("opened", "yes")
        return self
    async def post(self, target, message, ticket):
        return "1"
    async def doctor(self, targets):
        await self.ledger.left("club")
        return []

class Clumsy(Adapter):
    name = "clumsy"
    async def post(self, target, message, ticket):
        return "1"
    async def doctor(self, targets):
        return [1 / 0]
"""
POINTS = {
    "webhook": "wireroom_webhook:WebhookAdapter",
    "tokenless": "ailing:Tokenless",
    "clumsy": "ailing:Clumsy",
    "keeper": "ailing:Keeper",
}


@pytest.fixture
def strangers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Install the adapter of docs/adapters.md, and two that are not well."""
    place = tmp_path / "installed"
    info = place / "strangers-1.0.dist-info"
    info.mkdir(parents=True)
    (place / "wireroom_webhook.py").write_text(FILES["wireroom_webhook.py"], encoding="utf-8")
    (place / "ailing.py").write_text(AILING, encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: strangers\nVersion: 1.0\n")
    lines = "".join(f"{name} = {value}\n" for name, value in POINTS.items())
    (info / "entry_points.txt").write_text(f"[{ENTRY_POINTS}]\n{lines}")
    monkeypatch.syspath_prepend(place)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    for module in ("wireroom_webhook", "ailing"):
        sys.modules.pop(module, None)


def served(c: Connection) -> None:
    """Let a room of the webhook carry a feed, paused so that nobody fetches it."""
    feed = feeds.add(c, address="https://news.example/feed", host="news.example", title="", now=START)
    room = subscriptions.target_id(c, Target("webhook", "news"))
    subscriptions.add(c, feed_id=feed, target_id=room, added_by=None, sample=False, now=START)
    feeds.set_paused(c, feed, reason="For the test.", now=START)


async def examined(place: Path, *adapters: str) -> list[Finding]:
    """Run the doctor over these adapters."""
    settings = Settings(database=place / "wireroom.db", adapters=adapters, parsers=1)
    return list(await examine(settings))


async def test_an_adapter_is_opened_before_it_is_asked(
    strangers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The adapter of the page, which connects when it is opened, looks at its rooms through the doctor."""
    async with Site() as site, Database(strangers / "wireroom.db") as db:
        await db.write(served)
        monkeypatch.setenv("WIREROOM_WEBHOOK_URL", site.url("/hooks"))
        site.respond(
            "/hooks/news/by-key/doctor", body=b'{"id": null}', headers={"Content-Type": "application/json"}
        )
        assert Finding(Severity.OK, "The webhook answers.") in await examined(strangers, "webhook")
        assert [request.path for request in site.requests] == ["/hooks/news/by-key/doctor"]


async def test_an_ailing_adapter_is_a_finding(strangers: Path) -> None:
    """What one adapter raises is told as a problem, logged with its traceback, and the rest is checked."""
    logged = io.StringIO()
    log.configure(form="json", stream=logged)
    found = await examined(strangers, "tokenless", "clumsy", "terminal")
    told = {finding.text for finding in found if finding.severity is Severity.PROBLEM}
    assert "tokenless: Set WIREROOM_TOKENLESS_TOKEN." in told
    assert any("clumsy stumbled over itself (ZeroDivisionError)" in text for text in told)
    assert "ailing.py" in logged.getvalue()
    assert any("Cards for the terminal" in finding.text for finding in found)
    assert found[-1].text.startswith("No feeds yet.")


async def test_a_first_feed_is_advised_for_a_platform_that_runs(
    strangers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The example names the terminal only where it is among the adapters, else one of those."""
    monkeypatch.setenv("WIREROOM_WEBHOOK_URL", "http://127.0.0.1:9/hooks")
    for running, place in (("webhook",), "webhook:…"), (("webhook", "terminal"), "terminal:news"):
        told = [one.text for one in await examined(strangers, *running) if one.text.startswith("No feeds")]
        assert told == [f"No feeds yet. Add one: wireroom feeds add https://… --to {place}"]


async def test_an_adapter_finds_its_ledger(strangers: Path) -> None:
    """An adapter has its ledger before it is opened; a server that it left needs nobody's hand."""
    club = Target("keeper", "news", "club")
    async with Database(strangers / "wireroom.db") as db:
        feed = await db.write(
            lambda c: feeds.add(c, address="https://a.example/", host="a", title="A", now=START)
        )
        await db.write(lambda c: feeds.set_paused(c, feed, reason="For the test.", now=START))
        await db.write(
            lambda c: subscriptions.add(
                c,
                feed_id=feed,
                target_id=subscriptions.target_id(c, club),
                added_by=None,
                sample=False,
                now=START,
            )
        )
        told = [one for one in await examined(strangers, "keeper") if "club" in one.text]
        assert await db.read(lambda c: notes.note(c, "keeper", "opened", now=START)) == "yes"
    assert told == [
        Finding(
            Severity.WARNING,
            "keeper:club/news is stopped: wireroom was removed from this server. "
            "It is forgotten after 30 days, unless invited back.",
        )
    ]


async def test_a_wrong_list_of_hosts_is_a_finding(tmp_path: Path) -> None:
    """An entry of WIREROOM_ALLOW_HOSTS that cannot be read is told by name, instead of “can be read”."""
    settings = Settings(database=tmp_path / "wireroom.db", allow_hosts=("10.0.0.0/99",), parsers=1)
    found = await examine(settings)
    assert found[0].severity is Severity.PROBLEM
    assert "WIREROOM_ALLOW_HOSTS" in found[0].text
