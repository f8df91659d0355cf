"""The pages say what is true: each command, option and setting has its entry, and each link leads somewhere."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import BaseModel

from cli.main import app
from config.settings import PREFIX, Settings

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = (ROOT / "docs/reference/commands.md").read_text(encoding="utf-8")
SETTINGS = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def commands(one: Any, path: str) -> Iterator[tuple[str, Any]]:
    if hasattr(one, "commands"):
        for name, inner in one.commands.items():
            yield from commands(inner, f"{path} {name}")
    else:
        yield path, one


ALL = dict(commands(typer.main.get_command(app), "ringround"))


def entry(path: str) -> str:
    found = re.search(
        rf"^### {re.escape(path)}(?: [A-Z\[][^\n]*)?\n(.*?)(?=^##|\Z)", COMMANDS, re.MULTILINE | re.DOTALL
    )
    assert found, f"docs/reference/commands.md has no entry: ### {path}"
    return found[1]


@pytest.mark.parametrize("path", ALL)
def test_each_command_has_its_entry_with_every_option_and_an_example(path: str) -> None:
    text, command = entry(path), ALL[path]
    for param in command.params:
        if param.param_type_name == "option":
            assert f"`{param.opts[0]}" in text, f"{path} {param.opts[0]}"
    assert command.epilog, f"{path} --help shows an example"
    assert command.epilog.removeprefix("Example: ") in text


@pytest.mark.parametrize("path", ALL)
def test_no_entry_tells_of_an_option_that_there_is_not(path: str) -> None:
    told = set(re.findall(r"^\| `(--[a-z-]+)", entry(path), re.MULTILINE))
    assert told <= {option for param in ALL[path].params for option in param.opts}


def test_no_entry_tells_of_a_command_that_there_is_not() -> None:
    told = {" ".join(re.findall(r"[a-z]+", line)) for line in re.findall(r"^### (ringround[a-z ]+)", COMMANDS, re.M)}
    assert told == set(ALL)


def settings(model: type[BaseModel], path: str) -> Iterator[tuple[str, Any]]:
    for name, field in model.model_fields.items():
        full = f"{path}{(field.alias or name).upper()}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from settings(field.annotation, f"{full}__")
        else:
            yield full, field.get_default()


TOLD = {found[0]: found[1] for found in re.findall(r"^\| `(RINGROUND_[A-Z_]+)` \| ([^|]+) \|", SETTINGS, re.MULTILINE)}


def test_each_setting_has_its_entry_and_no_other_has_one() -> None:
    assert set(TOLD) == {name for name, _ in settings(Settings, PREFIX)}


@pytest.mark.parametrize(
    ("name", "default"),
    [(name, default) for name, default in settings(Settings, PREFIX) if isinstance(default, str | int | bool)],
)
def test_the_usual_value_of_a_setting_is_what_the_page_says(name: str, default: object) -> None:
    if default in ("", None):
        assert not TOLD[name].startswith("`")
    else:
        assert TOLD[name] == f"`{str(default).lower() if isinstance(default, bool) else default}`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_within_the_pages_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://", "mailto:")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_command_that_the_pages_show_is_one_and_has_the_options_that_it_is_shown_with() -> None:
    for page in PAGES:
        for line in code(page):
            words = list(takewhile(lambda word: word != "|", shlex.split(line, comments=True)))[1:]
            path = next((path for n in (2, 1) if (path := f"ringround {' '.join(words[:n])}") in ALL), "")
            assert path, f"{page.name}: {line}"
            known = {"--help"}.union(*(param.opts for param in ALL[path].params))
            shown = {word.partition("=")[0] for word in words if re.match("--?[a-z]", word)}
            assert shown <= known, f"{page.name}: {line}"


def code(page: Path) -> list[str]:
    """Every command that stands in a block of its own; `riverside` is what docs/how-to/run.md calls the program."""
    blocks = re.findall(r"^ *```[a-z]*\n(.*?)^ *```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    lines = [line.strip() for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    return [line for line in lines if line.startswith(("ringround ", "riverside "))]
