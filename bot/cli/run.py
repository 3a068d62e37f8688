"""`wireroom run` and `wireroom demo`: the bot itself."""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import timedelta
from functools import partial

import click

from bot.app import Bot, bot
from bot.cli.duration import Duration
from bot.demo.show import show
from bot.settings import Settings

FOR = click.option(
    "--for", "lasting", type=Duration(), metavar="TIME", help="Stop after this time, such as 20s."
)

AS_LINES = click.option(
    "--json",
    "as_lines",
    is_flag=True,
    help="The terminal's cards as one JSON object each, on a line of its own.",
)


def _choose_lines() -> None:
    # Which adapters there are is not known here, only where each reads its settings: the option says
    # what this variable would, for this process alone.
    os.environ["WIREROOM_TERMINAL_FORMAT"] = "json"


@click.command()
@FOR
@AS_LINES
@click.pass_obj
def run(settings: Settings, lasting: timedelta | None, as_lines: bool) -> None:  # noqa: FBT001 - click's
    """Poll the feeds and post what is new, until Ctrl-C.

    With the terminal adapter it takes commands: at a prompt where a person can type, otherwise from
    standard input, one a line.

    The first Ctrl-C (or SIGTERM) lets what is in flight finish, the second ends at once. Either way
    the next start goes on where this one was.
    """
    if as_lines:
        _choose_lines()
    asyncio.run(_run(settings, lasting))


async def _run(settings: Settings, lasting: timedelta | None) -> None:
    async with bot(settings) as running:
        await until_stopped(running, lasting)


async def until_stopped(running: Bot, lasting: timedelta | None) -> None:
    """Run until a signal, or until the time is over."""
    loop = asyncio.get_running_loop()
    stopping = False

    def stop() -> None:
        nonlocal stopping
        if stopping:
            os._exit(130)
        stopping = True
        running.stop()

    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop)
    if lasting is not None:
        loop.call_later(lasting.total_seconds(), running.stop)
    await running.run()


@click.command(short_help="Show the way of an article: no account, no network.")
@FOR
@AS_LINES
@click.pass_obj
def demo(settings: Settings, lasting: timedelta | None, as_lines: bool) -> None:  # noqa: FBT001 - click's
    """Show the whole way of an article, with no account and no network.

    A sample site on this machine publishes articles; the real bot polls it and posts cards here, and
    takes commands as `wireroom run` does. On a terminal it runs until Ctrl-C, otherwise for 20
    seconds. With --json only the objects are on stdout, all that is said beside them on stderr.
    """
    if as_lines:
        _choose_lines()
    asyncio.run(show(settings, lasting, until_stopped, say=partial(click.echo, err=as_lines)))


COMMANDS = (demo, run)
