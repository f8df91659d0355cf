"""Codes of calls: eight letters by which a row of a list, on paper or in a sheet, is known again.

They are the random end of the call's id, with a letter for each of its digits. Letters alone are no number and no date
to any spreadsheet program: `123456e7` comes back as 1.23457E+12, and `00e12345` as 0. There is no vowel among them, so
that they make no word; no I, L and O, which look like others; and none that the digits themselves use, so that a code
in digits, from an older list or out of an id, is told apart and works as well.
"""

from __future__ import annotations

from typing import Final

LENGTH: Final = 8

_DIGITS: Final = "0123456789abcdef"
_LETTERS: Final = "GHJKMNPQRSTVWXYZ"
_WRITTEN: Final = str.maketrans(_DIGITS, _LETTERS)
_READ: Final = str.maketrans(_LETTERS, _DIGITS)


def code_of(call: str) -> str:
    """Makes the code of a call from its outside id."""
    return call[-LENGTH:].translate(_WRITTEN)


def ending_of(code: str) -> str:
    """Returns how the id of a code's call ends; what is no code is returned as it is, in small letters."""
    letters = code.strip().lstrip("#").upper()
    return letters.translate(_READ) if set(letters) <= set(_LETTERS) else letters.lower()
