"""The way from the queue to the platforms: messages are claimed, looked at once more, drawn and posted."""

from __future__ import annotations

from bot.deliver.deliverer import Deliverer, InDoubtPolicy

__all__ = ["Deliverer", "InDoubtPolicy"]
