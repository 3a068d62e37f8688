"""The fake Slack's Web API: what it refuses, and what it remembers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from tests.loopback.slack import Kind
from tests.loopback.slack.pieces import IMAGE, rich, section
from tests.loopback.slack.scene import QUIET, Scene, opened, refused


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    """One channel, one person."""
    async with opened() as scene:
        yield scene


async def test_post_and_edit(scene: Scene) -> None:
    """A message is there as it was sent, and after an edit as it was edited; a text alone ends its blocks."""
    mark = {"event_type": "wireroom_item", "event_payload": {"item": "it_7F3K"}}
    sent = await scene.post("First", blocks=[section("*Chips* &amp; ferries")], metadata=mark)
    assert sent["channel"] == scene.news.id
    assert sent["message"]["blocks"][0]["block_id"]
    assert "*Chips* & ferries" in scene.fake.text()
    edit: dict[str, Any] = {"channel": scene.news.id, "ts": sent["ts"], "parse": "none"}
    await scene.client.chat_update(text="Second", blocks=[section("Ships")], **edit)

    (message,) = scene.fake.messages(scene.news)
    assert (message.ts, message.text, message.metadata) == (sent["ts"], "Second", mark)
    assert message.edited is not None
    assert "Ships" in scene.fake.text()
    await scene.client.chat_update(text="Third", **edit)
    assert (message.text, message.blocks) == ("Third", [])
    await scene.client.chat_delete(channel=scene.news.id, ts=sent["ts"])
    assert not scene.fake.messages(scene.news)


async def test_who_may_post_where(scene: Scene) -> None:
    """A post is refused by the error that its place and the app's scopes and rooms call for."""
    world = scene.fake.world
    assert await refused(scene.post(channel=world.general)) == "not_in_channel"
    world.scopes.add("chat:write.public")
    await scene.post(channel=world.general)
    hidden = world.add_channel("secret", private=True, bot=False)
    assert await refused(scene.post(channel=hidden)) == "channel_not_found"
    world.archive(scene.news)
    assert await refused(scene.post()) == "is_archived"
    world.unarchive(scene.news)
    scene.news.restricted = "restricted_action_thread_only_channel"
    assert await refused(scene.post()) == scene.news.restricted
    await scene.post(thread_ts=world.say(scene.maria, scene.news, "Hello").ts)
    scene.news.restricted = None
    world.messages_tab = False
    assert await refused(scene.post(channel=scene.maria)) == "messages_tab_disabled"
    world.scopes.remove("chat:write")
    with pytest.raises(SlackApiError) as caught:
        await scene.post()
    assert caught.value.response["needed"] == "chat:write"
    assert "commands" in caught.value.response.headers["X-OAuth-Scopes"]


async def test_direct_messages(scene: Scene) -> None:
    """A post to a person's id opens the conversation; an edit needs the conversation's own id."""
    sent = await scene.post(channel=scene.maria)
    assert sent["channel"].startswith("D")
    assert scene.fake.messages(scene.maria)[0].channel.kind is Kind.IM
    edit = scene.client.chat_update
    assert (
        await refused(edit(channel=scene.maria.id, ts=sent["ts"], text="x", parse="none"))
        == "channel_not_found"
    )
    await edit(channel=sent["channel"], ts=sent["ts"], text="x", parse="none")


async def test_threads(scene: Scene) -> None:
    """A reply stands in its message's thread, a reply to a reply too, and neither in the history."""
    parent = await scene.post("Today")
    reply = await scene.post("Chips", thread_ts=parent["ts"])
    await scene.post("Ferries", thread_ts=reply["ts"])
    scene.fake.world.scopes.add("channels:history")
    history = await scene.client.conversations_history(channel=scene.news.id)
    (top,) = history["messages"]
    assert (top["text"], top["reply_count"]) == ("Today", 2)
    thread = await scene.client.conversations_replies(channel=scene.news.id, ts=parent["ts"])
    assert [each["text"] for each in thread["messages"]] == ["Today", "Chips", "Ferries"]


async def test_history_finds_metadata(scene: Scene) -> None:
    """History needs the scope of the channel's kind, begins at ``oldest`` and shows metadata when asked."""
    assert await refused(scene.client.conversations_history(channel=scene.news.id)) == "missing_scope"
    scene.fake.world.scopes.add("channels:history")
    first = await scene.post()
    mark = {"event_type": "wireroom_item", "event_payload": {"item": "it_7F3K", "rev": 1}}
    await scene.post("Ferries", metadata=mark)
    ask: dict[str, Any] = {"channel": scene.news.id, "oldest": first["ts"]}
    plain = await scene.client.conversations_history(**ask)
    assert [("metadata" in each, each["text"]) for each in plain["messages"]] == [(False, "Ferries")]
    ask |= {"include_all_metadata": True, "inclusive": True, "limit": 1}
    found = await scene.client.conversations_history(**ask)
    assert found["messages"][0]["metadata"] == mark
    assert found["has_more"]
    ask["cursor"] = found["response_metadata"]["next_cursor"]
    assert (await scene.client.conversations_history(**ask))["messages"][0]["ts"] == first["ts"]


async def test_conversations(scene: Scene) -> None:
    """Channels are told of by kind, as far as the scopes and the bot's rooms reach, page by page."""
    world, client = scene.fake.world, scene.client
    info = await client.conversations_info(channel=scene.news.id)
    assert (info["channel"]["name"], info["channel"]["is_member"]) == ("news", True)
    secret = world.add_channel("secret", private=True)
    assert await refused(client.conversations_info(channel=secret.id)) == "missing_scope"
    world.scopes.add("groups:read")
    assert (await client.conversations_info(channel=secret.id))["channel"]["is_private"]
    page = await client.conversations_members(channel=scene.news.id, limit=2)
    assert page["members"] == [world.admin.id, scene.maria.id]
    cursor = page["response_metadata"]["next_cursor"]
    rest = await client.conversations_members(channel=scene.news.id, limit=2, cursor=cursor)
    assert rest["members"] == [world.bot.id]
    own = await client.users_conversations(types="public_channel,private_channel")
    assert {each["name"] for each in own["channels"]} == {"news", "secret"}
    every = await client.conversations_list(types="public_channel")
    assert {each["name"] for each in every["channels"]} == {"general", "news"}


async def test_people(scene: Scene) -> None:
    """A person's timezone and whether it is a guest are told with users:read only."""
    assert await refused(scene.client.users_info(user=scene.maria.id)) == "missing_scope"
    scene.fake.world.scopes.add("users:read")
    scene.maria.is_ultra_restricted = True
    user = (await scene.client.users_info(user=scene.maria.id))["user"]
    assert (user["tz"], user["is_restricted"]) == ("Europe/London", True)
    assert await refused(scene.client.users_info(user="U404")) == "user_not_found"


async def test_ephemeral(scene: Scene) -> None:
    """Only the person sees an ephemeral message, nobody can edit it, and a stranger gets none."""
    stranger = scene.fake.world.add_user("tom")
    ask: dict[str, Any] = {"channel": scene.news.id, "text": "Hush", "parse": "none"}
    sent = await scene.client.chat_postEphemeral(user=scene.maria.id, **ask)
    assert not scene.shown
    assert [each.text for each in scene.fake.ephemerals(scene.maria)] == ["Hush"]
    edit = scene.client.chat_update(channel=scene.news.id, ts=sent["message_ts"], text="x", parse="none")
    assert await refused(edit) == "message_not_found"
    assert await refused(scene.client.chat_postEphemeral(user=stranger.id, **ask)) == "user_not_in_channel"


async def test_only_own_messages_change(scene: Scene) -> None:
    """Another's message, rich text into none, one that is gone or archived: none can be edited."""
    said = scene.fake.world.say(scene.maria, scene.news, "Hello")
    own = await scene.post()

    def edit(ts: str) -> Awaitable[object]:
        return scene.client.chat_update(channel=scene.news.id, ts=ts, text="x", parse="none")

    assert await refused(edit(said.ts)) == "cant_update_message"
    rich_one = await scene.post(blocks=[rich({"type": "text", "text": "Chips"})])
    assert await refused(edit(rich_one["ts"])) == "block_mismatch"
    assert await refused(edit("1.000001")) == "message_not_found"
    scene.fake.world.archive(scene.news)
    assert await refused(edit(own["ts"])) == "is_inactive"


async def test_permalink(scene: Scene) -> None:
    """A message has a link in the workspace's archives."""
    sent = await scene.post()
    ask = {"channel": scene.news.id, "message_ts": sent["ts"]}
    link = (await scene.client.chat_getPermalink(**ask))["permalink"]
    assert link.endswith(f"/archives/{scene.news.id}/p{sent['ts'].replace('.', '')}")


async def test_too_much(scene: Scene) -> None:
    """A message that says nothing or too much is refused, and stands among the violations."""
    # slack_sdk warns of a missing text before it sends it.
    empty = {"channel": scene.news.id, "text": " ", **QUIET}
    assert await refused(scene.client.api_call("chat.postMessage", json=empty)) == "no_text"
    assert await refused(scene.post("x" * 40_001)) == "msg_too_long"
    long = [section("x" * 2_900) for _ in range(5)]
    assert await refused(scene.post(blocks=long)) == "msg_blocks_too_long"
    sent = await scene.post()
    edit = scene.client.chat_update(channel=scene.news.id, ts=sent["ts"], text="x" * 4_001, parse="none")
    assert await refused(edit) == "msg_too_long"
    assert len(scene.fake.violations) == 6  # two of them a word about 4,000 characters
    scene.fake.violations.clear()


async def test_dead_image(scene: Scene) -> None:
    """An image block that Slack cannot fetch refuses the message; as an accessory it breaks nothing."""
    scene.fake.world.dead_images.add("dead.example")
    image = IMAGE | {"image_url": "https://dead.example/a.png"}
    with pytest.raises(SlackApiError) as caught:
        await scene.post(blocks=[section("Ferries"), image])
    answer = caught.value.response
    assert answer["error"] == "invalid_blocks"
    assert "downloading image failed" in answer["response_metadata"]["messages"][0]
    await scene.post(blocks=[section("Ferries", accessory=image)])


async def test_tokens(scene: Scene) -> None:
    """A wrong, missing, revoked or misplaced token is refused by its own error."""
    base_url = f"{scene.fake.address}/api/"
    assert await refused(AsyncWebClient("xoxb-other", base_url=base_url).auth_test()) == "invalid_auth"
    assert await refused(AsyncWebClient(base_url=base_url).auth_test()) == "not_authed"
    app = AsyncWebClient(scene.fake.app_token, base_url=base_url)
    assert await refused(app.auth_test()) == "not_allowed_token_type"
    wrong = scene.client.apps_connections_open(app_token=scene.fake.bot_token)
    assert await refused(wrong) == "not_allowed_token_type"
    scene.fake.world.revoke_token()
    assert await refused(scene.client.auth_test()) == "token_revoked"
    scene.fake.world.uninstall()
    assert await refused(scene.client.auth_test()) == "account_inactive"
    scene.fake.world.reinstall()
    assert (await scene.client.auth_test())["bot_id"] == scene.fake.world.bot_id


async def test_files(scene: Scene) -> None:
    """A file goes up in three steps, stands in the channel, and can be read in ``text``."""
    scene.fake.world.scopes.add("files:write")
    await scene.client.files_upload_v2(channel=scene.news.id, filename="feeds.opml", content="<opml/>")
    (message,) = scene.fake.messages(scene.news)
    assert [(file.name, file.content) for file in message.files] == [("feeds.opml", b"<opml/>")]
    assert "<opml/>" in scene.fake.text()
    asked = await scene.client.files_getUploadURLExternal(filename="a", length=3)
    async with (
        aiohttp.ClientSession() as session,
        session.post(asked["upload_url"], data=b"four") as response,
    ):
        assert response.status == 400
    scene.fake.violations.clear()


async def test_arguments_from_anywhere(scene: Scene) -> None:
    """Query, form and JSON are merged, and JSON in a text is read."""
    headers = {"Authorization": f"Bearer {scene.fake.bot_token}"}
    address = f"{scene.fake.address}/api/chat.postMessage"
    form = {"text": "Chips", "unfurl_links": "0", "unfurl_media": "false", "parse": "none"}
    form["blocks"] = (
        '[{"type": "section", "text": {"type": "plain_text", "text": "Ferries", "emoji": false}}]'
    )
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(address, params={"channel": scene.news.id}, data=form) as response,
    ):
        assert (await response.json())["ok"]
    assert scene.fake.messages(scene.news)[0].blocks[0]["text"]["text"] == "Ferries"
    assert scene.fake.called("chat.postMessage")[0].arguments["text"] == "Chips"


async def test_unknown_method(scene: Scene) -> None:
    """A method that the fake does not have is a violation; what the bot has no scope for is refused."""
    assert await refused(scene.client.team_info()) == "missing_scope"
    assert await refused(scene.client.api_call("reactions.add")) == "unknown_method"
    assert scene.fake.violations == ["reactions.add: the fake has no such method"]
    scene.fake.violations.clear()


async def test_home(scene: Scene) -> None:
    """The Home tab is written whole, and only upon the state that its hash names."""
    home = {"type": "home", "blocks": [section("Chips")]}
    first = await scene.client.views_publish(user_id=scene.maria.id, view=home)
    old = first["view"]["hash"]
    await scene.client.views_publish(user_id=scene.maria.id, view=home, hash=old)
    again = scene.client.views_publish(user_id=scene.maria.id, view=home, hash=old)
    assert await refused(again) == "hash_conflict"
    assert "Chips" in scene.fake.text()
    assert await refused(scene.client.views_publish(user_id="U404", view=home)) == "user_not_found"
