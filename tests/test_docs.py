"""The papers tell the truth: commands, settings, links and versions are held against the program."""

from __future__ import annotations

import os
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from bot import adapter
from bot.cli import wireroom
from bot.settings import AdapterSettings, Settings, load

ROOT = Path(__file__).parent.parent
PAPERS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(
    (ROOT / "docs").glob("*.md")
)
GUIDES = (ROOT / "README.md", ROOT / "docs" / "operating.md")
OF_OTHERS = {".venv", ".git", "dist", "__pycache__"}
CACHES = re.compile(r"\.\w+_cache|\.hypothesis|\.env")
BINARY = {".png", ".gz", ".db"}
PINNED = re.compile(r"\s*(?:#.*|[a-z0-9-]+==\S+(?: ; .*)? \\|--hash=sha256:[0-9a-f]{64}(?: \\)?|)")
"""All that a line of a lock may be: a comment, a version, a hash; no address, no option."""
MACHINE = re.compile(r"(?<![\w.])/(?:root|Users|work)/")


def read(file: Path) -> str:
    """Read a paper."""
    return file.read_text(encoding="utf-8")


def ids(file: Path) -> str:
    """Name a paper as pytest shows it."""
    return str(file.relative_to(ROOT))


def commands(
    group: click.Group, path: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command that does something, with the words by which it is called."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


def written(text: str) -> list[list[str]]:
    """Every call of `wireroom` in a paper's code, in words; … stands for what is somebody else's."""
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    shell = [line for language, block in blocks if language == "sh" for line in block.splitlines()]
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", prose)
    calls = [re.match(r"(?:\S*/)?wireroom ([^#]+)", code) for code in (*shell, *spans) if "…" not in code]
    return [shlex.split(call[1]) for call in calls if call]


def resolve(words: list[str]) -> tuple[click.Command, list[str]]:
    """Follow the words as far as they name commands; the rest is what the command is given."""
    command: click.Command = wireroom
    while words and isinstance(command, click.Group):
        found = command.get_command(click.Context(command), words[0])
        if found is None:
            break
        command, words = found, words[1:]
    return command, words


def options(command: click.Command) -> set[str]:
    """Every option of a command, as it is typed."""
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}


def settings() -> dict[str, tuple[type[AdapterSettings], str]]:
    """Every variable that is read, with the class and field behind it."""
    kinds: list[type[AdapterSettings]] = [Settings, *(kind.Settings for kind in adapter.installed().values())]
    return {
        f"{kind.model_config.get('env_prefix', '')}{field}".upper(): (kind, field)
        for kind in kinds
        for field in kind.model_fields
    }


def files() -> list[Path]:
    """Every file of the project, without what tools leave behind."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in OF_OTHERS and not CACHES.fullmatch(name)]
        found += [Path(folder, name) for name in names]
    return [file for file in found if file.suffix not in BINARY and file.name != ".env"]


@pytest.mark.parametrize("paper", PAPERS, ids=ids)
def test_what_the_papers_call_exists(paper: Path) -> None:
    """Every command and option that a paper shows is one that the program has."""
    for words in written(read(paper)):
        command, rest = resolve(list(words))
        shown = " ".join(words)
        assert not isinstance(command, click.Group) or not rest or rest[0].startswith("-"), (
            f"no command: {shown}"
        )
        for word in rest:
            if word.startswith("--"):
                assert word in options(command) | {"--help", "--version"}, f"no such option: {shown}"


def test_every_command_is_explained() -> None:
    """Every command and every option of it is in the README or the operator's guide."""
    calls = [resolve(list(words)) for guide in GUIDES for words in written(read(guide))]
    for path, command in commands(wireroom):
        own = [
            rest
            for called, rest in calls
            if called.name == command.name and called.callback is command.callback
        ]
        assert own, f"not explained: wireroom {' '.join(path)}"
        missing = {name for name in options(command) if name.startswith("--")} - {
            word for rest in own for word in rest
        }
        assert not missing, f"not explained: wireroom {' '.join(path)} {missing}"


def test_every_setting_has_its_sentence() -> None:
    """.env.example holds every setting and no other, commented out, each under a sentence."""
    lines = read(ROOT / ".env.example").splitlines()
    named = {}
    for above, line in zip(["", *lines], lines, strict=False):
        if match := re.fullmatch(r"#(WIREROOM_\w+)=(.*)", line):
            named[match[1]] = match[2]
            assert re.fullmatch(r"# \S.*\.", above), f"no sentence above {match[1]}"
        else:
            assert not line or line.startswith("# "), f"not commented out: {line}"
    assert named.keys() == settings().keys()


def test_the_shown_defaults_are_the_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Using .env.example with every # taken away changes nothing."""
    monkeypatch.chdir(tmp_path)
    for name in settings():
        monkeypatch.delenv(name, raising=False)
    kinds = {kind for kind, _ in settings().values()}
    before: dict[Any, Any] = {kind: load(kind) for kind in kinds}
    example = re.sub(r"^#(?=WIREROOM_)", "", read(ROOT / ".env.example"), flags=re.MULTILINE)
    (tmp_path / ".env").write_text(example, encoding="utf-8")
    assert {kind: load(kind) for kind in kinds} == before


def test_the_guide_knows_the_settings() -> None:
    """The operator's guide names every setting and none that does not exist."""
    named = set(re.findall(r"WIREROOM_[A-Z_]+", read(ROOT / "docs" / "operating.md")))
    assert named == settings().keys()


@pytest.mark.parametrize("paper", PAPERS, ids=ids)
def test_links_between_papers_lead_somewhere(paper: Path) -> None:
    """A relative link points to a file that is there, and to a heading that is in it."""
    for target in re.findall(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"", read(paper)):
        link = target[0] or target[1]
        if re.match(r"[a-z]+:", link):
            continue
        file, _, heading = link.partition("#")
        where = (paper.parent / file) if file else paper
        assert where.exists(), f"{link} leads nowhere"
        if heading:
            titles = re.findall(r"^#+ (.+)$", read(where), re.MULTILINE)
            assert heading in {
                re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in titles
            }


def test_make_targets_exist() -> None:
    """Every `make …` that a paper shows is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z]+):", read(ROOT / "Makefile"), re.MULTILINE))
    named = {
        name for paper in PAPERS for name in re.findall(r"(?:`|^)make ([a-z]+)", read(paper), re.MULTILINE)
    }
    assert {"demo", "test"} <= named <= targets


def test_the_changelog_knows_this_version() -> None:
    """The version of pyproject.toml has its section in the changelog."""
    version = tomllib.loads(read(ROOT / "pyproject.toml"))["project"]["version"]
    assert re.search(rf"^## \[?{re.escape(version)}\b", read(ROOT / "CHANGELOG.md"), re.MULTILINE)


def test_no_lock_names_an_address_and_no_file_a_machine() -> None:
    """Locks hold versions and hashes alone, and no file a path of somebody's machine."""
    for file in files():
        if file == Path(__file__):
            continue
        text = read(file)
        assert not (found := MACHINE.findall(text)), f"{file.relative_to(ROOT)}: {found}"
        if file.suffix == ".lock":
            odd = [line for line in text.splitlines() if not PINNED.fullmatch(line) or "://" in line]
            assert not odd, f"{file.relative_to(ROOT)}: {odd[:3]}"
