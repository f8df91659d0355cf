"""The timetable's arithmetic: which notices a meeting makes by the strategy, when, and what a change of it makes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.calendar import instant, on_day, wall
from core.meetings import Aspect, Meeting, MeetingState, changes, succeed
from core.notices import Kind
from core.strategy import Audience, Rule, Strategy

BEGUN = "the meeting will have begun"
NIGHT = "it would wait for the end of quiet hours, and then be too late"
TOO_LATE = "it would be too late when it is due"
NO_THANKS = "nobody has written them"
CANCELLED = "the meeting is cancelled"


@dataclass(frozen=True, slots=True)
class Entry:
    """One notice that is to go out for one version of a meeting.

    `due_local` is the wall-clock time in the meeting's zone, without an offset; `due_at` and `not_after` are aware
    UTC, and `due_at` is earlier. `urgent`: in quiet hours too, and first on the list of calls. `every_route`: by every
    allowed route of a person at once, not one after the other.

    An invitation is for those who were not told of any version before; a change and a cancellation for those who were.
    """

    kind: Kind
    name: str
    meeting: str
    version: int
    due_local: datetime
    due_at: datetime
    not_after: datetime
    rule: Rule
    urgent: bool = False
    every_route: bool = False

    @property
    def key(self) -> str:
        """The notice's key: whoever makes it first has made it for all."""
        return f"meeting:{self.meeting}:{self.kind}:{self.name}:{self.version}"


class LeftOut(NamedTuple):
    """A rule that makes no notice for a meeting, and why: "the meeting will have begun"."""

    rule: Rule
    why: str


def entries(meeting: Meeting, strategy: Strategy, zone: str = "") -> list[Entry]:
    """Lists what goes out for a meeting by its date, the earliest first; nothing for a cancelled one.

    `zone` is the group's, whose quiet hours no due time lies in; empty means the meeting's own.
    """
    plan = (_entry(meeting, rule, strategy, zone or meeting.zone) for rule in strategy.timed)
    return sorted((one for one in plan if isinstance(one, Entry)), key=_order)


def left_out(meeting: Meeting, strategy: Strategy, zone: str = "") -> list[LeftOut]:
    """Lists the rules that make nothing for this meeting, to be shown: the rest of what `entries` lists."""
    plan = (_entry(meeting, rule, strategy, zone or meeting.zone) for rule in strategy.timed)
    return [one for one in plan if isinstance(one, LeftOut)]


def _entry(meeting: Meeting, rule: Rule, strategy: Strategy, zone: str) -> Entry | LeftOut:
    """Makes the entry of one rule for one meeting, or says why there is none."""
    if meeting.state is MeetingState.CANCELLED:
        return LeftOut(rule, CANCELLED)
    if rule.kind is Kind.THANKS and not meeting.thanks.strip():
        return LeftOut(rule, NO_THANKS)
    assert rule.at is not None, "a rule that goes by the date has a time of day"
    starts_at = meeting.starts_at
    due = instant(on_day(meeting.starts, rule.days_after, rule.at.hour, rule.at.minute), meeting.zone)
    not_after = rule.not_after.moment(due, starts_at)
    if rule.kind is Kind.THANKS:
        due = max(due, meeting.ends_at)
        not_after = rule.not_after.moment(due, starts_at)
    elif due >= starts_at:
        return LeftOut(rule, BEGUN)
    else:
        not_after = min(not_after, starts_at)
    if due >= not_after:
        return LeftOut(rule, TOO_LATE)
    due = strategy.quiet.over(due, ZoneInfo(zone))
    if due >= not_after:
        return LeftOut(rule, NIGHT)
    local = wall(due, meeting.zone)
    return Entry(rule.kind, rule.name, meeting.id, meeting.version, local, due, not_after, rule)


def _order(entry: Entry) -> tuple[datetime, str]:
    return entry.due_at, entry.key


class Sorted(NamedTuple):
    """Entries by what becomes of them, each list the earliest first.

    `now` leaves at once; `late` is shown and skipped; `coming` waits for its time.
    """

    now: list[Entry]
    late: list[Entry]
    coming: list[Entry]


def sort_entries(entries: Iterable[Entry], now: datetime) -> Sorted:
    """Sorts entries that are neither made nor held, of any number of meetings, by what becomes of them at `now`.

    Of several entries that are due before one meeting only one leaves, so that nobody gets the invitation and two
    reminders in one minute: the invitation, otherwise the reminder that reaches most people, otherwise the last.
    """
    sorted_ = Sorted([], [], [])
    useful: dict[tuple[str, bool], list[Entry]] = {}
    for entry in sorted(entries, key=_order):
        if entry.due_at > now:
            sorted_.coming.append(entry)
        elif entry.not_after <= now:
            sorted_.late.append(entry)
        else:
            useful.setdefault((entry.meeting, entry.kind in _TOGETHER), []).append(entry)
    for (_, together), found in useful.items():
        kept = [max(found, key=_reach)] if together else found
        sorted_.now.extend(kept)
        sorted_.late.extend(entry for entry in found if entry not in kept)
    sorted_.now.sort(key=_order)
    sorted_.late.sort(key=_order)
    return sorted_


_TOGETHER = frozenset({Kind.INVITATION, Kind.REMINDER})


def _reach(entry: Entry) -> tuple[bool, bool, bool, datetime]:
    rule = entry.rule
    return entry.kind is Kind.INVITATION, rule.calls, rule.to is Audience.EVERYONE, entry.due_at


class Aftermath(NamedTuple):
    """What follows from an edit of a meeting.

    `meeting` is the new one with its version. `aspects` says what people must hear of; where there is any, everything
    unsent of the old version is withdrawn. `news` is the change or cancellation, for those who were told of the old
    version, or None where there is nothing to tell or nobody whom it could still help.
    """

    meeting: Meeting
    aspects: tuple[Aspect, ...]
    news: Entry | None


def after_change(old: Meeting, new: Meeting, strategy: Strategy, now: datetime, zone: str = "") -> Aftermath:
    """Works out what follows when `old` becomes `new` at `now` (aware UTC); the version of `new` is worked out here.

    `zone` is the group's, as in `entries`.
    """
    new = succeed(old, new)
    aspects = changes(old, new)
    if not aspects:
        return Aftermath(new, (), None)
    kind = Kind.CANCELLATION if new.state is MeetingState.CANCELLED else Kind.CHANGE
    rule = strategy.rule(kind)
    # What people may still set out for: a cancelled meeting is nothing to set out for.
    awaited = [meeting for meeting in (old, new) if meeting.state is MeetingState.PLANNED]
    last_start = max(meeting.starts_at for meeting in awaited)
    morning = strategy.quiet.over(now, ZoneInfo(zone or new.zone))
    not_after = min(rule.not_after.moment(morning, last_start), last_start)
    if now >= not_after:
        return Aftermath(new, aspects, None)
    every_route = any(one.starts_at - strategy.change_within < now < one.ends_at for one in awaited)
    urgent = every_route or not strategy.changes_wait_for_morning or morning >= not_after
    due = now if urgent else morning
    local = wall(due, new.zone)
    news = Entry(kind, rule.name, new.id, new.version, local, due, not_after, rule, urgent, every_route)
    return Aftermath(new, aspects, news)
