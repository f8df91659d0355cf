"""What an import goes by and what it collects, for those who are new and those who are known alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, or_
from sqlmodel import Session, col, select

from core.cells import fold
from core.consents import Consent as Said
from core.ladder import OPTED_OUT
from core.people import RouteState
from core.person_row import COLUMN_OF, PersonRow, Problem, same_address
from store.groups import ensure_groups
from store.suppressions import person_hash, route_hash, suppressed
from store.tables import Consent, Membership, Person, Route
from store.tables.base import known, new_uid

TEXTS = ("name", "called", "held_by", "language", "support", "timezone", "notes")
"""The columns that go into a person's row as they are."""


@dataclass(slots=True)
class ImportResult:
    """What an import did, people by their outside ids.

    `replaced` pairs the keys of routes with those of the routes that took their place.
    """

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    conflicts: list[Problem] = field(default_factory=list)
    replaced: list[tuple[int, int]] = field(default_factory=list)


class Intake:
    """One import under way. Consents and memberships are collected and written together at the end."""

    def __init__(self, session: Session, secret: bytes, now: datetime) -> None:
        self.session = session
        self.now = now
        self.result = ImportResult()
        self._secret = secret
        self._hashes = suppressed(session)
        self._stopped = _stopped_addresses(session)
        self._groups: dict[str, int] = {}
        self._consents: list[dict[str, Any]] = []
        self._memberships: list[dict[str, Any]] = []

    def know_groups(self, names: Iterable[str]) -> None:
        """Makes the groups that are missing."""
        self._groups = {key: known(group.id) for key, group in ensure_groups(self.session, names).items()}

    def conflict(self, row: PersonRow, column: str, problem: str, mend: str) -> None:
        """Notes something that the file says and that was not done."""
        self.result.conflicts.append(Problem(row.number, column, problem, mend, row.name))

    def was_erased(self, row: PersonRow) -> bool:
        """Tells whether somebody of this name with one of these addresses was erased."""
        return bool(self._hashes) and any(
            person_hash(self._secret, row.name, *route) in self._hashes for route in row.routes
        )

    def route(
        self, row: PersonRow, person: int, channel: str, address: str, position: int, *, stopped: bool = False
    ) -> dict[str, Any]:
        """Makes a route; it begins stopped where the person, or whoever else has the address, asked us to stop."""
        problem = ""
        if stopped:
            problem = f"They asked us to stop on {channel}; the new address is on file but not used"
        elif self._is_stopped(channel, address):
            problem = "Somebody at this address asked us to stop; it is on file but not used"
        if problem:
            self.conflict(row, COLUMN_OF[channel], problem, "If they wish to hear from us here, start this route.")
        return {
            "uid": new_uid(),
            "person_id": person,
            "channel": channel,
            "address": address,
            "position": position,
            "state": RouteState.STOPPED if problem else RouteState.ACTIVE,
            "state_reason": OPTED_OUT if problem else "",
            "state_at": self.now,
        }

    def consent(self, consent: Said, route: int) -> None:
        """Collects a consent on a route."""
        self._consents.append(
            {
                "route_id": route,
                "basis": consent.basis,
                "given_on": consent.given_on,
                "wording": consent.wording,
                "source": consent.source,
                "recorded_at": self.now,
            }
        )

    def join(self, person: int, names: Iterable[str]) -> None:
        """Collects that a person is in these groups."""
        self._memberships += [{"group_id": self._groups[fold(name)], "person_id": person} for name in names]

    def write(self) -> None:
        """Writes what was collected."""
        self.session.flush()
        for table, values in ((Consent, self._consents), (Membership, self._memberships)):
            if values:
                self.session.execute(insert(table), values)

    def _is_stopped(self, channel: str, address: str) -> bool:
        if same_address(channel, address) in self._stopped:
            return True
        return bool(self._hashes) and route_hash(self._secret, channel, address) in self._hashes


def stored_format(format_: str) -> str:
    """Gives a format as it is stored: nothing where nothing special is needed."""
    return "" if format_ == "standard" else format_


def _stopped_addresses(session: Session) -> set[tuple[str, str]]:
    """Returns the addresses on which somebody on file asked us to stop."""
    found = session.exec(
        select(Route.channel, Route.address)
        .join(Person, col(Person.id) == Route.person_id)
        .where(or_(col(Route.state) == RouteState.STOPPED, col(Person.stopped_at).is_not(None)))
        .where(col(Route.address).is_not(None))
    )
    return {same_address(channel, address) for channel, address in found if address}
