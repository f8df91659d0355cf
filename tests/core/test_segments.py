from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.segments import BASIC, EXTENSION, Segments, cost, measure, to_gsm

# 3GPP TS 23.038, written down a second time: code points of the characters that are not at their ASCII place.
SEPTET = {chr(code): 1 for code in (*range(0x20, 0x5B), *range(0x61, 0x7B), 0x5F, 0x0A, 0x0D) if code != 0x60}
SEPTET |= {chr(code): 1 for code in (0xA1, 0xA3, 0xA4, 0xA5, 0xA7, 0xBF, 0xC4, 0xC5, 0xC6, 0xC7, 0xC9, 0xD1, 0xD6)}
SEPTET |= {chr(code): 1 for code in (0xD8, 0xDC, 0xDF, 0xE0, 0xE4, 0xE5, 0xE6, 0xE8, 0xE9, 0xEC, 0xF1, 0xF2, 0xF6)}
SEPTET |= {chr(code): 1 for code in (0xF8, 0xF9, 0xFC)}
SEPTET |= {chr(code): 1 for code in (0x393, 0x394, 0x398, 0x39B, 0x39E, 0x3A0, 0x3A3, 0x3A6, 0x3A8, 0x3A9)}
SEPTET |= {chr(code): 2 for code in (0x0C, 0x5B, 0x5C, 0x5D, 0x5E, 0x7B, 0x7C, 0x7D, 0x7E, 0x20AC)}


def brute_force(text: str) -> tuple[int, str, int]:
    """Puts one character after another into segments, with no thought of speed."""
    gsm = all(character in SEPTET for character in text)
    sizes = [SEPTET[one] if gsm else len(one.encode("utf-16-be")) // 2 for one in text]
    units = sum(sizes)
    if units <= (160 if gsm else 70):
        return (1 if text else 0), "GSM-7" if gsm else "UCS-2", units
    room, segments = 0, 0
    for size in sizes:
        if room < size:
            segments, room = segments + 1, 153 if gsm else 67
        room -= size
    return segments, "GSM-7" if gsm else "UCS-2", units


def test_the_two_tables_agree_with_a_second_copy() -> None:
    assert set(BASIC) == {character for character, size in SEPTET.items() if size == 1}
    assert set(EXTENSION) == {character for character, size in SEPTET.items() if size == 2}
    assert len(BASIC) == 127
    assert len(set(BASIC)) == 127


PIECES = st.sampled_from(["a" * 66, "a" * 152, "€", "{", "é", "ŵ", "😀", "م", "\n", "x", "\x1b", "\t", "`"])


@given(st.lists(PIECES | st.text(max_size=3), max_size=40).map("".join))
@example("a" * 160)
@example("a" * 161)
@example("€" * 80)
@example("a" * 152 + "€" + "a" * 152)
@example("ŵ" * 70)
@example("ŵ" * 71)
@example("ŵ" * 66 + "😀" + "ŵ" * 66)
def test_any_text_is_counted_as_the_brute_force_counts_it(text: str) -> None:
    measured = measure(text)
    assert (measured.count, measured.encoding, measured.units) == brute_force(text)


def test_a_pair_is_never_split_between_segments() -> None:
    assert measure("a" * 152 + "€" + "a" * 152).count == 3
    assert measure("a" * 151 + "€" + "a" * 153).count == 2
    assert measure("ŵ" * 66 + "😀" + "ŵ" * 66).count == 3


def test_the_dear_characters_are_named_once_in_their_order() -> None:
    assert measure("Dŵr, tŷ a 😀 ŵ").dear == ("ŵ", "ŷ", "😀")
    assert measure("Plain €5 [yes]") == Segments(1, "GSM-7", 17, ())


def test_the_cost_is_the_price_of_every_segment() -> None:
    assert cost(measure("a" * 161), Decimal("0.0463")) == Decimal("0.0926")
    assert cost(measure(""), Decimal("0.0463")) == 0


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("‘Joe’s’ “tea”", "'Joe's' \"tea\""),
        ("2–4pm", "2-4pm"),
        ("Tuesday—bring tea", "Tuesday - bring tea"),
        ("Tuesday — bring tea", "Tuesday - bring tea"),
        ("wait…", "wait..."),
        ("1\u00a0pm\u202fsharp\u2003now", "1 pm sharp now"),
        ("a\tb", "a b"),
        ("• one\r\n• two\rthree\u2028four", "- one\n- two\nthree\nfour"),
        ("soft\u00adhyphen zero\u200bwidth \ufeffmark", "softhyphen zerowidth mark"),
        ("ﬁnd oﬃce œuvre", "find office oeuvre"),
        ("½ day, 1½ hours", "1/2 day, 1 1/2 hours"),
        ("cafe\u0301", "café"),
        ("back`tick", "back'tick"),
        ("2 × 3 → 6", "2 x 3 -> 6"),
        ("£5 or €6 {now}", "£5 or €6 {now}"),
        ("one · two", "one - two"),
        ("paral·lel", "paral·lel"),
        ("dŵr, tŷ, Seán", "dŵr, tŷ, Seán"),
        ("10² °C ✓", "10² °C ✓"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("dŵr\u200b a", "dŵr a"),
    ],
)
def test_type_becomes_gsm_where_that_is_honest(text: str, result: str) -> None:
    assert to_gsm(text) == result


@given(st.text())
def test_to_gsm_changes_nothing_the_second_time(text: str) -> None:
    once = to_gsm(text)
    assert to_gsm(once) == once


@given(st.text(alphabet=BASIC.replace("\r", "") + EXTENSION))
def test_to_gsm_leaves_gsm_alone(text: str) -> None:
    assert to_gsm(text) == text


@given(st.text(alphabet=st.characters(categories=["L", "N"])))
def test_no_letter_or_digit_is_ever_lost(text: str) -> None:
    assert len(to_gsm(text)) >= len(measure(text).dear)
    assert all(character in to_gsm(text) for character in text if character in BASIC)
