"""Change a follow: its words, where it looks, where and when its alerts come, whether it is paused."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from bot.command import Caller, Command, Kind, Option, Values
from bot.commands import find
from bot.commands.channels import phrases
from bot.commands.follows import backtest, follow_reply, greeting, saving, which, wording
from bot.commands.follows.follow import read_words
from bot.commands.follows.follow_form import ALL, FEED, ME, TO, WHEN, WORDS, current, form, written
from bot.commands.follows.told import Told, look_up
from bot.commands.tools import Refusal, Tools
from bot.errors import CommandError
from bot.models import Button, Follow, Habits, Rhythm
from bot.prose import Bold, Prose, prose
from bot.query import QueryError, parse, reread
from bot.reply import Choice, Field, Form, Reply
from bot.store import Connection, follows
from bot.text import clean

YES, NO, OPEN = "yes", "no", "open"
WORD_LIMIT = 100
FOLLOW = Option("follow", Kind.FOLLOW, "Its number, or its words", required=True)
PAUSED = Option(
    "paused",
    Kind.CHOICE,
    "Send nothing for it until it is resumed",
    flag="paused",
    choices=(Choice("Yes", YES), Choice("No", NO)),
)
FORM = Option(
    "form",
    Kind.CHOICE,
    "All fields of the form are there: a feed left empty means all feeds; or open it, filled in",
    flag="form",
    choices=(Choice("Yes", YES), Choice("Open", OPEN)),
)
_CHANGES = (WORDS, FEED, TO, WHEN, PAUSED, FORM)


def commands(tools: Tools) -> tuple[Command, ...]:
    """Declare the commands."""
    word = Option("word", Kind.TEXT, "The word or phrase to leave out", longest=WORD_LIMIT)
    return (
        Command(
            ("change",),
            "Change what you follow",
            partial(_change, tools),
            (replace(FOLLOW, required=False), *_CHANGES),
            example="/change 12 when:daily",
            behind_button=True,
        ),
        Command(
            ("phrase",),
            "Look for the words of a follow side by side",
            partial(_phrase, tools),
            (FOLLOW,),
            behind_button=True,
        ),
        Command(
            ("exclude",),
            "Leave posts with a word out of a follow",
            partial(_exclude, tools),
            (FOLLOW, word),
            behind_button=True,
        ),
    )


async def _change(tools: Tools, caller: Caller, values: Values) -> Reply:
    if "follow" not in values:
        return await which.choose(tools, caller, "change", "Which one shall I change?")
    old = await find.follow(tools, caller, values["follow"])
    told = await look_up(tools, old)
    if values.get("form") == OPEN or not any(option.name in values for option in _CHANGES):
        return _ask(caller, old, told, values)
    return await change(tools, caller, old, await _wanted(tools, caller, old, told, values))


def _ask(caller: Caller, old: Follow, told: Told, values: Values) -> Reply:
    pause = Button("Pause", f"/change #{old.id} paused:yes")
    if old.paused_at is not None:
        pause = Button("Resume", f"/change #{old.id} paused:no")
    buttons = (
        pause,
        Button("Exclude a word…", f"/exclude #{old.id}"),
        Button("Unfollow", f"/unfollow #{old.id}"),
    )
    text = prose(
        wording.name(told), " (", wording.briefly(told), ").", " It is paused." if old.paused_at else ""
    )
    return Reply(text, buttons=buttons, form=_form(caller, old, told, values))


def _form(caller: Caller, old: Follow, told: Told, values: Values) -> Form:
    """Show what is, and of ``values`` what was wanted."""
    shown = current(caller, old, _feed_name(old, told))
    shown |= {name: "" if values[name] == ALL else values[name] for name in shown if name in values}
    return form(caller, f"/change #{old.id} form:{YES}", "Change a follow", "Save", shown)


def _feed_name(old: Follow, told: Told) -> str:
    return "" if old.feed_id is None else told.names.get(old.feed_id, str(old.feed_id))


async def _wanted(tools: Tools, caller: Caller, old: Follow, told: Told, values: Values) -> Follow:
    new = old
    if clean(values.get("words", old.typed)) != old.typed:
        emptied = {"feed": ALL} if values.get("form") and not values.get("feed") else {}
        query = read_words({**values, **emptied}, f"/change #{old.id}", f"/change #{old.id} form:{OPEN}")
        new = replace(new, typed=clean(values["words"]), canonical=str(query))
    without_feed = "" if "form" in values else _feed_name(old, told)
    if values.get("feed", without_feed).casefold() in {ALL, ""}:
        new = replace(new, feed_id=None)
    elif values.get("feed", _feed_name(old, told)) != _feed_name(old, told):
        new = replace(new, feed_id=(await find.feed(tools, caller, values["feed"])).feed_id)
    now = phrases.spelled(caller, old.target)
    if values.get("to", now) != now:
        new = replace(new, target=await find.channel(tools, caller, values["to"]))
    if values.get("paused") == YES:
        new = replace(new, paused_at=old.paused_at or tools.clock())
    elif values.get("paused") == NO:
        new = replace(new, paused_at=None)
    return replace(new, rhythm=Rhythm(values.get("when", old.rhythm)))


async def change(tools: Tools, caller: Caller, old: Follow, new: Follow) -> Reply:
    """Make a follow what it shall be, and say what it is now; raises Refusal where another does the same."""
    if new == old:
        told = await look_up(tools, old)
        return Reply(prose("Kept: ", wording.name(told), " (", wording.briefly(told), ")."))
    if new != replace(old, paused_at=new.paused_at) or new.paused_at is None:
        await find.allow(
            tools, caller, new.target
        )  # the right to alert a channel can be lost; to pause is free
    names = await backtest.within(tools, new)
    habits = await tools.db.write(lambda c: _save(c, caller, new, names))
    told = Told(new, names, habits)
    buttons = (Button("Undo", _back(caller, old, new)), Button("Change…", f"/change #{new.id}"))
    reply = Reply(prose(_state(old, new, told), await _record(tools, old, new, told)), buttons=buttons)
    return reply if new.target == old.target else await greeting.before(tools, caller, new, new.id, reply)


def _save(c: Connection, caller: Caller, new: Follow, names: dict[int, str]) -> Habits:
    own = follows.of_person(c, caller.person)
    if all(one.id != new.id for one in own):
        raise CommandError("You don't follow that any more.")
    same = saving.twin(new, [one for one in own if one.id != new.id])
    if same is not None:
        there = Told(same, names, follows.addressee(c, same.target).habits)
        raise Refusal(follow_reply.already(same.id, there, asked=same.rhythm))
    follows.rewrite(c, new)
    return saving.settle_timezone(c, caller, new)


def _back(caller: Caller, old: Follow, new: Follow) -> str:
    """Write the command that undoes a change."""
    to = ME if old.target == old.owner else phrases.spelled(caller, old.target)
    was = {
        "words": old.typed if old.canonical != new.canonical else "",
        "feed": str(old.feed_id or ALL) if old.feed_id != new.feed_id else "",
        "to": to if old.target != new.target else "",
        "when": old.rhythm if old.rhythm != new.rhythm else "",
    }
    paused = ""
    if (old.paused_at is None) != (new.paused_at is None):
        paused = f" paused:{NO if old.paused_at is None else YES}"
    return written(f"/change #{old.id}{paused}", was)


def _state(old: Follow, new: Follow, told: Told) -> Prose:
    if new.paused_at is not None:
        return prose(wording.name(told), " is paused: nothing comes for it until you resume it.")
    if old.paused_at is not None:
        return prose(wording.name(told), " is on again (", wording.briefly(told), ").")
    return prose(
        "Changed. You now follow ",
        wording.name(told),
        " in ",
        wording.scope(told),
        ". ",
        wording.delivery(told),
    )


async def _record(tools: Tools, old: Follow, new: Follow, told: Told) -> Prose:
    """Say what is found now, where that may have changed."""
    if (old.canonical, old.feed_id, old.target) == (new.canonical, new.feed_id, new.target):
        return ()
    try:
        query = reread(new.canonical)
    except QueryError:  # kept by a version that could read it; the change holds all the same
        return ()
    test = await backtest.look_through(tools, told.names, query)
    return prose("\nIt would have matched ", wording.found(test)) if test.looked else ()


async def _phrase(tools: Tools, caller: Caller, values: Values) -> Reply:
    old = await find.follow(tools, caller, values["follow"])
    query = parse(old.typed)
    if not query.plain_words:
        raise CommandError('Only several words can become a phrase. Quotes make one anywhere: "solid state".')
    phrase = query.as_phrase()
    typed = " ".join((f'"{" ".join(phrase.words)}"', *(f"-{term}" for term in phrase.excluded)))
    return await change(tools, caller, old, replace(old, typed=typed, canonical=str(phrase)))


async def _exclude(tools: Tools, caller: Caller, values: Values) -> Reply:
    old = await find.follow(tools, caller, values["follow"])
    word = clean(values.get("word", "")).lstrip("-–—").strip('" ')
    if not word:
        text = prose("Which word shall posts not have, to be sent to you for ", Bold(old.typed), "?")
        return Reply(text, form=_exclusion(old))
    more = f'{old.typed} -"{word}"' if " " in word else f"{old.typed} -{word}"
    query = read_words({"words": more}, f"/change #{old.id}", f"/change #{old.id} form:{OPEN}")
    return await change(tools, caller, old, replace(old, typed=more, canonical=str(query)))


def _exclusion(old: Follow) -> Form:
    field = Field("word", "Word or phrase", required=True, longest=WORD_LIMIT)
    return Form("Exclude a word", f"/exclude #{old.id}", (field,), "Exclude")
