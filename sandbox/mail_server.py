"""An SMTP server that behaves like a strict relay, keeps what it accepts, and fails when it is told to.

Built on aiosmtpd: EHLO with SIZE, 8BITMIME and PIPELINING, STARTTLS or implicit TLS with the caller's own
certificate, AUTH PLAIN and LOGIN.
"""

from __future__ import annotations

import asyncio
import ssl

from sandbox.faults import Faults
from sandbox.listener import Listener
from sandbox.mail_conversation import Conversation
from sandbox.record import Record


class MailServer:
    """The relay: its listening socket, its open conversations and its settings.

    `user` and `password` switch AUTH on and make it required. `tls` is "none", "starttls" (then MAIL before
    STARTTLS is refused) or "tls", with `context` as the server's certificate. `strict` parses each message in full.
    """

    def __init__(
        self,
        record: Record,
        faults: Faults,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        user: str | None = None,
        password: str | None = None,
        tls: str = "none",
        context: ssl.SSLContext | None = None,
        strict: bool = True,
    ) -> None:
        if tls not in ("none", "starttls", "tls"):
            raise ValueError(f"tls is none, starttls or tls, not {tls!r}")
        if (tls == "none") != (context is None):
            raise ValueError("tls and context go together")
        self.record = record
        self.faults = faults
        self.user = user
        self.password = password
        self.tls = tls
        self.context = context
        self.strict = strict
        self.conversations: set[Conversation] = set()
        self.listener = Listener(self._conversation, host, port, context if tls == "tls" else None)

    def _conversation(self) -> Conversation:
        return Conversation(self)

    async def open(self) -> None:
        """Starts to listen."""
        await self.listener.open()

    async def close(self) -> None:
        """Stops listening and cuts every conversation."""
        self.listener.close()
        tasks = [task for conversation in list(self.conversations) if (task := conversation.abort())]
        await asyncio.gather(*tasks, return_exceptions=True)
