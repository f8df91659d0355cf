"""A mailbox on a mail server: a folder that is read by IMAP (RFC 9051)."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
import threading
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from imaplib import IMAP4, IMAP4_SSL, Time2Internaldate
from typing import Any, ParamSpec, TypeVar

from config.settings import MailboxSettings
from core.errors import ConfigError, OperatorError
from scheduler.mailbox import LARGEST, Letter

P = ParamSpec("P")
R = TypeVar("R")

PATIENCE = 30.0
"""Seconds that one answer of the server may take."""

READ = "read"
"""The bookmark: UIDVALIDITY, the last UID that was read (RFC 9051, section 2.3.1.1), and when that letter came in."""

SENT_BEFORE = timedelta(days=7)
"""How long a letter may have been on its way. After the server has numbered its letters anew older ones are not read:
a server that has put them back may say that they all came in today."""

_INTERNALDATE = re.compile(rb'INTERNALDATE "([^"]{20,30})"')
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
            known, last, came = _position(marks.get(READ, ""))
            if known != validity:  # never read, or the server has numbered its letters anew
                async with aclosing(self._again(client, came)) as letters:
                    async for letter in letters:
                        yield letter
                came = _later(came, await self._ask(_newest, client))
                yield Letter(b"", {READ: _mark(validity, following - 1, came)})
                return
            for uid in await self._ask(_uids, client, f"UID {last + 1}:*"):
                if uid > last:  # "*" is the last letter even where that was read before
                    data, now = await self._ask(_letter, client, uid)
                    came = _later(came, now)
                    yield Letter(data, {READ: _mark(validity, uid, came)})

    async def _again(self, client: IMAP4, since: datetime | None) -> AsyncGenerator[Letter, None]:
        """Gives the letters that came in since the last one that was read, by their time instead of their number.

        They set no bookmark, so that a crash begins anew: a letter that was heard is known by its Message-ID.
        """
        if since is None:
            return
        sent = f'OR SENTSINCE {_day(since - SENT_BEFORE)} NOT HEADER DATE ""'
        for uid in await self._ask(_uids, client, f"SINCE {_day(since - timedelta(days=1))} {sent}"):
            data, came = await self._ask(_letter, client, uid)
            if came is not None and came >= since:
                yield Letter(data, {})

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


def _uids(client: IMAP4, which: str) -> list[int]:
    answer, found = client.uid("SEARCH", which)
    if answer != "OK":
        raise OperatorError("The mail server does not list its letters")
    return sorted(map(int, (found[0] or b"").split()))


def _letter(client: IMAP4, uid: int) -> tuple[bytes, datetime | None]:
    """Gives a letter, and when it came in."""
    answer, found = client.uid("FETCH", str(uid), f"(INTERNALDATE BODY.PEEK[]<0.{LARGEST}>)")
    if answer != "OK":
        raise OperatorError("The mail server does not hand over a letter")
    # Somebody may have taken it out meanwhile: then there is nothing to read.
    return next((part[1] for part in found if isinstance(part, tuple)), b""), _came(found)


def _newest(client: IMAP4) -> datetime | None:
    """Says when the newest letter came in; None for an empty folder."""
    return _came(client.fetch("*", "(INTERNALDATE)")[1]) if client.response("EXISTS")[1] != [b"0"] else None


def _came(found: Sequence[Any]) -> datetime | None:
    said = b" ".join(part[0] if isinstance(part, tuple) else part for part in found if part)
    date = _INTERNALDATE.search(said)
    return parsedate_to_datetime(date[1].decode()).astimezone(UTC) if date else None


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((when for when in (one, other) if when), default=None)


def _position(mark: str) -> tuple[str, int, datetime | None]:
    validity, _, rest = mark.partition(":")
    last, _, came = rest.partition(":")
    return validity, int(last or 0), datetime.fromtimestamp(int(came), UTC) if came else None


def _mark(validity: str, uid: int, came: datetime | None) -> str:
    return f"{validity}:{uid}:{int(came.timestamp()) if came else ''}"


def _day(when: datetime) -> str:
    return Time2Internaldate(when)[1:12].strip()


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
