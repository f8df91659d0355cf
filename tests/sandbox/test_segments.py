from __future__ import annotations

import pytest

from sandbox.segments import segments


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("ŵ" * 70, 1),
        ("ŵ" * 71, 2),
        ("ŵ" * 134, 2),
        ("ŵ" * 66 + "😀" + "ŵ" * 66, 3),
        ("😀" * 35, 1),
    ],
)
def test_parts_are_counted_as_phones_count_them(text: str, count: int) -> None:
    assert segments(text) == count
