"""All that a person follows, a page at a time."""

from __future__ import annotations

from functools import partial

from bot.command import Caller, Command, Kind, Option, Values
from bot.commands import find
from bot.commands.channels import phrases
from bot.commands.follows import backtest, follow_reply, followed, greeting, wording
from bot.commands.follows.followed import Page
from bot.commands.follows.told import Told
from bot.commands.tools import Tools
from bot.errors import CommandError
from bot.models import Button, Follow, Habits
from bot.prose import Bold, Prose, listed, prose
from bot.query import QueryError, reread
from bot.reply import Choice, Reply
from bot.store import follows, subscriptions
from bot.store.follows import Addressee


def commands(tools: Tools) -> tuple[Command, ...]:
    """Declare the commands."""
    page = Option("page", Kind.NUMBER, "The page of a long list", least=1)
    return (
        Command(("following",), "See and change what you follow", partial(_following, tools), (page,)),
        Command(
            ("following", "retry"),
            "Try to send you direct messages again",
            partial(_retry, tools),
            (Option("follow", Kind.FOLLOW, "Which one the person just made"),),
            behind_button=True,
        ),
        Command(
            ("following", "preview"),
            "Show what a follow would have matched",
            partial(_preview, tools),
            (Option("follow", Kind.FOLLOW, "Its number, or its words", required=True),),
            behind_button=True,
        ),
    )


async def _following(tools: Tools, caller: Caller, values: Values) -> Reply:
    page = await followed.page(tools, caller.person, int(values.get("page", "1")))
    if not page.total:
        return follow_reply.none_yet()
    further = (Button("Next page", f"/following {page.number + 1}"),) if page.number < page.pages else ()
    back = (Button("Previous page", f"/following {page.number - 1}"),) if page.number > 1 else ()
    buttons = (
        *retry_of(page.person),
        *back,
        *further,
        Button("Follow a keyword", "/follow"),
        Button("Unfollow…", "/unfollow"),
    )
    return Reply(text(page, caller), buttons=buttons, choices=menu(page))


def retry_of(person: Addressee) -> tuple[Button, ...]:
    """Offer to try again where direct messages do not reach a person."""
    return (greeting.RETRY,) if person.paused or person.unreached else ()


def menu(page: Page) -> tuple[Choice, ...]:
    """Let each follow of a page be chosen, to change it."""
    return tuple(Choice(find.shortened(one.typed), f"/change #{one.id}") for one in page.follows)


def text(page: Page, caller: Caller) -> Prose:
    """Write a page as a list below its header."""
    return prose(_header(page, caller), *(prose("\n• ", _row(one, page)) for one in page.follows))


def _header(page: Page, caller: Caller) -> Prose:
    paused = followed.unreached(page.person)
    of = f", page {page.number} of {page.pages}" if page.pages > 1 else ""
    total = phrases.times_of(page.total, "follow", "follows")
    quiet, digests = followed.times(page.person.habits, caller)
    return prose(paused, "\n" if paused else "", f"You have {total}{of}.\n{quiet}. {digests}.")


def _row(follow: Follow, page: Page) -> Prose:
    told = page.told(follow)
    where = [] if follow.target == follow.owner else [wording.way(follow)]
    facts = [wording.scope(told), prose(wording.BRIEFLY[follow.rhythm]), *where]
    facts += followed.record(follow, page) + followed.state(follow, page)
    return prose(wording.name(told), f" ({follow.id}): ", listed(facts))


async def _preview(tools: Tools, caller: Caller, values: Values) -> Reply:
    """Look through just what counts for the follow in the list."""
    follow = await find.follow(tools, caller, values["follow"])
    muted = (await tools.db.read(lambda c: follows.muted(c, [follow.id]))).get(follow.id, set())
    names = await backtest.within(tools, follow)
    looked_in = {feed_id: name for feed_id, name in names.items() if feed_id not in muted}
    told = Told(follow, names, Habits())
    buttons = (Button("Change…", f"/change #{follow.id}"), Button("Unfollow", f"/unfollow #{follow.id}"))
    try:
        query = reread(follow.canonical)
    except QueryError:  # kept by a version that could read it
        raise CommandError("I can't read the words of that follow any more. Change them.") from None
    test = await backtest.look_through(tools, looked_in, query)
    said = prose(wording.name(told), wording.where(told))
    if not test.looked:
        return Reply(prose(said, ": no posts are known yet."), buttons=buttons)
    return Reply(prose(said, " would have matched ", wording.found(test)), buttons=buttons)


async def _retry(tools: Tools, caller: Caller, values: Values) -> Reply:
    made = await find.follow(tools, caller, values["follow"]) if "follow" in values else None
    cure = await greeting.greet(tools, caller.person, "You'll get your alerts here.")
    if cure is not None:
        return Reply(cure, buttons=_ways_out(caller, made))
    now = tools.clock()
    resumed = await tools.db.write(lambda c: subscriptions.resume_target(c, caller.person, now=now))
    if made is not None and not resumed:
        said = prose("I can send you direct messages now: you follow ", Bold(find.shortened(made.typed)), ".")
        return Reply(said, buttons=_undo(made))
    if not resumed:
        return Reply(prose("Nothing is held up: I can message you, as far as I know."))
    tools.enqueued()
    return Reply(prose("I'll try again now. If it fails once more, I'll say so at the top of your list."))


def _ways_out(caller: Caller, made: Follow | None) -> tuple[Button, ...]:
    return (greeting.RETRY,) if made is None else (*greeting.ways_out(caller, made.id), *_undo(made))


def _undo(made: Follow) -> tuple[Button, ...]:
    return (Button("Undo", f"/unfollow #{made.id}"), Button("Change…", f"/change #{made.id}"))
