"""Staff: people with a role."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_
from sqlmodel import Session, col, delete, select, update

from core.chats import ProposalState
from core.delivery import State
from core.errors import UserError
from core.notices import NoticeState
from core.people import Role, RouteState, Status
from core.roles import ORDER
from store.tables import Delivery, Invite, Notice, Person, Proposal, Route, Staff
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


def on_staff(session: Session, uid: str) -> bool:
    """Tells whether an outside id is that of somebody who has a role and may use it."""
    found = select(Staff.person_id).join(Person, col(Person.id) == Staff.person_id)
    return session.exec(found.where(Person.uid == uid, col(Staff.suspended_at).is_(None))).first() is not None


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


def admins_beside(session: Session, person: Person) -> int:
    """Counts the admins, other than a person, who may act just now."""
    rows = session.exec(
        select(Person, Staff).join(Staff, col(Staff.person_id) == Person.id).where(Person.id != person.id)
    )
    return sum(acting(other, one) is Role.ADMIN for other, one in rows)


def unsent_notices(session: Session, uid: str, now: datetime) -> list[Notice]:
    """Returns the open notices that somebody (their outside id) has started and of which something has not left yet."""
    waits = select(Delivery.id).where(Delivery.notice_id == Notice.id, Delivery.state == State.QUEUED).exists()
    unsent = or_(col(Notice.spread_at).is_(None), col(Notice.not_before) > now, waits)
    wanted = select(Notice).where(Notice.created_by == uid, Notice.state == NoticeState.OPEN, unsent)
    return list(session.exec(wanted.order_by(col(Notice.id))))


def drop_plans(session: Session, person: Person) -> None:
    """Ends what somebody has begun and what could bring them back: their proposals, and links made for them."""
    session.exec(
        update(Proposal)
        .where(col(Proposal.person_id) == person.id, col(Proposal.state) == ProposalState.OPEN)
        .values(state=ProposalState.DROPPED)
    )
    session.exec(delete(Invite).where(col(Invite.person_id) == person.id, col(Invite.used_at).is_(None)))


def by_address(session: Session, channel: str, address: str) -> list[tuple[Person, Role | None]]:
    """Returns everybody whose address this is, whatever became of the route, with the role that they have just now."""
    rows = session.exec(
        select(Person, Staff)
        .join(Route, col(Route.person_id) == Person.id)
        .join(Staff, col(Staff.person_id) == Person.id, isouter=True)
        .where(Route.channel == channel, Route.address == address, Person.status != Status.ERASED)
        .order_by(col(Person.id))
    )
    return [(person, acting(person, one)) for person, one in rows]


def acting(person: Person, one: Staff | None) -> Role | None:
    """Returns the role that somebody may act in by what is on file; None for whoever is suspended, has left or died."""
    here = person.status in (Status.ACTIVE, Status.PAUSED)
    return Role(one.role) if one is not None and one.suspended_at is None and here else None


def addresses(session: Session, channel: str, *, in_use: bool = False) -> dict[str, Role | None]:
    """Returns the addresses of everybody who has or had a role, each with the highest that they have just now.

    With `in_use` only those that messages may go to.
    """
    states = [RouteState.ACTIVE] if in_use else list(RouteState)
    rows = session.exec(
        select(Person, Staff, Route.address)
        .join(Staff, col(Staff.person_id) == Person.id)
        .join(Route, col(Route.person_id) == Person.id)
        .where(Route.channel == channel, col(Route.address).is_not(None), col(Route.state).in_(states))
    )
    found: dict[str, Role | None] = {}
    for person, one, address in rows:
        if address:
            found[address] = max(acting(person, one), found.get(address), key=_rank)
    return found


def _rank(role: Role | None) -> int:
    return -1 if role is None else ORDER.index(role)


def role_of(session: Session, person: Person) -> Role | None:
    """Returns the role that a person may act in just now, or None."""
    return acting(person, session.get(Staff, person.id))
