from __future__ import annotations

import pytest

from core.errors import UserError
from core.group import Group


def test_a_whole_group_passes() -> None:
    Group("Maple Group", "Sam Lee", "01234 567890").check()


@pytest.mark.parametrize(
    ("group", "missing"),
    [
        (Group(" ", "Sam Lee", "01234 567890"), "name is missing"),
        (Group("Maple Group", "", "01234 567890"), "contact person's name is missing"),
        (Group("Maple Group", "Sam Lee", ""), "contact's phone number is missing"),
    ],
)
def test_what_is_missing_is_named(group: Group, missing: str) -> None:
    with pytest.raises(UserError, match=missing):
        group.check()


def test_its_values_stand_on_one_line() -> None:
    assert Group("Maple\r\nGroup", " Sam  Lee", "01234\t567890").fields == {
        "group": "Maple Group",
        "contact_name": "Sam Lee",
        "contact_phone": "01234 567890",
    }
