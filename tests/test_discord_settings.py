"""What an operator may write for Discord, and what is refused, without repeating it."""

from __future__ import annotations

import pytest

from adapters.discord.settings import DISCORD, DiscordSettings
from bot.errors import ConfigError
from bot.settings import load


@pytest.mark.parametrize("written", ["MTIz.GhIj-k_l.mnop", " Bot MTIz.GhIj-k_l.mnop\n"])
def test_a_token_is_taken_bare(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    """A token counts without the space and the word that were copied along."""
    monkeypatch.setenv("DISCORD_TOKEN", written)
    assert load(DiscordSettings).token.get_secret_value() == "MTIz.GhIj-k_l.mnop"


@pytest.mark.parametrize("secret", ['"MTIz.GhIj"', "“MTIz.GhIj”", "MTIz GhIj", "MTIz\x01GhIj", "MTIz.GhIj=é"])
def test_what_is_no_token_is_refused_unread(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    """Quotes, spaces and strange letters are named as the fault, and the secret stays one."""
    monkeypatch.setenv("DISCORD_TOKEN", secret)
    with pytest.raises(ConfigError) as refused:
        load(DiscordSettings)
    assert str(refused.value).startswith(
        "DISCORD_TOKEN: write the bot's token alone, without spaces or quotes"
    )
    assert "MTIz" not in str(refused.value)


@pytest.mark.parametrize(
    ("written", "api"),
    [
        ("", DISCORD),
        ("https://discord.com/", DISCORD),
        ("http://proxy:8080", "http://proxy:8080"),
        ("http://user:secret@proxy/?a=b#c", "http://proxy"),
    ],
)
def test_an_address_is_kept_without_its_secrets(
    monkeypatch: pytest.MonkeyPatch, written: str, api: str
) -> None:
    """Of the address at which Discord answers, host and port count and nothing besides."""
    monkeypatch.setenv("DISCORD_API", written)
    assert load(DiscordSettings).api == api


@pytest.mark.parametrize(
    "written",
    [
        *("discord.com", "ftp://e.org", "javascript:alert(1)", "//e.org", "http://", "http://e.org/api"),
        *("http://[::1", "http://e.org:99999", "http://e.org\r\nX: y"),
    ],
)
def test_what_is_no_address_is_refused_plainly(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    """Whatever is wrong with the address, one sentence says how it is written."""
    monkeypatch.setenv("DISCORD_API", written)
    with pytest.raises(
        ConfigError, match="DISCORD_API: write an address without a path, such as https://dis"
    ):
        load(DiscordSettings)
