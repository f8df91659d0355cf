"""The call list: whom to ring, why, and how often it was tried. The call itself is a delivery on the phone channel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, func, select

from core.audience import SAID_NO
from core.content import Content
from core.delivery import State
from core.errors import UserError
from core.notices import ASKS, Attachment, NoticeState
from core.people import PHONE, RouteState, Status
from core.placeholders import first_name
from core.reach import Task
from store.chunks import chunks
from store.notices import content_of, find_notice
from store.tables import Attachment as AttachmentRow
from store.tables import CallBack, CallLease, CallOutcome, Delivery, Meeting, Notice, Person, Recipient, Route
from store.tables.base import known


@dataclass(frozen=True, slots=True)
class Call:
    """One person to ring. `id` is the delivery's, `key` its key; `for_whom` is set where somebody else may answer.

    `why` is the notice's subject and `content` its words, both still with their placeholders; of `attachment` only what
    is said about it is read. `tries` counts what was noted so far and `last` is the latest of it (empty where nobody
    has rung yet). `meeting` is the outside id of the meeting that it is about, or None, and `asks` whether people are
    asked if they come. `held_by_caller` says who has the call in hand until `held_until`, on paper where `paper`;
    `back_at` is when the person asked to be rung, about this or anything else.
    """

    id: str
    key: int
    person: str
    name: str
    called: str
    number: str
    held_by: str
    for_whom: str | None
    notice: str
    why: str
    content: Content
    attachment: Attachment | None
    not_after: datetime
    tries: int
    last: str
    language: str
    format: str
    support: str
    notes: str
    timezone: str
    meeting: str | None
    asks: bool
    held_by_caller: str
    held_until: datetime | None
    paper: bool
    back_at: datetime | None


@dataclass(frozen=True, slots=True)
class Coded:
    """A call as a code on a list leads to it, settled ones too. `meeting` is its meeting's outside id, or None."""

    key: int
    uid: str
    person: str
    state: str
    not_after: datetime
    timezone: str
    meeting: str | None


def open_calls(
    session: Session,
    today: date,
    notice_uid: str | None = None,
    *,
    now: datetime | None = None,
    only: Collection[int] | None = None,
    limit: int | None = None,
) -> list[Call]:
    """Returns whom to ring, the most urgent first, then the earliest meeting, then by name.

    `notice_uid` limits it to one notice, `only` to the deliveries with these keys, `limit` to the first so many. `now`
    is needed to tell who has which call in hand. Nobody is on it who has died, left, paused or asked us to stop, nobody
    who was told or said no meanwhile, and nothing about an older version of a meeting, whatever the rows still say.
    """
    wanted = _open(session, select(Delivery, Notice, Route, Person), today, notice_uid).order_by(
        col(Delivery.urgent),
        func.coalesce(col(Meeting.starts_at), col(Delivery.not_after)),
        col(Person.name),
        col(Delivery.id),
    )
    if only is not None:
        wanted = wanted.where(col(Delivery.id).in_(only))
    rows = session.exec(wanted.limit(limit)).all()
    keys = [known(delivery.id) for delivery, _, _, _ in rows]
    noted = _all_noted(session, keys)
    some = None if only is None and limit is None else [route.address for _, _, route, _ in rows]
    shared = _shared_numbers(session, some) if rows else set()
    meetings = _meetings(session, {notice.meeting_id for _, notice, _, _ in rows if notice.meeting_id is not None})
    attachments = _attachments(session, {delivery.notice_id for delivery, _, _, _ in rows})
    leases = _leases(session, keys, now) if now else {}
    backs = _call_backs(session, keys)
    asked = _asked(session, now) if keys and now else {}
    contents: dict[int, Content] = {}
    calls = []
    for delivery, notice, route, person in rows:
        key = known(delivery.id)
        lease = leases.get(key)
        own = not person.held_by and route.address not in shared
        calls.append(
            Call(
                id=delivery.uid,
                key=key,
                person=person.uid,
                name=person.name,
                called=person.called,
                number=route.address or "",
                held_by=person.held_by,
                for_whom=None if own else first_name(person.name, person.called),
                notice=notice.uid,
                why=notice.subject,
                content=contents.setdefault(delivery.notice_id, content_of(notice)),
                attachment=attachments.get(delivery.notice_id),
                not_after=delivery.not_after,
                tries=len(noted[key]),
                last=noted[key][-1] if noted[key] else "",
                language=person.language,
                format=person.format,
                support=person.support,
                notes=person.notes,
                timezone=person.timezone,
                meeting=meetings.get(notice.meeting_id or 0),
                asks=notice.meeting_id is not None and notice.kind in ASKS,
                held_by_caller=lease.by if lease else "",
                held_until=lease.until if lease else None,
                paper=lease.paper if lease else False,
                back_at=backs.get(key) or asked.get(known(person.id)),
            )
        )
    return calls


def count_open(session: Session, today: date, notice_uid: str | None = None) -> int:
    """Counts what `open_calls` lists."""
    return int(session.exec(_open(session, select(func.count()).select_from(Delivery), today, notice_uid)).one())


def call_key(session: Session, delivery_uid: str) -> int:
    """Returns the key of a call by its outside id; raises `UserError` where there is none."""
    found = select(Delivery.id).where(Delivery.uid == delivery_uid, Delivery.channel == PHONE)
    delivery_id = session.exec(found).first()
    if delivery_id is None:
        raise UserError(f"No call has the code {delivery_uid[:40]!r}", mend="ringround calls list shows them.")
    return delivery_id


def by_codes(session: Session, codes: Collection[str]) -> dict[str, list[Coded]]:
    """Finds the calls of codes, the ends of their ids; one that is open stands for others with the same code."""
    found: dict[str, list[Coded]] = defaultdict(list)
    code = func.substr(col(Delivery.uid), 29)  # the last 8 of the 36 characters of a UUID
    for some in chunks(sorted(set(codes))):
        wanted = (
            select(Delivery, Person, Meeting.uid)
            .join(Route, col(Route.id) == Delivery.route_id)
            .join(Person, col(Person.id) == Route.person_id)
            .join(Notice, col(Notice.id) == Delivery.notice_id)
            .join(Meeting, col(Meeting.id) == Notice.meeting_id, isouter=True)
            .where(Delivery.channel == PHONE, code.in_(some))
        )
        for delivery, person, meeting in session.exec(wanted).all():
            uid = delivery.uid
            one = Coded(
                known(delivery.id), uid, person.uid, delivery.state, delivery.not_after, person.timezone, meeting
            )
            found[uid[28:]].append(one)
    for several in found.values():
        if len(opened := [one for one in several if one.state == State.ACCEPTED]) == 1:
            several[:] = opened
    return found


def others(session: Session, person_uid: str, but: int) -> list[str]:
    """Returns the subjects of what else a person is to be rung about; `but` is the call that is looked at."""
    wanted = (
        select(Notice.subject)
        .join(Delivery, col(Delivery.notice_id) == Notice.id)
        .join(Route, col(Route.id) == Delivery.route_id)
        .join(Person, col(Person.id) == Route.person_id)
        .join(Meeting, col(Meeting.id) == Notice.meeting_id, isouter=True)
        .where(Person.uid == person_uid, Delivery.id != but, Notice.state == NoticeState.OPEN)
        .where(Delivery.channel == PHONE, Delivery.state == State.ACCEPTED)
        .where(col(Meeting.id).is_(None) | (col(Meeting.version) == Notice.meeting_version))
        .order_by(col(Delivery.id))
    )
    return list(session.exec(wanted).all())


def _open(session: Session, wanted: Any, today: date, notice_uid: str | None) -> Any:
    """Limits a query of deliveries to the calls that are to be made; a pause is over on the day it lasts until."""
    back = (col(Person.status) == Status.PAUSED) & (col(Person.paused_until) <= today)
    wanted = (
        wanted.join(Notice, col(Notice.id) == Delivery.notice_id)
        .join(Recipient, col(Recipient.id) == Delivery.recipient_id)
        .join(Route, col(Route.id) == Delivery.route_id)
        .join(Person, col(Person.id) == Route.person_id)
        .join(Meeting, col(Meeting.id) == Notice.meeting_id, isouter=True)
        .where(Delivery.channel == PHONE, Delivery.state == State.ACCEPTED, Notice.state == NoticeState.OPEN)
        .where(col(Meeting.id).is_(None) | (col(Meeting.version) == Notice.meeting_version))
        .where(func.coalesce(Recipient.left_out, "") != SAID_NO, func.coalesce(Recipient.task, "") != Task.TOLD)
        .where(col(Person.stopped_at).is_(None), (col(Person.status) == Status.ACTIVE) | back)
    )
    return wanted if notice_uid is None else wanted.where(Delivery.notice_id == find_notice(session, notice_uid).id)


def _all_noted(session: Session, keys: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    for some in chunks(keys):
        wanted = select(CallOutcome.delivery_id, CallOutcome.outcome).where(col(CallOutcome.delivery_id).in_(some))
        for key, outcome in session.exec(wanted.order_by(col(CallOutcome.id))):
            found[key].append(outcome)
    return found


def _leases(session: Session, keys: list[int], now: datetime) -> dict[int, CallLease]:
    wanted = select(CallLease).where(col(CallLease.until) > now)
    return {lease.delivery_id: lease for lease in session.exec(wanted)} if keys else {}


def _call_backs(session: Session, keys: list[int]) -> dict[int, datetime]:
    return dict(session.exec(select(CallBack.delivery_id, CallBack.at)).all()) if keys else {}


def _asked(session: Session, now: datetime) -> dict[int, datetime]:
    """Returns who asked to be rung at a later moment, about whatever it was."""
    wanted = (
        select(Route.person_id, func.max(CallBack.at))
        .join(Delivery, col(Delivery.route_id) == Route.id)
        .join(CallBack, col(CallBack.delivery_id) == Delivery.id)
        .where(CallBack.at > now)
        .group_by(col(Route.person_id))
    )
    return dict(session.exec(wanted).all())


def _shared_numbers(session: Session, some: Collection[str | None] | None) -> set[str | None]:
    """Returns the numbers that more than one person is rung on, of `some` or (None) of all."""
    wanted = (
        select(Route.address)
        .where(Route.channel == PHONE, Route.state == RouteState.ACTIVE, col(Route.address).is_not(None))
        .group_by(col(Route.address))
        .having(func.count(func.distinct(col(Route.person_id))) > 1)
    )
    if some is not None:
        wanted = wanted.where(col(Route.address).in_(some))
    return set(session.exec(wanted).all())


def _attachments(session: Session, notices: set[int]) -> dict[int, Attachment]:
    """Reads what is said of pictures and documents, without the pictures and documents."""
    columns = (AttachmentRow.notice_id, AttachmentRow.name, AttachmentRow.media_type, AttachmentRow.description)
    found = session.exec(select(*columns).where(col(AttachmentRow.notice_id).in_(notices)))
    return {notice: Attachment(name, media_type, b"", about) for notice, name, media_type, about in found}


def _meetings(session: Session, keys: set[int]) -> dict[int, str]:
    wanted = select(Meeting.id, Meeting.uid).where(col(Meeting.id).in_(keys))
    return {known(key): uid for key, uid in session.exec(wanted)} if keys else {}
