"""The wheel, installed outside the checkout, is the whole program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel as hatchling builds it from this tree, with the locked hatchling and no network."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    [built] = folder.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `ringround` program of an environment outside the checkout, into which the wheel was installed.

    The libraries are those of the environment that runs the tests, so that nothing is fetched; our own
    rooms can only come from the wheel.
    """
    home = tmp_path_factory.mktemp("installed")
    venv.create(home, with_pip=False, symlinks=os.name != "nt")
    paths = sysconfig.get_paths(vars={"base": str(home), "platbase": str(home)})
    python = Path(paths["scripts"]) / Path(sys.executable).name
    pip = [sys.executable, "-m", "pip", "--python", str(python)]
    subprocess.run([*pip, "install", "--quiet", "--no-deps", "--no-index", str(wheel)], check=True)
    # Last: pip would otherwise find ringround here already. A folder that a .pth file adds has its own
    # .pth files ignored, so the checkout stays out.
    Path(paths["purelib"], "libraries.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    return python.with_name("ringround")


def plain_environment() -> dict[str, str]:
    """This process's environment with nothing of its Python or Ringround settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "RINGROUND"))}


def run(
    program: Path, *arguments: str, cwd: Path, settings: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Runs a program of the installed environment."""
    environment = plain_environment() | dict(settings or {})
    return subprocess.run(
        [str(program), *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=120
    )


@pytest.fixture
def world(installed: Path, tmp_path: Path) -> Iterator[dict[str, str]]:
    """The settings for a pretend world that runs from the wheel too, in a process of its own."""
    python = installed.with_name(Path(sys.executable).name)
    process = subprocess.Popen(
        [python, "-m", "sandbox", "--json", "--log", str(tmp_path / "arrivals.jsonl")],
        cwd=tmp_path,
        env=plain_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    yield json.loads(process.stdout.readline())["settings"]
    process.terminate()
    process.wait(10)
    process.stdout.close()


def test_the_wheel_holds_every_file_of_every_room(wheel: Path) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    rooms = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    on_disk = {
        path.relative_to(ROOT).as_posix()
        for room in rooms
        for path in (ROOT / room).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert shipped == on_disk


def test_the_installed_rooms_come_from_the_wheel(installed: Path, tmp_path: Path) -> None:
    python = installed.with_name(Path(sys.executable).name)
    found = run(python, "-c", "import core, cli; print(core.__file__); print(cli.__file__)", cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    for line in found.stdout.splitlines():
        assert Path(line).is_relative_to(installed.parents[1])


def test_the_installed_program_explains_itself(installed: Path, tmp_path: Path) -> None:
    shown = run(installed, "--help", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "ringround" in shown.stdout


def test_the_installed_program_sets_itself_up_and_sends(installed: Path, world: dict[str, str], tmp_path: Path) -> None:
    settings = {
        **{name: value for name, value in world.items() if "_EMAIL__" in name},
        "RINGROUND_DATA_DIR": str(tmp_path / "data"),
        "RINGROUND_LIVE": "true",
        "RINGROUND_QUIET__START": "00:00",
        "RINGROUND_QUIET__END": "00:00",
    }

    def ringround(*arguments: str) -> subprocess.CompletedProcess[str]:
        done = run(installed, *arguments, cwd=tmp_path, settings=settings)
        assert done.returncode == 0, done.stderr
        return done

    ringround("init")
    (tmp_path / "people.csv").write_text("name,email\nAnn Price,ann@example.org\nJoe Hall,joe@example.org\n")
    ringround("people", "import", "people.csv")
    sent = ringround("notice", "send", "--text", "We meet on Monday at 2pm.", "--wait", "--json")
    reach = json.loads(ringround("reach", json.loads(sent.stdout)["notice"], "--json").stdout)
    assert [person["state"] for person in reach["people"]] == ["accepted", "accepted"]
    arrived = [json.loads(line) for line in (tmp_path / "arrivals.jsonl").read_text(encoding="utf-8").splitlines()]
    assert sorted(one["to"] for one in arrived if one["kind"] == "accepted") == ["ann@example.org", "joe@example.org"]
