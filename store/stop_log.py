"""A small log outside the database of opt-outs, deaths and erasures, so that restoring a backup can't undo one.

A line is a keyed hash and a moment: the file alone says nothing about anybody. It is written and synced before the
transaction that it speaks of commits; a line whose transaction then fails does no harm, since replaying it only stops.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple

from sqlmodel import Session

from core.clock import Clock
from store.tables import Person, Route

What = Literal["route_stopped", "everything_stopped", "route_started", "died", "left", "erased"]


class Stop(NamedTuple):
    """One line: what happened, the keyed hash of whom or where, and when (aware UTC)."""

    what: str
    hash: str
    at: datetime


@dataclass(frozen=True, slots=True)
class StopLog:
    """The file `stops.log` in the data folder."""

    path: Path
    secret: bytes
    clock: Clock

    def append(self, subjects: list[tuple[str, str]]) -> None:
        """Writes `(what, subject)` lines and waits until they are on the disk."""
        lines = "".join(
            json.dumps({"at": self.clock.now().isoformat(), "what": what, "hash": keyed_hash(self.secret, subject)})
            + "\n"
            for what, subject in subjects
        )
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(handle, lines.encode())
            os.fsync(handle)
        finally:
            os.close(handle)

    def since(self, moment: datetime) -> Iterator[Stop]:
        """Reads the lines from `moment` on, oldest first; a line torn by a crash is passed over."""
        if not self.path.exists():
            return
        for line in self.path.read_text(encoding="utf-8").splitlines():
            try:
                entry = json.loads(line)
                stop = Stop(entry["what"], entry["hash"], datetime.fromisoformat(entry["at"]))
            except (ValueError, KeyError, TypeError):
                continue
            if stop.at >= moment:
                yield stop


def keyed_hash(secret: bytes, subject: str) -> str:
    """Hashes a subject so that only the holder of the installation's secret can tell whose it is (HMAC-SHA-256)."""
    return hmac.new(secret, subject.encode(), hashlib.sha256).hexdigest()


def remember_stop(session: Session, route: Route, what: What = "route_stopped") -> None:
    """Has the log say, before this transaction commits, that a route was stopped (or may be used again)."""
    _remember(session, what, f"{route.channel}:{route.address}")


def remember_person(session: Session, person: Person, what: What) -> None:
    """Has the log say, before this transaction commits, what happened to a person."""
    _remember(session, what, f"person:{person.uid}")


def _remember(session: Session, what: str, subject: str) -> None:
    session.info.setdefault("stops", []).append((what, subject))
