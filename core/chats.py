"""The words of the chat door: invites, requests to join, notices that wait for a second coordinator."""

from __future__ import annotations

from enum import StrEnum


class InvitePurpose(StrEnum):
    """What an invite opens: a participant's link, a staff link, or the web pages."""

    JOIN = "join"
    STAFF = "staff"
    LOGIN = "login"


class RequestState(StrEnum):
    """How far coordinators have come with somebody who asked to join."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REFUSED = "refused"


class ProposalState(StrEnum):
    """How far a notice that needs a second coordinator has come."""

    OPEN = "open"
    AGREED = "agreed"
    DROPPED = "dropped"
