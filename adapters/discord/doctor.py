"""What `wireroom doctor` says of Discord: the token, the gateway, the invitation, each channel served."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import timedelta
from http import HTTPStatus

import aiohttp
import discord
from yarl import URL

from adapters.discord.rights import Rights, invite
from adapters.discord.rooms import Place, Rooms
from adapters.discord.settings import DISCORD, DiscordSettings
from adapters.findings import detour, ok, problem, warning, written
from adapters.pace import Pace
from bot.adapter import Finding
from bot.models import Target, TargetKind
from bot.text import clean

REQUESTS_A_SECOND = 4.0
"""A look-over has time; the bot that runs beside it shares its limits."""
ANSWERED_WITHIN = 10.0
"""Seconds for one look; discord.py alone would repeat what Discord fails at for half a minute."""
SESSIONS_LOW = 100
"""Of 1,000 a day: only a bot that connects over and over uses so many up."""
PORTAL = "https://discord.com/developers/applications"

_AWAY = (discord.DiscordException, aiohttp.ClientError, OSError)
"""What a request raises where Discord, or the way there, fails."""


async def examine(
    client: discord.Client,
    settings: DiscordSettings,
    targets: Sequence[Target],
    *,
    rate: float = REQUESTS_A_SECOND,
) -> list[Finding]:
    """Check the token, the gateway, the invitation, and each channel; ``client`` is logged in over REST.

    Makes ``rate`` requests a second at most, and raises nothing that Discord's failing could cause.
    """
    found = list(detour("DISCORD_API", settings.api, DISCORD))
    try:
        async with asyncio.timeout(ANSWERED_WITHIN):
            application = await client.application_info()
    except _AWAY as error:
        return [*found, _refused(error)]
    found += _application(application, client)
    found.append(await _gateway(client))
    rooms = Rooms(client, turn=Pace(rate).turn)
    return found + await _channels(rooms, targets)


def _refused(error: Exception) -> Finding:
    if isinstance(error, discord.HTTPException) and error.status == HTTPStatus.UNAUTHORIZED:
        return problem(
            "Discord refuses the token. Copy it anew from the developer portal (your application, Bot, "
            f"Reset Token) and set DISCORD_TOKEN: {PORTAL}"
        )
    return problem(
        f"Discord does not answer ({_fault(error)}). Is the network up? See https://discordstatus.com"
    )


def _application(application: discord.AppInfo, client: discord.Client) -> Iterator[Finding]:
    """Check what is set in the developer portal; it also makes the addresses that invite the bot."""
    page = f"{PORTAL}/{application.id}"
    name = clean(str(client.user)) if client.user is not None else clean(application.name)
    yield ok(f"Discord takes the token: this is {name}.")
    yield ok("No privileged intents are needed: there is nothing to switch on in the developer portal.")
    if application.interactions_endpoint_url:
        yield problem(
            "Commands never arrive: the application sends them to an Interactions Endpoint URL. Clear that "
            f"field: {page}/information"
        )
    if application.bot_require_code_grant:
        yield problem(f"Nobody can add the bot: switch off Requires OAuth2 Code Grant: {page}/bot")
    yield ok(f"To add the bot to a server, open {invite(application.id)}")
    if not application.bot_public:
        yield ok("Only you can add it: Public Bot is switched off, which is fine for servers of your own.")
    if application.user_integration_config is not None:
        yield ok(f"To add it to a person's account, open {invite(application.id, person=True)}")
    else:
        yield warning(
            "People cannot add the bot to their account, which lets it message them outside of servers. Tick "
            f"User Install, {page}/installation, then {invite(application.id, person=True)} does it."
        )


async def _gateway(client: discord.Client) -> Finding:
    """Look whether the gateway greets: that takes no session, of which there are 1,000 a day."""
    try:
        async with asyncio.timeout(ANSWERED_WITHIN):
            shards, address, sessions = await client.http.get_bot_gateway()
            socket = await client.http.ws_connect(str(URL(address).with_query(v=10, encoding="json")))
            greeting = await socket.receive()
            await socket.close()
    except _AWAY as error:
        return problem(
            f"Discord's gateway cannot be reached ({_fault(error)}): no commands arrive. Does a firewall or "
            "proxy here let WebSockets through?"
        )
    if greeting.type is not aiohttp.WSMsgType.TEXT:
        return problem(
            "Discord's gateway closes the connection at once: no commands arrive. Try again later."
        )
    left, again = sessions["remaining"], timedelta(milliseconds=sessions["reset_after"])
    said = f"{left} of {sessions['total']} session starts left for {_hours(again)}"
    if left < max(shards, SESSIONS_LOW):
        return warning(
            f"The gateway answers, but with only {said}. Does something restart the bot in a loop?"
        )
    return ok(f"The gateway answers: {_count(shards, 'shard')} recommended, {said}.")


async def _channels(rooms: Rooms, targets: Sequence[Target]) -> list[Finding]:
    """Look at each channel, server by server: two requests show all channels of a server."""
    rights, found = Rights(rooms), list[Finding]()
    channels = [target for target in targets if target.kind is TargetKind.CHANNEL]
    for target in sorted(channels, key=lambda channel: (channel.space, channel.id)):
        try:
            async with asyncio.timeout(ANSWERED_WITHIN):
                found.append(await _channel(rooms, rights, target))
        except _AWAY as error:
            said = (
                f"Discord stopped answering at {target} ({_fault(error)}). Run `wireroom doctor` again later."
            )
            return [*found, warning(said)]
    return found


async def _channel(rooms: Rooms, rights: Rights, target: Target) -> Finding:
    place = await rooms.channel(target)
    said = await rights.cannot_post(target)
    if place is None:
        return problem(f"{target}: {written(said, str(target))}")
    name = f"{'' if isinstance(place, discord.CategoryChannel) else '#'}{clean(place.name)}"
    name = f"{name} in {clean(place.guild.name)} on Discord"
    if said is not None:
        return problem(written(said, name))
    doubts = list(_doubts(place, await rights.missing(target, look_back=True)))
    if doubts:
        return warning(f"I can post in {name}. {' '.join(doubts)}")
    return ok(f"I can post in {name}.")


def _doubts(place: Place, missing: Sequence[str]) -> Iterator[str]:
    for name in missing:
        yield (
            f"Missing: {name}, so that I cannot look whether a card arrived when Discord does not say. "
            "A server admin can add it in Edit Channel, Permissions."
        )
    if isinstance(place, discord.ForumChannel) and place.flags.require_tag:
        yield "This forum wants a tag on each post: choose one there with `/feeds settings`."
    if isinstance(place, discord.TextChannel) and place.is_news():
        yield (
            "I publish my posts there to the servers that follow it, of which Discord takes 10 an hour. "
            "`/feeds settings`, Publish, turns that off."
        )


def _fault(error: Exception) -> str:
    cause = error.__cause__ if isinstance(error, discord.GatewayNotFound) else error
    if isinstance(cause, TimeoutError):
        return "nothing came in time"
    if isinstance(cause, discord.HTTPException):
        return f"error {cause.status}"
    return clean(str(cause)) or type(cause).__name__


def _hours(time: timedelta) -> str:
    return _count(max(1, round(time / timedelta(hours=1))), "hour")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
