from __future__ import annotations

from collections import Counter

import pytest

from core.replies import Meaning
from tests.core.replies_corpus import HOW_MANY, PAGE, confusion, corpus, page

LEAST = {"yes": 0.6, "no": 0.6, "maybe": 0.5, "stop": 0.5, "start": 0.5, "call_me": 0.6, "help": 0.8}
"""Of those who write one of these, this many are understood without a person. The others cost a minute, no more."""


@pytest.fixture(scope="module")
def counted() -> Counter[tuple[str, str]]:
    return confusion()


def test_there_are_two_thousand_and_always_the_same(counted: Counter[tuple[str, str]]) -> None:
    assert counted.total() == HOW_MANY == 2_000
    assert corpus() == corpus()
    assert len({text for text, _ in corpus()}) > 1_500


@pytest.mark.parametrize("meaning", [one for one in Meaning if one is not Meaning.OTHER])
def test_nothing_is_understood_that_was_not_meant(counted: Counter[tuple[str, str]], meaning: Meaning) -> None:
    assert {label: count for (label, found), count in counted.items() if found == meaning != label} == {}


@pytest.mark.parametrize(("label", "least"), LEAST.items())
def test_most_of_what_is_meant_is_understood(counted: Counter[tuple[str, str]], label: str, least: float) -> None:
    all_ = sum(count for (meant, _), count in counted.items() if meant == label)
    assert counted[label, label] / all_ >= least


def test_the_page_shows_these_very_numbers(counted: Counter[tuple[str, str]]) -> None:
    assert PAGE.read_text(encoding="utf-8") == page(counted)
