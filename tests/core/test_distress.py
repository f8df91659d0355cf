from __future__ import annotations

import pytest

from config.distress import shipped
from core.distress import distressing, read_phrases

SHIPPED = shipped()


@pytest.mark.parametrize(
    "text",
    [
        "No, I can't go on",
        "I CAN’T COPE",
        "i cant   cope...",
        "cantttt go on",
        "yes but my mum died",
        "feeling suicidal",
        "want to   die",
        "He hits me",
        "help me",
        "Rwy'n methu ymdopi",
        "no food since Tuesday",
        "I 𝐜𝐚𝐧𝐭 𝐜𝐨𝐩𝐞",
        "can\u200b't co\u200bpe",
    ],
)
def test_possible_distress_is_found_anywhere_in_any_writing(text: str) -> None:
    assert distressing(text, SHIPPED)


@pytest.mark.parametrize(
    "text", ["yes", "No thanks", "I can't come", "What time is it?", "Stop", "I can't wait!", "see you on Tuesday", ""]
)
def test_everyday_messages_are_let_pass(text: str) -> None:
    assert not distressing(text, SHIPPED)


def test_a_phrase_counts_as_whole_words_unless_it_ends_in_an_asterisk() -> None:
    assert not distressing("studied the diet", ["died", "die"])
    assert distressing("suicidal", ["suicid*"])
    assert not distressing("suicidal", ["suicid"])


def test_the_list_has_remarks_and_empty_lines() -> None:
    assert read_phrases("# one\n\ncan't cope # often\n *\n can't cope\n") == ("can't cope",)
    assert not distressing("anything", [])


def test_each_of_our_own_phrases_is_found() -> None:
    assert all(distressing(f"well, {phrase.replace('*', '')}!", [phrase]) for phrase in SHIPPED)
