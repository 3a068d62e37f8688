"""What people do in the fake Discord, answered by a real client."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import discord
import pytest
from discord import ui

from tests.loopback.discord import (
    EVERYONE,
    Channel,
    FakeDiscord,
    Guild,
    Kind,
    Permission,
    Unanswered,
    Unusable,
    Upload,
    User,
)
from tests.loopback.discord.client import Bare, connected

WORDS = {"type": 3, "name": "words", "description": "What", "required": True, "autocomplete": True}
ADDRESS = {"type": 3, "name": "address", "description": "Where", "required": True, "max_length": 20}
CHANNEL = {"type": 7, "name": "channel", "description": "Where to", "channel_types": [0]}
COUNT = {"type": 4, "name": "count", "description": "How many", "min_value": 1, "max_value": 5}
MODE = {
    "type": 3,
    "name": "mode",
    "description": "How",
    "choices": [{"name": "Cards", "value": "c"}, {"name": "Digest", "value": "d"}],
}
FILE = {"type": 11, "name": "file", "description": "A list"}
ADD = {
    "type": 1,
    "name": "add",
    "description": "Add a feed",
    "options": [ADDRESS, CHANNEL, COUNT, MODE, FILE],
}
COMMANDS: list[dict[str, Any]] = [
    {"name": "follow", "description": "Follow", "options": [WORDS], "integration_types": [0, 1]},
    {"name": "feeds", "description": "Feeds", "options": [ADD], "default_member_permissions": "16"}
    | {"contexts": [0]},
    {"name": "Why did I get this?", "type": 3},
]


class Stage:
    """A server with a channel and Maria, and a client that has registered its commands."""

    def __init__(self, fake: FakeDiscord, client: Bare, guild: Guild, news: Channel, maria: User) -> None:
        self.fake, self.client, self.guild, self.news, self.maria = fake, client, guild, news, maria

    async def heard(self) -> discord.Interaction:
        """What reached the bot."""
        async with asyncio.timeout(2):
            return await self.client.interactions.get()


@asynccontextmanager
async def staged(deadline: float = 3.0) -> AsyncIterator[Stage]:
    """Everything set up."""
    async with FakeDiscord(deadline=deadline) as fake:
        guild = fake.world.add_guild("Newsroom")
        news = fake.world.add_channel(guild, "news")
        maria = fake.world.add_user("maria", guild)
        async with connected(fake) as client:
            assert client.application_id is not None
            await client.http.bulk_upsert_global_commands(client.application_id, COMMANDS)
            yield Stage(fake, client, guild, news, maria)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    """Everything set up."""
    async with staged() as stage:
        yield stage


def view(*items: ui.Item[Any]) -> ui.View:
    """A view that discord.py forgets at once."""
    made = ui.View()
    for item in items:
        made.add_item(item)
    made.stop()
    return made


async def test_answer(stage: Stage) -> None:
    """A command reaches the bot as typed, and its answer the person alone."""
    call = await stage.fake.slash(stage.maria, stage.news, "follow", words="chips")
    heard = await stage.heard()
    assert heard.data is not None
    assert heard.data["options"] == [{"name": "words", "type": 3, "value": "chips"}]  # type: ignore[typeddict-item] # a command's
    assert (heard.user.id, heard.channel_id) == (stage.maria.id, stage.news.id)
    assert isinstance(heard.user, discord.Member)
    assert heard.user.resolved_permissions is not None
    assert heard.user.resolved_permissions.value == EVERYONE

    await heard.response.send_message("Following.", ephemeral=True)
    answer = await call.answer()
    assert (answer.content, call.ephemeral, call.deferred) == ("Following.", True, False)
    assert stage.fake.messages(stage.news) == []
    assert stage.fake.messages(stage.news, seen_by=stage.maria) == [answer]
    assert not stage.fake.messages(stage.news, seen_by=stage.fake.world.owner)


async def test_deferral(stage: Stage) -> None:
    """A deferral is resolved by an edit or by the first follow-up; more follow-ups come after it."""
    for resolve in ("edit", "follow"):
        call = await stage.fake.slash(stage.maria, stage.news, "follow", words="chips")
        heard = await stage.heard()
        await heard.response.defer(ephemeral=True)
        assert call.messages == []
        if resolve == "edit":
            await heard.edit_original_response(content="One")
        else:
            await heard.followup.send("One")
        await heard.followup.send("Two", ephemeral=True)
        answer = await call.answer()
        assert [one.content for one in await call.followups(1)] == ["Two"]
        assert [one.content for one in call.messages] == ["One", "Two"]
        assert answer.is_ephemeral
        assert not answer.flags & 128
        assert (await heard.original_response()).content == "One"
        await heard.delete_original_response()
        assert [one.content for one in call.messages] == ["Two"]


async def test_buttons(stage: Stage) -> None:
    """A button's answer takes the message's place, or comes beside it."""
    for in_place in (True, False):
        call = await stage.fake.slash(stage.maria, stage.news, "follow", words="chips")
        heard = await stage.heard()
        undo = ui.Button[ui.View](label="Undo", custom_id="wr1:undo")
        await heard.response.send_message("Done.", view=view(undo), ephemeral=True)
        answer = await call.answer()
        assert answer.labels == ["Undo"]
        assert "wr1:undo" in stage.fake.text()

        pressed = await stage.fake.press(answer, "Undo", stage.maria)
        heard = await stage.heard()
        if in_place:
            await heard.response.edit_message(content="Undone.", view=None)
        else:
            await heard.response.defer()
            await heard.followup.send("Undone.", ephemeral=True)
        assert (await pressed.answer()).content == "Undone."
        assert pressed.updated or not in_place
        assert answer.content == ("Undone." if in_place else "Done.")


async def test_menu(stage: Stage) -> None:
    """A menu hands in the values behind the labels that are chosen."""
    call = await stage.fake.slash(stage.maria, stage.news, "follow", words="chips")
    options = [discord.SelectOption(label="Chips", value="1"), discord.SelectOption(label="Cars", value="2")]
    menu = ui.Select[ui.View](custom_id="wr1:pick", options=options, max_values=2)
    await (await stage.heard()).response.send_message("Which?", view=view(menu))
    answer = await call.answer()

    await stage.fake.choose(answer, ["Cars", "1"], stage.maria)
    heard = await stage.heard()
    assert heard.data is not None
    assert heard.data["values"] == ["2", "1"]  # type: ignore[typeddict-item] # a menu's
    with pytest.raises(Unusable, match="Boats"):
        await stage.fake.choose(answer, "Boats", stage.maria)


async def test_form(stage: Stage) -> None:
    """A form is handed in with what was filled in, else with what it came with."""
    call = await stage.fake.slash(stage.maria, stage.news, "follow", words="chips")
    modal = ui.Modal(title="Settings", custom_id="wr1:form")
    options = [discord.SelectOption(label="Small", value="s", default=True)]
    options.append(discord.SelectOption(label="Large", value="l"))
    words = ui.TextInput[ui.Modal](custom_id="words", default="chips", max_length=10)
    modal.add_item(ui.Label(text="Words", component=words))
    modal.add_item(
        ui.Label(text="Picture", component=ui.Select[ui.Modal](custom_id="image", options=options))
    )
    await (await stage.heard()).response.send_modal(modal)
    form = await call.modal()
    assert form.labels == ["Words", "Picture"]

    done = await stage.fake.submit(form, {"Picture": "Large"})
    heard = await stage.heard()
    assert heard.data is not None
    parts = [part["component"] for part in heard.data["components"]]  # type: ignore[typeddict-item] # a form's
    assert [part.get("value") or part.get("values") for part in parts] == ["chips", ["l"]]
    await heard.response.send_message("Saved.", ephemeral=True)
    assert (await done.answer()).content == "Saved."
    with pytest.raises(Unusable, match="characters"):
        await stage.fake.submit(form, {"words": "x" * 11})
    with pytest.raises(Unusable, match="required"):
        await stage.fake.submit(form, {"words": ""})


async def test_autocomplete(stage: Stage) -> None:
    """What is being typed is offered what the bot knows."""
    call = await stage.fake.autocomplete(stage.maria, stage.news, "follow", words="ch")
    heard = await stage.heard()
    assert heard.data is not None
    assert heard.data["options"][0]["focused"]  # type: ignore[typeddict-item] # a command's
    await heard.response.autocomplete([discord.app_commands.Choice(name="Chips", value="chips")])
    assert [(one["name"], one["value"]) for one in await call.choices()] == [("Chips", "chips")]


async def test_message_menu(stage: Stage) -> None:
    """An entry of a message's menu tells the bot which message it is about."""
    card = stage.fake.world.say(stage.fake.world.me, stage.news, "Card")
    await stage.fake.message_menu(stage.maria, card, "Why did I get this?")
    heard = await stage.heard()
    assert heard.data is not None
    assert heard.data["target_id"] == str(card.id)  # type: ignore[typeddict-item] # a menu's


async def test_options(stage: Stage) -> None:
    """Options arrive by their registered types, with what they stand for."""
    world = stage.fake.world
    world.overwrite(stage.news, stage.maria, allow=Permission.MANAGE_CHANNELS)
    given: dict[str, Any] = {"channel": stage.news, "count": 3, "mode": "Digest"}
    upload = Upload("feeds.opml", b"<opml/>")
    await stage.fake.slash(stage.maria, stage.news, "feeds add", address="a", file=upload, **given)
    heard = await stage.heard()
    data: Any = heard.data
    values = {one["name"]: one["value"] for one in data["options"][0]["options"]}
    (attachment,) = data["resolved"]["attachments"].values()
    assert values["channel"] == str(stage.news.id)
    assert (values["count"], values["mode"], values["file"]) == (3, "d", attachment["id"])
    assert await stage.client.http.get_from_cdn(attachment["url"]) == b"<opml/>"
    assert data["resolved"]["channels"][str(stage.news.id)]["type"] == 0


@pytest.mark.parametrize(
    ("command", "options", "why"),
    [
        ("nothing", {}, "registered"),
        ("follow", {}, "required"),
        ("follow", {"words": "a", "more": "b"}, "no option"),
        ("feeds", {}, "cannot be called"),
        ("feeds drop", {}, "no 'drop'"),
        ("feeds add", {"address": "x" * 21}, "takes"),
        ("feeds add", {"address": "x", "mode": "Noise"}, "offers"),
        ("feeds add", {"address": "x", "count": 6}, "takes 1 to 5"),
        ("feeds add", {"address": 5}, "takes no 5"),
    ],
)
async def test_unusable(stage: Stage, command: str, options: dict[str, Any], why: str) -> None:
    """What Discord's client would not send cannot be sent."""
    stage.fake.world.overwrite(stage.news, stage.maria, allow=Permission.MANAGE_CHANNELS)
    with pytest.raises(Unusable, match=why):
        await stage.fake.slash(stage.maria, stage.news, command, **options)


async def test_hidden(stage: Stage) -> None:
    """A command is hidden by rights, place and installation, and a channel by its overwrites."""
    fake, maria, news = stage.fake, stage.maria, stage.news
    dm = fake.world.dm(maria)
    with pytest.raises(Unusable, match="hidden"):
        await fake.slash(maria, news, "feeds add", address="x")
    with pytest.raises(Unusable, match="kind of place"):
        await fake.slash(maria, dm, "feeds add", address="x")

    elsewhere = fake.world.add_channel(fake.world.add_guild("Elsewhere", joined=False), "talk", Kind.TEXT)
    assert elsewhere.guild is not None
    fake.world.add_member(elsewhere.guild, maria)
    with pytest.raises(Unusable, match="installed neither"):
        await fake.slash(maria, elsewhere, "follow", words="x")
    fake.world.install(maria)
    await fake.slash(maria, elsewhere, "follow", words="x")
    heard = await stage.heard()
    assert not heard.is_guild_integration()
    assert heard.is_user_integration()
    await heard.response.send_message("One")
    for number in range(5):
        await heard.followup.send(str(number))
    with pytest.raises(discord.HTTPException, match="40094"):
        await heard.followup.send("Too many")

    fake.world.overwrite(news, maria, deny=Permission.VIEW_CHANNEL)
    with pytest.raises(Unusable, match="does not see"):
        await fake.slash(maria, news, "follow", words="x")


async def test_direct_conversation(stage: Stage) -> None:
    """In the bot's direct messages a person is a user, not a member."""
    call = await stage.fake.slash(stage.maria, stage.fake.world.dm(stage.maria), "follow", words="chips")
    heard = await stage.heard()
    assert isinstance(heard.user, discord.User)
    assert heard.guild is None
    assert heard.context.dm_channel
    await heard.response.send_message("Following.")
    assert (await call.answer()).content == "Following."


async def test_private_is_private(stage: Stage) -> None:
    """Nobody else can press what only one person sees."""
    other = stage.fake.world.add_user("other", stage.guild)
    call = await stage.fake.slash(stage.maria, stage.news, "follow", words="chips")
    undo = ui.Button[ui.View](label="Undo", custom_id="x")
    await (await stage.heard()).response.send_message("Done.", view=view(undo), ephemeral=True)
    answer = await call.answer()

    with pytest.raises(Unusable, match="only maria"):
        await stage.fake.press(answer, "Undo", other)
    channel = stage.client.get_partial_messageable(stage.news.id)
    with pytest.raises(discord.NotFound):
        await channel.fetch_message(answer.id)


async def test_three_seconds() -> None:
    """An interaction that is not answered in time is over for the person and for the bot."""
    async with staged(deadline=0.05) as stage:
        call = await stage.fake.slash(stage.maria, stage.news, "follow", words="chips")
        heard = await stage.heard()
        with pytest.raises(Unanswered):
            await call.answer()
        with pytest.raises(discord.NotFound, match="10062"):
            await heard.response.send_message("Late.")


async def test_one_first_answer(stage: Stage) -> None:
    """An interaction has one first answer, and after its fifteen minutes none at all."""
    call = await stage.fake.slash(stage.maria, stage.news, "follow", words="chips")
    heard = await stage.heard()
    await heard.response.send_message("One")
    heard.response._response_type = None
    with pytest.raises(discord.HTTPException, match="40060"):
        await heard.response.send_message("Again")

    call.expire()
    with pytest.raises(discord.HTTPException, match="50027"):
        await heard.followup.send("Late")
