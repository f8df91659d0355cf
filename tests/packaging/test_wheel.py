"""The wheel, installed outside the checkout, is the whole program."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import tomllib
import venv
import zipfile
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


def run(program: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Runs a program of the installed environment, with nothing of this one's Python settings."""
    ours = ("PYTHON", "RINGROUND")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return subprocess.run(
        [str(program), *arguments], cwd=cwd, env=environment, capture_output=True, text=True, timeout=120
    )


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
