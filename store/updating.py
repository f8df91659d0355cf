"""Brings one row of a people file to the person on file whom it means, as far as they have not decided otherwise."""

from __future__ import annotations

from core.audience import DIED, LEFT
from core.calls import NUMBER_DEAD, WRONG_NUMBER
from core.cells import fold
from core.people import TELEGRAM, RouteState, Status
from core.person_row import COLUMN_OF, PersonRow
from store.intake import TEXTS, Intake, stored_format
from store.on_file import REPLACED, OnFile, said
from store.tables import Membership, Route
from store.tables.base import known

_GONE = {Status.DIED: DIED, Status.LEFT: LEFT}


class Update:
    """One row and one person. First `person_and_routes`; when that is flushed, `consents_and_groups`."""

    def __init__(self, intake: Intake, row: PersonRow, one: OnFile) -> None:
        self._intake = intake
        self._row = row
        self._one = one
        self._gone = _GONE.get(Status(one.person.status))
        self._changed = False
        self._replaced: list[tuple[Route, Route]] = []

    def person_and_routes(self) -> None:
        """Changes what the row states differently; an empty cell states nothing."""
        self._standing()
        if self._gone:
            return
        parts = (self._texts(), self._never(), self._routes(), self._prefer())
        self._changed = any(parts)

    def consents_and_groups(self) -> None:
        """Records what follows from the routes, and whether anything was changed."""
        intake, person = self._intake, self._one.person
        if not self._gone:
            parts = (self._consents(), self._memberships())
            self._changed |= any(parts)
        if self._changed:
            person.changed_at = intake.now
        (intake.result.changed if self._changed else intake.result.unchanged).append(person.uid)
        intake.result.replaced += [(known(old.id), known(new.id)) for old, new in self._replaced]

    def _conflict(self, column: str, problem: str, mend: str) -> None:
        self._intake.conflict(self._row, column, problem, mend)

    def _standing(self) -> None:
        """Says where the person's standing is not what somebody who imports a file may expect."""
        person = self._one.person
        if self._gone:
            mend = "If this is somebody else, tell them apart in the name. If it is a mistake, mark them as active."
            self._conflict("name", f"On file: {self._gone}; nothing was changed", mend)
        elif person.status == Status.PAUSED and not self._pause_is_over():
            self._conflict("name", "They are paused and stay so", "Mark them as active again if they wish.")
        if person.stopped_at and not self._gone:
            mend = "If they wish to hear from us again, start one of their routes."
            self._conflict("name", "They asked us to stop everything, and it stays so", mend)

    def _pause_is_over(self) -> bool:
        until = self._one.person.paused_until
        return until is not None and until <= self._intake.now.date()

    def _texts(self) -> bool:
        row, person = self._row, self._one.person
        stated = {text: getattr(row, text) for text in TEXTS if getattr(row, text)}
        if row.format:
            stated["format"] = stored_format(row.format)
        different = {text: value for text, value in stated.items() if getattr(person, text) != value}
        for text, value in different.items():
            setattr(person, text, value)
        return bool(different)

    def _never(self) -> bool:
        """Adds channels never to use; takes none away, since the person may have asked for it."""
        row, one = self._row, self._one
        if not row.never:
            return False
        if kept := one.never - set(row.never):
            mend = "Ask them first; then change it by hand."
            self._conflict("never", f"{', '.join(sorted(kept))} stays never to be used, as it is on file", mend)
        more = set(row.never) - one.never - one.stopped_channels
        if more:
            one.person.never = ";".join([*filter(None, one.person.never.split(";")), *sorted(more)])
        return bool(more)

    def _routes(self) -> bool:
        """Adds addresses that are new, each in the place of the one that it replaces."""
        changed = False
        for channel, address in self._row.routes:
            route = self._one.route_at(channel, address) or self._no_good(address)
            if route is None:
                self._add_route(channel, address)
                changed = True
            else:
                self._note_state(route, channel)
        self._one.routes.sort(key=lambda route: route.position)
        return changed

    def _add_route(self, channel: str, address: str) -> None:
        one, intake = self._one, self._intake
        old = one.best.get(channel)
        if old is not None and old.state != RouteState.STOPPED:
            position = old.position
        elif channel == TELEGRAM and one.awaits_telegram:
            position = 1
        else:
            position = max((route.position for route in one.live), default=0) + 1
        stopped = old is not None and old.state == RouteState.STOPPED
        new = Route(**intake.route(self._row, known(one.person.id), channel, address, position, stopped=stopped))
        one.routes.append(new)
        intake.session.add(new)
        if old is not None and old.state == RouteState.ACTIVE:
            old.state, old.state_reason, old.state_at = RouteState.DEAD, REPLACED, intake.now
            self._replaced.append((old, new))

    def _no_good(self, address: str) -> Route | None:
        """Finds the route of another channel on which a caller has met somebody else, or nobody, at this number."""
        dead = (one for one in self._one.routes if one.address == address and one.state == RouteState.DEAD)
        return next((one for one in dead if one.state_reason in (NUMBER_DEAD, WRONG_NUMBER)), None)

    def _note_state(self, route: Route, channel: str) -> None:
        column = COLUMN_OF[channel]
        if route.state == RouteState.STOPPED:
            mend = "If they wish to hear from us here again, start this route."
            self._conflict(column, f"They asked us to stop on {route.channel}, and it stays so", mend)
        elif route.state == RouteState.DEAD:
            mend = "Give one that works. If this one works again, start it by hand."
            reason = f" ({route.state_reason})" if route.state_reason else ""
            self._conflict(column, f"This address is on file as one that reaches nobody{reason}", mend)

    def _prefer(self) -> bool:
        """Moves the preferred channel to the first place; the order of the others stays."""
        wanted, one = self._row.preferred, self._one
        if not wanted or wanted == one.preferred or one.person.stopped_at:
            return False
        if wanted in one.never:
            mend = "Choose another channel, or ask them."
            self._conflict("preferred_channel", f"On file, {wanted} is never to be used", mend)
            return False
        first = [route for route in one.usable if route.channel == wanted][:1]
        waits = wanted == TELEGRAM and TELEGRAM not in one.best
        if not one.live or not (first or waits):
            return False
        if one.person.order_by_person:
            mend = "Nothing to do, unless they have told you otherwise."
            problem = "They chose the order of their channels themselves; it stays"
            self._conflict("preferred_channel", problem, mend)
            return False
        others = [route for route in one.live if route not in first]
        for position, route in enumerate([*first, *others], 1 if first else 2):
            route.position = position
        one.routes.sort(key=lambda route: route.position)
        return True

    def _consents(self) -> bool:
        """Records what is new, on routes that may be used; what was withdrawn stays withdrawn."""
        changed = False
        for consent in self._row.consents:
            for channel, address in self._row.routes:
                route = self._one.route_at(channel, address)
                if route is None or route.state != RouteState.ACTIVE or not consent.meant_for(channel):
                    continue
                given = self._one.consents.get(known(route.id), [])
                if any(old.withdrawn_at is None and said(old).is_like(consent) for old in given):
                    continue
                if any(old.withdrawn_at and old.withdrawn_at.date() >= consent.given_on for old in given):
                    mend = "Record a new consent, with its date, if they have given one since."
                    self._conflict("consent", f"They have withdrawn their consent on {channel} since", mend)
                else:
                    self._intake.consent(consent, known(route.id))
                    changed = True
        return changed

    def _memberships(self) -> bool:
        """Puts the person into the groups that the row names and takes them out of others, if it names any."""
        if not self._row.groups:
            return False
        one, session = self._one, self._intake.session
        wanted = {fold(name) for name in self._row.groups}
        person = known(one.person.id)
        self._intake.join(person, wanted - one.groups.keys())
        for key in one.groups.keys() - wanted:
            session.delete(session.get_one(Membership, (known(one.groups[key].id), person)))
        return wanted != one.groups.keys()
