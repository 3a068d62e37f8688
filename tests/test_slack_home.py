"""The Home tab: within Slack's limits whatever there is to show, each row with its menu, and kept true."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.slack import buttons, home
from adapters.slack.buttons import Press
from adapters.slack.homes import Homes
from adapters.slack.rooms import Rooms
from bot.adapter import Scratch
from bot.models import Button
from bot.prose import Bold, prose
from bot.reply import Field, Form, Part, Reply, Row
from tests.loopback.slack import Hang, RateLimited, Refuse, Reset, View
from tests.loopback.slack.contract import view
from tests.slack_room import Clerk, Counter, counter, office, said, until
from tests.workspace import Workspace, opened

SOME = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
TEXTS = st.builds(lambda text, times: text * times, SOME, st.sampled_from([1, 5, 50, 500]))
PROSE = st.lists(TEXTS | st.builds(Bold, TEXTS), max_size=3).map(tuple)
BUTTONS = st.lists(st.builds(Button, TEXTS, SOME.map(lambda text: f"/{text}")), max_size=7).map(tuple)
PARTS = st.builds(
    Part, TEXTS, PROSE, BUTTONS, st.lists(st.builds(Row, PROSE, BUTTONS), max_size=70).map(tuple)
)
FORM = Form("Words", "/follow", (Field("words", "Words"),))


@pytest.fixture
def clerk() -> Clerk:
    """Sit at the desk."""
    return Clerk()


@pytest.fixture
async def here(clerk: Clerk) -> AsyncIterator[Counter]:
    """Open a workspace with a clerk at the desk."""
    async with counter(clerk) as made:
        yield made


async def drawn(reply: Reply) -> dict[str, Any]:
    """Draw a page."""
    return {**await home.view(reply, owner="U1", ledger=Scratch())}


@settings(deadline=None, max_examples=25)
@given(st.lists(PARTS, max_size=3), PROSE)
async def test_any_page_is_within_limits(parts: list[Part], text: Any) -> None:  # noqa: ANN401 - a sentence
    """Whatever there is to show, Slack takes it."""
    page = await drawn(Reply(text or prose("Nothing."), parts=tuple(parts)))
    assert [str(breach) for breach in view(page, "home").everything] == []


async def test_a_page_as_it_looks() -> None:
    """A header, what can be done, the facts, and a row for each thing with what can be done about it."""
    row = Row(
        prose(Bold("ferries"), "\nAll feeds · by DM, at once"),
        (Button("Edit…", "/change #90"), Button("Unfollow", "/unfollow #90")),
    )
    part = Part("What you follow", prose("3 of 50 follows used"), (Button("Follow", "/follow"),), (row,))
    page = await drawn(Reply((), parts=(part, Part("Feeds in your channels"))))
    kinds = ["header", "actions", "context", "divider", "section", "divider", "header"]
    assert [block["type"] for block in page["blocks"]] == kinds
    listed = page["blocks"][4]
    assert listed["text"]["text"] == "*ferries*\nAll feeds · by DM, at once"
    options = listed["accessory"]["options"]
    assert [one["text"]["text"] for one in options] == ["Edit…", "Unfollow"]
    pressed = await buttons.read(options[0]["value"], Scratch())
    assert pressed == Press("/change #90", "U1", opens=True)


async def test_an_answer_that_is_no_page_is_shown_as_its_text() -> None:
    """Where the desk has no page, what it says stands there instead."""
    page = await drawn(Reply(prose("Something went wrong.")))
    assert [block["text"]["text"] for block in page["blocks"]] == ["Something went wrong."]


async def test_the_home_is_drawn_and_kept_true(here: Counter, clerk: Clerk) -> None:
    """Opened once, the Home tab shows what is so now, and anew after anything that the person does."""
    clerk.replies["/home"] = _page("chips")
    await (await here.slack.opens_home(here.maria)).ack()
    await until(lambda: here.slack.home(here.maria) is not None)
    clerk.replies["/home"] = _page("ferries")
    await here.types("/following")
    await until(lambda: "ferries" in str(_home(here).blocks))
    published = len(here.slack.called("views.publish"))
    await asyncio.gather(*(here.types("/following") for _ in range(3)))
    await asyncio.sleep(0.4)
    assert len(here.slack.called("views.publish")) == published + 1  # several changes are one
    await here.types("/following", user=here.joe)
    await asyncio.sleep(0.4)
    assert len(here.slack.called("views.publish")) == published + 1  # joe has never opened his


async def test_who_is_forgotten_keeps_no_page(here: Counter, clerk: Clerk) -> None:
    """A page is drawn anew also after the command by which all about its reader was forgotten."""
    clerk.replies["/home"] = _page("chips")
    await (await here.slack.opens_home(here.maria)).ack()
    await until(lambda: here.slack.home(here.maria) is not None)
    clerk.replies["/home"], clerk.takes = _page("nothing"), 0.1
    call = await here.slack.types(here.maria, here.news, "/wireroom", "data forget")
    await until(lambda: clerk.commands_asked)
    await here.ledger.erase(f"home:{here.maria.id}")
    await call.answer()
    await until(lambda: "nothing" in str(_home(here).blocks))
    assert "chips" not in str(_home(here).blocks)
    assert await here.ledger.note(f"home:{here.maria.id}") is None


@pytest.fixture
async def ws() -> AsyncIterator[Workspace]:
    """Open a workspace without a bot in it."""
    async with opened() as made:
        yield made


def shown(ws: Workspace) -> str:
    """Read what maria's page says."""
    view = ws.fake.home(ws.maria)
    return str(view.blocks) if view else ""


async def test_the_newest_state_of_a_home_comes_last(ws: Workspace) -> None:
    """While a page is on its way, a newer one waits; of all that change meanwhile one is made."""
    clerk = Clerk(replies={"/home": _page("chips")})
    homes = Homes(clerk, Scratch(), ws.web, Rooms(ws.web), pause=0.01)
    ws.fake.fail("views.publish", Hang(0.3, accepted=False))
    homes.changed(ws.maria.id, "/home")
    await until(lambda: ws.fake.called("views.publish"))
    clerk.replies["/home"] = _page("ferries")
    for _ in range(3):
        homes.changed(ws.maria.id, "/home")
        await asyncio.sleep(0.03)
    await until(lambda: not homes._turns)
    assert "ferries" in shown(ws)
    assert len(ws.fake.called("views.publish")) == len(clerk.asked) == 2
    assert not homes._waiting
    await homes.close()


@pytest.mark.parametrize("fault", [RateLimited(1), Refuse("internal_error"), Reset()])
async def test_a_home_that_slack_does_not_take_is_published_again(
    ws: Workspace, fault: RateLimited | Refuse | Reset
) -> None:
    """A page that was refused comes once more, after as long as Slack asks to wait, and as it is then."""
    clerk = Clerk(replies={"/home": _page("chips")})
    homes = Homes(clerk, Scratch(), ws.web, Rooms(ws.web), pause=0.0, again=0.1)
    ws.fake.fail("views.publish", fault)
    opening = asyncio.create_task(homes.opened(ws.maria.id))
    await until(lambda: ws.fake.called("views.publish"))
    clerk.replies["/home"] = _page("ferries")
    await opening
    assert "ferries" in shown(ws)
    assert len(ws.fake.called("views.publish")) == 2


def _page(word: str) -> Reply:
    row = Row(prose(Bold(word)), (Button("Edit…", "/change #1"), Button("Preview", "/preview #1")))
    part = Part("What you follow", prose("1 of 50"), (Button("Next page", "/home page:2"),), (row,))
    return Reply(prose(word), parts=(part,))


def _home(here: Counter) -> View:
    view = here.slack.home(here.maria)
    assert view is not None
    return view


async def test_a_press_in_the_home_opens_forms_and_says_the_rest(here: Counter, clerk: Clerk) -> None:
    """A form opens though the answer holds more, a page is turned, and a text comes in a modal."""
    clerk.replies |= {
        "/home": _page("chips"),
        "/home page:2": _page("ferries"),
        "/change #1": Reply(prose("It is on."), buttons=(Button("Pause", "/skip"),), form=FORM),
        "/preview #1": Reply(prose("3 of 50"), buttons=(Button("Follow", "/follow a"),)),
    }
    await (await here.slack.opens_home(here.maria)).ack()
    await until(lambda: here.slack.home(here.maria) is not None)
    edit = await (await here.slack.chooses(here.maria, _home(here), "Edit…")).opens()
    assert edit.title == "Words"
    shown = await (await here.slack.chooses(here.maria, _home(here), "Preview")).opens()
    assert (said(shown), shown.labels) == ("3 of 50", ["Follow"])
    await (await here.slack.presses(here.maria, shown, "Follow")).opens()
    assert said(shown) == "Well."
    await (await here.slack.presses(here.maria, _home(here), "Next page")).ack()
    await until(lambda: "ferries" in str(_home(here).blocks))


async def test_a_home_that_is_pressed_too_late_answers_by_message(here: Counter, clerk: Clerk) -> None:
    """Where no modal can open any more, the answer is a direct message."""
    clerk.replies["/home"] = _page("chips")
    await (await here.slack.opens_home(here.maria)).ack()
    await until(lambda: here.slack.home(here.maria) is not None)
    here.slack.fail("views.open", Refuse("expired_trigger_id"))
    await (await here.slack.chooses(here.maria, _home(here), "Preview")).ack()
    await until(lambda: here.slack.messages(here.maria))
    assert here.slack.messages(here.maria)[0].text == "Well."


async def test_the_real_home_from_a_follow_to_its_end(tmp_path: Path) -> None:
    """With the desk's own page: a follow is there, is changed in its form, goes, and comes back."""
    async with office(tmp_path) as (here, room):
        await room.feed("Harbour Gazette", ("Ferry line orders two ships",), where=here.target)
        await here.types("/wr-follow ferry")
        await (await here.slack.opens_home(here.maria)).ack()
        await until(lambda: here.slack.home(here.maria) is not None)
        assert "*ferry*" in said(_home(here))
        form = await (await here.slack.chooses(here.maria, _home(here), "Edit…")).opens()
        assert form.title == "Change a follow"
        await (await here.slack.submits(here.maria, form, {"Words to look for": "ship"})).ack()
        await until(lambda: "*ship*" in said(_home(here)))
        assert here.slack.messages(here.maria)[-1].text.startswith("Changed. You now follow ship")
        shown = await (await here.slack.chooses(here.maria, _home(here), "Unfollow")).opens()
        assert "ship" in said(shown)
        await until(lambda: "*ship*" not in said(_home(here)))
        await (await here.slack.presses(here.maria, shown, "Undo")).ack()
        await until(lambda: "*ship*" in said(_home(here)))
