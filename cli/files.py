"""Files that people name on the command line."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

from core.errors import OperatorError, UserError

MOST_BYTES = 50 * 1024 * 1024
"""More than any file that we can use; what takes less says for itself what is too much."""


def read_file(path: Path) -> bytes:
    """Reads a whole file; raises UserError where it is missing or may not be read."""
    try:
        if path.is_file() and path.stat().st_size > MOST_BYTES:
            raise UserError("The file is larger than 50 MB", where=str(path), mend="Is it the right one?")
        return path.read_bytes()
    except OSError as error:
        raise UserError(_trouble(error), where=str(path), mend="Check the name and the folder.") from None


def write_file(path: Path, data: bytes) -> None:
    """Writes a whole file or nothing, for its owner alone; one of that name is replaced.

    Raises OperatorError where the folder is missing or full, or may not be written to.
    """
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise OperatorError(
            f"The file can't be written: {error.strerror}", where=str(path), mend="Choose another folder."
        ) from None


def read_text(path: Path) -> tuple[str, str]:
    """Reads a text in UTF-8, else in Windows-1252, and says in which it was; `-` is standard input.

    Raises UserError for a file that is missing or is no text.
    """
    data = sys.stdin.buffer.read(MOST_BYTES + 1) if str(path) == "-" else read_file(path)
    for encoding, name in (("utf-8-sig", "UTF-8"), ("cp1252", "Windows-1252")):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text, name
    raise UserError(
        "This is not a text",
        where="standard input" if str(path) == "-" else str(path),
        mend="Save it as plain text in UTF-8 (tried: UTF-8 and Windows-1252).",
    )


def _trouble(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "There is no such file"
    if isinstance(error, IsADirectoryError):
        return "This is a folder, not a file"
    if isinstance(error, PermissionError):
        return "This file may not be read"
    return f"The file can't be read: {error.strerror}"
