"""Meetings on file: add, change, find, list, and what they were before."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from core.errors import UserError
from core.meetings import Meeting, MeetingState
from core.notices import Kind
from store import bulk
from store.groups import find_group
from store.tables import Group, MeetingVersion, Notice
from store.tables import Meeting as MeetingRow
from store.tables.base import known
from store.tables.meetings import MeetingFields

_SAME = tuple(field for field in MeetingFields.model_fields if field not in ("starts", "state"))


def add(session: Session, meeting: Meeting, by: str, now: datetime) -> MeetingRow:
    """Writes a meeting down with its first version. Raises `UserError` for an unknown group."""
    row = MeetingRow(
        uid=meeting.id,
        created_by=by,
        created_at=now,
        changed_at=now,
        **_fields(session, meeting),
    )
    session.add(row)
    session.flush()
    _keep_version(session, row, now)
    return row


def save(session: Session, row: MeetingRow, meeting: Meeting, now: datetime) -> None:
    """Writes down what a meeting has become; the version that it had stays as it was, where there is a new one."""
    row.sqlmodel_update(_fields(session, meeting) | {"changed_at": now})
    session.add(row)
    session.flush()
    _keep_version(session, row, now)


def find(session: Session, uid: str, *, lock: bool = False) -> MeetingRow:
    """Finds a meeting by its id or the beginning of it; raises `UserError` if there is none or more than one.

    `lock` keeps everybody else from changing it, and from making its notices, until this transaction ends.
    """
    wanted = select(MeetingRow).where(col(MeetingRow.uid).startswith(uid, autoescape=True)).limit(2)
    if lock:
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    found = session.exec(wanted).all()
    if len(found) == 1 and uid:
        return found[0]
    raise UserError(
        f"{'More than one meeting begins' if found else 'No meeting is known'} with the id {uid[:40]!r}",
        mend="ringround meeting list shows them.",
    )


def is_in(session: Session, uid: str) -> bool:
    """Tells whether there is a meeting with exactly this id."""
    return session.exec(select(MeetingRow.id).where(MeetingRow.uid == uid)).first() is not None


def listing(session: Session, *, since: datetime | None = None, limit: int = 200) -> list[MeetingRow]:
    """Lists meetings that end after `since` (all, where it is None) in the order in which they start."""
    wanted = select(MeetingRow).order_by(col(MeetingRow.starts_at), col(MeetingRow.id)).limit(limit)
    return list(session.exec(wanted.where(MeetingRow.ends_at > since) if since else wanted).all())


def meeting_of(session: Session, row: MeetingRow) -> Meeting:
    """Makes a meeting, as the rules see it, from its row."""
    return _meeting(row, row.uid, _group_name(session, row))


def history(session: Session, row: MeetingRow) -> list[tuple[datetime, Meeting]]:
    """Returns the versions of a meeting, the first one first, and when each was last changed."""
    wanted = select(MeetingVersion).where(MeetingVersion.meeting_id == row.id).order_by(col(MeetingVersion.version))
    group = _group_name(session, row)
    return [(version.at, _meeting(version, row.uid, group)) for version in session.exec(wanted)]


def version_of(session: Session, row: MeetingRow, version: int) -> Meeting:
    """Returns a meeting as it was in one version."""
    wanted = select(MeetingVersion).where(MeetingVersion.meeting_id == row.id, MeetingVersion.version == version)
    return _meeting(session.exec(wanted).one(), row.uid, _group_name(session, row))


def meetings_by_key(session: Session, where: str, values: tuple[Any, ...]) -> dict[int, Meeting]:
    """Reads many meetings at once; `where` is a condition of ours on `m`."""
    names = ("id", "uid", "group_name", *MeetingFields.model_fields)
    columns = ", ".join(f"m.{name}" for name in MeetingFields.model_fields)
    found = bulk.fetch(
        session,
        names,
        f"SELECT m.id, m.uid, g.name AS group_name, {columns} FROM meeting m "
        f"LEFT JOIN people_group g ON g.id = m.group_id WHERE {where}",
        values,
    )
    return {row[0]: _made(dict(zip(names[3:], row[3:], strict=True)), row[1], row[2]) for row in found}


def _fields(session: Session, meeting: Meeting) -> dict[str, Any]:
    return {
        **{field: getattr(meeting, field) for field in _SAME},
        "starts": meeting.starts.isoformat(" ", "minutes"),
        "state": meeting.state.value,
        "group_id": find_group(session, meeting.group).id if meeting.group else None,
        "starts_at": meeting.starts_at,
        "ends_at": meeting.ends_at,
    }


def _keep_version(session: Session, row: MeetingRow, now: datetime) -> None:
    """Writes the version as it is now; changes that are none of a new version change the newest one."""
    wanted = select(MeetingVersion).where(MeetingVersion.meeting_id == row.id, MeetingVersion.version == row.version)
    kept = session.exec(wanted).first()
    values = {field: getattr(row, field) for field in MeetingFields.model_fields} | {"at": now}
    if kept is None:
        kept = MeetingVersion(meeting_id=known(row.id), **values)
    else:
        kept.sqlmodel_update(values)
    session.add(kept)
    session.flush()


def _group_name(session: Session, row: MeetingRow) -> str | None:
    return session.get_one(Group, row.group_id).name if row.group_id is not None else None


def _meeting(row: MeetingFields, uid: str, group: str | None) -> Meeting:
    return _made({field: getattr(row, field) for field in MeetingFields.model_fields}, uid, group)


def _made(values: Mapping[str, Any], uid: str, group: str | None) -> Meeting:
    fields = dict(values)
    return Meeting(
        id=uid,
        group=group,
        starts=datetime.fromisoformat(fields.pop("starts")),
        state=MeetingState(fields.pop("state")),
        **fields,
    )


def told_by(session: Session, notice_ids: Collection[int]) -> dict[int, tuple[Kind, Meeting]]:
    """Returns, for notices that put a meeting into a calendar or take it out, what kind and which version."""
    wanted = (
        select(Notice, MeetingRow)
        .join(MeetingRow, col(MeetingRow.id) == Notice.meeting_id)
        .where(col(Notice.id).in_(notice_ids))
        .where(col(Notice.kind).in_((Kind.INVITATION, Kind.CHANGE, Kind.CANCELLATION)))
    )
    return {
        known(notice.id): (Kind(notice.kind), version_of(session, row, notice.meeting_version or row.version))
        for notice, row in session.exec(wanted)
    }


def series(session: Session, id_: str) -> Sequence[MeetingRow]:
    """Returns the dates of a series in their order."""
    wanted = select(MeetingRow).where(MeetingRow.series == id_).order_by(col(MeetingRow.starts_at))
    return session.exec(wanted).all() if id_ else []


def begun(session: Session, meeting_id: int) -> bool:
    """Tells whether a meeting has had any notice or any answer."""
    found = bulk.rows(
        session,
        "SELECT EXISTS (SELECT 1 FROM notice WHERE meeting_id = ?) OR EXISTS "
        "(SELECT 1 FROM meeting_answer WHERE meeting_id = ?)",
        (meeting_id, meeting_id),
    )
    return bool(found[0][0])
