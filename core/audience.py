"""Who is told: one recipient for each person, each with the first step of a ladder or a reason."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import NamedTuple

from core.ladder import OPTED_OUT, Route, Step, next_step
from core.people import Status

REHEARSAL = "rehearsal: only staff are really sent to"
CANCELLED = "the notice was cancelled"
TOLD_ALREADY = "told another way"
PAUSED, LEFT, DIED = "paused", "left the group", "died"
LANGUAGE, FORMAT = "needs another language", "needs another format"

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
    """What planning needs to know of a notice. `format` is the one that its words are in ("standard")."""

    language: str
    format: str
    promotion: bool
    rehearsal: bool
    unfit: str
    channels: Collection[str]


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
            return Step(task=LANGUAGE)
        if member.format and member.format != words.format:
            return Step(task=FORMAT)
    return next_step(member.routes, (), words.channels, promotion=words.promotion)


def same_language(one: str, other: str) -> bool:
    """Tells whether two BCP 47 tags name the same language, whatever the region (RFC 4647, basic filtering)."""
    return one.split("-", 1)[0].lower() == other.split("-", 1)[0].lower()
