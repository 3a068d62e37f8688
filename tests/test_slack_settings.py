"""What an operator may write for Slack, and what is refused, without repeating it."""

from __future__ import annotations

import pytest

from adapters.slack.settings import SLACK, SlackSettings
from bot.errors import ConfigError
from bot.settings import load


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin with an environment that says nothing of Slack."""
    for name in SlackSettings.model_fields:
        monkeypatch.delenv(f"SLACK_{name.upper()}", raising=False)


def test_nothing_has_to_be_set() -> None:
    """Without a word of the operator all is empty, and Slack answers where it always does."""
    settings = load(SlackSettings)
    secrets = (settings.bot_token, settings.app_token, settings.signing_secret)
    assert [secret.get_secret_value() for secret in secrets] == ["", "", ""]
    assert (settings.http, settings.command_prefix, settings.managers, settings.api) == ("", "", (), SLACK)


@pytest.mark.parametrize(
    ("variable", "written", "kept"),
    [
        ("BOT_TOKEN", "xoxb-1-2-aB", "xoxb-1-2-aB"),
        ("BOT_TOKEN", " Bearer xoxb-1-2-aB\n", "xoxb-1-2-aB"),
        ("APP_TOKEN", "xapp-1-A0-2-c0ffee ", "xapp-1-A0-2-c0ffee"),
        ("SIGNING_SECRET", "\t0123abcd", "0123abcd"),
    ],
)
def test_a_secret_is_taken_bare(
    monkeypatch: pytest.MonkeyPatch, variable: str, written: str, kept: str
) -> None:
    """A token or secret counts without the space and the word that were copied along, and is never shown."""
    monkeypatch.setenv(f"SLACK_{variable}", written)
    settings = load(SlackSettings)
    assert getattr(settings, variable.lower()).get_secret_value() == kept
    assert kept not in repr(settings)


@pytest.mark.parametrize(
    ("variable", "written", "advice"),
    [
        ("BOT_TOKEN", '"xoxb-c0ffee"', "write it alone, without spaces or quotes"),
        ("BOT_TOKEN", "xoxb-c0ffee é", "write it alone, without spaces or quotes"),
        ("SIGNING_SECRET", "c0ffee c0ffee", "write it alone, without spaces or quotes"),
        ("BOT_TOKEN", "xapp-c0ffee", "write the Bot User OAuth Token, which begins with xoxb-"),
        ("BOT_TOKEN", "xoxp-c0ffee", "write the Bot User OAuth Token, which begins with xoxb-"),
        ("APP_TOKEN", "xoxb-c0ffee", "write the App-Level Token, which begins with xapp-"),
    ],
)
def test_what_is_no_such_token_is_refused_unread(
    monkeypatch: pytest.MonkeyPatch, variable: str, written: str, advice: str
) -> None:
    """Quotes, spaces and the tokens of another purpose are named as the fault, and the secret stays one."""
    monkeypatch.setenv(f"SLACK_{variable}", written)
    with pytest.raises(ConfigError) as refused:
        load(SlackSettings)
    assert str(refused.value).startswith(f"SLACK_{variable}: {advice}.")
    assert "c0ffee" not in str(refused.value)


@pytest.mark.parametrize("written", ["8080", "127.0.0.1:8080", "[::1]:8080", "bot.example:1", "65535"])
def test_a_place_for_http_is_a_port_or_host_and_port(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    """A port alone, or one behind a host, is taken as it is."""
    monkeypatch.setenv("SLACK_HTTP", written)
    assert load(SlackSettings).http == written


@pytest.mark.parametrize("written", ["0", "65536", "http", "host:", "host:port", "-1", "٨٠", "8080/slack"])
def test_what_is_no_place_for_http_is_refused(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    """Whatever is wrong with it, one sentence says how it is written."""
    monkeypatch.setenv("SLACK_HTTP", written)
    with pytest.raises(ConfigError, match="SLACK_HTTP: write a port, or host:port"):
        load(SlackSettings)


@pytest.mark.parametrize("written", ["wr-", "w", "team2-"])
def test_a_prefix_is_short(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    """A prefix is what Slack lets a command begin with."""
    monkeypatch.setenv("SLACK_COMMAND_PREFIX", written)
    assert load(SlackSettings).command_prefix == written


@pytest.mark.parametrize("written", ["/wr-", "WR-", "wr ", "a" * 13, "ä", "wr_"])
def test_what_is_no_prefix_is_refused(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    """Slashes, capitals, spaces and long ones are refused, with what to write."""
    monkeypatch.setenv("SLACK_COMMAND_PREFIX", written)
    with pytest.raises(ConfigError, match="SLACK_COMMAND_PREFIX: write 12 small letters, digits and dashes"):
        load(SlackSettings)


@pytest.mark.parametrize(
    ("written", "managers"),
    [
        ("U0123456789", ("U0123456789",)),
        ("@U0123456789, W0123456789", ("U0123456789", "W0123456789")),
        ("U01  U02,U03\n", ("U01", "U02", "U03")),
    ],
)
def test_managers_are_a_list(
    monkeypatch: pytest.MonkeyPatch, written: str, managers: tuple[str, ...]
) -> None:
    """People are listed with commas or spaces between them, with or without the sign of a mention."""
    monkeypatch.setenv("SLACK_MANAGERS", written)
    assert load(SlackSettings).managers == managers


@pytest.mark.parametrize("written", ["maria", "@maria", "C0123456789", "u0123456789", "U01;U02", "<@U01>"])
def test_managers_are_named_by_their_ids(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    """Names change and are no ids: the sentence says where the id is found."""
    monkeypatch.setenv("SLACK_MANAGERS", written)
    with pytest.raises(ConfigError, match=r"SLACK_MANAGERS: write member IDs.*Copy member ID"):
        load(SlackSettings)


@pytest.mark.parametrize(
    ("written", "api"),
    [
        ("", SLACK),
        ("https://slack.com/", SLACK),
        ("http://proxy:8080", "http://proxy:8080"),
        ("http://user:secret@proxy/?a=b#c", "http://proxy"),
    ],
)
def test_an_address_is_kept_without_its_secrets(
    monkeypatch: pytest.MonkeyPatch, written: str, api: str
) -> None:
    """Of the address at which Slack answers, host and port count and nothing besides."""
    monkeypatch.setenv("SLACK_API", written)
    assert load(SlackSettings).api == api


@pytest.mark.parametrize(
    "written",
    [
        *("slack.com", "ftp://e.org", "javascript:alert(1)", "//e.org", "http://", "http://e.org/api"),
        *("http://[::1", "http://e.org:99999", "http://e.org\r\nX: y"),
    ],
)
def test_what_is_no_address_is_refused_plainly(monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    """Whatever is wrong with the address, one sentence says how it is written."""
    monkeypatch.setenv("SLACK_API", written)
    with pytest.raises(ConfigError, match="SLACK_API: write an address without a path, such as https://sla"):
        load(SlackSettings)
