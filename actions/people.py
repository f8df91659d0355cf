"""What staff may do with the people on file, whichever door they came through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from core import people_file
from core.errors import UserError
from core.people import Role, Status
from core.people_file import PeopleFile
from core.person_row import PersonRow, Problem, RowReader
from core.roles import Actor
from core.sheets import write_sheet
from store import erasure, people, stops
from store.audit import note
from store.database import Session
from store.importing import import_people
from store.intake import ImportResult
from store.people import PersonCard, PersonLine

read_people = people_file.read_people
"""Reads and checks a file; done before a transaction is begun, because it takes a second for some thousand rows."""

template = people_file.template
"""Makes an empty people file; anybody may have one."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, or with `dry_run` would do. Nothing was done where `refused`: some rows have errors."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    conflicts: list[Problem] = field(default_factory=list)
    errors: list[Problem] = field(default_factory=list)
    remarks: list[Problem] = field(default_factory=list)
    extra_columns: list[str] = field(default_factory=list)
    replaced: list[tuple[int, int]] = field(default_factory=list)
    dry_run: bool = False
    refused: bool = False

    def to_json(self) -> dict[str, Any]:
        """Gives it as plain data."""
        return {
            "added": self.added,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "conflicts": [problem.to_json() for problem in self.conflicts],
            "errors": [problem.to_json() for problem in self.errors],
            "extra_columns": self.extra_columns,
            "remarks": [problem.to_json() for problem in self.remarks],
        }


def import_file(
    session: Session,
    actor: Actor,
    file: PeopleFile,
    secret: bytes,
    now: datetime,
    *,
    skip_bad: bool = False,
    dry_run: bool = False,
) -> ImportReport:
    """Brings a people file (see `read_people`) into the tables.

    Nothing is imported while any row has an error, unless `skip_bad`. A dry run does everything in a savepoint and
    takes it back, so that its report is what would really happen.
    """
    actor.must_be(Role.COORDINATOR, "import people")
    if file.errors and not skip_bad:
        return _report(file, ImportResult(), dry_run=dry_run, refused=True)
    savepoint = session.begin_nested()
    result = import_people(session, file.rows, secret, now)
    if dry_run:
        savepoint.rollback()
    else:
        savepoint.commit()
        numbers = f"{len(result.added)} added, {len(result.changed)} changed, {len(result.unchanged)} unchanged, "
        numbers += f"{len(result.conflicts)} conflicts, {len({problem.row for problem in file.errors})} rows skipped"
        note(session, actor, "people.import", "", numbers, now)
    return _report(file, result, dry_run=dry_run, refused=False)


def export(session: Session, actor: Actor, name: str, now: datetime) -> bytes:
    """Writes everyone as CSV or XLSX, by the ending of `name`; importing it again changes nothing."""
    actor.must_be(Role.COORDINATOR, "export people")
    table = people.export(session)
    data = write_sheet(name, table)
    note(session, actor, "people.export", "", f"{len(table.rows)} people", now)
    return data


def add(
    session: Session, actor: Actor, cells: dict[str, str], region: str, secret: bytes, now: datetime
) -> tuple[PersonCard, list[Problem]]:
    """Adds one person; `cells` are those of a row in a people file, by column.

    Returns the new card, and what a coordinator should know (an address that is stopped, say). Raises UserError with
    all that is wrong, and for somebody who is on file already.
    """
    actor.must_be(Role.COORDINATOR, "add people")
    reader = RowReader(0, cells, {}, region)
    row = reader.read()
    if row is None:
        wrong = "; ".join(f"{problem.column}: {problem.problem}" for problem in reader.problems)
        raise UserError(wrong, mend=" ".join(dict.fromkeys(problem.mend for problem in reader.problems)))
    result = _add_only(session, row, secret, now)
    uid = result.added[0]
    note(session, actor, "people.add", uid, "", now)
    session.flush()
    return people.person_card(session, uid), [*reader.remarks, *result.conflicts]


def listing(
    session: Session,
    actor: Actor,
    *,
    query: str = "",
    group: str | None = None,
    status: Status | None = None,
    limit: int | None = None,
) -> list[PersonLine]:
    """Lists people by name: those that `query` finds (an id, or part of a name), or all, or those of a group.

    `limit` is how many of those that `query` finds come back at most.
    """
    actor.must_be(Role.VIEWER, "see people")
    return people.find(session, query, limit) if query else people.people(session, group=group, status=status)


def show(session: Session, actor: Actor, uid: str) -> PersonCard:
    """Shows all that is on file about one person."""
    actor.must_be(Role.CALLER, "see a person's card")
    return people.person_card(session, uid)


def erase(session: Session, actor: Actor, uid: str, secret: bytes, now: datetime) -> None:
    """Erases a person for good (see `store.erasure`)."""
    actor.must_be(Role.COORDINATOR, "erase people")
    erasure.erase(session, people.person_by_uid(session, uid), secret, now)
    note(session, actor, "people.erase", uid, "", now)


def mark(session: Session, actor: Actor, uid: str, status: Status, now: datetime, *, until: date | None = None) -> int:
    """Marks a person as active, paused (until a day), left or died; returns how many deliveries were withdrawn."""
    actor.must_be(Role.COORDINATOR, "change where a person stands")
    withdrawn = people.set_status(session, people.person_by_uid(session, uid), status, until, now)
    lasting = f" until {until.isoformat()}" if until and status is Status.PAUSED else ""
    note(session, actor, "people.mark", uid, f"{status}{lasting}, {withdrawn} withdrawn", now)
    return withdrawn


def stop_route(session: Session, actor: Actor, route_uid: str, now: datetime) -> int:
    """Stops a route because the person wishes it; returns how many deliveries were withdrawn."""
    actor.must_be(Role.CALLER, "stop a route")
    withdrawn = stops.stop_route(session, stops.route_by_uid(session, route_uid), now)
    note(session, actor, "people.stop_route", route_uid, f"{withdrawn} withdrawn", now)
    return withdrawn


def stop_everything(session: Session, actor: Actor, uid: str, now: datetime) -> int:
    """Stops everything because the person wishes it; returns how many deliveries were withdrawn."""
    actor.must_be(Role.CALLER, "stop everything for a person")
    withdrawn = stops.stop_everything(session, people.person_by_uid(session, uid), now)
    note(session, actor, "people.stop_everything", uid, f"{withdrawn} withdrawn", now)
    return withdrawn


def start_route(session: Session, actor: Actor, route_uid: str, secret: bytes, now: datetime) -> None:
    """Lets a route be used again, because the person wishes it or the address works again."""
    actor.must_be(Role.COORDINATOR, "start a route")
    stops.start_route(session, stops.route_by_uid(session, route_uid), secret, now)
    note(session, actor, "people.start_route", route_uid, "", now)


def set_order(
    session: Session, actor: Actor, uid: str, route_uids: Sequence[str], now: datetime, *, by_person: bool
) -> None:
    """Puts a person's routes into an order; `by_person` says that it is their own wish, which no file overrules."""
    actor.must_be(Role.COORDINATOR, "change the order of a person's routes")
    routes = [stops.route_by_uid(session, one).id or 0 for one in route_uids]
    stops.set_order(session, people.person_by_uid(session, uid), routes, now, by_person=by_person)
    note(session, actor, "people.set_order", uid, f"{len(routes)} routes", now)


def _add_only(session: Session, row: PersonRow, secret: bytes, now: datetime) -> ImportResult:
    """Adds a row that means nobody on file; otherwise takes everything back and raises UserError."""
    savepoint = session.begin_nested()
    result = import_people(session, [row], secret, now, asked_back=True)
    if result.added:
        savepoint.commit()
        return result
    savepoint.rollback()
    if result.changed or result.unchanged:
        raise UserError("This person is on file already", mend="See them with: ringround people show ID.")
    conflict = result.conflicts[0]
    raise UserError(conflict.problem, mend=conflict.mend)


def _report(file: PeopleFile, result: ImportResult, *, dry_run: bool, refused: bool) -> ImportReport:
    return ImportReport(
        added=len(result.added),
        changed=len(result.changed),
        unchanged=len(result.unchanged),
        conflicts=result.conflicts,
        errors=file.errors,
        remarks=file.remarks,
        extra_columns=file.extra_columns,
        replaced=[] if dry_run else result.replaced,
        dry_run=dry_run,
        refused=refused,
    )
