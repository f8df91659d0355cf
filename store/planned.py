"""What will go out for meetings, and when: the rows that the timetable is made of.

They are the truth; the clock only says when to look. Whoever makes a meeting's notices holds its row, so an edit and
any number of schedulers take turns, and each entry is made by one of them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlmodel import Session, col, select

from core import planned
from core.calendar import wall
from core.errors import UserError
from core.meetings import Meeting
from core.notices import Kind
from core.planned import PlannedState
from core.strategy import AT_ONCE, Rule, Strategy
from core.timetable import Entry, sort_entries
from store import bulk
from store.tables import Meeting as MeetingRow
from store.tables import Planned
from store.tables.base import known

NEWS = frozenset(AT_ONCE)


def plan_first(session: Session, row: MeetingRow, wanted: Sequence[Entry], now: datetime) -> None:
    """Writes down what goes out for a meeting that was just put in; what is late already is skipped."""
    _insert(session, row, wanted, now, held=set())


def replan(session: Session, row: MeetingRow, wanted: Sequence[Entry], now: datetime) -> int:
    """Plans a meeting anew after an edit that made a new version; returns how many old entries were withdrawn.

    What a coordinator held stays held, by its name: a new version has other keys. News is never held by that, and
    what waited because of its cost is reckoned anew.
    """
    old = session.exec(
        select(Planned)
        .where(Planned.meeting_id == row.id, Planned.version < row.version)
        .where(col(Planned.state).in_((PlannedState.COMING, PlannedState.HELD)))
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    held = {
        (one.kind, one.name)
        for one in old
        if one.state == PlannedState.HELD and one.kind not in NEWS and not one.reason.startswith(planned.TOO_DEAR)
    }
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


def hold(session: Session, key: str, now: datetime) -> Planned:
    """Holds one entry back until it is released; raises `UserError` where it is not coming."""
    one = _one(session, key)
    if one.state != PlannedState.COMING:
        raise UserError(f"This is {one.state}: it can't be held", where=f"entry {key[:60]}")
    settle(session, one, PlannedState.HELD, "", now)
    return one


def release(session: Session, key: str, now: datetime) -> Planned:
    """Lets one held entry go out when it is due, at once where it was; raises `UserError` where it is not held.

    What was held because of its cost goes out at that cost.
    """
    one = _one(session, key)
    if one.state != PlannedState.HELD:
        raise UserError(f"This is {one.state}: only what is held can be released", where=f"entry {key[:60]}")
    agreed = planned.COST_AGREED if one.reason.startswith(planned.TOO_DEAR) else ""
    settle(session, one, PlannedState.COMING, agreed, now)
    return one


def with_meeting(session: Session, key: str) -> tuple[MeetingRow, Planned]:
    """Takes one entry, by its key or its number, and its meeting, so that nobody else makes anything of it.

    Raises `UserError` where there is none.
    """
    named = Planned.id == int(key) if key.isascii() and key.isdigit() and len(key) < 10 else Planned.key == key
    key, meeting = session.exec(select(Planned.key, Planned.meeting_id).where(named)).first() or (key, None)
    if meeting is None:
        raise _unknown(key)
    row = session.exec(
        select(MeetingRow).where(MeetingRow.id == meeting).with_for_update().execution_options(populate_existing=True)
    ).one()
    return row, _one(session, key)


def late_of(session: Session, row: MeetingRow) -> list[Planned]:
    """Returns what of a meeting's newest version was skipped because it was late, the earliest first."""
    wanted = (
        select(Planned)
        .where(Planned.meeting_id == row.id, Planned.version == row.version, Planned.state == PlannedState.SKIPPED)
        .where(col(Planned.reason).in_((planned.LATE_WHEN_PLANNED, planned.TOGETHER)))
        .order_by(col(Planned.due_at), col(Planned.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(session.exec(wanted).all())


def _one(session: Session, key: str) -> Planned:
    found = session.exec(
        select(Planned).where(Planned.key == key).with_for_update().execution_options(populate_existing=True)
    ).first()
    if found is None:
        raise _unknown(key)
    return found


def _unknown(key: str) -> UserError:
    return UserError(f"Nothing is planned under {key[:60]!r}", mend="ringround timetable shows what is.")
