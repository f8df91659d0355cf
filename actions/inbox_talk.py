"""The inbox as a conversation works with it: an answer that was read back goes out once, whoever else answers too."""

from __future__ import annotations

from dataclasses import dataclass

from actions import inbox as messages
from actions.inbox import Line
from actions.leaving import Surroundings
from core.errors import UserError
from core.people import Role
from core.roles import Actor
from store import inbox
from store.database import Session


class AnsweredMeanwhile(UserError):
    """Somebody has answered since it was shown; nothing was sent."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as it is shown to whoever is about to answer, and how many answers it had by then."""

    line: Line
    answers: int


def see(session: Session, actor: Actor, uid: str) -> Seen:
    """Shows a message to somebody who is about to answer it."""
    line = messages.show(session, actor, uid)
    return Seen(line, inbox.answers_to(session, inbox.find(session, line.id)))


def answer(session: Session, actor: Actor, uid: str, text: str, answers: int, around: Surroundings) -> Line:
    """Answers by the person's own way, unless there are other answers by now than when it was shown."""
    actor.must_be(Role.COORDINATOR, "answer people")
    if inbox.answers_to(session, inbox.find(session, uid)) != answers:
        raise AnsweredMeanwhile("Somebody has answered this meanwhile, so nothing was sent", mend="")
    return messages.reply(session, actor, uid, text, around)
