"""Slack: cards as blocks, slash commands, a home, over the real slack-bolt and slack_sdk."""

from __future__ import annotations

from adapters.slack.adapter import SlackAdapter
from adapters.slack.settings import SlackSettings

__all__ = ["SlackAdapter", "SlackSettings"]
