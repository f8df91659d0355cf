"""Notices come into being here and nowhere else, and spread over their audience page by page."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from core.audience import CANCELLED, NEWER_VERSION
from core.content import Content
from core.delivery import HELD_PAUSED, HELD_RESTORED
from core.errors import UserError
from core.ladder import Step
from core.notices import ASKS, PROMOTION, About, After, Attachment, Kind, NoticeState, One, Plan, Whom, Wording
from store import bulk
from store.attachments import attach, attachments
from store.audience import choose, next_page
from store.groups import find_group
from store.tables import Group, Meeting, Notice, Person, Route
from store.tables.base import known, new_uid
from store.withdraw import withdraw_notice

TO_TAKE = "alert:distress:"
"""How the key of an alert begins that goes out until somebody has it; the item in the inbox comes next in it."""

PAGE = 1000
"""People written down in one transaction: small enough that the first message leaves at once."""


@dataclass(frozen=True, slots=True)
class Published:
    """A notice that exists. `repeat` says that it was there before: nothing new was made."""

    id: int
    uid: str
    repeat: bool


class Nobody(UserError):
    """Nobody would get this notice."""


def publish(session: Session, plan: Plan, channels: Collection[str], today: date, now: datetime) -> Published:
    """Writes a notice and the first page of its audience; `spread` writes the others.

    The key decides whether this is a new notice. Raises `UserError` for an unknown group, and `Nobody`, which is one,
    for an empty audience.
    """
    before = by_key(session, plan.key)
    if before is not None:
        return Published(known(before.id), before.uid, repeat=True)
    notice, group = _drawn_up(session, plan, now)
    try:
        with session.begin_nested():
            session.add(notice)
    except IntegrityError:  # somebody else has just published the same key
        first = session.exec(select(Notice).where(Notice.key == plan.key)).one()
        return Published(known(first.id), first.uid, repeat=True)
    if plan.attachment:
        attach(session, known(notice.id), plan.attachment)
    if not spread(session, known(notice.id), channels, today, now):
        raise Nobody(
            "Nobody would get this notice",
            where=f"the group {group.name}" if group else "people of another notice" if plan.to else "everyone on file",
            mend="Add people to it first: ringround people import FILE.",
        )
    return Published(known(notice.id), notice.uid, repeat=False)


def _drawn_up(session: Session, plan: Plan, now: datetime) -> tuple[Notice, Group | None]:
    """Makes the row of a notice, which is not yet written down, and finds its group."""
    group = find_group(session, plan.group) if plan.group else None
    content, about = plan.content, plan.about
    one = _one(session, plan.to) if isinstance(plan.to, One) else (None, None)
    after = plan.to if isinstance(plan.to, After) else None
    notice = Notice(
        key=plan.key,
        kind=plan.kind,
        text=content.text,
        subject=content.subject,
        sms_text=content.sms_text,
        language=content.language,
        format=content.format,
        purpose=content.purpose,
        policy=plan.policy,
        group_id=group.id if group else None,
        staff_only=plan.staff_only,
        rehearsal=plan.rehearsal,
        urgent=plan.urgent,
        unfit=plan.unfit,
        meeting_id=_meeting_key(session, about) if about else None,
        meeting_version=about.version if about else None,
        known_version=about.known if about else None,
        person_id=one[0],
        route_id=one[1],
        after_id=find_notice(session, after.notice).id if after else None,
        audience=Whom.ONE if one[0] else after.whom if after else about.whom if about else Whom.EVERYONE,
        calls=plan.calls,
        all_routes=plan.all_routes,
        not_before=plan.not_before,
        not_after=plan.not_after,
        created_at=now,
        created_by=plan.created_by,
    )
    return notice, group


def _one(session: Session, to: One) -> tuple[int, int | None]:
    """Finds the one person who is meant, and the only route; raises `UserError` where there is no such pair."""
    person = session.exec(select(Person.id).where(Person.uid == to.person)).first()
    if person is None:
        raise UserError("There is nobody with this id", mend="Look for their id with: ringround people list.")
    if to.route is None:
        return person, None
    route = session.exec(select(Route.id).where(Route.uid == to.route, Route.person_id == person)).first()
    if route is None:
        raise UserError("This is none of the person's routes", mend="See them with: ringround people show ID.")
    return person, route


def steps_of(
    session: Session, plan: Plan, channels: Collection[str], today: date, now: datetime
) -> Iterator[tuple[int, list[Step]]]:
    """Shows what a plan would do for each person's key if it were published now; nothing is written."""
    with session.no_autoflush:
        notice, _ = _drawn_up(session, plan, now)
        while members := next_page(session, notice, PAGE):
            notice.cursor = members[-1].id
            yield from choose(session, notice, members, channels, today)


def spread(session: Session, notice_id: int, channels: Collection[str], today: date, now: datetime) -> int:
    """Writes down the next page of a notice's audience: recipients, and the first rung of each one's ladder.

    Returns how many people there were on the page. The cursor is stored with them, so a crash neither skips nor
    doubles anybody.
    """
    notice = session.exec(select(Notice).where(Notice.id == notice_id).with_for_update()).one()
    if notice.spread_at is not None:
        return 0
    members = next_page(session, notice, PAGE)
    if gone := _gone(session, notice):
        steps = [(member.id, [Step(left_out=gone)]) for member in members]
    else:
        steps = choose(session, notice, members, channels, today)
    _write(session, notice, [(person, first) for person, (first, *_) in steps])
    _queue(session, notice, [(person, step) for person, several in steps for step in several], now)
    notice.people += len(steps)
    if members:
        notice.cursor = members[-1].id
    if len(members) < PAGE:
        notice.spread_at = now
        if bulk.postgres(session) and notice.cursor > PAGE:
            # Without statistics the claim scans and sorts the whole table: sixteen times slower.
            session.flush()
            bulk.change(session, "ANALYZE delivery, recipient, attempt")
    session.flush()
    return len(members)


def spreading(session: Session) -> Sequence[int]:
    """Returns the keys of notices whose audience is not yet written down, oldest first."""
    return session.exec(select(Notice.id).where(col(Notice.spread_at).is_(None)).order_by(col(Notice.id))).all()  # type: ignore[return-value]


def _gone(session: Session, notice: Notice) -> str | None:
    """Says why a notice tells nobody any more, or None."""
    if notice.state == NoticeState.CANCELLED:
        return CANCELLED
    if notice.meeting_id is not None:
        meeting = session.get_one(Meeting, notice.meeting_id, populate_existing=True)
        if meeting.version != notice.meeting_version:
            return NEWER_VERSION
    return None


def spread_again(session: Session, notice_id: int, channels: Collection[str], today: date, now: datetime) -> int:
    """Has a change reach those who turn out to have been told of the older version only now; returns how many."""
    bulk.change(session, "UPDATE notice SET cursor = 0, spread_at = NULL WHERE id = ?", (notice_id,))
    session.expire(session.get_one(Notice, notice_id))
    return spread(session, notice_id, channels, today, now)


def _meeting_key(session: Session, about: About) -> int:
    return known(session.exec(select(Meeting.id).where(Meeting.uid == about.meeting)).one())


def _write(session: Session, notice: Notice, steps: Sequence[tuple[int, Step]]) -> None:
    v = bulk.table(session, {"person": int, "left_out": str, "task": str})
    bulk.change(
        session,
        "INSERT INTO recipient (notice_id, person_id, left_out, task, task_reason) "
        f"SELECT ?, v.person, v.left_out, CASE WHEN v.task IS NOT NULL THEN 'open' END, v.task FROM {v}",
        (notice.id, bulk.packed((person, step.left_out, step.task) for person, step in steps)),
    )


def _queue(session: Session, notice: Notice, steps: Sequence[tuple[int, Step]], now: datetime) -> None:
    paused = notice.state == NoticeState.PAUSED
    state, reason = ("held", HELD_PAUSED) if paused else ("queued", "")
    at, first, last = (bulk.stamp(session, moment) for moment in (now, notice.not_before, notice.not_after))
    v = bulk.table(session, {"person": int, "uid": str, "route": int, "channel": str})
    routed = bulk.packed((person, new_uid(), step.route.id, step.route.channel) for person, step in steps if step.route)
    bulk.change(
        session,
        "INSERT INTO delivery (uid, recipient_id, notice_id, route_id, channel, state, reason, urgent, "
        "not_before, not_after, attempts, tries, crashes, looks, changed_at) "
        f"SELECT v.uid, r.id, r.notice_id, v.route, v.channel, ?, ?, ?, ?, ?, 0, 0, 0, 0, ? "
        f"FROM {v} CROSS JOIN recipient r WHERE r.notice_id = ? AND r.person_id = v.person",  # in this order
        (state, reason, 0 if notice.urgent else 1, first, last, at, routed, notice.id),
    )


def find_notice(session: Session, uid: str) -> Notice:
    """Finds a notice by its id or by the beginning of it; raises `UserError` if there is none or more than one."""
    found = session.exec(select(Notice).where(Notice.uid == uid)).all()  # what a page knows: no look at every notice
    found = (
        found
        or session.exec(
            select(Notice).where(col(Notice.uid).startswith(uid, autoescape=True)).order_by(col(Notice.id)).limit(2)
        ).all()
    )
    if len(found) == 1 and uid:
        return found[0]
    raise UserError(
        f"{'More than one notice begins' if found else 'No notice is known'} with the id {uid[:40]!r}",
        mend="ringround notice list shows them.",
    )


def by_key(session: Session, key: str) -> Notice | None:
    """Returns the notice with this key, or None."""
    return session.exec(select(Notice).where(Notice.key == key)).first()


def contents(session: Session, ids: Collection[int]) -> dict[int, Wording]:
    """Returns what notices say, by key."""
    found = session.exec(select(Notice).where(col(Notice.id).in_(ids))).all()
    enclosed = attachments(session, ids)
    return {known(notice.id): wording_of(notice, enclosed.get(known(notice.id))) for notice in found}


def wording_of(notice: Notice, attachment: Attachment | None) -> Wording:
    """Makes what a notice says from its row and what goes along with it."""
    kind = Kind(notice.kind)
    asks = kind in ASKS and notice.meeting_id is not None
    return Wording(notice.uid, kind, content_of(notice), asks, attachment, _item(notice.key))


def _item(key: str) -> str:
    """Gives what an alert is about, if somebody wrote it: keys are alert:distress:ITEM:N and alert:inbox:ITEM."""
    alert, about, item, *_ = f"{key}:::".split(":")
    return item if alert == Kind.ALERT and about in ("distress", "inbox") else ""


def content_of(notice: Notice) -> Content:
    """Makes the words of a notice from its row."""
    return Content(
        text=notice.text or "",
        subject=notice.subject,
        sms_text=notice.sms_text,
        language=notice.language,
        format=notice.format,
        purpose="promotion" if notice.purpose == PROMOTION else "service",
    )


def pause(session: Session, notice: Notice, now: datetime) -> int:
    """Holds everything of a notice that has not been claimed; returns how many deliveries."""
    if notice.state != NoticeState.OPEN:
        raise UserError(f"This notice is {notice.state}: it can't be paused")
    notice.state = NoticeState.PAUSED
    session.flush()
    return _flip(session, notice, "queued", "held", HELD_PAUSED, (), now)


def resume(session: Session, notice: Notice, now: datetime) -> int:
    """Lets everything of a notice go on that was held by a pause or after a restore; returns how many deliveries."""
    if notice.state == NoticeState.CANCELLED:
        raise UserError("This notice is cancelled: it can't go on", mend="Send a new one.")
    notice.state = NoticeState.OPEN
    session.flush()
    return _flip(session, notice, "held", "queued", "", (HELD_PAUSED, HELD_RESTORED), now)


def cancel(session: Session, notice: Notice, now: datetime) -> int:
    """Withdraws everything of a notice that has not left; returns how many deliveries."""
    notice.state = NoticeState.CANCELLED
    session.flush()
    return withdraw_notice(session, known(notice.id), CANCELLED, now)


def _flip(session: Session, notice: Notice, old: str, new: str, reason: str, only: Sequence[str], now: datetime) -> int:
    which = f" AND reason IN ({', '.join('?' * len(only))})" if only else ""
    return bulk.change(
        session,
        f"UPDATE delivery SET state = ?, reason = ?, changed_at = ? WHERE notice_id = ? AND state = ?{which}",
        (new, reason, bulk.stamp(session, now), notice.id, old, *only),
    )
