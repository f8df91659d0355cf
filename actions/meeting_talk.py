"""Orders about meetings from a conversation: they may come twice, and somebody else may have been quicker."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from actions import meetings as orders
from actions.leaving import Surroundings
from actions.meeting_orders import Cancellation, Change, NewMeeting, changed
from core.errors import UserError
from core.meetings import Meeting, MeetingState
from core.people import Role
from core.roles import Actor
from store import groups, meetings
from store.database import Session


class ChangedMeanwhile(UserError):
    """Somebody has changed the meeting since it was shown; nothing was done."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A meeting as it is shown to somebody; `mark` tells later whether it still is as they saw it."""

    meeting: Meeting
    mark: str


def see(session: Session, actor: Actor, uid: str) -> Seen:
    """Shows a meeting to somebody who is about to change it."""
    actor.must_be(Role.COORDINATOR, "change meetings")
    meeting = meetings.meeting_of(session, meetings.find(session, uid))
    return Seen(meeting, _mark(meeting))


def group_names(session: Session, actor: Actor) -> list[tuple[int, str, int]]:
    """Lists the groups that a meeting may be for: a number for a button, the name, and how many are in it."""
    actor.must_be(Role.COORDINATOR, "put meetings in")
    return groups.listing(session)


def put_in(session: Session, actor: Actor, new: NewMeeting, around: Surroundings) -> list[str]:
    """Puts a meeting in; an order whose id is in already changes nothing. Returns the ids."""
    actor.must_be(Role.COORDINATOR, "put meetings in")
    if meetings.is_in(session, new.id):
        return [new.id]
    return orders.add(session, actor, new, around)


def change(session: Session, actor: Actor, wanted: Change, mark: str, around: Surroundings) -> None:
    """Changes a meeting that is as it was shown; one that is as wanted already stays so.

    Raises `ChangedMeanwhile` where somebody has changed it in another way.
    """
    actor.must_be(Role.COORDINATOR, "change meetings")
    now = meetings.meeting_of(session, meetings.find(session, wanted.id, lock=True))
    if changed(now, wanted) != now:
        _check(now, mark)
        orders.move(session, actor, wanted, around)


def call_off(session: Session, actor: Actor, wanted: Cancellation, mark: str, around: Surroundings) -> bool:
    """Cancels a meeting that is as it was shown; returns False where it was cancelled already."""
    actor.must_be(Role.COORDINATOR, "cancel meetings")
    now = meetings.meeting_of(session, meetings.find(session, wanted.id, lock=True))
    if now.state is MeetingState.CANCELLED:
        return False
    _check(now, mark)
    orders.cancel(session, actor, wanted, around)
    return True


def _check(meeting: Meeting, mark: str) -> None:
    if _mark(meeting) != mark:
        raise ChangedMeanwhile("Somebody has changed this meeting meanwhile, so nothing was done", mend="")


def _mark(meeting: Meeting) -> str:
    return hashlib.sha256(repr(meeting).encode()).hexdigest()[:16]
