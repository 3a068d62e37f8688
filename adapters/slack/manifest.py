"""The app's manifest, which Slack makes the app from: out of the one declaration of the commands.

Limits and shapes are those of Slack's documentation, the app manifest reference.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import Any

import click
from yarl import URL

from adapters.slack import signed
from adapters.slack.prefix import HOME
from adapters.slack.scopes import ABILITIES, BY_NAME, EVENTS, REQUIRED, Ability
from adapters.slack.settings import PREFIX, PREFIX_ADVICE, SlackSettings
from bot.command import Command, Kind
from bot.errors import CommandError
from bot.settings import load

FOLLOW, WHY = "wr.follow_new", "wr.why"
"""The callback ids of the shortcuts."""
SHORTCUTS = (
    (("follow",), "Follow a keyword", "global", FOLLOW, "Get a message when a feed mentions a word"),
    (("why",), "Why did I get this", "message", WHY, "Shows which follow or feed sent this post"),
)
"""The command that each runs; then its name, its place, its callback id and what it does."""

Json = dict[str, Any]


def manifest(
    commands: Sequence[Command],
    *,
    abilities: Collection[str] | None = None,
    prefix: str = "",
    http_url: str | None = None,
) -> Json:
    """Write the manifest as Slack takes it.

    ``abilities`` are names (None: those by default); ``prefix`` stands in front of the short commands;
    ``http_url`` is where Slack sends requests, else everything comes over Socket Mode.
    """
    names = chosen() if abilities is None else abilities
    on = [one for one in ABILITIES if one.name in names]
    url = _request_url(http_url) if http_url else None
    return {
        "_metadata": {"major_version": 1, "minor_version": 1},
        "display_information": {
            "name": "wireroom",
            "description": "Feed updates and keyword alerts",
            "long_description": _introduction(prefix, on),
            "background_color": "#0B7A75",
        },
        "features": {
            "app_home": {
                "home_tab_enabled": True,
                "messages_tab_enabled": True,
                "messages_tab_read_only_enabled": True,  # nobody types where nobody answers
            },
            "bot_user": {"display_name": "wireroom", "always_online": True},
            "shortcuts": _shortcuts(commands),
            "slash_commands": _slash_commands(commands, prefix, url),
        },
        "oauth_config": {"scopes": _scopes(on)},
        "settings": {
            "event_subscriptions": _request(url)
            | {"bot_events": [*EVENTS, *(event for one in on for event in one.events)]},
            "interactivity": {"is_enabled": True}
            | _request(url)
            | ({"message_menu_options_url": url} if url else {}),
            "org_deploy_enabled": False,
            "socket_mode_enabled": url is None,
            "token_rotation_enabled": False,
        },
    }


def _request_url(address: str) -> str:
    try:
        url = URL(address)
    except ValueError:
        url = URL()
    if url.scheme != "https" or not url.host:  # Slack sends requests over TLS alone
        raise CommandError("--url: write the address at which Slack reaches wireroom: https://…")
    return str(url.with_path(signed.PATH) if url.path == "/" else url)  # a proxy may know it by another path


def _request(url: str | None) -> Json:
    return {"request_url": url} if url else {}


def _introduction(prefix: str, on: Iterable[Ability]) -> str:
    reads = any(scope.endswith(":history") for one in on for scope in one.scopes)
    reading = "It looks only for its own messages." if reads else "It does not read your messages."
    return (
        "wireroom posts new items from RSS and Atom feeds to your channels as tidy cards, and sends you a "
        "direct message when a post mentions something you follow. It runs on your own server. "
        f"{reading} Start with /{prefix}follow and one word, or add a feed to a channel with "
        f"/{prefix}feeds add and an address."
    )


def _scopes(on: Iterable[Ability]) -> Json:
    """Write the scopes; whoever installs the app may leave out those that an ability needs."""
    optional = [scope for one in on for scope in one.scopes]
    return {"bot": [*REQUIRED, *optional]} | ({"bot_optional": optional} if optional else {})


def _shortcuts(commands: Sequence[Command]) -> list[Json]:
    paths = {command.path for command in commands}
    return [
        {"name": name, "type": place, "callback_id": callback_id, "description": what}
        for path, name, place, callback_id, what in SHORTCUTS
        if path in paths
    ]


def _slash_commands(commands: Sequence[Command], prefix: str, url: str | None) -> list[Json]:
    shown = [command for command in commands if not command.behind_button]
    return [
        _slash_command(word, [one for one in shown if one.path[0] == word], prefix, url)
        for word in dict.fromkeys(command.path[0] for command in shown)
    ]


def _slash_command(word: str, inside: Sequence[Command], prefix: str, url: str | None) -> Json:
    """Write one command; Slack shows its description and usage hint while it is typed."""
    own = next((command for command in inside if len(command.path) == 1), None)
    written: Json = {
        "command": f"/{word if word == HOME else prefix + word}",
        "description": own.help if own is not None else f"{inside[0].help}, and more",
    }
    hint = " | ".join(_usages(own, [command for command in inside if command is not own]))
    if hint:
        written["usage_hint"] = hint
    if url is not None:
        written["url"] = url
    # Escaped, a channel comes with its id and an address as it was meant, whatever else is typed.
    return written | {"should_escape": True}


def _usages(own: Command | None, others: Iterable[Command]) -> list[str]:
    """Write what may stand behind a command: an example of its own, and its sub-commands."""
    usages = [own.example.removeprefix(own.name).strip()] if own is not None else []
    if own is not None and any(option.kind is Kind.HOURS for option in own.options):
        usages.append("off")
    # One that takes what the command itself takes is its longer spelling, for platforms that need one.
    usages += [_usage(one) for one in others if own is None or not one.options or one.options != own.options]
    return [usage for usage in usages if usage]


def _usage(command: Command) -> str:
    words = " ".join(command.path[1:])
    takes_address = any(option.required and option.kind is Kind.ADDRESS for option in command.options)
    return f"{words} https://…" if takes_address else words


def chosen(added: Iterable[str] = (), removed: Iterable[str] = ()) -> frozenset[str]:
    """Name the abilities by default, with some more or fewer; CommandError for one that there is not."""
    more, fewer = frozenset(added), frozenset(removed)
    if both := sorted(more & fewer):
        raise CommandError(f"--with {both[0]} and --without {both[0]}: choose one of them.")
    unknown = sorted((more | fewer) - BY_NAME.keys())
    if unknown:
        known = "".join(f"\n  {one.name}: {one.unlocks}" for one in ABILITIES)
        raise CommandError(f"There is no ability “{unknown[0]}”. wireroom can be let:{known}")
    return (frozenset(one.name for one in ABILITIES if one.by_default) | more) - fewer


def commands(declared: Callable[[], Sequence[Command]]) -> Sequence[click.Command]:
    """Declare ``wireroom slack manifest``; ``declared`` names what people can type."""

    @click.command("manifest")
    @click.option("--with", "added", multiple=True, metavar="NAME", help="Add an ability, such as history.")
    @click.option("--without", "removed", multiple=True, metavar="NAME", help="Leave an ability out.")
    @click.option("--prefix", help="Put this in front of the short commands; as SLACK_COMMAND_PREFIX.")
    @click.option("--url", help="Where Slack sends requests, if not over Socket Mode.")
    def print_manifest(
        added: tuple[str, ...], removed: tuple[str, ...], prefix: str | None, url: str | None
    ) -> None:
        """Print the manifest that Slack makes the app from.

        For a new app, paste it at https://api.slack.com/apps under Create New App, From a manifest,
        JSON; for one that you have, there under App Manifest, and install the app again.
        """
        how = load(SlackSettings)
        if prefix is None:
            prefix = how.command_prefix
        elif not PREFIX.fullmatch(prefix):
            raise CommandError(f"--prefix: {PREFIX_ADVICE}.")
        written = manifest(declared(), abilities=chosen(added, removed), prefix=prefix, http_url=url)
        click.echo(json.dumps(written, ensure_ascii=False, indent=2))
        if how.http and url is None:
            click.echo(
                "SLACK_HTTP is set, and with this manifest everything comes over Socket Mode. For signed "
                "requests, add --url and the address at which Slack reaches wireroom.",
                err=True,
            )

    return [print_manifest]
