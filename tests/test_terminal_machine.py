"""What the terminal adapter takes from the machine: who sits there, and what time it is for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.terminal.machine import SOMEBODY, login, timezone


@pytest.mark.parametrize(
    ("spelt", "zone"),
    [("Europe/Berlin", "Europe/Berlin"), (":Asia/Hong_Kong", "Asia/Hong_Kong"), ("CET-1CEST", None)],
)
def test_tz_names_the_timezone(
    spelt: str, zone: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TZ counts if it is set, and one that is a rule instead of a name is not guessed at."""
    localtime = tmp_path / "localtime"
    localtime.symlink_to("/usr/share/zoneinfo/America/Lima")
    monkeypatch.setenv("TZ", spelt)
    assert timezone(localtime) == zone


def test_localtime_names_the_timezone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without TZ it is where /etc/localtime leads; a copy of a zone's file has no name."""
    monkeypatch.delenv("TZ", raising=False)
    localtime = tmp_path / "localtime"
    assert timezone(localtime) is None
    localtime.symlink_to(tmp_path / "zoneinfo" / "America" / "Argentina" / "Ushuaia")
    assert timezone(localtime) == "America/Argentina/Ushuaia"
    localtime.unlink()
    localtime.write_bytes(b"TZif2")
    assert timezone(localtime) is None


@pytest.mark.parametrize(
    ("name", "person"),
    [("ada", "ada"), ("Ada.Lind-2", "Ada.Lind-2"), ("a\x1b[2Jda", "ada"), ("DOMAIN\\ada", SOMEBODY)],
)
def test_the_person_is_who_logged_in(name: str, person: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The person bears the login's name, cleaned; one that cannot be a name is not used."""
    monkeypatch.setenv("LOGNAME", name)
    assert login() == person
