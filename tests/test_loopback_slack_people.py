"""What people do in the fake Slack, under a real Bolt: buttons, menus, forms, shortcuts, the Home tab."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.loopback.slack import Channel, FakeSlack, LostAnswer, Message, Unusable, User
from tests.loopback.slack.client import bolt, connected
from tests.loopback.slack.nouns import Json
from tests.loopback.slack.pieces import FORM, actions, button, manifest, option, plain, section

QUIET: Json = {"unfurl_links": False, "unfurl_media": False, "parse": "none"}
MENU: Json = {"type": "overflow", "action_id": "more", "options": [option("Pause"), option("Mute")]}


class Bot:
    """An app that does each of the things an app can do in answer."""

    def __init__(self, fake: FakeSlack) -> None:
        self.app: AsyncApp = bolt(fake)
        self.bodies: list[Json] = []
        self.app.command("/follow")(self.follow)
        self.app.action("undo")(self.undo)
        self.app.action("more")(self.more)
        self.app.action("again")(self.again)
        self.app.view("wr.follow")(self.submit)
        self.app.view_closed("wr.follow")(self.kept)
        self.app.options("v")(self.offer)
        self.app.shortcut("wr.why")(self.why)
        self.app.shortcut("wr.follow_new")(self.open)
        self.app.event("app_home_opened")(self.home)

    async def follow(self, ack: Any, command: Json, respond: Any, client: AsyncWebClient) -> None:  # noqa: ANN401 - Bolt's own
        """Open the form, or answer with a button."""
        await ack()
        if not command["text"]:
            await client.views_open(trigger_id=command["trigger_id"], view=FORM)
            return
        await respond(text="Followed.", blocks=[section("Followed."), actions(button())])

    async def undo(self, ack: Any, body: Json, client: AsyncWebClient, respond: Any) -> None:  # noqa: ANN401 - Bolt's own
        """Change what holds the button: a form, or a message."""
        await ack()
        self.bodies.append(body)
        if "view" in body and body["view"]["type"] == "modal":
            view = FORM | {"blocks": [*FORM["blocks"], section("3 of the last 50 matched")]}
            await client.views_update(view_id=body["view"]["id"], hash=body["view"]["hash"], view=view)
        elif "response_url" in body:
            await respond(text="Undone.", replace_original=True)

    async def more(self, ack: Any, body: Json, client: AsyncWebClient) -> None:  # noqa: ANN401 - Bolt's own
        """Tell the person alone."""
        await ack()
        self.bodies.append(body)
        if "channel" not in body:
            return
        channel, user = body["channel"]["id"], body["user"]["id"]
        chosen = body["actions"][0]["selected_option"]["value"]
        await client.chat_postEphemeral(channel=channel, user=user, text=f"You chose {chosen}.", parse="none")

    async def again(self, ack: Any, body: Json, client: AsyncWebClient) -> None:  # noqa: ANN401 - Bolt's own
        """Lay another form over this one."""
        await ack()
        await client.views_push(trigger_id=body["trigger_id"], view=FORM)

    async def submit(self, ack: Any, view: Json) -> None:  # noqa: ANN401 - Bolt's own
        """Refuse one word, show another form for a second, and take the rest."""
        self.bodies.append(view)
        word = view["state"]["values"]["q"]["v"]["value"]
        if word == "the":
            await ack(response_action="errors", errors={"q": "That word is everywhere."})
        elif word == "push":
            await ack(response_action="push", view=FORM)
        else:
            await ack()

    async def kept(self, ack: Any, body: Json) -> None:  # noqa: ANN401 - Bolt's own
        """Hear of a form that was closed."""
        await ack()
        self.bodies.append(body)

    async def offer(self, ack: Any, payload: Json) -> None:  # noqa: ANN401 - Bolt's own
        """Offer a feed."""
        await ack(options=[option(f"Harbour News {payload['value']}", "fd_1")])

    async def why(self, ack: Any, body: Json, respond: Any) -> None:  # noqa: ANN401 - Bolt's own
        """Answer to a message's shortcut."""
        await ack()
        await respond(text=f"Because of {body['message']['text']}")

    async def open(self, ack: Any, body: Json, client: AsyncWebClient) -> None:  # noqa: ANN401 - Bolt's own
        """Open a form from a shortcut."""
        await ack()
        await client.views_open(trigger_id=body["trigger_id"], view=FORM)

    async def home(self, event: Json, client: AsyncWebClient) -> None:
        """Write the Home tab."""
        blocks = [section(f"*{word}*", accessory=MENU) for word in ("chips", "ferries")]
        await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})


@dataclass
class Scene:
    """A workspace, two people, and an app that is connected."""

    slack: FakeSlack
    bot: Bot
    maria: User
    tom: User
    news: Channel

    async def post(self, *blocks: Json) -> Message:
        """Let the bot post something with buttons."""
        client = self.bot.app.client
        sent = await client.chat_postMessage(channel=self.news.id, text="Chips", blocks=list(blocks), **QUIET)
        return self.news.messages[sent["ts"]]


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    """Open it all."""
    async with FakeSlack() as slack:
        maria, tom = slack.world.add_user("maria"), slack.world.add_user("tom")
        bot = Bot(slack)
        async with connected(slack, bot.app):
            yield Scene(slack, bot, maria, tom, slack.world.add_channel("news", maria))


async def test_answer_with_a_button(scene: Scene) -> None:
    """A command's answer is seen by the person alone, whose button replaces it."""
    call = await scene.slack.types(scene.maria, scene.news, "/follow", "chips")
    answer = await call.answer()
    assert (answer.text, answer.labels, answer.via) == ("Followed.", ["Undo"], "response_url")
    with pytest.raises(Unusable, match="another person"):
        await scene.slack.presses(scene.tom, answer, "Undo")
    press = await scene.slack.presses(scene.maria, answer, "Undo")
    assert await press.answer() is answer
    assert (answer.text, answer.labels) == ("Undone.", [])
    # Of an ephemeral message Slack gives its name only.
    assert "message" not in scene.bot.bodies[0]
    assert scene.bot.bodies[0]["container"]["is_ephemeral"]
    with pytest.raises(Unusable, match="no 'Undo'"):
        await scene.slack.presses(scene.maria, answer, "Undo")


async def test_answered_by_ephemeral(scene: Scene) -> None:
    """What the app tells the person alone counts as the answer to the last that the person did there."""
    message = await scene.post(section(), actions(MENU))
    call = await scene.slack.chooses(scene.maria, message, "Mute")
    answer = await call.answer()
    assert (answer.text, answer.via, answer.viewer) == ("You chose Mute.", "chat.postEphemeral", scene.maria)
    assert scene.bot.bodies[0]["message"]["text"] == "Chips"
    scene.slack.world.delete_message(message)
    with pytest.raises(Unusable, match="deleted"):
        await scene.slack.chooses(scene.maria, message, "Mute")


async def test_form(scene: Scene) -> None:
    """A form is opened, refused with a sentence beside its field, corrected, and closes when it is taken."""
    call = await scene.slack.types(scene.maria, scene.news, "/follow")
    form = await call.opens()
    assert form is scene.slack.modal(scene.maria)
    assert form.labels == ["Words", "Words", "Words", "Undo"]
    refused = await scene.slack.submits(scene.maria, form, {"q": "the"})
    assert await refused.errors() == form.errors == {"q": "That word is everywhere."}
    assert form.is_open
    offered = await scene.slack.suggests(scene.maria, form, "feed", "har")
    assert [each["value"] for each in await offered.options()] == ["fd_1"]
    done = await scene.slack.submits(
        scene.maria, form, {"q": "chips", "feed": "Harbour News har", "when": "At once"}
    )
    assert await done.ack() == {}
    assert scene.slack.modal(scene.maria) is None
    values = scene.bot.bodies[-1]["state"]["values"]
    assert values["q"]["v"]["value"] == "chips"
    assert values["feed"]["v"]["selected_option"]["value"] == "fd_1"
    assert values["when"]["v"]["selected_option"]["value"] == "At once"
    with pytest.raises(Unusable, match="on top"):
        await scene.slack.submits(scene.maria, form)


async def test_form_keeps_what_was_typed(scene: Scene) -> None:
    """A form that the app changes keeps what stands in its fields."""
    form = await (await scene.slack.types(scene.maria, scene.news, "/follow")).opens()
    scene.slack.fills(form, {"q": "chips"})
    press = await scene.slack.presses(scene.maria, form, "Undo")
    assert await press.opens() is form
    assert form.state["q"]["v"]["value"] == "chips"
    assert "3 of the last 50 matched" in scene.slack.text()
    assert scene.bot.bodies[0]["view"]["state"]["values"]["q"]["v"]["value"] == "chips"


async def test_what_the_client_forbids(scene: Scene) -> None:
    """An empty required field, a text too long, an option that is not there: the client lets none through."""
    form = await (await scene.slack.types(scene.maria, scene.news, "/follow")).opens()
    with pytest.raises(Unusable, match="is required"):
        await scene.slack.submits(scene.maria, form)
    with pytest.raises(Unusable, match="300"):
        await scene.slack.submits(scene.maria, form, {"q": "x" * 301})
    with pytest.raises(Unusable, match="offers"):
        await scene.slack.submits(scene.maria, form, {"when": "Never"})
    with pytest.raises(Unusable, match="does not see"):
        await scene.slack.presses(scene.tom, form, "Undo")


async def test_forms_upon_forms(scene: Scene) -> None:
    """Forms are laid upon each other three deep; closing one shows the one below."""
    form = await (await scene.slack.types(scene.maria, scene.news, "/follow")).opens()
    second = await (await scene.slack.submits(scene.maria, form, {"q": "push"})).opens()
    assert second.previous_id == form.id
    third = await (await scene.slack.submits(scene.maria, second, {"q": "push"})).opens()
    assert third.root_id == form.id
    assert await scene.slack.closes(scene.maria, third) is None
    assert scene.slack.modal(scene.maria) is second
    assert not third.is_open


async def test_closed_form(scene: Scene) -> None:
    """The app hears of a form that is closed where it asked to."""
    form = await (await scene.slack.types(scene.maria, scene.news, "/follow")).opens()
    form.body["notify_on_close"] = True
    call = await scene.slack.closes(scene.maria, form)
    assert call is not None
    await call.ack()
    assert scene.bot.bodies[0]["type"] == "view_closed"


async def test_triggers(scene: Scene) -> None:
    """A trigger opens one view, within three seconds, and pushes only upon a form."""
    client = scene.bot.app.client
    call = await scene.slack.types(scene.maria, scene.news, "/follow", "chips")
    await call.answer()

    async def opening(method: Any) -> str:  # noqa: ANN401 - one of the client's methods
        with pytest.raises(SlackApiError) as caught:
            await method(trigger_id=call.trigger_id, view=FORM)
        return str(caught.value.response["error"])

    assert await opening(client.views_push) == "not_found"
    await client.views_open(trigger_id=call.trigger_id, view=FORM)
    assert await opening(client.views_open) == "exchanged_trigger_id"
    call = await scene.slack.types(scene.maria, scene.news, "/follow", "chips")
    scene.slack.world.triggers[call.trigger_id].at -= 3.1
    assert await opening(client.views_open) == "expired_trigger_id"
    call.trigger_id = "1.2.3"
    assert await opening(client.views_open) == "invalid_trigger_id"


async def test_home(scene: Scene) -> None:
    """Opened, the Home tab is written; of its menus that are alike the words beside them tell which."""
    await (await scene.slack.opens_home(scene.maria)).ack()
    await scene.slack.until(lambda: scene.slack.home(scene.maria))
    home = scene.slack.home(scene.maria)
    assert home is not None
    call = await scene.slack.chooses(scene.maria, home, "Pause", beside="ferries")
    action = call.delivery.payload["actions"][0]
    assert action["block_id"] == home.blocks[1]["block_id"]
    assert "channel" not in call.delivery.payload
    await call.ack()


async def test_shortcuts(scene: Scene) -> None:
    """A shortcut opens a form; a message's shortcut comes with the message, an ephemeral one has none."""
    form = await (await scene.slack.uses_shortcut(scene.maria, "wr.follow_new")).opens()
    assert form.title == "Follow a keyword"
    message = await scene.post(section())
    call = await scene.slack.uses_message_shortcut(scene.maria, message, "wr.why")
    answer = await call.answer()
    assert answer.text == "Because of Chips"
    with pytest.raises(Unusable, match="no shortcuts"):
        await scene.slack.uses_message_shortcut(scene.maria, answer, "wr.why")


async def test_declared(scene: Scene) -> None:
    """Once a manifest is declared, nothing else can be typed or chosen."""
    scene.slack.declare(manifest())
    with pytest.raises(Unusable, match="not declared"):
        await scene.slack.types(scene.maria, scene.news, "/feeds")
    with pytest.raises(Unusable, match="no global shortcut"):
        await scene.slack.uses_shortcut(scene.maria, "wr.follow_new")


async def test_response_url_wears_out(scene: Scene) -> None:
    """A response_url is good five times, for half an hour, and for what Slack takes."""
    call = await scene.slack.types(scene.maria, scene.news, "/follow", "chips")
    await call.answer()
    assert call.response_url is not None
    async with aiohttp.ClientSession() as session:

        async def respond(**body: object) -> int:
            assert call.response_url is not None
            async with session.post(call.response_url, json=body) as response:
                return response.status

        assert await respond(text="x", response_type="in_channel") == 200
        assert [each.text for each in scene.slack.messages(scene.news)] == ["x"]
        assert await respond(text="x", blocks=[{"type": "section"}]) == 400
        assert [await respond(text="x") for _ in range(3)] == [200, 200, 404]
        fresh = await scene.slack.types(scene.maria, scene.news, "/follow", "chips")
        await fresh.answer()
        scene.slack.fail("response_url", LostAnswer())
        call = fresh
        with pytest.raises(aiohttp.ClientError):
            await respond(text="y")
        assert len(fresh.messages) == 2
        scene.slack.answers.expire(fresh)
        assert await respond(text="z") == 404
    assert len(scene.slack.violations) == 2
    scene.slack.violations.clear()


async def test_guests_and_strangers(scene: Scene) -> None:
    """Who cannot write somewhere cannot type a command there."""
    guest = scene.slack.world.add_user("guest", guest=True)
    with pytest.raises(Unusable, match="cannot write"):
        await scene.slack.types(guest, scene.news, "/follow", "chips")
    scene.slack.world.join(guest, scene.news)
    await (await scene.slack.types(guest, scene.news, "/follow", "chips")).answer()
    secret = scene.slack.world.add_channel("secret", private=True)
    with pytest.raises(Unusable, match="cannot write"):
        await scene.slack.types(scene.tom, secret, "/follow", "chips")


async def test_wrong_answers(scene: Scene) -> None:
    """An answer that Slack does not take shows nothing, and is a violation."""

    async def deep(ack: Any) -> None:  # noqa: ANN401 - Bolt's own
        await ack(text="Done", blocks=[{"type": "section"}])

    scene.bot.app.command("/deep")(deep)
    call = await scene.slack.types(scene.maria, scene.news, "/deep")
    await call.ack()
    assert not call.messages
    form = await (await scene.slack.types(scene.maria, scene.news, "/follow")).opens()
    for _ in range(3):
        refused = await scene.slack.submits(scene.maria, form, {"q": "push"})
        await refused.ack()
        form = scene.slack.modal(scene.maria) or form
    assert ["text or fields" in scene.slack.violations[0], "push_limit" in scene.slack.violations[1]] == [
        True,
        True,
    ]
    scene.slack.violations.clear()


async def test_needless_answers(scene: Scene) -> None:
    """What an acknowledgement carries that nobody sees is a violation."""
    scene.bot.app.action("noisy")(_noisy)
    message = await scene.post(actions(button(action_id="noisy", text=plain("Noisy"))))
    await (await scene.slack.presses(scene.maria, message, "Noisy")).ack()
    assert "nobody sees" in scene.slack.violations[0]
    scene.slack.violations.clear()


async def _noisy(ack: Any) -> None:  # noqa: ANN401 - Bolt's own
    await ack(text="Done")
