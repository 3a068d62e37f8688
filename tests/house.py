"""A site, and the bot as a process of its own that can be started again; what platform it serves is added."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.loopback.site import Site
from tests.test_crash import EARLIER

FEED = "/feed.xml"
SLOWLY = 15.0


def publish(site: Site, titles: Sequence[str]) -> None:
    """Let the site's feed hold these entries, the newest last."""
    items = "".join(
        f"<item><guid>{title}</guid><title>{title}</title><link>https://gazette.example/{number}</link>"
        f"<description>All about {title}.</description></item>"
        for number, title in reversed(list(enumerate(titles)))
    )
    head = "<title>Harbour Gazette</title><link>https://gazette.example</link>"
    site.respond(FEED, body=f"<rss version='2.0'><channel>{head}{items}</channel></rss>".encode())


class House:
    """The bot with its database, and the site that it reads; ``settings`` are those of the platforms."""

    def __init__(self, directory: Path, site: Site, settings: Mapping[str, str]) -> None:
        self.site = site
        self.secrets = [text for name, text in settings.items() if "TOKEN" in name or "SECRET" in name]
        ours = ("WIREROOM_", "DISCORD_", "SLACK_")
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(ours)},
            "WIREROOM_DATABASE": str(directory / "wireroom.db"),
            "WIREROOM_ALLOW_HOSTS": site.host,
            "WIREROOM_PORTS": str(site.port),
            "WIREROOM_POLL_MIN": "1s",
            "WIREROOM_POLL_MAX": "1s",
            **settings,
        }

    async def start(self, *words: str) -> asyncio.subprocess.Process:
        """Start the program."""
        return await asyncio.create_subprocess_exec(
            sys.executable,
            "-c",
            "from bot.cli import main; main()",
            *(words or ("run",)),
            env=self.environment,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )

    @asynccontextmanager
    async def started(self) -> AsyncIterator[asyncio.subprocess.Process]:
        """Let the bot run; it is stopped as Ctrl-C does, unless it was killed; its log holds no secret."""
        process = await self.start()
        try:
            yield process
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGINT)
            _, log = await process.communicate()
            assert not [secret for secret in self.secrets if secret in log.decode()]

    def pass_time(self) -> None:
        """Let ten minutes pass for what was under way: leases end."""
        plain = sqlite3.connect(self.environment["WIREROOM_DATABASE"])
        with plain:
            for column in ("due_at", "lease_until", "first_tried_at"):
                plain.execute(EARLIER.format(table="deliveries", column=column))
            plain.execute(EARLIER.format(table="feeds", column="lease_until"))
        plain.close()
