"""A mailbox on this machine: a Maildir folder, which a mail server fills (https://cr.yp.to/proto/maildir.html)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from pathlib import Path

from core.errors import ConfigError, OperatorError
from scheduler.mailbox import LARGEST, Letter

BEGUN = ""
"""The bookmark that says that a folder has been looked into; all others are names of letters."""

log = logging.getLogger(__name__)


class Maildir:
    """A Maildir folder. Letters in `new` and `cur` are read, never moved.

    Each letter there has a bookmark: the name that it keeps wherever it is moved. A time would not do: a filter moves
    older letters in, and two may have the same.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.name = str(folder.absolute())
        self._missing: set[str] = set()
        self._closed: set[str] = set()

    async def letters(self, marks: Mapping[str, str]) -> AsyncGenerator[Letter, None]:
        """See `Box.letters`."""
        found = await asyncio.to_thread(self._files)
        if BEGUN not in marks:
            yield Letter(b"", {BEGUN: "", **dict.fromkeys(found, "")})
            return
        for name, path in found.items():
            if name not in marks and (data := await asyncio.to_thread(self._read, path)) is not None:
                yield Letter(data or b"\n", {name: ""})
        # A folder that changes as it is read may hide a letter once, but not twice.
        missing = marks.keys() - found.keys() - {BEGUN}
        if gone := sorted(missing & self._missing):
            yield Letter(b"", {}, gone)
        self._missing = missing

    async def check(self) -> None:
        """Reads the folder; raises ConfigError with how to mend it."""
        try:
            await asyncio.to_thread(self._files)
        except OperatorError as error:
            raise ConfigError(error.what, where="the settings for the mailbox", mend=error.mend) from None

    def _files(self) -> dict[str, Path]:
        """Gives the letters by their names, the oldest first."""
        found = {}
        try:
            # `new` before `cur`: what is moved between the two listings stands in the second.
            for path in (path for part in ("new", "cur") for path in (self._folder / part).iterdir()):
                with suppress(FileNotFoundError):  # moved at this moment: the next look finds it
                    if not path.name.startswith(".") and path.is_file():
                        found[_name(path)] = (path.stat().st_mtime_ns, path)
        except OSError as error:
            mend = "Set RINGROUND_MAILBOX__MAILDIR to a Maildir (with new and cur in it) that this user may read."
            raise OperatorError(f"The Maildir can't be read: {error.strerror}", mend=mend) from None
        return {name: path for name, (_, path) in sorted(found.items(), key=lambda one: (one[1][0], one[0]))}

    def _read(self, path: Path) -> bytes | None:
        try:
            with path.open("rb") as file:
                return file.read(LARGEST)
        except FileNotFoundError:
            return None
        except OSError as error:
            if path.name not in self._closed:  # said once; it is tried again at each look
                self._closed.add(path.name)
                log.error("A letter in the Maildir can't be read: %s", error.strerror)
            return None


def _name(path: Path) -> str:
    """Gives the part of a file's name that stays when people read, answer or flag the letter."""
    return path.name.partition(":")[0].encode("utf-8", "backslashreplace").decode()
