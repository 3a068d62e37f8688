"""Word forms: the one form under which the singular, plural and possessive of a word are the same.

In English only these three are joined (``organ`` is not ``organic``); in other languages it is what
Snowball's stemmers join. Words come in as ``bot.words`` folds them: lower case, without accents.
"""

from __future__ import annotations

import threading
import unicodedata
from functools import cache, lru_cache
from typing import Protocol

import snowballstemmer  # type: ignore[import-untyped]  # it comes without types

ENGLISH = "english"
STEMMERS = {
    "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "en": ENGLISH, "es": "spanish",
    "et": "estonian", "eu": "basque", "fi": "finnish", "fr": "french", "ga": "irish", "hu": "hungarian",
    "id": "indonesian", "it": "italian", "lt": "lithuanian", "nb": "norwegian", "nl": "dutch",
    "nn": "norwegian", "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian",
    "sv": "swedish", "tr": "turkish",
    "ru": "russian", "sr": "serbian", "el": "greek", "ar": "arabic", "fa": "persian", "hi": "hindi",
    "ne": "nepali", "hy": "armenian", "ta": "tamil", "yi": "yiddish",
}  # fmt: skip
USUAL = {
    "LATIN": ENGLISH,
    "CYRILLIC": "russian",
    "GREEK": "greek",
    "ARABIC": "arabic",
    "DEVANAGARI": "hindi",
    "ARMENIAN": "armenian",
    "TAMIL": "tamil",
}
"""The word forms of a script where the language declared is not written in it, or none is declared."""
SCRIPTS = {
    **dict.fromkeys(("ru", "be", "bg", "kk", "ky", "mk", "mn", "sr", "tg", "uk"), "CYRILLIC"),
    **dict.fromkeys(("ar", "fa", "ps", "ur"), "ARABIC"),
    **dict.fromkeys(("hi", "mr", "ne", "sa"), "DEVANAGARI"),
    **dict.fromkeys(("he", "yi"), "HEBREW"),
    **dict.fromkeys(("am", "ti"), "ETHIOPIC"),
    **dict.fromkeys(("zh", "ja", "ko", "th", "lo", "km", "my"), ""),
    "el": "GREEK", "hy": "ARMENIAN", "ta": "TAMIL", "bn": "BENGALI", "gu": "GUJARATI", "ka": "GEORGIAN",
    "kn": "KANNADA", "ml": "MALAYALAM", "pa": "GURMUKHI", "si": "SINHALA", "te": "TELUGU",
}  # fmt: skip
"""Languages that are not written in Latin letters; "": in letters that have no word forms."""

_LOCK = threading.Lock()  # a Snowball stemmer keeps the word it works on in itself


def _each(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ALONE = _each(
    "news lens gas mars does goes yes its this thus was has his hers ours yours theirs goods always perhaps "
    "afterwards towards besides species series headquarters diabetes rabies aids "
    "texas kansas arkansas dallas vegas paris wales athens naples brussels philippines netherlands maldives "
    "bahamas honduras laos cyprus siemens mercedes adidas thales james charles jones hughes williams davis "
    "atlas bias canvas alias christmas pancreas chaos cosmos kudos asbestos ethos pathos "
    "aws cbs cms cvs dns dos gps ids ios irs nas nbs nhs pbs pos rds sas sls sms tls ups vms als mls eas ims "
    "ebs ecs eks fps hbs nps ops usps asos macos"
)
"""No plurals: the word without its ``s`` would be another word, or none."""
_IRREGULAR = dict(
    pair.split(":")
    for pair in _each(
        "men:man women:woman children:child mice:mouse feet:foot teeth:tooth geese:goose oxen:ox lice:louse "
        "wolves:wolf knives:knife wives:wife lives:life halves:half shelves:shelf thieves:thief calves:calf "
        "loaves:loaf elves:elf selves:self scarves:scarf hooves:hoof dwarves:dwarf leaves:leaf wharves:wharf "
        "criteria:criterion phenomena:phenomenon indices:index matrices:matrix vertices:vertex "
        "appendices:appendix analyses:analysis crises:crisis theses:thesis bases:base oases:oasis "
        "hypotheses:hypothesis diagnoses:diagnosis prognoses:prognosis syntheses:synthesis "
        "emphases:emphasis parentheses:parenthesis paralyses:paralysis catalyses:catalysis "
        "movies:movie cookies:cookie zombies:zombie rookies:rookie calories:calorie selfies:selfie "
        "hoodies:hoodie genies:genie brownies:brownie pixies:pixie smoothies:smoothie indies:indie "
        "caches:cache aches:ache headaches:headache niches:niche avalanches:avalanche quiches:quiche "
        "shoes:shoe axes:axe toes:toe canoes:canoe foes:foe woes:woe hoes:hoe oboes:oboe "
        "gases:gas biases:bias atlases:atlas canvases:canvas aliases:alias lenses:lens irises:iris "
        "ais:ai apis:api cpus:cpu dpus:dpu gpus:gpu npus:npu tpus:tpu uis:ui menus:menu gurus:guru "
        "emojis:emoji kiwis:kiwi rabbis:rabbi safaris:safari saudis:saudi skis:ski taxis:taxi "
        "tsunamis:tsunami wikis:wiki yetis:yeti israelis:israeli iraqis:iraqi pakistanis:pakistani "
        "bangladeshis:bangladeshi alibis:alibi "
        "metropolises:metropolis quizzes:quiz impasses:impasse uses:use reuses:reuse fuses:fuse muses:muse "
        "ruses:ruse excuses:excuse abuses:abuse misuses:misuse refuses:refuse recluses:recluse"
    )
)
_MEN = _each(
    "air alder anchor business camera chair clergy council crafts english fire fisher french front gentle "
    "gun horse irish journey lay mail marks middle noble ombuds police post sales scots service snow spokes "
    "sports states trades weather work wo"
)
"""What stands before ``men`` in a plural: not in ``omen``, ``Yemen`` or ``Xiamen``."""
_COUNTED = _each(
    "academic antibiotic asic attic basic catholic classic clinic comic cosmetic critic cynic diabetic "
    "epidemic fabric graphic heretic lyric magic mechanic medic metric mic mosaic narcotic pandemic panic "
    "pic picnic plastic relic republic sceptic skeptic statistic synthetic tactic topic tonic tropic"
)
"""Words in ``ic`` that have a plural; the rest are the names of fields (``robotics`` is not ``robotic``)."""


class Stemmer(Protocol):
    """What we use of a Snowball stemmer."""

    def stemWord(self, word: str) -> str:  # noqa: N802 - Snowball's name for it
        """Take the endings off a word."""


@lru_cache(maxsize=4096)
def speech(language: str | None) -> str:
    """Name the word forms of a feed in this language (BCP 47): equal names mean equal forms.

    "" for the usual ones: English, with Russian, Greek and so on for words in their letters.
    """
    tag = (language or "en").replace("_", "-").partition("-")[0].casefold()
    if len(tag) not in {2, 3} or tag == "und":
        return ""
    script = SCRIPTS.get(tag, "LATIN")
    stemmer = STEMMERS.get(tag, "")
    return "" if USUAL.get(script, "") == stemmer else f"{script}:{stemmer}"


def stem(word: str, speech: str = "") -> str:
    """Give the form that stands for all regular forms of a folded word."""
    rules = _rules(word, speech)
    if rules == ENGLISH:
        return singular(word)
    return _stemmed(word, rules) if rules else word


def is_english(word: str, speech: str = "") -> bool:
    """Say whether a word has the forms of English in a feed of this speech."""
    return _rules(word, speech) == ENGLISH


def singular(word: str) -> str:
    """Give the singular of an English word; a word that is no plural comes back as it is."""
    base = word.removesuffix("'s")
    if base in _ALONE:
        return base
    if base in _IRREGULAR:
        return _IRREGULAR[base]
    if base.endswith("men") and (base[:-3] in _MEN or base.endswith("women")):
        return base[:-2] + "an"
    if len(base) < len("EVs") or not base.endswith("s") or base.endswith(("ss", "us", "is")) or "." in base:
        return base
    return _without_s(base)


def plural(word: str) -> str | None:
    """Give the plural of an English word, where one would say it."""
    if len(word) < len("chip") or not word.isalpha() or word.endswith(("ing", "ed", "ly")):
        return None
    regular = word + "es" if word.endswith(("s", "x", "z", "ch", "sh")) else word + "s"
    if word[-1] in "yo" and word[-2] not in "aeiou":
        regular = word[:-1] + "ies" if word.endswith("y") else ""  # photos but potatoes: better say nothing
    guesses = (*(many for many, one in _IRREGULAR.items() if one == word), regular)
    return next((many for many in guesses if many and singular(many) == word), None)


def _without_s(word: str) -> str:
    """Take the ending of a regular plural away: -ies, -es after a hiss, or -s."""
    if word.endswith("ics") and word[:-1] not in _COUNTED:
        return word
    if word.endswith("ies") and len(word) > len("ties"):
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "sses", "xes", "zzes", "tzes", "oes")):
        return word[:-2]
    if word.endswith("uses") and word[-5] not in "ao":  # viruses, not houses or causes
        return word[:-2]
    return word[:-1]


@lru_cache(maxsize=16_384)
def _stemmed(word: str, rules: str) -> str:
    if rules == "portuguese" and word.endswith("oes"):
        word = word[:-3] + "ao"  # ações is the plural of ação; Snowball keeps them apart
    with _LOCK:
        return _stemmer(rules).stemWord(word) or word


def _rules(word: str, speech: str) -> str:
    script, _, own = speech.partition(":")
    written = _script(word)
    return own if speech and written == script else USUAL.get(written, "")


def _script(word: str) -> str:
    """Name the script of the first letter as Unicode does; a word of figures counts as Latin."""
    if word.isascii():
        return "LATIN"
    for character in word:
        if character.isalpha():
            return _script_of(character)
    return "LATIN"


@lru_cache(maxsize=4096)
def _script_of(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


@cache
def _stemmer(name: str) -> Stemmer:
    stemmer: Stemmer = snowballstemmer.stemmer(name)
    return stemmer
