"""What a spreadsheet program makes of a cell of a CSV file that it opens in Britain and saves again."""

from __future__ import annotations

import re
from datetime import date

_DATE = re.compile(r"(\d{1,4})[-/](\d{1,4})(?:[-/](\d{1,4}))?")
_TIME = re.compile(r"(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?")
_LARGE = re.compile(r"[\d.,]*\d[.,]?[eE][+-]?\d+|\d{12,}")
_MONTH = re.compile(
    r"\d{1,2}[ -]?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*(?:[ -]?\d+)?", re.IGNORECASE
)


def saved(cell: str) -> str:
    """Returns the cell as it stands in the file afterwards: numbers, dates, times and formulas are written anew."""
    text = cell.strip()
    if re.match(r"[=+\-@]", text):
        return "#NAME?"
    if text.upper() in ("TRUE", "FALSE"):
        return text.upper()
    if _MONTH.fullmatch(text):
        return "a day"
    if _LARGE.fullmatch(text):
        return f"{float(text.replace(',', '')):.5E}"
    if re.fullmatch(r"\d+", text):
        return str(int(text))
    day, _, hour = text.partition(" ")
    if found := _DATE.fullmatch(day):
        made, shown = _day(*found.groups()), _hour(hour)
        return f"{made} {shown}".strip() if made and (shown or not hour) else cell
    return _hour(text) or cell


def _hour(text: str) -> str:
    found = _TIME.fullmatch(text)
    return f"{int(found[1]):02}:{found[2]:0>2}" if found and int(found[2]) < 60 else ""


def _day(first: str, second: str, third: str | None) -> str:
    parts = (first, second, third or "2026") if len(first) < 3 else (third or "1", second, first)
    day, month, year = map(int, parts)
    try:
        return f"{date(year + 2000 if year < 100 else year, month, day):%d/%m/%Y}"
    except ValueError:
        return ""
