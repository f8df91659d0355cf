"""Whom a notice is for, page by page, and what is done for each of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlmodel import Session

from core.answers import Answer
from core.audience import (
    DIED,
    NOT_YES,
    ROUTE_ONLY,
    SAID_NO,
    Member,
    Words,
    every_route,
    first_step,
    reason_to_leave_out,
)
from core.ladder import OPTED_OUT, SWITCHED_OFF, Step
from core.ladder import Route as Rung
from core.notices import PROMOTION, Kind, Whom
from core.people import RouteState
from store import bulk
from store.after import people_of
from store.routes import routes_between
from store.tables import Notice, Route
from store.tables.base import known
from store.told import HEARD, TO_TELL

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


def next_page(session: Session, notice: Notice, limit: int) -> list[Member]:
    """Reads those of a notice's audience who come after its cursor, at most `limit`."""
    if notice.audience == Whom.ONE:
        one = ("p.id = ?", (known(notice.person_id),))
        return members_of(session, None, staff_only=False, after=notice.cursor, limit=limit, only=one)
    if notice.after_id is not None:
        only = people_of(notice.after_id, Whom(notice.audience))
        return members_of(session, notice.group_id, staff_only=False, after=notice.cursor, limit=limit, only=only)
    group, only = audience_of(notice.group_id, Whom(notice.audience), about_of(notice))
    return members_of(session, group, staff_only=notice.staff_only, after=notice.cursor, limit=limit, only=only)


def choose(
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
        if notice.route_id is not None:
            step = [_on_route(session, notice, member, channels, today)]
        elif reason := _unwanted(notice, said.get(member.id)):
            step = [Step(left_out=reason)]
        elif notice.all_routes:
            step = every_route(member, words, today)
        else:
            step = [first_step(member, words, today)]
        steps.append((member.id, step))
    return steps


def _on_route(session: Session, notice: Notice, member: Member, channels: Collection[str], today: date) -> Step:
    """Chooses the one route that a notice may take, or says why it takes none: there is no other and no task.

    What answers somebody who has just written goes back the way it came, on a route that they have stopped too: that
    is how they hear that it is stopped. Only somebody who has died gets nothing.
    """
    route = session.get_one(Route, known(notice.route_id))
    reason = reason_to_leave_out(member.status, member.paused_until, member.stopped, today)
    if notice.kind == Kind.REPLY and reason != DIED:
        reason = None
    elif route.state == RouteState.STOPPED:
        reason = reason or OPTED_OUT
    if route.address is None or route.state == RouteState.DEAD:
        reason = reason or ROUTE_ONLY
    elif route.channel not in channels:
        reason = reason or SWITCHED_OFF
    if reason:
        return Step(left_out=reason)
    return Step(route=Rung(known(route.id), route.channel, route.state, consented=False))


ANSWERS = """
SELECT a.person_id, a.value FROM meeting_answer a WHERE a.meeting_id = ? AND a.id = (
    SELECT MAX(b.id) FROM meeting_answer b WHERE b.meeting_id = a.meeting_id AND b.person_id = a.person_id)
"""
"""What each person has said last about a meeting."""


def _said(session: Session, notice: Notice) -> dict[int, str]:
    if notice.audience not in (Whom.YES_OR_NOTHING, Whom.YES):
        return {}
    return dict(bulk.rows(session, ANSWERS, (notice.meeting_id,)))


def _unwanted(notice: Notice, answer: str | None) -> str | None:
    """Says why somebody is left out for what they answered, or None."""
    if notice.audience in (Whom.YES_OR_NOTHING, Whom.YES) and answer == Answer.NO:
        return SAID_NO
    return NOT_YES if notice.audience == Whom.YES and answer != Answer.YES else None
