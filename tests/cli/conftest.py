from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import signal
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class World:
    """A pretend world in a process of its own, steered over HTTP."""

    url: str
    settings: dict[str, str]
    since: int = 0

    def ask(self, path: str, **query: object) -> Any:
        with urllib.request.urlopen(f"{self.url}/_sandbox/{path}?{urllib.parse.urlencode(query)}") as answer:
            return json.load(answer)

    def tell(self, path: str, **fields: object) -> None:
        request = urllib.request.Request(
            f"{self.url}/_sandbox/{path}",
            json.dumps(fields).encode(),
            {"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request).close()

    def messages(self, **query: object) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("messages", since=self.since, **query)
        return found

    def fail(self, channel: str, how: str, **more: object) -> None:
        self.tell("fail", channel=channel, how=how, times=None, **more)


@dataclass
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Program:
    """The program with its own data folder; `here` runs it in this process, which is quicker."""

    folder: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def data(self) -> Path:
        return Path(self.environ["RINGROUND_DATA_DIR"])

    @property
    def command(self) -> list[str]:
        return [sys.executable, "-m", "cli.main"]

    @property
    def environment(self) -> dict[str, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("RINGROUND")}
        return {**inherited, "PYTHONPATH": str(ROOT), "COLUMNS": "80", **self.environ}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self.command, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, input: str | bytes | None = None) -> Done:
        done = subprocess.run(
            [*self.command, *arguments],
            cwd=self.folder,
            env=self.environment,
            input=input.encode() if isinstance(input, str) else input if input is not None else b"",
            capture_output=True,
            timeout=60,
        )
        return Done(done.returncode, done.stdout.decode(), done.stderr.decode())

    def here(self, *arguments: str) -> Done:
        from cli import main

        out, err = io.StringIO(), io.StringIO()
        arguments_before, folder_before = sys.argv, Path.cwd()
        with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            for name in [name for name in os.environ if name.startswith("RINGROUND")]:
                patch.delenv(name)
            for name, value in self.environ.items():
                patch.setenv(name, value)
            patch.chdir(self.folder)
            patch.setattr(sys, "argv", ["ringround", *arguments])
            patch.setattr(sys, "stdin", io.StringIO())
            with pytest.raises(SystemExit) as ended:
                main.run()
        assert (sys.argv, Path.cwd()) == (arguments_before, folder_before)
        code = ended.value.code
        return Done(code if isinstance(code, int) else 1, out.getvalue(), err.getvalue())

    def good(self, *arguments: str) -> Done:
        """Runs it here and expects it to go well."""
        done = self.here(*arguments)
        assert done.code == 0, done.err
        return done


@pytest.fixture(scope="session")
def _world_process() -> Iterator[World]:
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--json", "--no-fsync"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    yield World(ready["http"], ready["settings"])
    process.send_signal(signal.SIGTERM)
    process.wait(10)
    process.stdout.close()


@pytest.fixture
def world(_world_process: World) -> Iterator[World]:
    one = _world_process
    one.since = max((message["n"] for message in one.ask("messages")), default=0)
    yield one
    one.tell("heal")


@pytest.fixture
def program(tmp_path: Path) -> Program:
    """The program with nothing but a group and a data folder; live, and with no quiet hours."""
    return Program(
        tmp_path,
        {
            "RINGROUND_DATA_DIR": str(tmp_path / "data"),
            "RINGROUND_LIVE": "true",
            "RINGROUND_QUIET__START": "00:00",
            "RINGROUND_QUIET__END": "00:00",
            "RINGROUND_WEB__PORT": "0",
            "RINGROUND_GROUP__NAME": "River Group",
            "RINGROUND_GROUP__CONTACT_NAME": "Sam Lee",
            "RINGROUND_GROUP__CONTACT_PHONE": "01632 960123",
        },
    )


@pytest.fixture
def connected(program: Program, world: World) -> Program:
    """The program with every channel leading into the pretend world."""
    program.environ |= {**world.settings, "RINGROUND_SMS__RATE": "50"}
    return program


@pytest.fixture(autouse=True)
def _the_log_as_it_was() -> Iterator[None]:
    """Commands set the log up for their process; here that is the tests' own."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)


PEOPLE = """\
name,preferred_channel,email,mobile,telegram,phone,groups
Ann Carter,email,ann@example.org,,,,Planning
Bob Dean,sms,,07700 900123,,,Planning; Carers
Cy Egan,phone,,,,01632 960111,Carers
Dee Fox,telegram,,,70000001,,Planning
Eve Grey,,,,,,Planning
"""


@pytest.fixture
def people(connected: Program, world: World) -> Program:
    """Five people: an e-mail, a text, a call, a chat, and one with no route at all."""
    (connected.folder / "people.csv").write_text(PEOPLE, encoding="utf-8")
    connected.good("people", "import", "people.csv")
    world.tell("introduce", name="Dee Fox", telegram="70000001")
    return connected
