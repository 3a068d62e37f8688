"""Files that come with an answer, or go with a command, where wireroom was started."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from itertools import chain, count
from pathlib import Path

from bot.command import Command, Kind, Values
from bot.reply import Attachment
from bot.text import clean

TRIES = 100


def save(attachment: Attachment, folder: Path) -> str:
    """Save a file under a name that is still free, for the person alone to read, and say where it is."""
    name = Path(re.sub(r"[^\w.-]+", "-", clean(attachment.name)).lstrip(".-") or "wireroom.txt")
    others = (f"{name.stem}-{number}{name.suffix}" for number in count(2))
    try:
        for _, free in zip(range(TRIES), chain([name.name], others), strict=False):
            path = folder / free
            try:
                descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                continue
            with os.fdopen(descriptor, "wb") as file:
                file.write(attachment.content)
            return f"Saved as {path}"
    except OSError as error:
        reason = error.strerror or error
        return f"The file could not be saved in {folder}: {reason}. Start wireroom where it may write."
    return f"The file was not saved: {folder} holds {TRIES} of its name already. Delete some and try again."


def opened(typed: str, commands: Sequence[Command], folder: Path) -> tuple[str, Values]:
    """Read the file that a command names in place of a document; the command without it, and the document.

    What names no file that can be read is left as it is.
    """
    for command in commands:
        document = next((option for option in command.options if option.kind is Kind.DOCUMENT), None)
        words = r"\s+".join(map(re.escape, command.path))
        match = re.fullmatch(rf"/(?:wireroom\s+)?{words}\s+(\S+)(.*)", typed, re.IGNORECASE | re.DOTALL)
        if document and match and (content := _text(folder, match[1], document.longest)):
            return f"{command.name}{match[2]}", {document.name: content}
    return typed, {}


def _text(folder: Path, name: str, longest: int) -> str:
    """Read a file, or so much of it as shows that it is too long; nothing where there is none."""
    with suppress(OSError, ValueError, RuntimeError):  # a name that no file, and a ~ that nobody, can have
        path = folder / Path(name).expanduser()
        if path.is_file():
            with path.open(encoding="utf-8-sig", errors="replace") as file:
                return file.read(longest + 1)
    return ""
