"""The strategy: the group's written rules for which notices go out for a meeting, when, to whom, and when to ring."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple

from core.delivery import DuplicatePolicy
from core.notices import DEFAULT_POLICY, USEFUL_FOR, Kind
from core.quiet import QuietHours

AHEAD: Final = (Kind.INVITATION, Kind.REMINDER)
"""The kinds that go out before a meeting."""

AT_ONCE: Final = (Kind.CHANGE, Kind.CANCELLATION)
"""The kinds that go out when something happens to a meeting; each always has its rule."""


class Audience(StrEnum):
    """Whom of a meeting's group a notice is for."""

    EVERYONE = "everyone"
    YES_OR_NOTHING = "yes_or_nothing"  # whoever has not said no: a "maybe" counts as nothing
    YES = "yes"


class Anchor(StrEnum):
    """What the end of a notice's usefulness is counted from."""

    START = "start"
    DUE = "due"


class NotAfter(NamedTuple):
    """When a notice stops being useful: `span` before the meeting starts, or `span` after the notice was due."""

    anchor: Anchor = Anchor.START
    span: timedelta = timedelta()

    def moment(self, due: datetime, starts_at: datetime) -> datetime:
        """Returns that moment; all three are aware UTC."""
        return starts_at - self.span if self.anchor is Anchor.START else due + self.span


UNTIL_START: Final = NotAfter()


@dataclass(frozen=True, slots=True)
class Rule:
    """One notice that goes out for each meeting.

    `days` counts days before the meeting for an invitation or a reminder and days after it for thanks, `at` is the
    time of day by the clocks of the meeting's place; a change and a cancellation have neither. `calls` says whether
    somebody who can only be rung is rung for it. `words` and `sms_words` are the group's own, or empty. `max_cost`
    is what the texts of one such notice may cost, in the settings' currency (None: any price); what would cost more
    waits until somebody agrees. A change and a cancellation never wait for that.
    """

    kind: Kind
    days: int | None = None
    at: time | None = None
    to: Audience = Audience.EVERYONE
    calls: bool = False
    not_after: NotAfter = UNTIL_START
    policy: DuplicatePolicy = DuplicatePolicy.PREFER_SILENCE
    words: str = ""
    sms_words: str = ""
    max_cost: Decimal | None = None

    @property
    def name(self) -> str:
        """The part of a notice's key that says which of its kind it is: "P14D" (ISO 8601), "P0D", or "now".

        The time of day is not in it: an edit of the strategy from 10:00 to 11:00 must not tell people twice.
        """
        return "now" if self.days is None else f"P{self.days}D"

    @property
    def days_after(self) -> int:
        """The day it goes out, counted from the day of the meeting; negative before it."""
        return (self.days or 0) * (-1 if self.kind in AHEAD else 1)


@dataclass(frozen=True, slots=True)
class Hours:
    """Part of a day by the local clock, `end` after `start`."""

    start: time
    end: time


DEFAULT_RULES: Final = (
    Rule(Kind.INVITATION, 14, time(10), calls=True),
    Rule(Kind.REMINDER, 2, time(10), calls=True),
    Rule(Kind.REMINDER, 0, time(8, 30), Audience.YES_OR_NOTHING),
    Rule(Kind.THANKS, 1, time(10), Audience.YES_OR_NOTHING, not_after=NotAfter(Anchor.DUE, USEFUL_FOR)),
    Rule(Kind.CHANGE, calls=True, policy=DEFAULT_POLICY[Kind.CHANGE]),
    Rule(Kind.CANCELLATION, calls=True, policy=DEFAULT_POLICY[Kind.CANCELLATION]),
)

DEFAULT_QUIET: Final = QuietHours(time(21), time(8))


@dataclass(frozen=True, slots=True)
class Strategy:
    """All the rules of a group, and who agreed them.

    `calling` are the hours in which people are rung. `evening` is when coordinators get tomorrow's list. A change less
    than `change_within` before the meeting goes at once by every allowed route and to the top of the list of calls,
    in quiet hours too; any other waits for the end of quiet hours where `changes_wait_for_morning`.
    """

    rules: tuple[Rule, ...] = DEFAULT_RULES
    quiet: QuietHours = DEFAULT_QUIET
    calling: Hours = Hours(time(10), time(17))
    agreed_with: str = ""
    agreed_on: date | None = None
    coordinators_evening: time = time(18)
    change_within: timedelta = timedelta(hours=24)
    changes_wait_for_morning: bool = True

    @property
    def timed(self) -> tuple[Rule, ...]:
        """The rules that go by the date of the meeting, the earliest first."""
        rules = (rule for rule in self.rules if rule.kind not in AT_ONCE)
        return tuple(sorted(rules, key=order))

    def rule(self, kind: Kind) -> Rule:
        """Returns the rule of a kind that has exactly one: the invitation, a change, a cancellation."""
        return next(rule for rule in self.rules if rule.kind is kind)


def order(rule: Rule) -> tuple[int, time]:
    """Returns what rules are put in order by: the day from the meeting's, and the time of day."""
    return rule.days_after, rule.at or time()
