from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sentences import sentences


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("Come on Tuesday. Bring tea! Can you?", ["Come on Tuesday.", "Bring tea!", "Can you?"]),
        ("Dr. Lee is at St. Mary's, e.g. at noon.", ["Dr. Lee is at St. Mary's, e.g. at noon."]),
        ("It is at 2 p.m. in the hall.", ["It is at 2 p.m. in the hall."]),
        ("It costs £3.50. Pay then.", ["It costs £3.50.", "Pay then."]),
        ("- one\n- two", ["- one", "- two"]),
        ("会議です。来てください。", ["会議です。", "来てください。"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_sentences_end_where_a_reader_sees_it(text: str, result: list[str]) -> None:
    assert sentences(text) == result


@given(st.text())
def test_no_word_is_lost(text: str) -> None:
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())
