from __future__ import annotations

import pytest

from core.spoken_lengths import understand_minutes


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("90", 90),
        ("90 minutes", 90),
        ("45 mins", 45),
        ("90m", 90),
        ("2", 120),
        ("an hour", 60),
        ("one hour", 60),
        ("2 hours", 120),
        ("two hours", 120),
        ("an hour and a half", 90),
        ("1 and a half hours", 90),
        ("one and a half hours", 90),
        ("1½ hours", 90),
        ("1.5 hours", 90),
        ("2,25 h", 135),
        ("1h30", 90),
        ("1 h 30 min", 90),
        ("1 hour 30 minutes", 90),
        ("1 hour and 15 minutes", 75),
        ("1:30", 90),
        ("half an hour", 30),
        ("three quarters of an hour", 45),
        ("a quarter of an hour", 15),
        ("About 2 hours.", 120),
        ("all day", 1440),
        ("2 days", 2880),
        ("forty five minutes", 45),
    ],
)
def test_a_length_is_understood(text: str, minutes: int) -> None:
    assert understand_minutes(text) == minutes


@pytest.mark.parametrize("text", ["", "long", "until four", "-5", "🙂", "1 2 3", "an eternity", "h"])
def test_other_words_are_none(text: str) -> None:
    assert understand_minutes(text) is None
