"""How much of a spreadsheet is read: what a genuine one needs several times over, and nothing without an end.

A file of a few hundred kilobytes can unpack to a thousand times as much, and reading it takes time from everybody else.
So each limit is looked at while the file is read, and the first that is passed ends the reading.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, TypeAlias

from core.errors import UserError

Grid: TypeAlias = Iterator[tuple[int, Sequence[str]]]
"""Rows of cells as they are read, the header first, each with the number that a spreadsheet program shows."""

MOST_COLUMNS: Final = 60

LAST_ROW: Final = 1_048_576
"""Excel's own last row: what stands below it no spreadsheet program shows."""

LONGEST_CELL: Final = 32_767
"""Characters: Excel's own limit."""

MOST_CHARACTERS: Final = 32 * 1024 * 1024
"""Characters in all cells together: four times 5,000 calls with what to say in each, or 100,000 people."""


class Limits(NamedTuple):
    """How many `rows` a sheet may have below its header, and how many bytes a workbook may unpack to."""

    rows: int
    unpacked: int

    @property
    def tags(self) -> int:
        """How many tags of XML a workbook may hold: a cell takes two to six of them."""
        return 100 * self.rows

    @property
    def separators(self) -> int:
        """How many commas a CSV file may hold, those within texts as well."""
        return 30 * self.rows


PEOPLE: Final = Limits(rows=100_000, unpacked=128 * 1024 * 1024)
"""A people file on the terminal. A full workbook of 100,000 people takes some 90 MB of XML and 7 million tags."""

SENT: Final = Limits(rows=20_000, unpacked=64 * 1024 * 1024)
"""What is sent to a service while it works for others: call lists, and people through the chat.

A list of 5,000 calls, more than anybody hands out, takes 9 MB of XML and 380,000 tags.
"""


def too_much_text(where: str) -> UserError:
    """Says that a file holds more text than any genuine sheet."""
    return UserError("The file holds too much text", where=where, mend="Split it into smaller files.")
