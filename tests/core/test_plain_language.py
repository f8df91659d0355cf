from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.plain_language import hints
from core.plainer import PLAINER


def test_a_plain_text_gets_no_hint() -> None:
    assert hints("Hello {first_name},\n\nThe meeting is on Tuesday 2 March at 2pm in the hall. Bring tea.") == []


def test_a_long_sentence_is_quoted_by_its_start() -> None:
    text = "Come along. " + "we will talk about many things and " * 4 + "then go home."
    assert hints(text) == [
        "The longest sentence has 31 words: “we will talk about many things and ...” "
        "Two shorter sentences are easier to follow."
    ]
    assert hints(" ".join(["ab"] * 20) + ".") == []


def test_hard_words_are_named_with_a_plainer_one_and_long_words_without() -> None:
    assert hints("We utilise the venue prior to the interorganisational talk.") == [
        "These words may be hard to read: “utilise” (plainer: use), “venue” (plainer: place), "
        "“prior to” (plainer: before), “interorganisational”."
    ]
    assert hints("We commence at 2.") == ["This word may be hard to read: “commence” (plainer: start)."]


def test_at_most_five_words_are_named() -> None:
    (hint,) = hints(". ".join(PLAINER))
    assert hint.count("plainer:") == 5


def test_names_addresses_and_hyphened_words_are_not_called_hard() -> None:
    assert hints("Meet in Northamptonshire, co-production, https://utilise.example/multidisciplinary.") == []


def test_capitals_are_called_shouting_but_abbreviations_are_not() -> None:
    assert hints("MEETING CANCELLED. Come next week.") == [
        "Words in capitals are hard to read and may feel like shouting: “MEETING CANCELLED”."
    ]
    assert hints("Your NHS GP knows. I am OK.") == []


def test_an_abbreviation_is_to_be_explained_once() -> None:
    assert hints("Ask the ICB about DLA.") == [
        "Not everybody may know this: ICB, DLA. Write it out in words the first time."
    ]
    assert hints("The Integrated Care Board (ICB) met. The ICB said yes.") == []


def test_a_date_wants_its_weekday() -> None:
    for date in ("2 March", "March 2", "2nd of March", "2/3/2027", "02/03/27"):
        assert hints(f"We meet on {date} at 2pm.") == [
            f"Say the day of the week as well: “{date}” is easier to remember with its weekday."
        ]
    assert hints("We meet on Tue 2 March. You may 2 times.") == []


@pytest.mark.parametrize(
    "asked",
    [
        "RSVP",
        "reply",
        "text back",
        "text us back",
        "Let us know by text",
        "let me know via email",
        "email us",
    ],
)
def test_a_reply_that_nobody_hears_is_not_asked_for(asked: str) -> None:
    text = f"Please {asked} by Friday."
    assert hints(text) == [
        f"The text asks for a reply (“{asked}”), but nobody may see one. "
        "Write instead: ring {contact_name} on {contact_phone}."
    ]
    assert hints(text, can_be_answered=True) == []


def test_saying_that_there_is_no_reply_is_fine() -> None:
    assert hints("Please do not reply. Please don't reply. You cannot reply. Ring Sam.") == []


@pytest.mark.parametrize("braces", ["{first name}", "{{first_name}}", "{", "{}"])
def test_brackets_that_stay_are_pointed_out(braces: str) -> None:
    assert hints(f"Hello {braces}") == [
        f"This will be sent with its curly brackets: “{braces}”. A placeholder looks like {{first_name}}."
    ]


def test_english_rules_are_kept_for_english() -> None:
    text = "Please utilise RSVP on 2 March, ICB. MEETING CANCELLED. {first name}"
    assert len(hints(text, language="en-GB")) == 6
    assert [hint.split()[0] for hint in hints(text, language="cy")] == ["Words", "This"]
    assert hints("Peidiwch ag ateb", language="cy") == []


@given(st.text(), st.sampled_from(["en", "cy"]), st.booleans())
def test_hints_are_whole_sentences_for_any_text(text: str, language: str, heard: bool) -> None:
    for hint in hints(text, language=language, can_be_answered=heard):
        assert hint[0].isupper()
        assert hint[-1] in ".”"
