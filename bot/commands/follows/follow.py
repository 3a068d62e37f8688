"""Follow words: save the query, and say at once what it would have found."""

from __future__ import annotations

import re
from functools import partial

from bot.command import Caller, Command, Kind, Option, Values
from bot.commands import find
from bot.commands.desk.front import spoken
from bot.commands.follows import backtest, follow_reply, greeting, saving, wording
from bot.commands.follows.follow_form import ALL, FEED, FLAGS, TO, WHEN, WORDS, form, written
from bot.commands.follows.told import Told
from bot.commands.tools import Refusal, Tools
from bot.guard import redact
from bot.models import Button, Habits, Rhythm
from bot.prose import Code, prose
from bot.query import Query, QueryError, parse, split_flags
from bot.reply import Choice, Form, Reply
from bot.store.follows import NewFollow
from bot.text import clean

_ADDRESS = re.compile(r"(?:[a-z][a-z0-9+.-]*://|www\.)\S+", re.IGNORECASE)
_FORMS = {
    "follow": ("Follow a keyword", "Follow"),
    "preview": ("Try a keyword", "Show what would have matched"),
}
"""Title and submit button of the form of each command."""


def commands(tools: Tools) -> tuple[Command, ...]:
    """Declare the commands."""
    options = (WORDS, FEED, TO, WHEN)
    purposes = tuple(Choice(name.capitalize(), name) for name in _FORMS)
    purpose = Option("purpose", Kind.CHOICE, "What the form is for", flag="for", choices=purposes)
    return (
        Command(
            ("follow",),
            "Get a message when a feed mentions a word",
            partial(_follow, tools),
            options,
            example="/follow semiconductors",
        ),
        Command(
            ("form",),
            "Open the form of a new follow, filled in",
            _open,
            (*options, purpose),
            behind_button=True,
        ),
        Command(
            ("preview",),
            "Show what a follow would have matched, without following",
            partial(_preview, tools),
            options,
            behind_button=True,
        ),
    )


async def _follow(tools: Tools, caller: Caller, values: Values) -> Reply:
    words = values.get("words", "").strip()
    if not words:
        text = prose("Which words shall I look for? For example: ", Code("/follow semiconductors"))
        return Reply(text, form=_form(caller, values, "follow"))
    if _ADDRESS.fullmatch(words):
        return _for_feeds(caller, words)
    query = read_words(values, "/follow", "/form")
    wanted = await _draft(tools, caller, values, query)
    names = await backtest.within(tools, wanted)
    test = await backtest.look_through(tools, names, query)
    limit, now = tools.settings.follows_per_person, tools.clock()
    saved = await tools.db.write(lambda c: saving.save(c, wanted, caller, limit=limit, now=now))
    if saved.already is not None:
        there = Told(saved.already, names, saved.habits)
        return follow_reply.already(saved.already.id, there, asked=wanted.rhythm)
    if saved.follow_id is None:
        return follow_reply.too_many(limit)
    others = [one for one in saved.others if one.target == wanted.target and one.paused_at is None]
    told = Told(wanted, names, saved.habits)
    reply = follow_reply.followed(query, told, test, others, saved.follow_id, alone=caller.alone)
    return await greeting.before(tools, caller, wanted, saved.follow_id, reply)


async def _preview(tools: Tools, caller: Caller, values: Values) -> Reply:
    if not values.get("words", "").strip():
        asked = _form(caller, values, "preview")
        return Reply(prose("Which words shall I try on the newest posts?"), form=asked)
    query = read_words(values, "/preview", "/form for:preview")
    wanted = await _draft(tools, caller, values, query)
    names = await backtest.within(tools, wanted)
    test = await backtest.look_through(tools, names, query)
    told = Told(wanted, names, Habits())
    text = prose(wording.name(told), wording.where(told), " would have matched ", wording.found(test))
    return Reply(text, buttons=(Button("Follow", written("/follow", values)),))


async def _open(caller: Caller, values: Values) -> Reply:
    return Reply(
        prose("Which words shall I look for?"), form=_form(caller, values, values.get("purpose", "follow"))
    )


def _form(caller: Caller, values: Values, name: str) -> Form:
    return form(caller, f"/{name}", *_FORMS[name], values)


def _for_feeds(caller: Caller, address: str) -> Reply:
    where, label = ("to you", "Add this feed") if caller.direct else ("in this channel", "Add this feed here")
    verb = "send it" if caller.direct else "post it"
    text = prose(
        f"That looks like a feed address. To {verb} {where}: ", Code(f"/feeds add {redact(address)}"), "."
    )
    return Reply(text, buttons=(Button(label, f"/feeds add {address}"),))


def read_words(values: Values, command: str, form_command: str) -> Query:
    """Read the query among the values.

    Raises Refusal with what is wrong, a button that gives ``command`` with what was probably meant,
    and one that opens the form, filled in.
    """
    try:
        words, flags = split_flags(values["words"], FLAGS)
        if not flags:
            return parse(words)
    except QueryError as error:
        fixed = (Button("Try that", written(command, {**values, "words": error.fix})),) if error.fix else ()
        mend = Button("Open the form", written(form_command, values))
        raise Refusal(Reply(spoken(str(error)), buttons=(*fixed, mend))) from error
    flag = next(iter(flags))
    text = prose("Leave ", Code(f"{flag}:"), " out of the words: it has a field of its own.")
    mend = Button("Open the form", written(form_command, {**values, "words": words}))
    raise Refusal(Reply(text, buttons=(mend,)))


async def _draft(tools: Tools, caller: Caller, values: Values, query: Query) -> NewFollow:
    feed_id = None
    if values.get("feed", "").casefold() not in {ALL, ""}:
        feed_id = (await find.feed(tools, caller, values["feed"])).feed_id
    target = caller.person
    if "to" in values:
        target = await find.channel(tools, caller, values["to"])
        await find.allow(tools, caller, target)
    return NewFollow(
        owner=caller.person,
        target=target,
        typed=clean(values["words"]),
        canonical=str(query),
        rhythm=Rhythm(values.get("when", Rhythm.NOW)),
        feed_id=feed_id,
        space=find.space_of(caller),
        made_in=None if caller.direct else caller.place,
    )
