"""What people do by e-mail: they write to the group, and the group's mailbox keeps it."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from mailbox import Maildir
from pathlib import Path

from sandbox.record import Record, now


class MailPeople:
    """Writes e-mails as the participants; `inbox` is the group's mailbox, oldest first, and `maildir` the same."""

    def __init__(self, record: Record, maildir: Path | None = None) -> None:
        self.inbox: list[bytes] = []
        self._maildir = Maildir(maildir) if maildir else None
        self._record = record

    def writes(self, sender: str, text: str, subject: str, in_reply_to: str | None, to: str) -> bytes:
        """Puts an e-mail into the group's mailbox and gives it as bytes."""
        mail = EmailMessage()
        mail["From"] = sender
        mail["To"] = to
        mail["Subject"] = " ".join(subject.split()) or "(no subject)"
        mail["Date"] = format_datetime(now())
        mail["Message-ID"] = make_msgid(domain="people.sandbox.example")
        if in_reply_to:
            mail["In-Reply-To"] = mail["References"] = in_reply_to
        mail.set_content(text)
        raw = mail.as_bytes()
        self.inbox.append(raw)
        if self._maildir is not None:
            self._maildir.add(raw)
        self._record.inbound("email", to=to, sender=sender, text=text, subject=subject)
        return raw
