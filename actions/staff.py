"""Staff and the installation: who may do what, and since when messages really go to everybody."""

from __future__ import annotations

from datetime import datetime

from core.errors import UserError
from core.people import Role
from core.roles import Actor
from store import installation, people, staff
from store.audit import note
from store.database import Session
from store.staff import StaffLine


def listing(session: Session, actor: Actor) -> list[StaffLine]:
    """Lists everybody who has or had a role."""
    actor.must_be(Role.VIEWER, "see who is on the staff")
    return staff.listing(session)


def add(session: Session, actor: Actor, uid: str, role: Role, now: datetime) -> None:
    """Gives somebody on file a role, or another one; a suspension ends."""
    actor.must_be(Role.ADMIN, "give somebody a role")
    staff.give_role(session, people.person_by_uid(session, uid), role, now)
    note(session, actor, "staff.add", uid, role, now)


def suspend(session: Session, actor: Actor, uid: str, now: datetime) -> None:
    """Takes somebody's rights away for now."""
    actor.must_be(Role.ADMIN, "suspend somebody")
    staff.suspend(session, people.person_by_uid(session, uid), now)
    note(session, actor, "staff.suspend", uid, "", now)


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
