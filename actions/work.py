"""The work that waits for staff: people whom no machine reaches, and messages in doubt."""

from __future__ import annotations

from dataclasses import replace

from actions.leaving import Surroundings
from core.errors import UserError
from core.forms import fields
from core.people import Role
from core.placeholders import KNOWN, Template
from core.roles import Actor
from store import strays, work
from store.audit import note
from store.database import Session
from store.strays import Unmatched
from store.tasks import Told, settle_task
from store.work import OpenDoubt, OpenTask

LONGEST_NOTE = 500


def tasks(session: Session, actor: Actor, around: Surroundings) -> list[OpenTask]:
    """Lists the people who need a person, those first for whom there is least time."""
    actor.must_be(Role.COORDINATOR, "see who needs a person")
    return [replace(one, about=_filled(one.about, one.name, one.called, around)) for one in work.tasks(session)]


def doubts(session: Session, actor: Actor, around: Surroundings) -> list[OpenDoubt]:
    """Lists the messages of which nobody knows whether they were sent; `actions.reach.review` settles one."""
    actor.must_be(Role.COORDINATOR, "settle a doubt")
    return [replace(one, about=_filled(one.about, one.name, one.called, around)) for one in work.doubts(session)]


def unmatched(session: Session, actor: Actor, around: Surroundings) -> list[Unmatched]:
    """Lists the receipts that no message of ours could be found for, by kind."""
    actor.must_be(Role.COORDINATOR, "see what providers report")
    return strays.unmatched(session, around.now)


def settle(
    session: Session, actor: Actor, notice: str, person: str, verdict: Told, remark: str, around: Surroundings
) -> None:
    """Notes how it went with somebody: told, or not to be reached by anyone (see `store.tasks.settle_task`)."""
    actor.must_be(Role.COORDINATOR, "say how it went with somebody")
    if len(remark) > LONGEST_NOTE:
        raise UserError(f"The note is longer than {LONGEST_NOTE} characters", mend="Shorten it.")
    settle_task(session, notice, person, verdict, remark.strip(), actor.name, around.now)
    note(session, actor, "task.settle", person, verdict, around.now)


def _filled(about: str, name: str, called: str, around: Surroundings) -> str:
    return Template.parse(about, KNOWN).fill(fields(name, called, around.settings.speaker))
