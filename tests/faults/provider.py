"""The providers in a process that is never killed, and the log that it writes of what arrived."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

PATIENCE = 60.0

OPTIONS = ("--json", "--all-chats", "--no-strict")


class Told(NamedTuple):
    """That a provider took one notice for one address."""

    notice: int
    channel: str
    to: str


class Provider:
    """Runs `python -m sandbox`; each message is on its disk before it is accepted."""

    def __init__(self, folder: Path, *, latency: float = 0.0) -> None:
        self._path = folder / "arrivals.jsonl"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", *OPTIONS, "--log", str(self._path), "--latency", str(latency)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._process.stdout is not None
        ready = json.loads(self._process.stdout.readline())
        self.settings: dict[str, str] = ready["settings"]
        self._steer = ready["http"] + "/_sandbox/"
        self._read_to = 0
        self._lines: list[dict[str, Any]] = []

    def close(self) -> None:
        self._process.terminate()
        self._process.communicate(timeout=PATIENCE)

    def does(self, what: str, **fields: object) -> None:
        """Steers the world: `fail`, `heal`, `slow`, ..."""
        body = json.dumps(fields).encode()
        with urlopen(Request(self._steer + what, body, {"Content-Type": "application/json"}), timeout=PATIENCE):
            pass

    @property
    def lines(self) -> list[dict[str, Any]]:
        """The whole log as it stands on the disk now."""
        with self._path.open("rb") as file:
            file.seek(self._read_to)
            new = file.read()
        whole = new[: new.rfind(b"\n") + 1]
        self._read_to += len(whole)
        self._lines += [json.loads(line) for line in whole.splitlines()]
        return self._lines

    @property
    def arrived(self) -> int:
        return sum(line["kind"] == "accepted" for line in self.lines)

    @property
    def told(self) -> Counter[Told]:
        """How often each address was told each notice."""
        return Counter(
            Told(notice_of(line["text"]), line["channel"], line["to"])
            for line in self.lines
            if line["kind"] == "accepted"
        )

    def in_flight(self, moment: float) -> int:
        """How many sends had been received and not yet answered at a moment."""
        started = {line["request"] for line in self.lines if line["kind"] == "started" and line["mono"] <= moment}
        answered = {line["request"] for line in self.lines if line["kind"] == "answered" and line["mono"] <= moment}
        return len(started - answered)


def notice_of(text: str) -> int:
    """The number that a test's notice carries in its words."""
    found = re.search(r"Notice (\d+)\.", text)
    assert found, text
    return int(found[1])


def until(condition: Callable[[], object], said: Callable[[], object] = str, patience: float = PATIENCE) -> None:
    """Waits until something is so."""
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, f"it did not come to pass: {said()}"
        time.sleep(0.01)
