"""A Slack on 127.0.0.1: Web API, Socket Mode and signed HTTP, with Slack's own typings as judge.

    async with FakeSlack() as slack:                # rates=None|Rates(), deadline=3.0, now=time.time
        maria = slack.world.add_user("maria")
        news = slack.world.add_channel("news", maria)       # the bot is in it
        ...                                         # point a client at slack.address + "/api/"
        await slack.socket.connected()
        call = await slack.types(maria, news, "/follow", "semiconductors #news https://example.com")
        answer = await call.answer()                # the Message that she is shown
        later = await slack.presses(maria, answer, "Undo")

**Tokens**: ``bot_token`` (xoxb-…), ``app_token`` (xapp-…), ``signing_secret``; ``address``.

**World** (``slack.world``): what changes in it is told as an event where ``subscribed`` (a set, to change)
holds it and scopes and membership let the app know.

- ``scopes``: a set, to change; at first the least: commands, chat:write, channels:read. ``trouble``: the
  error of every call. ``uninstall()``, ``revoke_token()`` (both events come), ``reinstall()``.
- ``team_id``, ``app_id``, ``bot_id``, ``bot`` and ``admin`` (Users), ``general`` (a Channel without the
  bot).
- ``add_user(name, tz=…, is_admin=False, guest=False)`` → User, whose fields may be changed
  (``is_restricted``, ``is_ultra_restricted``, ``deleted``); ``change_user(user, tz=…)``.
- ``add_channel(name, *members, private=False, bot=True)`` → Channel; ``channel.restricted =
  "restricted_action_read_only_channel"``; ``dm(user)`` → the Channel D….
- ``join(user, channel)``, ``invite_bot(channel, by=None)``, ``leave(user, channel)`` (the bot too),
  ``archive``, ``unarchive``, ``delete_channel``, ``rename``, ``say(user, channel, text)`` → Message,
  ``delete_message(message)``.
- ``dead_images``: hosts whose images Slack cannot fetch: an image *block* then refuses the message.
  ``messages_tab``, ``home_tab``: switched off, there is no such tab.
- ``slack.declare(manifest, optional=())``: judge a manifest and take scopes (of the optional ones only
  those), events, commands, shortcuts and tabs from it; before that any command and shortcut may be used,
  and commands are escaped.

**Acts of people**, each → Invocation. They raise Unusable where Slack's client would not let them.

- ``types(user, channel, "/follow", "text as typed")``: also in ``world.dm(user)``;
- ``presses(user, message_or_view, label_or_action_id, beside="words in its block")``;
- ``chooses(user, message_or_view, option, menu=label_or_id, beside=…)``: menus, radio buttons, overflow;
- ``submits(user, view, {"label or block id": "text" | option | [options] | Channel | User | None})``,
  ``fills(view, values)`` (hands nothing in), ``closes(user, view)``;
- ``suggests(user, message_or_view, label, "typed")``, then ``await call.options()``; what was offered can
  then be chosen by label in ``submits`` and ``chooses``;
- ``uses_shortcut(user, callback_id)``, ``uses_message_shortcut(user, message, callback_id)``;
- ``opens_home(user, tab="home")`` → Delivery of app_home_opened.

Invocation: ``await ack()`` → what the acknowledgement carried, ``await answer()`` → Message (by
acknowledgement, response_url, or chat.postEphemeral to this person while the act was the last there),
``await answers(count)``, ``await opens()`` → View (opened, pushed, changed in answer), ``await options()``,
``await errors()`` → sentences by block id, ``await failure()`` → the error that the person sees instead;
``acknowledged_after``, ``failed``, ``messages``, ``opened``, ``uses`` of the response_url;
``slack.answers.expire(call)`` ends its half hour. What fails raises Unanswered. Message: ``text``,
``blocks``, ``metadata``, ``labels``, ``thread_ts``, ``replies``, ``edited``, ``viewer`` (ephemeral),
``files``, ``via``, ``arguments``. View: ``blocks``, ``title``, ``labels``, ``state``, ``errors``,
``private_metadata``.

**Events**: ``events`` (Delivery: ``payload``, ``attempt``, ``await ack()``, ``await failure()``),
``event({...})`` sends any, ``repeat(delivery)`` sends one again by the same event_id.

**Seen**: ``messages(channel_or_user, seen_by=None)``, ``ephemerals(user)``, ``home(user)``,
``modal(user)``, ``text()``: all that anybody can see or press, as it reads. ``await until(lambda: …)``:
looks again after each call of the app. ``calls`` and ``called("chat.postMessage")`` (Call: method,
arguments, ok, answer, status, at), ``limited`` (429s drawn), ``violations``.

**Faults**: ``fail("chat.postMessage", how, times=1, when=lambda arguments: …)``; also "*", "response_url"
and "upload"; ``times=None`` is for good. How: ``RateLimited(retry_after)``, ``Reset()`` (cut before),
``LostAnswer()`` (done, then cut), ``Late()`` (done once the caller has hung up), ``Hang(seconds=None,
accepted=True)``, ``Failure(500, "text", accepted=False)``, ``InternalError("internal_error",
accepted=False)``, ``Refuse("not_in_channel", {"more": …})``. ``heal()``. ``await refuse_connections()``,
``await accept_connections()``.

**Socket** (``slack.socket``): ``await connected(count=1)``, ``await disconnected()``, ``await
reopened(opened)``, ``opened`` (how many ever), ``links``; ``refresh(reason="refresh_requested", grace=0.5,
only=None)``, ``drop()``, ``refuse(times)`` (handshakes get 503), ``send_garbage(text)``. Of an envelope
whose connection ends unacknowledged, an event is sent again with the same event_id; a command or press is
lost, and the person sees ``connection_closed``. Without any connection: ``dispatch_failed``. Events wait
for the next one.

**Signed HTTP**: ``await deliver_to(url)`` delivers there from now on (False: the challenge failed); ``await
deliver_raw(body, content_type, timestamp=…, signature=…, headers=…)`` → status and text.

**The judge** (contract.py): messages, response_url bodies, acknowledgements, views, options and manifests
are held against Slack's typings and the limits they lack; breaches are refused as Slack does. All of them,
and what is merely unwelcome (welcome.py), stand in ``violations``, and the end of the ``async with`` raises
an AssertionError that lists them. A test that breaks one on purpose says ``slack.violations.clear()``.

client.py points bare clients at it: ``caller(slack)`` is an AsyncWebClient, ``bolt(slack)`` an AsyncApp, and
``connected(slack, app)`` and ``served(slack, app)`` hold it open by socket or HTTP. pieces.py makes
buttons, sections and forms; scene.py is what the fake's own tests begin with.
"""

from __future__ import annotations

from tests.loopback.slack.delivery import Delivery, Unanswered
from tests.loopback.slack.faults import (
    Failure,
    Hang,
    InternalError,
    Late,
    LostAnswer,
    RateLimited,
    Refuse,
    Reset,
)
from tests.loopback.slack.invocation import Invocation, Unusable
from tests.loopback.slack.limits import Rates
from tests.loopback.slack.nouns import Channel, File, Kind, Message, User, View
from tests.loopback.slack.request import Call
from tests.loopback.slack.server import FakeSlack
from tests.loopback.slack.world import LEAST, World

__all__ = [
    "LEAST",
    "Call",
    "Channel",
    "Delivery",
    "Failure",
    "FakeSlack",
    "File",
    "Hang",
    "InternalError",
    "Invocation",
    "Kind",
    "Late",
    "LostAnswer",
    "Message",
    "RateLimited",
    "Rates",
    "Refuse",
    "Reset",
    "Unanswered",
    "Unusable",
    "User",
    "View",
    "World",
]
