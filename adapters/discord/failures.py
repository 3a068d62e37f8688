"""What a failed request to Discord means for a message: pure."""

from __future__ import annotations

from datetime import timedelta
from http import HTTPStatus

import aiohttp
import discord

from adapters.discord.wire import Blocked, Trip, Unanswered
from bot.errors import Busy, DeliveryError, InDoubt, Refused, TargetGone, Undeliverable

# Discord's own numbers, from its page “Opcodes and Status Codes”.
UNKNOWN_CHANNEL, UNKNOWN_GUILD, UNKNOWN_MESSAGE, UNKNOWN_USER = 10003, 10004, 10008, 10013
SLOWMODE, EDIT_LIMIT, WRITE_LIMIT, EDITS_OF_OLD = 20016, 20022, 20028, 30046
UNAUTHORISED, DIRECT_TOO_FAST, NOT_IN_FORUMS, TAG_REQUIRED = 40001, 40003, 40058, 40067
ALREADY_CROSSPOSTED, CLOUDFLARE = 40033, 40333
MISSING_ACCESS, CLOSED_DIRECT, MISSING_PERMISSIONS, INVALID_FORM = 50001, 50007, 50013, 50035
EMPTY_MESSAGE, WRONG_KIND, ARCHIVED, NO_SHARED_SERVER = 50006, 50024, 50083, 50278
THREAD_LOCKED, THREADS_MOST, AUTOMOD, LINK_FILTER = 160005, 160006, 200000, 240000

SLOWLY = timedelta(seconds=30)
REFUSED_TOKEN = timedelta(hours=1)
"""Between tries with a token that Discord refuses: 10,000 refusals in 10 minutes ban the address."""
FULL = timedelta(minutes=10)
"""Between tries of a post where threads have to be folded away first."""
EDGE = timedelta(minutes=10)
"""Likewise where Discord's edge turns us away before the API sees anything."""

GONE = {
    UNKNOWN_CHANNEL: "the channel is gone.",
    UNKNOWN_GUILD: "the server is gone.",
    UNKNOWN_USER: "that account is gone.",
    MISSING_ACCESS: "I can't see the channel any more. The permission View Channel is missing.",
    MISSING_PERMISSIONS: "I lack a permission there.",
    CLOSED_DIRECT: "your direct messages are closed to me.",
    NO_SHARED_SERVER: "we share no server, and wireroom is not added to your account.",
    TAG_REQUIRED: "this forum wants a tag on each post. Choose one in /feeds settings, Forum tags.",
    THREAD_LOCKED: "the thread is locked.",
    WRONG_KIND: "messages cannot be posted in a channel of this kind.",
}
NEVER = {
    UNKNOWN_MESSAGE: "the message was deleted.",
    EDIT_LIMIT: "Discord lets nobody change it so often.",
    EDITS_OF_OLD: "Discord lets nobody change messages older than an hour so often.",
    EMPTY_MESSAGE: "there is nothing in it that could be shown.",
    INVALID_FORM: "Discord refused its form, in all shapes that I know.",
}
KEPT_OUT = {
    AUTOMOD: "the server's AutoMod blocked it.",
    LINK_FILTER: "Discord blocked its link as harmful.",
}
SLOW = {
    SLOWMODE: "The channel's slow mode asks to wait.",
    WRITE_LIMIT: "Discord's limit for this channel is used up.",
    DIRECT_TOO_FAST: "Discord's limit for new conversations is used up.",
}


def code(error: BaseException) -> int:
    """Discord's own number of an error; 0 where it gave none."""
    return error.code if isinstance(error, discord.HTTPException) else 0


def meaning(error: Exception, trip: Trip) -> DeliveryError:
    """Say what becomes of a message whose request failed so."""
    match error:
        case Blocked():
            wait = timedelta(seconds=error.seconds)
            found: DeliveryError = Busy(
                "Discord asks to wait.", retry_after=wait, everywhere=error.everywhere
            )
        case Unanswered():
            found = InDoubt("Discord did not answer in time.")
        case discord.HTTPException():
            found = _refused(error, trip)
        case OSError() | aiohttp.ClientError() | TimeoutError() | RuntimeError():  # RuntimeError: closing
            found = _broken(error, trip)
        case _:
            found = DeliveryError(f"discord.py stumbled over the answer ({type(error).__name__}).")
    return found


def _broken(error: Exception, trip: Trip) -> DeliveryError:
    if trip.left:
        return InDoubt("The connection to Discord broke in mid-send.")
    # One route that hangs or breaks off says nothing of the others.
    everywhere = isinstance(error, aiohttp.ClientConnectorError | RuntimeError)
    return Busy("Discord cannot be reached.", retry_after=SLOWLY, everywhere=everywhere)


def _refused(error: discord.HTTPException, trip: Trip) -> DeliveryError:
    number = error.code
    if number in GONE:
        return TargetGone(GONE[number])
    if number in NEVER:
        return Undeliverable(NEVER[number])
    if number in KEPT_OUT:
        return Refused(KEPT_OUT[number])
    if number in SLOW:
        return Busy(SLOW[number], retry_after=SLOWLY)
    if number == THREADS_MOST:
        return Busy("The server has as many open threads as Discord allows.", retry_after=FULL)
    return _failed(error.status, number, trip)


def _failed(status: int, number: int, trip: Trip) -> DeliveryError:
    if status == HTTPStatus.UNAUTHORIZED:
        return Busy(
            "Discord refuses the token. Set DISCORD_TOKEN anew and restart.",
            retry_after=REFUSED_TOKEN,
            everywhere=True,
        )
    is_edge = status == HTTPStatus.FORBIDDEN and number in {0, CLOUDFLARE}
    if status == HTTPStatus.TOO_MANY_REQUESTS or is_edge:
        return Busy("Discord's edge turns this address away.", retry_after=EDGE, everywhere=True)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        said = f"Discord failed ({status})."
        return InDoubt(said) if trip.left else Busy(said, retry_after=SLOWLY)
    return DeliveryError(f"Discord refused it ({status}, code {number}).")
