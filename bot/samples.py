"""The messages with which ``bot.contract`` tries an adapter: plain ones, and what feeds really hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.models import Button, Card, Correction, Digest, Image, Message, Notice, Reason, Why

NOW = datetime(2026, 4, 15, 14, 0, tzinfo=UTC)
# Single plain words: a platform may wrap, escape or rearrange the text, but the words must come out.
CARD = Card(
    title="Quillmark headline reaches every reader",
    source="Lanternfeed",
    link="https://example.org/contractlink",
    summary="Pebblework summary tells the rest",
    author="Marigold Ostrander",
    source_link="https://example.org",
    image=Image("https://example.org/contractimage.jpg", "Harbourlight photograph"),
    published=NOW - timedelta(minutes=10),
)
CORRECTED = Card(
    title="Thistledown headline stands corrected",
    source="Lanternfeed",
    link="https://example.org/contractlink",
    summary="Pebblework summary tells the rest",
    published=NOW - timedelta(minutes=10),
    correction=Correction(NOW, "Quillmark headline reaches every reader"),
)
NOTICE = Notice(
    "Wickerwork notice: older posts were held back.", (Button("Showthem", "wireroom-contract-command"),)
)
ALERT = Card(
    title="Cobblestone tariff on chips",
    source="Lanternfeed",
    link="https://example.org/contractlink",
    summary="Pebblework summary tells the rest",
    published=NOW - timedelta(minutes=10),
    why=Why(
        words=("chips", "tariff"),
        fields=("title",),
        reasons=(
            Reason(91, "gingerbread, chips", "all feeds"),
            Reason(92, "marzipan, tariff", "Lanternfeed"),
        ),
    ),
    title_marks=((12, 18), (22, 27)),
    buttons=(
        Button("Snoozeit", "/wireroom-contract-snooze 91", "Snooze alerts for “chips” for 24 hours"),
        Button("Unfollowit", "/wireroom-contract-unfollow 91"),
    ),
)
DIGEST = Digest(
    title="Dandelion digest",
    subtitle="Fromtwo follows",
    items=(
        Card(
            title="Saltmarsh headline",
            source="Lanternfeed",
            link="https://example.org/contractone",
            why=Why(("headline",), ("title",), (Reason(91, "headline", "all feeds"),)),
            title_marks=((10, 18),),
        ),
        Card(title="Windmill article", source="Lanternfeed", link="https://example.org/contracttwo"),
    ),
    at=NOW,
    first=16,
    more=7,
    buttons=(Button("Showrest", "/wireroom-contract-more 7"),),
)


def _filled(
    text: str, *, link: str | None = "https://example.org/a", image: str = "https://example.org/i.jpg"
) -> Card:
    return Card(
        title=text,
        source=text,
        link=link,
        summary=text,
        author=text,
        image=Image(image, text),
        published=NOW,
        correction=Correction(NOW, text),
    )


HOSTILE: dict[str, Message] = {
    "mentions": _filled("@everyone @here <!channel> <!here|x> <@1> <@&1> <#C1> <t:1:R> </ban:1>"),
    "markup": _filled(
        "[red] *a* _b_ ~c~ `d` ```e``` |f| <b>&amp;</b> [x](https://e.example) {0} %s ${HOME} \\"
    ),
    "bidi overrides": _filled("invoice \u202egpj.exe\u2066 \u200b\u200d\ufeff"),
    "control and escape codes": _filled("a\x00b\x07c\x1b[2J\x1b]8;;https://e.example\x07d\x9b31m\r\n\te"),
    "an address that tries to break out": _filled(
        "plain", link="https://example.org/\x1b\\>|)] \"'<x>", image="https://example.org/i.jpg?a=b|c>d)"
    ),
    "8,000 characters in each text": _filled("lengthy " * 1_000, link="https://example.org/" + "a" * 1_900),
    "one word of 8,000 characters": _filled("x" * 8_000),
    "emoji and scripts of every width": _filled(
        "👩\u200d👩\u200d👧 🏴 电池 קטלוג فارسی देवनागरी e\u0301\u0301\u0301 \U0001f1e9"
    ),
    "several paragraphs": _filled("one\ntwo\n\nthree"),
    "hostile words that matched": Card(
        title="@everyone *a* <!channel>",
        source="S",
        summary="\u202e`b` [c](https://e.example)",
        why=Why(("@everyone", "*a*", "`b`"), ("title", "summary"), (Reason(1, "<@1> `*_", "[x](y)"),)),
        title_marks=((0, 9), (10, 13)),
        summary_marks=((1, 4),),
        buttons=(Button("@here <b> [x]", "/mute 1 `", "@here <!channel>"),),
    ),
    "marks from the first character to the last": Card(
        title="\U0001f600 chips", source="S", summary="x", title_marks=((0, 7),), summary_marks=((0, 1),)
    ),
    "a digest of fifteen long and hostile items": Digest(
        "@everyone " * 20, "<!channel> *b*", tuple(_filled("lengthy [red] " * 40) for _ in range(15)), NOW
    ),
    "a digest of one item and no link": Digest("T", "S", (Card(title="Only a title", source="L"),), NOW),
    "no optional field": Card(title="Only a title", source="Lanternfeed"),
    "empty optional fields": Card(
        title="Only a title", source="Lanternfeed", link="", author="", source_link=""
    ),
    "no link": Card(title="No link", source="Lanternfeed", summary="Text"),
    "an image without alt text": Card(title="T", source="S", image=Image("https://example.org/i.jpg")),
    "an image over plain http": Card(title="T", source="S", image=Image("http://127.0.0.1:9/i.jpg", "alt")),
    "the first day of the calendar": Card(title="T", source="S", published=datetime.min.replace(tzinfo=UTC)),
    "the last day of the calendar": Card(title="T", source="S", published=datetime.max.replace(tzinfo=UTC)),
    "a notice of 8,000 characters": Notice("@everyone <!channel> [red]\x1b[2J" * 250),
    "a notice with ten buttons": Notice(
        "Ten", tuple(Button(f"B{n} [x]", f"command {n} `") for n in range(10))
    ),
}
