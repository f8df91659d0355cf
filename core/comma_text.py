"""CSV: text with commas, semicolons or tabs, as spreadsheet programs write and read it (RFC 4180).

A spreadsheet runs a cell that begins with = + - @ (also in their wide East Asian forms), a tab or a line break
as a formula, and writes a number with a leading 0, with many digits or with an E anew, and what looks like a date or
a time of day. Such a cell is written with an apostrophe before it, and loses that apostrophe when it is read. A cell
that would look like that by itself gets one more, so that whatever is written reads back exactly.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Sequence
from typing import Final, TextIO

from core.errors import UserError
from core.sheet_limits import LAST_ROW, Grid, Limits

_NUMBER = r"0\d+|\d{12,}|[\d.,]+[eE][+-]?\d+"
_TIME = r"\d{1,2}:\d{1,2}(?::\d{1,2})?"
_DATE = rf"\d{{1,4}}[-/]\d{{1,4}}(?:[-/]\d{{1,4}})?(?: +{_TIME})?"
DANGEROUS = rf"(?:\s*[=+\-@＝＋－＠]|[\t\r\n]|(?:{_NUMBER}|{_TIME}|{_DATE})\Z)"
"""How a cell begins that a spreadsheet would run as a formula, or is that it would write anew."""

_GUARD = re.compile(rf"'*{DANGEROUS}")
_GUARDED = re.compile(rf"'+{DANGEROUS}")
_DELIMITERS = ",;\t"
_LONGEST_HEADER = 20_000
_PIECE: Final = 1024 * 1024
_HOW_TO_SAVE = 'Save it as "CSV UTF-8 (Comma delimited)" or as an Excel workbook (.xlsx).'


def read(data: bytes, where: str, limits: Limits) -> tuple[Grid, str]:
    """Reads the rows as they are asked for, and says in which encoding they were written.

    The delimiter is the one that the header holds most often outside quotation marks. Raises UserError for UTF-16, for
    what is no text at all, for quotation marks that do not match, and for more commas than `limits` allows.
    """
    codec, encoding = _encoding(data, where)
    text = _opened(data, codec)
    head = text.read(_LONGEST_HEADER)
    text.seek(0)
    if said := re.match(r"sep=(.)\r?\n", head):  # a hint that Excel itself understands and does not show
        text.readline()
    delimiter = said[1] if said else _delimiter(head)
    if data.count(delimiter.encode(codec.removesuffix("-sig"))) > limits.separators:
        mend = "Keep the rows and columns that are needed."
        raise UserError("The file has too many cells", where=where, mend=mend)
    return _rows(text, delimiter, where), encoding


def _rows(text: TextIO, delimiter: str, where: str) -> Grid:
    rows = csv.reader(text, delimiter=delimiter, strict=True)
    number = 0
    try:
        for number, row in enumerate(rows, 1):
            if number > LAST_ROW:
                mend = "Remove the empty rows."
                raise UserError("The file has rows below the last that a spreadsheet has", where=where, mend=mend)
            yield number, [cell[1:] if _GUARDED.match(cell) else cell for cell in row]
    except csv.Error as error:
        raise UserError(
            "A cell is too long" if "limit" in str(error) else "The quotation marks do not match",
            where=f"{where}, row {number + 1}",
            mend='A cell with a comma or a quotation mark is written like this: "Ann ""Annie"" Carter".',
        ) from None


def write(rows: Iterable[Sequence[str]]) -> bytes:
    """Writes the rows: UTF-8 with a mark at the start (without it Excel takes it for Windows-1252), CRLF.

    The header is quoted throughout, so that a reader who guesses at the delimiter can't take a heading's own for it.
    """
    guarded = ([f"'{cell}" if _GUARD.match(cell) else cell for cell in row] for row in rows)
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerow(next(guarded))
    csv.writer(text).writerows(guarded)
    return text.getvalue().encode("utf-8-sig")


def _encoding(data: bytes, where: str) -> tuple[str, str]:
    """Finds the encoding: the codec, and how people call it."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or data.count(0) > len(data) / 4:
        # Without a mark, UTF-16 of Latin letters has a zero in every other byte.
        raise UserError('The file is in UTF-16 ("Unicode text")', where=where, mend=_HOW_TO_SAVE)
    if b"\0" in data:
        raise UserError("The file is not text", where=where, mend=_HOW_TO_SAVE)
    for codec, name in (("utf-8-sig", "UTF-8"), ("cp1252", "Windows-1252")):
        text = _opened(data, codec)
        try:
            while text.read(_PIECE):
                pass
        except UnicodeDecodeError:
            continue
        return codec, name
    raise UserError(
        "The file is neither in UTF-8 nor in Windows-1252, so its letters can't be read",
        where=where,
        mend=_HOW_TO_SAVE,
    )


def _opened(data: bytes, codec: str) -> TextIO:
    return io.TextIOWrapper(io.BytesIO(data), codec, newline="")


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
