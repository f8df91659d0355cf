from __future__ import annotations

from collections.abc import Callable

import pytest

from core.addresses import email_address, language_tag, mobile_number, phone_number, telegram_chat, time_zone
from core.errors import UserError


@pytest.mark.parametrize(
    "raw",
    [
        "07911 123456",
        "+44 7911 123456",
        "0044 7911 123456",
        "+44 (0)7911 123456",
        "(07911) 123-456",
        "7911123456",
        "447911123456",
        "tel:+447911123456",
        "\u202a+44 7911 123456\u202c",
        "  07911123456 ",
    ],
)
def test_a_number_in_any_usual_spelling_becomes_e164(raw: str) -> None:
    assert phone_number(raw, "GB") == ("+447911123456", True)


def test_the_region_says_how_a_number_without_a_country_code_is_dialled() -> None:
    assert phone_number("030 123456", "DE") == ("+4930123456", False)
    assert phone_number("+44 20 7946 0018", "DE").e164 == "+442079460018"


def test_a_number_that_may_be_either_counts_as_mobile() -> None:
    assert phone_number("+1 202 555 0123", "GB") == ("+12025550123", True)


@pytest.mark.parametrize(
    ("raw", "e164", "mobile"),
    [
        ("07700 900123", "+447700900123", True),
        ("01632 960123", "+441632960123", False),
        ("03069 990123", "+443069990123", False),
        ("0161 496 0123", "+441614960123", False),
    ],
)
def test_the_numbers_kept_free_for_plays_can_be_used_in_a_rehearsal(raw: str, e164: str, mobile: bool) -> None:
    assert phone_number(raw, "GB") == (e164, mobile)


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        ("", "not a phone number"),
        ("Ann", "not a phone number"),
        ("07OO 900123", "not a phone number"),
        ("999", "no such phone number"),
        ("07911 12345", "no such phone number"),
        ("07911 123456 or 07911 654321", "not a phone number"),
        ("020 7946 0018 ext 5", "extension"),
        ("4.47701E+11", "Digits of this number are lost"),
        ("4,47701e11", "Digits of this number are lost"),
    ],
)
def test_what_is_no_number_is_refused_with_how_to_mend_it(raw: str, what: str) -> None:
    with pytest.raises(UserError, match=what) as raised:
        phone_number(raw, "GB")
    assert raised.value.mend


def test_a_landline_for_text_messages_is_refused_and_the_right_column_named() -> None:
    with pytest.raises(UserError, match="not a mobile number") as raised:
        mobile_number("020 7946 0018", "GB")
    assert "column phone" in raised.value.mend
    assert mobile_number("07911 123456", "GB") == "+447911123456"


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        ("Ann.Carter@Example.ORG", "Ann.Carter@example.org"),
        (" mailto:ann@example.com ", "ann@example.com"),
        ("ann@group.test", "ann@group.test"),
        ("ann@group.example", "ann@group.example"),
        ("\u200bann@example.org", "ann@example.org"),
        ("Zoe\u0308@bücher.example", "Zoë@bücher.example"),
        ("o'neill+news@example.org", "o'neill+news@example.org"),
    ],
)
def test_an_address_is_brought_into_its_usual_form(raw: str, address: str) -> None:
    assert email_address(raw) == address


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "ann",
        "ann@",
        "@example.org",
        "ann@localhost",
        "Ann <ann@example.org>",
        "ann@exa mple.org",
        "ann@example..org",
        "ann@example.org\r\nBcc: eve",
        f"{'a' * 65}@example.org",
    ],
)
def test_what_is_no_address_is_refused_with_how_to_write_one(raw: str) -> None:
    with pytest.raises(UserError, match="not an e-mail address") as raised:
        email_address(raw)
    assert "ann@example.org" in raised.value.mend


@pytest.mark.parametrize("separator", ["; ", ", ", " "])
def test_two_addresses_in_one_cell_are_refused_as_such(separator: str) -> None:
    with pytest.raises(UserError, match="more than one address"):
        email_address(f"ann@example.org{separator}ben@example.org")


def test_a_telegram_chat_is_a_number_of_a_person() -> None:
    assert telegram_chat(" 123456789 ") == "123456789"
    with pytest.raises(UserError, match="group chat"):
        telegram_chat("-1001234567890")
    for raw in ("@ann", "0", "+447911123456", "12 34", "9" * 16, "١٢٣"):
        with pytest.raises(UserError, match="named by a number"):
            telegram_chat(raw)


@pytest.mark.parametrize(
    ("raw", "tag"),
    [
        ("cy", "cy"),
        ("PT_br", "pt-BR"),
        ("zh-hant", "zh-Hant"),
        ("eng", "en"),
        ("Welsh", "cy"),
        ("  british  Sign language", "bfi"),
        ("BSL", "bfi"),
        ("URDU", "ur"),
    ],
)
def test_a_language_is_read_by_its_tag_or_its_english_name(raw: str, tag: str) -> None:
    assert language_tag(raw) == tag


@pytest.mark.parametrize("raw", ["", "zz", "Klingonish", "en and cy", "123", "pt-XX-XX"])
def test_an_unknown_language_is_refused_with_how_to_write_it(raw: str) -> None:
    with pytest.raises(UserError, match="not known") as raised:
        language_tag(raw)
    assert "like Welsh, or its code, like cy" in raised.value.mend


def test_a_time_zone_is_read_whatever_its_letters() -> None:
    assert time_zone(" europe/london ") == "Europe/London"
    assert time_zone("America/New York") == "America/New_York"
    for raw in ("London", "BST+1", "../etc/passwd"):
        with pytest.raises(UserError, match="time zone"):
            time_zone(raw)


@pytest.mark.parametrize(
    ("read", "raw"),
    [
        (lambda raw: phone_number(raw, "GB"), "07911 12"),
        (lambda raw: mobile_number(raw, "GB"), "02079460018"),
        (email_address, "secret@@example.org"),
        (telegram_chat, "@secret"),
    ],
)
def test_an_error_never_repeats_the_address(read: Callable[[str], object], raw: str) -> None:
    with pytest.raises(UserError) as raised:
        read(raw)
    assert raw not in str(raised.value)
    assert raised.value.__cause__ is None
