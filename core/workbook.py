"""XLSX: the workbooks of Excel and LibreOffice (ECMA-376), read with care and written as nothing but text."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Sequence
from typing import Any, Final
from xml.parsers.expat import ExpatError

from core.comma_text import DANGEROUS
from core.errors import UserError
from core.number_styles import NumberStyles
from core.sheet_limits import LONGEST_CELL, Grid, Limits
from core.unpacking import Archive, Reader
from core.worksheet import Cells, Texts

_NARROWEST, _WIDEST = 10, 50
_BOOK: Final = "xl/workbook.xml"
_LINKS: Final = "xl/_rels/workbook.xml.rels"
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    ExpatError,
    ValueError,
    LookupError,
    OSError,
    EOFError,
    NotImplementedError,
    RuntimeError,
)
"""What a workbook raises that is damaged, by what is missing or wrong."""

# A character that XML can't hold is written as _xHHHH_, and so is an underscore that begins what looks like one.
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_DANGEROUS = re.compile(DANGEROUS)


def read(data: bytes, where: str, limits: Limits) -> Grid:
    """Reads the first sheet, row by row as they are asked for, the empty ones left out.

    Raises UserError for a file that is no workbook, is damaged or unpacks to more than `limits` allows, and for a
    formula: its value is whatever the program that saved it last had worked out.
    """
    try:
        yield from _rows(Archive(data, where, limits), where)
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


def _rows(archive: Archive, where: str) -> Grid:
    if "mimetype" in archive.names or _BOOK not in archive.names:
        mend = "Open it in your spreadsheet program and save it as an Excel workbook (.xlsx) or as CSV."
        raise UserError("The file is not an Excel workbook", where=where, mend=mend)
    links, book, texts, styles = _Links(), _Book(), Texts(where), NumberStyles()
    _hear(archive, _LINKS, links)
    _hear(archive, _BOOK, book)
    for kind, reader in (("sharedStrings", texts), ("styles", styles)):
        part = next((target for is_kind, target in links.found.values() if is_kind == kind), None)
        if part in archive.names:
            _hear(archive, part, reader)
    styles.from_1904 = book.from_1904
    sheet = next(target for kind, target in (links.found[one] for one in book.sheets) if kind == "worksheet")
    cells = Cells(texts.found, styles.say, where)
    for _ in archive.read(sheet, cells):
        yield from cells.rows
        cells.rows.clear()


def _hear(archive: Archive, part: str, reader: Reader) -> None:
    for _ in archive.read(part, reader):
        pass


class _Links:
    """Where the parts of a workbook are, and of what kind each is, by the names that the workbook gives them."""

    def __init__(self) -> None:
        self.done = False
        self.found: dict[str, tuple[str, str]] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            kind = attributes["Type"].rpartition("/")[2]
            self.found[attributes["Id"]] = kind, posixpath.join("/xl", attributes["Target"]).removeprefix("/")

    def end(self, name: str) -> None:
        pass

    def text(self, text: str) -> None:
        pass


class _Book(_Links):
    """The sheets of a workbook in their order, and from which year it counts the days."""

    def __init__(self) -> None:
        super().__init__()
        self.sheets: list[str] = []
        self.from_1904 = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            self.sheets += [value for key, value in attributes.items() if key.endswith(":id")]
        elif name == "workbookPr":
            self.from_1904 = attributes.get("date1904", "0") in ("1", "true")


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
