"""Who is told: one recipient for each person, each with the first step of a ladder or a reason."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from core.ladder import NO_CONSENT, OPTED_OUT, Route, Step, next_step
from core.people import PHONE, Status

REHEARSAL = "rehearsal: only staff are really sent to"
CANCELLED = "the notice was cancelled"
TOLD_ALREADY = "told another way"
ROUTE_ONLY = "meant for this one route, which does not work"
PAUSED, LEFT, DIED = "paused", "left the group", "died"
NEWER_VERSION = "a newer version of the meeting was made"
NO_CALL = "not worth a call by the strategy"
SAID_NO, NOT_YES = "said no", "has not said yes"
LANGUAGE, FORMAT = "needs another language", "needs another format"

BY_WISH = (OPTED_OUT, NO_CONSENT, PAUSED, LEFT, DIED, SAID_NO, NOT_YES)
"""Why somebody is left out because that is how they want it, or wanted it."""

_GONE: dict[str, str] = {Status.LEFT: LEFT, Status.DIED: DIED, Status.ERASED: LEFT}


class Member(NamedTuple):
    """What planning needs to know of a person; `routes` in their own order, without channels never to use."""

    id: int
    status: str
    paused_until: date | None
    stopped: bool
    staff: bool
    language: str
    format: str
    routes: Sequence[Route]


class Words(NamedTuple):
    """What planning needs to know of a notice. `format` is the one that its words are in ("standard").

    Without `calls` nobody is rung for it.
    """

    language: str
    format: str
    promotion: bool
    rehearsal: bool
    unfit: str
    channels: Collection[str]
    calls: bool = True


def reason_to_leave_out(status: str, paused_until: date | None, stopped: bool, today: date) -> str | None:
    """Says why a person is left out on purpose whatever the notice, or None.

    `stopped` is whether they asked us to stop everything; a pause is over on the day it lasts until.
    """
    if status == Status.ACTIVE and not stopped:
        return None
    if gone := _GONE.get(status):
        return gone
    if stopped:
        return OPTED_OUT
    if status == Status.PAUSED and (paused_until is None or paused_until > today):
        return PAUSED
    return None


def first_step(member: Member, words: Words, today: date) -> Step:
    """Chooses a person's first step for a notice: a route, a task for staff, or a reason to leave them out."""
    if reason := reason_to_leave_out(member.status, member.paused_until, member.stopped, today):
        return Step(left_out=reason)
    if words.rehearsal and not member.staff:
        return Step(left_out=REHEARSAL)
    if words.unfit == "person":
        if member.language and not same_language(member.language, words.language):
            return worth(Step(task=LANGUAGE), calls=words.calls)
        if member.format and member.format != words.format:
            return worth(Step(task=FORMAT), calls=words.calls)
    return next_rung(member.routes, (), words.channels, promotion=words.promotion, calls=words.calls)


def next_rung(
    routes: Sequence[Route], tried: Collection[int], channels: Collection[str], *, promotion: bool, calls: bool
) -> Step:
    """Chooses the next step of a ladder as `next_step` does; without `calls` the last rung is no person."""
    if not calls:
        routes = [route for route in routes if route.channel != PHONE] or routes
        channels = [channel for channel in channels if channel != PHONE]
    return worth(next_step(routes, tried, channels, promotion=promotion), calls=calls)


def worth(step: Step, *, calls: bool) -> Step:
    """Leaves somebody out on purpose whom only a person could tell, where the notice is not worth a call."""
    return step if calls or step.task is None else Step(left_out=NO_CALL)


def every_route(member: Member, words: Words, today: date) -> list[Step]:
    """Chooses all the routes that a person allows, for what goes by each of them at once; or the one other step."""
    first = first_step(member, words, today)
    if first.route is None:
        return [first]
    steps, tried = [first], {first.route.id}
    while route := next_rung(member.routes, tried, words.channels, promotion=words.promotion, calls=words.calls).route:
        steps.append(Step(route=route))
        tried.add(route.id)
    return steps


def same_language(one: str, other: str) -> bool:
    """Tells whether two BCP 47 tags name the same language, whatever the region (RFC 4647, basic filtering)."""
    return one.split("-", 1)[0].lower() == other.split("-", 1)[0].lower()
