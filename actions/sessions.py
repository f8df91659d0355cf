"""Logging in to the web pages: a link for one use, then a token that the browser keeps."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from actions.leaving import Surroundings
from core.errors import UserError
from core.people import Role
from core.roles import Actor
from store import people, sessions
from store.audit import note
from store.database import Session
from store.sessions import LoggedIn

LINK_LASTS = timedelta(minutes=10)
LASTS = timedelta(hours=12)
"""How long somebody stays logged in: a working day."""


def login_link(session: Session, actor: Actor, around: Surroundings, *, person: str = "") -> str:
    """Makes the address that logs a member of staff in, once, within 10 minutes.

    It is for the one who asks; an admin may ask for another `person` (an outside id). Raises UserError for somebody
    without a role, and where nobody knows the port. Without a public address it leads to this machine.
    """
    uid = person or actor.name
    if uid != actor.name:
        actor.must_be(Role.ADMIN, "make a log-in link for somebody else")
    token = secrets.token_urlsafe(32)
    one = people.person_by_uid(session, uid)
    sessions.invite(session, one, hashed(token), actor.name, around.now, around.now + LINK_LASTS)
    note(session, actor, "session.link", uid, "", around.now)
    return f"{root(around)}/login/{token}"


def root(around: Surroundings) -> str:
    """Gives the address of the web pages, without a slash at the end; raises UserError where that is not known."""
    settings = around.settings
    if not (settings.public_url or around.door or settings.web.port):
        raise UserError(
            "The service takes any free port for the pages, so where they are is not known here",
            mend="Write /login to the group's chat, or set RINGROUND_WEB__PORT to a port of its own.",
        )
    return settings.public_url or around.door or settings.web.address()


def invited(session: Session, token: str, now: datetime) -> str | None:
    """Gives the name of whoever a link would log in, without using it up; None where it opens nothing."""
    person = sessions.invited(session, hashed(token), now)
    return person.name if person else None


def login(session: Session, token: str, now: datetime) -> str | None:
    """Uses a link up and gives what the browser is to keep; None where the link opens nothing."""
    kept = secrets.token_urlsafe(32)
    person = sessions.log_in(session, hashed(token), hashed(kept), now, now + LASTS)
    if person is None:
        return None
    note(session, Actor(person.uid, Role.VIEWER), "session.login", person.uid, "", now)
    return kept


def whose(session: Session, kept: str, now: datetime) -> LoggedIn | None:
    """Gives who is logged in with what the browser kept; None for nobody."""
    return sessions.whose(session, hashed(kept), now)


def seen(session: Session, kept: str, now: datetime) -> None:
    """Keeps when somebody was last here."""
    sessions.seen(session, hashed(kept), now)


def logout(session: Session, kept: str, now: datetime) -> None:
    """Ends a log-in."""
    if who := sessions.whose(session, hashed(kept), now):
        note(session, Actor(who.person, who.role), "session.logout", who.person, "", now)
    sessions.log_out(session, hashed(kept), now)


def end_all(session: Session, actor: Actor, uid: str, now: datetime) -> int:
    """Ends every log-in of a person, and their unused links; returns how many log-ins."""
    if uid != actor.name:
        actor.must_be(Role.ADMIN, "end somebody's log-ins")
    ended = sessions.end_all(session, people.person_by_uid(session, uid), now)
    note(session, actor, "session.end_all", uid, f"{ended} ended", now)
    return ended


def hashed(token: str) -> str:
    """Gives what is kept of a token: it is random and long, so its plain hash tells nobody anything."""
    return hashlib.sha256(token.encode()).hexdigest()
