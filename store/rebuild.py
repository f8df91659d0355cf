"""Brings what is planned for many meetings in line with the strategy, in a few statements."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from core import planned
from core.notices import Kind
from core.strategy import Strategy
from core.timetable import entries
from store import bulk
from store.meetings import meetings_by_key

_KEPT = ("key", "id", "state", "due", "until")


def rebuild(session: Session, strategy: Strategy, zone: str, now: datetime, *, only: int | None = None) -> int:
    """Brings the timetable, or that of one meeting (`only`), in line; returns how many entries were changed.

    Only meetings that are not over, and the versions that they have now. What was made, held or skipped stays so. What
    the strategy asks for anew and was due before is left out, but for an invitation, which reaches only people who
    were never told. Some 10,000 meetings take about a second.
    """
    at = bulk.stamp(session, now)
    which, values = "m.state = 'planned' AND m.ends_at > ?", (at,)
    if only is not None:
        which, values = "m.state = 'planned' AND m.id = ?", (only,)
    meetings = meetings_by_key(session, which, values)
    moment = "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')" if bulk.postgres(session) else "{0}"
    found = bulk.fetch(
        session,
        _KEPT,
        f"SELECT q.key, q.id, q.state, {moment.format('q.due_at')} AS due, {moment.format('q.not_after')} AS until "
        "FROM planned q JOIN meeting m ON m.id = q.meeting_id AND m.version = q.version "
        f"WHERE {which} AND q.kind <> 'change'",
        values,
    )
    kept = {row[0]: row[1:] for row in found}
    new: list[tuple[int | str | None, ...]] = []
    moved: list[tuple[int | str | None, ...]] = []
    for id_, meeting in meetings.items():
        for entry in entries(meeting, strategy, zone):
            due, until = _text(entry.due_at), _text(entry.not_after)
            if (before := kept.pop(entry.key, None)) is None:
                late = entry.due_at <= now and (entry.kind is not Kind.INVITATION or entry.not_after <= now)
                state, reason = ("skipped", planned.LATE_WHEN_PLANNED) if late else ("coming", "")
                new.append((entry.key, id_, entry.version, entry.kind.value, entry.name, due, until, state, reason))
            elif before[1] == "withdrawn" or (before[1] in ("coming", "held") and before[2:] != [due, until]):
                moved.append((before[0], due, until, "coming" if before[1] == "withdrawn" else before[1]))
    gone = [(row[0],) for row in kept.values() if row[1] in ("coming", "held")]
    _write_rebuilt(session, new, moved, gone, at)
    return len(new) + len(moved) + len(gone)


def _write_rebuilt(
    session: Session,
    new: Sequence[tuple[int | str | None, ...]],
    moved: Sequence[tuple[int | str | None, ...]],
    gone: Sequence[tuple[int | str | None, ...]],
    at: object,
) -> None:
    cast = "(CAST({0} AS timestamp) AT TIME ZONE 'UTC')" if bulk.postgres(session) else "{0}"
    due, until = cast.format("v.due"), cast.format("v.until")
    if new:
        columns: dict[str, type[int] | type[str]] = {
            "key": str,
            "meeting": int,
            "version": int,
            "kind": str,
            "name": str,
            "due": str,
            "until": str,
            "state": str,
            "reason": str,
        }
        bulk.change(
            session,
            "INSERT INTO planned (key, meeting_id, version, kind, name, due_at, not_after, urgent, every_route, state, "
            f"reason, changed_at) SELECT v.key, v.meeting, v.version, v.kind, v.name, {due}, {until}, FALSE, FALSE, "
            f"v.state, v.reason, ? FROM {bulk.table(session, columns)} WHERE TRUE ON CONFLICT (key) DO NOTHING",
            (at, bulk.packed(new)),
        )
    if moved:
        v = bulk.table(session, {"id": int, "due": str, "until": str, "state": str})
        bulk.change(
            session,
            f"UPDATE planned SET due_at = {due}, not_after = {until}, state = v.state, "
            "reason = CASE WHEN planned.state = 'withdrawn' THEN '' ELSE planned.reason END, changed_at = ? "
            f"FROM {v} WHERE planned.id = v.id AND planned.state IN ('coming', 'held', 'withdrawn')",
            (at, bulk.packed(moved)),
        )
    if gone:
        v = bulk.table(session, {"id": int})
        bulk.change(
            session,
            f"UPDATE planned SET state = 'withdrawn', reason = ?, changed_at = ? FROM {v} "
            "WHERE planned.id = v.id AND planned.state IN ('coming', 'held')",
            (planned.NOT_IN_STRATEGY, at, bulk.packed(gone)),
        )


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")
