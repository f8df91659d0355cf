"""A mailbox on a mail server: a folder that is read by IMAP (RFC 9051)."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from imaplib import IMAP4, IMAP4_SSL
from typing import ParamSpec, TypeVar

from config.settings import MailboxSettings
from core.errors import ConfigError, OperatorError
from scheduler.mailbox import LARGEST, Letter

P = ParamSpec("P")
R = TypeVar("R")

PATIENCE = 30.0
"""Seconds that one answer of the server may take."""

READ = "read"
"""The bookmark: UIDVALIDITY and the last UID that was read (RFC 9051, section 2.3.1.1)."""

_ADDRESS = "Check RINGROUND_MAILBOX__HOST, __PORT and __TLS, and that this machine is on the Internet."
_LOGIN = "Check RINGROUND_MAILBOX__USERNAME and __PASSWORD; some providers want an app password."
_FOLDER = "Check RINGROUND_MAILBOX__FOLDER."


class Imap:
    """A folder of an IMAP server. It is opened for reading alone, so that letters stay unread for people."""

    def __init__(
        self, settings: MailboxSettings, context: ssl.SSLContext | None = None, patience: float = PATIENCE
    ) -> None:
        self._settings, self._context, self._patience = settings, context, patience
        self.name = f"{settings.username}@{settings.host}/{settings.folder}"

    async def letters(self, marks: Mapping[str, str]) -> AsyncGenerator[Letter, None]:
        """See `Box.letters`."""
        async with self._opened() as client:
            validity, following = await self._ask(_examined, client, self._settings.folder)
            known, _, last = marks.get(READ, "").partition(":")
            if known != validity:  # never read, or the server has numbered its letters anew
                yield Letter(b"", {READ: f"{validity}:{following - 1}"})
                return
            for uid in await self._ask(_uids, client, int(last)):
                yield Letter(await self._ask(_letter, client, uid), {READ: f"{validity}:{uid}"})

    async def check(self) -> None:
        """Logs in and opens the folder; raises ConfigError with how to mend it."""
        try:
            async with self._opened() as client:
                await self._ask(_examined, client, self._settings.folder)
        except OperatorError as error:
            raise ConfigError(error.what, where="the settings for the mailbox", mend=error.mend or _ADDRESS) from None

    @asynccontextmanager
    async def _opened(self) -> AsyncGenerator[IMAP4, None]:
        client = await self._ask(self._logged_in)
        try:
            yield client
            with suppress(OperatorError):
                await self._ask(client.logout)
        finally:
            with suppress(OSError):
                client.sock.shutdown(socket.SHUT_RDWR)  # wakes a thread that still waits for an answer
            with suppress(OSError):
                await _aside(client.shutdown)

    def _logged_in(self) -> IMAP4:
        part = self._settings
        try:
            if part.tls == "tls":
                client: IMAP4 = IMAP4_SSL(part.host, part.port, ssl_context=self._tls(), timeout=self._patience)
            else:
                client = IMAP4(part.host, part.port, timeout=self._patience)
        except ssl.SSLError:
            raise OperatorError("The mail server of the mailbox can't prove who it is", mend=_ADDRESS) from None
        try:
            if part.tls == "starttls":
                client.starttls(self._tls())
            _log_in(client, part.username, part.password.get_secret_value())
        except BaseException:
            client.shutdown()
            raise
        return client

    def _tls(self) -> ssl.SSLContext:
        return self._context or ssl.create_default_context()

    async def _ask(self, do: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Asks the server something; raises `OperatorError` for whatever goes wrong, and when the patience is over."""
        try:
            async with asyncio.timeout(self._patience):
                return await _aside(do, *args, **kwargs)
        except (IMAP4.error, OSError, ValueError, LookupError, TypeError, AttributeError) as error:
            what = f"The mail server of the mailbox does not answer as it should ({type(error).__name__})"
            raise OperatorError(what, mend=_ADDRESS) from None


def _log_in(client: IMAP4, username: str, password: str) -> None:
    try:
        client.login(_quoted(username), password)
    except IMAP4.abort:  # the connection went, which says nothing about the password
        raise
    except (IMAP4.error, UnicodeEncodeError):
        raise OperatorError("The mailbox refuses the user name or the password", mend=_LOGIN) from None


def _examined(client: IMAP4, folder: str) -> tuple[str, int]:
    """Opens a folder for reading alone (EXAMINE); gives its UIDVALIDITY and the UID that comes next."""
    try:
        answer, _ = client.select(_quoted(folder), readonly=True)
    except UnicodeEncodeError:
        answer = "NO"
    if answer != "OK":
        raise OperatorError("There is no such folder in the mailbox", mend=_FOLDER)
    (validity,), (following,) = client.response("UIDVALIDITY")[1], client.response("UIDNEXT")[1]
    return str(int(validity)), int(following)


def _uids(client: IMAP4, last: int) -> list[int]:
    answer, found = client.uid("SEARCH", f"UID {last + 1}:*")
    if answer != "OK":
        raise OperatorError("The mail server does not list its letters")
    # "*" is the last letter even where that was read before.
    return sorted(uid for uid in map(int, (found[0] or b"").split()) if uid > last)


def _letter(client: IMAP4, uid: int) -> bytes:
    answer, found = client.uid("FETCH", str(uid), f"(BODY.PEEK[]<0.{LARGEST}>)")
    if answer != "OK":
        raise OperatorError("The mail server does not hand over a letter")
    # Somebody may have taken it out meanwhile: then there is nothing to read.
    return next((part[1] for part in found if isinstance(part, tuple)), b"")


def _quoted(words: str) -> str:
    escaped = words.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


async def _aside(do: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Runs what may wait for long in a thread that nobody waits for when the service stops."""
    loop = asyncio.get_running_loop()
    result: asyncio.Future[R] = loop.create_future()

    def told(how: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop is gone, and with it whoever asked
            loop.call_soon_threadsafe(lambda: None if result.done() else how())

    def work() -> None:
        try:
            value = do(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - it is raised where it was asked for
            fault = error  # the name of an except clause ends with it
            told(lambda: result.set_exception(fault))
        else:
            told(lambda: result.set_result(value))

    threading.Thread(target=work, name="imap", daemon=True).start()
    return await result
