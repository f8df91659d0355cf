"""What is on file about people: a person with their routes, groups and consents, read together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlmodel import Session, col, select

from core import consents as words
from core.people import CHANNELS, TELEGRAM, RouteState
from core.person_row import PersonRow, same_address
from store.chunks import chunks
from store.groups import groups_of
from store.tables import Consent, Group, Person, Route
from store.tables.base import known

REPLACED = "replaced by another address"
"""Why a route is dead whose place another has taken."""

_BEST_FIRST = (RouteState.ACTIVE, RouteState.STOPPED, RouteState.DEAD)


@dataclass(slots=True, eq=False)
class OnFile:
    """A person with all that belongs to them. `routes` are in the person's own order, replaced ones included."""

    person: Person
    routes: list[Route] = field(default_factory=list)
    consents: dict[int, list[Consent]] = field(default_factory=dict)
    groups: dict[str, Group] = field(default_factory=dict)

    @property
    def never(self) -> set[str]:
        """The channels never to use."""
        return {channel for channel in self.person.never.split(";") if channel}

    @property
    def live(self) -> list[Route]:
        """The routes that have an address and that no other has replaced."""
        return [
            route
            for route in self.routes
            if route.address is not None and not (route.state == RouteState.DEAD and route.state_reason == REPLACED)
        ]

    @property
    def usable(self) -> list[Route]:
        """The routes that messages may take."""
        if self.person.stopped_at:
            return []
        never = self.never
        return [route for route in self.live if route.state == RouteState.ACTIVE and route.channel not in never]

    @property
    def awaits_telegram(self) -> bool:
        """Whether they prefer Telegram but have not joined: the first place in their order is kept free for it."""
        live = self.live
        return bool(live) and all(route.position > 1 and route.channel != TELEGRAM for route in live)

    @property
    def preferred(self) -> str:
        """The channel that they like best, or nothing where none may be used."""
        if self.awaits_telegram and not self.person.stopped_at and TELEGRAM not in self.never:
            return TELEGRAM
        return next((route.channel for route in self.usable), "")

    @property
    def best(self) -> dict[str, Route]:
        """One route for each channel: one that may be used, else a stopped one, else one that reaches nobody."""
        found: dict[str, Route] = {}
        for route in sorted(self.live, key=lambda route: _BEST_FIRST.index(RouteState(route.state))):
            found.setdefault(route.channel, route)
        return found

    @property
    def stopped_channels(self) -> set[str]:
        """The channels that they asked us to stop using."""
        best = self.best.items()
        return {channel for channel, route in best if self.person.stopped_at or route.state == RouteState.STOPPED}

    def route_at(self, channel: str, address: str) -> Route | None:
        """Finds the route with this address, whatever its state."""
        wanted = same_address(channel, address)
        addressed = ((route, route.address) for route in self.routes if route.address is not None)
        return next((route for route, address in addressed if same_address(route.channel, address) == wanted), None)

    def as_row(self) -> PersonRow:
        """Writes it as a row of a people file that, read again, changes nothing.

        A channel that the person asked us to stop stands under `never`, so that the file does no harm anywhere else.
        """
        person, best = self.person, self.best
        shown = self.never | self.stopped_channels
        return PersonRow(
            number=0,
            name=person.name,
            called=person.called,
            preferred=self.preferred,
            routes=tuple((channel, best[channel].address or "") for channel in CHANNELS if channel in best),
            never=tuple(channel for channel in CHANNELS if channel in shown),
            held_by=person.held_by,
            language=person.language,
            groups=tuple(group.name for group in self.groups.values()),
            format=person.format,
            support=person.support,
            timezone=person.timezone,
            consents=tuple(self._consents(best)),
            notes=person.notes,
        )

    def _consents(self, best: dict[str, Route]) -> Iterable[words.Consent]:
        active = {channel: route for channel, route in best.items() if route.state == RouteState.ACTIVE}
        channels: dict[words.Consent, list[str]] = defaultdict(list)
        for channel in CHANNELS:
            for given in self.consents.get(known(active[channel].id), []) if channel in active else []:
                if given.withdrawn_at is None:
                    channels[said(given)].append(channel)
        for consent in sorted(channels, key=lambda consent: (consent.given_on, str(consent))):
            meant = tuple(channels[consent]) if len(channels[consent]) < len(active) else ()
            yield words.Consent(consent.basis, consent.given_on, meant, consent.source, consent.wording)


def said(consent: Consent) -> words.Consent:
    """Turns a recorded consent into what a people file says of it, without the channel."""
    return words.Consent(consent.basis, consent.given_on, (), consent.source, consent.wording)


def load(session: Session, people: Sequence[int]) -> dict[int, OnFile]:
    """Reads people with all that belongs to them, in a few statements a thousand people; returns them by key."""
    found: dict[int, OnFile] = {}
    for ids in chunks(people):
        for person in session.exec(select(Person).where(col(Person.id).in_(ids))):
            found[known(person.id)] = OnFile(person)
        routes = select(Route).where(col(Route.person_id).in_(ids)).order_by(col(Route.position), col(Route.id))
        for route in session.exec(routes):
            found[route.person_id].routes.append(route)
        pairs = session.exec(
            select(Route.person_id, Consent)
            .join(Consent, col(Consent.route_id) == Route.id)
            .where(col(Route.person_id).in_(ids))
            .order_by(col(Consent.id))
        )
        for person_id, consent in pairs:
            found[person_id].consents.setdefault(consent.route_id, []).append(consent)
    for person_id, groups in groups_of(session, list(found)).items():
        found[person_id].groups = groups
    return found
