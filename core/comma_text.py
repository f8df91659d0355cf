"""CSV: text with commas, semicolons or tabs, as spreadsheet programs write and read it (RFC 4180).

A spreadsheet runs a cell that begins with = + - @ (also in their wide East Asian forms), a tab or a line break
as a formula, and turns a number with a leading 0 or with many digits into another one. Such a cell is written with an
apostrophe before it, and loses that apostrophe when it is read. A cell that would look like that by itself gets one
more, so that whatever is written reads back exactly.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from core.errors import UserError

Grid: TypeAlias = Iterable[Sequence[str]]
"""Rows of cells, the header first, empty rows included so that the row numbers are right."""

MOST_ROWS = 100_000
MOST_COLUMNS = 60

DANGEROUS = r"(?:\s*[=+\-@＝＋－＠]|[\t\r\n]|(?:0\d+|\d{12,})\Z)"
"""How a cell begins that a spreadsheet would run as a formula or change as a number."""

_GUARD = re.compile(rf"'*{DANGEROUS}")
_GUARDED = re.compile(rf"'+{DANGEROUS}")
_DELIMITERS = ",;\t"
_LONGEST_HEADER = 20_000
_HOW_TO_SAVE = 'Save it as "CSV UTF-8 (Comma delimited)" or as an Excel workbook (.xlsx).'


def read(data: bytes, where: str) -> tuple[Grid, str]:
    """Reads the rows, and says in which encoding they were written.

    The delimiter is the one that the header holds most often outside quotation marks. Raises UserError for UTF-16, for
    what is no text at all, and for quotation marks that do not match.
    """
    text, encoding = _decoded(data, where)
    delimiter = None
    if said := re.match(r"sep=(.)\r?\n", text):  # a hint that Excel itself understands and does not show
        delimiter, text = said[1], text[said.end() :]
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or _delimiter(text), strict=True)
    grid: list[Sequence[str]] = []
    try:
        grid.extend([cell[1:] if _GUARDED.match(cell) else cell for cell in row] for row in rows)
    except csv.Error as error:
        raise UserError(
            "A cell is too long" if "limit" in str(error) else "The quotation marks do not match",
            where=f"{where}, row {len(grid) + 1}",
            mend='A cell with a comma or a quotation mark is written like this: "Ann ""Annie"" Carter".',
        ) from None
    return grid, encoding


def write(rows: Grid) -> bytes:
    """Writes the rows: UTF-8 with a mark at the start (without it Excel takes it for Windows-1252), CRLF.

    The header is quoted throughout, so that a reader who guesses at the delimiter can't take a heading's own for it.
    """
    guarded = ([f"'{cell}" if _GUARD.match(cell) else cell for cell in row] for row in rows)
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerow(next(guarded))
    csv.writer(text).writerows(guarded)
    return text.getvalue().encode("utf-8-sig")


def _decoded(data: bytes, where: str) -> tuple[str, str]:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or data.count(0) > len(data) / 4:
        # Without a mark, UTF-16 of Latin letters has a zero in every other byte.
        raise UserError('The file is in UTF-16 ("Unicode text")', where=where, mend=_HOW_TO_SAVE)
    if b"\0" in data:
        raise UserError("The file is not text", where=where, mend=_HOW_TO_SAVE)
    try:
        return data.decode("utf-8-sig"), "UTF-8"
    except UnicodeDecodeError:
        pass
    try:
        return data.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        raise UserError(
            "The file is neither in UTF-8 nor in Windows-1252, so its letters can't be read",
            where=where,
            mend=_HOW_TO_SAVE,
        ) from None


def _delimiter(text: str) -> str:
    counts = dict.fromkeys(_DELIMITERS, 0)
    quoted = False
    for character in text.lstrip("\r\n")[:_LONGEST_HEADER]:
        if character == '"':
            quoted = not quoted
        elif not quoted and character in "\r\n":
            break
        elif not quoted and character in counts:
            counts[character] += 1
    return max(counts, key=counts.__getitem__)
