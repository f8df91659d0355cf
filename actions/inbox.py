"""The staff inbox: what people wrote that a person must read, and the answers to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from actions.leaving import Surroundings
from actions.notices import check_words
from core.content import make_content
from core.errors import UserError
from core.inbox import InboxState, Why
from core.people import SMS, Role, RouteState, Status
from core.roles import Actor
from store import distress, inbox
from store.audit import note
from store.database import Session
from store.personal import literally, tell_person
from store.tables import InboxItem, Person, Route
from store.tables.base import known

LONGEST = 1_500
"""Characters of an answer: what fits into a text message and into the chat."""

_REASONS = {
    Why.DISTRESS: "may be in distress",
    Why.QUESTION: "for somebody to read",
    Why.CALL_ME: "would like a call",
    Why.WHICH: "an answer, and it is not certain for whom or for which meeting",
    Why.STOP: "stopped messages",
    Why.CANCEL_WORD: "stopped texts with a word that may have been meant for a meeting",
    Why.CHANGE: "would like another way, language or format",
    Why.STRANGER: "somebody who is not on file",
    Why.REPORT: "a mail server's report that only a person can read",
    Why.HANDLED: "understood and done",
}


@dataclass(frozen=True, slots=True)
class Line:
    """Something that somebody wrote. `name` is empty for a stranger, `why` says why it is here.

    `reason` says that in words, `context` is the subject of what they were told last, `taken_by` who has it.
    """

    id: str
    at: datetime
    name: str
    channel: str
    text: str
    why: str
    reason: str
    pinned: bool
    state: str
    taken_by: str
    context: str
    person: str | None

    def to_json(self) -> dict[str, Any]:
        """Gives it as plain data."""
        return asdict(self) | {"at": self.at.isoformat()}


def listing(session: Session, actor: Actor, *, everything: bool = False, limit: int = 50) -> list[Line]:
    """Lists what waits for somebody, what is pinned first; with `everything` all that came in, the newest first."""
    actor.must_be(Role.COORDINATOR, "read what people wrote")
    found = inbox.listing(session, everything=everything, limit=limit)
    return _lines(session, found)


def show(session: Session, actor: Actor, uid: str) -> Line:
    """Shows one message by its id, or the beginning or end of it; raises `UserError` for none."""
    actor.must_be(Role.COORDINATOR, "read what people wrote")
    return _line(session, inbox.find(session, uid))


def have(session: Session, actor: Actor, uid: str, around: Surroundings) -> Line:
    """Says "I have it": nobody else is asked any more, and the others are told who has it.

    Whatever else the same person wrote in distress is taken with it. Whoever is second is told who was first.
    """
    actor.must_be(Role.COORDINATOR, "answer people")
    item = inbox.find(session, uid)
    if item.state in (InboxState.ANSWERED, InboxState.CLOSED):
        raise UserError("This has been seen to already", where=f"inbox {item.uid[-8:]}")
    if item.state == InboxState.TAKEN and item.taken_by != actor.name:
        raise UserError(f"{_by(session, item.taken_by)} has it already", where=f"inbox {item.uid[-8:]}")
    if item.state == InboxState.OPEN:
        for one in inbox.together(session, item):
            one.state, one.taken_by, one.taken_at = InboxState.TAKEN, actor.name, around.now
        if item.why == Why.DISTRESS:
            distress.take(session, item, _by(session, actor.name), around.now)
        note(session, actor, "inbox.have", item.uid, "", around.now)
    return _line(session, item)


def reply(session: Session, actor: Actor, uid: str, text: str, around: Surroundings) -> Line:
    """Answers somebody by their own way: the one on which they wrote, else the one that they prefer.

    Raises `UserError` for a stranger, for somebody who has died, and for words that the channel can't carry.
    """
    actor.must_be(Role.COORDINATOR, "answer people")
    item = inbox.find(session, uid)
    words = text.strip()
    person, route = _whom(session, item)
    if not words:
        raise UserError("The answer is empty", mend="Write what they should know.")
    if len(words) > LONGEST:
        raise UserError(f"The answer is {len(words):,} characters long, and the most is {LONGEST:,}")
    check_words(make_content(literally(words), "Answer"), around)
    published = tell_person(
        session,
        known(person.id),
        f"inbox:{item.uid}:{inbox.answers_to(session, item)}",
        around.speech(person.language).say("Your message to {group}", group=around.settings.speaker.name),
        words,
        around.now,
        route_id=route.id if route else None,
        created_by=actor.name,
        language=person.language or around.settings.language,
    )
    item.notice_id = published.id
    _settle(session, item, InboxState.ANSWERED, actor, around.now)
    note(session, actor, "inbox.reply", item.uid, published.uid, around.now)
    return _line(session, item)


def close(session: Session, actor: Actor, uid: str, around: Surroundings) -> Line:
    """Says that a message is seen to, without an answer."""
    actor.must_be(Role.COORDINATOR, "close what people wrote")
    item = inbox.find(session, uid)
    if item.state != InboxState.CLOSED:
        _settle(session, item, InboxState.CLOSED, actor, around.now)
        note(session, actor, "inbox.close", item.uid, "", around.now)
    return _line(session, item)


def _settle(session: Session, item: InboxItem, state: InboxState, actor: Actor, now: datetime) -> None:
    """Ends what waits; an alert about possible distress ends for all, as if somebody had said: I have it."""
    if item.why == Why.DISTRESS and item.state == InboxState.OPEN:
        distress.take(session, item, _by(session, actor.name), now)
    item.state, item.asked = state, ""
    if not item.taken_by:
        item.taken_by, item.taken_at = actor.name, now
    session.flush()


def _whom(session: Session, item: InboxItem) -> tuple[Person, Route | None]:
    """Says who is answered and on which route; None where that one works no more."""
    route = session.get(Route, item.route_id) if item.route_id else None
    person = session.get(Person, item.person_id or (route.person_id if route else 0))
    if person is None or person.status == Status.ERASED:
        mend = "Put them on file first: ringround people add. Or ring them."
        raise UserError("This address is nobody's on file, so no answer can go there", mend=mend)
    if person.status == Status.DIED:
        raise UserError("This person is marked as having died", mend="Ring the family instead.")
    if route is None or route.address is None or route.state == RouteState.DEAD:
        return person, None
    if route.channel == SMS and (person.stopped_at or route.state == RouteState.STOPPED):
        if person.stopped_at:
            mend = "The provider lets nothing through. Speak to them another way, if you may."
            raise UserError("They asked us to stop everything, so no text can go to them", mend=mend)
        return person, None
    return person, route


def _by(session: Session, actor: str) -> str:
    """Names whoever has something: staff by name, others by where they sit."""
    return inbox.name_of(session, actor) or "Somebody at the terminal"


def _line(session: Session, item: InboxItem) -> Line:
    person = session.get(Person, item.person_id) if item.person_id else None
    return _lines(session, [(item, person)])[0]


def _lines(session: Session, found: Sequence[tuple[InboxItem, Person | None]]) -> list[Line]:
    context = inbox.context_of(session, [item for item, _ in found])
    return [
        Line(
            id=item.uid,
            at=item.at,
            name=person.name if person else inbox.sharers(session, item),
            channel=item.provider,
            text=item.text or "",
            why=item.why,
            reason=_REASONS[Why(item.why)],
            pinned=item.pinned,
            state=item.state,
            taken_by=_by(session, item.taken_by) if item.taken_by else "",
            context=context.get(known(item.id), ""),
            person=person.uid if person else None,
        )
        for item, person in found
    ]
