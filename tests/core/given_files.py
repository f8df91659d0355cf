"""Small real files: a picture of one dot, a page, a letter."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

from core.attachments import make_attachment
from core.notices import Attachment


def png(width: int = 1, height: int = 1) -> bytes:
    """Gives a grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + b"\x01" * 40 + b"\xff\xd9"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def archive(*names: str, mimetype: str = "") -> bytes:
    """Gives a zip archive that holds these files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as zipped:
        if mimetype:
            zipped.writestr("mimetype", mimetype)
        for name in names:
            zipped.writestr(name, "<xml/>")
    return made.getvalue()


SHOWS = "Two people at a table, under a clock that says two."
PICTURE: Attachment = make_attachment("The hall.png", png(), SHOWS)
DOCUMENT: Attachment = make_attachment("Agenda żółw.pdf", PDF, "What we will talk about")
