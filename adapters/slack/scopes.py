"""What the app may do in a workspace: the scopes it cannot do without, and what each other one unlocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

REQUIRED: Mapping[str, str] = {
    "commands": "people type /follow, /feeds and the others",
    "chat:write": "posts cards in channels it was invited to, and alerts to people, and corrects them",
    "channels:read": "looks up a public channel's name, its members, and whether it was archived",
}
"""Scope → the reason for it."""

EVENTS = (
    "app_home_opened",
    "app_uninstalled",
    "tokens_revoked",
    "member_joined_channel",
    "member_left_channel",
    "channel_archive",
    "channel_unarchive",
    "channel_deleted",
)
"""What Slack tells the app whatever else it may do; none of them brings a message that somebody wrote."""


@dataclass(frozen=True, slots=True)
class Ability:
    """What the app can do besides, where the workspace grants it."""

    name: str
    """As ``wireroom slack manifest --with`` takes it."""
    scopes: tuple[str, ...]
    unlocks: str
    """Goes on from “wireroom can …”."""
    reason: str
    without: str
    """A sentence: how it is while the ability is off."""
    events: tuple[str, ...] = ()
    by_default: bool = True


ABILITIES = (
    Ability(
        "public",
        ("chat:write.public",),
        "post in public channels without an invitation",
        "a feed can be added to any public channel in one step",
        "I post only in channels I was invited to.",
    ),
    Ability(
        "private",
        ("groups:read",),
        "serve private channels fully",
        "tells who is in a private channel that wireroom was invited to, and when one is archived or deleted",
        "I cannot tell who is in a private channel, so that its feeds stay out of its members' follows and "
        "only people listed in SLACK_MANAGERS may change them.",
        events=("group_archive", "group_unarchive", "group_deleted"),
    ),
    Ability(
        "timezone",
        ("users:read",),
        "take a person's timezone from their profile, and tell guests from members",
        "quiet hours and digests come at the right time, and guests see no more than their channels",
        "I ask people for their timezone, and cannot tell guests from members, so that only people listed "
        "in SLACK_MANAGERS may change feeds.",
    ),
    Ability(
        "files",
        ("files:write",),
        "send lists of feeds and people's data as files",
        "what is exported arrives as a file to save",
        "I write exports into messages, to be copied.",
    ),
    Ability(
        "history",
        ("channels:history", "groups:history", "im:history"),
        "look its own messages up after a crash",
        "a message whose answer was lost is looked for before it is posted again",
        "After a crash, one message can come twice.",
        by_default=False,
    ),
)
"""In the order in which they are told; the scopes of all but ``history`` are in the manifest by default."""

BY_NAME: Mapping[str, Ability] = {ability.name: ability for ability in ABILITIES}


def as_markdown() -> str:
    """Write all scopes with their reasons as the table of ``docs/slack.md``."""
    rows = [(scope, "always", reason) for scope, reason in REQUIRED.items()]
    for ability in ABILITIES:
        named = f"`{ability.name}`" if ability.by_default else f"`{ability.name}`, only if you ask for it"
        rows += [(scope, named, f"to {ability.unlocks}: {ability.reason}") for scope in ability.scopes]
    lines = [f"| `{scope}` | {ability} | {reason} |" for scope, ability, reason in rows]
    return "\n".join(["| scope | ability | what for |", "|---|---|---|", *lines])
