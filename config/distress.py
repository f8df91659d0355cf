"""The list of words and phrases that may come from somebody in distress: ours, or the group's own in its place."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from core.distress import read_phrases
from core.errors import ConfigError

FILE = "distress.txt"


def shipped() -> tuple[str, ...]:
    """Reads the list that comes with the program."""
    return read_phrases(files("config").joinpath(FILE).read_text(encoding="utf-8"))


def load(folder: Path) -> tuple[str, ...]:
    """Reads `distress.txt` in the data folder where there is one, else the list that comes with the program.

    It is read anew each time, so that a change counts at once. Raises `ConfigError` for a file that can't be read or
    that has nothing in it: an empty list would let everything pass in silence.
    """
    own = folder / FILE
    if not own.is_file():
        return shipped()
    try:
        phrases = read_phrases(own.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        phrases = ()
    if not phrases:
        raise ConfigError(
            "The list of words of distress can't be read, or nothing is in it",
            where=str(own),
            mend="Write one word or phrase a line, as UTF-8; without the file our own list is used.",
        )
    return phrases
