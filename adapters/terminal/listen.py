"""Where commands come from: a person at a prompt, or a pipe; and how their answers are shown."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import TextIO

from adapters.terminal import machine, piped
from adapters.terminal.file import save
from adapters.terminal.output import Output
from adapters.terminal.stderr import led_through
from adapters.terminal.talk import Talk
from bot.command import Desk
from bot.models import Target
from bot.prose import Code, prose
from bot.reply import Reply

FOREGROUND_SECONDS = 1.0
"""How often a bot that was started in the background looks whether it was brought forward."""


async def at_prompt(talk: Talk, output: Output, stdin: TextIO, stream: TextIO) -> None:
    """Take commands at a prompt until the person leaves; cards and log lines come above it."""
    await machine.brought_forward(stdin, FOREGROUND_SECONDS)
    if not machine.is_connected(stdin):
        return
    # prompt_toolkit takes a tenth of a second and 10 MB, which only who can type has use for.
    from adapters.terminal.prompt import Prompt  # noqa: PLC0415 - see above

    prompt = Prompt(talk, stdin, stream)
    output.lead(prompt.write)
    try:
        with led_through(partial(prompt.write, stream)):
            await prompt.run()
    finally:
        output.lead()


async def from_pipe(talk: Talk, stdin: TextIO) -> None:
    """Take a command from each line; what a prompt would let the person finish is shown instead."""

    async def hear(line: str) -> None:
        unfinished = await talk.hear(line)
        if unfinished:
            await talk.show(talk.place, line.strip(), Reply(prose("Finish and type: ", Code(unfinished))))

    await piped.listen(stdin.fileno(), hear)


async def answer(
    desk: Desk, output: Output, place: Target, typed: str, reply: Reply, *, echo: bool = False
) -> None:
    """Show an answer, and save the file that comes with it in the working directory."""
    saved = await asyncio.to_thread(save, reply.attachment, Path.cwd()) if reply.attachment else ""
    await output.answer(place, typed, reply, desk.commands, saved=saved, echo=echo)
