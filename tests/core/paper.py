"""Reads a PDF back: its words with poppler's `pdftotext`, and what stands in the file of one that fpdf2 made."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest

_ESCAPED = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def needs(there: object, what: str) -> None:
    """Skips a test, saying why, where this machine lacks something; where everything must be there, it fails."""
    if not there:
        if os.environ.get("CI"):
            raise AssertionError(f"there is no {what}")
        pytest.skip(f"there is no {what}")


def font(path: str, package: str) -> Path:
    """Gives a font of Debian's for a script that ours lacks."""
    file = Path("/usr/share/fonts/truetype", path)
    needs(file.exists(), f"{file}: apt install {package}")
    return file


def pages(pdf: bytes) -> list[str]:
    """Gives the words of each page, as they stand on it."""
    needs(shutil.which("pdftotext"), "pdftotext: apt install poppler-utils")
    told = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    # Marks of direction, which poppler puts around words from right to left.
    return re.sub("[\u200e\u200f\u202a-\u202e\u2066-\u2069]", "", told.stdout.decode()).split("\f")[:-1]


def boxes(pdf: bytes) -> list[int]:
    """Counts the squares on each page."""
    squares = (re.findall(rb"[\d.]+ [\d.]+ ([\d.]+) -([\d.]+) re S", page) for page in _contents(_objects(pdf)))
    return [sum(wide == high for wide, high in page) for page in squares]


def glyphs(pdf: bytes) -> list[str]:
    """Names the glyphs of each piece of text in their order from left to right, as in "uniFEE3 uniFEA4".

    Each form of a letter has a name of its own ("glyph00010" where Unicode has none for it), so this tells whether
    letters were joined.
    """
    objects = _objects(pdf)
    names = {font: _names(objects, int(n)) for font, n in _fonts(objects)}
    found, font = [], b""
    for page in _contents(objects):
        for piece in re.findall(rb"BT (.*?) ET", page, re.DOTALL):
            shown = []
            for chosen, text in re.findall(rb"/(F\d+) [\d.]+ Tf|\(((?:\\.|[^\\()])*)\)", piece, re.DOTALL):
                font, plain = chosen or font, _plain(text)
                shown += [names[font][plain[at : at + 2]] for at in range(0, len(plain), 2)]
            found.append(" ".join(shown))
    return found


def _objects(pdf: bytes) -> dict[int, tuple[bytes, bytes]]:
    """Finds each object: its dictionary and what its stream holds."""
    found = {}
    for n, body in re.findall(rb"(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj", pdf, re.DOTALL):
        head, _, rest = body.partition(b"stream\n")
        data = rest.removesuffix(b"\nendstream")
        found[int(n)] = (head, zlib.decompress(data) if b"/FlateDecode" in head else data)
    return found


def _contents(objects: dict[int, tuple[bytes, bytes]]) -> list[bytes]:
    heads = [head for head, _ in objects.values() if re.search(rb"/Type /Page\b", head)]
    return [objects[_leads_to(head, b"Contents")][1] for head in heads]


def _fonts(objects: dict[int, tuple[bytes, bytes]]) -> set[tuple[bytes, bytes]]:
    return {pair for head, _ in objects.values() for pair in re.findall(rb"/(F\d+) (\d+) 0 R", head)}


def _names(objects: dict[int, tuple[bytes, bytes]], font: int) -> dict[bytes, str]:
    """Gives the names of a font's glyphs by the two bytes that stand for them in a text."""
    from fontTools.ttLib import TTFont

    below, _ = objects[_leads_to(objects[font][0], b"DescendantFonts")]
    to_glyph = objects[_leads_to(below, b"CIDToGIDMap")][1]
    described, _ = objects[_leads_to(below, b"FontDescriptor")]
    order = TTFont(io.BytesIO(objects[_leads_to(described, b"FontFile2")][1])).getGlyphOrder()
    pairs = (to_glyph[at : at + 2] for at in range(0, len(to_glyph), 2))
    return {at.to_bytes(2): order[int.from_bytes(pair)] for at, pair in enumerate(pairs)}


def _leads_to(head: bytes, key: bytes) -> int:
    found = re.search(rb"/%s \[?(\d+) 0 R" % key, head)
    assert found, f"no {key!r} in {head!r}"
    return int(found[1])


def _plain(text: bytes) -> bytes:
    return re.sub(rb"\\(.)", lambda one: _ESCAPED.get(one[1], one[1]), text, flags=re.DOTALL)
