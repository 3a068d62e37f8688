"""The methods of views: forms that are opened, pushed and changed, and the Home tab."""

from __future__ import annotations

from tests.loopback.slack import fields, payloads
from tests.loopback.slack.nouns import Json, User, View
from tests.loopback.slack.posts import drawn
from tests.loopback.slack.request import Call, Handler, Refused
from tests.loopback.slack.world import Trigger, World

_DEEPEST = 3


def made(world: World, user: User, body: Json, below: View | None = None) -> View:
    """Make a view out of what the app sent."""
    external = body.get("external_id")
    if external and any(one.body.get("external_id") == external for one in _alive(world)):
        raise Refused("duplicate_external_id")
    body = body | {"blocks": drawn(world, body["blocks"])}
    key = world.id("V")
    view = View(key, user, body, world.ts(), below.root_id if below else key)
    view.previous_id = below.id if below else None
    view.state = fields.initial(view.blocks)
    world.views[key] = view
    return view


def replaced(world: World, view: View, body: Json) -> View:
    """Put something else into a view; what was filled in stays in the fields that keep their ids."""
    view.body = body | {"blocks": drawn(world, body["blocks"])}
    view.hash = world.ts()
    view.errors = {}
    fresh = fields.initial(view.blocks)
    for block_id, actions in fresh.items():
        for action_id in actions:
            kept = view.state.get(block_id, {}).get(action_id)
            if kept is not None:
                actions[action_id] = kept
    view.state = fresh
    return view


def pushed(world: World, below: View, body: Json) -> View:
    """Lay a view over another."""
    stack = world.modals.setdefault(below.user.id, [])
    if len(stack) >= _DEEPEST:
        raise Refused("push_limit_reached")
    view = made(world, below.user, body, below)
    stack.append(view)
    return view


def closed(world: World, user: User, *, whole: bool = False) -> None:
    """Close the topmost view of a person, or all of them."""
    stack = world.modals.get(user.id, [])
    while stack:
        stack.pop().is_open = False
        if not whole:
            return


def _alive(world: World) -> list[View]:
    return [*world.homes.values(), *(view for stack in world.modals.values() for view in stack)]


def _triggered(world: World, call: Call) -> Trigger:
    trigger = world.triggers.get(call.text("trigger_id"))
    if trigger is None:
        raise Refused("invalid_trigger_id")
    if trigger.expired(world.now()):
        raise Refused("expired_trigger_id")
    if trigger.used:
        raise Refused("exchanged_trigger_id")
    return trigger


def _open(world: World, call: Call) -> Json:
    trigger = _triggered(world, call)
    view = made(world, trigger.user, call.arguments["view"])
    closed(world, trigger.user, whole=True)
    world.modals[trigger.user.id] = [view]
    return _exchanged(world, trigger, view)


def _push(world: World, call: Call) -> Json:
    trigger = _triggered(world, call)
    if trigger.view is None or not trigger.view.is_open or trigger.view.body["type"] != "modal":
        raise Refused("not_found")
    return _exchanged(world, trigger, pushed(world, trigger.view, call.arguments["view"]))


def _exchanged(world: World, trigger: Trigger, view: View) -> Json:
    trigger.used = True
    if trigger.on_view is not None:
        trigger.on_view(view)
    return {"view": payloads.view(world, view)}


def _update(world: World, call: Call) -> Json:
    key, external = call.text("view_id"), call.text("external_id")
    named = (
        one
        for one in _alive(world)
        if one.id == key or (external and one.body.get("external_id") == external)
    )
    view = next(named, None)
    if view is None:
        raise Refused("not_found")
    _is_current(call, view)
    return {"view": payloads.view(world, _changed(world, view, call.arguments["view"]))}


def _publish(world: World, call: Call) -> Json:
    user = world.users.get(call.text("user_id"))
    if user is None:
        raise Refused("user_not_found")
    if not world.home_tab:
        raise Refused("not_enabled")
    body = call.arguments["view"]
    view = world.homes.get(user.id)
    if view is None:
        world.homes[user.id] = view = made(world, user, body)
    else:
        _is_current(call, view)
        _changed(world, view, body)
    return {"view": payloads.view(world, view)}


def _changed(world: World, view: View, body: Json) -> View:
    """Put something else into a view, in answer to the last that was done in it."""
    cause = next((each for each in reversed(world.calls) if each.view is view), None)
    replaced(world, view, body)
    if cause is not None:
        cause.shows_view(view)
    return view


def _is_current(call: Call, view: View) -> None:
    if call.text("hash") and call.text("hash") != view.hash:
        raise Refused("hash_conflict")


METHODS: dict[str, tuple[tuple[str, ...], Handler]] = {
    "views.open": ((), _open),
    "views.push": ((), _push),
    "views.update": ((), _update),
    "views.publish": ((), _publish),
}
"""Method → the scopes it needs whatever it is asked, and what does it."""
