"""The repository keeps its own rules: locks, bounds, rooms, and nothing that belongs to one machine."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ROOMS: list[str] = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
LOCKS = ["requirements.lock", "requirements-dev.lock"]

# Folders with Python in them that are not shipped.
NOT_ROOMS = {"tests", "benchmarks"}

MACHINE_PATH = re.compile(r"(?<![\w.:/])/(?:work|root|home|Users|tmp/[a-z]+\.)/")
REGISTRY = re.compile(r"pypi\.org|pythonhosted\.|registry\.npmjs|deb\.debian", re.IGNORECASE)
LOCKED = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[^ ]+)(?: ; (?P<marker>[^\\]+))? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")


def output_of(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def named(name: str) -> str:
    """A package's name as registries compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def written_dependencies() -> list[Requirement]:
    groups = [
        PROJECT["build-system"]["requires"],
        PROJECT["project"]["dependencies"],
        *PROJECT["project"]["optional-dependencies"].values(),
        *PROJECT["dependency-groups"].values(),
    ]
    return [Requirement(line) for group in groups for line in group if isinstance(line, str)]


def locked(lock: str) -> dict[str, str]:
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    return {found["name"]: found["version"] for line in lines if (found := LOCKED.fullmatch(line))}


def files_of_the_repository() -> list[Path]:
    """Every file that is committed or would be."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout, so nothing tells which files are ours")
    listed = output_of("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    paths = [ROOT / name for name in listed.split("\0")]
    return [path for path in paths if path.is_file()]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_names_versions_markers_and_hashes_and_nothing_else(lock: str) -> None:
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    assert lines
    strange = [line for line in lines if not (LOCKED.fullmatch(line) or HASH.fullmatch(line))]
    assert strange == []


@pytest.mark.parametrize("lock", LOCKS)
def test_each_locked_package_has_a_hash(lock: str) -> None:
    lines = (ROOT / lock).read_text(encoding="utf-8").splitlines()
    for line, after in zip(lines, [*lines[1:], ""], strict=True):
        assert HASH.match(line) or HASH.match(after), f"{line} has no hash"


def test_the_development_lock_holds_everything_of_the_other_in_the_same_version() -> None:
    assert locked("requirements.lock").items() <= locked("requirements-dev.lock").items()


def test_every_written_dependency_is_locked_in_a_version_that_it_allows() -> None:
    versions = locked("requirements-dev.lock")
    for wanted in written_dependencies():
        assert versions[named(wanted.name)] in wanted.specifier, f"{wanted}: run `make lock`"


def test_the_service_lock_builds_and_runs_the_service_without_the_development_tools() -> None:
    versions = locked("requirements.lock")
    wanted = {named(Requirement(line).name) for line in PROJECT["project"]["dependencies"]}
    assert wanted | {"hatchling", "psycopg"} <= versions.keys()
    assert versions.keys().isdisjoint({"pytest", "mypy", "ruff"})


def test_every_dependency_is_bounded_below_and_above() -> None:
    for wanted in written_dependencies():
        operators = {bound.operator for bound in wanted.specifier}
        assert operators >= {">=", "<"}, f"{wanted}: give both the oldest and the first too new version"


def test_every_dependency_has_its_reason_in_the_decisions() -> None:
    text = (ROOT / "docs" / "decisions.md").read_text(encoding="utf-8")
    section = text.partition("## Libraries\n")[2].partition("\n## ")[0]
    explained = {named(name) for name in re.findall(r"^- \*\*([^*]+)\*\*", section, re.MULTILINE)}
    wanted = {named(wanted.name) for wanted in written_dependencies()}
    assert explained == wanted


def test_the_wheel_lists_every_room_on_disk() -> None:
    on_disk = {path.parent.name for path in ROOT.glob("[a-z]*/__init__.py")} - NOT_ROOMS
    assert set(ROOMS) == on_disk


def test_an_image_takes_in_the_rooms_and_what_builds_the_wheel_and_nothing_else() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    everything, *let_in, caches = [line for line in lines if line and not line.startswith("#")]
    assert (everything, caches) == ("*", "**/__pycache__")
    needed = {"requirements.lock", "pyproject.toml", PROJECT["project"]["readme"], "LICENSE"}
    assert set(let_in) == {f"!{name}" for name in needed | set(ROOMS)}


def test_the_import_rules_know_every_room() -> None:
    rules = PROJECT["tool"]["importlinter"]
    layered = {room.strip() for layer in rules["contracts"][0]["layers"] for room in layer.split("|")}
    assert set(rules["root_packages"]) == set(ROOMS)
    assert layered | {"sandbox"} == set(ROOMS)


def test_each_room_says_in_one_sentence_what_it_is_for() -> None:
    for room in ROOMS:
        text = (ROOT / room / "__init__.py").read_text(encoding="utf-8")
        assert re.match(r'"""[A-Z].+\.', text), f"{room}/__init__.py begins with its sentence"


def test_the_rooms_that_python_finds_are_ours_and_not_a_library_of_the_same_name() -> None:
    # -I leaves the working folder out: this is what an installed program sees.
    lines = "\n".join(f"import {room}; print({room}.__file__)" for room in ROOMS)
    found = output_of(sys.executable, "-I", "-c", lines).splitlines()
    assert found == [str(ROOT / room / "__init__.py") for room in ROOMS]


def test_no_test_folder_is_a_package_that_could_stand_in_for_a_room() -> None:
    assert list((ROOT / "tests").glob("*/__init__.py")) == []


def test_no_file_names_a_folder_of_one_machine_or_the_address_of_a_registry() -> None:
    found = []
    for path in files_of_the_repository():
        content = path.read_bytes()
        if b"\0" in content:
            continue  # a picture or a spreadsheet
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
            if MACHINE_PATH.search(line) or REGISTRY.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")
    assert found == []


def test_every_make_target_explains_itself() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.+)$", makefile, re.MULTILINE)
    assert phony
    explained = set(re.findall(r"^([a-z]+):.*## \S", makefile, re.MULTILINE))
    assert explained == set(phony[1].split()) == set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    shown = output_of("make", "--no-print-directory")
    for target in explained:
        assert re.search(rf"^  {target} +\S", shown, re.MULTILINE), f"`make` shows what {target} does"
