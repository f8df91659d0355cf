"""Number styles: which numbers of a workbook are dates, and what a number in a cell says."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Final

_LONGEST: Final = 255
_MOST: Final = 65_490
"""Characters of a format, and styles of a workbook: Excel's own limits."""


class NumberStyles:
    """The number formats of a workbook's cells, in the order by which the cells name them."""

    def __init__(self) -> None:
        self.done = False
        self.from_1904 = False
        self._own: dict[str, str] = {}
        self._cells: list[str] = []
        self._listed = False
        self._dates: dict[str, bool] = {}
        self._moment: Callable[[float], object] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Hears the beginning of an element."""
        if name == "numFmt":
            self._own[attributes["numFmtId"]] = attributes["formatCode"][:_LONGEST]
        elif name == "cellXfs":
            self._listed = True
        elif name == "xf" and self._listed:
            self._cells.append(attributes.get("numFmtId", "0"))
        if len(self._own) + len(self._cells) > _MOST:
            raise ValueError("more styles than Excel allows")

    def end(self, name: str) -> None:
        """Hears the end of an element."""
        if name == "cellXfs":
            self.done = True

    def text(self, text: str) -> None:
        """Hears a text, of which there is none here."""

    def say(self, style: str, number: str) -> str:
        """Says the number of a cell of this style: digits, a date as ISO 8601, or as it stands if it is no number."""
        is_date = self._dates.get(style)
        if is_date is None:
            is_date = self._dates[style] = self._is_date(style)
        try:
            if is_date:
                return _written(self._shown(float(number)))
            return number if number.isdecimal() else _written(float(number))
        except (ValueError, OverflowError):
            return number.strip()

    def _is_date(self, style: str) -> bool:
        from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format

        at = self._cells[int(style)] if style and int(style) < len(self._cells) else "0"
        return bool(is_date_format(self._own.get(at) or BUILTIN_FORMATS.get(int(at), "General")))

    def _shown(self, days: float) -> object:
        if self._moment is None:
            from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel

            epoch = MAC_EPOCH if self.from_1904 else WINDOWS_EPOCH
            self._moment = lambda days: from_excel(days, epoch)
        return self._moment(days)


def _written(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):  # a fraction of a day is seldom exact; and without a midnight that nobody meant
        value = (value + timedelta(milliseconds=500)).replace(microsecond=0)
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date | time) else str(value)
