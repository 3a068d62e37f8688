"""Bytes → text: which of its claimed encodings a document is really in."""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    # No byte order mark, but the document begins with an ASCII character (XML 1.0, appendix F).
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
    (b"{\0", "utf-16-le"),
    (b"\0{", "utf-16-be"),
)
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([A-Za-z0-9._:-]{1,40})", re.IGNORECASE)
_DECLARATION = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})[\"']")

# Python also knows encodings that are none (zlib, rot13, unicode_escape, idna): only these are obeyed.
_SINGLE_BYTE = re.compile(r"ascii|iso8859-\d+|cp125\d|cp874|koi8-[rut]|mac-\w+|tis-620|cp437|cp85\d|cp866")
_MULTI_BYTE = {
    # The smaller Chinese and Japanese sets are subsets of what is in use under their names.
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb18030": "gb18030",
    "big5": "big5hkscs",
    "big5hkscs": "big5hkscs",
    "shift_jis": "cp932",
    "cp932": "cp932",
    "euc_jp": "euc_jp",
    "iso2022_jp": "iso2022_jp",
    "euc_kr": "cp949",
    "cp949": "cp949",
}


def decode(body: bytes, content_type: str | None = None) -> str:
    """Decode a document; never fails, bytes that make no sense become U+FFFD.

    A byte order mark decides (RFC 7303, 3), then a declared multi-byte encoding in which the body
    is valid, then UTF-8, then a declared single-byte one: any bytes are valid Latin-1, but hardly
    ever is Latin-1 text valid UTF-8, so that servers which claim the wrong one are seen through.
    """
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body.decode(encoding, "replace").removeprefix("\ufeff")
    declared = _declared(body, content_type)
    multi_byte = [_MULTI_BYTE[name] for name in declared if name in _MULTI_BYTE]
    for encoding in (*multi_byte, "utf-8"):
        try:
            return body.decode(encoding)
        except UnicodeDecodeError:
            continue
    single_byte = [name for name in declared if _SINGLE_BYTE.fullmatch(name)]
    if multi_byte:
        return body.decode(multi_byte[0], "replace")
    return body.decode(_as_browsers_do(single_byte[0]), "replace") if single_byte else _nearly_utf8(body)


def _declared(body: bytes, content_type: str | None) -> list[str]:
    names = [found[1] for found in [_CHARSET.search(content_type or "")] if found]
    names += [found[1].decode("ascii") for found in [_DECLARATION.match(body)] if found]
    return [codec for codec in map(_codec, names) if codec]


def _codec(name: str) -> str | None:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None


def _as_browsers_do(encoding: str) -> str:
    """Latin-1 and ASCII mean windows-1252 (WHATWG Encoding, 4.2)."""
    return "cp1252" if encoding in {"iso8859-1", "ascii"} else encoding


def _nearly_utf8(body: bytes) -> str:
    """One bad byte must not turn every umlaut of the document into two characters."""
    text = body.decode("utf-8", "replace")
    foreign = len(text.encode("utf-8")) - len(text)
    return text if text.count("\ufffd") * 4 < foreign else body.decode("cp1252", "replace")
