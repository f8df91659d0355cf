"""What is held back in a database that has just come out of a backup, and what staff are told of it.

Between the backup and its return messages may have gone out that it knows nothing of. So nothing that had begun goes
on by itself: staff look, and let each notice go on (`ringround notice resume ID`) or cancel it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import Session

from core.delivery import HELD_RESTORED, DuplicatePolicy
from core.planned import HELD_RESTORED as PLANNED_RESTORED
from core.roles import Actor
from store import bulk
from store.audit import note
from store.installation import installation
from store.replay import replay
from store.stop_log import StopLog

SLACK = timedelta(hours=1)
"""How much earlier than the backup the log of stops is read from: a line is written before its transaction commits,
and clocks are set. Replaying a line twice changes nothing."""


@dataclass(frozen=True, slots=True)
class HeldNotice:
    """A notice that waits until staff confirm it, and how many people's messages wait; `spreading`: more are to come.

    With no messages it waits all the same: a message that was handed over may turn out to have failed.
    """

    id: str
    subject: str
    people: int
    spreading: bool


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did.

    `backed_up_at` is the moment of the backup (None: the file does not say). `unknown` counts messages of which nobody
    knows whether they were sent, `later` the notices that are planned for a time to come and go out by themselves.
    `stops` counts what was stopped since the backup and has been stopped again, `strangers` those whom the backup does
    not know; `log_found` is whether there was a log at all. `safety` is the copy of the database that was replaced.
    """

    backed_up_at: datetime | None
    held: list[HeldNotice]
    unknown: int
    later: int
    stops: int
    strangers: int
    log_found: bool
    safety: Path | None = None
    planned: int = 0

    def sentences(self) -> list[str]:
        """Says it in plain words for whoever restored it, with what to do next."""
        made = (
            f"{self.backed_up_at.day} {self.backed_up_at:%B %Y, %H:%M} UTC" if self.backed_up_at else "an unknown day"
        )
        said = [f"The backup from {made} is in place. What was written down since then is gone."]
        if self.safety:
            said.append(f"The database that it replaces is kept: {self.safety}")
        for notice in self.held:
            more = " and the rest of the group" if notice.spreading else ""
            said.append(
                f"Held: {notice.subject!r}, {_count(notice.people, 'message')}{more}. It may have gone out since. "
                f"If not: ringround notice resume {notice.id}. If so: ringround notice cancel {notice.id}."
            )
        if self.planned:
            said.append(
                f"Held in the timetable: {_count(self.planned, 'notice')} of meetings that may have gone out since. "
                "Look through them: ringround timetable."
            )
        if self.unknown:
            said.append(f"Of {_count(self.unknown, 'message')} nobody knows whether it was sent; none is sent again.")
        if self.later:
            notices = _count(self.later, "notice is", "notices are")
            said.append(f"{notices} planned for later and will go out. Look through them: ringround notice list.")
        again = _count(self.stops, "stop, death or erasure", "stops, deaths and erasures")
        said.append(f"Made to hold again: {again} since then.")
        if self.strangers:
            said.append(
                f"{self.strangers} more are of people or addresses not in this backup; they hold if these return."
            )
        if not self.log_found:
            said.append("There is no stops.log in the data folder: whoever asked us to stop since then is not known.")
        return said


_BEGUN = """not_before <= ? AND (spread_at IS NULL OR EXISTS (
    SELECT 1 FROM delivery d WHERE d.notice_id = notice.id AND (d.state IN ('queued', 'held', 'unknown', 'review')
    OR (d.state = 'accepted' AND notice.not_after > ?))))"""
"""Notices whose sending could have gone on since: also where a message that was accepted may yet turn out to have
failed, which would start the next route."""


def hold_back(session: Session, log: StopLog, actor: Actor, now: datetime) -> Restored:
    """Makes what was being sent unknown, pauses what had begun, holds its messages and replays the log.

    Pausing the notice as a whole also binds the pages still to be written and the rungs still to come. Nobody knows
    what was sent, so such a notice prefers silence from now on: what stays in doubt goes to staff.
    """
    at = bulk.stamp(session, now)
    bulk.change(
        session,
        "UPDATE delivery SET state = 'unknown', reason = 'being sent when the backup was made', tries = tries + 1, "
        "lease_until = ?, changed_at = ? WHERE state = 'sending'",
        (at, at),
    )
    bulk.change(
        session,
        f"UPDATE notice SET state = 'paused', policy = ? WHERE state IN ('open', 'paused') AND {_BEGUN}",
        (DuplicatePolicy.PREFER_SILENCE, at, at),
    )
    bulk.change(
        session,
        "UPDATE delivery SET state = 'held', reason = ?, changed_at = ? WHERE state IN ('queued', 'held') "
        "AND notice_id IN (SELECT id FROM notice WHERE state = 'paused' AND not_before <= ?)",
        (HELD_RESTORED, at, at),
    )
    planned = bulk.change(
        session,
        "UPDATE planned SET state = 'held', reason = ?, changed_at = ? WHERE state = 'coming' AND due_at <= ?",
        (PLANNED_RESTORED, at, at),
    )
    made = installation(session).backed_up_at
    replayed = replay(session, log, made - SLACK if made else datetime.min.replace(tzinfo=UTC))
    held = _held(session, at)
    unknown = bulk.rows(session, "SELECT count(*) FROM delivery WHERE state = 'unknown'")[0][0]
    later = bulk.rows(session, "SELECT count(*) FROM notice WHERE state = 'open' AND not_before > ?", (at,))[0][0]
    counts = f"{sum(one.people for one in held)} held, {unknown} unknown, {replayed.again} stopped again"
    note(session, actor, "restore", "", counts, now)
    return Restored(made, held, unknown, later, replayed.again, replayed.strangers, log.path.exists(), planned=planned)


def _held(session: Session, at: Any) -> list[HeldNotice]:
    found = bulk.rows(
        session,
        "SELECT n.uid, n.subject, n.text, n.spread_at IS NULL, count(d.id) FROM notice n LEFT JOIN delivery d "
        "ON d.notice_id = n.id AND d.state = 'held' AND d.reason = ? WHERE n.state = 'paused' "
        "AND n.not_before <= ? GROUP BY n.id ORDER BY n.id",
        (HELD_RESTORED, at),
    )
    return [
        HeldNotice(uid, subject or (text or "")[:60], people, bool(spreading))
        for uid, subject, text, spreading, people in found
    ]


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"
