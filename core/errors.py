"""The errors that people meet, each with what is wrong, where, and how to mend it.

RingroundError
├── UserError            something a person gave us is not right: exit code 2
│   └── Refused          they may not do this (their role does not allow it): exit code 2
└── OperatorError        the surroundings are not right: disk, database, provider: exit code 1
    ├── ConfigError      a setting is missing or wrong
    └── StoreError       the database is locked, read-only, full or from a newer version
"""

from __future__ import annotations


class RingroundError(Exception):
    """Says what is wrong, where, and how to mend it; never holds an address, a text or a secret.

    `what`, `where` and `mend` are whole phrases in plain English; `str()` joins them.
    """

    exit_code = 1

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        self.what = what.rstrip(".")
        self.where = where
        self.mend = mend
        place = f" ({where})" if where else ""
        super().__init__(f"{self.what}{place}.{' ' + mend if mend else ''}")


class UserError(RingroundError):
    """Something a person gave us is not right; nothing was done."""

    exit_code = 2


class Refused(UserError):
    """The person who asked may not do this."""


class OperatorError(RingroundError):
    """The surroundings are not right: disk, database, network or provider."""


class ConfigError(OperatorError):
    """A setting is missing or wrong."""


class StoreError(OperatorError):
    """The database can't be used: locked, read-only, full, damaged or from a newer version."""
