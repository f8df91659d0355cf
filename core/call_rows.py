"""The rows of a call list that came back filled in: what was noted, whatever else stands in the sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import TypeVar

from core.answers import Answer
from core.calendar import read_shown
from core.call_codes import ending_of
from core.call_words import answer_named, result_named
from core.calls import CallResult
from core.cells import bounded, lines
from core.errors import UserError
from core.headings import folded
from core.person_row import Problem
from core.sheet_limits import SENT
from core.sheets import SheetRow, read_sheet

T = TypeVar("T")

LONGEST_NOTE = 1000

AT_ONCE = 100
"""Rows that one transaction notes: about half a second, in which nobody else can write."""

CODE, OUTCOME, ANSWER, BACK, NOTE, TRIES, NAME = (
    "code", "outcome", "answer", "ring back at", "note", "tries so far", "name",
)  # fmt: skip

_OTHERS = {
    CODE: "row code; call code; id",
    OUTCOME: "result; what happened; outcomes; results",
    ANSWER: "answers; coming; reply; will they come",
    BACK: "ring back; call back at; call back; callback; call again at",
    NOTE: "notes; remark; remarks; comment; comments",
    TRIES: "tries",
    NAME: "",
}
_MEANT = {folded(word): column for column, words in _OTHERS.items() for word in (column, *words.split(";")) if word}


@dataclass(frozen=True, slots=True)
class CallRow:
    """One row. `code` is how the call's id ends, as far as it was understood; `result` is None where nothing was noted,
    `tries` where the sheet no longer says how many there were.

    `back_at` is by the group's own clock.
    """

    number: int
    code: str
    name: str
    result: CallResult | None
    answer: Answer | None
    back_at: datetime | None
    note: str
    tries: int | None


@dataclass(frozen=True, slots=True)
class CallFile:
    """What a filled list says: its `rows`, and `errors` for those that can't be understood, by row and column."""

    name: str
    rows: list[CallRow]
    errors: list[Problem]

    @property
    def noted(self) -> list[CallRow]:
        """The rows in which something was noted."""
        return [row for row in self.rows if row.result is not None]

    def parts(self) -> Iterator[Sequence[CallRow]]:
        """Cuts the rows in which something was noted into parts, each of them for a transaction of its own."""
        noted = self.noted
        for start in range(0, len(noted), AT_ONCE):
            yield noted[start : start + AT_ONCE]


def read_calls(data: bytes, name: str) -> CallFile:
    """Reads a filled call list (CSV or XLSX); rows that can't be understood are left out and told of.

    It may take seconds: read a file before a transaction begins, and in a thread of its own where others wait.
    Raises UserError for a file that is no call list, and for one that is too large (see `core.sheet_limits.SENT`).
    """
    sheet = read_sheet(data, name, SENT)
    columns = _columns(sheet.header)
    rows, problems = [], []
    seen: dict[str, int] = {}
    for row in sheet.rows:
        cells = {column: row.cells.get(heading, "").strip() for column, heading in columns.items()}
        try:
            read = _row(row, cells)
        except _Wrong as wrong:
            problems.append(
                Problem(row.number, wrong.column, wrong.error.what, wrong.error.mend, cells.get(NAME, "")[:100])
            )
            continue
        if (first := seen.setdefault(read.code, row.number)) != row.number:
            what = f"This code stands in row {first} too"
            problems.append(Problem(row.number, CODE, what, "Keep one of the two rows.", read.name))
            continue
        rows.append(read)
    return CallFile(PurePath(name).name, rows, problems)


class _Wrong(Exception):
    def __init__(self, column: str, error: UserError) -> None:
        self.column, self.error = column, error


def _columns(header: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for heading in header:
        if column := _MEANT.get(folded(heading)):
            if column in found:
                raise UserError(
                    f'The columns "{found[column].strip()}" and "{heading.strip()[:50]}" both mean "{column}"',
                    where="the first row",
                    mend="Rename one of them.",
                )
            found[column] = heading
    missing = [column for column in (CODE, OUTCOME) if column not in found]
    if missing:
        raise UserError(
            f'There is no column "{missing[0]}"',
            where="the first row",
            mend="Fill in a list that was made by: ringround calls export calls.xlsx.",
        )
    return found


def _row(row: SheetRow, cells: dict[str, str]) -> CallRow:
    result = _read(OUTCOME, cells, result_named)
    answer = _read(ANSWER, cells, answer_named)
    back_at = _read(BACK, cells, read_shown)
    note = _read(NOTE, cells, lambda raw: bounded(lines(raw), LONGEST_NOTE)) or ""
    if result is None:
        result = CallResult.REACHED if answer else CallResult.CALL_BACK if back_at else None
    if result is None and note:
        mend = f"Write what came of the call under {OUTCOME}."
        raise _Wrong(OUTCOME, UserError("There is a note, and nothing of what came of the call", mend=mend))
    code = ending_of(cells[CODE])
    if not code and result is not None:
        raise _Wrong(CODE, UserError("The code is missing", mend="Copy it from the list that was handed out."))
    tries = cells.get(TRIES, "")
    return CallRow(
        number=row.number,
        code=code or f"row {row.number}",
        name=cells.get(NAME, "")[:100],
        result=result,
        answer=answer,
        back_at=back_at,
        note=note,
        tries=int(tries) if tries.isascii() and tries.isdigit() and len(tries) < 6 else None,
    )


def _read(column: str, cells: dict[str, str], read: Callable[[str], T]) -> T | None:
    raw = cells.get(column, "")
    if not raw:
        return None
    try:
        return read(raw)
    except UserError as error:
        raise _Wrong(column, error) from None
