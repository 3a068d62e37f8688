"""The Home tab: a page of parts with their lists, each row with a menu of what can be done about it."""

from __future__ import annotations

from collections.abc import Iterator

from adapters import lines as long
from adapters.slack import buttons
from adapters.slack.buttons import Press, label
from adapters.slack.drawn import Block, mrkdwn_object
from adapters.slack.limits import HEADER_MOST, SECTION_MOST
from adapters.slack.replies import section, sections
from adapters.slack.words import mentioned, mrkdwn
from bot.adapter import Ledger
from bot.prose import Prose
from bot.reply import Part, Reply, Row

CALLBACK = "wr.home"
BLOCKS_MOST = 100


async def view(reply: Reply, *, owner: str, ledger: Ledger) -> Block:
    """Draw a page; an answer that is none is shown as its text."""
    blocks: list[Block] = []
    for number, part in enumerate(reply.parts):
        if number:
            blocks.append({"type": "divider"})
        blocks += await _part(part, number, owner, ledger)
    blocks = blocks or [*sections(reply.text)]
    return {"type": "home", "callback_id": CALLBACK, "blocks": blocks[:BLOCKS_MOST]}


async def _part(part: Part, number: int, owner: str, ledger: Ledger) -> list[Block]:
    pressed = buttons.keys(part.buttons, owner=owner, replaces=False, opens=True)
    actions = await buttons.rows(pressed, (), menu=Press(""), ledger=ledger)
    return [
        {"type": "header", "text": label(part.title, HEADER_MOST)},
        *({**block, "block_id": f"{block['block_id']}.p{number}"} for block in actions),
        *_context(part.text),
        *([{"type": "divider"}] if part.rows else []),
        *[await _row(row, owner, ledger) for row in part.rows],
    ]


def _context(text: Prose) -> Iterator[Block]:
    for line in long.lines(text, _written, SECTION_MOST):
        if line.strip():
            yield {"type": "context", "elements": [mrkdwn_object(line)]}


async def _row(row: Row, owner: str, ledger: Ledger) -> Block:
    """Draw a thing of a list; what its menu leads to is wanted as a form, where there is one."""
    written = next(sections(row.text), section("…"))
    pressed = buttons.keys(row.buttons, owner=owner, replaces=False, opens=True)
    return {**written, "accessory": await buttons.overflow(pressed, ledger)} if pressed else written


def _written(text: Prose) -> str:
    return mrkdwn(text, called=mentioned)
