from __future__ import annotations

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import UserError
from core.placeholders import KNOWN, Template, first_name, hole

NAMES = ("first_name", "group")


def test_a_template_is_filled_in() -> None:
    template = Template.parse("Hello {first_name}, this is {group}. Bye {first_name}.", NAMES)
    assert template.fill({"first_name": "Ann", "group": "Us", "more": "x"}) == "Hello Ann, this is Us. Bye Ann."


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("{{first_name}}", "{first_name}"),
        ("{{{first_name}}}", "{Ann}"),
        ("{ first_name }", "{ first_name }"),
        ("{first name}", "{first name}"),
        ("{} {1} { }} {{", "{} {1} { } {"),
        ("a } b { c", "a } b { c"),
    ],
)
def test_other_braces_stay_as_they_are(text: str, result: str) -> None:
    assert Template.parse(text, NAMES).fill({"first_name": "Ann"}) == result


def test_an_unknown_placeholder_is_an_error_that_helps() -> None:
    with pytest.raises(UserError) as error:
        Template.parse("Hello {firstname}", KNOWN, where="the text")
    said = str(error.value)
    assert said.startswith("There is no placeholder {firstname} (the text). Did you mean {first_name}?")
    assert all(f"{{{name}}}" in said for name in KNOWN)
    assert "{{firstname}}" in said


def test_the_internal_names_are_refused_in_a_users_text() -> None:
    with pytest.raises(UserError, match=r"There is no placeholder \{_for\}"):
        Template.parse("{_for}", KNOWN)


def test_a_value_passes_through_the_templates_own_escape_or_the_given_one() -> None:
    template = Template.parse("<p>{first_name}</p>", NAMES, escape=escape)
    assert template.fill({"first_name": "<b>"}) == "<p>&lt;b&gt;</p>"
    assert template.fill({"first_name": "<b>"}, str.upper) == "<p><B></p>"


def test_a_missing_value_is_a_programming_error() -> None:
    with pytest.raises(KeyError):
        Template.parse("{group}", NAMES).fill({})


def test_what_is_the_same_for_all_is_bound_once_and_escaped() -> None:
    template = Template.parse("{group}: {first_name}", NAMES, escape=escape).bind({"group": "A & {first_name}"})
    assert [name for _, name in template.holes] == ["first_name"]
    assert template.fill({"first_name": "Ann"}) == "A &amp; {first_name}: Ann"


@given(st.text(alphabet=st.sampled_from("{}ab_ \n") | st.characters(exclude_categories=["Cs", "Cn"])), st.text())
def test_text_and_values_come_through_unchanged(text: str, value: str) -> None:
    doubled = text.replace("{", "{{").replace("}", "}}")
    template = Template.parse(doubled + "{group}" + doubled, NAMES)
    assert template.fill({"group": value}) == text + value + text
    assert template.fixed == text + text
    assert template.marked == text + hole("group") + text
    assert Template.parse(template.source, NAMES) == Template.from_marked(template.marked)


@pytest.mark.parametrize(
    ("name", "called", "result"),
    [
        ("Ann Jones", "", "Ann"),
        ("Ann Jones", None, "Ann"),
        ("Ann Jones", " Annie  B ", "Annie B"),
        ("Ann Jones", "  ", "Ann"),
        ("Dr. Ann Jones", "", "Ann"),
        ("MR JOHN SMITH", "", "JOHN"),
        ("Prof Dr Ann Jones", "", "Ann"),
        ("Rt Hon Sir Keith Lee", "", "Keith"),
        ("Sheikh Ali Khan", "", "Ali"),
        ("Mr Khan", "", "Mr Khan"),
        ("Mr and Mrs Khan", "", "Mr and Mrs Khan"),
        ("Sister Mary", "", "Sister Mary"),
        ("Dr", "", "Dr"),
        ("Drew Hall", "", "Drew"),
        ("Mina", "", "Mina"),
        ("", "", ""),
        ("Siân  Llŷr", "", "Siân"),
        ("أحمد علي", "", "أحمد"),
        ("王小明", "", "王小明"),
        ("রহিমা বেগম", "", "রহিমা"),
        ("Jean-Luc O’Neil", "", "Jean-Luc"),
    ],
)
def test_people_are_called_what_they_like_or_by_their_first_word(name: str, called: str | None, result: str) -> None:
    assert first_name(name, called) == result


@given(st.text(), st.text())
def test_what_a_person_is_called_is_always_one_line(name: str, called: str) -> None:
    assert len(first_name(name, called).splitlines()) <= 1
    assert bool(first_name(name, called)) == bool(name.strip() or called.strip())
