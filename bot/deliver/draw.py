"""A delivery as its reader gets it: a card, a digest, or a sentence of the bot's own; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot import digest, why
from bot.deliver.sift import Kept, Sifted
from bot.models import Button, Card, Correction, Digest, Look, Message, Notice, TargetKind
from bot.store.bundles import Bundle
from bot.store.claims import Delivery

_SCHEDULE = (
    Button("Change schedule", "/digest form", "Change when digests come"),
    Button("Manage follows", "/following", "See and change what you follow"),
)


def draw(delivery: Delivery, sifted: Sifted, *, now: datetime, most: int = digest.ITEMS) -> Message:
    """Make the message of a delivery out of what of it goes out; a digest shows so many items at the most."""
    if delivery.bundle is None:
        if not sifted.kept:
            return delivery.notice or Notice("")
        (one,) = sifted.kept
        return _card(one, one.item.look, now, delivery.correction)
    if len(sifted.kept) == 1 and _total(delivery.bundle, sifted) == 1:
        (one,) = sifted.kept
        return _card(one, one.item.look, now)
    return _digest(delivery, delivery.bundle, sifted, now, most)


def _card(kept: Kept, look: Look, now: datetime, correction: Correction | None = None) -> Card:
    item = kept.item
    return why.alert(
        item.entry,
        kept.because,
        feed_id=item.feed_id,
        source=item.source,
        source_link=item.source_link,
        now=now,
        look=look,
        correction=correction,
    )


def _digest(delivery: Delivery, bundle: Bundle, sifted: Sifted, now: datetime, most: int) -> Digest:
    shown = sifted.kept[:most]
    more = len(sifted.kept) - len(shown)
    last = bundle.first + len(shown) - 1
    total = _total(bundle, sifted)
    return Digest(
        title=digest.title(bundle.holds, total, first=bundle.first, last=last),
        subtitle=_subtitle(sifted.kept),
        items=tuple(replace(_card(one, Look(compact=True), now), buttons=()) for one in shown),
        at=now,
        first=bundle.first,
        more=more,
        buttons=_buttons(delivery, bundle, more),
    )


def _total(bundle: Bundle, sifted: Sifted) -> int:
    return bundle.total - len(sifted.left_out)


def _subtitle(kept: Sequence[Kept]) -> str:
    follows = {match.follow.id for one in kept for match in one.because}
    return digest.subtitle(follows=len(follows), feeds=len({one.item.feed_id for one in kept}))


def _buttons(delivery: Delivery, bundle: Bundle, more: int) -> tuple[Button, ...]:
    """Put what one can do under the last message; a channel's schedule is no one person's."""
    rest = (Button(f"Show {more} more", f"/digest more {delivery.id}"),) if more else ()
    personal = bundle.ends and delivery.target.kind is TargetKind.PERSON
    return (*rest, *_SCHEDULE) if personal else rest
