from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.call_codes import LENGTH, code_of, ending_of
from tests.core.excel import saved

IDS = st.uuids().map(str)


@pytest.mark.parametrize("end", ["123456e7", "00e12345", "1e234567", "00000012", "12345678"])
def test_an_id_that_excel_takes_for_a_number_has_a_code_that_it_leaves_alone(end: str) -> None:
    code = code_of(f"01890a5d-ac96-774b-bcce-b302{end}")
    assert saved(code) == code
    assert ending_of(code) == end


@given(IDS)
def test_a_code_is_unchanged_by_a_spreadsheet_and_leads_to_its_call(uid: str) -> None:
    code = code_of(uid)
    assert len(code) == LENGTH
    assert saved(code) == code
    for typed in (code, code.lower(), f" #{code} "):
        assert ending_of(typed) == uid[-LENGTH:]


@given(IDS)
def test_a_code_in_digits_and_a_whole_id_are_understood_too(uid: str) -> None:
    assert ending_of(uid[-LENGTH:].upper()) == uid[-LENGTH:]
    assert UUID(ending_of(uid)) == UUID(uid)


@pytest.mark.parametrize("cell", ["123456e7", "00e12345", "007", "1/2", "2027-05-14", "9:05", "=1+1", "true", "3 May"])
def test_the_model_of_a_spreadsheet_changes_what_a_spreadsheet_changes(cell: str) -> None:
    assert saved(cell) != cell
