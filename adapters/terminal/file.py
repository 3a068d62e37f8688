"""A file that comes with an answer, saved where wireroom was started."""

from __future__ import annotations

import os
import re
from itertools import chain, count
from pathlib import Path

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
