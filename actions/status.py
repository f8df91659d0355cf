"""What goes on at the moment: notices under way and to come, and whom the newest has not reached yet."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from actions import progress, reach
from actions.leaving import Surroundings
from actions.progress import Coming
from core.calendar import wall
from core.chart import BLUE, GREEN, GREY, ORANGE, RED, YELLOW, Bar
from core.delivery import State
from core.notices import Kind, NoticeState
from core.people import Role
from core.planned import PlannedState
from core.reach import Standing
from core.roles import Actor
from core.speech import Speech
from store import overview, timetable
from store.behind import Behind, behind
from store.database import Session
from store.notices import find_notice
from store.reach import Reach

SHOWN = 5
NAMED = 30
RECENT = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Planned:
    """Something that the timetable will send."""

    kind: Kind
    title: str
    due_local: datetime
    held: bool


@dataclass(frozen=True, slots=True)
class Status:
    """What goes on. `under_way` are the newest notices, of each whom it has not reached: those named, and how many."""

    under_way: list[tuple[Coming, list[Behind], int]]
    planned: list[Planned]


def status(session: Session, actor: Actor, around: Surroundings) -> Status:
    """Tells what goes on: notices of the last days that have somebody to reach still, and what comes next."""
    actor.must_be(Role.VIEWER, "see how things stand")
    found: list[tuple[Coming, list[Behind], int]] = []
    for line in overview.listing(session, 20):
        if len(found) == SHOWN or (line.at < around.now - RECENT and not line.waiting):
            continue
        notice = find_notice(session, line.id)
        if notice.state == NoticeState.CANCELLED:
            continue
        coming = progress.coming(session, actor, line.id, around)
        people, count = behind(session, notice, NAMED)
        if count or not coming.done:
            found.append((coming, people, count))
    rows = timetable.lines(session, limit=SHOWN)
    return Status(
        found,
        [
            Planned(
                Kind(one.kind),
                meeting.title,
                wall(one.due_at, meeting.zone),
                PlannedState(one.state) is PlannedState.HELD,
            )
            for one, meeting, *_ in rows
        ],
    )


def behind_on(session: Session, actor: Actor, uid: str, limit: int) -> tuple[list[Behind], int]:
    """Names those whom a notice has not reached, at most `limit`, and counts them all."""
    actor.must_be(Role.VIEWER, "see how things stand")
    return behind(session, find_notice(session, uid), limit)


def changeable(session: Session, actor: Actor, state: NoticeState, around: Surroundings) -> list[Coming]:
    """Lists the notices that have something to send still and are open, or paused."""
    actor.must_be(Role.COORDINATOR, "pause notices")
    lines = [line for line in overview.listing(session, 50) if line.state == state and line.waiting]
    return [progress.coming(session, actor, line.id, around) for line in lines[:SHOWN]]


def bars(found: Reach, speech: Speech) -> list[Bar]:
    """Puts a reach into the bars of a picture; what was sent is not what has reached somebody."""
    sent = sum(1 for one in found.people if one.standing is Standing.TRYING and one.state == State.ACCEPTED)
    counts: Counter[Standing] = found.counts
    every = [
        Bar(speech.say("Known to have arrived"), counts[Standing.REACHED], GREEN),
        Bar(speech.say("Sent, nobody can say whether it has arrived"), sent, BLUE, "//"),
        Bar(speech.say("Still to be sent"), counts[Standing.TRYING] - sent, YELLOW, ".."),
        Bar(speech.say("Need a person"), counts[Standing.NEEDS_PERSON], ORANGE, "xx"),
        Bar(speech.say("Can't be reached"), counts[Standing.NOT_REACHABLE], RED, "\\\\"),
        Bar(speech.say("Left out on purpose"), counts[Standing.LEFT_OUT], GREY),
    ]
    return [bar for bar in every if bar.people] or every[:1]


def picture(session: Session, actor: Actor, uid: str, around: Surroundings, speech: Speech) -> tuple[str, list[Bar]]:
    """Gives the title and the bars of a notice's picture (see `core.chart.draw`)."""
    found = reach.reach(session, actor, uid, around)
    notice = find_notice(session, found.notice)
    about = progress.named(notice.subject, around)
    return speech.count("{n} person: {about}", "{n} people: {about}", found.invited, about=about), bars(found, speech)
