"""The tests that any adapter can run against itself: when they pass, it is done.

It needs pytest and pytest-asyncio (``asyncio_mode = "auto"``), which wireroom does not install.
Subclass ``AdapterContract`` under a name that begins with ``Test`` and give it two fixtures:

``adapter``  an open adapter, on a pretend platform at 127.0.0.1 or whatever it writes to
``target``   a target that it can post to

and, as far as the platform allows, four more, each of which unlocks further laws:

``seen``     a function that returns all the text the platform now shows
``others``   further targets, for posts at the same time
``gone``     a target that the platform has closed
``outage``   a function that makes the platform unreachable for the rest of the test
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import NoReturn, TypeVar

import click
import pytest

from bot.adapter import Adapter, Finding, Found, Sighting, Ticket
from bot.errors import CommandError, DeliveryError, TargetGone, Undeliverable
from bot.models import Image, Message, Target
from bot.samples import ALERT, CARD, CORRECTED, DIGEST, HOSTILE, NOTICE, NOW
from bot.settings import PREFIX, AdapterSettings

ID_LIMIT = 200
LEASE = timedelta(minutes=1)
"""How long a delivery is held for one post; after that another process may take it."""
PROMPTLY = 2.0
"""Seconds within which a cancelled post must have ended."""

T = TypeVar("T")
Seen = Callable[[], str]
Outage = Callable[[], None]


class AdapterContract:
    """The laws of an adapter; see the module for the fixtures that it takes."""

    @pytest.fixture
    def adapter(self) -> Adapter:
        """An open adapter; the subclass gives it."""
        _fail("Give your subclass a fixture `adapter` that yields an adapter opened with `async with`.")

    @pytest.fixture
    def target(self) -> Target:
        """A target that the adapter can post to; the subclass gives it."""
        _fail("Give your subclass a fixture `target`: where it can post, such as YourAdapter.target('news').")

    @pytest.fixture
    def others(self) -> Sequence[Target]:
        """Further targets, if the subclass has any."""
        return ()

    @pytest.fixture
    def gone(self) -> Target | None:
        """A target that the platform has closed, if the subclass has one."""
        return None

    @pytest.fixture
    def seen(self) -> Seen | None:
        """Return all the text that the platform now shows, if the subclass can look."""
        return None

    @pytest.fixture
    def outage(self) -> Outage | None:
        """Make the platform unreachable, if the subclass can."""
        return None

    # What an adapter declares.

    def test_its_name_can_stand_before_a_colon(self, adapter: Adapter) -> None:
        """The name is lower-case letters, digits and dashes: entry point, command and target bear it."""
        name = getattr(type(adapter), "name", None)
        _demand(
            isinstance(name, str) and re.fullmatch(r"[a-z][a-z0-9-]{0,30}", name),
            f"`name` must be lower-case letters, digits and dashes, such as 'webhook'; it is {name!r}.",
        )

    def test_its_settings_are_its_own(self, adapter: Adapter) -> None:
        """Settings extend AdapterSettings, under a prefix that no other part of wireroom reads."""
        settings = type(adapter).Settings
        _demand(issubclass(settings, AdapterSettings), "`Settings` must extend bot.settings.AdapterSettings.")
        prefix = settings.model_config.get("env_prefix", "")
        _demand(
            not settings.model_fields or prefix not in {"", PREFIX},
            f"`Settings` has fields, so it needs an env_prefix, such as {PREFIX}WEBHOOK_; not {prefix!r}.",
        )

    def test_its_limits_fit_the_lease(self, adapter: Adapter) -> None:
        """A post is cut off before its lease ends, or another process would post the card as well."""
        _demand(adapter.parallel >= 1, f"`parallel` must be 1 or more; it is {adapter.parallel}.")
        _demand(
            timedelta(0) < adapter.post_timeout < LEASE,
            f"`post_timeout` must be above zero and below {LEASE}; it is {adapter.post_timeout}.",
        )
        _demand(adapter.settle >= timedelta(0), f"`settle` must not be negative; it is {adapter.settle}.")

    def test_its_commands_are_clicks(self, adapter: Adapter) -> None:
        """Sub-commands are click commands with a name."""
        commands: Sequence[object] = type(adapter).commands(lambda: ())
        for command in commands:
            _demand(
                isinstance(command, click.Command) and command.name,
                f"`commands` must give click commands with names; it gave {command!r}.",
            )

    # Targets.

    def test_a_target_reads_as_it_is_written(self, adapter: Adapter, target: Target) -> None:
        """Writing a target and reading it again gives the same: platform, space, id and kind."""
        platform, _, rest = str(target).partition(":")
        _demand(
            platform == adapter.name,
            f"A target's platform must be the adapter's name, {adapter.name!r}; it is {platform!r}.",
        )
        again = type(adapter).target(rest)
        _demand(again == target, f"target({rest!r}) must give back {target!r}; it gave {again!r}.")

    @pytest.mark.parametrize(
        "text", ["", " ", "\n", " padded ", "\x00", "a\x1b[2Jb", "x" * 5_000, "../..", "\u202e"]
    )
    def test_nonsense_is_refused_in_words(self, adapter: Adapter, text: str) -> None:
        """What cannot be a target is refused with a CommandError, whose text the person reads."""
        try:
            read = type(adapter).target(text)
        except CommandError as error:
            _demand(len(str(error)) > 10, f"target({text!r}) must say what to write instead.")  # noqa: PLR2004 - no sentence is shorter
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the wrong one
            _fail(f"target({text!r}) must raise CommandError; it raised {error!r}.")
        else:
            _demand(text.strip(), f"target({text!r}) must raise CommandError; it gave {read!r}.")

    # Posting.

    async def test_post_gives_an_id(self, adapter: Adapter, target: Target) -> None:
        """Posting gives the message's id: a text, not empty, of 200 characters at most."""
        for message in (CARD, NOTICE, ALERT, DIGEST):
            _demand_id(await _post(adapter, target, message, "contract-id"))

    async def test_ids_differ(self, adapter: Adapter, target: Target) -> None:
        """Two messages never bear one id, or an edit would change the wrong one."""
        ids = [await _post(adapter, target, CARD, f"contract-ids-{number}") for number in range(3)]
        _demand(len(set(ids)) == len(ids), f"Three messages need three ids; they got {ids}.")

    async def test_a_second_try_is_harmless(self, adapter: Adapter, target: Target) -> None:
        """The same ticket may come twice: after a crash nobody knows whether the first try arrived."""
        for attempt in (1, 2):
            _demand_id(await _post(adapter, target, CARD, "contract-twice", attempt))

    @pytest.mark.parametrize("what", HOSTILE)
    async def test_hostile_texts_are_posted(self, adapter: Adapter, target: Target, what: str) -> None:
        """Whatever a feed holds, its card is posted: cut or plainer if need be, never lost."""
        _demand_id(
            await _post(adapter, target, HOSTILE[what], "contract-hostile", what=f"a card with {what}")
        )

    @pytest.mark.parametrize("field", ["title", "source", "link", "summary", "author", "image", "alt"])
    async def test_every_field_arrives(
        self, adapter: Adapter, target: Target, seen: Seen | None, field: str
    ) -> None:
        """Title, source, link, summary, author, image and its alt text all reach the platform."""
        look = _given(seen, "seen")
        await _post(adapter, target, CARD, "contract-fields")
        image = CARD.image or Image("")
        text = {"image": image.url, "alt": image.alt}.get(field) or getattr(CARD, field)
        _demand_words(look(), text, f"The card's {field}")

    async def test_the_date_arrives(self, adapter: Adapter, target: Target, seen: Seen | None) -> None:
        """The time of publication reaches the platform: its year at least, or as seconds since 1970."""
        look = _given(seen, "seen")
        await _post(adapter, target, CARD, "contract-date")
        published = CARD.published or NOW
        shown = look()
        _demand(
            str(published.year) in shown or str(int(published.timestamp())) in shown,
            f"The card's time ({published}) did not reach the platform, which shows: {shown[:500]!r}",
        )

    async def test_a_notice_arrives_with_its_buttons(
        self, adapter: Adapter, target: Target, seen: Seen | None
    ) -> None:
        """A notice shows its sentence, and each button's label and command, as buttons or in words."""
        look = _given(seen, "seen")
        await _post(adapter, target, NOTICE, "contract-notice")
        _demand_words(look(), NOTICE.text, "The notice's text")
        _demand_words(look(), NOTICE.buttons[0].label, "The label of a notice's button")
        _demand_words(look(), NOTICE.buttons[0].command, "The command of a notice's button")

    async def test_an_alert_says_why(self, adapter: Adapter, target: Target, seen: Seen | None) -> None:
        """An alert shows the words that matched, each follow by its query, and its buttons."""
        look = _given(seen, "seen")
        await _post(adapter, target, ALERT, "contract-alert")
        why = ALERT.why
        _demand(why is not None, "The sample must say why.")
        for reason in why.reasons if why else ():
            _demand_words(look(), reason.query, "The query of an alert's follow")
        _demand_words(look(), " ".join(why.words) if why else "", "A word that matched")
        for button in ALERT.buttons:
            _demand_words(look(), button.label, "The label of an alert's button")

    async def test_a_digest_arrives_whole(self, adapter: Adapter, target: Target, seen: Seen | None) -> None:
        """A digest shows its title, the number at which it begins, each title and link, and its buttons."""
        look = _given(seen, "seen")
        await _post(adapter, target, DIGEST, "contract-digest")
        _demand_words(look(), DIGEST.title, "A digest's title")
        _demand_words(look(), str(DIGEST.first), "The number of a digest's first item")
        for item in DIGEST.items:
            _demand_words(look(), item.title, "The title of a digest's item")
            _demand_words(look(), item.link or "", "The link of a digest's item")
        _demand_words(look(), DIGEST.buttons[0].label, "The label of a digest's button")

    # Afterwards.

    async def test_edit_changes_the_card_or_says_that_it_cannot(
        self, adapter: Adapter, target: Target, seen: Seen | None
    ) -> None:
        """A corrected headline replaces the old one, or edit raises Undeliverable."""
        ticket = Ticket("contract-edit", 1, NOW)
        posted = await _post(adapter, target, CARD, ticket.key)
        try:
            await _only_delivery_errors(adapter.edit(target, posted, CORRECTED, ticket), "edit")
        except Undeliverable:
            return
        if seen is not None:
            _demand_words(seen(), CORRECTED.title, "After an edit the new headline")

    def test_a_digest_goes_forward(self, adapter: Adapter) -> None:
        """Of a digest one message holds one item at least, and no more than there are."""
        fitting = adapter.fits(DIGEST)
        _demand(
            1 <= fitting <= len(DIGEST.items),
            f"fits must give a number from 1 to {len(DIGEST.items)} for a digest of so many, not {fitting}.",
        )

    async def test_find_never_denies_what_is_there(self, adapter: Adapter, target: Target) -> None:
        """Of a message that was posted, find says its id or UNKNOWN; ABSENT would post it twice."""
        ticket = Ticket("contract-find", 1, NOW)
        posted = await _post(adapter, target, CARD, ticket.key)
        sighting = await _only_delivery_errors(adapter.find(target, CARD, ticket), "find")
        _demand(
            sighting in {Found(posted), Sighting.UNKNOWN},
            f"find must give Found({posted!r}) or UNKNOWN for a message just posted; it gave {sighting!r}.",
        )

    async def test_find_never_makes_a_message_up(self, adapter: Adapter, target: Target) -> None:
        """Of a message never posted, find says ABSENT or UNKNOWN; Found would lose it."""
        ticket = Ticket("contract-never", 1, NOW)
        sighting = await _only_delivery_errors(adapter.find(target, CARD, ticket), "find")
        _demand(
            sighting in set(Sighting),
            f"find must give ABSENT or UNKNOWN for a message never posted; it gave {sighting!r}.",
        )

    async def test_doctor_speaks_in_findings(self, adapter: Adapter, target: Target) -> None:
        """The doctor gives Findings, each a sentence, and never raises."""
        for targets in ((), (target,)):
            findings: Sequence[object] = await adapter.doctor(targets)
            for finding in findings:
                _demand(
                    isinstance(finding, Finding) and finding.text.strip(),
                    f"doctor must give Findings with a sentence each; it gave {finding!r}.",
                )

    # At the same time, cut off, and without the platform.

    async def test_targets_are_served_at_the_same_time(
        self, adapter: Adapter, target: Target, others: Sequence[Target]
    ) -> None:
        """Posts to several targets at once all arrive, each with an id of its own."""
        targets = (target, *_given(others, "others"))
        ids = await asyncio.gather(
            *(_post(adapter, each, CARD, f"contract-many-{number}") for number, each in enumerate(targets))
        )
        _demand(
            len(set(zip(targets, ids, strict=True))) == len(targets),
            f"Posts at the same time got the ids {ids}.",
        )

    async def test_a_post_can_be_cut_off(self, adapter: Adapter, target: Target) -> None:
        """A cancelled post ends within two seconds, and the next one is posted as ever."""
        task = asyncio.ensure_future(adapter.post(target, CARD, Ticket("contract-cut", 1, NOW)))
        await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait({task}, timeout=PROMPTLY)
        _demand(done, f"A cancelled post must end within {PROMPTLY:g} seconds: let CancelledError pass.")
        _demand_id(await _post(adapter, target, CARD, "contract-after-cut"))

    async def test_a_closed_target_is_gone(self, adapter: Adapter, gone: Target | None) -> None:
        """A target that the platform has closed raises TargetGone, so that whoever set it up is told."""
        closed = _given(gone, "gone")
        try:
            posted = await _only_delivery_errors(
                adapter.post(closed, CARD, Ticket("contract-gone", 1, NOW)), "post"
            )
        except TargetGone:
            return
        except DeliveryError as error:
            _fail(f"post to a closed target must raise TargetGone; it raised {error!r}.")
        _fail(f"post to a closed target must raise TargetGone; it gave the id {posted!r}.")

    async def test_an_outage_is_a_delivery_error(
        self, adapter: Adapter, target: Target, outage: Outage | None
    ) -> None:
        """While the platform is away, post raises a DeliveryError in time, and edit does too."""
        cut_the_wire = _given(outage, "outage")
        ticket = Ticket("contract-outage", 1, NOW)
        posted = await _post(adapter, target, CARD, ticket.key)
        cut_the_wire()
        for name, call in (
            ("post", lambda: adapter.post(target, CARD, Ticket("contract-outage-2", 1, NOW))),
            ("edit", lambda: adapter.edit(target, posted, CORRECTED, ticket)),
        ):
            try:
                async with asyncio.timeout(adapter.post_timeout.total_seconds()):
                    await _only_delivery_errors(call(), name)
            except DeliveryError:
                continue
            except TimeoutError:
                _fail(f"{name} must give up within post_timeout ({adapter.post_timeout}) in an outage.")
            _fail(f"{name} must raise a DeliveryError in an outage; it raised nothing.")

    async def test_closing_twice_is_fine(self, adapter: Adapter) -> None:
        """Closing what is closed already does nothing."""
        for _ in range(2):
            await adapter.__aexit__(None, None, None)


def _fail(sentence: str) -> NoReturn:
    pytest.fail(sentence, pytrace=False)


def _demand(condition: object, sentence: str) -> None:
    if not condition:
        _fail(sentence)


def _demand_id(posted: object) -> None:
    _demand(
        isinstance(posted, str) and 0 < len(posted) <= ID_LIMIT,
        f"post must return the message's id, a text of 1 to {ID_LIMIT} characters, not {posted!r:.300}.",
    )


def _demand_words(shown: str, text: str, what: str) -> None:
    missing = [word for word in text.split() if word not in shown]
    _demand(
        not missing,
        f"{what} did not reach the platform whole: {missing} is not in what it shows: {shown[:500]!r}",
    )


def _given(fixture: T | None, name: str) -> T:
    if not fixture:
        # Not every platform can show what it holds, close a channel or be made to fail in a test.
        pytest.skip(f"give the fixture `{name}` to run this law")
    return fixture


async def _post(
    adapter: Adapter,
    target: Target,
    message: Message,
    key: str,
    attempt: int = 1,
    what: str = "a plain message",
) -> str:
    limit = asyncio.timeout(adapter.post_timeout.total_seconds())
    try:
        async with limit:
            return await adapter.post(target, message, Ticket(key, attempt, NOW))
    except Exception as error:  # noqa: BLE001 - whatever it is, the card was lost
        if limit.expired():
            _fail(f"post must answer within post_timeout ({adapter.post_timeout}).")
        _fail(f"post must post {what}; it raised {error!r}.")


async def _only_delivery_errors(call: Awaitable[T], name: str) -> T:
    try:
        return await call
    except DeliveryError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the wrong one
        _fail(f"{name} may raise only a kind of bot.errors.DeliveryError; it raised {error!r}.")
