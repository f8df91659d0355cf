"""The rules that an e-mail must keep, checked on the bytes as they came over the wire.

Each broken rule is one sentence that names its source, so that whoever reads a refusal knows what to mend.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.headerregistry import HeaderRegistry
from email.message import Message
from email.utils import getaddresses, parseaddr, parsedate_to_datetime
from functools import lru_cache

HEADERS = HeaderRegistry()
LINE_LIMIT = 998
BARE = re.compile(rb"(?<!\r)\n|\r(?!\n)")
HEADER_NAME = re.compile(rb"[!-9;-~]+\Z")
MESSAGE_ID = re.compile(r"<[^<>@\s]+@[^<>@\s]+>\Z")
ONCE = ("from", "date", "message-id", "to")
AT_MOST_ONCE = (
    "subject",
    "reply-to",
    "sender",
    "cc",
    "bcc",
    "in-reply-to",
    "references",
    "mime-version",
    "content-type",
    "content-transfer-encoding",
    "list-unsubscribe",
    "list-unsubscribe-post",
)


@dataclass(slots=True)
class Mail:
    """An e-mail taken apart: what the record keeps of it, and which rules it breaks."""

    headers: dict[str, list[str]] = field(default_factory=dict)
    """Unfolded values by lower-case name, still encoded as on the wire."""
    violations: list[str] = field(default_factory=list)
    text: str = ""
    subject: str = ""
    sender: str = ""
    names: dict[str, str] = field(default_factory=dict)
    """Display names from To and Cc by lower-case address."""

    def first(self, name: str) -> str | None:
        """Gives a header's first value, None where it is missing."""
        values = self.headers.get(name)
        return values[0].strip() if values else None


def examine(raw: bytes, recipients: list[str], *, eight_bit: bool = True, strict: bool = True) -> Mail:
    """Takes an e-mail apart and checks it against RFC 5321, 5322, 2045 and 8058.

    `eight_bit` tells that the client announced BODY=8BITMIME. Without `strict` the MIME structure and each header's
    own grammar are not parsed for defects, which is several times faster; the other rules hold all the same.
    """
    mail = Mail()
    head, _, body = raw.partition(b"\r\n\r\n")
    _check_lines(mail, raw, head, body, eight_bit)
    if not mail.violations:
        _read_headers(mail, head)
    if mail.violations:
        return mail
    message = message_from_bytes(raw)
    _check_headers(mail, recipients)
    if strict:
        _check_structure(mail, message)
    mail.subject = _decoded(mail.first("subject") or "")
    mail.sender = parseaddr(mail.first("from") or "")[1]
    mail.text = _text_of(message, "text/plain") or _text_of(message, "text/")
    return mail


def html(raw: bytes) -> str:
    """Gives the decoded HTML part of an e-mail, empty where there is none."""
    return _text_of(message_from_bytes(raw), "text/html")


def _text_of(message: Message, kind: str) -> str:
    """Gives the decoded text of the first part of a kind that is not an attachment."""
    for part in message.walk():
        if part.get_content_type().startswith(kind) and part.get_content_disposition() != "attachment":
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                try:
                    text = payload.decode(part.get_content_charset("utf-8"), "replace")
                except LookupError:
                    text = payload.decode("utf-8", "replace")
                return text.replace("\r\n", "\n")
    return ""


def _decoded(value: str) -> str:
    if "=?" not in value:
        return value
    return str(make_header(decode_header(value)))


def _check_lines(mail: Mail, raw: bytes, head: bytes, body: bytes, eight_bit: bool) -> None:
    if BARE.search(raw):
        mail.violations.append("RFC 5321 2.3.8: a line ends with a bare CR or LF instead of CRLF")
    if max(map(len, raw.split(b"\r\n"))) > LINE_LIMIT:
        mail.violations.append(f"RFC 5322 2.1.1: a line is longer than {LINE_LIMIT} characters")
    if not head.isascii():
        mail.violations.append("RFC 5322 2.2: a header holds a character outside ASCII (encode it by RFC 2047)")
    if b"\0" in raw:
        mail.violations.append("RFC 5322 2.1: the message holds a NUL character")
    if not eight_bit and not body.isascii():
        mail.violations.append("RFC 6152 3: 8-bit content without BODY=8BITMIME at MAIL FROM")


def _read_headers(mail: Mail, head: bytes) -> None:
    last: list[str] | None = None
    for line in head.split(b"\r\n"):
        if line[:1] in (b" ", b"\t"):
            if last is None:
                mail.violations.append("RFC 5322 2.2.3: the first header line begins with a space")
                return
            if not line.strip():
                mail.violations.append("RFC 5322 3.2.2: a folded header has a line of nothing but spaces")
            last[-1] += line.decode("ascii")
            continue
        name, colon, value = line.partition(b":")
        if not colon or not HEADER_NAME.match(name):
            mail.violations.append("RFC 5322 2.2: a header line is not of the form 'Name: value'")
            return
        last = mail.headers.setdefault(name.decode("ascii").lower(), [])
        last.append(value.decode("ascii"))


def _check_headers(mail: Mail, recipients: list[str]) -> None:
    wrong = mail.violations
    for name in ONCE:
        if (found := len(mail.headers.get(name, ()))) != 1:
            wrong.append(f"RFC 5322 3.6: there must be exactly one {name.title()} header, found {found}")
    for name in AT_MOST_ONCE:
        if (found := len(mail.headers.get(name, ()))) > 1:
            wrong.append(f"RFC 5322 3.6: there must be at most one {name.title()} header, found {found}")
    addresses = getaddresses(mail.headers.get("to", []) + mail.headers.get("cc", []))
    mail.names = {address.lower(): _decoded(name) for name, address in addresses if name}
    listed = {address.lower() for _, address in addresses}
    if any(recipient.lower() not in listed for recipient in recipients):
        wrong.append("RFC 5321 7.2: a recipient of the envelope is not named in To or Cc")
    if "@" not in parseaddr(mail.first("from") or "")[1]:
        wrong.append("RFC 5322 3.6.2: From holds no address")
    if (message_id := mail.first("message-id")) is not None and not MESSAGE_ID.match(message_id):
        wrong.append("RFC 5322 3.6.4: Message-ID is not of the form <left@right>")
    try:
        parsedate_to_datetime(mail.first("date") or "")
    except ValueError:
        wrong.append("RFC 5322 3.3: Date is not a date")
    if "content-type" in mail.headers and mail.first("mime-version") != "1.0":
        wrong.append("RFC 2045 4: Content-Type without 'MIME-Version: 1.0'")
    if (one_click := mail.first("list-unsubscribe-post")) is not None:
        if one_click != "List-Unsubscribe=One-Click":
            wrong.append("RFC 8058 3.1: List-Unsubscribe-Post must say 'List-Unsubscribe=One-Click'")
        if "<https://" not in (mail.first("list-unsubscribe") or ""):
            wrong.append("RFC 8058 3.1: List-Unsubscribe-Post without an https address in List-Unsubscribe")


def _check_structure(mail: Mail, message: Message) -> None:
    for part in message.walk():
        for name, value in part.items():
            mail.violations.extend(_header_defects(name, value))
        payload = None if part.is_multipart() else part.get_payload(decode=True)
        encoding = str(part.get("content-transfer-encoding", "7bit")).strip().lower()
        if isinstance(payload, bytes) and encoding == "7bit" and not payload.isascii():
            mail.violations.append("RFC 2045 2.7: 8-bit content in a part that says 7bit")
        for defect in part.defects:
            mail.violations.append(f"RFC 2045: broken MIME structure ({type(defect).__name__})")


@lru_cache(maxsize=4096)
def _header_defects(name: str, value: str) -> tuple[str, ...]:
    """Parses one header by its own grammar; remembered, because most headers are the same in many messages."""
    try:
        parsed = HEADERS(name, "".join(value.splitlines()))
    except (HeaderParseError, IndexError, AttributeError, ValueError):
        return (f"RFC 5322: malformed {name} header",)
    return tuple(f"RFC 5322: malformed {name} header ({type(d).__name__})" for d in parsed.defects)
