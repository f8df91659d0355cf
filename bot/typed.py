"""Typed words work like buttons: which of the buttons that were offered last somebody means."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

_LONGEST = 80


def meant(text: str, offered: Sequence[tuple[str, str]]) -> str | None:
    """Gives the data of the button whose label, or whose number from 1 on, is the whole text; None for other words.

    Case, spaces and signs at the ends do not matter. A number counts where there is something to choose from.
    """
    words = _plain(text)
    if not words or len(text) > _LONGEST:
        return None
    for label, data in offered:
        if _plain(label) == words:
            return data
    if len(offered) > 1 and words.isascii() and words.isdigit() and 1 <= int(words) <= len(offered):
        return offered[int(words) - 1][1]
    return None


def _plain(text: str) -> str:
    words = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    start, end = 0, len(words)
    while start < end and not _tells(words[start]):
        start += 1
    while end > start and not _tells(words[end - 1]):
        end -= 1
    return words[start:end] or words


def _tells(sign: str) -> bool:
    return unicodedata.category(sign)[0] in "LNM"
