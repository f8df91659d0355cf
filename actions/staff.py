"""Staff and the installation: who may do what, and since when messages really go to everybody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from core.errors import UserError
from core.people import TELEGRAM, Role
from core.roles import ORDER, TERMINAL, Actor
from store import installation, notices, people, sessions, staff
from store.audit import note
from store.database import Session
from store.staff import StaffLine


@dataclass(frozen=True, slots=True)
class ChatPerson:
    """Somebody on file whose Telegram chat this is; `actor` is who they are as staff, if they are and may act."""

    person: str
    name: str
    language: str
    actor: Actor | None


def known_by_chat(session: Session, chat: str) -> ChatPerson | None:
    """Finds whose chat this is, and reads their role afresh; None for a stranger.

    Where several people share a chat it is the one with the highest role, else the one who is on file longest.
    Somebody who is suspended or has left the group is no staff.
    """
    found = staff.by_address(session, TELEGRAM, chat)
    if not found:
        return None
    person, role = max(found, key=lambda one: ORDER.index(one[1]) if one[1] else -1)
    return ChatPerson(person.uid, person.name, person.language, Actor(person.uid, role) if role else None)


def people_at(session: Session, chat: str) -> list[str]:
    """Gives the outside ids of everybody whose chat this is."""
    return [person.uid for person, _ in staff.by_address(session, TELEGRAM, chat)]


def chats(session: Session, actor: Actor) -> dict[str, Role | None]:
    """Gives the Telegram chats of everybody who has or had a role, each with the role of this moment."""
    actor.must_be(Role.VIEWER, "see who is on the staff")
    return staff.addresses(session, TELEGRAM)


def listing(session: Session, actor: Actor) -> list[StaffLine]:
    """Lists everybody who has or had a role."""
    actor.must_be(Role.VIEWER, "see who is on the staff")
    return staff.listing(session)


def add(session: Session, actor: Actor, uid: str, role: Role, now: datetime) -> None:
    """Gives somebody on file a role, or another one; a suspension ends."""
    actor.must_be(Role.ADMIN, "give somebody a role")
    staff.give_role(session, people.person_by_uid(session, uid), role, now)
    note(session, actor, "staff.add", uid, role, now)


@dataclass(frozen=True, slots=True)
class Suspended:
    """What a suspension has ended. `held` are their notices that had not left: outside id and subject."""

    name: str
    log_ins: int
    held: tuple[tuple[str, str], ...]


def suspend(session: Session, actor: Actor, uid: str, now: datetime) -> Suspended:
    """Takes somebody's rights away for now: in the chat and on the pages at once, and what they sent is held.

    Their notices of which something has not left are paused, for others to look at; their log-ins and the links that
    were made for them end. Raises UserError for the only admin, who could not be let back from here.
    """
    actor.must_be(Role.ADMIN, "suspend somebody")
    one = people.person_by_uid(session, uid)
    if actor != TERMINAL and staff.role_of(session, one) is Role.ADMIN and not staff.admins_beside(session, one):
        raise UserError(f"{one.name} is the only admin", mend="Make somebody else an admin first.")
    staff.suspend(session, one, now)
    ended = sessions.end_all(session, one, now)
    staff.drop_plans(session, one)
    unsent = staff.unsent_notices(session, uid, now)
    for notice in unsent:
        notices.pause(session, notice, now)
    note(session, actor, "staff.suspend", uid, f"{ended} log-ins ended, {len(unsent)} notices held", now)
    return Suspended(one.name, ended, tuple((notice.uid, notice.subject) for notice in unsent))


def person(session: Session, actor: Actor, wanted: str) -> str:
    """Finds the one person whose id this is or whose name holds it, and gives their id.

    Raises UserError where there is nobody, or more than one.
    """
    actor.must_be(Role.VIEWER, "see people")
    found = people.find(session, wanted)
    exact = [one for one in found if wanted.strip().casefold() in (one.id, one.name.casefold(), one.called.casefold())]
    if len(exact or found) == 1:
        return (exact or found)[0].id
    if not found:
        raise UserError("Nobody on file has this id or name", mend="ringround people list shows everybody.")
    names = ", ".join(f"{one.name} ({one.id})" for one in found[:5])
    raise UserError(f"{len(found)} people have this in their name", mend=f"Name one by their id: {names}.")


def go_live(session: Session, actor: Actor, now: datetime) -> bool:
    """Ends the rehearsal: from now on messages really go to everybody. Returns whether that is new."""
    actor.must_be(Role.ADMIN, "end the rehearsal")
    row = installation.installation(session)
    if row.live_since is not None:
        return False
    row.live_since = now
    note(session, actor, "installation.golive", "", "", now)
    return True
