"""What people wrote: kept once each, with whose it is and what they were told last."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, select, update

from core.errors import UserError
from core.inbox import InboxState, Why
from core.notices import Kind
from store import addressed, bulk
from store.alerts import tell_staff
from store.tables import Delivery, InboxItem, Notice, Person
from store.tables.base import known

OPEN = (InboxState.OPEN, InboxState.TAKEN)
"""What somebody has still to see to."""

TOLD_EVERY = timedelta(hours=1)
"""How often staff are told of a new message while older ones still wait for them."""


def heard(session: Session, provider: str, ref: str) -> InboxItem | None:
    """Finds what is kept of a message, by the provider's own id.

    On PostgreSQL a repeat that comes at the same moment waits until the first one is written down.
    """
    if bulk.postgres(session):
        bulk.rows(session, "SELECT pg_advisory_xact_lock(hashtextextended(?, 0))", (f"{provider}:{ref}",))
    return session.exec(select(InboxItem).where(InboxItem.provider == provider, InboxItem.ref == ref)).first()


def versions(session: Session, provider: str, ref: str) -> list[InboxItem]:
    """Returns a message and its later versions, the newest one last (see `edited_ref`)."""
    wanted = select(InboxItem).where(InboxItem.provider == provider)
    wanted = wanted.where((col(InboxItem.ref) == ref) | col(InboxItem.ref).startswith(f"{ref}#", autoescape=True))
    return list(session.exec(wanted.order_by(col(InboxItem.id))).all())


def keep(session: Session, item: InboxItem) -> InboxItem:
    """Writes down what was written, in the order in which it was heard."""
    session.add(item)
    session.flush()
    return item


def asked(session: Session, provider: str, sender: str, since: datetime) -> InboxItem | None:
    """Returns what we asked back last at an address, if it is still unanswered and nothing was settled meanwhile."""
    wanted = select(InboxItem).where(InboxItem.provider == provider, InboxItem.sender == sender, InboxItem.at >= since)
    wanted = wanted.where(InboxItem.asked != "").order_by(col(InboxItem.id).desc()).limit(1)
    return session.exec(wanted).first()


def drop_asked(session: Session, provider: str, sender: str) -> None:
    """Forgets what we asked back at an address: it was answered, or something else is asked in its place."""
    wanted = select(InboxItem).where(InboxItem.provider == provider, InboxItem.sender == sender, InboxItem.asked != "")
    for item in session.exec(wanted):
        item.asked = ""
        if item.state == InboxState.OPEN:
            item.state = InboxState.CLOSED
    session.flush()


def wrote_since(session: Session, provider: str, sender: str, why: Why, since: datetime) -> bool:
    """Tells whether something of a kind came from an address since a moment."""
    return _since(session, provider, sender, since, InboxItem.why == why)


def honest_since(session: Session, provider: str, sender: str, since: datetime, why: Why | None = None) -> bool:
    """Tells whether an address has had the honest reply since a moment, to something of one kind or to anything."""
    return _since(session, provider, sender, since, col(InboxItem.honest), *([InboxItem.why == why] if why else []))


def _since(session: Session, provider: str, sender: str, since: datetime, *which: Any) -> bool:
    wanted = select(InboxItem.id).where(
        InboxItem.provider == provider, InboxItem.sender == sender, InboxItem.at > since
    )
    return session.exec(wanted.where(*which).limit(1)).first() is not None


def open_of(session: Session, person: int, why: Why) -> InboxItem | None:
    """Returns the oldest item of a person and a kind that waits for somebody, or None."""
    wanted = select(InboxItem).where(InboxItem.person_id == person, InboxItem.why == why)
    return session.exec(wanted.where(col(InboxItem.state).in_(OPEN)).order_by(col(InboxItem.id)).limit(1)).first()


def find(session: Session, uid: str) -> InboxItem:
    """Finds an item by its id or the beginning or end of it; raises `UserError` for none or more than one."""
    match = col(InboxItem.uid).startswith(uid, autoescape=True) | col(InboxItem.uid).endswith(uid, autoescape=True)
    found = session.exec(select(InboxItem).where(match).limit(2).with_for_update()).all() if uid else []
    if len(found) == 1:
        return found[0]
    raise UserError(
        f"{'More than one message has' if found else 'Nothing in the inbox has'} the id {uid[:40]!r}",
        mend="The inbox shows them: ringround inbox list.",
    )


def listing(session: Session, *, everything: bool, limit: int) -> list[tuple[InboxItem, Person | None]]:
    """Lists what waits for somebody, pinned first, then the oldest; with `everything` all, the newest first."""
    wanted = select(InboxItem, Person).join(Person, col(Person.id) == InboxItem.person_id, isouter=True)
    if everything:
        wanted = wanted.order_by(col(InboxItem.id).desc())
    else:
        wanted = wanted.where(col(InboxItem.state).in_(OPEN)).order_by(col(InboxItem.pinned).desc(), col(InboxItem.id))
    return [(item, person) for item, person in session.exec(wanted.limit(limit))]


def waiting(session: Session) -> int:
    """Counts what nobody has seen to yet."""
    wanted = select(func.count()).where(col(InboxItem.state).in_(OPEN))
    return int(session.exec(wanted).one())


def context_of(session: Session, items: Sequence[InboxItem]) -> dict[int, str]:
    """Returns, by the item's key, the subject of what each sender was told last."""
    keys = {item.delivery_id: known(item.id) for item in items if item.delivery_id}
    rows = session.exec(
        select(Delivery.id, Notice.subject)
        .join(Notice, col(Notice.id) == Delivery.notice_id)
        .where(col(Delivery.id).in_(keys))
    ).all()
    subjects = dict(rows)
    return {known(item.id): subjects.get(item.delivery_id, "") for item in items if item.delivery_id}


def together(session: Session, item: InboxItem) -> list[InboxItem]:
    """Returns an item and, for possible distress, whatever else of the same sender waits that may be the same."""
    if item.why != Why.DISTRESS:
        return [item]
    wanted = select(InboxItem).where(InboxItem.why == Why.DISTRESS, InboxItem.state == InboxState.OPEN)
    return list(session.exec(wanted.where(InboxItem.provider == item.provider, InboxItem.sender == item.sender)))


def answers_to(session: Session, item: InboxItem) -> int:
    """Counts the answers of staff to an item."""
    begin = f"{Kind.REPLY}:inbox:{item.uid}:"
    wanted = select(func.count()).select_from(Notice).where(col(Notice.key).startswith(begin))
    return int(session.exec(wanted).one())


def sharers(session: Session, item: InboxItem) -> str:
    """Names those who share the address that something came from; empty for a stranger."""
    pairs = addressed.routes_at(session, item.provider, item.sender) if item.sender else []
    return ", ".join(dict.fromkeys(person.name for _, person in pairs))


def name_of(session: Session, uid: str) -> str:
    """Returns the name of a person by outside id; empty where it is nobody's."""
    return session.exec(select(Person.name).where(Person.uid == uid)).first() or ""


def tell(session: Session, item: InboxItem, name: str, now: datetime) -> None:
    """Tells staff that something waits for them: at once where nothing did, else at most once an hour."""
    last = (
        select(Notice.created_at)
        .where(col(Notice.key).startswith("alert:inbox:"), Notice.created_at > now - TOLD_EVERY)
        .limit(1)
    )
    others = select(InboxItem.id).where(col(InboxItem.state).in_(OPEN), InboxItem.id != item.id).limit(1)
    if session.exec(last).first() is not None and session.exec(others).first() is not None:
        return
    tell_staff(
        session,
        f"inbox:{item.uid}",
        f"In the inbox: {name}",
        f"{name} has written to us. See /inbox in the chat, or: ringround inbox list.",
        now,
    )


def forget(session: Session, person: int) -> None:
    """Empties what a person wrote, what we answered, and the alerts that repeat their words (for an erasure)."""
    uids = session.exec(select(InboxItem.uid).where(InboxItem.person_id == person)).all()
    session.exec(update(InboxItem).where(col(InboxItem.person_id) == person).values(text=None, sender="", asked=""))
    gone = {"text": None, "sms_text": None, "subject": ""}
    session.exec(update(Notice).where(col(Notice.person_id) == person).values(**gone))
    for uid in uids:
        for kind in ("inbox", "distress", "have"):
            about = col(Notice.key).startswith(f"alert:{kind}:{uid}")
            session.exec(update(Notice).where(about).values(**gone))
