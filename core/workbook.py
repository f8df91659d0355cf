"""XLSX: the workbooks of Excel and LibreOffice (ECMA-376), read with care and written as nothing but text."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any
from xml.etree.ElementTree import ParseError

from core.comma_text import DANGEROUS, MOST_COLUMNS, Grid
from core.errors import UserError

MOST_UNPACKED = 200 * 1024 * 1024
"""Bytes of XML: twice what 100,000 full rows need. A file of 20 MB can claim to hold a thousand times more."""

MOST_ENTRIES = 5_000
LAST_ROW = 1_048_576
LONGEST_CELL = 32_767
"""Characters, and the last row above, are Excel's own limits."""

_NARROWEST, _WIDEST = 10, 50
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    IndexError,
    AttributeError,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
)
"""What openpyxl raises, by its version and by what is missing, for a workbook that is damaged."""

# A character that XML can't hold is written as _xHHHH_, and so is an underscore that begins what looks like one.
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_DANGEROUS = re.compile(DANGEROUS)


def read(data: bytes, where: str) -> Grid:
    """Reads the first sheet, row by row.

    Raises UserError for a file that is no workbook, is damaged or would unpack to more than 200 MB, and for a formula:
    its value is whatever the program that saved it last had worked out.
    """
    try:
        _check_archive(data, where)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # openpyxl warns of each ornament that it does not keep
            return list(_rows(data, where))
    except _DAMAGED:
        raise UserError(
            "The workbook is damaged and can't be read",
            where=where,
            mend="Open it in Excel and save it anew.",
        ) from None


def write(sheets: Sequence[tuple[str, Sequence[Sequence[str]]]]) -> bytes:
    """Writes sheets, each a title and its rows with the header first; the header is bold and stays in view."""
    from openpyxl import Workbook

    # Before the workbook is begun: openpyxl leaves a temporary file behind when it is interrupted.
    written = [[[_written(text, number) for text in row] for number, row in enumerate(rows, 1)] for _, rows in sheets]
    book = Workbook(write_only=True)
    for (title, _), rows in zip(sheets, written, strict=True):
        _write_sheet(book.create_sheet(title), rows)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _check_archive(data: bytes, where: str) -> None:
    """Looks at the sizes that the archive states; a part that is larger than it says is cut off there by `zipfile`."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = archive.infolist()
        names = {part.filename for part in parts}
    if "mimetype" in names or "xl/workbook.xml" not in names:
        mend = "Open it in your spreadsheet program and save it as an Excel workbook (.xlsx) or as CSV."
        raise UserError("The file is not an Excel workbook", where=where, mend=mend)
    if len(parts) > MOST_ENTRIES or sum(part.file_size for part in parts) > MOST_UNPACKED:
        mend = "Copy the rows that you need into a new workbook and save that."
        raise UserError("The workbook is too large once it is unpacked", where=where, mend=mend)


def _rows(data: bytes, where: str) -> Iterator[list[str]]:
    from openpyxl import load_workbook
    from openpyxl.worksheet._read_only import ReadOnlyWorksheet

    book = load_workbook(io.BytesIO(data), read_only=True)
    try:
        sheet = book.worksheets[0]
        if not isinstance(sheet, ReadOnlyWorksheet):
            raise TypeError("the first sheet holds no cells")
        sheet.reset_dimensions()  # what a workbook says of its own size is often wrong
        last: object = None
        for number, cells in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1), 1):
            if number > LAST_ROW:
                raise ValueError("a row number beyond the last row")
            if cells is last:  # a gap: a stray cell far below makes a million of these, and all are one and the same
                yield []
                continue
            last = cells
            for cell in cells:
                if cell.data_type in ("f", "e"):
                    raise UserError(
                        "A cell holds a formula" if cell.data_type == "f" else "A cell holds an error",
                        where=f"{where}, cell {cell.coordinate}",
                        mend='Copy the column, then "Paste special", "Values", so that it holds text and numbers only.',
                    )
            texts = [_text(cell.value) for cell in cells]
            while texts and not texts[-1]:
                texts.pop()
            yield texts
    finally:
        book.close()


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), value) if "_x" in value else value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def _written(text: str, number: int) -> str:
    text = _UNWRITABLE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    if len(text) > LONGEST_CELL:
        raise UserError("A cell is longer than Excel can hold", where=f"row {number}")
    return text


def _write_sheet(sheet: Any, rows: Sequence[Sequence[str]]) -> None:  # the stubs know no widths of columns
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    sheet.freeze_panes = "A2"
    for at in range(len(rows[0])):
        longest = max(len(row[at]) for row in rows)
        sheet.column_dimensions[get_column_letter(at + 1)].width = min(max(longest + 2, _NARROWEST), _WIDEST)
    bold = Font(bold=True)
    for number, row in enumerate(rows, 1):
        cells = []
        for text in row:
            cell = WriteOnlyCell(sheet, text or None)
            cell.data_type = "s"  # never a formula, whatever it begins with
            cell.number_format = "@"
            if number == 1:
                cell.font = bold
            if _DANGEROUS.match(text):
                cell.quotePrefix = True  # stays text when somebody edits the cell
            cells.append(cell)
        sheet.append(cells)
