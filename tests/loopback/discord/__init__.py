"""A Discord on 127.0.0.1: REST and gateway under a real discord.py, with Discord's own contract as judge.

    async with FakeDiscord() as discord:             # token, shards, rates, deadline, now: see server.py
        guild = discord.world.add_guild("Newsroom")  # the bot is in it, with the rights of its invitation
        news = discord.world.add_channel(guild, "news")
        maria = discord.world.add_user("maria", guild)
        ...                                          # point a client at discord.address and discord.token
        call = await discord.slash(maria, news, "feeds add", address="https://example.com/feed")
        answer = await call.answer()                 # the Message; a deferral is waited out
        later = await discord.press(answer, "Undo", maria)

**World** (``discord.world``): what changes in it is told at once to whoever is connected to the gateway.

- ``add_user(name, *guilds, closed=False)`` → User; ``closed`` takes no direct messages (50007). Someone
  without a common guild gets 50278, unless ``install(user)`` put the app on the account.
- ``add_guild(name, *, everyone=EVERYONE, bot=INVITED, owner=None, joined=True)`` → Guild with
  ``everyone``, ``bot_role``, ``me`` (the bot's Member), ``members`` by the person's id, ``channels`` by
  id.
- ``add_role(guild, name, permissions, *members)``, ``set_role(guild, role, permissions)``,
  ``add_member(guild, user, *roles)`` → Member, ``remove_member(guild, user)``, ``give(member, role)``,
  ``take(member, role)``.
- ``add_channel(guild, name, kind=Kind.TEXT, *, parent=None, tags=(), needs_tag=False)`` → Channel;
  ``add_thread(parent, name, *, owner=None, private=False, archived=False, locked=False, members=())`` →
  Channel (its owner is the bot); ``archive(thread, archived=…, locked=…)``.
- ``overwrite(channel, who, *, allow=0, deny=0)``: who is a Role, a Member or a User; Permission names the
  rights.
- ``rename(channel, name)``, ``delete_channel(channel)``, ``remove_bot(guild)`` (kicked),
  ``invite_bot(guild)``, ``outage(guild)``, ``recover(guild)``.
- ``dm(user)`` → the Channel of the bot and a person. ``say(user, channel, text)`` → a person's Message.
- ``commands``: what is registered, as Discord answers it. ``forget_nonces()``: the minutes are over for
  which a nonce is remembered. ``application``: what ``/applications/@me`` says, a dict to change.
  ``session_starts``, ``session_reset_ms``.

**Acts of people**, each → Invocation. They raise Unusable where Discord's client would not let them: no
such command registered, hidden by rights or place, no such option or button, a required field left empty.

- ``slash(user, channel, "feeds add", **options)``: an option is text, number, bool, Channel, User or
  Upload;
- ``autocomplete(user, channel, "feeds remove", feed="chi")``: the last option given is being typed;
- ``message_menu(user, message, "Why did I get this?")``;
- ``press(message, label_or_custom_id, user)``; ``choose(message, value_or_label, user)``, several as a
  list;
- ``submit(modal, values)``: by label or custom id; what is left out keeps what the form came with.

Invocation: ``await answer()`` → Message, ``await modal()`` → Modal, ``await choices()`` → dicts of name
and value, ``await acknowledged()`` → Answered, ``await followups(count)``; ``deferred``, ``ephemeral``,
``messages`` (the answer and what followed), ``updated`` (it took the place of the message with the
button), ``expire()`` (its 15 minutes are over). Without a first answer in ``deadline`` seconds they raise
Unanswered, and the bot's late one gets 10062. Message: ``content``, ``embeds``, ``components``,
``labels``, ``flags``, ``files``, ``viewer``, ``thread``, ``edited``.

**Seen**: ``messages(channel)``, with ``seen_by=user`` that person's ephemeral ones too; ``text()``: all
that anybody could read or press; ``requests`` (Request: method, path, query, body, files, at, status);
``asked("POST", "/channels/*/messages")`` of them; ``limited`` (429s drawn); ``violations``.

**Faults**: ``fail("POST", "/channels/*/messages", how, times=1)``, where ``*`` stands within one segment
and ``times=None`` means for good; how is ``Status(503)``, ``Status(502, after=True)``, ``Status(500,
html=True)``, ``Reset()``, ``Reset(after=True)``, ``Hang()``, ``Slow(seconds)``, ``Limited(retry_after,
everywhere=…, via=…)`` or ``Refusal(status, code, message)``. ``heal()`` ends them. ``await
refuse_connections()`` cuts all connections and refuses new ones until ``await accept_connections()``.

**Gateway** (``discord.gateway``): ``identified`` (Identify: intents, shard, compression), ``resumed``,
``heartbeats``, ``heartbeat_interval`` in seconds; ``await connected()``, ``await disconnected()``;
``dispatch(event, data)``, ``raw(text)``, ``reconnect()`` (op 7), ``invalidate(resumable=…)`` (op 9),
``drop()``, ``close(code)``, ``restart()`` (the sessions are forgotten), ``refuse(times)`` (handshakes get
503), ``deaf()`` (heartbeats are not acknowledged). It tells of no messages: nobody asks for that intent.

**The judge** (contract.py): each request is held against Discord's OpenAPI document and the rules it
leaves out. What breaks them stands in ``violations``, and the end of the ``async with`` raises an
AssertionError that lists them. A test that breaks one on purpose says ``discord.violations.clear()``.

client.py points a bare discord.py at it: ``logged_in(discord)``, ``connected(discord)``,
``pointed_at(discord)``.
"""

from __future__ import annotations

from tests.loopback.discord.faults import Hang, Limited, Refusal, Reset, Slow, Status
from tests.loopback.discord.invocation import Answered, Invocation, Modal, Unanswered, Unusable, Upload
from tests.loopback.discord.limits import Rates
from tests.loopback.discord.nouns import Channel, Guild, Kind, Member, Message, Role, User
from tests.loopback.discord.permissions import EVERYONE, INVITED, Permission
from tests.loopback.discord.server import FakeDiscord

__all__ = [
    "EVERYONE",
    "INVITED",
    "Answered",
    "Channel",
    "FakeDiscord",
    "Guild",
    "Hang",
    "Invocation",
    "Kind",
    "Limited",
    "Member",
    "Message",
    "Modal",
    "Permission",
    "Rates",
    "Refusal",
    "Reset",
    "Role",
    "Slow",
    "Status",
    "Unanswered",
    "Unusable",
    "Upload",
    "User",
]
