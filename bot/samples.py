"""The messages with which ``bot.contract`` tries an adapter: plain ones, and what feeds really hold."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.models import Button, Card, Correction, Image, Message, Notice

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
