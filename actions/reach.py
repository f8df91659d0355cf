"""What became of notices: the list of them, how far one has come, and where everybody stands."""

from __future__ import annotations

from typing import Any

from actions.notices import Surroundings
from core.errors import UserError
from core.people import PHONE, Role
from core.reach import Standing
from core.roles import Actor
from scheduler.dispatch import ways_of
from store import overview
from store import reach as stored
from store.audit import note
from store.database import Session
from store.notices import find_notice
from store.overview import Doubt, NoticeLine, Progress, Waiting
from store.reach import Reach
from store.tables import Notice
from store.tasks import Sent, settle_review


def listing(session: Session, actor: Actor, *, limit: int = 20) -> list[NoticeLine]:
    """Lists the newest notices first."""
    actor.must_be(Role.VIEWER, "see notices")
    return overview.listing(session, limit)


def notice(session: Session, actor: Actor, uid: str = "") -> Notice:
    """Finds a notice by its id or the beginning of it; the newest one where none is named."""
    actor.must_be(Role.VIEWER, "see notices")
    if uid:
        return find_notice(session, uid)
    if found := overview.newest(session):
        return found
    raise UserError("No notice has been sent yet", mend="Send one: ringround notice send --text TEXT.")


def reach(session: Session, actor: Actor, uid: str, around: Surroundings) -> Reach:
    """Tells where everybody stands on a notice (the newest one where none is named)."""
    return stored.reach(session, notice(session, actor, uid), proving(around))


def counted(session: Session, actor: Actor, uid: str, around: Surroundings) -> Reach:
    """Tells how many stand where on a notice; `people` is empty."""
    return stored.counted(session, notice(session, actor, uid), proving(around))


def proving(around: Surroundings) -> list[str]:
    """Names the channels of which a notice waits for proof: their provider calls our public address.

    Where there is none, word of arrival is fetched by the service alone, each minute, and still counts when it comes;
    but a notice sent from the terminal is complete without it.
    """
    if not around.settings.public_url:
        return []
    return [name for name, channel in around.channels.items() if channel.proves and name != PHONE]


def progress(session: Session, actor: Actor, uid: str) -> Progress:
    """Tells how far a notice has come."""
    return overview.progress(session, notice(session, actor, uid))


def waiting(session: Session, actor: Actor, uid: str) -> tuple[list[Waiting], dict[str, str]]:
    """Tells what a notice still waits for, and which channels' providers are paused, and why."""
    return overview.waiting(session, notice(session, actor, uid)), overview.paused_providers(session)


def doubts(session: Session, actor: Actor, uid: str) -> list[Doubt]:
    """Names a notice's messages of which nobody knows whether they were sent."""
    actor.must_be(Role.VIEWER, "see notices")
    return overview.in_review(session, notice(session, actor, uid))


def review(session: Session, actor: Actor, message: str, verdict: Sent, around: Surroundings) -> None:
    """Has a member of staff say whether a doubtful message was sent (see `store.tasks.settle_review`)."""
    actor.must_be(Role.COORDINATOR, "settle a doubt")
    settle_review(session, message, verdict, actor.name, around.now, ways_of(around.channels))
    note(session, actor, "notice.review", message, verdict, around.now)


def to_json(found: Reach) -> dict[str, Any]:
    """Gives a reach as plain data."""
    return {
        "notice": found.notice,
        "invited": found.invited,
        **{standing.value: found.counts[standing] for standing in Standing},
        "complete": found.complete,
        "people": [
            {
                "id": person.id,
                "name": person.name,
                "standing": person.standing.value,
                "channel": person.channel,
                "state": person.state,
                "reason": person.reason,
            }
            for person in found.people
        ],
    }
