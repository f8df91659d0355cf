"""Where everybody stands on a notice, read from the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from sqlmodel import Session

from core.delivery import State
from core.people import PHONE
from core.reach import Rung, Standing, Task, standing
from store import bulk
from store.tables import Notice


@dataclass(frozen=True, slots=True)
class PersonReach:
    """One recipient: their standing, and the last delivery's channel, state and reason (empty where there is none)."""

    id: str
    name: str
    standing: Standing
    channel: str
    state: str
    reason: str


@dataclass(slots=True)
class Reach:
    """A notice's whole reach. The standings add up to `invited`, always.

    `complete` says that everyone is written down and the machines have nothing more to do: whoever is still `trying`
    has been sent it on a channel that gives no proof. `sent` counts those: sent, not confirmed.
    """

    notice: str
    complete: bool
    sent: int = 0
    counts: Counter[Standing] = field(default_factory=Counter)
    people: list[PersonReach] = field(default_factory=list)

    @property
    def invited(self) -> int:
        """How many people the notice is meant for."""
        return sum(self.counts.values())


_RUNGS = """
SELECT r.id, p.uid, p.name, r.left_out, r.task, r.task_reason, d.channel, d.state, d.reason
FROM recipient r JOIN person p ON p.id = r.person_id LEFT JOIN delivery d ON d.recipient_id = r.id
WHERE r.notice_id = ? ORDER BY r.id, d.id
"""


def reach(session: Session, notice: Notice, proving: Sequence[str] = ()) -> Reach:
    """Tells where everybody stands on a notice.

    `proving` names the channels that may still give a receipt for what they accepted.
    """
    found = Reach(notice.uid, complete=notice.spread_at is not None)
    for person, rungs in _people(session, notice):
        found.people.append(person)
        _add(found, person.standing, rungs, proving)
    return found


_ALIKE = """
SELECT one.left_out, one.task, one.rungs, COUNT(*) FROM (
    SELECT r.left_out, r.task, {joined}(d.channel || ' ' || d.state, ',') AS rungs
    FROM recipient r LEFT JOIN delivery d ON d.recipient_id = r.id
    WHERE r.notice_id = ? GROUP BY r.id
) AS one GROUP BY one.left_out, one.task, one.rungs
"""


def counted(session: Session, notice: Notice, proving: Sequence[str] = ()) -> Reach:
    """Tells how many stand where, like `reach` but naming nobody: quick enough for a page, however many they are."""
    found = Reach(notice.uid, complete=notice.spread_at is not None)
    query = _ALIKE.format(joined="string_agg" if bulk.postgres(session) else "group_concat")
    for left_out, task, joined, count in bulk.rows(session, query, (notice.id,)):
        pairs = (pair.split(" ") for pair in (joined or "").split(",") if pair)
        rungs = [Rung(channel, State(state)) for channel, state in pairs]
        _add(found, standing(left_out, Task(task) if task else None, rungs), rungs, proving, count)
    return found


def _add(found: Reach, where: Standing, rungs: list[Rung], proving: Sequence[str], count: int = 1) -> None:
    found.counts[where] += count
    # Whoever is known to know needs no receipt.
    awaited = () if where is Standing.REACHED else proving
    if any(_open(rung, awaited) for rung in rungs):
        found.complete = False
    elif where is Standing.TRYING:
        found.sent += count


def _open(rung: Rung, proving: Sequence[str]) -> bool:
    if rung.state in (State.QUEUED, State.HELD, State.SENDING, State.UNKNOWN):
        return True
    return rung.state is State.ACCEPTED and rung.channel in proving and rung.channel != PHONE


def _people(session: Session, notice: Notice) -> Iterator[tuple[PersonReach, list[Rung]]]:
    rows = bulk.rows(session, _RUNGS, (notice.id,))
    for _, group in groupby(rows, key=lambda row: row[0]):
        last: tuple[Any, ...] = ()
        rungs = []
        for last in group:
            if last[7] is not None:
                rungs.append(Rung(last[6], State(last[7])))
        _, uid, name, left_out, task, task_reason, channel, state, reason = last
        where = standing(left_out, Task(task) if task else None, rungs)
        why = {
            Standing.LEFT_OUT: left_out,
            Standing.NEEDS_PERSON: task_reason,
            Standing.NOT_REACHABLE: task_reason,
        }
        yield PersonReach(uid, name, where, channel or "", state or "", why.get(where) or reason or ""), rungs


def progress(session: Session, notice: Notice) -> Counter[State]:
    """Counts a notice's deliveries by state: quick enough to ask four times a second."""
    rows = bulk.rows(session, "SELECT state, count(*) FROM delivery WHERE notice_id = ? GROUP BY state", (notice.id,))
    return Counter({State(state): count for state, count in rows})
