"""Puts people, groups and notices into a database in a line or two, and reads back what matters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

from sqlmodel import col, select

from core.content import make_content
from core.delivery import DuplicatePolicy
from core.notices import Kind, Plan
from core.receipts import Outcome, Receipt
from store import notices, outbox, strays
from store.database import Database, Session
from store.outbox import Claim, Now, Result
from store.settle import Ways
from store.tables import Attempt, Consent, Delivery, Event, Group, Membership, Notice, Person, Recipient, Route, Staff
from store.tables.base import known

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
TODAY = NOON.date()
HOUR, MINUTE, DAY = timedelta(hours=1), timedelta(minutes=1), timedelta(days=1)
LEASE = timedelta(seconds=90)
CHANNELS = ("email", "sms", "telegram", "phone")
WAYS = Ways(CHANNELS, {"email": timedelta(), "sms": 10 * MINUTE}, lambda: 0.5)

_numbers = count(1)


def add_person(
    session: Session,
    /,
    name: str = "Ann Carter",
    *channels: str,
    staff: str | None = None,
    groups: Sequence[str] = (),
    consent: Sequence[str] = (),
    addresses: dict[str, str] | None = None,
    **more: Any,
) -> Person:
    """Adds a person with a route on each of `channels`, in that order; `consent` names channels for promotion."""
    person = Person(name=name, created_at=NOON, changed_at=NOON, **more)
    session.add(person)
    session.flush()
    for position, channel in enumerate(channels, 1):
        address = (addresses or {}).get(channel) or f"{channel}-{next(_numbers)}"
        route = Route(person_id=known(person.id), channel=channel, address=address, position=position)
        session.add(route)
        session.flush()
        if channel in consent:
            session.add(Consent(route_id=known(route.id), basis="consent", given_on=date(2026, 1, 1), recorded_at=NOON))
    if staff:
        session.add(Staff(person_id=known(person.id), role=staff, added_at=NOON))
    for group in groups:
        session.add(Membership(group_id=known(_group(session, group).id), person_id=known(person.id)))
    session.flush()
    return person


def _group(session: Session, name: str) -> Group:
    key = name.casefold()
    found = session.exec(select(Group).where(Group.key == key)).first()
    if found is None:
        found = Group(name=name, key=key)
        session.add(found)
        session.flush()
    return found


def plan(key: str = "k1", *, text: str = "We meet on Monday.", purpose: str = "service", **more: Any) -> Plan:
    """Makes a plan with sensible values for whatever is not given."""
    values: dict[str, Any] = {
        "kind": Kind.UPDATE,
        "not_before": NOON,
        "not_after": NOON + 3 * DAY,
        "policy": DuplicatePolicy.PREFER_SILENCE,
        "created_by": "terminal",
    }
    content = make_content(
        text, "News", language=more.pop("language", "en"), format=more.pop("format", "standard"), purpose=purpose
    )
    return Plan(key=key, content=content, **(values | more))


def publish(session: Session, key: str = "k1", *, channels: Sequence[str] = CHANNELS, **more: Any) -> Notice:
    """Publishes a notice and returns its row."""
    published = notices.publish(session, plan(key, **more), channels, TODAY, NOON)
    return session.get_one(Notice, published.id)


def moment(at: datetime = NOON, quiet: Sequence[str] = ()) -> Now:
    return Now(at, at.date(), "Europe/London", quiet)


def claim(session: Session, channel: str = "email", limit: int = 100, at: datetime = NOON, **more: Any) -> list[Claim]:
    return outbox.claim(session, channel, limit, moment(at, **more), LEASE, WAYS).claims


def receipt(outcome: Outcome | str, provider: str = "email", **more: Any) -> Receipt:
    outcome = Outcome(outcome)
    return Receipt(outcome, provider, more.pop("status", outcome.value), **more)


def say(session: Session, claim: Claim, outcome: Outcome | str, at: datetime = NOON, **more: Any) -> set[str]:
    """Records one answer to a claim."""
    return outbox.record(session, [Result(claim, receipt(outcome, **more))], at, WAYS)


def hear(session: Session, outcome: Outcome | str, at: datetime = NOON, **more: Any) -> set[str]:
    """Receives a receipt that comes by itself."""
    return strays.receive(session, receipt(outcome, **more), at, WAYS)


def deliveries(session: Session, notice: Notice | None = None) -> list[Delivery]:
    wanted = select(Delivery).order_by(col(Delivery.id)).execution_options(populate_existing=True)
    return list(session.exec(wanted.where(Delivery.notice_id == notice.id) if notice else wanted).all())


def the_delivery(session: Session) -> Delivery:
    return deliveries(session)[-1]


def recipient_of(session: Session, person: Person, notice: Notice) -> Recipient:
    wanted = select(Recipient).where(Recipient.person_id == person.id, Recipient.notice_id == notice.id)
    return session.exec(wanted.execution_options(populate_existing=True)).one()


def attempts(session: Session) -> list[Attempt]:
    wanted = select(Attempt).order_by(col(Attempt.id)).execution_options(populate_existing=True)
    return list(session.exec(wanted).all())


def events(session: Session) -> list[Event]:
    return list(session.exec(select(Event).order_by(col(Event.id))).all())


def route_of(session: Session, person: Person, channel: str) -> Route:
    wanted = select(Route).where(Route.person_id == person.id, Route.channel == channel)
    return session.exec(wanted.execution_options(populate_existing=True)).one()


def states(database: Database) -> list[tuple[str, str]]:
    """The channel and state of every delivery, in the order they were made."""
    with database.reading() as session:
        return [(delivery.channel, delivery.state) for delivery in deliveries(session)]
