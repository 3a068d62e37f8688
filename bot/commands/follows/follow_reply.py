"""What /follow answers, for each thing that can come of it."""

from __future__ import annotations

from collections.abc import Iterable

from bot.commands.follows import backtest, wording
from bot.commands.follows.backtest import Backtest
from bot.commands.follows.told import Told
from bot.models import Button, Follow, Rhythm
from bot.prose import Bold, Code, Prose, listed, prose
from bot.query import LIMIT, Query, also_counts
from bot.reply import Reply

ADDABLE = ("semiconductors", "batteries")
"""Words to show how words are added; the second for those who follow the first."""


def followed(
    query: Query, told: Told, test: Backtest, others: Iterable[Follow], follow_id: int, *, alone: str
) -> Reply:
    """Say what is followed now and what it would have found; ``others`` may find the same.

    ``alone`` says where the person can type for themselves.
    """
    undo, change = Button("Undo", f"/unfollow #{follow_id}"), Button("Change…", f"/change #{follow_id}")
    at_once = told.follow.rhythm is Rhythm.NOW
    phrase = (Button("Make it a phrase", f"/phrase #{follow_id}"),) if query.plain_words else ()
    if not test.looked:
        return Reply(_nothing_known(told, alone), buttons=(undo, change))
    if not test.hits:
        return Reply(_quiet(query, told, test), buttons=(Button("Add words…", f"/change #{follow_id}"), undo))
    note = _overlap(test, others)
    if test.noisy and at_once:
        daily = Button("Daily digest", f"/change #{follow_id} when:daily")
        keep = Button("Keep at once", f"/change #{follow_id} when:now")
        return Reply(prose(_noisy(query, told, test), note), buttons=(daily, keep, *phrase, undo))
    text = _several(query, told, test) if query.plain_words else _success(query, told, test)
    return Reply(prose(text, note), buttons=(*phrase, undo, change))


def _success(query: Query, told: Told, test: Backtest) -> Prose:
    # What other forms count depends on the language that a post is written in.
    forms = (form for one in test.hits for form in also_counts(query, one.entry.language))
    also = next(forms, "")
    exact = prose("\nAlso counts “", Bold(also), "”. For the exact word use quotes.") if also else ()
    return prose(
        *("You now follow ", wording.name(told), " in ", wording.scope(told), ". ", wording.delivery(told)),
        *("\nIt would have matched ", wording.found(test), exact),
    )


def _what(query: Query, told: Told) -> Prose:
    """Write what is followed; of several words it is said that all must stand there."""
    if not query.plain_words:
        return prose(wording.name(told))
    words = listed([Bold(word) for word in query.words], between=" and ")
    unwanted = prose(", not ", listed([Bold(term.typed) for term in query.excluded], between=" or "))
    return prose("posts that mention ", words, unwanted if query.excluded else ())


def _several(query: Query, told: Told, test: Backtest) -> Prose:
    return prose(
        *("You now follow ", _what(query, told)),
        *(
            wording.where(told),
            f" ({wording.of_newest(len(test.hits), test.looked)}).",
            wording.special(told),
        ),
    )


def _noisy(query: Query, told: Told, test: Backtest) -> Prose:
    rate = backtest.often(test.rate)
    return prose(
        *("You now follow ", _what(query, told), wording.where(told)),
        f": {wording.of_newest(len(test.hits), test.looked)} posts match{f', {rate}' if rate else ''}.",
        *(wording.special(told), " A daily digest may be calmer."),
    )


def _quiet(query: Query, told: Told, test: Backtest) -> Prose:
    typed = told.follow.typed
    other = ADDABLE[1] if ADDABLE[0] in typed.casefold() else ADDABLE[0]
    last = "The last post doesn't" if test.looked == 1 else f"None of the last {test.looked} posts"
    all_of_it = "them all" if query.plain_words else "it"
    more = f"{typed}, {other}"
    add = prose(" You can add words: ", Code(f"/follow {more}"), ".") if len(more) <= LIMIT else ()
    return prose(
        *("You now follow ", _what(query, told), wording.where(told), ".", wording.special(told)),
        *(f" {last} mention {all_of_it}, so it may be quiet.", add),
    )


def _nothing_known(told: Told, alone: str) -> Prose:
    text = prose("You now follow ", wording.name(told), wording.where(told), ". ", wording.delivery(told))
    if told.names:
        return prose(text, " No posts are known yet, so I can't say what it will find.")
    add = Code("/feeds add https://…")
    return prose(
        text,
        " But no feed is within your reach yet. Add one with ",
        add,
        f", in a channel or, for yourself, {alone}.",
    )


def _overlap(test: Backtest, others: Iterable[Follow]) -> Prose:
    found = backtest.overlap(test.hits, others)
    if found is None:
        return ()
    other, shared = found
    hits = len(test.hits)
    every = {1: "this post", 2: "both of these posts"}.get(hits, f"all {hits} of these posts")
    posts = every if shared == hits else f"{shared} of these {hits} posts"
    said = f" already alerts you to {posts}; you'll still get one message per post."
    return prose("\nNote that ", Bold(other.typed), said)


def already(follow_id: int, told: Told, *, asked: Rhythm) -> Reply:
    """Say that a follow is there already; ``asked`` is when its alerts were wanted this time."""
    text = prose(
        "You already follow ", wording.name(told), " (", wording.briefly(told), "). Nothing changed."
    )
    buttons = (Button("Change…", f"/change #{follow_id}"), Button("Unfollow", f"/unfollow #{follow_id}"))
    if asked in {told.follow.rhythm, Rhythm.NOW}:
        return Reply(text, buttons=buttons)
    wanted = Button(f"Get it {wording.BRIEFLY[asked]}", f"/change #{follow_id} when:{asked}")
    return Reply(text, buttons=(wanted, *buttons))


def too_many(limit: int) -> Reply:
    """Say that a person follows as much as they can."""
    follows = "1 follow" if limit == 1 else f"{limit} follows"
    text = prose(
        f"You have {follows}, the limit here. Unfollow one, or join some with commas: ",
        *(Code("chips, TSMC, semiconductors"), " counts once."),
    )
    return Reply(text, buttons=(Button("Show my follows", "/following"),))


def none_yet() -> Reply:
    """Say that a person follows nothing."""
    text = prose("You don't follow anything yet. Try ", Code("/follow semiconductors"), ".")
    return Reply(text, buttons=(Button("Follow a keyword", "/follow"),))
