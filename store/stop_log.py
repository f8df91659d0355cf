"""A small log outside the database of opt-outs, deaths and erasures, so that restoring a backup can't undo one.

A line is a moment and keyed hashes: the file alone says nothing about anybody. It is written and synced before the
transaction that it speaks of commits; a line whose transaction then fails does no harm, since replaying it only stops.
`store.replay` reads it back.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple

from sqlmodel import Session, col, select

from core.cells import fold
from core.clock import Clock
from core.errors import StoreError
from core.person_row import same_address
from store.tables import Person, Route

What = Literal["route_stopped", "route_started", "everything_stopped", "died", "left", "came_back", "erased"]


class Word(NamedTuple):
    """What is to be written: `subject` is the route or person; `others` are told apart without their row.

    A route that is not in the backup is known by its channel and address, a person by their name with each address;
    those become suppressions (`store.suppressions`), so that an import after the restore does not revive them.
    """

    what: What
    subject: str
    others: Sequence[str] = ()


class Stop(NamedTuple):
    """One line: what happened, the keyed hash of whom or what, those of `Word.others`, and when (aware UTC)."""

    what: str
    hash: str
    others: Sequence[str]
    at: datetime


@dataclass(frozen=True, slots=True)
class StopLog:
    """The file `stops.log` in the data folder."""

    path: Path
    secret: bytes
    clock: Clock

    def append(self, words: Sequence[Word]) -> None:
        """Writes a line for each word and waits until they are on the disk.

        Raises `StoreError` where the file can't be written: then what they speak of must not be committed either.
        """
        at = self.clock.now().isoformat()
        lines = "".join(self._line(word, at) for word in words)
        try:
            handle = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                # A line torn by a crash must not swallow the one that follows it.
                size = os.fstat(handle).st_size
                torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
                left = (("\n" if torn else "") + lines).encode()
                while left:
                    left = left[os.write(handle, left) :]
                os.fsync(handle)
            finally:
                os.close(handle)
        except OSError as error:
            raise StoreError(
                f"The log of people who asked us to stop can't be written: {error.strerror}",
                where=str(self.path),
                mend="Make room on the disk, or give this user the right to write to the file; then do it again.",
            ) from None

    def _line(self, word: Word, at: str) -> str:
        others = [keyed_hash(self.secret, other) for other in word.others]
        line = {"at": at, "what": word.what, "hash": keyed_hash(self.secret, word.subject), "others": others}
        return json.dumps(line) + "\n"

    def since(self, moment: datetime) -> Iterator[Stop]:
        """Reads the lines from `moment` on, oldest first; a line torn by a crash is passed over."""
        if not self.path.exists():
            return
        with self.path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                try:
                    entry = json.loads(line)
                    at = datetime.fromisoformat(entry["at"])
                    stop = Stop(entry["what"], entry["hash"], entry["others"], at)
                    if stop.at >= moment:
                        yield stop
                except (ValueError, KeyError, TypeError):
                    continue


def keyed_hash(secret: bytes, subject: str) -> str:
    """Hashes a subject so that only the holder of the installation's secret can tell whose it is (HMAC-SHA-256)."""
    return hmac.new(secret, subject.encode(), hashlib.sha256).hexdigest()


def route_subject(uid: str) -> str:
    """Names a route by its outside id."""
    return f"route:{uid}"


def person_subject(uid: str) -> str:
    """Names a person by their outside id."""
    return f"person:{uid}"


def address_subject(channel: str, address: str) -> str:
    """Names whatever is sent to an address on a channel, whoever has it."""
    return ":".join(same_address(channel, address))


def identity_subject(name: str, channel: str, address: str) -> str:
    """Names somebody by what a people file says of them: their name with one address."""
    return "\n".join(("erased", fold(name), *same_address(channel, address)))


def remember_stop(session: Session, route: Route, what: What = "route_stopped") -> None:
    """Has the log say, before this transaction commits, that a route was stopped (or may be used again)."""
    others = [address_subject(route.channel, route.address)] if route.address is not None else []
    _remember(session, Word(what, route_subject(route.uid), others))


def remember_person(session: Session, person: Person, what: What) -> None:
    """Has the log say, before this transaction commits, what happened to a person.

    Call it while their name and addresses are still there.
    """
    addresses = session.exec(
        select(Route.channel, Route.address).where(Route.person_id == person.id, col(Route.address).is_not(None))
    ).all()
    if what == "everything_stopped":
        others = [address_subject(channel, address or "") for channel, address in addresses]
    else:
        others = [identity_subject(person.name, channel, address or "") for channel, address in addresses]
    _remember(session, Word(what, person_subject(person.uid), others))


def _remember(session: Session, word: Word) -> None:
    session.info.setdefault("stops", []).append(word)
