"""The tables, one file a noun; importing this package makes them all known to `SQLModel.metadata`."""

from store.tables.audit import Audit, Installation, ProviderPause
from store.tables.calls import CallOutcome
from store.tables.deliveries import Attempt, Delivery, Event, StrayReceipt
from store.tables.groups import Group, Membership
from store.tables.meetings import Meeting, MeetingAnswer, MeetingVersion, Planned
from store.tables.notices import Notice, Recipient
from store.tables.people import Consent, Person, Route, Suppression
from store.tables.staff import Staff

__all__ = [
    "Attempt",
    "Audit",
    "CallOutcome",
    "Consent",
    "Delivery",
    "Event",
    "Group",
    "Installation",
    "Meeting",
    "MeetingAnswer",
    "MeetingVersion",
    "Membership",
    "Notice",
    "Person",
    "Planned",
    "ProviderPause",
    "Recipient",
    "Route",
    "Staff",
    "StrayReceipt",
    "Suppression",
]
