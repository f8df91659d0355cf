"""E-mail over SMTP (RFC 5321): the message, the dialogue over connections that stay open, and the log-in."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parseaddr
from functools import lru_cache
from typing import TYPE_CHECKING

from channels.base import Limits, Message, RawCallback, Rendered, Surroundings, described
from channels.mime import MailFile, MailForm, mailbox
from channels.smtp_line import RestingLines, SmtpLine
from channels.smtp_replies import NAME, after_content, after_envelope, mail_receipt
from core.content import Content
from core.errors import ConfigError, UserError
from core.forms import email_form
from core.links import Links
from core.notices import Attachment
from core.receipts import Inbound, Outcome, Receipt

if TYPE_CHECKING:
    import aiosmtplib

_FORMS = 16  # notices on their way at the same time
_FILES = 2  # each may take 27 MB

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")

_WHICH_TLS = "Port 587 wants RINGROUND_EMAIL__TLS=starttls, port 465 wants tls; none is for a server on this machine."


class Mail:
    """The e-mail channel.

    Of these seconds `patience` bounds all that goes before the content and `data_patience` the answer to it (ten
    minutes, RFC 5321 4.5.3.2.6): together less than the lease. A connection stays open for `rest` unused.
    """

    name = NAME
    proves = False

    def __init__(
        self,
        surroundings: Surroundings,
        *,
        patience: float = 55.0,
        data_patience: float = 600.0,
        rest: float = 60.0,
    ) -> None:
        settings = surroundings.settings
        self._settings = settings.email
        self._clock = surroundings.clock
        self._group = surroundings.group
        self._speech = surroundings.catalogues.speech
        self._listening = settings.mailbox.on
        self._links = Links(settings.public_url, surroundings.secret) if settings.public_url else None
        self._one_click = settings.public_url.startswith("https://")  # RFC 8058 3.1
        self._sender = _on_the_wire(parseaddr(self._settings.from_)[1])
        if not self._sender:
            raise ConfigError(
                "There is no address for e-mails to come from",
                where="RINGROUND_EMAIL__FROM",
                mend="Set it to the group's own e-mail address.",
            )
        self._domain = self._sender.rpartition(b"@")[2].decode()
        self._patience = patience
        self._data_patience = data_patience
        self._tls: ssl.SSLContext | None = None
        self._host_name: str | None = None
        self._room = asyncio.Semaphore(self._settings.connections)
        self._lines = RestingLines(rest)
        self._form = lru_cache(_FORMS)(self._make_form)
        self._file = lru_cache(_FILES)(MailFile)
        self.limits = Limits(
            rate=self._settings.rate,
            concurrency=self._settings.connections,
            lease=timedelta(seconds=660),
        )

    async def open(self) -> None:
        """Does nothing: connections are made as they are needed."""

    async def close(self) -> None:
        """Says goodbye on every connection."""
        await self._lines.close()

    async def send(self, message: Message) -> Receipt:
        """Sends one e-mail to one person (see `channels.smtp_replies` for what becomes of it)."""
        recipient = _on_the_wire(message.address)
        if not recipient:
            return mail_receipt(Outcome.REFUSED, "address", "This is not an e-mail address.", dead=True)
        try:
            content = self._compose(message, recipient)
        except UserError as error:
            return mail_receipt(Outcome.REFUSED, "words", error.what)
        envelope = (b"MAIL FROM:<%s>\r\n" % self._sender, b"RCPT TO:<%s>\r\n" % recipient, b"DATA\r\n")
        async with self._room:
            receipt = await self._deliver(envelope, content)
        if receipt.outcome is not Outcome.ACCEPTED:
            return receipt
        return Receipt(Outcome.ACCEPTED, NAME, receipt.status, ref=self._message_id(message))

    def render(self, message: Message) -> Rendered:
        """Shows the plain part; raises UserError for words that can't be sent."""
        form = self._form(message.content, described(message.attachment)).form
        fields = self._fields(message)
        return Rendered(form.subject.fill(fields), form.plain.fill(fields))

    def read(self, raw: RawCallback) -> list[Receipt | Inbound]:
        """Understands a letter from the group's mailbox (see `channels.letters`); raises ValueError if it is none."""
        from channels.letters import read_letter

        return read_letter(raw.body)

    async def find(self, message: Message, since: datetime) -> Receipt | None:
        """Gives None: a mail server can't be asked what became of a message."""
        return None

    async def check(self) -> None:
        """Connects and logs in; raises ConfigError."""
        try:
            async with asyncio.timeout(self._patience):
                line = await self._connect()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told in plain words
            trouble, mend = _no_connection(error)
            raise ConfigError(trouble.reason, where="the settings for e-mail", mend=mend) from None
        await line.quit()

    # The message.

    def _make_form(self, content: Content, attachment: Attachment | None) -> MailForm:
        reply_to = _on_the_wire(self._group.reply_to or "")
        return MailForm(
            email_form(
                content,
                self._group,
                self._speech(content.language),
                listening=self._listening,
                own_page=self._links is not None,
                attachment=attachment,
            ),
            sender=mailbox(self._group.name, self._sender),
            reply_to=mailbox(self._group.name, reply_to) if reply_to else None,
        )

    def _compose(self, message: Message, recipient: bytes) -> bytes:
        delivery = message.delivery
        headers = [
            b"To: " + mailbox(message.name, recipient),
            f"Message-ID: {self._message_id(message)}".encode(),
            _date(int(self._clock.now().timestamp())),
            f"X-Ringround-Delivery: {delivery}".encode(),
            f"X-Ringround-Attempt: {message.attempt}".encode(),
        ]
        if self._links:
            headers.append(f"List-Unsubscribe: <{self._links.unsubscribe(delivery)}>".encode())
            if self._one_click:
                headers.append(b"List-Unsubscribe-Post: List-Unsubscribe=One-Click")
        entry = None
        if message.calendar:
            entry = message.calendar.method, message.calendar.to(message.name, recipient.decode())
        form = self._form(message.content, described(message.attachment))
        file = self._file(message.attachment) if message.attachment else None
        return form.fill(self._fields(message), b"\r\n".join([*headers, b""]), entry, file)

    def _fields(self, message: Message) -> Mapping[str, str]:
        if self._links is None:
            return message.fields
        return {**message.fields, "_visit": self._links.visit(message.delivery)}

    def _message_id(self, message: Message) -> str:
        """The same over all attempts, so that a mailbox can tell a repeat."""
        return f"<{message.delivery}@{self._domain}>"

    # The dialogue.

    async def _deliver(self, envelope: Sequence[bytes], content: bytes) -> Receipt:
        line: SmtpLine | None = None
        try:
            async with asyncio.timeout(self._patience):
                line = self._lines.take() or await self._connect()
                replies = await line.offer(envelope)
                if line.given_up(replies):  # nothing has been handed over yet, so nobody is told twice
                    line.close()
                    line = await self._connect()
                    replies = await line.offer(envelope)
            return after_envelope(replies) or after_content(await line.hand_over(content, self._data_patience))
        except Exception as error:  # noqa: BLE001 - a provider's fault is an answer, not an error of ours
            return _no_connection(error)[0]
        finally:
            if line is not None:
                self._lines.put_back(line)

    async def _connect(self) -> SmtpLine:
        """Makes a connection that is ready for mail; raises aiosmtplib's and the network's own errors."""
        import aiosmtplib

        part = self._settings
        if part.tls != "none" and self._tls is None:
            self._tls = ssl.create_default_context()
        client = aiosmtplib.SMTP(
            hostname=part.host,
            port=part.port,
            username=part.username or None,
            password=part.password.get_secret_value() if part.username else None,
            local_hostname=self._host_name,
            use_tls=part.tls == "tls",
            start_tls=part.tls == "starttls",
            tls_context=self._tls,
        )
        try:
            await client.connect()
            if client.is_ehlo_or_helo_needed:
                await _greet(client)
            assert client.transport is not None
            line = SmtpLine(client.transport, pipelining=client.supports_extension("pipelining"))
        except BaseException:
            client.close()
            raise
        self._host_name = client.local_hostname  # looking it up may take seconds
        return line


@lru_cache(1)
def _date(second: int) -> bytes:
    """Gives the Date header; a second has thousands of messages."""
    return f"Date: {format_datetime(datetime.fromtimestamp(second, UTC))}".encode()


async def _greet(client: aiosmtplib.SMTP) -> None:
    from aiosmtplib import SMTPHeloError

    try:
        await client.ehlo()
    except SMTPHeloError:
        await client.helo()


def _on_the_wire(address: str) -> bytes:
    """Gives an address in ASCII, its domain in Punycode where need be; empty where it can't be one."""
    if _ADDRESS.fullmatch(address):
        return address.encode()
    if address.isascii():
        return b""
    from email_validator import EmailNotValidError, validate_email

    try:
        return (validate_email(address, check_deliverability=False).ascii_email or "").encode()
    except EmailNotValidError:
        return b""


def _no_connection(error: Exception) -> tuple[Receipt, str]:
    """Says why there is no connection, and how to mend it. The errors' own words hold names and addresses."""
    import aiosmtplib

    code = getattr(error, "code", 0)
    cause = error if isinstance(error, ssl.SSLError) else error.__cause__
    if isinstance(error, aiosmtplib.SMTPAuthenticationError) and code >= 500:
        return (
            mail_receipt(Outcome.BROKEN, str(code), "The mail server refuses the user name or the password."),
            "Check RINGROUND_EMAIL__USERNAME and RINGROUND_EMAIL__PASSWORD. Many providers want an app password, "
            "made in the account's security settings.",
        )
    if isinstance(cause, ssl.SSLCertVerificationError):
        return (
            mail_receipt(Outcome.BROKEN, "certificate", "The mail server's certificate can't be trusted."),
            "RINGROUND_EMAIL__HOST must be the name that the provider gives, not a number or a short name.",
        )
    if isinstance(cause, ssl.SSLError):
        return (
            mail_receipt(Outcome.BROKEN, "tls", "The mail server does not speak TLS on this port."),
            _WHICH_TLS,
        )
    if isinstance(error, aiosmtplib.SMTPResponseException):
        outcome = Outcome.BROKEN if code >= 500 else Outcome.DEFERRED
        return (
            mail_receipt(outcome, str(code), "The mail server does not want to talk to us just now.", wide=True),
            f"Wait a while. If it stays so, ask the mail provider what its answer {code} means.",
        )
    if isinstance(error, TimeoutError):
        return (
            mail_receipt(Outcome.DEFERRED, "timeout", "The mail server does not answer.", wide=True),
            f"Check RINGROUND_EMAIL__HOST and RINGROUND_EMAIL__PORT. {_WHICH_TLS}",
        )
    if isinstance(cause, socket.gaierror):
        return (
            mail_receipt(
                Outcome.DEFERRED,
                "name",
                "There is no mail server of that name, or no connection to the Internet.",
                wide=True,
            ),
            "Check RINGROUND_EMAIL__HOST.",
        )
    if isinstance(error, OSError):
        return (
            mail_receipt(Outcome.DEFERRED, "connection", "There is no connection to the mail server.", wide=True),
            "Check RINGROUND_EMAIL__HOST and RINGROUND_EMAIL__PORT, and that this machine is on the Internet.",
        )
    if isinstance(error, aiosmtplib.SMTPException):
        return (
            mail_receipt(Outcome.BROKEN, "not offered", "The mail server offers no TLS or no log-in here."),
            _WHICH_TLS,
        )
    return mail_receipt(Outcome.BROKEN, type(error).__name__, "Something is wrong with the e-mail channel itself."), ""
