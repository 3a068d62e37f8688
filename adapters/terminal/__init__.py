"""The adapter that needs no account: a terminal as the place where people and bot meet."""

from __future__ import annotations

from adapters.terminal.adapter import TerminalAdapter
from adapters.terminal.settings import TerminalSettings

__all__ = ["TerminalAdapter", "TerminalSettings"]
