from __future__ import annotations

from gettext import NullTranslations

import pytest

from core.answers import Answer
from core.replies import Meaning, choose, understand
from core.speech import IN_ENGLISH, Speech

NAMES = ["Ann Carter", "Annie", "Sue Hill"]


class Welsh(NullTranslations):
    """A catalogue with two of the lists."""

    def gettext(self, message: str) -> str:
        if message.startswith("yes, y,"):
            return "ie, iawn"
        return "stopiwch" if message.startswith("stop, stop now") else message


WELSH = Speech("cy", Welsh())


def meaning(text: str, **more: object) -> str:
    return understand(text, IN_ENGLISH, names=NAMES, **more).meaning.value  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("YES", "yes"),
        ("Yes please Sue, love Ann xx", "yes"),
        ("  yEs!!! 😀", "yes"),
        ("ＹＥＳ", "yes"),
        ("I’ll be there", "yes"),
        ("yesss", "yes"),
        ("Hi Sue, I'm not coming, sorry", "no"),
        ("NO!!!", "no"),
        ("nope sorry", "no"),
        ("can't make it", "no"),
        ("Maybe?", "maybe"),
        ("not sure yet", "maybe"),
        ("Stop.", "stop"),
        ("please stop texting me", "stop"),
        ("STOP, love Ann", "stop"),
        ("Unsubscribe", "stop"),
        ("start", "start"),
        ("can you ring me please?", "call_me"),
        ("HELP", "help"),
        ("change", "change"),
        ("my language", "language"),
    ],
)
def test_a_few_words_count_as_the_whole_message(text: str, expected: str) -> None:
    assert meaning(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "!!!",
        "👍",
        "ok",
        "thanks",
        "sorry",
        "yes??",
        "yes 👎",
        "no 👍",
        "yes sorry",
        "yes no",
        "not no",
        "yes but my mum died",
        "No, I can't go on",
        "stop 12345",
        "don't stop",
        "stop?",
        "stop Ann",
        "stop calling me",
        "I said no to her",
        "yes, Bob",
        "> yes",
        "cancel please",
        "YЕS",  # the second letter is Cyrillic
        "نعم",
        "yes " * 17,
        "a" * 100_000,
    ],
)
def test_anything_else_is_read_by_a_person(text: str) -> None:
    assert meaning(text) == "other"


@pytest.mark.parametrize("word", ["cancel", "END", "Quit!"])
def test_the_providers_other_words_stop_and_are_named(word: str) -> None:
    understood = understand(word, IN_ENGLISH)
    assert (understood.meaning, understood.word) == (Meaning.STOP, word.strip("!").upper())


def test_a_name_that_is_one_of_the_words_is_a_name() -> None:
    assert understand("Thanks, Kim No", IN_ENGLISH, names=["Kim No"]).meaning is Meaning.OTHER
    assert understand("no", IN_ENGLISH, people=["No", "Ann"]).meaning is Meaning.OTHER
    assert understand("no thanks, Kim", IN_ENGLISH, names=["Kim Yes"]).meaning is Meaning.NO


def test_a_stop_says_how_much_was_meant() -> None:
    assert understand("stop everything", IN_ENGLISH).everything
    assert understand("STOPALL", IN_ENGLISH).everything
    assert not understand("stop", IN_ENGLISH).everything
    assert understand("no more texts please", IN_ENGLISH).channel == "sms"
    assert understand("stop emailing me", IN_ENGLISH).channel == "email"


def test_a_person_may_write_in_their_language_and_in_english() -> None:
    assert understand("Ie!", WELSH).meaning is Meaning.YES
    assert understand("stopiwch", WELSH).meaning is Meaning.STOP
    assert understand("no thanks", WELSH).meaning is Meaning.NO
    assert understand("ie", IN_ENGLISH).meaning is Meaning.OTHER


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("1 yes 2 no", {0: "yes", 1: "no"}),
        ("1: Yes, 2: NO!", {0: "yes", 1: "no"}),
        ("1yes 2no", {0: "yes", 1: "no"}),
        ("yes 1 no 2", {0: "yes", 1: "no"}),
        ("Ann yes Joe no", {0: "yes", 1: "no"}),
        ("Joe: maybe", {1: "maybe"}),
        ("yes for both", {0: "yes", 1: "yes"}),
        ("both no thanks", {0: "no", 1: "no"}),
        ("Ann and Joe yes", {0: "yes", 1: "yes"}),
    ],
)
def test_two_who_share_a_phone_may_answer_together(text: str, answers: dict[int, str]) -> None:
    understood = understand(text, IN_ENGLISH, people=["Ann", "Joe"])
    assert understood.meaning is Meaning.SEVERAL
    assert dict(understood.answers) == {place: Answer(value) for place, value in answers.items()}


@pytest.mark.parametrize("text", ["Ann yes Ann no", "Ann yes Joe", "1 yes 2 no?", "3 yes", "yes Ann no"])
def test_what_two_may_have_meant_in_more_than_one_way_is_read_by_a_person(text: str) -> None:
    assert understand(text, IN_ENGLISH, people=["Ann", "Joe"]).meaning is Meaning.OTHER


def test_two_of_the_same_name_are_told_apart_by_number_only() -> None:
    assert understand("Ann yes", IN_ENGLISH, people=["Ann", "Ann"]).meaning is Meaning.OTHER
    assert dict(understand("2 yes", IN_ENGLISH, people=["Ann", "Ann"]).answers) == {1: Answer.YES}


def test_numbers_count_only_where_we_gave_them() -> None:
    assert understand("1 yes 2 no", IN_ENGLISH, people=["Ann", "Joe"], numbered=False).meaning is Meaning.OTHER


def test_one_word_of_two_who_share_a_phone_is_nobodys_yet() -> None:
    assert understand("yes", IN_ENGLISH, people=["Ann", "Joe"]).meaning is Meaning.YES


@pytest.mark.parametrize(
    ("text", "picked"),
    [
        ("1", (0,)),
        ("1️⃣", (0,)),
        ("٢", (1,)),
        ("the 2 please", (1,)),
        ("Joe thanks", (1,)),
        ("both", (0, 1)),
        ("1 and 2", (0, 1)),
        ("3", ()),
        ("1?", ()),
        ("1 million", ()),
        ("", ()),
    ],
)
def test_numbered_choices_are_named_by_number_or_by_name(text: str, picked: tuple[int, ...]) -> None:
    assert choose(text, IN_ENGLISH, ["Ann", "Joe"]) == picked


def test_a_message_of_many_known_words_takes_no_time() -> None:
    assert meaning("please " * 16) == "other"
    assert meaning("thanks " * 8 + "yes " + "thank you " * 3) == "yes"
