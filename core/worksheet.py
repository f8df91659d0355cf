"""Worksheets: the cells of one sheet of a workbook (ECMA-376), row by row as its XML comes in."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final

from core.errors import UserError
from core.sheet_limits import LAST_ROW, LONGEST_CELL, MOST_CHARACTERS, MOST_COLUMNS, too_much_text

_LAST_COLUMN: Final = 16_384
_DIGITS: Final = "0123456789"
_LONGEST_WRITTEN: Final = 7 * LONGEST_CELL  # a character that XML can't hold takes seven
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


class Texts:
    """The texts that a workbook keeps in one place (shared strings), in their order.

    Raises UserError for more of them than a sheet may hold.
    """

    def __init__(self, where: str) -> None:
        self.done = False
        self._where = where
        self.found: list[str] = []
        self._said: list[str] = []
        self._hears = self._aside = False
        self._left = MOST_CHARACTERS

    def start(self, name: str, _attributes: dict[str, str]) -> None:
        """Hears the beginning of an element."""
        if name == "si":
            self._said = []
        elif name == "rPh":  # how to say it, beside it in small letters
            self._aside = True
        elif name == "t":
            self._hears = not self._aside

    def end(self, name: str) -> None:
        """Hears the end of an element."""
        if name == "t":
            self._hears = False
        elif name == "rPh":
            self._aside = False
        elif name == "si":
            self.found.append(plain("".join(self._said)))

    def text(self, text: str) -> None:
        """Hears a text."""
        if self._hears:
            self._left -= len(text)
            if self._left < 0:
                raise too_much_text(self._where)
            self._said.append(text)


class Cells:
    """The rows of a sheet, each with its number and its texts, in `rows` until somebody takes them away.

    `number_at(style, number)` says a number as its cell's style shows it: a date as ISO 8601. Raises UserError for a
    formula or an error in a cell, with its place, and ValueError for a sheet that is damaged.
    """

    def __init__(self, texts: Sequence[str], number_at: Callable[[str, str], str], where: str) -> None:
        self.done = False
        self.rows: list[tuple[int, list[str]]] = []
        self._texts, self._number_at, self._where = texts, number_at, where
        self._row, self._column = 0, -1
        self._cells: list[str] = []
        self._kind, self._style = "", ""
        self._said: list[str] = []
        self._length, self._left = 0, MOST_CHARACTERS
        self._hears = self._aside = False
        self._columns: dict[str, int] = {}

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Hears the beginning of an element."""
        if name == "c":
            self._begin_cell(attributes)
        elif name in ("v", "t"):
            self._hears = not self._aside
        elif name == "row":
            row = int(attributes.get("r") or self._row + 1)
            if not self._row < row <= LAST_ROW:
                raise ValueError("a row out of its place")
            self._row, self._column, self._cells = row, -1, []
        elif name == "f":
            raise self._wrong("A cell holds a formula")
        elif name == "rPh":
            self._aside = True

    def end(self, name: str) -> None:
        """Hears the end of an element."""
        if name in ("v", "t"):
            self._hears = False
        elif name == "c":
            if self._said:
                self._end_cell("".join(self._said))
        elif name == "row":
            if self._cells:
                self.rows.append((self._row, self._cells))
        elif name == "rPh":
            self._aside = False
        elif name == "sheetData":
            self.done = True

    def text(self, text: str) -> None:
        """Hears a text."""
        if self._hears:
            self._said.append(text)
            self._length += len(text)
            self._left -= len(text)
            if self._left < 0:
                raise too_much_text(self._where)
            if self._length > _LONGEST_WRITTEN:
                raise self._wrong(f"A cell is too long: more than {LONGEST_CELL:,} characters", "Shorten it.")

    def _begin_cell(self, attributes: dict[str, str]) -> None:
        letters = attributes.get("r", "").rstrip(_DIGITS)
        column = self._columns.get(letters) if letters else self._column + 1
        if column is None:
            column = self._columns[letters] = _column(letters)
        if not self._column < column < _LAST_COLUMN:
            raise ValueError("a cell out of its place")
        self._column = column
        self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "")
        self._said, self._length = [], 0
        if self._kind == "e":
            raise self._wrong("A cell holds an error")

    def _end_cell(self, said: str) -> None:
        if self._column > MOST_COLUMNS:  # the first that is too many is kept, to be told of
            return
        match self._kind:
            case "s":
                said = self._texts[int(said)]
            case "n":
                said = self._number_at(self._style, said)
            case "b":
                said = str(said.strip() in ("1", "true"))
            case "d":
                said = said.strip().removesuffix("Z").replace("T", " ")
            case _:
                said = plain(said)
        if said:
            self._cells += [""] * (self._column - len(self._cells))
            self._cells.append(said)

    def _wrong(self, what: str, mend: str = "") -> UserError:
        mend = mend or 'Copy the column, then "Paste special", "Values", so that it holds text and numbers only.'
        return UserError(what, where=f"{self._where}, cell {letters_of(self._column)}{self._row}", mend=mend)


def plain(text: str) -> str:
    """Reads the characters that XML can't hold, written as _xHHHH_."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text


def letters_of(at: int) -> str:
    """Names a column as a spreadsheet does: 0 is A, 26 is AA."""
    return (letters_of(at // 26 - 1) if at >= 26 else "") + chr(ord("A") + at % 26)


def _column(letters: str) -> int:
    if len(letters) > 3 or not (letters.isascii() and letters.isupper() and letters.isalpha()):
        raise ValueError("a cell without a place")
    at = 0
    for letter in letters:
        at = at * 26 + ord(letter) - ord("A") + 1
    return at - 1
