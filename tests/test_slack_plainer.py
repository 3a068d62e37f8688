"""What becomes of a message that Slack refuses in its full form: plainer, and never lost."""

from __future__ import annotations

from dataclasses import replace

from adapters.fit import size
from adapters.slack.cards import draw
from adapters.slack.plainer import has_picture_block, plainer
from bot.models import Digest, Look
from bot.samples import DIGEST
from tests.slack_mrkdwn import parse
from tests.test_slack_cards import BUTTONS, DATE, FERRIES, FOUND, LATER, LINKED, SUMMARY
from tests.test_slack_escape import seen


def test_a_refused_picture_goes_first() -> None:
    """A message loses the block of its picture and nothing else; a small picture is no block."""
    drawn = draw(replace(FERRIES, look=Look(image="large")), direct=False)
    assert has_picture_block(drawn)
    first = plainer(drawn)
    assert first == replace(drawn, blocks=(drawn.blocks[0], drawn.blocks[2]))
    assert first is not None
    assert not has_picture_block(first)
    assert not has_picture_block(draw(FERRIES, direct=False))


def test_a_refused_card_becomes_text_with_its_link() -> None:
    """Then it is a text with title, link, summary and facts, for which no block can be refused."""
    last = plainer(draw(FERRIES, direct=False))
    assert last is not None
    assert last.text == f"{LINKED}\n{SUMMARY}\n*Harbour News*  ·  Ada Byron  ·  {DATE}"
    assert (last.blocks, last.layout) == ((), "plain")
    assert plainer(last) is None
    assert draw(FERRIES, direct=False, layout="plain") == last


def test_a_refused_alert_keeps_its_reasons() -> None:
    """An alert in text says why it comes; its buttons go, for they would be a block that can be refused."""
    drawn = draw(FOUND, direct=True)
    last = plainer(drawn)
    assert last is not None
    why, title, summary, facts = last.text.split("\n")
    assert why == drawn.blocks[0]["elements"][0]["text"]
    assert (title, summary) == (LINKED.strip("*"), SUMMARY)
    assert facts.endswith(DATE)
    assert (drawn.buttons, last.buttons, last.event) == (BUTTONS, (), "wireroom_alert")


def test_hostile_text_stays_harmless() -> None:
    """What a rich text held as it is becomes mrkdwn that shows the same."""
    last = plainer(
        draw(replace(FERRIES, title="*a* <!here>", summary="> _b_ :joy:", image=None), direct=False)
    )
    assert last is not None
    assert seen(parse(last.text)).startswith("*a* <!here>\n> _b_ :joy:\n")


def test_a_refused_digest_keeps_its_items() -> None:
    """A digest without blocks is its title and its items, as many as fit, none of them cut."""
    items = tuple(
        replace(FERRIES, title=f"Ferry {n} " * 12, link=f"https://e.org/{n}".ljust(180, "a"))
        for n in range(15)
    )
    drawn = draw(Digest("Daily digest: 15 posts", "From 2 follows", items, LATER), direct=True)
    plain = plainer(drawn)
    assert plain is not None
    assert 4_000 < size(plain.text) <= 9_000
    assert plain.text.startswith("*Daily digest: 15 posts*\nFrom 2 follows  ·  <!date^")
    assert plain.text.count("|Ferry") == 15
    short = plainer(draw(DIGEST, direct=True))
    assert short is not None
    assert short.text.endswith("\nand 7 more")
