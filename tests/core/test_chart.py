from __future__ import annotations

import struct

from core.chart import BLUE, GREEN, Bar, describe, draw

BARS = [Bar("Known to have arrived", 21, GREEN), Bar("Sent, nobody can say whether it has arrived", 17, BLUE, "//")]


def size(picture: bytes) -> tuple[int, int]:
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def test_a_picture_has_room_for_every_bar() -> None:
    one, two = size(draw("40 people", BARS[:1])), size(draw("40 people", BARS))
    assert one[0] == two[0] == 1200
    assert two[1] > one[1]


def test_names_are_never_taken_for_formulas_and_nothing_is_no_error() -> None:
    assert size(draw("Costs: $5 to $10 _each_ ^ \\", [Bar("a $x$ b", 3, GREEN)]))
    assert size(draw("x" * 500, [Bar("Nobody", 0, GREEN)]))
    assert size(draw("Nothing", []))


def test_the_words_say_what_the_picture_shows() -> None:
    words = describe("40 people", BARS)
    assert words == "40 people: Known to have arrived 21, Sent, nobody can say whether it has arrived 17."
