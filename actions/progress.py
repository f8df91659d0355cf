"""How a notice comes along, for the message that follows it, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from actions.leaving import Surroundings
from actions.reach import proving
from core.delivery import State
from core.notices import Kind, NoticeState, Whom
from core.people import PHONE, Role
from core.placeholders import KNOWN, Template
from core.quiet import QuietHours
from core.reach import Standing
from core.roles import Actor
from store import after, progress_cards, reach
from store.database import Session
from store.notices import find_notice
from store.progress_cards import Card, Tally
from store.tables.base import known


@dataclass(frozen=True, slots=True)
class Coming:
    """How far a notice is. `starts` is when it leaves, `quiet_until` when the group's quiet hours end, if they last."""

    id: str
    about: str
    kind: Kind
    state: NoticeState
    starts: datetime
    tally: Tally
    quiet_until: datetime | None

    @property
    def done(self) -> bool:
        """Whether nothing of it waits for a machine."""
        return self.state is NoticeState.CANCELLED or (self.tally.spread and not self.tally.waiting)


@dataclass(frozen=True, slots=True)
class Result:
    """How a notice ended, in people. `sent` counts those who were sent something, of whom it is known of `arrived` that
    it came; `complete` says that nothing more can be learned from a machine. `missed` could be told once more.
    """

    people: int
    sent: int
    arrived: int
    to_ring: int
    to_see_to: int
    unreachable: int
    left_out: int
    missed: int
    complete: bool


def coming(session: Session, actor: Actor, uid: str, around: Surroundings) -> Coming:
    """Tells how far a notice is."""
    actor.must_be(Role.VIEWER, "see notices")
    notice = find_notice(session, uid)
    quiet, zone = around.settings.quiet, around.settings.zone
    hours = QuietHours(quiet.start, quiet.end)
    return Coming(
        id=notice.uid,
        about=named(notice.subject, around),
        kind=Kind(notice.kind),
        state=NoticeState(notice.state),
        starts=notice.not_before,
        tally=progress_cards.tally(session, notice),
        quiet_until=hours.over(around.now, zone) if hours.cover(around.now, zone) and not notice.urgent else None,
    )


def named(subject: str, around: Surroundings) -> str:
    """Says a subject that is meant for nobody in particular: dots stand for a person's name."""
    filled = {**around.settings.speaker.fields, "first_name": "…", "name": "…"}
    return Template.parse(subject, KNOWN).fill(filled)


def result(session: Session, actor: Actor, uid: str, around: Surroundings) -> Result:
    """Tells how a notice ended, or stands now."""
    actor.must_be(Role.VIEWER, "see notices")
    notice = find_notice(session, uid)
    found = reach.reach(session, notice, proving(around))
    counts = found.counts
    accepted = sum(1 for one in found.people if one.standing is Standing.TRYING and one.state == State.ACCEPTED)
    ring = sum(
        1
        for one in found.people
        if one.standing is Standing.NEEDS_PERSON and (one.channel, one.state) == (PHONE, State.ACCEPTED)
    )
    return Result(
        people=found.invited,
        sent=counts[Standing.REACHED] + accepted,
        arrived=counts[Standing.REACHED],
        to_ring=ring,
        to_see_to=counts[Standing.NEEDS_PERSON] - ring,
        unreachable=counts[Standing.NOT_REACHABLE],
        left_out=counts[Standing.LEFT_OUT],
        missed=after.count(session, known(notice.id), Whom.MISSED),
        complete=found.complete,
    )


def following(session: Session, actor: Actor) -> list[Card]:
    """Lists the messages that follow a notice."""
    actor.must_be(Role.VIEWER, "see notices")
    return progress_cards.following(session)


def show(session: Session, actor: Actor, card: int, shown: str, *, done: bool = False) -> None:
    """Writes down what stands in a message that follows a notice; `done` ends its following."""
    actor.must_be(Role.VIEWER, "see notices")
    progress_cards.show(session, card, shown, done=done)


def forget(session: Session, actor: Actor, uid: str, chat: str) -> None:
    """Ends the following of a notice in one chat."""
    actor.must_be(Role.VIEWER, "see notices")
    progress_cards.forget(session, find_notice(session, uid), chat)
