from __future__ import annotations

import csv
import io
import zipfile
from contextlib import suppress
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from core.errors import UserError
from core.sheet_limits import Limits
from core.sheets import Sheet, Table, read_sheet, write_csv, write_sheet, write_xlsx
from tests.core.excel import saved


def read(text: str | bytes, name: str = "people.csv") -> Sheet:
    return read_sheet(text.encode() if isinstance(text, str) else text, name)


def cells(sheet: Sheet) -> list[list[str]]:
    return [list(row.cells.values()) for row in sheet.rows]


def workbook(*rows: list[object]) -> bytes:
    book = Workbook()
    assert book.active
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


# What CSV files look like


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_any_usual_delimiter_is_found(delimiter: str) -> None:
    sheet = read(f"name{delimiter}email\nAnn{delimiter}ann@example.org\n")
    assert sheet.header == ["name", "email"]
    assert sheet.rows[0].cells == {"name": "Ann", "email": "ann@example.org"}


def test_a_delimiter_inside_quotation_marks_does_not_count() -> None:
    sheet = read('"name, first; and, last";email\n"Carter, Ann";x\n')
    assert sheet.header == ["name, first; and, last", "email"]
    assert cells(sheet) == [["Carter, Ann", "x"]]


def test_commas_in_the_rows_do_not_win_over_the_header() -> None:
    assert cells(read("name;notes\nAnn;a,b,c,d\n")) == [["Ann", "a,b,c,d"]]


def test_excels_own_hint_of_the_delimiter_is_followed() -> None:
    assert cells(read("sep=|\r\nname|notes\r\nAnn|a,b\r\n")) == [["Ann", "a,b"]]


def test_a_line_break_inside_quotation_marks_belongs_to_the_cell() -> None:
    sheet = read('name,notes\nAnn,"one\ntwo"\nBen,x\n')
    assert cells(sheet) == [["Ann", "one\ntwo"], ["Ben", "x"]]
    assert [row.number for row in sheet.rows] == [2, 3]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_line_ends_of_every_system_are_read(end: str) -> None:
    assert cells(read(end.join(["name,notes", "Ann,x", ""]))) == [["Ann", "x"]]


def test_empty_rows_are_left_out_and_still_counted() -> None:
    sheet = read("name,notes\n\n,\nAnn,x\n  , \n")
    assert [(row.number, row.cells["name"]) for row in sheet.rows] == [(4, "Ann")]


def test_a_short_row_is_filled_up_and_a_long_one_says_so() -> None:
    short, long = read("name,notes\nAnn\nBen,x,y,,z\n").rows
    assert short.cells == {"name": "Ann", "notes": ""}
    assert long.beyond == ("y", "z")


def test_a_column_without_a_heading_is_called_by_its_letter_if_it_holds_something() -> None:
    assert read("name,,notes,\nAnn,x,y,\n").header == ["name", "Column B", "notes"]
    assert read("name,,notes,\nAnn,,y,\n").header == ["name", "notes"]


# Encodings


def test_utf_8_is_read_with_and_without_its_mark() -> None:
    for encoding in ("utf-8", "utf-8-sig"):
        sheet = read("name\nZoë 李小龍\n".encode(encoding))
        assert (sheet.header, cells(sheet), sheet.encoding) == (["name"], [["Zoë 李小龍"]], "UTF-8")


def test_windows_1252_is_read_and_named() -> None:
    sheet = read("name\nZoë O’Neill\n".encode("cp1252"))
    assert (cells(sheet), sheet.encoding) == ([["Zoë O’Neill"]], "Windows-1252")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_is_named_with_how_to_save_it(encoding: str) -> None:
    with pytest.raises(UserError, match="UTF-16") as raised:
        read("name,email\nAnn,ann@example.org\n".encode(encoding))
    assert "CSV UTF-8" in raised.value.mend


def test_an_encoding_that_is_neither_is_refused() -> None:
    with pytest.raises(UserError, match="neither in UTF-8 nor in Windows-1252"):
        read(b"name\nZo\x81\n")


# Files that can't be read


@pytest.mark.parametrize(
    ("data", "name", "what"),
    [
        (b"", "a.csv", "empty"),
        (b" \r\n\r\n", "a.csv", "empty"),
        (b",,\r\n,,\r\n", "a.csv", "empty"),
        (b"\xd0\xcf\x11\xe0rest", "a.xls", "old Excel file"),
        (b"\xd0\xcf\x11\xe0rest", "a.xlsx", "password"),
        (b"%PDF-1.7", "a.csv", "PDF"),
        (b"name\nAnn\n", "a.xlsx", "not an Excel workbook"),
        (b"name\0\1\2\nAnn and somebody else\n", "a.csv", "not text"),
        (b"PK\x03\x04 and then nothing", "a.xlsx", "damaged"),
        (b'name,notes\nAnn,"never closed\n', "a.csv", "quotation marks"),
        (b"name,name\nAnn,Ben\n", "a.csv", "Two columns"),
        (b"x" * (20 * 1024 * 1024 + 1), "a.csv", "larger than 20 MB"),
        (b"name\n" + b"x" * 200_000, "a.csv", "too long"),
        (",".join(f"c{n}" for n in range(61)).encode(), "a.csv", "more than 60 columns"),
    ],
)
def test_a_file_that_can_not_be_read_says_why_and_where(data: bytes, name: str, what: str) -> None:
    with pytest.raises(UserError, match=what) as raised:
        read_sheet(data, f"some/folder/{name}")
    assert name in raised.value.where
    assert "folder" not in raised.value.where


def test_a_sheet_may_have_as_many_rows_as_its_limit_and_not_one_more() -> None:
    limits = Limits(rows=1_000, unpacked=1_000_000)
    most, more = b"name\n" + b"x\n" * 1_000, b"name\n" + b"x\n" * 1_001
    assert len(read_sheet(most, "a.csv", limits).rows) == 1_000
    with pytest.raises(UserError, match="more than 1,000 rows"):
        read_sheet(more, "a.csv", limits)


def test_an_open_document_sheet_is_told_apart_from_a_workbook() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
    with pytest.raises(UserError, match="not an Excel workbook"):
        read_sheet(file.getvalue(), "people.ods")


def with_a_last_row_at(number: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook(["name"], ["Ann"]))) as old, zipfile.ZipFile(file, "w") as new:
        for part in old.infolist():
            data = old.read(part)
            if part.filename.endswith("sheet1.xml"):
                data = data.replace(b'<row r="2"', f'<row r="{number}"'.encode())
            new.writestr(part, data)
    return file.getvalue()


def test_a_stray_cell_in_the_last_row_of_a_workbook_does_no_harm() -> None:
    assert [row.number for row in read_sheet(with_a_last_row_at(1_048_576), "people.xlsx").rows] == [1_048_576]


def test_a_workbook_with_a_row_far_beyond_the_last_is_refused() -> None:
    with pytest.raises(UserError, match="damaged"):
        read_sheet(with_a_last_row_at(999_999_999_999), "people.xlsx")


# Workbooks


def test_numbers_and_dates_of_a_workbook_come_as_text() -> None:
    data = workbook(
        ["name", "mobile", "chat", "born", "seen", "share", "member"],
        ["Ann", 447700900123, 123456789.0, date(1950, 2, 1), datetime(2026, 3, 1, 9, 30), 0.5, True],  # noqa: DTZ001
    )
    assert cells(read_sheet(data, "people.xlsx")) == [
        ["Ann", "447700900123", "123456789", "1950-02-01", "2026-03-01 09:30:00", "0.5", "True"]
    ]


def test_a_workbook_is_known_by_what_is_inside_not_by_its_name() -> None:
    assert cells(read_sheet(workbook(["name"], ["Ann"]), "people.csv")) == [["Ann"]]


def test_row_numbers_of_a_workbook_are_those_that_excel_shows() -> None:
    sheet = read_sheet(workbook(["name"], [None], ["Ann"], [" "], ["Ben"]), "people.xlsx")
    assert [(row.number, row.cells["name"]) for row in sheet.rows] == [(3, "Ann"), (5, "Ben")]


@pytest.mark.parametrize(("value", "what"), [("=1+1", "formula"), ("#N/A", "error")])
def test_formulas_and_errors_in_a_workbook_are_refused_with_their_cell(value: str, what: str) -> None:
    with pytest.raises(UserError, match=what) as raised:
        read_sheet(workbook(["name", "notes"], ["Ann", value]), "people.xlsx")
    assert "cell B2" in raised.value.where


# What is written


def test_what_excel_would_run_or_change_is_guarded_in_csv() -> None:
    dangerous = ["=1+1", "+447700900123", "-5", "@cmd", "\tx", "\rx", "＝1", " =1", "07700900123", "1234567890123"]
    for text in dangerous:
        written = write_csv(Table("", ["name"], [[text]])).decode("utf-8-sig")
        assert written.split("\r\n", 1)[1].lstrip('"').startswith("'"), text
    harmless = ["Ann", "'tis", "7 + 5", "ann@example.org", "12", ""]
    for text in harmless:
        written = write_csv(Table("", ["name", "x"], [[text, "x"]])).decode("utf-8-sig")
        assert written.split("\r\n")[1] == f"{text},x"


def test_csv_begins_with_the_mark_that_excel_needs_and_ends_lines_with_crlf() -> None:
    assert write_csv(Table("", ["name"], [["Zoë"]])) == '\ufeff"name"\r\nZoë\r\n'.encode()


def test_every_cell_of_a_workbook_is_text_and_the_header_is_bold_and_stays_in_view() -> None:
    table = Table("People", ["name", "mobile"], [["=1+1", "+447700900123"], ["#N/A", "07700 900123"]])
    sheet = load_workbook(io.BytesIO(write_xlsx(table))).worksheets[0]
    assert sheet.title == "People"
    assert sheet.freeze_panes == "A2"
    assert all(cell.data_type == "s" and cell.number_format == "@" for row in sheet.iter_rows() for cell in row)
    assert [cell.value for cell in sheet[2]] == ["=1+1", "+447700900123"]
    assert sheet["A2"].quotePrefix
    assert sheet["A1"].font.bold
    assert not sheet["A2"].font.bold
    assert sheet.column_dimensions["B"].width > 12


def test_a_workbook_can_hold_more_sheets_and_the_first_one_is_read() -> None:
    data = write_xlsx(Table("One", ["name"], [["Ann"]]), Table("Two", ["x"], [["y"]]))
    assert load_workbook(io.BytesIO(data)).sheetnames == ["One", "Two"]
    assert cells(read_sheet(data, "a.xlsx")) == [["Ann"]]


def test_a_cell_that_excel_can_not_hold_is_refused_not_cut_off() -> None:
    with pytest.raises(UserError, match="longer than Excel can hold"):
        write_xlsx(Table("One", ["name"], [["x" * 32_768]]))


def test_the_ending_decides_what_is_written() -> None:
    table = Table("One", ["name"], [["Ann"]])
    assert write_sheet("a.CSV", table) == write_csv(table)
    assert write_sheet("a.xlsx", table).startswith(b"PK")
    with pytest.raises(UserError, match=r"\.csv or \.xlsx"):
        write_sheet("a.ods", table)


# Zeros would make it "not text", and half of a surrogate pair is no text in any file.
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
TRICKY = st.text(st.sampled_from("'=+-@\t\r\n ＝;,\"_x0DFab1é\ufffe"), max_size=12)
CELL = st.one_of(TEXT, TRICKY)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    header = draw(st.lists(CELL.filter(lambda text: text.strip()), min_size=1, max_size=4, unique=True))
    row = st.lists(CELL, min_size=len(header), max_size=len(header)).filter(lambda row: any(x.strip() for x in row))
    return Table("Table", header, draw(st.lists(row, max_size=4)))


@given(tables())
@settings(max_examples=150, deadline=None)
def test_csv_reads_back_exactly(table: Table) -> None:
    sheet = read_sheet(write_csv(table), "a.csv")
    assert (sheet.header, cells(sheet)) == (list(table.header), [list(row) for row in table.rows])


@given(tables())
@settings(max_examples=40, deadline=None)
def test_a_workbook_reads_back_exactly(table: Table) -> None:
    sheet = read_sheet(write_xlsx(table), "a.xlsx")
    assert (sheet.header, cells(sheet)) == (list(table.header), [list(row) for row in table.rows])


@given(st.binary(max_size=300), st.sampled_from(["a.csv", "a.xlsx"]))
@settings(max_examples=200, deadline=None)
def test_whatever_the_file_is_the_answer_is_a_table_or_a_clear_sentence(data: bytes, name: str) -> None:
    with suppress(UserError):
        assert read_sheet(data, name).header


@given(st.text(st.sampled_from("0123456789eE-/:+ "), min_size=1, max_size=12).map(str.strip).filter(bool))
@settings(max_examples=200, deadline=None)
def test_csv_comes_back_as_it_was_when_a_spreadsheet_has_saved_it(text: str) -> None:
    written = write_csv(Table("", ["name", "x"], [[text, "x"]])).decode("utf-8-sig")
    opened = csv.reader(io.StringIO(written, newline=""))
    again = io.StringIO(newline="")
    csv.writer(again).writerows([[saved(cell) for cell in row] for row in opened])
    assert cells(read(again.getvalue())) == [[text, "x"]]
