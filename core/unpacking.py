"""Unpacking: the XML inside a ZIP archive, read piece by piece and given up as soon as it is more than it should be."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from typing import Final, Protocol
from xml.parsers import expat

from core.errors import UserError
from core.sheet_limits import Limits

MOST_PARTS: Final = 5_000

_PIECE: Final = 64 * 1024
_LONGEST_TAG: Final = 4 * _PIECE
_MOST_NAMES: Final = 1_000  # different names of tags and attributes: the whole standard for sheets has fewer
_DEEPEST: Final = 64
_TAG: Final = b"<"
_ENTRY: Final = b"PK\x01\x02"  # begins each entry in an archive's list of contents


class Reader(Protocol):
    """What listens to XML. Names come without their prefix; `done` ends the reading."""

    done: bool

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Hears the beginning of an element."""

    def end(self, name: str) -> None:
        """Hears the end of an element."""

    def text(self, text: str) -> None:
        """Hears some of the text between tags."""


class Archive:
    """The parts of a ZIP archive, no more of them together than `limits` allows.

    Raises UserError for an archive that says or turns out to be larger, and ValueError or what `zipfile` and `expat`
    raise for one that is damaged.
    """

    def __init__(self, data: bytes, where: str, limits: Limits) -> None:
        self._where = where
        self._bytes, self._tags = limits.unpacked, limits.tags  # what is left of them
        if data.count(_ENTRY) > MOST_PARTS:  # before `zipfile` makes an object for each
            raise self._too_large()
        self._zip = zipfile.ZipFile(io.BytesIO(data))
        parts = self._zip.infolist()
        self.names = frozenset(part.filename for part in parts)
        if sum(part.file_size for part in parts) > limits.unpacked:
            raise self._too_large()

    def read(self, name: str, reader: Reader) -> Iterator[None]:
        """Reads one part of XML, and hands over after each piece, so that what was heard can be taken away.

        Real sizes are counted as they come: an archive may say what it likes of itself.
        """
        parser, check = _parser(reader)
        for piece in self._pieces(name):
            parser.Parse(piece, False)
            check(len(piece))
            yield
            if reader.done:
                return
        parser.Parse(b"", True)
        yield

    def _pieces(self, name: str) -> Iterator[bytes]:
        part = self._zip.getinfo(name)
        if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise ValueError("packed in a way that no spreadsheet program uses")
        with self._zip.open(part) as file:
            while piece := file.read(_PIECE):
                self._bytes -= len(piece)
                self._tags -= piece.count(_TAG)
                if self._bytes < 0 or self._tags < 0:
                    raise self._too_large()
                yield piece

    def _too_large(self) -> UserError:
        mend = "Copy the rows that you need into a new workbook and save that."
        return UserError("The workbook is too large once it is unpacked", where=self._where, mend=mend)


def _parser(reader: Reader) -> tuple[expat.XMLParserType, Callable[[int], None]]:
    """Makes a parser, and a check for after each piece: what would make the parser itself slow or large is damage."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    local: dict[str, str] = {}
    depth = fed = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > _DEEPEST:
            raise ValueError("elements within elements without an end")
        if name not in local:
            local[name] = name.rpartition(":")[2]
        reader.start(local[name], attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        reader.end(local[name])

    def no_doctype(*_: object) -> None:
        raise ValueError("a document type: it may define entities that grow without an end")

    def check(size: int) -> None:
        nonlocal fed
        fed += size
        # The parser looks again at an unfinished tag from its beginning with each piece, and never forgets a name.
        if fed - max(parser.CurrentByteIndex, 0) > _LONGEST_TAG or len(parser.intern) > _MOST_NAMES:
            raise ValueError("a tag or a list of names without an end")

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, reader.text
    parser.StartDoctypeDeclHandler = no_doctype
    return parser, check
