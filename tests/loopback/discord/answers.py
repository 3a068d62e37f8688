"""The routes by which the bot answers interactions: the first answer, and the webhook for what follows."""

from __future__ import annotations

from collections.abc import Callable

from tests.loopback.discord import payloads
from tests.loopback.discord.invocation import Answered, Asked, Invocation, Modal
from tests.loopback.discord.nouns import EPHEMERAL, LOADING, Json, Message
from tests.loopback.discord.posts import fill
from tests.loopback.discord.request import Handler, Refused, Request
from tests.loopback.discord.world import World

_GUESTS_FOLLOW_UPS = 5
"""How many follow-ups an app may send that only the person installed, not the server."""

_TO = {
    Asked.COMMAND: {Answered.MESSAGE, Answered.DEFERRED, Answered.MODAL},
    Asked.COMPONENT: set(Answered) - {Answered.CHOICES},
    Asked.AUTOCOMPLETE: {Answered.CHOICES},
    Asked.MODAL: set(Answered) - {Answered.CHOICES, Answered.MODAL},
}
"""Which first answers an interaction takes (interactions/receiving-and-responding)."""


def _callback(world: World, request: Request) -> Json | None:
    call = world.calls.get(request.parts["interaction_token"])
    if call is None or call.id != request.id("interaction_id") or call.expired:
        raise Refused(10062)
    if call.first is not None:
        raise Refused(40060)
    kind = request.body["type"]
    if kind not in _TO[call.asked] or (kind in {6, 7} and call.message is None):
        raise _misfit(kind)
    _FIRST[Answered(kind)](world, call, request)
    call.first = Answered(kind)
    call.note()
    return _callback_response(call) if request.query.get("with_response") in {"1", "true"} else None


def _misfit(kind: int) -> Refused:
    error = {"code": "BASE_TYPE_CHOICES", "message": f"Value must be one of those allowed here, not {kind}."}
    return Refused(50035, {"type": {"_errors": [error]}})


def _reply(world: World, call: Invocation, request: Request) -> None:
    call.original = _written(world, call, request, request.body.get("data") or {})


def _defer(world: World, call: Invocation, request: Request) -> None:
    flags = (request.body.get("data") or {}).get("flags") or 0
    call.original = _blank(world, call, flags & EPHEMERAL)
    call.original.flags |= LOADING
    call.channel.messages[call.original.id] = call.original
    call.is_waiting = call.deferred = True


def _defer_update(_: World, call: Invocation, __: Request) -> None:
    call.original = call.message
    call.is_waiting = call.deferred = True


def _update(world: World, call: Invocation, request: Request) -> None:
    assert call.message is not None
    _edit(world, call.message, request.body.get("data") or {}, request)
    call.original = call.message


def _offer(_: World, call: Invocation, request: Request) -> None:
    call.offered = request.body["data"].get("choices") or []


def _open(_: World, call: Invocation, request: Request) -> None:
    data = request.body["data"]
    call.form = Modal(
        data["custom_id"], data["title"], data["components"], call.user, call.channel, call.message
    )


_FIRST: dict[Answered, Callable[[World, Invocation, Request], None]] = {
    Answered.MESSAGE: _reply,
    Answered.DEFERRED: _defer,
    Answered.DEFERRED_UPDATE: _defer_update,
    Answered.UPDATE: _update,
    Answered.CHOICES: _offer,
    Answered.MODAL: _open,
}


def _callback_response(call: Invocation) -> Json:
    interaction: Json = {"id": str(call.id), "type": int(call.asked)}
    response: Json = {"interaction": interaction}
    if call.original is not None:
        interaction["response_message_id"] = str(call.original.id)
        interaction["response_message_loading"] = bool(call.original.flags & LOADING)
        interaction["response_message_ephemeral"] = call.original.is_ephemeral
    if call.original is not None and call.first is not Answered.DEFERRED_UPDATE:
        response["resource"] = {"type": int(call.first or 0), "message": payloads.message(call.original)}
    return response


def _follow(world: World, request: Request) -> Json:
    call = _answered(world, request)
    if call.first is Answered.DEFERRED and call.is_waiting and call.original is not None:
        _resolve(world, call, request)
        return payloads.message(call.original)
    is_guest = "0" not in call.source["authorizing_integration_owners"]
    if is_guest and len(call.followed) >= _GUESTS_FOLLOW_UPS:
        raise Refused(40094)
    message = _written(world, call, request, request.body)
    call.followed.append(message)
    call.note()
    return payloads.message(message)


def _resolve(world: World, call: Invocation, request: Request) -> None:
    """Write the answer where “thinking” stands; who sees it was settled when it was put off."""
    assert call.original is not None
    fill(world, call.original, request.body, request.files)
    call.original.flags &= ~LOADING
    call.is_waiting = False
    call.note()


def _get_original(world: World, request: Request) -> Json:
    return payloads.message(_original(_answered(world, request)))


def _edit_original(world: World, request: Request) -> Json:
    call = _answered(world, request)
    message = _original(call)
    if call.first is Answered.DEFERRED and call.is_waiting:
        _resolve(world, call, request)
    else:
        _edit(world, message, request.body, request)
        call.is_waiting = False
        call.note()
    return payloads.message(message)


def _delete_original(world: World, request: Request) -> None:
    call = _answered(world, request)
    message = _original(call)
    del message.channel.messages[message.id]
    call.original, call.is_waiting = None, False
    call.note()


def _get(world: World, request: Request) -> Json:
    return payloads.message(_followed(world, request))


def _edit_followed(world: World, request: Request) -> Json:
    message = _followed(world, request)
    _edit(world, message, request.body, request)
    return payloads.message(message)


def _delete_followed(world: World, request: Request) -> None:
    message = _followed(world, request)
    del message.channel.messages[message.id]
    call = _answered(world, request)
    call.followed = [each for each in call.followed if each is not message]


def _answered(world: World, request: Request) -> Invocation:
    """Find the interaction of a webhook; it takes nothing before the first answer or after its time."""
    call = world.calls.get(request.parts["webhook_token"])
    if call is None or request.id("webhook_id") != world.me.id or call.first is None:
        raise Refused(10015)
    if call.expired:
        raise Refused(50027)
    return call


def _original(call: Invocation) -> Message:
    if call.original is None:
        raise Refused(10008)
    return call.original


def _followed(world: World, request: Request) -> Message:
    call = _answered(world, request)
    key = request.id("message_id")
    found = next((each for each in [*call.messages, call.original] if each and each.id == key), None)
    if found is None:
        raise Refused(10008)
    return found


def _written(world: World, call: Invocation, request: Request, data: Json) -> Message:
    message = _blank(world, call, (data.get("flags") or 0) & EPHEMERAL)
    fill(world, message, data, request.files)
    call.channel.messages[message.id] = message
    return message


def _blank(world: World, call: Invocation, flags: int) -> Message:
    viewer = call.user if flags & EPHEMERAL else None
    return Message(world.id(), call.channel, world.me, flags=flags, viewer=viewer, interaction=call.source)


def _edit(world: World, message: Message, data: Json, request: Request) -> None:
    fill(world, message, data, request.files)
    message.edited = world.now()


_HOOK = "/webhooks/{webhook_id}/{webhook_token}"

ROUTES: dict[tuple[str, str], Handler] = {
    ("POST", "/interactions/{interaction_id}/{interaction_token}/callback"): _callback,
    ("POST", _HOOK): _follow,
    ("GET", f"{_HOOK}/messages/@original"): _get_original,
    ("PATCH", f"{_HOOK}/messages/@original"): _edit_original,
    ("DELETE", f"{_HOOK}/messages/@original"): _delete_original,
    ("GET", f"{_HOOK}/messages/{{message_id}}"): _get,
    ("PATCH", f"{_HOOK}/messages/{{message_id}}"): _edit_followed,
    ("DELETE", f"{_HOOK}/messages/{{message_id}}"): _delete_followed,
}
