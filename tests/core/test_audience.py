from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pytest

from core.audience import DIED, LEFT, PAUSED, Member, Words, first_step, reason_to_leave_out, same_language
from core.ladder import OPTED_OUT, Route

TODAY = date(2026, 3, 2)
ONE_DAY = timedelta(days=1)
EMAIL = Route(1, "email", "active", consented=False)


@dataclass
class Who:
    status: str = "active"
    paused_until: date | None = None
    stopped: bool = False


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        (Who(), None),
        (Who(stopped=True), OPTED_OUT),
        (Who("left"), LEFT),
        (Who("died"), DIED),
        (Who("died", stopped=True), DIED),
        (Who("erased"), LEFT),
        (Who("paused"), PAUSED),
        (Who("paused", TODAY + ONE_DAY), PAUSED),
        (Who("paused", TODAY), None),
        (Who("paused", TODAY - ONE_DAY), None),
        (Who("paused", TODAY - ONE_DAY, stopped=True), OPTED_OUT),
    ],
)
def test_why_somebody_is_left_out(who: Who, reason: str | None) -> None:
    assert reason_to_leave_out(who.status, who.paused_until, who.stopped, TODAY) == reason


def member(**values: object) -> Member:
    usual: dict[str, object] = {
        "id": 1,
        "status": "active",
        "paused_until": None,
        "stopped": False,
        "staff": False,
        "language": "",
        "format": "",
        "routes": [EMAIL],
    }
    return Member(**(usual | values))  # type: ignore[arg-type]


def words(**values: object) -> Words:
    usual: dict[str, object] = {
        "language": "en",
        "format": "standard",
        "promotion": False,
        "rehearsal": False,
        "unfit": "person",
        "channels": ("email",),
    }
    return Words(**(usual | values))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("who", "what", "expected"),
    [
        (member(), words(), "route"),
        (member(status="died"), words(), "left_out"),
        (member(), words(rehearsal=True), "left_out"),
        (member(staff=True), words(rehearsal=True), "route"),
        (member(language="cy"), words(), "task"),
        (member(language="cy"), words(unfit="send"), "route"),
        (member(language="EN-gb"), words(), "route"),
        (member(format="large print"), words(), "task"),
        (member(format="large print"), words(format="large print"), "route"),
        (member(routes=[]), words(), "task"),
        (member(), words(promotion=True), "left_out"),
    ],
)
def test_the_first_step(who: Member, what: Words, expected: str) -> None:
    step = first_step(who, what, TODAY)
    assert [name for name, part in step._asdict().items() if part is not None] == [expected]


def test_a_language_is_the_same_in_every_region() -> None:
    assert same_language("pt", "pt-BR")
    assert not same_language("pt", "pl")
