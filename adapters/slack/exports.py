"""Files that go with an answer: uploaded where the bot may, else written out to be copied."""

from __future__ import annotations

import json

import aiohttp
import structlog

from adapters.fit import size
from adapters.slack.drawn import Block, weight
from adapters.slack.limits import BLOCKS_TOGETHER
from adapters.slack.replies import Page, aloud
from adapters.slack.web import Failure, Refused, Unanswered, Web
from bot.prose import Code, Prose, prose
from bot.reply import Attachment

SCOPE = "files:write"
PIECES_MOST = 4
"""Messages for one: with the answer itself they use a response_url up."""

log = structlog.get_logger()


async def handed(web: Web, person: str, direct: str, file: Attachment) -> tuple[Prose, list[Page]]:
    """Hand a file over; gives a sentence that says where it is, and the messages that hold it.

    ``direct`` is the bot's conversation with the person where it is known; files go there, for a
    channel's are everybody's.
    """
    if web.has(SCOPE):
        try:
            await _uploaded(web, direct or await _opened(web, person, file), file)
        except Failure as error:
            log.warning("slack.file_not_sent", error=str(error))
        else:
            return prose("\nI sent you ", Code(file.name), " as a direct message."), []
    return _written(file)


def _written(file: Attachment) -> tuple[Prose, list[Page]]:
    text = file.content.decode(errors="replace")
    pieces = _pieces(text)
    if len(pieces) > PIECES_MOST:
        said = prose(
            f"\nIt is too long to be shown here. I can send it as a file once whoever runs me adds {SCOPE}: ",
            Code("wireroom slack manifest --with files"),
            " prints what that takes.",
        )
        return said, []
    return prose("\nCopy it from below: ", Code(file.name)), [
        Page(aloud(prose(file.name)), (_preformatted(piece),)) for piece in pieces
    ]


def _pieces(text: str) -> list[str]:
    """Divide a text into what a message holds, between lines where it can be."""
    room = BLOCKS_TOGETHER - weight([_preformatted("")])
    pieces: list[list[str]] = [[]]
    left = room
    for line in text.splitlines(keepends=True):
        for part in _parts(line, room):
            if _written_size(part) > left:
                pieces.append([])
                left = room
            pieces[-1].append(part)
            left -= _written_size(part)
    return [piece for piece in map("".join, pieces) if piece.strip()]


def _parts(line: str, room: int) -> list[str]:
    """Cut a line that no message holds; no character takes more than six in JSON."""
    if _written_size(line) <= room:
        return [line]
    return [line[start : start + room // 6] for start in range(0, len(line), room // 6)]


def _written_size(text: str) -> int:
    """Measure a text as ``weight`` does: as it is written on the wire, without its quotes."""
    return size(json.dumps(text, ensure_ascii=False)) - 2


def _preformatted(text: str) -> Block:
    """Show a text as it is, in a block in which nothing is mark-up."""
    element = {"type": "rich_text_preformatted", "elements": [{"type": "text", "text": text}]}
    return {"type": "rich_text", "elements": [element]}


async def _opened(web: Web, person: str, file: Attachment) -> str:
    """Write to a person, by which the conversation is opened, and give its id."""
    text = aloud(prose("Here comes ", Code(file.name), "."))
    answer = await web.write(
        "chat.postMessage", channel=person, text=text, parse="none", unfurl_links=False, unfurl_media=False
    )
    return str(answer["channel"])


async def _uploaded(web: Web, channel: str, file: Attachment) -> None:
    answer = await web.read("files.getUploadURLExternal", filename=file.name, length=len(file.content))
    session = web.client.session
    if session is None:
        raise Unanswered("the connection to Slack is closed")
    try:
        async with session.post(str(answer["upload_url"]), data=file.content) as taken:
            if not taken.ok:
                raise Refused(f"HTTP {taken.status}", {})
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        raise Unanswered(type(error).__name__) from error
    files = [{"id": answer["file_id"], "title": file.name}]
    await web.write("files.completeUploadExternal", files=files, channel_id=channel)
