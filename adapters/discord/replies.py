"""Answers on their way to a person: one message where it fits, several where it does not."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import aiohttp
import discord
import structlog
from discord import ui

from adapters import lines as long
from adapters.discord import buttons, cards, forms
from adapters.discord.buttons import Key, Press
from adapters.discord.words import markdown
from bot.adapter import Ledger
from bot.models import Card
from bot.prose import Prose, plain, prose
from bot.reply import Attachment, Reply

CONTENT_MOST = 2_000
EMBEDS_MOST = 10
EMBEDDED_MOST = 6_000
"""Characters of all embeds of a message."""
ALREADY_ANSWERED = 40060
EXPIRED = frozenset({10062, 10015, 50027})
"""Unknown interaction, unknown webhook, invalid token of one: nobody can be answered any more."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Way:
    """How an answer comes to the person."""

    owner: int
    asked: str
    """The command that leads to the same answer again."""
    hidden: bool = True
    """Whether only the person sees it."""
    replaces: bool = False
    """Whether it takes the place of the message whose button was pressed."""


@dataclass(frozen=True, slots=True)
class Page:
    """One message of an answer."""

    content: str = ""
    embeds: tuple[discord.Embed, ...] = ()
    view: ui.View | None = None
    attachment: Attachment | None = None
    hides_previews: bool = False
    """Whether it holds links that Discord shall not unfurl; ours in sentences it does not."""

    def files(self) -> list[discord.File]:
        """Make its file, anew for each try."""
        if self.attachment is None:
            return []
        return [discord.File(io.BytesIO(self.attachment.content), self.attachment.name)]


async def send(interaction: discord.Interaction, reply: Reply, way: Way, ledger: Ledger) -> None:
    """Send an answer, also where the interaction was deferred; raises what discord.py raises.

    An answer that Discord does not take is sent as its text alone, so that the person knows.
    """
    try:
        drawn = await _drawn(interaction, reply, way, ledger)
        await _surely(interaction, drawn[0], way)
    except Exception as error:
        if isinstance(error, discord.HTTPException) and error.code in EXPIRED:
            raise
        log.exception("discord.reply_refused")
        await _first(interaction, Page(next(lines((plain(reply.text),)))), way)
        return
    for page in drawn[1:]:
        await further(interaction, page, hidden=way.hidden)


async def further(interaction: discord.Interaction, page: Page, *, hidden: bool) -> None:
    """Send a message more, once the interaction was answered."""
    await interaction.followup.send(
        page.content or discord.utils.MISSING,
        embeds=page.embeds,
        files=page.files(),
        view=page.view or discord.utils.MISSING,
        ephemeral=hidden,
        suppress_embeds=page.hides_previews,
    )


async def _surely(interaction: discord.Interaction, page: Page, way: Way) -> None:
    """Send the first message, and once more where the connection broke: if it has arrived, into its place."""
    try:
        await _first(interaction, page, way)
    except (aiohttp.ClientError, OSError) as error:
        log.warning("discord.answer_in_doubt", error=type(error).__name__)
        await _first(interaction, page, way)


async def _first(interaction: discord.Interaction, page: Page, way: Way) -> None:
    content, embeds, view = page.content or None, page.embeds, page.view
    try:
        if way.replaces and not interaction.response.is_done():
            await interaction.response.edit_message(
                content=content,
                embeds=embeds,
                attachments=page.files(),
                view=view,
                suppress_embeds=page.hides_previews,
            )
            return
        if not interaction.response.is_done():
            await interaction.response.send_message(
                content,
                embeds=embeds,
                files=page.files(),
                view=view or discord.utils.MISSING,
                ephemeral=way.hidden,
                suppress_embeds=page.hides_previews,
            )
            return
    except discord.HTTPException as error:
        if error.code != ALREADY_ANSWERED:  # a try whose answer was lost has arrived all the same
            raise
    await interaction.edit_original_response(
        content=content, embeds=embeds, attachments=page.files(), view=view
    )


async def _drawn(interaction: discord.Interaction, reply: Reply, way: Way, ledger: Ledger) -> list[Page]:
    text = prose(reply.text, forms.listed(reply.form) if reply.form else ())
    attachment = reply.attachment
    if attachment is not None and len(attachment.content) > interaction.filesize_limit:
        megabytes = interaction.filesize_limit / 1_000_000
        text = prose(text, f"\nThe file is too large for Discord, which takes {megabytes:.0f} MB here.")
        attachment = None
    found = pages(text, reply.cards)
    under = await _under(reply, way, ledger)
    found[-1] = replace(found[-1], attachment=attachment, view=under[0] if under else None)
    return [*found, *(Page("More:", view=view) for view in under[1:])]


async def _under(reply: Reply, way: Way, ledger: Ledger) -> list[ui.View]:
    """Draw what stands under an answer: its form as buttons that open it, its buttons, its menu.

    What they lead to takes the place of a private answer; an answer for everybody stays.
    """
    openers = forms.openers(reply.form) if reply.form else []
    pressed = [
        Key(label, Press(way.asked, way.owner, reply.private, part)) for part, label in enumerate(openers, 1)
    ]
    pressed += buttons.keys(reply.buttons, owner=way.owner, replaces=reply.private)
    menu = Press("", way.owner, reply.private)
    return await buttons.views(pressed, reply.choices, menu=menu, ledger=ledger)


def pages(text: Prose, shown: Sequence[Card]) -> list[Page]:
    """Divide an answer into messages that Discord takes; at least one."""
    drawn = [cards.card(card, direct=False) for card in shown]
    written = [*lines(text), *(one.content for one in drawn if one.content)]
    contents = list(_packed(written)) or [""]
    embedded = list(_together([embed for one in drawn for embed in one.sendable()]))
    hides = any(one.hides_previews for one in drawn) and not embedded
    found = [Page(content, hides_previews=hides) for content in contents]
    for number, together in enumerate(embedded):
        if number:
            found.append(Page(embeds=together))
        else:
            found[-1] = replace(found[-1], embeds=together)
    return found if found[0] != Page() else [Page("Done.")]


def lines(text: Prose) -> Iterator[str]:
    """Write each line in Discord's markdown; one that is too long for a message becomes several."""
    return long.lines(text, markdown, CONTENT_MOST)


def _packed(written: Sequence[str]) -> Iterator[str]:
    held: list[str] = []
    for line in written:
        if held and len("\n".join([*held, line])) > CONTENT_MOST:
            yield "\n".join(held)
            held = []
        held.append(line)
    if any(held):
        yield "\n".join(held)


def _together(embeds: Sequence[discord.Embed]) -> Iterator[tuple[discord.Embed, ...]]:
    held: list[discord.Embed] = []
    for embed in embeds:
        if held and (len(held) == EMBEDS_MOST or sum(map(len, [*held, embed])) > EMBEDDED_MOST):
            yield tuple(held)
            held = []
        held.append(embed)
    if held:
        yield tuple(held)
