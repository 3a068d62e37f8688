"""What there is in the fake Slack and how it changes; what the app subscribed to is announced to it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from tests.loopback.slack import payloads
from tests.loopback.slack.invocation import Invocation
from tests.loopback.slack.nouns import Channel, File, Json, Kind, Message, User, View

LEAST = frozenset({"commands", "chat:write", "channels:read"})
"""The scopes without which the app is of no use."""

EVENTS = frozenset(
    {
        "app_home_opened",
        "app_uninstalled",
        "tokens_revoked",
        "member_joined_channel",
        "member_left_channel",
        "channel_archive",
        "channel_unarchive",
        "channel_deleted",
        "channel_rename",
        "channel_left",
        "group_archive",
        "group_unarchive",
        "group_deleted",
        "group_rename",
        "group_left",
    }
)
"""What an app is told of unless its manifest says otherwise."""

_TRIGGER_LIFE = 3.0

Announce = Callable[[Json], object]


@dataclass(eq=False, slots=True)
class Trigger:
    """What lets the app open a view for a person, once and for three seconds."""

    user: User
    at: float
    view: View | None = None
    """The form it was pressed in; only then a second one can be pushed upon it."""
    used: bool = False
    on_view: Callable[[View], None] | None = None

    def expired(self, now: float) -> bool:
        """Whether its three seconds are over."""
        return now - self.at > _TRIGGER_LIFE


@dataclass(eq=False, slots=True)
class Command:
    """A slash command that the app's manifest declares."""

    name: str
    should_escape: bool = True


@dataclass(eq=False)
class World:
    """One workspace; its methods are what people and admins do."""

    announce: Announce
    now: Callable[[], float]
    """The Unix time."""
    name: str = "Newsroom"
    domain: str = "newsroom"
    scopes: set[str] = field(default_factory=lambda: set(LEAST))
    subscribed: set[str] = field(default_factory=lambda: set(EVENTS))
    dead_images: set[str] = field(default_factory=set)
    """Hosts from which Slack cannot fetch an image."""
    messages_tab: bool = True
    """Whether the app has a Messages tab; without it nobody can be written to."""
    home_tab: bool = True
    trouble: str | None = None
    """The error that every call gets: ``token_revoked``, ``account_inactive``, ``invalid_auth``."""
    commands: dict[str, Command] | None = None
    """By name, as the manifest declares them; None: any command may be typed, and is escaped."""
    shortcuts: dict[str, str] | None = None
    """Callback id → global or message, as the manifest declares them; None: any may be used."""
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)
    """By id; direct conversations too."""
    views: dict[str, View] = field(default_factory=dict)
    modals: dict[str, list[View]] = field(default_factory=dict)
    """What is open on a person's screen, the topmost last; by the person's id."""
    homes: dict[str, View] = field(default_factory=dict)
    """By the person's id."""
    files: dict[str, File] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    calls: list[Invocation] = field(default_factory=list)
    """All that people did, in order."""
    shown: list[Message] = field(default_factory=list)
    """Every message that ever came, in order, those too that are gone."""

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        self._last_ts = 0
        self.team_id = self.id("T")
        self.app_id = self.id("A")
        self.bot_id = self.id("B")
        self.bot = self.add_user("wireroom")
        self.bot.is_bot = True
        self.admin = self.add_user("operator", is_admin=True)
        self.general = self.add_channel("general", bot=False)
        self.general.is_general = True

    @property
    def url(self) -> str:
        """The workspace's address."""
        return f"https://{self.domain}.slack.com/"

    def id(self, letter: str) -> str:
        """Give the next id of a kind."""
        return f"{letter}0WR{next(self._numbers):07d}"

    def ts(self) -> str:
        """Give the next moment, as a message's name: no two are alike, and they only grow."""
        self._last_ts = max(self._last_ts + 1, int(self.now() * 1_000_000))
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    # People and channels

    def add_user(
        self, name: str, *, tz: str = "Europe/London", is_admin: bool = False, guest: bool = False
    ) -> User:
        """Make a person; a ``guest`` is one of several channels."""
        user = User(self.id("U"), name, tz=tz, is_admin=is_admin, is_restricted=guest)
        self.users[user.id] = user
        return user

    def add_channel(
        self, name: str, *members: User, private: bool = False, bot: bool = True, creator: User | None = None
    ) -> Channel:
        """Make a channel with these people in it, and the bot unless ``bot`` is False."""
        kind = Kind.PRIVATE if private else Kind.PUBLIC
        channel = Channel(self.id("C"), name, kind, creator=creator or self.admin)
        for user in (self.admin, *members, *([self.bot] if bot else [])):
            channel.members[user.id] = user
        self.channels[channel.id] = channel
        return channel

    def dm(self, user: User) -> Channel:
        """Open what the bot and a person share, or take what is open."""
        found = next((channel for channel in self.channels.values() if channel.user is user), None)
        if found is None:
            found = Channel(self.id("D"), "directmessage", Kind.IM, creator=self.bot, user=user)
            found.members = {user.id: user, self.bot.id: self.bot}
            self.channels[found.id] = found
        return found

    def say(
        self, user: User, channel: Channel, text: str, *, thread: Message | None = None, via: str = "person"
    ) -> Message:
        """Let a person write something."""
        message = Message(self.ts(), channel, user, text, via=via)
        message.thread_ts = None if thread is None else thread.ts
        return self.keep(message)

    def keep(self, message: Message) -> Message:
        """Put a message into its channel."""
        message.channel.messages[message.ts] = message
        self.shown.append(message)
        return message

    def sees(self, channel: Channel) -> bool:
        """Whether the bot can know of a channel."""
        return not channel.deleted and (channel.kind is Kind.PUBLIC or self.bot.id in channel.members)

    # What is announced

    def join(self, user: User, channel: Channel, by: User | None = None) -> None:
        """Let a person, or the bot, into a channel."""
        channel.members[user.id] = user
        event: Json = {
            "type": "member_joined_channel",
            "user": user.id,
            "channel": channel.id,
            "channel_type": "G" if channel.kind is Kind.PRIVATE else "C",
            "team": self.team_id,
        }
        self.tell(event | ({} if by is None else {"inviter": by.id}), channel)

    def invite_bot(self, channel: Channel, by: User | None = None) -> None:
        """Let someone invite the bot."""
        self.join(self.bot, channel, by or self.admin)

    def leave(self, user: User, channel: Channel) -> None:
        """Let a person, or the bot, go out of a channel."""
        channel.members.pop(user.id, None)
        if user is self.bot:
            self._tell_of(channel, "left", actor_id=self.admin.id)
        else:
            event = {"type": "member_left_channel", "user": user.id, "channel": channel.id}
            kind = "G" if channel.kind is Kind.PRIVATE else "C"
            self.tell(event | {"channel_type": kind, "team": self.team_id}, channel)

    def archive(self, channel: Channel, by: User | None = None) -> None:
        """Archive a channel."""
        channel.archived = True
        self._tell_of(channel, "archive", user=(by or self.admin).id)

    def unarchive(self, channel: Channel, by: User | None = None) -> None:
        """Bring a channel back."""
        channel.archived = False
        self._tell_of(channel, "unarchive", user=(by or self.admin).id)

    def delete_channel(self, channel: Channel) -> None:
        """Delete a channel with all that stood in it."""
        self._tell_of(channel, "deleted", actor_id=self.admin.id)
        channel.deleted = True
        channel.messages.clear()

    def rename(self, channel: Channel, name: str) -> None:
        """Give a channel another name."""
        channel.name = name
        prefix = _prefix(channel)
        created = {"id": channel.id, "name": name, "created": int(self.now())}
        self.tell({"type": f"{prefix}_rename", "channel": created}, channel)

    def delete_message(self, message: Message) -> None:
        """Delete a message, as its author or an admin would."""
        message.channel.messages.pop(message.ts, None)

    def uninstall(self) -> None:
        """Remove the app from the workspace: the token is dead, and both events come."""
        self.trouble = "account_inactive"
        self.tell({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [self.bot.id]}})
        self.tell({"type": "app_uninstalled"})

    def revoke_token(self) -> None:
        """Revoke the bot's token while the app stays."""
        self.trouble = "token_revoked"
        self.tell({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": [self.bot.id]}})

    def change_user(self, user: User, *, tz: str) -> None:
        """Let a person change the profile."""
        user.tz = tz
        if "users:read" in self.scopes:
            self.tell({"type": "user_change", "user": payloads.user(self, user)})

    def tell(self, event: Json, channel: Channel | None = None) -> None:
        """Announce an event, if the app subscribed to it and its scopes and rooms let it know."""
        is_seen = channel is None or (
            f"{channel.kind}:read" in self.scopes and (self.sees(channel) or event["type"].endswith("_left"))
        )
        if event["type"] in self.subscribed and is_seen:
            self.announce({"event_ts": self.ts()} | event)

    def _tell_of(self, channel: Channel, what: str, **more: object) -> None:
        self.tell({"type": f"{_prefix(channel)}_{what}", "channel": channel.id, **more}, channel)

    # The app

    def declare(self, manifest: Json, *, optional: Iterable[str] = ()) -> None:
        """Take in the app's manifest; of its optional scopes only these are granted."""
        bot = manifest["oauth_config"]["scopes"]
        self.scopes = {*bot["bot"]} - {*bot.get("bot_optional", ())} | {*optional}
        self.subscribed = {*manifest["settings"].get("event_subscriptions", {}).get("bot_events", ())}
        features = manifest["features"]
        self.commands = {
            one["command"]: Command(one["command"], bool(one.get("should_escape")))
            for one in features.get("slash_commands", ())
        }
        self.shortcuts = {one["callback_id"]: one["type"] for one in features.get("shortcuts", ())}
        tabs = features.get("app_home", {})
        self.home_tab = bool(tabs.get("home_tab_enabled"))
        self.messages_tab = bool(tabs.get("messages_tab_enabled"))

    def reinstall(self) -> None:
        """Install the app again; the tokens are as before."""
        self.trouble = None

    def last_call(self, user: User, channel: Channel) -> Invocation | None:
        """Find the last that a person did in a channel."""
        found = (one for one in reversed(self.calls) if one.user is user and one.channel is channel)
        return next(found, None)

    # Views

    def trigger(self, user: User, view: View | None, on_view: Callable[[View], None]) -> str:
        """Make what lets the app open a view for this person."""
        key = f"{next(self._numbers)}.{self.team_id}.{user.id}"
        self.triggers[key] = Trigger(user, self.now(), view, on_view=on_view)
        return key

    def texts(self) -> Iterator[str]:
        """List all that anybody can now see or press, as it reads."""
        for channel in self.channels.values():
            for message in channel.messages.values():
                yield from payloads.readable(message)
        for view in [*self.homes.values(), *(view for stack in self.modals.values() for view in stack)]:
            yield from payloads.legible(view.body)
            yield from view.errors.values()


def _prefix(channel: Channel) -> str:
    return "group" if channel.kind is Kind.PRIVATE else "channel"
