"""The `wireroom` command as a person types it, on a real database and a site on loopback."""

from __future__ import annotations

import asyncio
import json
import signal
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from bot.cli import wireroom
from tests.loopback.site import Site

PROGRAM = Path(sys.executable).with_name("wireroom")
ITEM = (
    "<item><title>Number {n}</title><link>https://example.org/{n}</link><guid>{n}</guid>"
    "<pubDate>Wed, 15 Apr 2026 12:0{n}:00 GMT</pubDate></item>"
)
WAIT_SECONDS = 30
TO = ("--to", "terminal:news")


def rss(*numbers: int) -> bytes:
    """Write a feed of these items."""
    items = "".join(ITEM.format(n=n) for n in numbers)
    return f"<rss version='2.0'><channel><title>Small Wire</title>{items}</channel></rss>".encode()


class Shell:
    """Runs `wireroom` in an empty directory."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.env = {"WIREROOM_PARSERS": "1", "WIREROOM_ALLOW_HOSTS": site.host}

    async def __call__(self, *words: str, **env: str) -> Result:
        """Type a command; ``env`` overrides the environment."""
        runner = CliRunner(env={**self.env, **env})
        return await asyncio.to_thread(runner.invoke, wireroom, words)

    async def succeed(self, *words: str) -> str:
        """Type a command that has to succeed, and give back what it says."""
        result = await self(*words)
        assert result.exit_code == 0, result.output
        return result.stdout

    async def refused(self, *words: str, code: int = 1, **env: str) -> str:
        """Type a command that has to be refused, and give back the one line that says why."""
        result = await self(*words, **env)
        assert result.exit_code == code, result.output
        assert result.stderr.count("\n") == 1, result.stderr
        return result.stderr


@pytest.fixture
async def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Shell]:
    """Stand in an empty directory, with a site that has one feed."""
    monkeypatch.chdir(tmp_path)
    async with Site() as site:
        site.respond("/feed.xml", body=rss(2, 1), headers={"Content-Type": "application/rss+xml"})
        site.respond("/page.html", body=b"<html><body>Log in</body></html>")
        yield Shell(site)


async def test_a_feed_comes_stays_and_goes(shell: Shell) -> None:
    """A feed is added, listed, paused, resumed, given an interval and removed, each by one command."""
    address = shell.site.url("/feed.xml")
    said = await shell.succeed("feeds", "add", address, *TO)
    assert "Small Wire will post in terminal:news (feed 1)" in said
    assert "I won't post its 2 older items" in said
    assert "not polled yet" in await shell.succeed("feeds", "list")
    await shell.succeed("feeds", "pause", "1")
    assert "paused: You paused it." in await shell.succeed("feeds", "list")
    await shell.succeed("feeds", "resume", address)
    assert "paused" not in await shell.succeed("feeds", "list")
    assert "every 30m" in await shell.succeed("feeds", "every", "1", "30m")
    assert "asked every 30m" in await shell.succeed("feeds", "list")
    assert "as it publishes" in await shell.succeed("feeds", "every", "1", "auto")
    assert "asked every" not in await shell.succeed("feeds", "list")
    assert "every 5 minutes at most" in await shell.refused("feeds", "every", "1", "1m")
    assert await shell.succeed("feeds", "posts", "1") == "None.\n"
    assert "Removed from 1 channel." in await shell.succeed("feeds", "remove", "1")
    for number in ("1", "9" * 18, "9" * 20, "9" * 5_000):
        assert "There is no feed “" in await shell.refused("feeds", "pause", number)


@pytest.mark.parametrize(
    ("numbers", "older"),
    [
        ((), "It has no posts yet."),
        ((1,), "I'll post its one item as a sample."),
        ((2, 1), "its 2 older items"),
    ],
)
async def test_what_is_not_posted_is_counted(shell: Shell, numbers: tuple[int, ...], older: str) -> None:
    """Whoever adds a feed hears how many items stay unposted, in words that fit none, one and many."""
    shell.site.respond("/feed.xml", body=rss(*numbers), headers={"Content-Type": "application/rss+xml"})
    assert older in await shell.succeed("feeds", "add", shell.site.url("/feed.xml"), *TO)


async def test_a_person_is_told_from_a_channel(shell: Shell) -> None:
    """A person reads with an @ wherever a channel could stand, and is understood with it."""
    address = shell.site.url("/feed.xml")
    assert "terminal:@maria (feed 1)" in await shell.succeed(
        "feeds", "add", address, "--to", "terminal:@maria"
    )
    assert "→  terminal:@maria\n" in await shell.succeed("feeds", "list")
    assert "Removed from 1 channel" in await shell.succeed(
        "feeds", "remove", "1", "--from", "terminal:@maria"
    )


async def test_adding_twice_changes_nothing(shell: Shell) -> None:
    """A feed that a channel carries already is not added again, and that is no error."""
    await shell.succeed("feeds", "add", shell.site.url("/feed.xml"), *TO)
    said = await shell.succeed("feeds", "add", shell.site.url("/feed.xml"), *TO)
    assert "already posts in terminal:news. Nothing changed." in said


async def test_an_inside_address_is_refused_with_the_setting(shell: Shell) -> None:
    """A private address is refused, and the refusal names the setting with host and port to write."""
    said = await shell.refused("feeds", "add", shell.site.url("/feed.xml"), *TO, WIREROOM_ALLOW_HOSTS="")
    assert f"WIREROOM_ALLOW_HOSTS={shell.site.host}" in said
    assert "No feeds yet" in await shell.succeed("feeds", "list")
    assert not shell.site.requests


async def test_what_is_no_feed_is_not_added_unless_told_to(shell: Shell) -> None:
    """A page that is no feed is refused with the reason; --anyway adds it all the same."""
    await shell.refused("feeds", "add", shell.site.url("/page.html"), *TO)
    assert "No feeds yet" in await shell.succeed("feeds", "list")
    await shell.succeed("feeds", "add", shell.site.url("/page.html"), *TO, "--anyway")
    assert "/page.html" in await shell.succeed("feeds", "list")


@pytest.mark.parametrize("words", [("--to", "slak:news"), ("--to", "terminal:news", "--by", "slak:me")])
async def test_a_wrong_adapter_lists_those_installed(shell: Shell, words: tuple[str, ...]) -> None:
    """A wrong adapter name is told together with the names that exist."""
    said = await shell.refused("feeds", "add", shell.site.url("/feed.xml"), *words)
    assert "no adapter “slak”" in said
    assert "terminal" in said


async def test_wrong_settings_stop_all_but_help(shell: Shell) -> None:
    """A wrong setting is one line and exit status 2; --help works all the same."""
    said = await shell.refused("feeds", "list", code=2, WIREROOM_POLL_MIN="300")
    assert said.startswith("wireroom: WIREROOM_POLL_MIN: ")
    assert "WIREROOM_ADAPTERS" in await shell.refused("run", code=2, WIREROOM_ADAPTERS="slak")
    assert "WIREROOM_OPERATOR" in await shell.refused("run", code=2, WIREROOM_OPERATOR="me")
    assert "WIREROOM_HTTP" in await shell.refused("run", code=2, WIREROOM_HTTP="here")
    assert (await shell("--help", WIREROOM_POLL_MIN="300")).exit_code == 0


async def test_preview_goes_on_after_a_bad_source(shell: Shell, tmp_path: Path) -> None:
    """Preview reads the sources after one that fails, says which failed, and then exits with 1."""
    good = tmp_path / "good.xml"
    good.write_bytes(rss(1))
    lines = await shell("preview", "--json", "missing.xml", str(good), shell.site.url("/feed.xml"))
    found = [json.loads(line) for line in lines.stdout.splitlines()]
    assert lines.exit_code == 1
    assert found[0].keys() == {"source", "error"}
    assert [one["title"] for one in found[1:]] == ["Number 1", "Number 2", "Number 1"]
    drawn = await shell("preview", "missing.xml", str(good))
    assert drawn.exit_code == 1
    assert "missing.xml: " in drawn.stderr
    assert "Small Wire: 1 entries." in drawn.stdout
    assert (await shell("preview", str(good))).exit_code == 0


async def test_doctor_says_what_is_well_and_what_is_not(shell: Shell) -> None:
    """Doctor exits with 0 while every feed can be read, and with 1 and the reason once one cannot."""
    await shell.succeed("feeds", "add", shell.site.url("/feed.xml"), *TO)
    said = await shell.succeed("doctor")
    assert "Small Wire (feed 1) can be read: 2 entries." in said
    assert "This machine's clock agrees with the sites'." in said
    assert "is whole" in said
    shell.site.respond("/feed.xml", status=404)
    result = await shell("doctor")
    assert result.exit_code == 1
    assert "problem Small Wire (feed 1) cannot be read: " in result.stdout


async def test_the_queue_has_nothing_to_retry_at_first(shell: Shell) -> None:
    """An empty queue is said to be empty, and a delivery that cannot be named is refused."""
    assert await shell.succeed("deliveries", "--dead") == "None.\n"
    assert "0 put back" in await shell.succeed("deliveries", "--retry", "all")
    assert "is no delivery" in await shell.refused("deliveries", "--retry", "that one")
    assert "was not paused" in await shell.succeed("targets", "resume", "terminal:news")


async def test_a_run_posts_and_leaves_its_traces(shell: Shell, tmp_path: Path) -> None:
    """SIGTERM ends a run with status 0; what it did is listed, and backed up whole and private."""
    await shell.succeed("feeds", "add", shell.site.url("/feed.xml"), *TO)
    running = await asyncio.create_subprocess_exec(
        *(PROGRAM, "run"),
        env=shell.env,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert running.stdout is not None
    try:
        async with asyncio.timeout(WAIT_SECONDS):
            while b"https://example.org/2" not in (line := await running.stdout.readline()):
                assert line, "the run ended before it posted the sample"
            running.send_signal(signal.SIGTERM)
            rest, logged = await running.communicate()
    finally:
        if running.returncode is None:
            running.kill()
    assert running.returncode == 0, logged
    assert b"example.org/1" not in rest
    assert all(json.loads(line)["event"] for line in logged.splitlines())

    assert "sent" in await shell.succeed("deliveries")
    assert "Number 1" in await shell.succeed("feeds", "posts", "1")
    assert "healthy" in await shell.succeed("feeds", "list")
    copy = tmp_path / "copy.db"
    assert "checked" in await shell.succeed("backup", str(copy))
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert "exists already" in await shell.refused("backup", str(copy))
    (tmp_path / "wireroom.db").unlink()
    copy.rename(tmp_path / "wireroom.db")
    assert "healthy" in await shell.succeed("feeds", "list")
