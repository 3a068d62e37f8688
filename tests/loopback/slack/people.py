"""What people do in Slack's client, and what the client would not let them do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

from tests.loopback.slack import fields, payloads, typed, views
from tests.loopback.slack.answers import Answers
from tests.loopback.slack.delivery import Delivery, Office
from tests.loopback.slack.fields import Entry
from tests.loopback.slack.invocation import Invocation, Unusable
from tests.loopback.slack.nouns import Channel, Json, Kind, Message, User, View
from tests.loopback.slack.world import World

Surface = Message | View
"""Where buttons and menus stand."""


class People(ABC):
    """Acts of people, each of which reaches the app as a delivery."""

    def __init__(self, world: World, answers: Answers) -> None:
        self.world = world
        self.answers = answers
        self.office: Office
        """Where deliveries are handed in; set by the server."""

    @property
    @abstractmethod
    def address(self) -> str:
        """Where the fake answers."""

    async def types(self, user: User, channel: Channel, command: str, text: str = "") -> Invocation:
        """Type a command and send it; the text as the person types it."""
        _demand_sight(user, channel)
        declared = (self.world.commands or {}).get(command)
        if declared is None and self.world.commands is not None:
            raise Unusable(f"{command} is not declared, only {sorted(self.world.commands)}")
        escapes = declared is None or declared.should_escape
        text = text.strip()
        names = {Kind.IM: "directmessage", Kind.PRIVATE: "privategroup", Kind.PUBLIC: channel.name}
        call = self._call(user, channel)
        payload: Json = {
            "token": "verification",
            "team_id": self.world.team_id,
            "team_domain": self.world.domain,
            "channel_id": channel.id,
            "channel_name": names[channel.kind],
            "user_id": user.id,
            "user_name": user.name,
            "command": command,
            "text": typed.sent(self.world, user, text) if escapes else text,
            "api_app_id": self.world.app_id,
            "is_enterprise_install": "false",
            "response_url": self.answers.hook(call, self.address),
            "trigger_id": call.trigger_id,
        }
        return self._send(call, "slash_commands", payload)

    async def presses(
        self, user: User, surface: Surface, which: str, *, beside: str | None = None
    ) -> Invocation:
        """Press the button with this label or action id; ``beside``: words in its block, of several alike."""
        block, element = fields.named(_where(user, surface, beside), which, "button")
        return self._act(user, surface, block, element, None)

    async def chooses(
        self,
        user: User,
        surface: Surface,
        which: Entry,
        *,
        menu: str | None = None,
        beside: str | None = None,
    ) -> Invocation:
        """Choose in the menu that offers it, or in the one named by label, action id or block id."""
        blocks = _where(user, surface, beside)
        if menu is None and not isinstance(which, str):
            raise Unusable("say in which menu")
        block, element = fields.named(blocks, menu or str(which))
        if element["type"] == "overflow":
            chosen = fields.picked(fields.options(element), str(which), "overflow")
            return self._act(user, surface, block, element, {"selected_option": chosen})
        offered: list[Json] = []
        if isinstance(surface, View):
            offered = surface.offered.get((block["block_id"], element["action_id"]), [])
        state = fields.entered(block, element, which, offered)
        surface.state.setdefault(block["block_id"], {})[element["action_id"]] = state
        if block["type"] == "input" and not block.get("dispatch_action"):
            raise Unusable("this field tells nobody before the form is handed in")
        return self._act(user, surface, block, element, state)

    async def submits(self, user: User, view: View, values: Mapping[str, Entry] | None = None) -> Invocation:
        """Fill a form in, by labels or block ids, and hand it in; what is left out stays as it is."""
        stack = _top(self.world, user, view)
        if view.body.get("submit") is None:
            raise Unusable("this view cannot be handed in")
        self.fills(view, values or {})
        fields.demand_filled(view)
        call = self._call(user, None, view=view)
        payload = self._payload("view_submission", call) | {
            "trigger_id": call.trigger_id,
            "view": payloads.view(self.world, view),
            "response_urls": [],
        }

        def on_ack(said: Json) -> None:
            if not said.get("response_action") and view in stack:
                views.closed(self.world, user)
            self.answers.heard(call, said)

        return self._send(call, "interactive", payload, on_ack)

    def fills(self, view: View, values: Mapping[str, Entry]) -> None:
        """Fill fields in and hand nothing in yet."""
        fields.fill(view, values)

    async def closes(self, user: User, view: View) -> Invocation | None:
        """Close the topmost form; the app hears of it only where it wished to."""
        _top(self.world, user, view)
        views.closed(self.world, user)
        if not view.body.get("notify_on_close"):
            return None
        call = self._call(user, None, view=view)
        payload = self._payload("view_closed", call)
        payload |= {"view": payloads.view(self.world, view), "is_cleared": False}
        return self._send(call, "interactive", payload)

    async def suggests(self, user: User, surface: Surface, which: str, text: str = "") -> Invocation:
        """Type into an external menu, and wait for what it offers with ``options()``."""
        blocks = _where(user, surface, None)
        block, element = fields.named(blocks, which, "external_select", "multi_external_select")
        least = element.get("min_query_length", 3)
        if len(text) < least:
            raise Unusable(f"{which!r} asks from {least} characters on")
        call = self._call(user, surface.channel if isinstance(surface, Message) else None, surface)
        payload = self._payload("block_suggestion", call) | _container(self.world, surface)
        names = {"action_id": element["action_id"], "block_id": block["block_id"]}
        payload |= names | {"value": text}

        def on_ack(said: Json) -> None:
            self.answers.heard(call, said)
            if isinstance(surface, View):
                groups = said.get("option_groups") or []
                found = [*(said.get("options") or []), *(one for group in groups for one in group["options"])]
                surface.offered[block["block_id"], element["action_id"]] = found

        return self._send(call, "interactive", payload, on_ack)

    async def opens_home(self, user: User, tab: str = "home") -> Delivery:
        """Open the app's Home tab, or its ``messages``; the app hears of it where it subscribed to that."""
        event: Json = {
            "type": "app_home_opened",
            "user": user.id,
            "channel": self.world.dm(user).id,
            "tab": tab,
        }
        home = self.world.homes.get(user.id)
        if home is not None and tab == "home":
            event["view"] = payloads.view(self.world, home)
        if "app_home_opened" not in self.world.subscribed:
            raise Unusable("the app did not subscribe to app_home_opened")
        return self.event({"event_ts": self.world.ts()} | event)

    async def uses_shortcut(self, user: User, callback_id: str) -> Invocation:
        """Choose one of the app's shortcuts."""
        self._demand_shortcut(callback_id, "global")
        call = self._call(user, None)
        payload = self._payload("shortcut", call)
        payload |= {"callback_id": callback_id, "trigger_id": call.trigger_id, "action_ts": self.world.ts()}
        return self._send(call, "interactive", payload)

    async def uses_message_shortcut(self, user: User, message: Message, callback_id: str) -> Invocation:
        """Choose one of the app's shortcuts from a message's menu."""
        self._demand_shortcut(callback_id, "message")
        _demand_message(user, message)
        if message.is_ephemeral:
            raise Unusable("an ephemeral message has no shortcuts")
        call = self._call(user, message.channel, message)
        payload = self._payload("message_action", call) | {
            "callback_id": callback_id,
            "trigger_id": call.trigger_id,
            "action_ts": self.world.ts(),
            "channel": _place(message.channel),
            "message_ts": message.ts,
            "message": payloads.message(self.world, message),
            "response_url": self.answers.hook(call, self.address),
        }
        return self._send(call, "interactive", payload)

    def event(self, event: Json) -> Delivery:
        """Tell the app of an event, whatever it subscribed to."""
        world = self.world
        authorization: Json = {"enterprise_id": None, "team_id": world.team_id, "user_id": world.bot.id}
        authorization |= {"is_bot": True, "is_enterprise_install": False}
        payload: Json = {
            "token": "verification",
            "team_id": world.team_id,
            "api_app_id": world.app_id,
            "event": event,
            "type": "event_callback",
            "event_id": world.id("Ev"),
            "event_time": int(world.now()),
            "authorizations": [authorization],
            "is_ext_shared_channel": False,
        }
        return self.office.post(Delivery("events_api", payload))

    def repeat(self, delivery: Delivery, reason: str = "timeout") -> Delivery:
        """Send an event once more, by the same event_id, as if Slack had heard no acknowledgement."""
        again = Delivery("events_api", delivery.payload, attempt=delivery.attempt + 1, reason=reason)
        return self.office.post(again)

    def _act(
        self, user: User, surface: Surface, block: Json, element: Json, state: Json | None
    ) -> Invocation:
        call = self._call(user, surface.channel if isinstance(surface, Message) else None, surface)
        action = fields.action(block, element, self.world.ts(), state)
        payload = self._payload("block_actions", call) | _container(self.world, surface)
        payload |= {"trigger_id": call.trigger_id, "actions": [action]}
        if isinstance(surface, Message):
            payload["state"] = {"values": surface.state}
            payload["response_url"] = self.answers.hook(call, self.address)
        return self._send(call, "interactive", payload)

    def _call(
        self, user: User, channel: Channel | None, surface: Surface | None = None, *, view: View | None = None
    ) -> Invocation:
        message = surface if isinstance(surface, Message) else None
        view = surface if isinstance(surface, View) else view
        call = Invocation(user, channel, message, view)
        call.trigger_id = self.world.trigger(user, view, call.shows_view)
        return call

    def _payload(self, kind: str, call: Invocation) -> Json:
        return {
            "type": kind,
            "team": payloads.team(self.world),
            "user": payloads.actor(self.world, call.user),
            "api_app_id": self.world.app_id,
            "token": "verification",
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def _send(
        self, call: Invocation, kind: str, payload: Json, on_ack: Callable[[Json], None] | None = None
    ) -> Invocation:
        def heard(said: Json) -> None:
            self.answers.heard(call, said)

        call.delivery = Delivery(kind, payload, accepts=True, on_ack=on_ack or heard)
        self.world.calls.append(call)
        self.office.post(call.delivery)
        return call

    def _demand_shortcut(self, callback_id: str, kind: str) -> None:
        declared = self.world.shortcuts
        if declared is not None and declared.get(callback_id) != kind:
            raise Unusable(f"there is no {kind} shortcut {callback_id!r}, only {declared}")


def _place(channel: Channel) -> Json:
    names = {Kind.IM: "directmessage", Kind.PRIVATE: "privategroup", Kind.PUBLIC: channel.name}
    return {"id": channel.id, "name": names[channel.kind]}


def _container(world: World, surface: Surface) -> Json:
    """Say where a button or menu stands; of an ephemeral message Slack knows no more than its name."""
    if isinstance(surface, View):
        container: Json = {"type": "view", "view_id": surface.id}
        return {"container": container, "view": payloads.view(world, surface)}
    container = {"type": "message", "message_ts": surface.ts, "channel_id": surface.channel.id}
    container["is_ephemeral"] = surface.is_ephemeral
    data: Json = {"container": container, "channel": _place(surface.channel)}
    return data if surface.is_ephemeral else data | {"message": payloads.message(world, surface)}


def _where(user: User, surface: Surface, beside: str | None) -> list[Json]:
    """Give the blocks of a surface that the person sees, or only those with these words in them."""
    if isinstance(surface, Message):
        _demand_message(user, surface)
    elif surface.user is not user or not surface.is_open:
        raise Unusable("the person does not see this view")
    if beside is None:
        return surface.blocks
    return [block for block in surface.blocks if any(beside in text for text in payloads.legible(block))]


def _demand_sight(user: User, channel: Channel) -> None:
    is_public = channel.kind is Kind.PUBLIC and not user.is_restricted
    if channel.deleted or channel.archived or not (is_public or user.id in channel.members):
        raise Unusable(f"{user.name} cannot write in {channel.name}")


def _demand_message(user: User, message: Message) -> None:
    if message.channel.messages.get(message.ts) is not message:
        raise Unusable("the message is deleted")
    if message.viewer is not None and message.viewer is not user:
        raise Unusable("only another person sees the message")
    if message.channel.kind is not Kind.PUBLIC and user.id not in message.channel.members:
        raise Unusable(f"{user.name} does not see the channel")


def _top(world: World, user: User, view: View) -> list[View]:
    stack = world.modals.get(user.id, [])
    if not stack or stack[-1] is not view:
        raise Unusable("this is not the form on top of the person's screen")
    return stack
