"""What `wireroom doctor` says of Slack: the tokens, the way in for commands, the scopes, each channel."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from adapters.findings import detour, ok, problem, warning, written
from adapters.pace import Pace
from adapters.slack.identity import Identity, identify
from adapters.slack.rights import PAGE_OF_APPS, Rights
from adapters.slack.rooms import Rooms
from adapters.slack.scopes import ABILITIES, BY_NAME, REQUIRED
from adapters.slack.settings import SLACK, SlackSettings
from adapters.slack.web import Failure, Limited, Refused, Web
from bot.adapter import Finding
from bot.models import Target, TargetKind
from bot.text import clean

REQUESTS_A_SECOND = 4.0
"""A look-over has time; the bot that runs beside it shares its limits."""


async def examine(
    web: Web, settings: SlackSettings, targets: Sequence[Target], *, rate: float = REQUESTS_A_SECOND
) -> list[Finding]:
    """Check the tokens, the scopes and each channel; ``web`` is open.

    Asks for ``rate`` channels a second at most, and raises nothing that Slack's failing could cause.
    """
    found = list(detour("SLACK_API", settings.api, SLACK))
    try:
        identity = await identify(web)
    except Failure as error:
        return [*found, _refused(error)]
    found.append(
        ok(
            f"Slack takes the bot's token: this is @{clean(identity.name)} in {clean(identity.team_name)}, "
            f"{clean(identity.url)}. Channels there are written slack:{identity.team}/C0123456789."
        )
    )
    found += await _commands(settings)
    found += _scopes(web, settings)
    return found + await _channels(web, identity, settings, targets, rate)


def _refused(error: Failure) -> Finding:
    if isinstance(error, Refused):
        return problem(
            f"Slack refuses the bot's token ({error.error}). Copy it anew ({PAGE_OF_APPS}, your app, OAuth & "
            "Permissions, Bot User OAuth Token) and set SLACK_BOT_TOKEN."
        )
    return problem(f"Slack does not answer ({error}). Is the network up? See https://slack-status.com")


async def _commands(settings: SlackSettings) -> list[Finding]:
    """Look whether commands can arrive, by the way that is set up."""
    if settings.http:
        if not settings.signing_secret.get_secret_value():
            return [
                problem(
                    "No command is taken over HTTP without SLACK_SIGNING_SECRET: copy it from "
                    f"{PAGE_OF_APPS}, your app, Basic Information, Signing Secret."
                )
            ]
        return [
            ok(
                f"Commands are taken over HTTP at {settings.http}. The app's manifest must name the public "
                "address that leads there: `wireroom slack manifest --url https://…` writes one."
            )
        ]
    if not settings.app_token.get_secret_value():
        return [
            warning(
                "Cards are posted, but no commands arrive. Make an App-Level Token with connections:write "
                f"({PAGE_OF_APPS}, your app, Basic Information) and set SLACK_APP_TOKEN."
            )
        ]
    return [await _socket_mode(settings)]


async def _socket_mode(settings: SlackSettings) -> Finding:
    """Ask for a connection and leave it unused: Slack would send people's commands down a used one."""
    web = Web(settings.model_copy(update={"bot_token": settings.app_token}))
    await web.open()
    try:
        await web.write("apps.connections.open")
    except Limited:
        return ok("Slack knows the app's token; it was used too lately to be tried again.")
    except Refused as error:
        if error.error == "missing_scope":
            cure = "It lacks connections:write: make another one with that"
        else:
            cure = "Copy it anew"
        return problem(
            f"Slack refuses the app's token ({error.error}): no commands arrive. {cure} ({PAGE_OF_APPS}, "
            "your app, Basic Information, App-Level Tokens) and set SLACK_APP_TOKEN. Is Socket Mode on?"
        )
    except Failure as error:
        return problem(f"Slack does not say how to connect ({error}): no commands arrive. Try again later.")
    finally:
        await web.close()
    return ok("Slack takes the app's token: commands arrive over Socket Mode, if the app has it switched on.")


def _scopes(web: Web, settings: SlackSettings) -> Iterator[Finding]:
    """Say what the app may not do that it must, and what it may do besides."""
    if not web.scopes:
        yield warning("Slack did not say what the app may do. Does a proxy drop the header X-OAuth-Scopes?")
        return
    for scope, reason in REQUIRED.items():
        if not web.has(scope):
            yield problem(
                f"The app lacks the scope {scope}: it {reason}. Add it ({PAGE_OF_APPS}, your app, OAuth & "
                "Permissions, Bot Token Scopes) and install the app again."
            )
    for ability in ABILITIES:
        if web.has(*ability.scopes):
            yield ok(f"I can {ability.unlocks}.")
        else:
            yield ok(
                f"The ability {ability.name} is off: {ability.without} "
                f"`wireroom slack manifest --with {ability.name}` prints what adds it."
            )
    if not settings.managers and not web.has(*BY_NAME["timezone"].scopes):
        yield warning("Nobody may change feeds in channels: list people's member IDs in SLACK_MANAGERS.")


async def _channels(
    web: Web, identity: Identity, settings: SlackSettings, targets: Sequence[Target], rate: float
) -> list[Finding]:
    """Look at each channel; those that the bot is in come together in a few answers."""
    channels = [target for target in targets if target.kind is TargetKind.CHANNEL]
    if not channels:
        return []
    rooms, found = Rooms(web, turn=Pace(rate).turn), list[Finding]()
    rights = Rights(rooms, web, identity, settings.managers)
    for target in sorted(channels, key=lambda channel: (channel.space, channel.id)):
        try:
            if not found:
                await rooms.learn()
            found.append(await _channel(rooms, rights, identity, target))
        except Failure as error:
            said = f"Slack stopped answering at {target} ({error}). Run `wireroom doctor` again later."
            return [*found, warning(said)]
    return found


async def _channel(rooms: Rooms, rights: Rights, identity: Identity, target: Target) -> Finding:
    if target.space not in ("", identity.team):
        return problem(
            f"{target} is in another workspace than the token ({identity.team}), so it gets nothing."
        )
    said = await rights.cannot_post(target)
    room = await rooms.channel(target.id)
    name = f"#{clean(room.name)}" if room is not None else str(target)
    if said is not None:
        return problem(f"{target}: {written(said, name).replace(', then press Try again', '')}")
    if room is None:
        return warning(f"{target} is private and I may not look at it: whether I can post there shows then.")
    return ok(f"I can post in {name} ({target}).")
