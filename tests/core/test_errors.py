from __future__ import annotations

import pytest

from core.errors import ConfigError, OperatorError, Refused, RingroundError, StoreError, UserError


def test_an_error_says_what_where_and_how_to_mend_it() -> None:
    error = UserError("The file is empty.", where="people.csv", mend="Write a header.")
    assert str(error) == "The file is empty (people.csv). Write a header."
    assert str(UserError("The file is empty")) == "The file is empty."
    assert (error.what, error.where, error.mend) == ("The file is empty", "people.csv", "Write a header.")


@pytest.mark.parametrize(
    ("kind", "code"), [(UserError, 2), (Refused, 2), (OperatorError, 1), (ConfigError, 1), (StoreError, 1)]
)
def test_what_a_person_gave_us_ends_with_2_and_the_surroundings_with_1(kind: type[RingroundError], code: int) -> None:
    assert kind("What").exit_code == code
