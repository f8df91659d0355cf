from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Callable
from xml.parsers import expat

import pytest

from core.call_rows import read_calls
from core.errors import UserError
from tests.core.given_workbooks import BEGIN, END, many, rows, workbook

MOST_MEMORY = 16 * 1024 * 1024
"""Bytes that reading a hostile file may take besides the file."""

MEASURED = ("two million rows", "a bomb that lies about its size", "a row without an end", "a line of commas", "a bomb")
"""Where memory is measured too, which makes the reading slower by half a dozen times."""


def names() -> str:
    return rows("".join(f"<q{n}/>" for n in range(20_000)))


def lying() -> bytes:
    """A workbook of 100 MB that says of itself it were 1 MB."""
    data = workbook(many(" " * 100, 1_000_000))
    at = data.rindex(b"PK\x01\x02") + 24
    return data[:at] + (1_000_000).to_bytes(4, "little") + data[at + 4 :]


def crowded() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for n in range(5_001):
            archive.writestr(str(n), b"")
    return file.getvalue()


ENTITIES = f'<!DOCTYPE a [<!ENTITY b "{"x" * 1000}"><!ENTITY c "{"&b;" * 1000}">]>'
TOO_LARGE, DAMAGED = "too large once it is unpacked", "damaged"

HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "two million rows": (TOO_LARGE, lambda: workbook(many("<row><c><v>1</v></c></row>     ", 2_200_000))),
    "two million short rows": (
        "more than 20,000 rows",
        lambda: workbook(many("<row><c><v>1</v></c></row>", 2_000_000)),
    ),
    "a row without an end": (DAMAGED, lambda: workbook(["<worksheet><sheetData><row>", "<c/>" * 20_000])),
    "a bomb": (TOO_LARGE, lambda: workbook(many(" " * 100, 700_000))),
    "a bomb that lies about its size": (DAMAGED, lying),
    "tags without an end": (TOO_LARGE, lambda: workbook([BEGIN, "<![CDATA[", "<" * 2_100_000, "]]>", END])),
    "elements within elements": (DAMAGED, lambda: workbook(many("<a>", 100_000))),
    "names without an end": (DAMAGED, lambda: workbook(names())),
    "a tag without an end": (DAMAGED, lambda: workbook([BEGIN, '<a b="', *["x" * 100_000] * 100])),
    "a comment without an end": (DAMAGED, lambda: workbook([BEGIN, "<!--", *["x" * 100_000] * 100])),
    "entities within entities": (DAMAGED, lambda: workbook(ENTITIES + rows("<row><c><v>&c;</v></c></row>"))),
    "a cell without an end": ("too long", lambda: workbook([BEGIN, "<row><c><v>", "x" * 10_000_000, END])),
    "a text shared by all": (
        "too much text",
        lambda: workbook(
            rows('<row><c t="s"><v>0</v></c></row>' * 2000), strings=f"<sst><si><t>{'x' * 32_000}</t></si></sst>"
        ),
    ),
    "a text that is not there": (DAMAGED, lambda: workbook(rows('<row><c t="s"><v>7</v></c></row>'))),
    "styles without an end": (
        DAMAGED,
        lambda: workbook(rows(""), styles=f"<s><cellXfs>{'<xf/>' * 65_491}</cellXfs></s>"),
    ),
    "letters that nobody knows": (DAMAGED, lambda: workbook(f'<?xml version="1.0" encoding="klingon"?>{rows("")}')),
    "parts without an end": (TOO_LARGE, crowded),
    "packed as nobody packs": (DAMAGED, lambda: workbook(rows(""), packing=zipfile.ZIP_LZMA)),
    "two million lines": ("more than 20,000 rows", lambda: b"code,outcome\n" + b"1\n" * 2_000_000),
    "empty lines": ("rows below the last", lambda: b"code,outcome\n" + b"\n" * 1_050_000),
    "a line of commas": ("too many cells", lambda: b"code,outcome\n" + b"," * 2_000_000),
    "a line without an end": ("too long", lambda: b"code,outcome\n" + b"x" * 4_000_000),
    "a longer text than a cell holds": ("too long", lambda: b"code,outcome\n1," + b"x" * 33_000),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_sheet_is_refused_in_plain_words_and_little_memory(what: str) -> None:
    said, make = HOSTILE[what]
    data = make()
    if what in MEASURED:
        tracemalloc.start()
    with pytest.raises(UserError, match=said) as refused:
        read_calls(data, "calls.xlsx" if data.startswith(b"PK") else "calls.csv")
    _, peak = tracemalloc.get_traced_memory()  # nothing where nothing is traced
    tracemalloc.stop()
    assert refused.value.where.startswith("calls.")
    assert refused.value.mend
    assert peak < MOST_MEMORY


def test_what_comes_after_the_limit_is_never_looked_at() -> None:
    too_many = "<row><c><v>1</v></c></row>" * 20_001
    with pytest.raises(UserError, match="more than 20,000 rows"):
        read_calls(workbook([BEGIN, too_many, " " * 100_000, "<no XML at all"]), "calls.xlsx")


def test_the_parser_says_where_a_tag_began_that_is_not_finished() -> None:
    """On this the limit of a tag's length stands."""
    parser = expat.ParserCreate()
    parser.Parse(b"<a><b c='", False)
    parser.Parse(b"x" * 1000, False)
    assert parser.CurrentByteIndex <= 3


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t=", "\r="])
def test_a_formula_in_a_csv_file_is_text_and_an_error_where_a_word_is_asked_for(sign: str) -> None:
    formula = f'{sign}cmd|"/c calc"!A0'.replace('"', '""')
    text = f'code,outcome,note\n"{formula}",reached,\n12345678,"{formula}",\n22345678,reached,"{formula}"\n'
    file = read_calls(text.encode(), "calls.csv")
    assert [(one.row, one.column) for one in file.errors] == [(3, "outcome")]
    assert [(row.number, row.note) for row in file.rows] == [(2, ""), (4, formula.strip().replace('""', '"'))]
