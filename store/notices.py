"""Notices come into being here and nowhere else, and spread over their audience page by page."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from core.answers import Answer
from core.audience import CANCELLED, NEWER_VERSION, NOT_YES, SAID_NO, Member, Words, every_route, first_step
from core.content import Content
from core.delivery import HELD_PAUSED, HELD_RESTORED
from core.errors import UserError
from core.ladder import Step
from core.notices import PROMOTION, About, NoticeState, Plan, Whom
from store import bulk
from store.routes import routes_between
from store.tables import Group, Meeting, Notice
from store.tables.base import known, new_uid
from store.told import HEARD, TO_TELL
from store.withdraw import withdraw_notice

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
    before = session.exec(select(Notice).where(Notice.key == plan.key)).first()
    if before is not None:
        return Published(known(before.id), before.uid, repeat=True)
    notice, group = _drawn_up(session, plan, now)
    try:
        with session.begin_nested():
            session.add(notice)
    except IntegrityError:  # somebody else has just published the same key
        first = session.exec(select(Notice).where(Notice.key == plan.key)).one()
        return Published(known(first.id), first.uid, repeat=True)
    if not spread(session, known(notice.id), channels, today, now):
        raise Nobody(
            "Nobody would get this notice",
            where=f"the group {group.name}" if group else "everyone on file",
            mend="Add people to it first: ringround people import FILE.",
        )
    return Published(known(notice.id), notice.uid, repeat=False)


def _drawn_up(session: Session, plan: Plan, now: datetime) -> tuple[Notice, Group | None]:
    """Makes the row of a notice, which is not yet written down, and finds its group."""
    group = find_group(session, plan.group) if plan.group else None
    content, about = plan.content, plan.about
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
        audience=about.whom if about else Whom.EVERYONE,
        calls=plan.calls,
        all_routes=plan.all_routes,
        not_before=plan.not_before,
        not_after=plan.not_after,
        created_at=now,
        created_by=plan.created_by,
    )
    return notice, group


def steps_of(
    session: Session, plan: Plan, channels: Collection[str], today: date, now: datetime
) -> Iterator[tuple[int, list[Step]]]:
    """Shows what a plan would do for each person's key if it were published now; nothing is written."""
    with session.no_autoflush:
        notice, _ = _drawn_up(session, plan, now)
        while members := _page(session, notice):
            notice.cursor = members[-1].id
            yield from _chosen(session, notice, members, channels, today)


def spread(session: Session, notice_id: int, channels: Collection[str], today: date, now: datetime) -> int:
    """Writes down the next page of a notice's audience: recipients, and the first rung of each one's ladder.

    Returns how many people there were on the page. The cursor is stored with them, so a crash neither skips nor
    doubles anybody.
    """
    notice = session.exec(select(Notice).where(Notice.id == notice_id).with_for_update()).one()
    if notice.spread_at is not None:
        return 0
    members = _page(session, notice)
    if gone := _gone(session, notice):
        steps = [(member.id, [Step(left_out=gone)]) for member in members]
    else:
        steps = _chosen(session, notice, members, channels, today)
    _write(session, notice, [(person, first) for person, (first, *_) in steps])
    _queue(session, notice, [(person, step) for person, several in steps for step in several], now)
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


def _chosen(
    session: Session, notice: Notice, members: Sequence[Member], channels: Collection[str], today: date
) -> list[tuple[int, list[Step]]]:
    """Chooses what is done for each person of a page: one step, or one for each route."""
    words = Words(
        language=notice.language,
        format=notice.format,
        promotion=notice.purpose == PROMOTION,
        rehearsal=notice.rehearsal,
        unfit=notice.unfit,
        channels=channels,
        calls=notice.calls,
    )
    said = _said(session, notice)
    steps = []
    for member in members:
        if reason := _unwanted(notice, said.get(member.id)):
            step = [Step(left_out=reason)]
        elif notice.all_routes:
            step = every_route(member, words, today)
        else:
            step = [first_step(member, words, today)]
        steps.append((member.id, step))
    return steps


def _gone(session: Session, notice: Notice) -> str | None:
    """Says why a notice tells nobody any more, or None."""
    if notice.state == NoticeState.CANCELLED:
        return CANCELLED
    if notice.meeting_id is not None:
        meeting = session.get_one(Meeting, notice.meeting_id, populate_existing=True)
        if meeting.version != notice.meeting_version:
            return NEWER_VERSION
    return None


ANSWERS = """
SELECT a.person_id, a.value FROM meeting_answer a WHERE a.meeting_id = ? AND a.id = (
    SELECT MAX(b.id) FROM meeting_answer b WHERE b.meeting_id = a.meeting_id AND b.person_id = a.person_id)
"""


def _said(session: Session, notice: Notice) -> dict[int, str]:
    if notice.audience not in (Whom.YES_OR_NOTHING, Whom.YES):
        return {}
    return dict(bulk.rows(session, ANSWERS, (notice.meeting_id,)))


def _unwanted(notice: Notice, answer: str | None) -> str | None:
    """Says why somebody is left out for what they answered, or None."""
    if notice.audience in (Whom.YES_OR_NOTHING, Whom.YES) and answer == Answer.NO:
        return SAID_NO
    return NOT_YES if notice.audience == Whom.YES and answer != Answer.YES else None


_MEMBER = ("id", "status", "paused_until", "stopped", "staff", "language", "format")

_MEMBERS = """
SELECT p.id, p.status, p.paused_until, p.stopped_at IS NOT NULL AS stopped, s.role IS NOT NULL AS staff,
       p.language, p.format
FROM person p LEFT JOIN staff s ON s.person_id = p.id AND s.suspended_at IS NULL
WHERE p.id > ? AND p.status <> 'erased'{group}{staff}{only}
ORDER BY p.id LIMIT ?
"""


def members_of(
    session: Session,
    group_id: int | None,
    *,
    staff_only: bool,
    after: int,
    limit: int,
    only: tuple[str, tuple[int, ...]] = ("", ()),
) -> list[Member]:
    """Reads a page of an audience in the order of keys: everyone not erased, whatever their status.

    `only` is one more condition of ours on `p`, with its values.
    """
    condition, values = only
    sql = _MEMBERS.format(
        group=" AND p.id IN (SELECT person_id FROM membership WHERE group_id = ?)" if group_id is not None else "",
        staff=" AND s.role IN ('coordinator', 'admin')" if staff_only else "",
        only=f" AND {condition}" if condition else "",
    )
    grouped = () if group_id is None else (group_id,)
    found = bulk.fetch(session, _MEMBER, sql, (after, *grouped, *values, limit))
    if not found:
        return []
    routes = routes_between(session, found[0][0], found[-1][0])
    return [
        Member(id_, status, bulk.day(until), bool(stopped), bool(staff), language, format_, routes.get(id_, ()))
        for id_, status, until, stopped, staff, language, format_ in found
    ]


def _page(session: Session, notice: Notice) -> list[Member]:
    group, only = audience_of(notice.group_id, Whom(notice.audience), about_of(notice))
    return members_of(session, group, staff_only=notice.staff_only, after=notice.cursor, limit=PAGE, only=only)


def about_of(notice: Notice) -> tuple[int, int, int] | None:
    """Returns the meeting's key, its version and the version that people know, where a notice is about one."""
    if notice.meeting_id is None or notice.meeting_version is None:
        return None
    return notice.meeting_id, notice.meeting_version, notice.known_version or 0


def audience_of(
    group_id: int | None, whom: Whom, about: tuple[int, int, int] | None
) -> tuple[int | None, tuple[str, tuple[int, ...]]]:
    """Says whom a notice is for: a group, and the condition of `members_of`.

    Who was told of a meeting hears of a change, also after leaving the group.
    """
    if about is None or whom not in (Whom.TOLD, Whom.UNTOLD):
        return group_id, ("", ())
    meeting, version, known_version = about
    if whom is Whom.TOLD:
        return None, (f"p.id IN ({TO_TELL})", (meeting, known_version, meeting, version))
    return group_id, (f"p.id NOT IN ({HEARD})", (meeting, meeting, version))


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


def find_group(session: Session, name: str) -> Group:
    """Finds a group by its name in any case; raises `UserError` that names the nearest ones."""
    groups = session.exec(select(Group).order_by(Group.name)).all()
    by_key = {group.key: group for group in groups}
    if found := by_key.get(" ".join(name.split()).casefold()):
        return found
    near = get_close_matches(name.casefold(), list(by_key), n=3) or list(by_key)[:5]
    names = ", ".join(by_key[key].name for key in near)
    raise UserError(
        f"There is no group called {name[:60]!r}",
        mend=f"The nearest are: {names}." if names else "No groups are on file yet.",
    )


def find_notice(session: Session, uid: str) -> Notice:
    """Finds a notice by its id or by the beginning of it; raises `UserError` if there is none or more than one."""
    found = session.exec(
        select(Notice).where(col(Notice.uid).startswith(uid, autoescape=True)).order_by(col(Notice.id)).limit(2)
    ).all()
    if len(found) == 1 and uid:
        return found[0]
    raise UserError(
        f"{'More than one notice begins' if found else 'No notice is known'} with the id {uid[:40]!r}",
        mend="ringround notice list shows them.",
    )


def contents(session: Session, ids: Collection[int]) -> dict[int, tuple[str, Content]]:
    """Returns the outside id and the words of notices by key."""
    found = session.exec(select(Notice).where(col(Notice.id).in_(ids))).all()
    return {known(notice.id): (notice.uid, content_of(notice)) for notice in found}


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
