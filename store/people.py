"""People on file: finding them, listing them, one card for each, and where they stand with the group."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select as select_many  # SQLModel's is typed for four columns at most
from sqlmodel import Session, col, select

from core.audience import DIED, LEFT, PAUSED
from core.cells import fold
from core.errors import UserError
from core.headings import COLUMNS
from core.people import Status
from core.people_file import cells
from core.sheets import Table
from store import bulk, sessions
from store.on_file import OnFile, load, said
from store.stop_log import What, remember_person
from store.tables import Consent, Delivery, Group, Membership, Notice, Person, Recipient
from store.tables.base import known
from store.withdraw import withdraw_person

RECENT = 20
"""Deliveries on a person's card."""

_WITHDRAWN: dict[Status, str] = {Status.PAUSED: PAUSED, Status.LEFT: LEFT, Status.DIED: DIED}
_LOGGED: dict[Status, What] = {Status.LEFT: "left", Status.DIED: "died"}


@dataclass(frozen=True, slots=True)
class PersonLine:
    """A person in a list. `channels` are those that messages may take, in the person's order."""

    id: str
    name: str
    called: str
    status: str
    paused_until: date | None
    stopped: bool
    channels: list[str]
    groups: list[str]

    def to_json(self) -> dict[str, Any]:
        """Gives it as plain data."""
        return {key: _plain(value) for key, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class RouteLine:
    """A route on a card, with what the person allowed on it."""

    id: str
    channel: str
    address: str | None
    state: str
    reason: str
    since: datetime | None
    consents: list[str]


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """A delivery on a card. `notice` is the notice's outside id, `subject` its subject or the start of its text."""

    notice: str
    subject: str
    channel: str
    state: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PersonCard:
    """All that is on file about a person."""

    person: PersonLine
    language: str
    format: str
    support: str
    timezone: str
    never: list[str]
    held_by: str
    notes: str
    routes: list[RouteLine]
    deliveries: list[DeliveryLine]

    def to_json(self) -> dict[str, Any]:
        """Gives it as plain data, the person's own line first."""
        everything = {key: _plain(value) for key, value in asdict(self).items()}
        return {**everything.pop("person"), **everything}


def person_by_uid(session: Session, uid: str) -> Person:
    """Finds a person by outside id; raises UserError where there is none."""
    person = session.exec(select(Person).where(Person.uid == uid)).first()
    if person is None:
        raise UserError("There is nobody with this id", mend="Look for their id with: ringround people list.")
    return person


def find(session: Session, query: str, limit: int | None = None) -> list[PersonLine]:
    """Returns the people whose outside id this is, or whose name or what they are called holds it; at best one.

    `limit` is how many are read in full: the first by name.
    """
    wanted = fold(query)
    session.flush()
    columns = ("id", "uid", "name", "called")
    everyone = bulk.fetch(session, columns, "SELECT id, uid, name, called FROM person WHERE status != 'erased'")
    found = []
    for id_, uid, name, called in everyone:
        folded = fold(name)
        if uid == query.strip() or (wanted and (wanted in folded or (called and wanted in fold(called)))):
            found.append((folded, id_))
    return _lines(session, [id_ for _, id_ in sorted(found)[:limit]])


def people(session: Session, *, group: str | None = None, status: Status | None = None) -> list[PersonLine]:
    """Lists people by name, without those who were erased; `group` is a name, `status` narrows it further.

    Raises UserError for an unknown group.
    """
    query = select(Person.id)
    query = query.where(Person.status == status) if status else query.where(Person.status != Status.ERASED)
    if group is not None:
        found = session.exec(select(Group).where(Group.key == fold(group))).first()
        if found is None:
            raise UserError("There is no group of this name", where=group)
        members = select(Membership.person_id).where(Membership.group_id == found.id)
        query = query.where(col(Person.id).in_(members))
    return _lines(session, [known(id_) for id_ in session.exec(query)])


def person_card(session: Session, uid: str) -> PersonCard:
    """Reads all that is on file about one person; raises UserError where there is nobody with this id."""
    person = person_by_uid(session, uid)
    return replace(card_of(session, person), deliveries=_deliveries(session, known(person.id)))


def card_of(session: Session, person: Person) -> PersonCard:
    """Reads what is on file about one person, without what they were sent."""
    one = load(session, [known(person.id)])[known(person.id)]
    return PersonCard(
        person=_line(one),
        language=person.language,
        format=person.format,
        support=person.support,
        timezone=person.timezone,
        never=sorted(one.never),
        held_by=person.held_by,
        notes=person.notes,
        routes=[
            RouteLine(
                id=route.uid,
                channel=route.channel,
                address=route.address,
                state=route.state,
                reason=route.state_reason,
                since=route.state_at,
                consents=[_consent(consent) for consent in one.consents.get(known(route.id), [])],
            )
            for route in one.routes
        ],
        deliveries=[],
    )


def export(session: Session) -> Table:
    """Writes everyone who is with the group as a people file; importing it again changes nothing.

    People who died, left or were erased are not in it, so that it brings nobody back elsewhere.
    """
    here = session.exec(select(Person.id).where(col(Person.status).in_([Status.ACTIVE, Status.PAUSED])))
    on_file = load(session, [known(id_) for id_ in here])
    return Table("People", COLUMNS, [cells(one.as_row()) for one in _by_name(on_file)])


def set_status(session: Session, person: Person, status: Status, until: date | None, now: datetime) -> int:
    """Marks a person as active, paused (`until` a day, or until further notice), left or died.

    Whatever waits for somebody who is not active is withdrawn at once; returns how many deliveries. Whoever has left or
    died is logged out everywhere. Raises UserError for somebody who was erased.
    """
    if person.status == Status.ERASED or status is Status.ERASED:
        raise UserError("Somebody who was erased can't be marked", mend="Add the person anew if they come back.")
    before, person.status = person.status, status
    person.paused_until = until if status is Status.PAUSED else None
    person.changed_at = now
    session.flush()
    if status in _LOGGED:
        remember_person(session, person, _LOGGED[status])
        sessions.end_all(session, person, now)
    elif before in _LOGGED:
        remember_person(session, person, "came_back")
    reason = _WITHDRAWN.get(status)
    return withdraw_person(session, known(person.id), reason, now) if reason else 0


def _lines(session: Session, ids: list[int]) -> list[PersonLine]:
    return [_line(one) for one in _by_name(load(session, ids))]


def _by_name(on_file: dict[int, OnFile]) -> list[OnFile]:
    return sorted(on_file.values(), key=lambda one: (fold(one.person.name), known(one.person.id)))


def _line(one: OnFile) -> PersonLine:
    person = one.person
    return PersonLine(
        id=person.uid,
        name=person.name,
        called=person.called,
        status=person.status,
        paused_until=person.paused_until,
        stopped=person.stopped_at is not None,
        channels=list(dict.fromkeys(route.channel for route in one.usable)),
        groups=[group.name for group in one.groups.values()],
    )


def _consent(consent: Consent) -> str:
    withdrawn = f" (withdrawn {consent.withdrawn_at.date().isoformat()})" if consent.withdrawn_at else ""
    return f"{said(consent)}{withdrawn}"


def _deliveries(session: Session, person: int) -> list[DeliveryLine]:
    found = session.execute(
        select_many(
            *(col(column) for column in (Notice.uid, Notice.subject, Notice.text)),
            *(col(column) for column in (Delivery.channel, Delivery.state, Delivery.reason, Delivery.changed_at)),
        )
        .join(Recipient, col(Recipient.id) == Delivery.recipient_id)
        .join(Notice, col(Notice.id) == Delivery.notice_id)
        .where(col(Recipient.person_id) == person)
        .order_by(col(Delivery.id).desc())
        .limit(RECENT)
    )
    return [
        DeliveryLine(uid, subject or (text or "")[:60], channel, state, reason, at)
        for uid, subject, text, channel, state, reason, at in found
    ]


def _plain(value: Any) -> Any:
    """Turns dates inside plain data into ISO 8601 text."""
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value.isoformat() if isinstance(value, date | datetime) else value
