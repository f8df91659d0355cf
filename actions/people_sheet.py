"""A people file that was sent to us, kept until somebody has seen what it would do."""

from __future__ import annotations

from actions.leaving import Surroundings
from actions.people import ImportReport, import_file
from core.notices import Attachment
from core.people import Role
from core.people_file import PeopleFile
from core.roles import Actor
from store import draft_files
from store.database import Session

MOST = 5_000_000
"""Bytes of a file: more than ten thousand people take."""

_TYPE = "application/octet-stream"


def look(
    session: Session, actor: Actor, name: str, data: bytes, file: PeopleFile, around: Surroundings
) -> tuple[str, ImportReport]:
    """Says what a file would do, rows with errors left out, and keeps it; returns the id by which it is brought in."""
    actor.must_be(Role.COORDINATOR, "import people")
    report = import_file(session, actor, file, around.secret, around.now, skip_bad=True, dry_run=True)
    return draft_files.keep(session, Attachment(name, _TYPE, data, ""), around.now), report


def kept(session: Session, actor: Actor, uid: str) -> tuple[str, bytes]:
    """Returns the name and the bytes of a file that was kept; raises `UserError` for one that is there no more."""
    actor.must_be(Role.COORDINATOR, "import people")
    found = draft_files.find(session, uid)
    return found.name, found.data


def bring_in(session: Session, actor: Actor, uid: str, file: PeopleFile, around: Surroundings) -> ImportReport:
    """Brings a file in, rows with errors left out, and keeps it no longer. The same file twice changes nothing more."""
    report = import_file(session, actor, file, around.secret, around.now, skip_bad=True)
    draft_files.forget(session, uid)
    return report


def forget(session: Session, actor: Actor, uid: str) -> None:
    """Throws a file away that nobody wants to bring in."""
    actor.must_be(Role.COORDINATOR, "import people")
    draft_files.forget(session, uid)
