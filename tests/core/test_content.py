from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.content import Content, make_content, subject_from
from core.errors import UserError
from core.placeholders import KNOWN, Template


def test_the_words_are_checked_and_completed() -> None:
    assert make_content("  Come on Tuesday.\r\nBring tea.  ") == Content(
        text="Come on Tuesday.\nBring tea.",
        subject="Come on Tuesday",
        sms_text=None,
        language="en",
        format="standard",
        purpose="service",
    )


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("Hello {first_name},\n\nThe meeting moved. It is later.", "The meeting moved"),
        ("Hello {first_name}. The meeting moved.", "The meeting moved"),
        ("Hello everyone,\nThe meeting moved", "The meeting moved"),
        ("Hello {first_name}!", "Hello {first_name}!"),
        ("# **News** from {group}", "News from {group}"),
        ("- first\n- second", "first"),
        ("Bring {{your}} bowl.", "Bring {{your}} bowl"),
        ("word " * 30, "word " * 11 + "word…"),
        ("x" * 70, "x" * 59 + "…"),
        ("x" * 55 + "{first_name}", "x" * 55 + "…"),
        ("x" * 48 + "{first_name}yy", "x" * 48 + "…"),
        ("x" * 47 + "{first_name}yy", "x" * 47 + "{first_name}…"),
    ],
)
def test_the_subject_is_the_first_thing_that_is_told(text: str, subject: str) -> None:
    assert make_content(text).subject == subject


@given(st.text(alphabet=st.sampled_from("aB .,!?{}#*-\n") | st.characters(exclude_categories=["C"]), max_size=120))
def test_a_made_subject_is_one_short_line_that_can_be_read_back(text: str) -> None:
    doubled = text.replace("{", "{{").replace("}", "}}")
    subject = subject_from(Template.parse(doubled + " {first_name} " + doubled, KNOWN))
    assert len(subject.splitlines()) <= 1
    filled = Template.parse(subject, KNOWN).fill({"first_name": "first_name{}"})
    assert len(filled) <= 61


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"text": ""}, "The text is empty"),
        ({"text": " \r\n "}, "The text is empty"),
        ({"text": "***"}, "The text is empty"),
        ({"text": "x" * 20_001}, "20,001 characters long, and the most is 20,000 (the text)"),
        ({"text": "a\nbc\x07"}, "can't be shown (U+0007) (the text, line 2, character 3)"),
        ({"text": "a\udc80"}, "U+DC80"),
        ({"text": "a\ufdd0group\ufdd1"}, "U+FDD0"),
        ({"text": "Hello {nmae}"}, "{nmae} (the text). Did you mean {name}?"),
        ({"text": "See [it](https://example.org/{name})"}, "address holds a placeholder (the text)"),
        ({"text": "a", "subject": "a\r\nBcc: b"}, "The subject has more than one line"),
        ({"text": "a", "subject": "x" * 151}, "151 characters long, and the most is 150 (the subject)"),
        ({"text": "a", "subject": "{surname}"}, "(the subject)"),
        ({"text": "a", "sms_text": "{surname}"}, "(the text for text messages)"),
        ({"text": "a", "sms_text": "x" * 919}, "7 segments, and the most is 6"),
        ({"text": "a", "sms_text": "ŵ" * 403}, "without these characters: ŵ"),
        ({"text": "a", "purpose": "marketing"}, "There is no purpose 'marketing'"),
        ({"text": "a", "language": "english"}, "There is no language 'english'"),
        ({"text": "a", "language": ""}, "There is no language ''"),
        ({"text": "a", "format": "x" * 41}, "(the format)"),
    ],
)
def test_what_can_not_be_sent_is_refused_with_a_sentence(arguments: dict[str, str], said: str) -> None:
    with pytest.raises(UserError) as error:
        make_content(**arguments)
    assert said in str(error.value)


def test_the_limits_themselves_are_allowed() -> None:
    make_content("x" * 20_000, "x" * 150, "x" * 918)
    make_content("x", sms_text="{first_name}" + "€" * 456 + "{name}")


def test_five_megabytes_are_refused_without_being_read() -> None:
    with pytest.raises(UserError, match="5,242,880 characters"):
        make_content("x\x00" * (5 * 2**19))


def test_an_empty_short_text_is_none_and_languages_are_written_one_way() -> None:
    content = make_content("a", sms_text=" ", language="en_gb", format="Easy Read", purpose="promotion")
    assert (content.sms_text, content.language, content.format) == (None, "en-GB", "easy read")
    assert content.purpose == "promotion"


@pytest.mark.parametrize("text", ["[" * 19_999, "*a **a " * 2_800, "- " * 9_000 + "x", "![[" * 6_000, "[a](" * 5_000])
def test_knotted_marks_never_cost_a_stack_trace(text: str) -> None:
    if text.startswith("- "):
        with pytest.raises(UserError, match="lists inside lists"):
            make_content(text)
    else:
        assert make_content(text).text == text.strip()
