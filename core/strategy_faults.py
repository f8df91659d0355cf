"""What can't work in a strategy, found before anybody relies on it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from core import spoken
from core.notices import Kind
from core.quiet import QuietHours
from core.strategy import AHEAD, AT_ONCE, Anchor, Hours, Rule, Strategy, order
from core.strategy_words import day_of, words_for

MOST_DAYS_BEFORE: Final = 365
MOST_DAYS_AFTER: Final = 31
LEAST_USE: Final = timedelta(minutes=10)


class Fault(NamedTuple):
    """Something in a strategy that can't work; `rule` counts from 0 and is None where it is in no rule."""

    what: str
    mend: str
    rule: int | None
    field: str


def faults(strategy: Strategy) -> Iterator[Fault]:
    """Finds what can't work, rule by rule; a strategy without faults can be followed."""
    for at, rule in enumerate(strategy.rules):
        yield from _faults_alone(at, rule, strategy.quiet)
        yield from _faults_beside(at, rule, strategy.rules[:at])
    kinds = [rule.kind for rule in strategy.rules]
    if Kind.INVITATION not in kinds:
        yield Fault("No invitation goes out, so nobody would hear of a meeting", "Add one.", None, "notice")
    if strategy.calling.start >= strategy.calling.end:
        yield Fault("The hours for calls end before they begin", "Write them like 10:00 and 17:00.", None, "calls")
    elif _all_quiet(strategy.quiet, strategy.calling):
        mend = "Calls are only made outside quiet hours: change one of the two."
        yield Fault("The hours for calls lie in quiet hours", mend, None, "calls")
    if _quiet_at(strategy.quiet, strategy.coordinators_evening):
        mend = f"Choose a time outside quiet hours ({_quiet_words(strategy.quiet)})."
        yield Fault("Coordinators would get tomorrow's list in quiet hours", mend, None, "evening")


def _faults_alone(at: int, rule: Rule, quiet: QuietHours) -> Iterator[Fault]:
    """Finds what is wrong with a rule by itself."""
    if rule.kind in AT_ONCE:
        if rule.days is not None or rule.at is not None:
            yield Fault(f"{_cap(words_for(rule))} goes out when it happens", "Take the day and time out.", at, "at")
        if rule.max_cost is not None:
            what = f"{_cap(words_for(rule))} can't wait for money: people would set out for nothing"
            yield Fault(what, "Take max_cost out here.", at, "max_cost")
        return
    if rule.kind not in (*AHEAD, Kind.THANKS):
        yield Fault(f"A meeting has no {rule.kind}", f"Write one of {', '.join((*AHEAD, Kind.THANKS))}.", at, "kind")
        return
    before = rule.kind in AHEAD
    field, most = ("days_before", MOST_DAYS_BEFORE) if before else ("days_after", MOST_DAYS_AFTER)
    if rule.days is None or not 0 <= rule.days <= most:
        what = f"{field} is missing" if rule.days is None else f"{field} can't be {rule.days}"
        if before and rule.days is not None and rule.days > most:
            what = f"{rule.days} days before a meeting, nobody has planned it yet"
        yield Fault(what, f"Write a number from 0 to {most}.", at, field)
        return
    if rule.at is None:
        yield Fault("The time of day is missing", 'Write it like at = "10:00".', at, "at")
    elif _quiet_at(quiet, rule.at):
        mend = f"Choose a time outside quiet hours ({_quiet_words(quiet)})."
        yield Fault(f"{_cap(words_for(rule))} at {spoken.clock(rule.at)} is in nobody's waking hours", mend, at, "at")
    if not before and rule.not_after.anchor is Anchor.START:
        mend = 'Write how long they are worth sending: "3 days after due".'
        yield Fault("Thanks come after the meeting has begun", mend, at, "not_after")
    if before and rule.not_after.anchor is Anchor.START and rule.not_after.span >= timedelta(days=rule.days + 1):
        mend = 'Write "start", or a shorter time before it.'
        yield Fault(f"{_cap(words_for(rule))} would be too late before it is due", mend, at, "not_after")
    if rule.not_after.anchor is Anchor.DUE and rule.not_after.span < LEAST_USE:
        mend = "Give it at least 10 minutes."
        yield Fault(f"{_cap(words_for(rule))} would be too late at once", mend, at, "not_after")


def _faults_beside(at: int, rule: Rule, others: tuple[Rule, ...]) -> Iterator[Fault]:
    """Finds what is wrong with a rule beside those before it in the file."""
    same = [other for other in others if other.kind is rule.kind]
    if same and rule.kind in (Kind.INVITATION, *AT_ONCE):
        mend = "Keep one; what goes out later is a reminder." if rule.kind is Kind.INVITATION else "Keep one."
        yield Fault(f"There are two notices of the kind {rule.kind}", mend, at, "kind")
        return
    if rule.days is None:
        return
    if any(other.days == rule.days for other in same):
        what = f"Two notices of the kind {rule.kind} go out {day_of(rule)}"
        yield Fault(what, "One a day is enough: take one out, or give it another day.", at, "kind")
        return
    for other in others:
        if other.days is not None and order(other) == order(rule):
            what = f"{_cap(words_for(other))} and {words_for(rule)} go out at one moment"
            yield Fault(what, "Give one of them another day or time.", at, "at")
        elif Kind.INVITATION in (rule.kind, other.kind) and Kind.REMINDER in (rule.kind, other.kind):
            invitation, reminder = (rule, other) if rule.kind is Kind.INVITATION else (other, rule)
            if order(reminder) < order(invitation):
                what = f"{_cap(words_for(reminder))} goes out before the invitation"
                yield Fault(what, "Invite people first, then remind them.", at, "kind")


def _quiet_at(quiet: QuietHours, at: time) -> bool:
    return quiet.cover(datetime.combine(date(2024, 1, 1), at, tzinfo=UTC), ZoneInfo("UTC"))


def _all_quiet(quiet: QuietHours, hours: Hours) -> bool:
    opens = datetime.combine(date(2024, 1, 1), hours.start, tzinfo=UTC)
    return quiet.over(opens, ZoneInfo("UTC")) >= datetime.combine(date(2024, 1, 1), hours.end, tzinfo=UTC)


def _quiet_words(quiet: QuietHours) -> str:
    return f"{spoken.clock(quiet.start)} to {spoken.clock(quiet.end)}"


def _cap(words: str) -> str:
    return words[0].upper() + words[1:]
