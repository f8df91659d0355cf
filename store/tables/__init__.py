"""The tables, one file a noun; importing this package makes them all known to `SQLModel.metadata`."""

from store.tables.audit import Audit, Installation, ProviderPause
from store.tables.bookmarks import Bookmark
from store.tables.calls import CallBack, CallLease, CallOutcome
from store.tables.chats import Conversation, DraftFile, GroupChat, Invite, JoinRequest, ProgressCard, Proposal
from store.tables.deliveries import Attempt, Delivery, Event, StrayReceipt
from store.tables.groups import Group, Membership
from store.tables.inbox import InboxItem
from store.tables.meetings import Meeting, MeetingAnswer, MeetingVersion, Planned
from store.tables.notices import Attachment, Notice, Recipient
from store.tables.people import Consent, Person, Route, Suppression
from store.tables.sessions import WebSession
from store.tables.staff import Staff

__all__ = [
    "Attachment",
    "Attempt",
    "Audit",
    "Bookmark",
    "CallBack",
    "CallLease",
    "CallOutcome",
    "Consent",
    "Conversation",
    "Delivery",
    "DraftFile",
    "Event",
    "Group",
    "GroupChat",
    "InboxItem",
    "Installation",
    "Invite",
    "JoinRequest",
    "Meeting",
    "MeetingAnswer",
    "MeetingVersion",
    "Membership",
    "Notice",
    "Person",
    "Planned",
    "ProgressCard",
    "Proposal",
    "ProviderPause",
    "Recipient",
    "Route",
    "Staff",
    "StrayReceipt",
    "Suppression",
    "WebSession",
]
