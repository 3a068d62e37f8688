"""The methods of files: an address to upload to, and the sharing of what was uploaded."""

from __future__ import annotations

from tests.loopback.slack.nouns import File, Json, Message
from tests.loopback.slack.posts import open_to_posts
from tests.loopback.slack.request import Call, Handler, Refused
from tests.loopback.slack.rooms import found
from tests.loopback.slack.world import World

PATH = "/upload/v1/"


def receive(world: World, path: str, content: bytes) -> bool:
    """Keep what was uploaded; False where nobody asked for the address or the length is another."""
    file = world.files.get(path.removeprefix(PATH))
    if file is None or file.content is not None or len(content) != file.length:
        return False
    file.content = content
    return True


def _address(world: World, call: Call) -> Json:
    length = call.number("length", 0)
    if not call.text("filename") or not length:
        raise Refused("invalid_arguments")
    file = File(world.id("F"), call.text("filename"), length)
    world.files[file.id] = file
    return {"upload_url": PATH + file.id, "file_id": file.id}


def _complete(world: World, call: Call) -> Json:
    files = []
    for each in call.arguments.get("files") or []:
        file = world.files.get(each["id"])
        if file is None or file.content is None or file.shared:
            raise Refused("file_not_found")
        file.title = each.get("title") or file.name
        files.append(file)
    if not files:
        raise Refused("invalid_arguments")
    key = call.text("channel_id") or call.text("channels")
    if key:
        channel = found(world, key)
        thread = call.text("thread_ts") or None
        open_to_posts(world, channel, in_thread=thread is not None)
        message = Message(world.ts(), channel, world.bot, call.text("initial_comment"), files=files)
        message.via, message.thread_ts = "files.completeUploadExternal", thread
        message.arguments = call.arguments
        world.keep(message)
    for file in files:
        file.shared = True
    return {"files": [{"id": file.id, "title": file.title} for file in files]}


METHODS: dict[str, tuple[tuple[str, ...], Handler]] = {
    "files.getUploadURLExternal": (("files:write",), _address),
    "files.completeUploadExternal": (("files:write",), _complete),
}
"""Method → the scopes it needs whatever it is asked, and what does it."""
