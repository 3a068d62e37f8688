"""What becomes of a message that Discord refuses in its full form: plainer, and never lost."""

from __future__ import annotations

from dataclasses import replace

from adapters.discord.cards import draw
from adapters.discord.plainer import plainer
from adapters.fit import size
from bot.models import Digest
from tests.test_discord_cards import BUTTONS, FERRIES, FOUND, LATER


def test_a_refused_card_becomes_plainer_step_by_step() -> None:
    """First it loses its picture, then its embed, but never its title, link, reasons and buttons."""
    drawn = draw(FOUND, direct=True)
    first = plainer(drawn)
    assert first is not None
    assert set(drawn.embeds[0]) - set(first.embeds[0]) == {"thumbnail"}
    assert replace(first, embeds=drawn.embeds) == drawn
    second = plainer(first)
    assert second is not None
    assert second.content == (
        f"{drawn.content}\n[{FERRIES.title}](https://example.org/ferries?id=7) · Harbour News"
    )
    assert (second.embeds, second.buttons) == ((), BUTTONS)
    assert plainer(second) is None


def test_an_address_that_leaves_no_room_is_left_out() -> None:
    """The last form keeps an address as long as it fits; then the title stands alone."""
    for length, title in ((1_800, f"[{FERRIES.title}](https://e.org/a"), (1_990, FERRIES.title)):
        card = replace(FERRIES, link="https://e.org/".ljust(length, "a"), image=None)
        last = plainer(draw(card, direct=False))
        assert last is not None
        assert last.content.startswith(title)
        assert last.content.endswith(" · Harbour News")


def test_a_refused_digest_keeps_its_items() -> None:
    """A digest without embeds is its title and its items, as many as fit, none of them cut."""
    items = tuple(replace(FERRIES, title=f"Ferry {n} " * 12) for n in range(15))
    drawn = draw(Digest("Daily digest: 15 posts", "From 2 follows", items, LATER), direct=True)
    plain = plainer(drawn)
    assert plain is not None
    assert size(plain.content) <= 2_000
    assert plain.content.startswith("Your daily digest: 15 posts.\nDaily digest: 15 posts\n**1.** [Ferry 0")
    assert plain.content.rpartition("\n")[2] in drawn.embeds[0]["description"].split("\n")
