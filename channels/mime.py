"""The making of an e-mail: once for a notice, then quickly for each person.

Quoted-printable works line by line (RFC 2045 6.7), so every line without a field is encoded once, and only the
lines with somebody's name in them are encoded again for each person. An `EmailMessage` for each takes a hundred
times as long.
"""

from __future__ import annotations

import re
from base64 import encodebytes
from binascii import b2a_base64, b2a_qp
from collections.abc import Mapping
from functools import lru_cache
from itertools import groupby
from urllib.parse import quote

from core.forms import EmailForm
from core.letter import PICTURE
from core.notices import Attachment
from core.placeholders import Template, has_hole

# "=_" can't occur in quoted-printable text, so no text can hold this by accident (RFC 2045 6.7).
_BOUNDARY = b"=_ringround"
_TEXT = b"Content-Type: text/%s; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
_PART = b"--" + _BOUNDARY + b"\r\n" + _TEXT
_HEAD = b"Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
_ALTERNATIVES = b'Content-Type: multipart/alternative; boundary="' + _BOUNDARY + b'"\r\n\r\n'
_END = b"\r\n--" + _BOUNDARY + b"--\r\n"

# A calendar entry goes in twice, as Google's own invitations have it: among the alternatives, where Outlook and Gmail
# look for it and offer to answer, and as a file, for programs that know no more than files. In base64, as Outlook
# sends it: programs have stumbled over the line ends of iCalendar in quoted-printable.
_OUTER = b"=_with_files"  # no boundary may begin with another (RFC 2046 5.1.2)
_MIXED = b'Content-Type: multipart/mixed; boundary="' + _OUTER + b'"\r\n\r\n--' + _OUTER + b"\r\n"
_ENTRY = (
    b"\r\n--" + _BOUNDARY + b"\r\n"
    b"Content-Type: text/calendar; charset=utf-8; method=%s\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n"
)
_ENTRY_FILE = (
    b"--" + _OUTER + b"\r\n"
    b'Content-Type: application/ics; name="meeting.ics"\r\n'
    b'Content-Disposition: attachment; filename="meeting.ics"\r\n'
    b"Content-Transfer-Encoding: base64\r\n\r\n"
)
_OUTER_END = b"\r\n--" + _OUTER + b"--\r\n"

# A picture belongs to the HTML that shows it (RFC 2387).
_RELATED = b"=_picture"
_WITH_PICTURE = (
    b"--" + _BOUNDARY + b"\r\n"
    b'Content-Type: multipart/related; type="text/html"; boundary="' + _RELATED + b'"\r\n\r\n'
    b"--" + _RELATED + b"\r\n" + _TEXT % b"html"
)
_RELATED_END = b"\r\n--" + _RELATED + b"--"

_PLAIN = re.compile(r"[ -~]{1,60}")
_WORD = 39  # bytes in one encoded word: with "Reply-To: " before it the line stays within 76 (RFC 2047 2)


class MailFile:
    """A picture or document, encoded once for all of a notice's e-mails."""

    def __init__(self, attachment: Attachment) -> None:
        self.picture = attachment.picture
        about = b"Content-Description: " + unstructured(attachment.description) + b"\r\n"
        shown = (
            b"Content-ID: <" + PICTURE.encode() + b">\r\nContent-Disposition: inline"
            if self.picture
            else b"Content-Disposition: attachment"
        )
        name = attachment.name
        filename = f'filename="{name}"' if _PLAIN.fullmatch(name) else f"filename*=utf-8''{quote(name, safe='')}"
        self.part = b"".join(
            (
                b"\r\n--" + (_RELATED if self.picture else _OUTER) + b"\r\n",
                b"Content-Type: " + attachment.media_type.encode() + b"\r\n",
                about if attachment.description else b"",
                shown + b";\r\n " + filename.encode() + b"\r\n",  # RFC 2231 4
                b"Content-Transfer-Encoding: base64\r\n\r\n",
                encodebytes(attachment.data).replace(b"\n", b"\r\n").removesuffix(b"\r\n"),
            )
        )


class MailForm:
    """An e-mail that waits for a person's name and address. `sender` and `reply_to` are header values."""

    def __init__(self, form: EmailForm, *, sender: bytes, reply_to: bytes | None) -> None:
        answer = b"Reply-To: " + reply_to + b"\r\n" if reply_to else b""
        head = b"From: " + sender + b"\r\n" + answer + _HEAD
        self._head = head + _ALTERNATIVES + _PART % b"plain"
        self._head_with_files = head + _MIXED + _ALTERNATIVES + _PART % b"plain"
        self.form = form
        self._plain = _Body(form.plain)
        self._html = _Body(form.html)

    def fill(
        self,
        fields: Mapping[str, str],
        headers: bytes,
        entry: tuple[str, bytes] | None = None,
        file: MailFile | None = None,
    ) -> bytes:
        """Gives the whole e-mail, each line ending in CRLF and no longer than 998 octets.

        `headers` are the lines that belong to this one message alone, such as To and Message-ID. `entry` is a
        calendar entry: its method (RFC 6047 2.4) and iCalendar text in UTF-8.
        """
        picture = file.part if file and file.picture else b""
        document = file.part if file and not file.picture else b""
        among_alternatives, as_file = _entry(*entry) if entry else (b"", b"")
        return b"".join(
            (
                headers,
                b"Subject: ",
                unstructured(self.form.subject.fill(fields)),
                b"\r\n",
                self._head_with_files if entry or document else self._head,
                self._plain.fill(fields),
                b"\r\n",
                _WITH_PICTURE if picture else _PART % b"html",
                self._html.fill(fields),
                picture,
                _RELATED_END if picture else b"",
                among_alternatives,
                _END,
                as_file,
                document,
                _OUTER_END if entry or document else b"",
            )
        )


class _Body:
    """A text in quoted-printable with the lines that hold fields still open."""

    def __init__(self, template: Template) -> None:
        self._blocks: list[bytes | Template] = []
        for open_, lines in groupby(template.marked.removesuffix("\n").split("\n"), has_hole):
            block = "".join(f"{line}\n" for line in lines)
            self._blocks.append(Template.from_marked(block, template.escape) if open_ else _quoted_printable(block))

    def fill(self, fields: Mapping[str, str]) -> bytes:
        return b"".join(
            [block if isinstance(block, bytes) else _quoted_printable(block.fill(fields)) for block in self._blocks]
        )


def _entry(method: str, text: bytes) -> tuple[bytes, bytes]:
    """Gives a calendar entry as one of the alternatives, and as a file."""
    encoded = b2a_base64(text, newline=False)
    lines = b"\r\n".join([encoded[at : at + 76] for at in range(0, len(encoded), 76)])  # RFC 2045 6.8
    return _ENTRY % method.encode() + lines, _ENTRY_FILE + lines


def _quoted_printable(text: str) -> bytes:
    return b2a_qp(text.encode("utf-8", "replace").replace(b"\n", b"\r\n"))


def mailbox(name: str, address: bytes) -> bytes:
    """Gives a person and their address as they stand in From, To or Reply-To (RFC 5322 3.4)."""
    name = " ".join(name.split())
    if not name:
        return address
    if _PLAIN.fullmatch(name) and "=?" not in name:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"').encode()
        return b'"' + quoted + b'" <' + address + b">"
    return _encoded_words(name) + b"\r\n <" + address + b">"


@lru_cache(64)
def unstructured(text: str) -> bytes:
    """Gives a text as it stands in a header such as Subject."""
    text = " ".join(text.split())
    return text.encode() if _PLAIN.fullmatch(text) and "=?" not in text else _encoded_words(text)


def _encoded_words(text: str) -> bytes:
    """Encodes any text (RFC 2047), a folded line for each word; a character is never cut in two."""
    words = [b""]
    for character in text:
        encoded = character.encode("utf-8", "replace")
        if len(words[-1]) + len(encoded) > _WORD:
            words.append(b"")
        words[-1] += encoded
    return b"\r\n ".join([b"=?utf-8?b?" + b2a_base64(word, newline=False) + b"?=" for word in words])
