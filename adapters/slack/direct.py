"""The bot's own conversation with each person, noted where it was seen: Slack tells it in no other way."""

from __future__ import annotations

from bot.adapter import Ledger


def key(person: str) -> str:
    """Name the note about a person's conversation."""
    return f"direct:{person}"


async def known(ledger: Ledger, person: str) -> str | None:
    """Give the id of the conversation with a person; None where it was never seen."""
    return await ledger.note(key(person))


async def remember(ledger: Ledger, person: str, channel: str) -> None:
    """Note the conversation with a person, where Slack named one and it is another than before."""
    if channel and await known(ledger, person) != channel:
        await ledger.write(key(person), channel)
