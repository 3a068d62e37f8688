"""Who may know whom: the import rules of pyproject.toml, and the sizes of the rooms."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LINES_MOST = 400
MODULES = sorted(
    file for room in ("bot", "adapters", "tests", "bench") for file in (ROOT / room).rglob("*.py")
)


def test_imports_keep_the_rules() -> None:
    """Every contract of pyproject.toml holds for the source as it stands."""
    linter = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run(  # noqa: S603 - our own linter
        [linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "0 broken" in run.stdout


@pytest.mark.parametrize("module", MODULES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_module_can_be_read_in_one_sitting(module: Path) -> None:
    """No module has more than 400 lines."""
    assert len(module.read_text(encoding="utf-8").splitlines()) <= LINES_MOST
