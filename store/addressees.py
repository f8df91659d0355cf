"""Names and the "For Joe:" of people, for showing what a notice would do."""

from __future__ import annotations

from typing import NamedTuple

from sqlmodel import Session

from core.placeholders import first_name
from store import bulk


class Addressee(NamedTuple):
    """A person as a message names them; `shared` are the routes that somebody else reads too.

    `language`, `format` and `zone` are empty where nothing special is needed.
    """

    uid: str
    name: str
    called: str
    held: bool
    shared: frozenset[int]
    language: str
    format: str
    zone: str

    def for_whom(self, route: int) -> str | None:
        """Returns whom a message on a route is for, where the route is not the person's alone."""
        return first_name(self.name, self.called) if self.held or route in self.shared else None


_SHARED = """
SELECT r.person_id, r.id FROM route r WHERE r.person_id BETWEEN ? AND ? AND EXISTS (
    SELECT 1 FROM route o WHERE o.channel = r.channel AND o.address = r.address
    AND o.person_id <> r.person_id AND o.state = 'active')
"""


def addressees(session: Session, first: int, last: int) -> dict[int, Addressee]:
    """Returns everyone whose key lies from `first` to `last`, by key."""
    shared: dict[int, set[int]] = {}
    for person, route in bulk.rows(session, _SHARED, (first, last)):
        shared.setdefault(person, set()).add(route)
    people = bulk.rows(
        session,
        "SELECT id, uid, name, called, held_by, language, format, timezone FROM person WHERE id BETWEEN ? AND ?",
        (first, last),
    )
    return {
        id_: Addressee(uid, name, called, bool(held_by), frozenset(shared.get(id_, ())), *needs)
        for id_, uid, name, called, held_by, *needs in people
    }
