"""Settings that every platform has: where its API answers, and secrets as they are copied."""

from __future__ import annotations

import re

from pydantic import SecretStr
from yarl import URL

_SECRET = re.compile(r"[A-Za-z0-9._-]*")


def origin(value: str, usual: str) -> str:
    """Read the address of an API, without a path; ValueError says what to write, such as the usual one."""
    try:
        address = URL(value)
    except ValueError:
        address = URL()
    if address.scheme not in {"http", "https"} or not address.host or address.path != "/":
        raise ValueError(f"write an address without a path, such as {usual}")
    return str(address.origin())


def bare(secret: SecretStr, kind: str, advice: str) -> SecretStr:
    """Read a secret as it was copied, the word of its ``kind`` before it; ValueError gives the advice."""
    text = secret.get_secret_value().strip().removeprefix(f"{kind} ")
    if not _SECRET.fullmatch(text):
        raise ValueError(advice)
    return SecretStr(text)
