"""Notices to many people that wait for a second coordinator."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from core.chats import ProposalState
from core.errors import UserError
from core.people import TELEGRAM, Role
from store.people import person_by_uid
from store.staff import role_of
from store.tables import Person, Proposal, Route
from store.tables.base import known

OPEN_FOR = timedelta(days=3)
"""How long a proposal waits: then it is as stale as the notice would be."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal as it stands; `by` is the outside id of whoever wrote it, `settled_by` of whoever ended it.

    `role` is what whoever wrote it may act as by now.
    """

    id: str
    draft: dict[str, Any]
    people: int
    by: str
    name: str
    at: datetime
    state: ProposalState
    settled_by: str
    role: Role | None


def propose(session: Session, uid: str, draft: dict[str, Any], people: int, by: str, now: datetime) -> None:
    """Writes down a proposal under its outside id, once."""
    if session.exec(select(Proposal.id).where(Proposal.uid == uid)).first() is None:
        person = known(person_by_uid(session, by).id)
        session.add(Proposal(uid=uid, draft=json.dumps(draft), people=people, person_id=person, at=now))
        session.flush()


def find(session: Session, uid: str, now: datetime) -> Proposed:
    """Finds a proposal; nobody else can settle it before the transaction ends. Raises UserError for one too old."""
    query = select(Proposal).where(Proposal.uid == uid).with_for_update().execution_options(populate_existing=True)
    row = session.exec(query).first()
    if row is None or (row.state == ProposalState.OPEN and row.at < now - OPEN_FOR):
        raise UserError("This is too long ago", mend="If it still matters, write it anew: /announce.")
    person = session.get_one(Person, row.person_id)
    return Proposed(
        id=row.uid,
        draft=json.loads(row.draft),
        people=row.people,
        by=person.uid,
        name=person.name,
        at=row.at,
        state=ProposalState(row.state),
        settled_by=row.settled_by,
        role=role_of(session, person),
    )


def settle(session: Session, uid: str, state: ProposalState, by: str, notice: int | None = None) -> None:
    """Ends a proposal: agreed to, as the notice with this key, or dropped."""
    row = session.exec(select(Proposal).where(col(Proposal.uid) == uid)).one()
    row.state, row.settled_by, row.notice_id = state, by, notice
    session.flush()


def chats_of(session: Session, uid: str) -> list[str]:
    """Returns somebody's own Telegram chats, in the order of their routes."""
    query = select(Route.address).join(Person).where(Person.uid == uid, Route.channel == TELEGRAM)
    return [chat for chat in session.exec(query.order_by(col(Route.position))) if chat]
