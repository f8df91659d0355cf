"""People, the ways to reach them, and what they allowed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from core.people import RouteState, Status
from store.tables.base import Base, new_uid, one_of


class Person(Base, table=True):
    """Someone in the group. `language`, `format` and `timezone` are empty where nothing special is needed."""

    __table_args__ = (one_of("status", Status),)

    id: int | None = Field(default=None, primary_key=True)
    uid: str = Field(default_factory=new_uid, unique=True)
    name: str = Field(index=True)
    called: str = ""
    language: str = ""
    format: str = ""
    support: str = ""
    timezone: str = ""
    notes: str = ""
    never: str = ""
    """Channels never to use, separated by `;`."""
    held_by: str = ""
    """Whose phone or mailbox the routes are, where not the person's own."""
    status: str = Status.ACTIVE
    paused_until: date | None = None
    stopped_at: datetime | None = None
    """When the person asked us to stop everything."""
    order_by_person: bool = False
    """Whether the person chose the order of their routes: then a people file does not change it."""
    usual_caller: str | None = None
    """The caller who last reached them by phone: their outside id, or the name on a list on paper."""
    links_from: datetime | None = None
    """Personal links in messages from before this moment open nothing any more."""
    created_at: datetime
    changed_at: datetime


class Route(Base, table=True):
    """One way to reach a person. `position` 1 is preferred. `address` is empty only after an erasure."""

    __table_args__ = (
        one_of("state", RouteState),
        UniqueConstraint("person_id", "channel", "address"),
        Index("ix_route_channel_address", "channel", "address"),
    )

    id: int | None = Field(default=None, primary_key=True)
    uid: str = Field(default_factory=new_uid, unique=True)
    person_id: int = Field(foreign_key="person.id")
    channel: str
    address: str | None
    position: int
    state: str = RouteState.ACTIVE
    state_reason: str = ""
    state_at: datetime | None = None


class Consent(Base, table=True):
    """What a person allowed on a route, and how we know. Never changed, only withdrawn."""

    id: int | None = Field(default=None, primary_key=True)
    route_id: int = Field(foreign_key="route.id", index=True)
    basis: str
    given_on: date
    wording: str = ""
    source: str = ""
    recorded_at: datetime
    withdrawn_at: datetime | None = None


class Suppression(Base, table=True):
    """A keyed hash of a channel and address whose owner asked us to stop: it survives an erasure and a re-import."""

    hash: str = Field(primary_key=True)
    at: datetime
