"""Log-ins to the web pages: one-time links, and who is logged in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlmodel import Session, col, delete, select, update

from core.chats import InvitePurpose
from core.errors import UserError
from core.people import Role
from store import staff
from store.tables import Invite, Person, Staff, WebSession
from store.tables.base import known

SEEN_EVERY = timedelta(minutes=5)
"""How exactly it is kept when somebody was last here: a row written at each page would be a write for each read."""


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """Somebody who is logged in: their outside id, name, language (empty: the group's own) and role of this moment."""

    person: str
    name: str
    language: str
    role: Role
    seen_at: datetime


def invite(session: Session, person: Person, hash_: str, by: str, now: datetime, until: datetime) -> None:
    """Keeps the hash of a link that logs a member of staff in; raises UserError for anybody else."""
    if staff.role_of(session, person) is None:
        raise UserError(
            f"{person.name} has no role, or may not use it now", mend="ringround staff list shows who has one."
        )
    session.add(
        Invite(
            hash=hash_,
            purpose=InvitePurpose.LOGIN,
            person_id=known(person.id),
            made_by=by,
            made_at=now,
            expires_at=until,
        )
    )
    session.flush()


def invited(session: Session, hash_: str, now: datetime) -> Person | None:
    """Gives whom a link would log in, without using it up; None where it is used, too old or not one of ours."""
    one = session.get(Invite, hash_)
    if one is None or one.purpose != InvitePurpose.LOGIN or one.used_at is not None or one.expires_at <= now:
        return None
    person = session.get_one(Person, one.person_id)
    return person if staff.role_of(session, person) else None


def log_in(session: Session, invite_hash: str, hash_: str, now: datetime, until: datetime) -> Person | None:
    """Uses a link up and begins a log-in; of two at once one gets it. None where the link opens nothing."""
    person = invited(session, invite_hash, now)
    if person is None:
        return None
    used = session.exec(
        update(Invite).where(col(Invite.hash) == invite_hash, col(Invite.used_at).is_(None)).values(used_at=now)
    )
    if used.rowcount != 1:
        return None
    session.exec(delete(WebSession).where(col(WebSession.expires_at) < now))
    session.exec(delete(Invite).where(col(Invite.purpose) == InvitePurpose.LOGIN, col(Invite.expires_at) < now))
    session.add(WebSession(hash=hash_, person_id=known(person.id), made_at=now, seen_at=now, expires_at=until))
    session.flush()
    return person


def whose(session: Session, hash_: str, now: datetime) -> LoggedIn | None:
    """Gives who is logged in, with the role of this moment: whoever is suspended or gone is out at once."""
    found = session.exec(
        select(WebSession, Person, Staff)
        .join(Person, col(Person.id) == WebSession.person_id)
        .join(Staff, col(Staff.person_id) == WebSession.person_id)
        .where(WebSession.hash == hash_, col(WebSession.ended_at).is_(None), WebSession.expires_at > now)
    ).first()
    if found is None:
        return None
    one, person, row = found
    role = staff.acting(person, row)
    return LoggedIn(person.uid, person.name, person.language, role, one.seen_at) if role else None


def seen(session: Session, hash_: str, now: datetime) -> None:
    """Keeps when somebody was last here."""
    session.exec(update(WebSession).where(col(WebSession.hash) == hash_).values(seen_at=now))


def log_out(session: Session, hash_: str, now: datetime) -> None:
    """Ends a log-in; one that has ended stays as it is."""
    session.exec(
        update(WebSession).where(col(WebSession.hash) == hash_, col(WebSession.ended_at).is_(None)).values(ended_at=now)
    )


def end_all(session: Session, person: Person, now: datetime) -> int:
    """Ends every log-in of a person, and the links that wait to be used; returns how many log-ins."""
    session.exec(
        update(Invite)
        .where(col(Invite.person_id) == person.id, col(Invite.used_at).is_(None))
        .where(col(Invite.purpose) == InvitePurpose.LOGIN)
        .values(used_at=now)
    )
    ended = session.exec(
        update(WebSession)
        .where(col(WebSession.person_id) == person.id, col(WebSession.ended_at).is_(None))
        .values(ended_at=now)
    )
    return int(ended.rowcount)
