"""What every platform's part of `wireroom doctor` says in the same words."""

from __future__ import annotations

from collections.abc import Iterator

from yarl import URL

from bot.adapter import Finding, Severity
from bot.prose import Link, Named, Piece, Prose, plain

_HERE = {"localhost", "127.0.0.1", "::1"}


def ok(text: str) -> Finding:
    """All is well."""
    return Finding(Severity.OK, text)


def warning(text: str) -> Finding:
    """Something to look at; wireroom works all the same."""
    return Finding(Severity.WARNING, text)


def problem(text: str) -> Finding:
    """Something that keeps wireroom from its work."""
    return Finding(Severity.PROBLEM, text)


def detour(variable: str, address: str, usual: str) -> Iterator[Finding]:
    """Warn where requests go elsewhere than to the platform, and in the clear at that."""
    if address == usual:
        return
    said = f"{variable} leads to {address} instead of {usual}."
    url = URL(address)
    if url.scheme == "http" and url.host not in _HERE:
        said += " The token goes there unencrypted: write https, unless the way there is yours alone."
    yield warning(said)


def written(said: Prose | None, name: str) -> str:
    """Write a sentence made for a platform, which shows names and links by itself, as plain text."""

    def piece(one: Piece) -> Piece:
        match one:
            case Named():
                return name
            case Link(text, url):
                return f"{text} ({url})"
        return one

    return plain(tuple(piece(one) for one in said or ()))
