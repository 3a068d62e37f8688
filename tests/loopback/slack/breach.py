"""What is wrong with something that the app sent; pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Breach:
    """One thing that is wrong, and where."""

    path: tuple[str | int, ...]
    text: str

    def __str__(self) -> str:
        return f"{self.text} [json-pointer:/{'/'.join(map(str, self.path))}]"


Path = tuple[str | int, ...]


def longer(path: Path, value: object, most: int, least: int = 1) -> list[Breach]:
    """Refuse a text that is empty or longer than this; what is no text the schema refuses."""
    if not isinstance(value, str) or least <= len(value) <= most:
        return []
    return [Breach(path, f"must be {least} to {most} characters, is {len(value)}")]


def more(path: Path, value: object, most: int, least: int = 1) -> list[Breach]:
    """Refuse a list that is empty or longer than this."""
    if not isinstance(value, list) or least <= len(value) <= most:
        return []
    return [Breach(path, f"must be {least} to {most} items, is {len(value)}")]
