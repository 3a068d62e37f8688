"""What Slack tells of places: the bot was let in, a channel is gone or back, the app was removed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import structlog

from adapters.slack.identity import Identity
from adapters.slack.names import NAME
from adapters.slack.rights import Rights
from adapters.slack.rooms import Rooms
from adapters.slack.web import Failure, Revoked, Web
from bot.adapter import Ledger
from bot.models import Target, TargetKind
from bot.prose import Code, Named, Prose, prose

BEYOND = "beyond:"
"""Begins the note of a channel that refuses messages though the bot is in it, as a read-only one does."""
GREETED = "greeted:"
"""Begins the note of a channel that was greeted."""
GREETED_FOR = timedelta(days=30)

OF_ALL = frozenset({"app_uninstalled", "tokens_revoked"})
"""Events that speak of no channel."""
Event = Mapping[str, Any]
"""What stands under ``event`` in the envelope, as Slack documents it."""

log = structlog.get_logger()


class Watch:
    """Brings Slack's events into the ledger, and forgets what they have made stale."""

    def __init__(
        self,
        web: Web,
        rooms: Rooms,
        rights: Rights,
        ledger: Ledger,
        identity: Identity,
        say: Callable[[Target, Prose], Awaitable[None]],
    ) -> None:
        """``say`` posts a sentence in a channel."""
        self._web = web
        self._rooms = rooms
        self._rights = rights
        self._ledger = ledger
        self._identity = identity
        self._say = say
        self._taken: Mapping[str, Callable[[Event], Awaitable[None]]] = {
            "member_joined_channel": self._joined,
            "member_left_channel": self._left,
            "channel_archive": self._archived,
            "group_archive": self._archived,
            "channel_unarchive": self._unarchived,
            "group_unarchive": self._unarchived,
            "channel_deleted": self._deleted,
            "group_deleted": self._deleted,
            "app_uninstalled": self._uninstalled,
            "tokens_revoked": self._revoked,
        }

    @property
    def events(self) -> frozenset[str]:
        """The types of events that it takes."""
        return frozenset(self._taken)

    async def take(self, event: Event) -> None:
        """Take an event; one that cannot be carried out costs nothing but a line of the log."""
        kind = str(event.get("type"))
        taken = self._taken.get(kind)
        if taken is None or (kind not in OF_ALL and not isinstance(event.get("channel"), str)):
            return
        try:
            await taken(event)
        except Exception:
            log.exception("slack.event_failed", type=event.get("type"))

    async def compare(self) -> None:
        """Say that the bot is in its workspace, and look for cures: events are lost while it is off.

        Other workspaces are left alone: that this token is for another one says nothing of them, and
        what is set up there would be forgotten after a change of one setting. Nothing can be posted
        there meanwhile, and the log says so.
        """
        spaces = set(await self._ledger.spaces()) - {""}
        if self._identity.team in spaces:
            await self._ledger.joined(self._identity.team)
        for space in sorted(spaces - {self._identity.team}):
            log.warning("slack.other_workspace", team=space, token_of=self._identity.team)
        await self._look_for_cures()

    def _channel(self, event: Event) -> Target:
        return Target(NAME, str(event.get("channel")), self._identity.team)

    async def _joined(self, event: Event) -> None:
        channel, who = self._channel(event), str(event.get("user"))
        if who != self._identity.bot_user:
            self._rooms.met(who, channel.id)
            return
        self._rooms.changed(channel.id)
        if not await self._look_for_cures(channel) and not await self._ledger.carries(channel):
            await self._greet(channel, event.get("inviter"))

    async def _left(self, event: Event) -> None:
        """Let nobody act on their having been there; the bot's own leaving is another event."""
        self._rooms.left(str(event.get("user")), self._channel(event).id)

    async def _greet(self, channel: Target, inviter: object) -> None:
        """Say hello, once for all who take the bot out and let it in again."""
        key = f"{GREETED}{channel.id}"
        if await self._ledger.note(key) is not None:
            return
        await self._ledger.write(key, "", keep=GREETED_FOR)
        by = Target(NAME, inviter, kind=TargetKind.PERSON) if isinstance(inviter, str) and inviter else None
        who = prose(Named(by), " added me. ") if by is not None else ()
        await self._say(
            channel,
            prose(
                "Hello. ",
                who,
                "I post feed updates here once someone adds a feed: ",
                Code("/feeds add <address>"),
                ". No feeds yet.",
            ),
        )

    async def _archived(self, event: Event) -> None:
        """Nothing is lost: the next post finds the channel closed, and whoever set it up is told."""
        self._rooms.changed(self._channel(event).id)

    async def _unarchived(self, event: Event) -> None:
        channel = self._channel(event)
        self._rooms.changed(channel.id)
        await self._look_for_cures(channel)

    async def _deleted(self, event: Event) -> None:
        channel = self._channel(event)
        await self._ledger.gone(channel)
        self._rooms.changed(channel.id)

    async def _uninstalled(self, event: Event) -> None:
        await self._leave(str(event.get("type")))

    async def _revoked(self, event: Event) -> None:
        """Stop where the bot's own token is among those; people's are not ours."""
        tokens = event.get("tokens")
        bots = tokens.get("bot") if isinstance(tokens, Mapping) else None
        if self._identity.bot_user in (bots or ()):
            await self._leave("token_revoked")

    async def _leave(self, reason: str) -> None:
        """Ask whether it is so: Slack repeats an event for an hour, though the app was installed anew.

        Where the token is dead, that call makes it known (``Web``) and stops all others.
        """
        try:
            await self._web.write("auth.test")
        except Revoked as error:
            log.info("slack.removed", team=self._identity.team, reason=reason, answer=str(error))
            await self._ledger.left(self._identity.team)
        except Failure as error:  # whether it is so, the next call tells
            log.warning("slack.perhaps_removed", team=self._identity.team, reason=reason, error=str(error))
        else:
            log.info("slack.removed_before", team=self._identity.team, reason=reason)

    async def _look_for_cures(self, only: Target | None = None) -> bool:
        """Post again where what kept the bot out is gone; True where a channel was waiting for it.

        ``only`` is a channel where somebody has just done something about it.
        """
        waiting = [target for target in await self._ledger.paused() if self._is_due(target, only)]
        for target in waiting:
            try:
                await self._look(target, acted=only is not None)
            except Failure as error:
                log.warning("slack.cannot_tell", target=str(target), error=str(error))
        return bool(waiting)

    def _is_due(self, target: Target, only: Target | None) -> bool:
        is_here = target.kind is TargetKind.CHANNEL and target.space in ("", self._identity.team)
        return is_here and (only is None or only.id == target.id)

    async def _look(self, target: Target, *, acted: bool) -> None:
        beyond = f"{BEYOND}{target.id}"
        is_beyond = await self._ledger.note(beyond) is not None
        is_open = await self._rights.cannot_post(target) is None
        if is_beyond and (acted or not is_open):
            await self._ledger.erase(beyond)
        if is_open and (acted or not is_beyond):  # else it would be refused and told of again at each start
            log.info("slack.cured", target=str(target))
            await self._ledger.cured(target)
