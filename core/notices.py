"""A notice: one thing to tell an audience, and the rules that come with its kind."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from core.content import Content
from core.delivery import DuplicatePolicy


class Kind(StrEnum):
    """What a notice is about; `alert` goes to staff only, `reply` to the one person who wrote to us."""

    INVITATION = "invitation"
    REMINDER = "reminder"
    CHANGE = "change"
    CANCELLATION = "cancellation"
    UPDATE = "update"
    THANKS = "thanks"
    ALERT = "alert"
    REPLY = "reply"


class NoticeState(StrEnum):
    """Where a notice as a whole stands; where each recipient stands is another matter."""

    OPEN = "open"
    PAUSED = "paused"
    CANCELLED = "cancelled"


class Whom(StrEnum):
    """Who is meant, of a notice's group: everyone, or of a meeting's people those of whom this is true.

    `one`, `sent` and `missed` need no group: see `One` and `After`.
    """

    EVERYONE = "everyone"
    UNTOLD = "untold"  # nobody has told them of any version of the meeting
    TOLD = "told"  # they know an older version, whatever groups they are in now
    YES_OR_NOTHING = "yes_or_nothing"
    YES = "yes"
    ONE = "one"  # one person
    SENT = "sent"  # those to whom another notice has gone, or may have
    MISSED = "missed"  # those whom another notice was meant for and has not reached


@dataclass(frozen=True, slots=True)
class About:
    """The meeting that a notice is about: its outside id and version.

    `known` is the version that those know whom a change is for. Who is meant is worked out again for each page.
    """

    meeting: str
    version: int
    whom: Whom
    known: int | None = None


@dataclass(frozen=True, slots=True)
class One:
    """One person alone is meant (their outside id); `route` (its outside id) is the only way that is used.

    Without a route it goes by the person's own ladder, like every notice.
    """

    person: str
    route: str | None = None


@dataclass(frozen=True, slots=True)
class After:
    """People of another notice are meant (its outside id): those to whom it was sent, or those whom it missed.

    `whom` is `Whom.SENT` (a correction) or `Whom.MISSED` (once more to the others).
    """

    notice: str
    whom: Whom


@dataclass(frozen=True, slots=True)
class Attachment:
    """One picture or document that goes along with a notice; `description` says in words what it shows.

    A channel that can't carry it says the description instead.
    """

    name: str
    media_type: str
    data: bytes
    description: str

    @property
    def picture(self) -> bool:
        """Whether it is a picture, and not a document."""
        return self.media_type.startswith("image/")


ASKS = frozenset([Kind.INVITATION, Kind.REMINDER, Kind.CHANGE])
"""What asks people whether they come, where it is about a meeting."""


@dataclass(frozen=True, slots=True)
class Wording:
    """What a notice says to everybody; `uid` is its outside id, `asks` whether people are asked if they come.

    `item` is the outside id of what somebody wrote to us, where the notice tells staff of it.
    """

    uid: str
    kind: Kind
    content: Content
    asks: bool = False
    attachment: Attachment | None = None
    item: str = ""


DEFAULT_POLICY: dict[Kind, DuplicatePolicy] = {
    Kind.INVITATION: DuplicatePolicy.PREFER_SILENCE,
    Kind.REMINDER: DuplicatePolicy.PREFER_SILENCE,
    Kind.CHANGE: DuplicatePolicy.PREFER_TELLING_TWICE,
    Kind.CANCELLATION: DuplicatePolicy.PREFER_TELLING_TWICE,
    Kind.UPDATE: DuplicatePolicy.PREFER_SILENCE,
    Kind.THANKS: DuplicatePolicy.PREFER_SILENCE,
    Kind.ALERT: DuplicatePolicy.PREFER_TELLING_TWICE,
    Kind.REPLY: DuplicatePolicy.PREFER_SILENCE,
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
    `to` names the audience where it is neither a group's nor a meeting's.
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
    to: One | After | None = None
    attachment: Attachment | None = None


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
