"""Whose token it is: the workspace, the bot in it, and what it is called there."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.slack.web import Web


@dataclass(frozen=True, slots=True)
class Identity:
    """The bot as Slack knows it; one token is for one workspace."""

    team: str
    """``T…``: the space of each target."""
    team_name: str
    url: str
    """The workspace's address, with a slash at the end."""
    bot_user: str
    """``U…``: who is invited to channels."""
    bot_id: str
    """``B…``: who has written a message."""
    name: str
    """As it is written behind ``@``."""


async def identify(web: Web) -> Identity:
    """Ask Slack whose the token is, by which ``web.scopes`` are learnt too; raises a kind of Failure."""
    answer = await web.write("auth.test")
    return Identity(
        team=str(answer.get("team_id") or ""),
        team_name=str(answer.get("team") or ""),
        url=str(answer.get("url") or ""),
        bot_user=str(answer.get("user_id") or ""),
        bot_id=str(answer.get("bot_id") or ""),
        name=str(answer.get("user") or ""),
    )
