"""The picture or document that goes along with a notice, checked before anything else is done with it."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Final

from core.errors import UserError
from core.notices import Attachment

# What Telegram takes from a bot (core.telegram.org/bots/api#sending-files); a larger document it does not hand over
# to one either, and few mailboxes take more.
PICTURE_LIMIT: Final = 10_000_000  # bytes
DOCUMENT_LIMIT: Final = 20_000_000
LONGEST_DESCRIPTION: Final = 300  # characters: it is read out, and goes into text messages
LONGEST_NAME: Final = 80

_WORD_FILE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_OPEN_TEXT: Final = "application/vnd.oasis.opendocument.text"
_ENDINGS: Final = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "application/pdf": ".pdf",
    _WORD_FILE: ".docx",
    _OPEN_TEXT: ".odt",
    "text/plain": ".txt",
}
_TAKEN: Final = "Pictures may be PNG or JPEG; documents PDF, Word (.docx), OpenDocument (.odt) or plain text."
_NOT_IN_A_NAME = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\"<>|*?:\\/]+")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def make_attachment(name: str, data: bytes, description: str) -> Attachment:
    """Checks a file that is to go along with a notice; what it is, its bytes say, never its name.

    A picture needs a description. Raises UserError that names the first thing to mend.
    """
    if not data:
        raise UserError("The file is empty", mend="Send it once more.")
    media_type = _type_of(data)
    if media_type is None:
        raise UserError("This kind of file can't go along with a notice", mend=_TAKEN)
    picture = media_type.startswith("image/")
    limit = PICTURE_LIMIT if picture else DOCUMENT_LIMIT
    if len(data) > limit:
        raise UserError(
            f"The {'picture' if picture else 'document'} is {len(data) / 1e6:,.1f} MB large, "
            f"and the most is {limit // 1_000_000} MB",
            mend="Make it smaller, or put it on a web page and give people the address.",
        )
    description = " ".join(description.split())
    if picture and not description:
        raise UserError("The picture has no description", mend="Say what it shows: some people can't see it.")
    if len(description) > LONGEST_DESCRIPTION:
        raise UserError(
            f"The description is {len(description):,} characters long, and the most is {LONGEST_DESCRIPTION}",
            mend="Say it in a sentence or two.",
        )
    if _UNPRINTABLE.search(description):
        raise UserError("The description holds a character that can't be shown", mend="Type it anew.")
    return Attachment(_name(name, _ENDINGS[media_type]), media_type, data, description)


def _type_of(data: bytes) -> str | None:
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if b"%PDF-" in data[:1024]:
        return "application/pdf"
    if data.startswith(b"PK\x03\x04"):
        return _office_type(data)
    return "text/plain" if _is_text(data) else None


def _office_type(data: bytes) -> str | None:
    """Tells a text document without macros from every other archive; nothing in it is unpacked but one short entry."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            inside = set(archive.namelist())
            if "word/document.xml" in inside and "word/vbaProject.bin" not in inside:
                return _WORD_FILE
            if "mimetype" in inside and archive.getinfo("mimetype").file_size == len(_OPEN_TEXT):
                return _OPEN_TEXT if archive.read("mimetype") == _OPEN_TEXT.encode() else None
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError):
        pass
    return None


def _is_text(data: bytes) -> bool:
    try:
        return not _UNPRINTABLE.search(data.decode("utf-8-sig").replace("\r\n", "\n").replace("\f", ""))
    except UnicodeDecodeError:
        return False


def _name(name: str, ending: str) -> str:
    """Gives a name that every system takes, with the ending that the file's own bytes ask for."""
    last = re.split(r"[\\/]", name)[-1]
    stem = _NOT_IN_A_NAME.sub(" ", last).rstrip()
    if stem.lower().endswith((*_ENDINGS.values(), ".jpeg")):
        stem = stem[: stem.rindex(".")]
    return (" ".join(stem.split()).strip(" .")[:LONGEST_NAME].rstrip(" .") or "file") + ending
