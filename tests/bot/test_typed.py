from __future__ import annotations

import pytest

from bot.typed import meant

OFFERED = [("Send", "a:send"), ("Add a picture", "a:picture"), ("Zrušit 🗑", "a:drop"), ("60", "a:60")]


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("Send", "a:send"),
        ("  send! ", "a:send"),
        ("SEND", "a:send"),
        ("add  a picture", "a:picture"),
        ("zrušit", "a:drop"),
        ("60", "a:60"),
        ("2", "a:picture"),
        ("2.", "a:picture"),
        ("5", None),
        ("0", None),
        ("²", "a:picture"),
        ("Send it", None),
        ("don't send", None),
        ("", None),
        ("!", None),
        ("send" * 30, None),
    ],
)
def test_a_button_is_meant_by_its_whole_label_or_its_number(text: str, data: str | None) -> None:
    assert meant(text, OFFERED) == data


def test_a_number_is_no_choice_where_there_is_nothing_to_choose_from() -> None:
    assert meant("1", [("Cancel", "a:cancel")]) is None
    assert meant("1", []) is None
