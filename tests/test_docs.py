"""The papers tell the truth: commands, settings, links and versions are held against the program."""

from __future__ import annotations

import os
import re
import runpy
import shlex
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import pytest

from adapters.terminal import talk
from bot import adapter
from bot.adapter import Adapter
from bot.cli import wireroom
from bot.command import Command
from bot.commands.desk import typed
from bot.commands.desk.register import Register
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
NO_COMMANDS = {"/healthz", "/metrics", "/invite", *(name for name, _ in talk.OWN)}
"""What begins with a slash and is not the desk's: pages of the status server, Slack's own, the terminal's."""
SETTING = r"(?:WIREROOM|DISCORD|SLACK)_[A-Z_]+"
"""A variable of the environment: the bot's own, or one that everybody who runs such a bot knows."""
MACHINE = re.compile(r"(?<![\w.])/(?:root|Users|work)/")


def read(file: Path) -> str:
    """Read a paper; a sample of another encoding as far as it is ASCII."""
    return file.read_text(encoding="utf-8", errors="replace")


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
    calls = [re.match(r"(?:\S+/)?wireroom ([^#]+)", code) for code in (*shell, *spans) if "…" not in code]
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


def called(words: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """Divide a call into the words that name the command and what it is given."""
    _, rest = resolve(list(words))
    return tuple(words[: len(words) - len(rest)]), rest


def options(command: click.Command) -> set[str]:
    """Every option of a command, as it is typed."""
    return {name for parameter in command.params for name in (*parameter.opts, *parameter.secondary_opts)}


def told(text: str) -> list[str]:
    """Every chat command in a paper's code, where nothing stands for somebody else's words."""
    blocks = "\n".join(re.findall(r"^```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL))
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL))
    code = [*spans, *blocks.splitlines()]
    found = [line for line in code if re.match(r"/[a-z]+(?= |$)", line) and not re.search(r"[<…]", line)]
    return [line for line in found if line.split()[0] not in NO_COMMANDS]


@pytest.fixture(scope="module")
def script() -> dict[str, Any]:
    """What docs/commands.py can do."""
    return runpy.run_path(str(ROOT / "docs" / "commands.py"))


def contracts() -> tuple[list[list[str]], set[str]]:
    """The layers of `bot` from the top, and what an adapter may import."""
    rules = tomllib.loads(read(ROOT / "pyproject.toml"))["tool"]["importlinter"]["contracts"]
    layers = next(rule["layers"] for rule in rules if rule["type"] == "layers")
    allowed = next(rule["ignore_imports"] for rule in rules if rule.get("source_modules") == ["adapters"])
    return [row.split(" | ") for row in layers], {line.rpartition(" ")[2] for line in allowed}


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


@pytest.mark.parametrize("paper", PAPERS, ids=ids)
def test_what_the_papers_tell_the_bot_exists(paper: Path, script: dict[str, Any]) -> None:
    """Every chat command that a paper shows calls one of the desk's, with values that it takes."""
    declared: Sequence[Command] = script["declared"]()
    register = Register(declared)
    by_hand = re.sub(f"{script['START']}.*{script['END']}", "", read(paper), flags=re.DOTALL)
    for line in told(by_hand):
        call = typed.call(register, line)
        assert call.path, f"no such command: {line}"
        command = register.get(call.path)
        if command is not None and call.rest != "help":
            typed.values(command, call.rest, {})


def test_the_list_of_commands_is_made_from_them(script: dict[str, Any]) -> None:
    """docs/commands.md lists the commands as they are declared."""
    page = read(ROOT / "docs" / "commands.md")
    assert script["renewed"](page) == page, "Run `.venv/bin/python docs/commands.py`, and commit the page."


def test_the_table_of_scopes_is_made_from_them() -> None:
    """docs/slack.md lists what the app may do on Slack as it is declared, each scope with its reason."""
    page = read(ROOT / "docs" / "slack.md")
    renewed = runpy.run_path(str(ROOT / "docs" / "scopes.py"))["renewed"]
    assert renewed(page) == page, "Run `.venv/bin/python docs/scopes.py`, and commit the page."


def test_the_map_has_the_layers() -> None:
    """CONTRIBUTING.md shows who may know whom as the import rules have it."""
    block = re.search(r"## Who may know whom.*?```\n(.*?)\n\n(adapters.*?)\n```", read(PAPERS[1]), re.DOTALL)
    assert block
    layers, allowed = contracts()
    assert [re.split(r" {4,}", line)[0].split() for line in block[1].splitlines()] == layers
    assert set(re.findall(r"bot\.\w+", block[2])) == allowed


def test_the_adapters_page_is_whole() -> None:
    """docs/adapters.md names all that an adapter has, and just the modules that one may import."""
    page = read(ROOT / "docs" / "adapters.md")
    for name in vars(Adapter):
        assert name.startswith("_") or re.search(rf"`{name}\b", page), f"not on the page: {name}"
    _, allowed = contracts()
    sentence = re.search(r"Import from ([^;]*);", page)
    assert sentence
    assert set(re.findall(r"bot\.\w+", sentence[1])) == allowed


def test_every_command_is_explained() -> None:
    """Every command and every option of it is in the README or the operator's guide."""
    calls = [called(words) for guide in GUIDES for words in written(read(guide))]
    for path, command in commands(wireroom):
        own = [rest for name, rest in calls if name == path]
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
        if match := re.fullmatch(rf"#({SETTING})=(.*)", line):
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
    example = re.sub(rf"^#(?={SETTING}=)", "", read(ROOT / ".env.example"), flags=re.MULTILINE)
    (tmp_path / ".env").write_text(example, encoding="utf-8")
    assert {kind: load(kind) for kind in kinds} == before


def test_the_guide_knows_the_settings() -> None:
    """The operator's guide names every setting and none that does not exist."""
    named = set(re.findall(SETTING, read(ROOT / "docs" / "operating.md")))
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
