"""Files that people hand over on Discord: lists of feeds in whatever encoding their program writes."""

from __future__ import annotations

import pytest

from adapters.discord.files import decoded


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("Zürich", "utf-8"),
        ("Zürich", "utf-8-sig"),
        ("Zürich", "utf-16"),
        ('<?xml version="1.0" encoding="ISO-8859-1"?>Zürich', "iso-8859-1"),
        ("<?xml version='1.0' encoding='windows-1251'?>Ёж", "windows-1251"),
        ('<?xml version="1.0" encoding="nonsense"?>Zürich', "utf-8"),
    ],
)
def test_a_file_is_read_in_its_own_encoding(text: str, encoding: str) -> None:
    """Feed readers export lists in many encodings, and say in which."""
    assert decoded(text.encode(encoding)) == text


def test_any_bytes_are_some_text() -> None:
    """A file that is not what it says is read all the same, with what cannot be read replaced."""
    lie = b'<?xml version="1.0" encoding="ascii"?>'
    assert decoded(lie + b"\xff").endswith("\N{REPLACEMENT CHARACTER}")
    assert decoded(b"\xff\xfe\x00") == "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("encoding", ["punycode", "utf-7", "unicode_escape", "raw_unicode_escape", "idna"])
def test_what_is_no_encoding_is_not_obeyed(encoding: str) -> None:
    """A codec that is no encoding is not used: some take minutes, some make surrogates."""
    content = f'<?xml version="1.0" encoding="{encoding}"?>'.encode() + b"\\ud800 +2AA- a-" * 30_000
    assert decoded(content) == content.decode()
