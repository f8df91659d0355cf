"""Tables of text: what a coordinator keeps in a spreadsheet, as rows; bytes in, rows out.

    read_sheet(data, name) -> Sheet        CSV and XLSX, told apart by what is inside
    write_csv(table), write_xlsx(table)    every cell text, nothing that a spreadsheet would run or change

Whatever is written reads back exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import PurePath
from typing import NamedTuple

from core import comma_text, workbook
from core.errors import UserError
from core.sheet_limits import LONGEST_CELL, MOST_CHARACTERS, MOST_COLUMNS, PEOPLE, Grid, Limits, too_much_text
from core.worksheet import letters_of

MOST_BYTES = 20 * 1024 * 1024
"""A people file of 100,000 rows is a third of this."""

KINDS = (".csv", ".xlsx")

_HOW_TO_SAVE = 'Open it in your spreadsheet program and save it as "CSV UTF-8" or "Excel workbook (.xlsx)".'
_OTHER_KINDS = (
    (b"\xd0\xcf\x11\xe0", "is an old Excel file (.xls) or has a password"),
    (b"%PDF", "is a PDF, not a table"),
    (b"{\\rtf", "is a text document, not a table"),
    (b"\x89PNG", "is a picture, not a table"),
    (b"\xff\xd8\xff", "is a picture, not a table"),
)


class Table(NamedTuple):
    """What is written: a title (the sheet's name), the headings, and rows as long as the header."""

    title: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row. `number` is the row's number as a spreadsheet program shows it; `cells` maps headings to text.

    `beyond` is what stands to the right of the last heading: a sign of a comma or a cell too many.
    """

    number: int
    cells: dict[str, str]
    beyond: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table that was read, without its empty rows. `encoding` is how a CSV file was written, empty for XLSX."""

    header: list[str]
    rows: list[SheetRow]
    encoding: str = ""


def read_sheet(data: bytes, name: str, limits: Limits = PEOPLE) -> Sheet:
    """Reads a CSV or XLSX file; `name` is the file's name, for its ending and for messages.

    CSV: UTF-8 with or without a mark at its start, else Windows-1252; comma, semicolon or tab. XLSX: the first sheet;
    numbers come as digits, dates as ISO 8601. Raises UserError for an empty file, another kind of file, formulas, a
    missing header, and more than 60 columns, 20 MB or `limits`; the rest of such a file is not read.
    """
    where = PurePath(name).name
    if not data.strip():
        raise UserError("The file is empty", where=where, mend="The first row must hold the headings.")
    if len(data) > MOST_BYTES:
        raise UserError("The file is larger than 20 MB", where=where, mend="Split it into smaller files.")
    for sign, what in _OTHER_KINDS:
        if data.startswith(sign):
            raise UserError(f"The file {what}", where=where, mend=_HOW_TO_SAVE)
    if data.startswith(b"PK\x03\x04"):
        grid, encoding = workbook.read(data, where, limits), ""
    elif PurePath(name).suffix.lower() == ".xlsx":
        raise UserError("The file ends in .xlsx but is not an Excel workbook", where=where, mend=_HOW_TO_SAVE)
    else:
        grid, encoding = comma_text.read(data, where, limits)
    numbered = _filled(grid, where, limits)
    first = next(numbered, None)
    if first is None:
        raise UserError("The file is empty", where=where, mend="The first row must hold the headings.")
    rows = list(numbered)
    header = _header(first[1], rows, where)
    named = [heading for heading in header if heading]
    return Sheet(named, [_row(number, cells, header) for number, cells in rows], encoding)


def write_csv(table: Table) -> bytes:
    """Writes a table as CSV that Excel, LibreOffice and `read_sheet` read alike (see `core.comma_text`)."""
    return comma_text.write([table.header, *table.rows])


def write_xlsx(table: Table, *more: Table) -> bytes:
    """Writes a table as an Excel workbook, `more` as further sheets; every cell is text."""
    return workbook.write([(one.title, [one.header, *one.rows]) for one in (table, *more)])


def write_sheet(name: str, table: Table, *more: Table) -> bytes:
    """Writes CSV or XLSX by the ending of `name`; a CSV file has room for the first table only.

    Raises UserError for any other ending.
    """
    ending = PurePath(name).suffix.lower()
    if ending not in KINDS:
        raise UserError("The file's name must end in .csv or .xlsx", where=PurePath(name).name)
    return write_csv(table) if ending == ".csv" else write_xlsx(table, *more)


def _filled(grid: Grid, where: str, limits: Limits) -> Grid:
    """Leaves the empty rows out; refuses a table that is too large as soon as it is."""
    filled = characters = 0
    for number, cells in grid:
        if not any(not cell.isspace() for cell in cells if cell):
            continue
        filled += 1
        characters += sum(map(len, cells))
        if filled > limits.rows + 1:
            mend = "Split it into smaller files."
            raise UserError(f"The file has more than {limits.rows:,} rows", where=where, mend=mend)
        if characters > MOST_CHARACTERS:
            raise too_much_text(where)
        if max(map(len, cells)) > LONGEST_CELL:
            what = f"A cell is too long: more than {LONGEST_CELL:,} characters"
            raise UserError(what, where=f"{where}, row {number}", mend="Shorten it.")
        yield number, cells


def _header(first: Sequence[str], rows: list[tuple[int, Sequence[str]]], where: str) -> list[str]:
    """Takes the headings, up to the last one that says something.

    A gap between them is called by its column's letter where there is something below it, and is empty otherwise.
    """
    said = [at for at, heading in enumerate(first) if heading.strip()]
    header = [first[at] if first[at].strip() else f"Column {letters_of(at)}" for at in range(said[-1] + 1)]
    if len(header) > MOST_COLUMNS:
        raise UserError(
            f"The file has more than {MOST_COLUMNS} columns",
            where=where,
            mend="Remove those that are not needed.",
        )
    twice = next((heading for heading in header if header.count(heading) > 1), None)
    if twice is not None:
        raise UserError(
            f'Two columns have the heading "{twice.strip()[:50]}"',
            where=where,
            mend="Rename or remove one of them.",
        )
    gaps = [at for at, heading in enumerate(first[: len(header)]) if not heading.strip()]
    empty = {header[at] for at in gaps if not any(len(cells) > at and cells[at].strip() for _, cells in rows)}
    return [heading if heading not in empty else "" for heading in header]


def _row(number: int, cells: Sequence[str], header: list[str]) -> SheetRow:
    named = {heading: cell for heading, cell in zip_longest(header, cells[: len(header)], fillvalue="") if heading}
    return SheetRow(number, named, tuple(cell for cell in cells[len(header) :] if cell.strip()))
