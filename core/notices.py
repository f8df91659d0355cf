"""A notice: one thing to tell an audience, and the rules that come with its kind."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from core.content import Content
from core.delivery import DuplicatePolicy


class Kind(StrEnum):
    """What a notice is about; `alert` goes to staff only."""

    INVITATION = "invitation"
    REMINDER = "reminder"
    CHANGE = "change"
    CANCELLATION = "cancellation"
    UPDATE = "update"
    THANKS = "thanks"
    ALERT = "alert"


class NoticeState(StrEnum):
    """Where a notice as a whole stands; where each recipient stands is another matter."""

    OPEN = "open"
    PAUSED = "paused"
    CANCELLED = "cancelled"


class Whom(StrEnum):
    """Who is meant, of a notice's group: everyone, or of a meeting's people those of whom this is true."""

    EVERYONE = "everyone"
    UNTOLD = "untold"  # nobody has told them of any version of the meeting
    TOLD = "told"  # they know an older version, whatever groups they are in now
    YES_OR_NOTHING = "yes_or_nothing"
    YES = "yes"


@dataclass(frozen=True, slots=True)
class About:
    """The meeting that a notice is about: its outside id and version.

    `known` is the version that those know whom a change is for. Who is meant is worked out again for each page.
    """

    meeting: str
    version: int
    whom: Whom
    known: int | None = None


DEFAULT_POLICY: dict[Kind, DuplicatePolicy] = {
    Kind.INVITATION: DuplicatePolicy.PREFER_SILENCE,
    Kind.REMINDER: DuplicatePolicy.PREFER_SILENCE,
    Kind.CHANGE: DuplicatePolicy.PREFER_TELLING_TWICE,
    Kind.CANCELLATION: DuplicatePolicy.PREFER_TELLING_TWICE,
    Kind.UPDATE: DuplicatePolicy.PREFER_SILENCE,
    Kind.THANKS: DuplicatePolicy.PREFER_SILENCE,
    Kind.ALERT: DuplicatePolicy.PREFER_TELLING_TWICE,
}

SERVICE, PROMOTION = "service", "promotion"
"""What a notice is for; promotion goes only where a recorded basis allows it (PECR, regulation 22)."""

USEFUL_FOR = timedelta(days=3)
"""How long a notice is worth sending where nobody said: after that it is stale and expires."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that makes a notice: `store.notices.publish` turns it into rows.

    `not_before` and `not_after` are aware UTC. `group` is a group's name, or None for everyone on file.
    `staff_only` limits the audience to people with a role (alerts). `rehearsal` leaves everyone but staff out.
    `unfit` says what becomes of people whose language or format the notice lacks: "person" (somebody tells them)
    or "send" (they get it as it is). `about` is set where the notice is about a meeting. Without `calls` nobody is rung
    for it: whoever only a person could tell is left out on purpose. With `all_routes` it goes by every route at once.
    """

    key: str
    kind: Kind
    content: Content
    not_before: datetime
    not_after: datetime
    policy: DuplicatePolicy
    created_by: str
    group: str | None = None
    staff_only: bool = False
    rehearsal: bool = False
    urgent: bool = False
    unfit: str = "person"
    about: About | None = None
    calls: bool = True
    all_routes: bool = False


def default_key(content: Content, group: str | None, day: date, *, rehearsal: bool) -> str:
    """Makes a notice's key from its words, audience and UTC day, so that a repeat by accident meets the first one."""
    parts = (
        content.text,
        content.subject,
        content.sms_text or "",
        content.purpose,
        group or "",
        day.isoformat(),
    )
    digest = hashlib.sha256("\x1f".join((*parts, "rehearsal" if rehearsal else "live")).encode()).hexdigest()
    return f"words:{digest[:32]}"
