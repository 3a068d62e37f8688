"""What people do in Discord's client, and what the client would not let them do."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

from tests.loopback.discord import forms, menus, payloads
from tests.loopback.discord.gateway import Gateway
from tests.loopback.discord.invocation import Asked, Invocation, Modal, Unusable
from tests.loopback.discord.nouns import Channel, Json, Kind, Message, User
from tests.loopback.discord.options import Value, fill_in, find, open_to
from tests.loopback.discord.permissions import EVERYTHING, rights
from tests.loopback.discord.world import World

_CONTEXT_GUILD, _CONTEXT_DM = 0, 1
_LIMIT = 10 * 1024 * 1024


class People:
    """Acts of people, each of which reaches the bot as an interaction over the gateway."""

    def __init__(self, world: World, gateway: Gateway, deadline: float) -> None:
        self.world = world
        self.gateway = gateway
        self._deadline = deadline

    async def slash(self, user: User, channel: Channel, command: str, /, **options: Value) -> Invocation:
        """Type a command with its options and send it."""
        _require_sight(user, channel)
        found = find(self.world, command)
        open_to(found.command, user, channel)
        data = fill_in(self.world, found, channel, options)
        return self._send(Asked.COMMAND, user, channel, data, {"name": command})

    async def autocomplete(
        self, user: User, channel: Channel, command: str, /, **options: Value
    ) -> Invocation:
        """Type in the last of these options, and stop before the command is sent."""
        _require_sight(user, channel)
        found = find(self.world, command)
        open_to(found.command, user, channel)
        data = fill_in(self.world, found, channel, options, focused=list(options)[-1])
        return self._send(Asked.AUTOCOMPLETE, user, channel, data, {"name": command})

    async def message_menu(self, user: User, message: Message, name: str) -> Invocation:
        """Choose an entry of a message's menu."""
        _require_message(user, message)
        found = find(self.world, name, kind=3)
        open_to(found.command, user, message.channel)
        key = str(message.id)
        data: Json = {"id": found.command["id"], "name": name, "type": 3, "target_id": key}
        data["resolved"] = {"messages": {key: payloads.message(message)}}
        return self._send(Asked.COMMAND, user, message.channel, data, {"name": name})

    async def press(self, message: Message, which: str, user: User) -> Invocation:
        """Press the button with this label or custom id."""
        _require_message(user, message)
        data = menus.pressed(message, which)
        return self._send(Asked.COMPONENT, user, message.channel, data, {}, message)

    async def choose(self, message: Message, which: str | Sequence[str], user: User) -> Invocation:
        """Choose in a menu of the message, by value or label."""
        _require_message(user, message)
        data = menus.chosen(message, [which] if isinstance(which, str) else which)
        return self._send(Asked.COMPONENT, user, message.channel, data, {}, message)

    async def submit(self, modal: Modal, values: Mapping[str, forms.Entry] | None = None) -> Invocation:
        """Fill a form in, by labels or custom ids, and hand it in."""
        data = forms.filled(modal, values or {})
        return self._send(Asked.MODAL, modal.user, modal.channel, data, {}, modal.message)

    def _send(
        self,
        asked: Asked,
        user: User,
        channel: Channel,
        data: Json,
        source: Json,
        message: Message | None = None,
    ) -> Invocation:
        owners = self._owners(user, channel)
        source = source | {
            "id": str(self.world.id()),
            "type": int(asked),
            "user": payloads.user(user),
            "authorizing_integration_owners": owners,
        }
        token = secrets.token_urlsafe(24)
        call = Invocation(int(source["id"]), token, asked, user, channel, self._deadline, source, message)
        self.world.calls[token] = call
        call.start()
        self.gateway.dispatch("INTERACTION_CREATE", self._payload(call, data, owners), channel.guild)
        return call

    def _owners(self, user: User, channel: Channel) -> Json:
        """Say for whom the app is installed here: the server, the person, or both."""
        owners: Json = {}
        if channel.guild is None:
            owners["0"] = "0"
        elif channel.guild.me is not None:
            owners["0"] = str(channel.guild.id)
        return owners | ({"1": str(user.id)} if user.installed else {})

    def _payload(self, call: Invocation, data: Json, owners: Json) -> Json:
        channel, guild = call.channel, call.channel.guild
        payload: Json = {
            "id": str(call.id),
            "application_id": str(self.world.me.id),
            "type": int(call.asked),
            "data": data,
            "token": call.token,
            "version": 1,
            "channel_id": str(channel.id),
            "channel": payloads.channel(channel),
            "app_permissions": str(EVERYTHING if guild is None else self.world.bot_rights(channel)),
            "locale": "en-US",
            "entitlements": [],
            "authorizing_integration_owners": owners,
            "attachment_size_limit": _LIMIT,
            "context": _CONTEXT_DM if channel.kind is Kind.DM else _CONTEXT_GUILD,
        }
        if call.message is not None:
            payload["message"] = payloads.message(call.message)
        if guild is None:
            return payload | {"user": payloads.user(call.user)}
        member = guild.members[call.user.id]
        held = str(rights(member, channel))
        payload["channel"]["permissions"] = held
        return payload | {
            "guild_id": str(guild.id),
            "guild": {"id": str(guild.id), "locale": "en-US", "features": []},
            "guild_locale": "en-US",
            "member": payloads.member(member) | {"permissions": held},
        }


def _require_sight(user: User, channel: Channel) -> None:
    """Refuse a person who is not where the act takes place."""
    if channel.guild is None:
        is_there = channel.recipient is user
    else:
        member = channel.guild.members.get(user.id)
        is_there = member is not None and bool(rights(member, channel))
    if not is_there:
        raise Unusable(f"{user.name} does not see the channel {channel.name!r}")


def _require_message(user: User, message: Message) -> None:
    _require_sight(user, message.channel)
    if message.viewer is not None and message.viewer is not user:
        raise Unusable(f"only {message.viewer.name} sees this message, not {user.name}")
    if message.id not in message.channel.messages:
        raise Unusable("the message is deleted")
