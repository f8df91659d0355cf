"""One SMTP conversation: the commands, the points at which a failure can strike, and the keeping of a message."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, NoReturn

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from sandbox.failures import Act, How
from sandbox.faults import Fault
from sandbox.mail_rules import Mail, examine
from sandbox.record import Request

if TYPE_CHECKING:
    from sandbox.mail_server import MailServer

SIZE_LIMIT = 25 * 1024 * 1024
PLAIN_PATH = re.compile(r"<([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+)>(.*)\Z")


class Dropped(ConnectionResetError):
    """The connection has been cut on purpose; aiosmtpd ends a conversation quietly on this kind of error."""


class Conversation(SMTP):
    """One connection of a client."""

    line_length_limit = SIZE_LIMIT
    """Bounds the read buffer: a message is read in one piece, and its lines are measured by `mail_rules`."""

    def __init__(self, server: MailServer) -> None:
        self.server = server
        super().__init__(
            _Hooks(),
            data_size_limit=SIZE_LIMIT,
            hostname="sandbox.example",
            ident="ESMTP",
            tls_context=server.context if server.tls == "starttls" else None,
            require_starttls=server.tls == "starttls",
            auth_require_tls=False,
            authenticator=self._authenticate_user,
            loop=asyncio.get_running_loop(),
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Joins the server's open conversations."""
        super().connection_made(transport)
        self.server.conversations.add(self)
        if self._handler_coroutine is not None:
            self._handler_coroutine.add_done_callback(_looked_at)

    def connection_lost(self, error: Exception | None) -> None:
        """Leaves the server's open conversations."""
        self.server.conversations.discard(self)
        super().connection_lost(error)

    def abort(self) -> asyncio.Task[None] | None:
        """Cuts the connection at once and gives the task that was talking, for the caller to await."""
        transport = self._original_transport or self.transport
        if transport is not None:
            transport.abort()  # type: ignore[attr-defined] # declared too broadly in aiosmtpd
        if self._handler_coroutine is not None:
            self._handler_coroutine.cancel()
        return self._handler_coroutine

    async def _handle_client(self) -> None:
        try:
            if hit := self.struck("connect"):
                await self.push(hit[1].reply)
                self.cut()
            await super()._handle_client()
        except ConnectionError:
            return

    def struck(self, point: str, to: str | None = None) -> tuple[Fault, How] | None:
        """Gives the failure that strikes at this point of the conversation, None if none does."""
        return self.server.faults.take("email", point, to)

    async def say(self, reply: str) -> str:
        """Gives a failure's reply back for aiosmtpd to send, except 421, after which a server hangs up."""
        if reply.startswith("421"):
            await self.push(reply)
            self.cut()
        return reply

    def cut(self) -> NoReturn:
        """Closes the connection without another word."""
        if self.transport is not None:
            self.transport.close()
        raise Dropped

    async def check_auth_needed(self, caller_method: str) -> bool:
        """Refuses mail from a client that has not logged in, where the server has a password."""
        if self.server.user is not None and self.session is not None and not self.session.authenticated:
            await self.push("530 5.7.0 Authentication required")
            return True
        return False

    def _authenticate_user(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any
    ) -> AuthResult:
        if hit := self.struck("auth"):
            return AuthResult(success=False, handled=False, message=hit[1].reply)
        right = (
            isinstance(data, LoginPassword)
            and self.server.user is not None
            and data.login == self.server.user.encode()
            and data.password == (self.server.password or "").encode()
        )
        return AuthResult(success=right, handled=False, auth_data=data)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        if plain := PLAIN_PATH.match(arg):
            return plain[1], plain[2]
        return super()._getaddr(arg)

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's name
        """Takes the message, checks it, keeps it and answers; most failures strike here."""
        assert self.envelope is not None
        if await self.check_helo_needed() or await self.check_auth_needed("DATA"):
            return
        if not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Error: need RCPT command")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        with self.server.record.request("email", self.envelope.rcpt_tos[0]) as request:
            if answer := await self._exchange(request, self.envelope):
                await self.push(await self.say(answer))
        self._set_post_data_state()  # type: ignore[no-untyped-call]

    async def _exchange(self, request: Request, envelope: Envelope) -> str:
        to = request.to
        if (hit := self.struck("data", to)) and (refusal := await self._strike(hit, request, envelope)):
            return refusal
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        raw = await self._read_message()
        hit = self.struck("dot", to)
        if hit and (refusal := await self._strike(hit, request, envelope)):
            return refusal
        await self.server.faults.pause("email")
        mail = examine(
            raw,
            envelope.rcpt_tos,
            eight_bit="BODY=8BITMIME" in envelope.mail_options,
            strict=self.server.strict,
        )
        if mail.violations:
            return self._refuse(request, envelope, "554 5.6.0 " + "; ".join(mail.violations), mail)
        self._keep(request, envelope, mail, raw)
        if hit:
            await self._strike_after(hit)
        await self.server.faults.pause("email")
        return f"250 2.0.0 OK queued as {self.server.record.total}"

    async def _read_message(self) -> bytes:
        """Reads up to the lone dot and takes the stuffed dots out (RFC 5321 4.5.2)."""
        data = bytearray()
        try:
            while len(data) <= SIZE_LIMIT and data != b".\r\n" and not data.endswith(b"\r\n.\r\n"):
                data += await self._reader.readuntil(b".\r\n")
            too_big = len(data) > SIZE_LIMIT
        except asyncio.LimitOverrunError:
            too_big = True
        if too_big:
            await self.push("552 5.3.4 Message too big for this server")
            self.cut()
        del data[-3:]
        if data.startswith(b"."):
            del data[0]
        return bytes(data).replace(b"\r\n.", b"\r\n")

    async def _strike(self, hit: tuple[Fault, How], request: Request, envelope: Envelope) -> str | None:
        """Lets a failure happen before the message is kept; gives the answer that refuses it, if that is the act."""
        fault, how = hit
        if how.act is Act.REPLY:
            return self._refuse(request, envelope, how.reply)
        if how.act is Act.SLOW:
            await asyncio.sleep(fault.seconds or 1)
        if how.act is Act.DROP or (how.act is Act.HANG and not await self.server.faults.hang(fault.seconds)):
            self.cut()
        return None

    async def _strike_after(self, hit: tuple[Fault, How]) -> None:
        """Lets a failure happen after the message has been kept, before the answer."""
        fault, how = hit
        if how.act is Act.DROP_KEPT:
            self.cut()
        if how.act is Act.HANG_KEPT and not await self.server.faults.hang(fault.seconds):
            self.cut()

    def refuse_recipient(self, envelope: Envelope, address: str, answer: str) -> None:
        """Records a recipient that was refused before any message came."""
        self.server.record.turn_away("email", to=address, sender=envelope.mail_from or "", reason=answer)

    def _refuse(self, request: Request, envelope: Envelope, answer: str, mail: Mail | None = None) -> str:
        self.server.record.refuse(
            request,
            to=request.to,
            sender=envelope.mail_from or "",
            text="",
            reason=answer,
            kind="violation" if mail else "refused",
        )
        return answer

    def _keep(self, request: Request, envelope: Envelope, mail: Mail, raw: bytes) -> None:
        for recipient in envelope.rcpt_tos:
            self.server.record.accept(
                request,
                to=recipient,
                sender=mail.sender,
                text=mail.text,
                subject=mail.subject,
                ref=mail.first("message-id") or "",
                delivery=mail.first("x-ringround-delivery"),
                attempt=mail.first("x-ringround-attempt"),
                name=mail.names.get(recipient.lower()),
                raw=raw,
                extra={"envelope_from": envelope.mail_from},
            )


class _Hooks:
    """What aiosmtpd asks at each command; it finds these methods by their names."""

    async def handle_EHLO(  # noqa: N802
        self, server: Conversation, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        kept = [line for line in responses if not line.startswith("250-AUTH") or server.server.user is not None]
        return [*kept[:-1], "250-PIPELINING", "250-ENHANCEDSTATUSCODES", "250 HELP"]

    async def handle_MAIL(  # noqa: N802
        self, server: Conversation, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if hit := server.struck("mail"):
            return await server.say(hit[1].reply)
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: Conversation, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if hit := server.struck("rcpt", address):
            server.refuse_recipient(envelope, address, hit[1].reply)
            return await server.say(hit[1].reply)
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_QUIT(  # noqa: N802
        self, server: Conversation, session: Session, envelope: Envelope
    ) -> str:
        if server.struck("quit"):
            server.cut()
        return "221 2.0.0 Bye"


def _looked_at(task: asyncio.Task[None]) -> None:
    """Fetches a finished conversation's error, so that asyncio does not report it as never looked at."""
    if not task.cancelled():
        task.exception()
