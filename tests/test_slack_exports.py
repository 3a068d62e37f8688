"""Files that go with an answer on Slack: to the person alone, and readable where none can be sent."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from adapters.slack import exports
from adapters.slack.drawn import weight
from adapters.slack.limits import BLOCKS_TOGETHER
from adapters.slack.replies import Page
from bot.prose import plain, prose
from bot.reply import Attachment, Reply
from tests.loopback.slack import Failure, Refuse
from tests.slack_room import Clerk, Counter, counter, said, until


@pytest.fixture
def clerk() -> Clerk:
    """Sit at the desk."""
    return Clerk()


@pytest.fixture
async def here(clerk: Clerk) -> AsyncIterator[Counter]:
    """Open a workspace with a clerk at the desk."""
    async with counter(clerk) as made:
        yield made


async def test_a_file_is_sent_to_the_person(here: Counter, clerk: Clerk) -> None:
    """With the scope a file comes as a direct message, never into the channel."""
    clerk.replies["/following"] = Reply(prose("All of it."), attachment=Attachment("feeds.opml", b"<opml/>"))
    here.slack.world.scopes.add("files:write")
    await here.types("/wr-follow")  # the scopes are learnt with any answer
    answer = await here.types("/following")
    assert answer.text == "All of it.\nI sent you `feeds.opml` as a direct message."
    await until(lambda: any(one.files for one in here.slack.messages(here.maria)))
    (file,) = [file for one in here.slack.messages(here.maria) for file in one.files]
    assert (file.name, file.content) == ("feeds.opml", b"<opml/>")


async def test_without_the_scope_a_file_is_written_out(here: Counter, clerk: Clerk) -> None:
    """Without it the text is shown to be copied, and one that is too long says which ability it takes."""
    clerk.replies["/following"] = Reply(prose("All."), attachment=Attachment("a.opml", b"<opml> & so on"))
    call = await here.slack.types(here.maria, here.news, "/following")
    (_, shown) = await call.answers(2)
    (block,) = shown.blocks
    assert block["elements"][0]["elements"][0]["text"] == "<opml> & so on"
    clerk.replies["/following"] = Reply(prose("All."), attachment=Attachment("a.opml", b"x\n" * 30_000))
    answer = await here.types("/following")
    assert "`wireroom slack manifest --with files`" in said(answer)
    assert not here.slack.called("files.getUploadURLExternal")


def whole(content: str) -> list[Page]:
    """Write a file out, and see that the messages hold all of it or say that they do not."""
    said, pages = exports._written(Attachment("a.json", content.encode(errors="replace")))
    shown = "".join(page.blocks[0]["elements"][0]["elements"][0]["text"] for page in pages)
    assert all(weight(page.blocks) <= BLOCKS_TOGETHER for page in pages)
    assert len(pages) <= exports.PIECES_MOST
    if "too long" not in plain(said):
        assert shown.strip() == content.encode(errors="replace").decode().strip()
    return pages


@example('{"a": "\\n"},', 900)
@example("\x1f" * 50, 400)
@given(st.text(max_size=50), st.integers(min_value=1, max_value=900))
def test_a_file_that_is_written_out_is_whole(line: str, times: int) -> None:
    """The messages hold all of a file, in its order, and no more than Slack takes."""
    whole(f"{line}\n" * times)
    whole(line * times)


def test_quotes_and_line_breaks_weigh_as_they_are_sent() -> None:
    """600 short lines full of quotes, each sent as two signs, are more than one message."""
    pages = whole('{"a": "\\"b\\""},\n' * 600)
    assert len(pages) == 2
    assert all(str(page.blocks[0]["elements"][0]["elements"][0]["text"]).endswith("},\n") for page in pages)


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "upload", "files.completeUploadExternal"])
async def test_a_file_that_slack_does_not_take_is_written_out(
    here: Counter, clerk: Clerk, method: str
) -> None:
    """Whatever fails on the way of a file, the person gets its text."""
    clerk.replies["/following"] = Reply(prose("All."), attachment=Attachment("a.opml", b"<opml/>"))
    here.slack.world.scopes.add("files:write")
    await here.types("/wr-follow")
    here.slack.fail(method, Failure(503) if method == "upload" else Refuse("not_allowed"))
    call = await here.slack.types(here.maria, here.news, "/following")
    (answer, shown) = await call.answers(2)
    assert answer.text == "All.\nCopy it from below: `a.opml`"
    assert "<opml/>" in str(shown.blocks)
