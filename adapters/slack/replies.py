"""Answers as messages that Slack takes: one where it fits, several where it does not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from adapters import lines as long
from adapters.fit import size
from adapters.slack import buttons
from adapters.slack.buttons import Key, Press
from adapters.slack.cards import draw
from adapters.slack.drawn import Block, mrkdwn_object, weight
from adapters.slack.forms import OPENER
from adapters.slack.limits import BLOCKS_TOGETHER, SECTION_MOST, TEXT_MOST
from adapters.slack.words import mentioned, mrkdwn
from bot.adapter import Ledger
from bot.models import Card
from bot.prose import Bold, Prose, prose
from bot.reply import Reply

BLOCKS_MOST = 50


@dataclass(frozen=True, slots=True)
class Page:
    """One message of an answer."""

    text: str
    """What a screen reader reads, and what is left where Slack refuses the blocks."""
    blocks: tuple[Block, ...] = ()

    def plainer(self) -> Page | None:
        """Leave out what can be refused: first images, which Slack has to fetch, then every block."""
        kept = tuple(block for block in self.blocks if block["type"] != "image")
        if not self.blocks:
            return None
        return Page(self.text, kept if kept != self.blocks else ())


@dataclass(frozen=True, slots=True)
class Unit:
    """A block on its way into a message, and what is heard of it."""

    block: Block
    text: str = ""


@dataclass(frozen=True, slots=True)
class Way:
    """For whom an answer is."""

    owner: str
    asked: str
    """The command that leads to the same answer again."""
    hidden: bool = True
    """Whether only the person sees it."""
    replaces: bool = False
    """Whether it takes the place of the private message whose button was pressed."""


async def pages(reply: Reply, way: Way, ledger: Ledger) -> list[Page]:
    """Divide an answer into messages; at least one."""
    text = reply.text if mrkdwn(reply.text).strip() or reply.cards else prose("Done.")
    written = [Unit(block, str(block["text"]["text"])) for block in sections(text, hidden=way.hidden)]
    shown = [unit for card in reply.cards for unit in await _card(card, way, ledger)]
    below = [Unit(block) for block in await under(reply, way, ledger)]
    found = [_page(some) for some in packed([*written, *shown, *below])]
    if written:  # the first is heard as a sentence, as much of it as there is room for
        heard = [aloud(text, hidden=way.hidden), *(one.text for one in shown if one.block in found[0].blocks)]
        found[0] = Page(_joined(heard), found[0].blocks)
    return found


def page(text: Prose) -> Page:
    """Write a sentence that stands alone, for one person."""
    return Page(aloud(text), tuple(sections(text))[:BLOCKS_MOST])


def aloud(text: Prose, *, hidden: bool = True) -> str:
    """Write a sentence for screen readers and notifications: nothing in it is bold."""
    bare = prose(*(piece.text if isinstance(piece, Bold) else piece for piece in text))
    return _joined(long.lines(bare, _hidden if hidden else mrkdwn, TEXT_MOST))


def _hidden(text: Prose) -> str:
    return mrkdwn(text, called=mentioned)


def _joined(texts: Iterable[str]) -> str:
    """Join texts as far as there is room; at least one."""
    held = ""
    for text in texts:
        joined = f"{held}\n{text}" if held else text
        if held and size(joined) > TEXT_MOST:
            break
        held = joined
    return held if held.strip() else "…"


def sections(text: Prose, *, hidden: bool = True) -> Iterator[Block]:
    """Write a sentence as blocks, its own mark-up and none besides; ``hidden`` mentions ring nobody."""
    held = ""
    for line in long.lines(text, _hidden if hidden else mrkdwn, SECTION_MOST):
        joined = f"{held}\n{line}" if held else line
        if held and size(joined) > SECTION_MOST:
            yield section(held)
            joined = line
        held = joined
    if held.strip():
        yield section(held)


def section(text: str) -> Block:
    """Put mark-up into a block, of which everything is shown; Slack gives it an id."""
    return {"type": "section", "text": mrkdwn_object(text), "expand": True}


async def _card(card: Card, way: Way, ledger: Ledger) -> list[Unit]:
    drawn = draw(card, direct=False)
    pressed = buttons.keys(drawn.buttons, owner=way.owner, replaces=False)
    below = await buttons.rows(pressed, (), menu=Press(""), ledger=ledger, card=True)
    first, *others = drawn.blocks or (section(drawn.text),)
    # Several cards stand in one message, and ids have to differ: without them Slack makes its own.
    return [
        Unit(_nameless(first), drawn.text),
        *(Unit(_nameless(block)) for block in (*others, *below)),
    ]


def _nameless(block: Block) -> Block:
    return {key: value for key, value in block.items() if key != "block_id"}


async def under(reply: Reply, way: Way, ledger: Ledger) -> list[Block]:
    """Draw what stands under an answer: what opens its form, its buttons, its menu.

    What they lead to takes the place of a private answer; an answer for everybody stays.
    """
    opener = [Key(OPENER, Press(way.asked, way.owner, reply.private, opens=True))] if reply.form else []
    pressed = [*opener, *buttons.keys(reply.buttons, owner=way.owner, replaces=reply.private)]
    menu = Press("", way.owner, reply.private)
    return await buttons.rows(pressed, reply.choices, menu=menu, ledger=ledger)


def packed(units: Sequence[Unit]) -> Iterator[list[Unit]]:
    """Put blocks into messages, in their order."""
    held: list[Unit] = []
    for unit in units:
        together = [one.block for one in (*held, unit)]
        if held and (len(held) == BLOCKS_MOST or weight(together) > BLOCKS_TOGETHER):
            yield held
            held = []
        held.append(unit)
    if held:
        yield held


def _page(units: Sequence[Unit]) -> Page:
    texts = [unit.text for unit in units if unit.text]
    return Page(_joined(texts or ["More:"]), tuple(unit.block for unit in units))
