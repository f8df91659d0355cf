"""The catalogues of fixed phrases: one file a language, read when somebody needs it."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator, Sequence
from functools import cache
from gettext import NullTranslations, c2py
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from string import Formatter
from typing import TYPE_CHECKING

from core.speech import ENGLISH, IN_ENGLISH, Speech

if TYPE_CHECKING:
    from babel.messages import Catalog, Message

FOLDER = "locale"
"""Where a group's own catalogues lie, in its data folder."""

log = logging.getLogger(__name__)


class Catalogues:
    """Gives a `Speech` for every language there is a catalogue for, and English for all others.

    A language is added by a file `LANGUAGE.po` (gettext) in `config/locale/` or in the folder `own`, whose files take
    the place of ours, and by nothing else. What can't be used in a catalogue is passed over, with a line in the log.
    """

    def __init__(self, own: Path | None = None) -> None:
        self._own = own
        self.speech = cache(self._speech)
        """Gives what speaks a language; a tag such as "cy-GB" finds "cy"."""
        self._load = cache(self._read)

    @property
    def languages(self) -> list[str]:
        """The languages there is a catalogue for, English first (BCP 47 tags)."""
        return [ENGLISH, *sorted(self._found())]

    def _found(self) -> dict[str, Traversable]:
        folders: list[Traversable] = [files("config").joinpath(FOLDER)]
        if self._own is not None and self._own.is_dir():
            folders.append(self._own)
        entries = [entry for folder in folders for entry in folder.iterdir() if entry.name.endswith(".po")]
        return {entry.name.removesuffix(".po").replace("_", "-"): entry for entry in entries}

    def _speech(self, language: str) -> Speech:
        found = self._found() if language.partition("-")[0] != ENGLISH else {}
        for tag in (language, language.partition("-")[0]):
            if tag in found:
                return Speech(tag, self._load(tag))
        return IN_ENGLISH

    def _read(self, tag: str) -> NullTranslations:
        from babel.messages.pofile import PoFileError, read_po

        file = self._found()[tag]
        try:
            catalogue = read_po(io.StringIO(file.read_text(encoding="utf-8-sig")), abort_invalid=True)
            for message in list(catalogue):
                if message.id and any(differences(message)):
                    log.warning("The catalogue %s has other placeholders than the English: %s", file.name, message.id)
                    catalogue.delete(message.id)
            return _Read(catalogue)
        except (OSError, UnicodeDecodeError, PoFileError, ValueError) as error:
            log.error("The catalogue %s can't be read, so English is spoken: %s", file.name, error)
            return NullTranslations()


class _Read(NullTranslations):
    """The phrases of a catalogue; those without a translation, and those that are marked as guessed, stay English."""

    def __init__(self, catalogue: Catalog) -> None:
        super().__init__()
        said = {_forms(one.id)[0]: _forms(one.string or "") for one in catalogue if one.id and not one.fuzzy}
        self._said = {phrase: strings for phrase, strings in said.items() if all(strings)}
        self._which = c2py(catalogue.plural_expr)

    def gettext(self, message: str) -> str:
        return self._said[message][0] if message in self._said else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        if msgid1 not in self._said:
            return super().ngettext(msgid1, msgid2, n)
        strings = self._said[msgid1]
        return strings[min(self._which(n), len(strings) - 1)]


def differences(message: Message) -> Iterator[str]:
    """Gives the translations of a phrase that can't be filled with the values that the English is filled with."""
    english, strings = _forms(message.id), _forms(message.string or "")
    wanted = _placeholders(english[-1])
    least = wanted - {"n"} if len(english) > 1 else wanted  # "one person" may stand for "{n} person"
    for string in filter(None, strings):
        try:
            if not least <= _placeholders(string) <= wanted:
                yield string
        except ValueError:  # a brace too many
            yield string


def _forms(phrase: str | Sequence[str]) -> Sequence[str]:
    return [phrase] if isinstance(phrase, str) else phrase


def _placeholders(phrase: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(phrase) if name is not None}
