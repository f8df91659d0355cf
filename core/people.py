"""The words for people and the ways to reach them."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where a person stands with the group."""

    ACTIVE = "active"
    PAUSED = "paused"
    LEFT = "left"
    DIED = "died"
    ERASED = "erased"


class RouteState(StrEnum):
    """Whether a route may be used: `stopped` by the person's wish, `dead` because the address reaches nobody."""

    ACTIVE = "active"
    STOPPED = "stopped"
    DEAD = "dead"


class Role(StrEnum):
    """What a member of staff may do; each role may do all that the ones before it may."""

    VIEWER = "viewer"
    CALLER = "caller"
    COORDINATOR = "coordinator"
    ADMIN = "admin"


EMAIL, SMS, TELEGRAM, PHONE = "email", "sms", "telegram", "phone"
CHANNELS = (EMAIL, SMS, TELEGRAM, PHONE)
"""The channels that a people file knows; a plug-in may add more."""

WORDS = {EMAIL: "e-mails", SMS: "texts", TELEGRAM: "Telegram messages", PHONE: "calls"}
"""What people call the messages of a channel."""
