"""The making of an e-mail: once for a notice, then quickly for each person.

Quoted-printable works line by line (RFC 2045 6.7), so every line without a field is encoded once, and only the
lines with somebody's name in them are encoded again for each person. An `EmailMessage` for each takes a hundred
times as long.
"""

from __future__ import annotations

import re
from binascii import b2a_base64, b2a_qp
from collections.abc import Mapping
from functools import lru_cache
from itertools import groupby

from core.forms import EmailForm
from core.placeholders import Template, has_hole

# "=_" can't occur in quoted-printable text, so no text can hold this by accident (RFC 2045 6.7).
_BOUNDARY = b"=_ringround"
_PART = (
    b"--" + _BOUNDARY + b"\r\n"
    b"Content-Type: text/%s; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
)
_HEAD = b"Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
_ALTERNATIVES = b'Content-Type: multipart/alternative; boundary="' + _BOUNDARY + b'"\r\n\r\n'
_END = b"\r\n--" + _BOUNDARY + b"--\r\n"

# A calendar entry goes in twice, as Google's own invitations have it: among the alternatives, where Outlook and Gmail
# look for it and offer to answer, and as a file, for programs that know no more than files. In base64, as Outlook
# sends it: programs have stumbled over the line ends of iCalendar in quoted-printable.
_OUTER = b"=_with_entry"  # neither boundary may begin with the other (RFC 2046 5.1.2)
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

_PLAIN = re.compile(r"[ -~]{1,60}")
_WORD = 39  # bytes in one encoded word: with "Reply-To: " before it the line stays within 76 (RFC 2047 2)


class MailForm:
    """An e-mail that waits for a person's name and address. `sender` and `reply_to` are header values."""

    def __init__(self, form: EmailForm, *, sender: bytes, reply_to: bytes | None) -> None:
        answer = b"Reply-To: " + reply_to + b"\r\n" if reply_to else b""
        head = b"From: " + sender + b"\r\n" + answer + _HEAD
        self._head = head + _ALTERNATIVES + _PART % b"plain"
        self._head_with_entry = head + _MIXED + _ALTERNATIVES + _PART % b"plain"
        self.form = form
        self._plain = _Body(form.plain)
        self._html = _Body(form.html)

    def fill(self, fields: Mapping[str, str], headers: bytes, entry: tuple[str, bytes] | None = None) -> bytes:
        """Gives the whole e-mail, each line ending in CRLF and no longer than 998 octets.

        `headers` are the lines that belong to this one message alone, such as To and Message-ID. `entry` is a
        calendar entry: its method (RFC 6047 2.4) and iCalendar text in UTF-8.
        """
        return b"".join(
            (
                headers,
                b"Subject: ",
                unstructured(self.form.subject.fill(fields)),
                b"\r\n",
                self._head_with_entry if entry else self._head,
                self._plain.fill(fields),
                b"\r\n",
                _PART % b"html",
                self._html.fill(fields),
                _end_with_entry(*entry) if entry else _END,
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


def _end_with_entry(method: str, text: bytes) -> bytes:
    encoded = b2a_base64(text, newline=False)
    lines = b"\r\n".join([encoded[at : at + 76] for at in range(0, len(encoded), 76)])  # RFC 2045 6.8
    return b"".join((_ENTRY % method.encode(), lines, _END, _ENTRY_FILE, lines, _OUTER_END))


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
