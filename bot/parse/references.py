"""Character and entity references: mended where they are broken, resolved to the end."""

from __future__ import annotations

import html
import re

_REFERENCE = re.compile(r"&(?:#[0-9]{1,8}|#[xX][0-9a-fA-F]{1,8}|[A-Za-z][A-Za-z0-9]{1,31});")

# To no character of XML 1.0 (2.2) refer: controls, halves of surrogate pairs, and what is too large.
_BROKEN = (
    r"&#(?:0*(?:[0-8]|1[124-9]|2[0-9]|3[01]|5[5-7][0-9]{3}|6553[45]|[0-9]{7,})"
    r"|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]|[dD][89a-fA-F][0-9a-fA-F]{2}|[fF]{3}[eEfF]|[0-9a-fA-F]{6,}));"
)
_BROKEN_RUN = re.compile(f"(?:{_BROKEN})+")
_SURROGATES = range(0xD800, 0xE000)
_NUMBER = re.compile(r"#(?:[xX]([0-9a-fA-F]+)|([0-9]+));")


def mend(text: str) -> str:
    """Turn ``&#55357;&#56832;`` into the emoji it means and drop references to no character."""
    return _BROKEN_RUN.sub(_mended, text) if "&#" in text else text


def unescape(text: str) -> str:
    """Resolve references until none is left: feeds escape twice and thrice.

    Only what ends with a semicolon counts, or ``?a=1&copy=2`` would change its meaning.
    """
    for _ in range(5):
        if "&" not in text:
            break
        resolved = _REFERENCE.sub(lambda match: html.unescape(match[0]), text)
        if resolved == text:
            break
        text = resolved
    return text


def _mended(match: re.Match[str]) -> str:
    codes = [int(found[1], 16) if found[1] else int(found[2][-9:]) for found in _NUMBER.finditer(match[0])]
    halves = "".join(chr(code) for code in codes if code in _SURROGATES)
    return halves.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
