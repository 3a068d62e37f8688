"""Settings: typed, in plain words, silent about values."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from bot import duration
from bot.errors import ConfigError
from bot.settings import AdapterSettings, Settings, load

WRONG = [
    ("POLL_MIN", "300", "write a number and its unit, for example 20s, 5m, 2h or 1d"),
    ("POLL_MIN", "0s", "must be at least 1 second"),
    ("POLL_MIN", "7h", "WIREROOM_POLL_MAX: must be at least WIREROOM_POLL_MIN"),
    ("POLL_MAX", "3d", "must be at most 1 day"),
    ("POLL_MAX", "1m", "must be at least WIREROOM_POLL_MIN"),
    ("PORTS", "80 hi", "write a whole number"),
    ("PORTS", "70000", "must be at most 65535"),
    ("PARSERS", "0", "must be at least 1"),
    ("IN_DOUBT", "perhaps", "write repost, drop or ask"),
    ("KEEP_TRACKING", "maybe", "write true or false"),
    ("LOG_LEVEL", "loud", "write debug, info, warning or error"),
]


class AccountSettings(AdapterSettings):
    """An adapter's settings with a secret in them."""

    model_config = SettingsConfigDict(env_prefix="WIREROOM_ACCOUNT_")

    token: SecretStr = Field(default=SecretStr(""), max_length=20)


class NeedySettings(AdapterSettings):
    """An adapter's settings that cannot do without a value."""

    model_config = SettingsConfigDict(env_prefix="WIREROOM_NEEDY_")

    room: str


@pytest.fixture(autouse=True)
def _nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in an empty directory, with none of the variables of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"WIREROOM_{name.upper()}", raising=False)


def test_nothing_has_to_be_set() -> None:
    """With an empty environment there is a default for everything."""
    settings = Settings.load()
    assert settings.database == Path("wireroom.db")
    assert settings.poll_min == timedelta(minutes=5)
    assert settings.poll_max == timedelta(hours=6)
    assert settings.allow_hosts == ()


@pytest.mark.parametrize(("name", "value", "sentence"), WRONG)
def test_a_wrong_value_is_one_plain_line(
    name: str, value: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong value gives one line: the variable's name and what to write, in no words of pydantic's."""
    monkeypatch.setenv(f"WIREROOM_{name}", value)
    with pytest.raises(ConfigError) as refused:
        Settings.load()
    line = str(refused.value)
    assert f"WIREROOM_{name}" in line
    assert sentence in line
    assert line.endswith("Change it in the environment or in .env.")
    assert "\n" not in line
    assert "Value error" not in line
    assert "Input should" not in line


def test_all_wrong_values_are_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two wrong values are told together, so that nobody mends them one start at a time."""
    monkeypatch.setenv("WIREROOM_PARSERS", "many")
    monkeypatch.setenv("WIREROOM_POLL_MIN", "soon")
    with pytest.raises(ConfigError, match=r"WIREROOM_POLL_MIN: .*; WIREROOM_PARSERS: write a whole number"):
        Settings.load()


def test_lists_take_commas_and_spaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list is separated by commas, spaces, or both."""
    monkeypatch.setenv("WIREROOM_ALLOW_HOSTS", "127.0.0.1:8000, intranet.example  10.0.0.0/8")
    monkeypatch.setenv("WIREROOM_PORTS", "80,443 9000")
    settings = Settings.load()
    assert settings.allow_hosts == ("127.0.0.1:8000", "intranet.example", "10.0.0.0/8")
    assert settings.ports == (80, 443, 9000)


def test_times_are_written_as_on_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Times take the form of 5m and 2h."""
    monkeypatch.setenv("WIREROOM_POLL_MIN", "90s")
    monkeypatch.setenv("WIREROOM_POLL_MAX", "2H")
    settings = Settings.load()
    assert settings.poll_min == timedelta(seconds=90)
    assert settings.poll_max == timedelta(hours=2)


@given(st.integers(min_value=0, max_value=999_999))
def test_a_duration_is_read_as_it_is_shown(seconds: int) -> None:
    """What is shown of a duration is read back as the same duration."""
    wanted = timedelta(seconds=seconds)
    assert duration.read(duration.shown(wanted)) == wanted


def test_the_environment_outweighs_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """.env of the working directory is read; the environment outweighs it; an empty value is none."""
    env = "WIREROOM_CONTACT=me@example.org\nWIREROOM_PARSERS=3\nWIREROOM_HTTP=\nOTHER=1\n"
    (tmp_path / ".env").write_text(env, encoding="utf-8")
    monkeypatch.setenv("WIREROOM_PARSERS", "4")
    monkeypatch.setenv("WIREROOM_DATABASE", "")
    settings = Settings.load()
    assert (settings.contact, settings.parsers, settings.http) == ("me@example.org", 4, "")
    assert settings.database == Path("wireroom.db")


def test_a_file_in_another_encoding_is_refused_in_words(tmp_path: Path) -> None:
    """A .env that is not UTF-8 gives a sentence, not a traceback."""
    (tmp_path / ".env").write_bytes("WIREROOM_CONTACT=Jürgen".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"\.env is not UTF-8"):
        Settings.load()


def test_a_secret_is_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret shows neither in the error about it nor in the settings when they are printed."""
    monkeypatch.setenv("WIREROOM_ACCOUNT_TOKEN", "canary-0123")
    settings = load(AccountSettings)
    assert "canary" not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    monkeypatch.setenv("WIREROOM_ACCOUNT_TOKEN", "canary-0123-that-is-too-long")
    with pytest.raises(ConfigError, match="WIREROOM_ACCOUNT_TOKEN: ") as refused:
        load(AccountSettings)
    assert "canary" not in str(refused.value)
    assert refused.value.__suppress_context__, (
        "the traceback would show pydantic's error, which holds the value"
    )


def test_a_missing_value_is_named() -> None:
    """A setting without a default asks to be set."""
    with pytest.raises(ConfigError, match="WIREROOM_NEEDY_ROOM: must be set"):
        load(NeedySettings)
