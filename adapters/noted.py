"""Commands too long for the button that carries them: noted in the ledger, found again by their digest."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

from bot.adapter import Ledger
from bot.errors import CommandError

KEPT = timedelta(days=30)
"""How long a command too long for its button works."""
NOTE_MOST = 200
"""Characters that the ledger takes under one key."""
_NOTED = re.compile(r"#(?P<digest>[0-9a-f]{32}) (?P<word>.*)", re.DOTALL)


class TooOld(CommandError):
    """What a button did is not known any more; the text is the first word of its command."""


async def written(command: str, owner: str, most: int, ledger: Ledger) -> str:
    """Write a command in ``most`` bytes, or else where it is noted and the word by which it begins.

    ``owner`` is the id of the only person who may press it, empty where that is anybody.
    The keys of its notes end in the owner's id, so that they go when all about the person is forgotten.
    """
    if len(command.encode()) <= most:
        return command
    digest = _digest(command, owner)
    for start in range(0, len(command), NOTE_MOST):
        key = f"button:{digest}:{start:05}:{owner}"
        await ledger.write(key, command[start : start + NOTE_MOST], keep=KEPT)
    word = command.split(maxsplit=1)[0].encode()[: most - len(digest) - len("# ")]
    return f"#{digest} {word.decode(errors='ignore')}"


async def read(written: str, owner: str, ledger: Ledger) -> str:
    """Read a command; raises TooOld where nobody knows any more."""
    noted = _NOTED.fullmatch(written)
    if noted is None:
        return written
    pieces = await ledger.notes(f"button:{noted['digest']}:")
    command = "".join(pieces[key] for key in sorted(pieces))
    if _digest(command, owner) != noted["digest"]:
        raise TooOld(noted["word"])
    return command


def _digest(command: str, owner: str) -> str:
    return hashlib.blake2b(f"{owner} {command}".encode(), digest_size=16).hexdigest()
