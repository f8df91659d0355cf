from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from core.delivery import DuplicatePolicy
from core.notices import DEFAULT_POLICY, Kind
from core.plain_language import hints
from core.quiet import QuietHours
from core.strategy import AT_ONCE, DEFAULT_RULES, Anchor, Audience, Hours, NotAfter, Rule, Strategy
from core.strategy_faults import faults
from core.strategy_words import Facts, check, describe
from tests.core.given_meetings import STRATEGIES

USUAL = Strategy()
INVITATION, REMINDER, MORNING, THANKS, CHANGE, CANCELLATION = DEFAULT_RULES
AGREED = replace(USUAL, agreed_with="members' meeting", agreed_on=date(2027, 1, 15))


def whats(rules: Iterable[Rule] = DEFAULT_RULES, **parts: Any) -> list[str]:
    return [fault.what for fault in faults(Strategy(tuple(rules), **parts))]


def test_the_usual_strategy_has_no_fault() -> None:
    assert whats() == []


def test_the_usual_rules_ring_for_the_invitation_one_reminder_changes_and_cancellations() -> None:
    assert [(rule.kind, rule.name, rule.calls) for rule in DEFAULT_RULES] == [
        (Kind.INVITATION, "P14D", True),
        (Kind.REMINDER, "P2D", True),
        (Kind.REMINDER, "P0D", False),
        (Kind.THANKS, "P1D", False),
        (Kind.CHANGE, "now", True),
        (Kind.CANCELLATION, "now", True),
    ]
    assert all(rule.policy is DEFAULT_POLICY[rule.kind] for rule in DEFAULT_RULES)


def test_rules_are_in_order_of_time_whatever_their_order_in_the_file() -> None:
    assert Strategy(tuple(reversed(DEFAULT_RULES))).timed == DEFAULT_RULES[:4]


@pytest.mark.parametrize(
    ("rules", "what", "field"),
    [
        ((replace(INVITATION, at=time(7, 59)),), "The invitation 14 days before at 7:59am is in nobody's", "at"),
        ((INVITATION, replace(THANKS, at=time(21))), "Thanks the day after at 9pm is in nobody's", "at"),
        ((replace(INVITATION, days=400),), "400 days before a meeting, nobody has planned it yet", "days_before"),
        ((replace(INVITATION, days=-1),), "days_before can't be -1", "days_before"),
        ((replace(INVITATION, days=None),), "days_before is missing", "days_before"),
        ((INVITATION, replace(THANKS, days=32)), "days_after can't be 32", "days_after"),
        ((replace(INVITATION, at=None),), "The time of day is missing", "at"),
        ((REMINDER,), "No invitation goes out", "notice"),
        ((INVITATION, replace(INVITATION, days=7)), "two notices of the kind invitation", "kind"),
        ((INVITATION, CHANGE, CHANGE), "two notices of the kind change", "kind"),
        ((INVITATION, REMINDER, REMINDER), "Two notices of the kind reminder go out 2 days before", "kind"),
        ((INVITATION, REMINDER, replace(REMINDER, at=time(12))), "Two notices of the kind reminder", "kind"),
        ((INVITATION, replace(REMINDER, days=14)), "go out at one moment", "at"),
        ((INVITATION, replace(REMINDER, days=15)), "A reminder 15 days before goes out before the invitation", "kind"),
        ((replace(REMINDER, days=15), INVITATION), "A reminder 15 days before goes out before the invitation", "kind"),
        ((INVITATION, replace(THANKS, not_after=NotAfter())), "Thanks come after the meeting has begun", "not_after"),
        (
            (INVITATION, replace(REMINDER, not_after=NotAfter(Anchor.START, timedelta(days=3)))),
            "would be too late before it is due",
            "not_after",
        ),
        (
            (INVITATION, replace(REMINDER, not_after=NotAfter(Anchor.DUE, timedelta()))),
            "would be too late at once",
            "not_after",
        ),
        ((INVITATION, replace(CHANGE, at=time(10))), "A change goes out when it happens", "at"),
        ((INVITATION, Rule(Kind.ALERT, 1, time(10))), "A meeting has no alert", "kind"),
    ],
)
def test_a_rule_that_can_not_work_is_found(rules: tuple[Rule, ...], what: str, field: str) -> None:
    found = list(faults(Strategy(rules)))
    assert len(found) == 1
    assert what in found[0].what
    assert found[0].field == field
    assert found[0].mend


@pytest.mark.parametrize(
    ("parts", "what", "field"),
    [
        ({"calling": Hours(time(17), time(10))}, "The hours for calls end before they begin", "calls"),
        ({"calling": Hours(time(22), time(23))}, "The hours for calls lie in quiet hours", "calls"),
        ({"coordinators_evening": time(22)}, "Coordinators would get tomorrow's list in quiet hours", "evening"),
    ],
)
def test_hours_that_can_not_work_are_found(parts: dict[str, Any], what: str, field: str) -> None:
    (fault,) = faults(replace(USUAL, **parts))
    assert (fault.what, fault.rule, fault.field) == (what, None, field)


def test_a_fault_names_its_rule() -> None:
    (fault,) = faults(Strategy((INVITATION, replace(MORNING, at=time(6)), CHANGE)))
    assert fault.rule == 1
    assert "outside quiet hours (9pm to 8am)" in fault.mend


def test_without_quiet_hours_any_time_will_do() -> None:
    rules = (replace(INVITATION, at=time(3)),)
    assert whats(rules, quiet=QuietHours(time(0), time(0))) == []


def test_the_usual_strategy_reads_as_plain_english() -> None:
    text = describe(AGREED)
    assert text.startswith(
        "How we tell people about our meetings\nAgreed with members' meeting on Friday 15 January 2027.\n"
    )
    for line in (
        "- The invitation 14 days before at 10am, to everyone. Whoever we can only ring is rung.",
        "- A reminder on the day at 8:30am, to everyone who has not said no. Nobody is rung for it.",
        "- Thanks the day after at 10am, to everyone who has not said no. Only where a coordinator has written them.",
        "- They hear at once, or in the morning if it is night.",
        "- Less than 24 hours before the meeting they hear at once, also at night, in every way that they allow.",
        "- Nothing else is sent between 9pm and 8am, by the clock where each person lives.",
        "- We ring people between 10am and 5pm.",
        "- At 6pm coordinators get the list of what goes out tomorrow.",
        "- For a change and a cancellation, we send it again. Twice is better than not at all.",
    ):
        assert line in text
    assert "Nobody has agreed this yet." in describe(USUAL)


def test_every_rule_that_differs_reads_differently() -> None:
    other = [
        replace(USUAL, quiet=QuietHours(time(20), time(9))),
        replace(USUAL, quiet=QuietHours(time(0), time(0))),
        replace(USUAL, calling=Hours(time(9), time(12))),
        replace(USUAL, coordinators_evening=time(19)),
        replace(USUAL, change_within=timedelta(hours=48)),
        replace(USUAL, change_within=timedelta()),
        replace(USUAL, changes_wait_for_morning=False),
        *(replace(USUAL, rules=USUAL.rules[:at] + USUAL.rules[at + 1 :]) for at in (1, 2, 3)),
    ]
    for at, change in (
        (0, {"days": 21}),
        (0, {"at": time(11)}),
        (1, {"to": Audience.YES}),
        (1, {"calls": False}),
        (1, {"not_after": NotAfter(Anchor.START, timedelta(hours=2))}),
        (1, {"policy": DuplicatePolicy.PREFER_TELLING_TWICE}),
        (4, {"calls": False}),
        (5, {"policy": DuplicatePolicy.PREFER_SILENCE}),
    ):
        rule = replace(USUAL.rules[at], **change)
        other.append(replace(USUAL, rules=(*USUAL.rules[:at], rule, *USUAL.rules[at + 1 :])))
    texts = [describe(strategy) for strategy in (USUAL, AGREED, *other)]
    assert len(set(texts)) == len(texts)


@given(STRATEGIES)
def test_any_strategy_reads_as_whole_lines(strategy: Strategy) -> None:
    text = describe(strategy)
    assert text.count("\n- The invitation") == sum(rule.kind is Kind.INVITATION for rule in strategy.rules)
    assert text.count("\n- A reminder") == sum(rule.kind is Kind.REMINDER for rule in strategy.rules)
    assert all(line.endswith((".", ":")) or line.startswith("How we") for line in text.splitlines() if line)


def test_its_words_are_no_harder_than_those_of_a_notice() -> None:
    found = hints(describe(AGREED), can_be_answered=True)
    assert [hint for hint in found if "longest sentence" not in hint] == []  # lists of rules have no full stops


def test_what_it_means_for_the_people_on_file() -> None:
    facts = Facts(40, {"email": 20, "sms": 12, "telegram": 2, "phone": 6}, only_rung=6)
    assert check(AGREED, facts) == [
        "40 people are on file: told first 20 by e-mail, 12 by text, 2 on Telegram and 6 by a call.",
        "6 of 40 can only be rung. They are rung for the invitation 14 days before, a reminder 2 days before, "
        "a change and a cancellation.",
        "That is 12 calls for a meeting that stays as it was planned.",
        "They do not get a reminder on the day or thanks the day after.",
        "Nobody is told only online.",
    ]


def test_people_who_would_hear_nothing_are_named_first_of_all_troubles() -> None:
    silent = replace(AGREED, rules=tuple(replace(rule, calls=False) for rule in DEFAULT_RULES))
    lines = check(silent, Facts(3, {"phone": 1, "email": 1}, only_rung=1, only_online=1, no_route=1))
    assert "1 of 3 can only be rung, and nothing here is worth a call: they would hear of no meeting." in lines
    assert "1 of 3 are told only online. Ask them for a phone number as well." in lines
    assert "1 of 3 have no route on file. Somebody must visit or write to them." in lines


def test_a_group_with_nobody_on_file_and_one_with_nobody_to_ring() -> None:
    assert check(AGREED, Facts(0, {})) == ["Nobody is on file yet."]
    lines = check(USUAL, Facts(1, {"carrier pigeon": 1}))
    assert lines[0] == "1 person is on file: told first 1 by carrier pigeon."
    assert "Nobody can only be rung." in lines
    assert lines[-1] == "This strategy does not say when it was agreed."


def test_a_strategy_always_has_a_rule_for_what_happens_to_a_meeting() -> None:
    assert [USUAL.rule(kind) for kind in AT_ONCE] == [CHANGE, CANCELLATION]


def test_a_price_is_said_in_plain_english() -> None:
    first, *others = USUAL.rules
    priced = replace(USUAL, rules=(replace(first, max_cost=Decimal("7.5")), *others))
    assert "It waits until somebody agrees if its texts cost more than £7.50." in describe(priced, "£")
    assert "waits until somebody agrees" not in describe(USUAL, "£")
