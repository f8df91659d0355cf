"""Brings a people file into the tables: what is new is added, what has changed is changed, and nothing else is touched.

A file is what a coordinator knows; it never overrules what a person has told us themselves. Whoever died, left or was
erased stays so; a stop, a dead number, a withdrawn consent and an order that the person chose stay as they are. Each
such case is a conflict that a coordinator sees, and the rest of the row is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import insert, or_
from sqlmodel import Session, col, select

from core import consents as words
from core.audience import DIED, LEFT
from core.cells import fold
from core.ladder import OPTED_OUT
from core.people import TELEGRAM, RouteState, Status
from core.person_row import COLUMN_OF, PersonRow, Problem, same_address
from store.groups import ensure_groups
from store.matching import match_rows
from store.on_file import REPLACED, OnFile, said
from store.suppressions import person_hash, route_hash, suppressed
from store.tables import Consent, Group, Membership, Person, Route
from store.tables.base import known, new_uid

_TEXTS = ("name", "called", "held_by", "language", "support", "timezone", "notes")


@dataclass(slots=True)
class ImportResult:
    """What an import did. `replaced` pairs the keys of routes with those of the routes that took their place."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    conflicts: list[Problem] = field(default_factory=list)
    replaced: list[tuple[int, int]] = field(default_factory=list)


def import_people(
    session: Session, rows: Sequence[PersonRow], secret: bytes, now: datetime, *, asked_back: bool = False
) -> ImportResult:
    """Brings checked rows into the tables; the same rows a second time change nothing.

    `secret` is the installation's, for the hashes of stopped addresses and erased people. `asked_back` adds people
    even if they were erased: somebody has been asked, this is no old file. The result names people by outside id.
    """
    return _Import(session, secret, now, asked_back=asked_back).run(rows)


class _Import:
    def __init__(self, session: Session, secret: bytes, now: datetime, *, asked_back: bool) -> None:
        self._session = session
        self._secret = secret
        self._now = now
        self._asked_back = asked_back
        self._hashes = suppressed(session)
        self._stopped = _stopped_addresses(session)
        self._groups: dict[str, Group] = {}
        self._given: list[dict[str, Any]] = []
        self._joins: list[dict[str, Any]] = []
        self._result = ImportResult()

    def run(self, rows: Sequence[PersonRow]) -> ImportResult:
        self._groups = ensure_groups(self._session, (name for row in rows for name in row.groups))
        new: list[PersonRow] = []
        known_people: list[tuple[PersonRow, OnFile]] = []
        for row, match in match_rows(self._session, rows):
            if match.doubt:
                self._conflict(row, "name", match.doubt, match.mend)
            elif match.on_file:
                known_people.append((row, match.on_file))
            elif self._was_erased(row):
                mend = "If they have asked to come back, add them by hand."
                self._conflict(row, "name", "They were erased and stay so", mend)
            else:
                new.append(row)
        self._add(new)
        replacements: list[tuple[Route, Route]] = []
        for row, one in known_people:
            self._update(row, one, replacements)
        self._session.flush()
        for table, values in ((Consent, self._given), (Membership, self._joins)):
            if values:
                self._session.execute(insert(table), values)
        self._result.replaced = [(known(old.id), known(route.id)) for old, route in replacements]
        return self._result

    def _was_erased(self, row: PersonRow) -> bool:
        if self._asked_back or not self._hashes:
            return False
        return any(person_hash(self._secret, row.name, *route) in self._hashes for route in row.routes)

    # Somebody new

    def _add(self, rows: Sequence[PersonRow]) -> None:
        """Adds people by the thousand: plain rows, because making an object of each takes three times as long."""
        people = [
            {
                **{text: getattr(row, text) for text in _TEXTS},
                "uid": new_uid(),
                "format": _stored_format(row.format),
                "never": ";".join(row.never),
                "status": Status.ACTIVE,
                "order_by_person": False,
                "created_at": self._now,
                "changed_at": self._now,
            }
            for row in rows
        ]
        routes: list[dict[str, Any]] = []
        meant: list[PersonRow] = []
        for row, person in zip(rows, self._insert(Person, people), strict=True):
            first = 2 if row.preferred == TELEGRAM and TELEGRAM not in dict(row.routes) else 1
            for position, (channel, address) in enumerate(row.routes, first):
                routes.append(self._route(row, person, channel, address, position))
                meant.append(row)
            self._joins += [{"group_id": self._groups[fold(name)].id, "person_id": person} for name in row.groups]
        for row, route, id_ in zip(meant, routes, self._insert(Route, routes), strict=True):
            for consent in row.consents:
                if consent.meant_for(route["channel"]) and route["state"] == RouteState.ACTIVE:
                    self._record(consent, id_)
        self._result.added = [str(person["uid"]) for person in people]

    def _insert(self, table: type[Person] | type[Route], values: Sequence[dict[str, Any]]) -> list[int]:
        """Inserts rows and returns their keys in the same order."""
        if not values:
            return []
        keys = insert(table).returning(col(table.id), sort_by_parameter_order=True)
        return [known(id_) for id_ in self._session.execute(keys, values).scalars()]

    # Somebody known

    def _update(self, row: PersonRow, one: OnFile, replacements: list[tuple[Route, Route]]) -> None:
        person = one.person
        gone = {Status.DIED: DIED, Status.LEFT: LEFT}.get(Status(person.status))
        if gone:
            mend = (
                "If this is somebody else, tell them apart in the name. If it is a mistake, mark them as active again."
            )
            self._conflict(row, "name", f"On file they {gone}; nothing was changed", mend)
            self._result.unchanged.append(person.uid)
            return
        if person.status == Status.PAUSED:
            self._conflict(row, "name", "They are paused and stay so", "Mark them as active again if they wish.")
        if person.stopped_at:
            mend = "If they wish to hear from us again, start one of their routes."
            self._conflict(row, "name", "They asked us to stop everything, and it stays so", mend)
        changed = self._texts(row, person)
        changed |= self._never(row, one)
        changed |= self._routes(row, one, replacements)
        changed |= self._prefer(row, one)
        self._session.flush()
        changed |= self._consents(row, one)
        changed |= self._memberships(row, one)
        if changed:
            person.changed_at = self._now
        (self._result.changed if changed else self._result.unchanged).append(person.uid)

    def _texts(self, row: PersonRow, person: Person) -> bool:
        stated = {text: getattr(row, text) for text in _TEXTS if getattr(row, text)}
        if row.format:
            stated["format"] = _stored_format(row.format)
        different = {text: value for text, value in stated.items() if getattr(person, text) != value}
        for text, value in different.items():
            setattr(person, text, value)
        return bool(different)

    def _never(self, row: PersonRow, one: OnFile) -> bool:
        if not row.never:
            return False
        if kept := one.never - set(row.never):
            mend = "Ask them first; then change it by hand."
            self._conflict(row, "never", f"{', '.join(sorted(kept))} stays never to be used, as it is on file", mend)
        more = set(row.never) - one.never - one.stopped_channels
        one.person.never = ";".join([*filter(None, one.person.never.split(";")), *sorted(more)])
        return bool(more)

    def _routes(self, row: PersonRow, one: OnFile, replacements: list[tuple[Route, Route]]) -> bool:
        """Adds addresses that are new, each in the place of the one that it replaces; an empty cell says nothing."""
        changed = False
        for channel, address in row.routes:
            route = one.route_at(channel, address)
            if route is not None:
                self._note_state(row, route)
                continue
            changed = True
            old = one.best.get(channel)
            if old is not None and old.state != RouteState.STOPPED:
                position = old.position
            elif channel == TELEGRAM and one.awaits_telegram:
                position = 1
            else:
                position = max((route.position for route in one.live), default=0) + 1
            stopped = channel in one.stopped_channels and not one.person.stopped_at
            new = Route(**self._route(row, known(one.person.id), channel, address, position, stopped=stopped))
            one.routes.append(new)
            self._session.add(new)
            if old is not None and old.state == RouteState.ACTIVE:
                old.state, old.state_reason, old.state_at = RouteState.DEAD, REPLACED, self._now
                replacements.append((old, new))
        one.routes.sort(key=lambda route: route.position)
        return changed

    def _note_state(self, row: PersonRow, route: Route) -> None:
        column = COLUMN_OF.get(route.channel, route.channel)
        if route.state == RouteState.STOPPED:
            mend = "If they wish to hear from us here again, start this route."
            self._conflict(row, column, f"They asked us to stop on {route.channel}, and it stays so", mend)
        elif route.state == RouteState.DEAD:
            mend = "Give one that works. If this one works again, start it by hand."
            self._conflict(
                row, column, f"This address is on file as one that reaches nobody ({route.state_reason})", mend
            )

    def _prefer(self, row: PersonRow, one: OnFile) -> bool:
        """Moves the preferred channel to the first place; the order of the others stays."""
        if not row.preferred or row.preferred == one.preferred or one.person.stopped_at:
            return False
        if row.preferred in one.never:
            mend = "Choose another channel, or ask them."
            self._conflict(row, "preferred_channel", f"On file, {row.preferred} is never to be used", mend)
            return False
        first = [route for route in one.usable if route.channel == row.preferred][:1]
        waits = row.preferred == TELEGRAM and TELEGRAM not in one.best
        if not (first or waits) or not one.live:
            return False
        if one.person.order_by_person:
            mend = "Nothing to do, unless they have told you otherwise."
            self._conflict(
                row, "preferred_channel", "They chose the order of their channels themselves; it stays", mend
            )
            return False
        others = [route for route in one.live if route not in first]
        for position, route in enumerate([*first, *others], 1 if first else 2):
            route.position = position
        one.routes.sort(key=lambda route: route.position)
        return True

    def _consents(self, row: PersonRow, one: OnFile) -> bool:
        """Records what is new, on routes that may be used; what was withdrawn stays withdrawn."""
        before = len(self._given)
        for consent in row.consents:
            for channel, address in row.routes:
                route = one.route_at(channel, address)
                if route is None or route.state != RouteState.ACTIVE or not consent.meant_for(channel):
                    continue
                given = one.consents.get(known(route.id), [])
                if any(old.withdrawn_at is None and said(old).is_like(consent) for old in given):
                    continue
                if any(old.withdrawn_at and old.withdrawn_at.date() >= consent.given_on for old in given):
                    mend = "Record a new consent, with its date, if they have given one since."
                    self._conflict(row, "consent", f"They have withdrawn their consent on {channel} since", mend)
                else:
                    self._record(consent, known(route.id))
        return len(self._given) > before

    def _memberships(self, row: PersonRow, one: OnFile) -> bool:
        """Puts the person into the groups that the row names and takes them out of others, if it names any."""
        if not row.groups:
            return False
        wanted = {fold(name) for name in row.groups}
        person = known(one.person.id)
        for key in wanted - one.groups.keys():
            self._joins.append({"group_id": self._groups[key].id, "person_id": person})
        for key in one.groups.keys() - wanted:
            if membership := self._session.get(Membership, (known(one.groups[key].id), person)):
                self._session.delete(membership)
        return wanted != one.groups.keys()

    # Parts of both

    def _route(
        self, row: PersonRow, person: int, channel: str, address: str, position: int, *, stopped: bool = False
    ) -> dict[str, Any]:
        """Makes a route; it begins stopped where this person, or whoever else has the address, asked us to stop."""
        problem = ""
        if stopped:
            problem = f"They asked us to stop on {channel}; the new address is on file but not used"
        elif same_address(channel, address) in self._stopped or (
            self._hashes and route_hash(self._secret, channel, address) in self._hashes
        ):
            problem = "Somebody at this address asked us to stop; it is on file but not used"
        if problem:
            mend = "If they wish to hear from us here, start this route."
            self._conflict(row, COLUMN_OF.get(channel, channel), problem, mend)
        return {
            "uid": new_uid(),
            "person_id": person,
            "channel": channel,
            "address": address,
            "position": position,
            "state": RouteState.STOPPED if problem else RouteState.ACTIVE,
            "state_reason": OPTED_OUT if problem else "",
            "state_at": self._now,
        }

    def _record(self, consent: words.Consent, route: int) -> None:
        self._given.append(
            {
                "route_id": route,
                "basis": consent.basis,
                "given_on": consent.given_on,
                "wording": consent.wording,
                "source": consent.source,
                "recorded_at": self._now,
            }
        )

    def _conflict(self, row: PersonRow, column: str, problem: str, mend: str) -> None:
        self._result.conflicts.append(Problem(row.number, column, problem, mend, row.name))


def _stored_format(format_: str) -> str:
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
