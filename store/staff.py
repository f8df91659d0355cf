"""Staff: people with a role."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from core.errors import UserError
from core.people import Role
from store.tables import Person, Staff
from store.tables.base import known


@dataclass(frozen=True, slots=True)
class StaffLine:
    """A member of staff in a list; `id` is the person's."""

    id: str
    name: str
    role: str
    suspended: bool

    def to_json(self) -> dict[str, Any]:
        """Gives it as plain data."""
        return asdict(self)


def listing(session: Session) -> list[StaffLine]:
    """Lists everybody who has or had a role, in the order in which they got it."""
    rows = session.exec(
        select(Person, Staff).join(Staff, col(Staff.person_id) == Person.id).order_by(col(Staff.added_at), Person.name)
    )
    return [StaffLine(person.uid, person.name, one.role, one.suspended_at is not None) for person, one in rows]


def give_role(session: Session, person: Person, role: Role, now: datetime) -> None:
    """Gives a person a role, in the place of any other; a suspension ends."""
    one = session.get(Staff, person.id)
    if one is None:
        session.add(Staff(person_id=known(person.id), role=role, added_at=now))
    else:
        one.role, one.suspended_at = role, None
    session.flush()


def suspend(session: Session, person: Person, now: datetime) -> None:
    """Takes a person's rights away for now; raises UserError for somebody who has none."""
    one = session.get(Staff, person.id)
    if one is None:
        raise UserError(f"{person.name} has no role", mend="ringround staff list shows who has one.")
    one.suspended_at = one.suspended_at or now
    session.flush()
