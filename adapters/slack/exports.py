"""Files that go with an answer: uploaded where the bot may, else written out to be copied."""

from __future__ import annotations

import aiohttp
import structlog

from adapters.slack.drawn import Block
from adapters.slack.replies import Page, aloud
from adapters.slack.web import Failure, Refused, Unanswered, Web
from bot.prose import Code, Prose, prose
from bot.reply import Attachment

SCOPE = "files:write"
PIECE = 9_000
"""Characters of one message, of a file that is written out."""
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
    """Divide a text between lines where it can be."""
    pieces = [""]
    for line in text.splitlines(keepends=True):
        for start in range(0, len(line), PIECE):
            part = line[start : start + PIECE]
            if len(pieces[-1]) + len(part) > PIECE:
                pieces.append("")
            pieces[-1] += part
    return [piece for piece in pieces if piece.strip()]


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
