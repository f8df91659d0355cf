"""Fonts for printing: the one that comes with us, and those of this machine for the scripts that it lacks."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from core.errors import OperatorError

MOST_FILES = 3_000
"""Font files looked into at most; a machine with every Noto font has about 2,000."""

_KINDS = (".ttf", ".otf", ".ttc")

# Script names as they begin the names of characters, and what font files for them are called where that is another.
_CALLED = {"CJK": ("cjk", "uming", "wqy", "hans", "simsun", "msyh", "pingfang", "heiti", "yahei", "droidsansfallback")}


@dataclass(frozen=True, slots=True)
class Fonts:
    """The fonts to print a text with, by their files. `missing` are the characters that none of them holds.

    `base` and `bold` are DejaVu Sans, which matplotlib brings along: Latin, Greek, Cyrillic, Arabic, Hebrew and more.
    """

    base: Path
    bold: Path
    more: Sequence[Path]
    missing: frozenset[str]


def find(text: str, folders: Iterable[Path] | None = None) -> Fonts:
    """Finds the fonts that can print a text; `folders` are those of this system where none are named.

    Raises OperatorError where even the font that comes with us is missing.
    """
    base, bold = _ours()
    missing = _printable(text) - coverage(base)
    more = []
    files = _files(_folders() if folders is None else folders, missing) if missing else iter(())
    for file in files:
        if held := missing & coverage(file):
            more.append(file)
            missing -= held
        if not missing:
            break
    return Fonts(base, bold, more, frozenset(missing))


def coverage(file: Path) -> set[str]:
    """Returns the characters that a font file holds; none for one that can't be read or can't be put into a PDF."""
    from fontTools.ttLib import TTFont, TTLibError

    try:
        with TTFont(file, fontNumber=0, lazy=True) as font:
            usable = "glyf" in font or "CFF " in font
            return {chr(code) for code in font.getBestCmap() or ()} if usable else set()
    except (TTLibError, OSError, ValueError, KeyError, AssertionError, EOFError):
        return set()


def _ours() -> tuple[Path, Path]:
    found = find_spec("matplotlib")
    if found is not None and found.submodule_search_locations:
        folder = Path(found.submodule_search_locations[0]) / "mpl-data" / "fonts" / "ttf"
        if (folder / "DejaVuSans.ttf").is_file():
            return folder / "DejaVuSans.ttf", folder / "DejaVuSans-Bold.ttf"
    raise OperatorError(
        "The font for printing is missing", mend="Install Ringround anew, or export a sheet: calls.xlsx instead."
    )


def _printable(text: str) -> set[str]:
    """Leaves out what shows nothing by itself: spaces, and signs that only steer the writing.

    What this Python does not know yet (Cn) stays: a sign may be younger than it.
    """
    return {one for one in text if unicodedata.category(one) not in ("Zs", "Zl", "Zp", "Cc", "Cf", "Cs")}


def _folders() -> list[Path]:
    home = Path.home()
    if sys.platform == "win32":
        return [
            Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts",
            home / "AppData" / "Local" / "Microsoft" / "Windows" / "Fonts",
        ]
    if sys.platform == "darwin":
        return [Path("/System/Library/Fonts"), Path("/Library/Fonts"), home / "Library" / "Fonts"]
    return [
        Path("/usr/share/fonts"),
        Path("/usr/local/share/fonts"),
        home / ".local" / "share" / "fonts",
        home / ".fonts",
    ]


def _files(folders: Iterable[Path], missing: set[str]) -> Iterator[Path]:
    """Yields font files, those first whose names speak of the scripts that are wanted, upright ones before bold."""
    scripts = {unicodedata.name(one, "UNKNOWN").split()[0] for one in missing}
    wanted = {word for script in scripts for word in _CALLED.get(script, (script.lower(),))}
    files = [
        path
        for folder in folders
        if folder.is_dir()
        for path in sorted(folder.rglob("*"))
        if path.suffix.lower() in _KINDS
    ]

    def rank(path: Path) -> tuple[bool, bool, bool, str]:
        name = path.stem.lower()
        return (
            not any(word in name for word in wanted),
            "regular" not in name and "-" in name,
            "sans" not in name,
            name,
        )

    yield from sorted(files, key=rank)[:MOST_FILES]
