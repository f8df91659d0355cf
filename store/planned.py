"""What will go out for meetings, and when: the rows that the timetable is made of.

They are the truth; the clock only says when to look. Whoever makes a meeting's notices holds its row, so an edit and
any number of schedulers take turns, and each entry is made by one of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session, col, select

from core import planned
from core.calendar import wall
from core.errors import UserError
from core.meetings import Meeting
from core.notices import Kind
from core.planned import PlannedState
from core.strategy import AT_ONCE, Rule, Strategy
from core.timetable import Entry, entries, sort_entries
from store import bulk
from store.meetings import meetings_by_key
from store.tables import Meeting as MeetingRow
from store.tables import Planned
from store.tables.base import known

NEWS = frozenset(AT_ONCE)


def plan_first(session: Session, row: MeetingRow, wanted: Sequence[Entry], now: datetime) -> None:
    """Writes down what goes out for a meeting that was just put in; what is late already is skipped."""
    _insert(session, row, wanted, now, held=set())


def replan(session: Session, row: MeetingRow, wanted: Sequence[Entry], now: datetime) -> int:
    """Plans a meeting anew after an edit that made a new version; returns how many old entries were withdrawn.

    What a coordinator held stays held, by its name: a new version has other keys. News is never held by that.
    """
    old = session.exec(
        select(Planned)
        .where(Planned.meeting_id == row.id, Planned.version < row.version)
        .where(col(Planned.state).in_((PlannedState.COMING, PlannedState.HELD)))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    held = {(one.kind, one.name) for one in old if one.state == PlannedState.HELD and one.kind not in NEWS}
    for one in old:
        _settle(one, PlannedState.WITHDRAWN, planned.NEWER, now)
    session.flush()
    _insert(session, row, wanted, now, held=held)
    return len(old)


def _insert(
    session: Session, row: MeetingRow, wanted: Sequence[Entry], now: datetime, held: Collection[tuple[str, str]]
) -> None:
    late = {entry.key for entry in sort_entries(wanted, now).late}
    for entry in wanted:
        state, reason = PlannedState.COMING, ""
        if entry.key in late:
            state, reason = PlannedState.SKIPPED, planned.LATE_WHEN_PLANNED
        elif (entry.kind, entry.name) in held:
            state = PlannedState.HELD
        session.add(
            Planned(
                key=entry.key,
                meeting_id=known(row.id),
                version=entry.version,
                kind=entry.kind,
                name=entry.name,
                due_at=entry.due_at,
                not_after=entry.not_after,
                urgent=entry.urgent,
                every_route=entry.every_route,
                state=state,
                reason=reason,
                changed_at=now,
            )
        )
    session.flush()


def entry_of(one: Planned, meeting: Meeting, rule: Rule) -> Entry:
    """Makes an entry, as the timetable's arithmetic sees it, from its row."""
    return Entry(
        kind=Kind(one.kind),
        name=one.name,
        meeting=meeting.id,
        version=one.version,
        due_local=wall(one.due_at, meeting.zone),
        due_at=one.due_at,
        not_after=one.not_after,
        rule=rule,
        urgent=one.urgent,
        every_route=one.every_route,
    )


def rule_of(one: Planned, strategy: Strategy) -> Rule | None:
    """Finds the rule that an entry was made by, or None where the strategy no longer has it."""
    return next((rule for rule in strategy.rules if rule.kind == one.kind and rule.name == one.name), None)


def due_of(session: Session, row: MeetingRow, now: datetime) -> list[Planned]:
    """Returns a meeting's entries that are due, whatever version they are of."""
    wanted = (
        select(Planned)
        .where(Planned.meeting_id == row.id, Planned.state == PlannedState.COMING, Planned.due_at <= now)
        .order_by(col(Planned.due_at), col(Planned.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(session.exec(wanted).all())


def settle(session: Session, one: Planned, state: PlannedState, reason: str, now: datetime) -> None:
    """Says what became of an entry."""
    _settle(one, state, reason, now)
    session.flush()


def _settle(one: Planned, state: PlannedState, reason: str, now: datetime) -> None:
    one.state, one.reason, one.changed_at = state, reason, now


def expire_held(session: Session, now: datetime) -> int:
    """Gives up what was held until it was too late; returns how many entries."""
    at = bulk.stamp(session, now)
    return bulk.change(
        session,
        "UPDATE planned SET state = 'missed', reason = ?, changed_at = ? WHERE state = 'held' AND not_after <= ?",
        (planned.HELD_TOO_LONG, at, at),
    )


def anything_due(session: Session, now: datetime) -> bool:
    """Tells whether an entry is due, or held for too long: cheap enough to ask before each transaction."""
    at = bulk.stamp(session, now)
    return bool(
        bulk.rows(
            session,
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM planned WHERE state = 'coming' AND due_at <= ?) "
            "OR EXISTS (SELECT 1 FROM planned WHERE state = 'held' AND not_after <= ?)",
            (at, at),
        )
    )


def next_meeting(session: Session, now: datetime) -> MeetingRow | None:
    """Takes the meeting whose entry has been due the longest and that nobody else is busy with, or None."""
    wanted = (
        select(MeetingRow)
        .join(Planned, col(Planned.meeting_id) == MeetingRow.id)
        .where(Planned.state == PlannedState.COMING, Planned.due_at <= now)
        .order_by(col(Planned.due_at), col(Planned.id))
        .limit(1)
        .with_for_update(of=MeetingRow, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return session.exec(wanted).first()


class Coming(NamedTuple):
    """What the clock rings for: `id` names the job."""

    id: str
    at: datetime


def coming(session: Session, now: datetime, until: datetime) -> list[Coming]:
    """Returns what is due after `now` and up to `until`, the earliest first."""
    wanted = (
        select(Planned.kind, Planned.version, Planned.due_at, MeetingRow.uid)
        .join(MeetingRow, col(MeetingRow.id) == Planned.meeting_id)
        .where(Planned.state == PlannedState.COMING, Planned.due_at > now, Planned.due_at <= until)
        .order_by(col(Planned.due_at), col(Planned.id))
    )
    return [Coming(f"notice:{uid}:{kind}:{version}", at) for kind, version, at, uid in session.exec(wanted)]


class Line(NamedTuple):
    """One line of the timetable. `meeting` is as it is now; `notice` is the outside id of what was made of it."""

    planned: Planned
    meeting: Meeting
    notice: str | None


def lines(
    session: Session,
    *,
    states: Iterable[PlannedState] = (PlannedState.COMING, PlannedState.HELD),
    since: datetime | None = None,
    until: datetime | None = None,
    meeting: int | None = None,
    limit: int = 200,
) -> list[Line]:
    """Lists entries in the order in which they are due; both moments are those of the due time."""
    wanted = select(Planned).where(col(Planned.state).in_(tuple(states)))
    if since is not None:
        wanted = wanted.where(Planned.due_at >= since)
    if until is not None:
        wanted = wanted.where(Planned.due_at < until)
    if meeting is not None:
        wanted = wanted.where(Planned.meeting_id == meeting)
    found = session.exec(wanted.order_by(col(Planned.due_at), col(Planned.id)).limit(limit)).all()
    keys = sorted({one.meeting_id for one in found})
    places = ", ".join("?" * len(keys))
    meetings = meetings_by_key(session, f"m.id IN ({places})", tuple(keys)) if keys else {}
    made = [one.notice_id for one in found if one.notice_id is not None]
    places = ", ".join("?" * len(made))
    notices = (
        dict(bulk.rows(session, f"SELECT id, uid FROM notice WHERE id IN ({places})", tuple(made))) if made else {}
    )
    return [Line(one, meetings[one.meeting_id], notices.get(one.notice_id)) for one in found]


def hold(session: Session, key: str, now: datetime) -> Planned:
    """Holds one entry back until it is released; raises `UserError` where it is not coming."""
    one = _one(session, key)
    if one.state != PlannedState.COMING:
        raise UserError(f"This is {one.state}: it can't be held", where=f"entry {key[:60]}")
    settle(session, one, PlannedState.HELD, "", now)
    return one


def release(session: Session, key: str, now: datetime) -> Planned:
    """Lets one held entry go out when it is due, at once where it was; raises `UserError` where it is not held."""
    one = _one(session, key)
    if one.state != PlannedState.HELD:
        raise UserError(f"This is {one.state}: only what is held can be released", where=f"entry {key[:60]}")
    settle(session, one, PlannedState.COMING, "", now)
    return one


def _one(session: Session, key: str) -> Planned:
    found = session.exec(
        select(Planned).where(Planned.key == key).with_for_update().execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise UserError(f"Nothing is planned under {key[:60]!r}", mend="ringround timetable shows what is.")
    return found


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
            f"UPDATE planned SET due_at = {due}, not_after = {until}, state = v.state, reason = '', changed_at = ? "
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
