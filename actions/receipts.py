"""What providers and mailboxes tell us later: receipts move deliveries, and what people wrote is heard."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from actions import calendar_answers, hearing
from actions.incoming import Heard, Incoming
from actions.leaving import Surroundings
from actions.message_text import cleaned
from channels.base import RawCallback
from core.inbox import Why
from core.people import EMAIL
from core.receipts import Hand, Inbound, Outcome, Receipt
from scheduler.dispatch import ways_of
from store import addressed, inbox, strays
from store.database import Session
from store.tables import Delivery, InboxItem, Notice, Person, Route

SHOWN = 1_000
"""Characters of a mail server's report that staff are shown."""


@dataclass(slots=True)
class Taken:
    """How much was understood: `receipts` about our own messages, `heard` messages that people wrote."""

    receipts: int = 0
    heard: int = 0


def take(session: Session, channel: str, raw: RawCallback, around: Surroundings) -> Taken:
    """Takes one callback of a provider, or one letter of the mailbox: a repeat changes nothing.

    Whoever calls has made sure that the provider sent it. Raises `ValueError` for what the provider can't have sent
    and for a channel that is switched off.
    """
    if channel not in around.channels:
        raise ValueError(f"the channel {channel} is switched off")
    return take_all(session, around.channels[channel].read(raw), around)


def take_all(session: Session, statements: Iterable[Receipt | Inbound], around: Surroundings) -> Taken:
    """Takes what a channel has understood: receipts and people's own words, in any order."""
    taken = Taken()
    ways = ways_of(around.channels)
    for one in statements:
        if isinstance(one, Receipt):
            strays.receive(session, one, around.now, ways)
            taken.receipts += 1
        elif _hear(session, one, around):
            taken.heard += 1
    return taken


def _hear(session: Session, one: Inbound, around: Surroundings) -> bool:
    """Hears somebody; returns whether it was for us.

    The mailbox may hold much that is none of ours: a letter of a stranger that answers nothing of ours stays there.
    """
    heard = Heard(one.provider, one.sender, one.text, one.ref, one.at, one.delivery, one.confirmed, one.hand)
    answered = addressed.told_by(session, one.delivery) if one.delivery else None
    if inbox.heard(session, one.provider, one.ref) is not None:
        return True
    if one.answer is not None and one.meeting is not None:
        return calendar_answers.note(session, one, heard, one.answer, around, ours=answered is not None)
    if one.provider == EMAIL and not Incoming(session, heard, around).homes:
        if one.hand is Hand.SERVER:
            _keep_report(session, one, answered, around)
            return answered is not None
        if answered is None:
            return False
    hearing.hear(session, heard, around)
    return True


def _keep_report(session: Session, one: Inbound, about: _ToldBy | None, around: Surroundings) -> None:
    """Keeps a mail server's report that nothing can be read from: for staff, or as one about nothing of ours."""
    if about is None:
        stray = Receipt(Outcome.UNKNOWN, one.provider, "report", ref=one.ref)
        strays.receive(session, stray, around.now, ways_of(around.channels))
        return
    delivery, _, _, person = about
    item = InboxItem(
        at=around.now,
        provider=one.provider,
        ref=one.ref,
        sender=one.sender,
        person_id=person.id,
        delivery_id=delivery.id,
        text=cleaned(f"{_REPORT}\n\n{one.text[:SHOWN]}"),
        why=Why.REPORT,
    )
    inbox.tell(session, inbox.keep(session, item), "A mail server", around.now)


_ToldBy = tuple[Delivery, Notice, Route, Person]

_REPORT = (
    "A mail server reports on an e-mail to this person, and Ringround can't read from it whether the e-mail arrived. "
    "Please look at the report in the group's mailbox, and tell the person another way if it did not. It begins:"
)
