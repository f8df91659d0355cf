"""What somebody may ask for about meetings, as they write it down, and the meetings that it makes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.calendar import read_wall, read_zone
from core.meetings import Meeting, check
from core.repeats import dates
from store.tables.base import new_uid


@dataclass(frozen=True, slots=True)
class NewMeeting:
    """A meeting as somebody writes it down. `starts` is like "2027-05-14 14:00"; no zone means the group's own.

    `repeat` is an iCalendar rule (RFC 5545, section 3.3.10) that ends; each date becomes a meeting of its own. `late`
    sends also what is late already, which is skipped otherwise. A new `id` that the door gives it
    makes sure that an order which comes twice is one.
    """

    title: str
    starts: str
    minutes: int
    zone: str = ""
    place: str = ""
    link: str = ""
    join_phone: str = ""
    access: str = ""
    agenda: str = ""
    group: str | None = None
    thanks: str = ""
    repeat: str = ""
    late: bool = False
    id: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be different about the meeting `id`; None leaves it as it is.

    `starts` and `late` are as in `NewMeeting`.
    """

    id: str
    title: str | None = None
    starts: str | None = None
    minutes: int | None = None
    zone: str | None = None
    place: str | None = None
    link: str | None = None
    join_phone: str | None = None
    access: str | None = None
    agenda: str | None = None
    thanks: str | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Cancellation:
    """That the meeting `id` is cancelled, and why, in words for the people who were told of it."""

    id: str
    why: str = ""


Order = NewMeeting | Change | Cancellation

_TEXTS = ("place", "link", "join_phone", "access", "agenda", "thanks")


def dated(new: NewMeeting, zone: str, group: str | None) -> list[Meeting]:
    """Makes the meeting that somebody wrote down, or each date of a series; raises `UserError` that names the field.

    `zone` is the group's own, `group` the name on file of the people it is for.
    """
    zone = read_zone(new.zone) if new.zone else zone
    starts = read_wall(new.starts)
    first = Meeting(
        id=new_uid(),
        title=new.title.strip(),
        starts=starts,
        zone=zone,
        minutes=new.minutes,
        group=group,
        **{name: getattr(new, name).strip() for name in _TEXTS},
    )
    check(first)
    days = dates(starts, new.repeat, zone=zone) if new.repeat.strip() else [starts]
    series = new_uid() if len(days) > 1 else ""
    ids = [new.id or new_uid(), *(new_uid() for _ in days[1:])]
    return [replace(first, id=id_, starts=day, series=series) for id_, day in zip(ids, days, strict=True)]


def changed(old: Meeting, change: Change) -> Meeting:
    """Makes the meeting that a change asks for of what it was; raises `UserError` for a time or zone there is not."""
    given = {name: value.strip() for name in ("title", *_TEXTS) if (value := getattr(change, name)) is not None}
    return replace(
        old,
        starts=old.starts if change.starts is None else read_wall(change.starts),
        zone=old.zone if change.zone is None else read_zone(change.zone),
        minutes=old.minutes if change.minutes is None else change.minutes,
        **given,
    )
