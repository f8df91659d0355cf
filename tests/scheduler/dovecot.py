"""Debian's dovecot, an IMAP server that we did not write, as an ordinary process out of a folder of its own."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from imaplib import IMAP4, Time2Internaldate
from pathlib import Path
from typing import Any

import pytest
import trustme

from config.settings import MailboxSettings

PROGRAM = shutil.which("dovecot") or "/usr/sbin/dovecot"
USER, PASSWORD = "group@example.org", 'a "secret" \\ of the tests'
_SECONDS = 20.0

_CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{folder}/certificate.pem
ssl_key = <{folder}/key.pem
disable_plaintext_auth = no
auth_failure_delay = 0
mail_location = maildir:~/mail
passdb {{
  driver = passwd-file
  args = scheme=plain username_format=%u {folder}/users
}}
userdb {{
  driver = static
  args = uid={owner} gid={group} home={folder}/home
}}
namespace inbox {{
  inbox = yes
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {secure}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""


class Dovecot:
    """A running server with one user; `plain` and `secure` are its ports."""

    def __init__(self, authority: trustme.CA, plain: int, secure: int) -> None:
        self.authority, self.plain, self.secure = authority, plain, secure

    def settings(self, tls: str = "none", **more: Any) -> MailboxSettings:
        port = self.secure if tls == "tls" else self.plain
        values = {"host": "localhost", "port": port, "username": USER, "password": PASSWORD, "tls": tls}
        return MailboxSettings.model_validate(values | more)

    @contextmanager
    def logged_in(self, folder: str = "INBOX") -> Iterator[IMAP4]:
        """Gives a person's own mail program, with a folder open."""
        with IMAP4("localhost", self.plain, timeout=_SECONDS) as client:
            client.login(USER, PASSWORD)
            client.select(folder)
            yield client

    def deliver(self, data: bytes, folder: str = "INBOX", at: datetime | None = None) -> None:
        """Puts a letter into a folder, as if it had come in at a moment."""
        with self.logged_in() as client:
            assert client.append(folder, "", Time2Internaldate(at) if at else "", data)[0] == "OK"

    def empty(self) -> None:
        """Takes every letter out."""
        with self.logged_in() as client:
            if client.search(None, "ALL")[1] != [b""]:
                client.store("1:*", "+FLAGS", "\\Deleted")
                client.expunge()


@contextmanager
def running() -> Iterator[Dovecot]:
    """Runs a server for as long as the block lasts; a machine without dovecot skips the test, CI fails."""
    if not Path(PROGRAM).exists():
        if os.environ.get("CI") == "true":
            pytest.fail("dovecot is missing: install dovecot-imapd")
        pytest.skip("dovecot is missing: it comes with Debian's dovecot-imapd")
    folder = Path(tempfile.mkdtemp(prefix="ringround-imap-"))
    try:
        yield from _run(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(folder: Path) -> Iterator[Dovecot]:
    root = os.getuid() == 0
    for name in ("run", "state", "home"):
        (folder / name).mkdir()
    if root:  # dovecot lets nobody read mail as root
        folder.chmod(0o755)
        shutil.chown(folder / "home", "nobody", "nogroup")
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(folder / "certificate.pem")
    (folder / "users").write_text(f"{USER}:{{PLAIN}}{PASSWORD}\n", encoding="ascii")
    plain, secure = free_port(), free_port()
    owner, group = ("nobody", "nogroup") if root else (os.getuid(), os.getgid())
    config = _CONFIG.format(folder=folder, plain=plain, secure=secure, owner=owner, group=group)
    if not root:
        name = Path("~").expanduser().owner()
        config += f"default_internal_user = {name}\ndefault_login_user = {name}\n"
    (folder / "dovecot.conf").write_text(config, encoding="ascii")
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen([PROGRAM, "-F", "-c", folder / "dovecot.conf"], stdout=said, stderr=said)
    try:
        _wait(process, plain, folder)
        yield Dovecot(authority, plain, secure)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(_SECONDS)


def _wait(process: subprocess.Popen[bytes], port: int, folder: Path) -> None:
    end = time.monotonic() + _SECONDS
    while True:
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), 1)):
            return
        if process.poll() is not None or time.monotonic() > end:
            words = [path.read_text() for path in (folder / "said", folder / "log") if path.exists()]
            pytest.fail(f"dovecot does not run: {' '.join(words)}")
        time.sleep(0.05)


def free_port() -> int:
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
