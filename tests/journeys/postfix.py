"""Debian's postfix, a mail server that we did not write, as an instance of its own out of a temporary folder.

It takes any letter for its domain, as many servers in front of others do, and sends a report back for those that it
can't deliver.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from mailbox import Maildir
from pathlib import Path
from typing import NamedTuple

import pytest

PROGRAM = shutil.which("postfix") or "/usr/sbin/postfix"
DOMAIN = "town.example.org"
GROUP = f"group@{DOMAIN}"
_SECONDS = 30.0

_MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log/maillog
maillog_file_prefixes = {folder}
multi_instance_enable = yes
multi_instance_name = postfix-ringround-tests
myhostname = mail.{domain}
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
default_transport = error:nothing leaves this machine
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {folder}/mail
virtual_mailbox_maps = texthash:{folder}/mailboxes
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_reject_unlisted_recipient = no
smtpd_recipient_restrictions = permit_mynetworks, reject
"""

_MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix(NamedTuple):
    """A running server: its port, and the Maildir of the group's address."""

    port: int
    maildir: Path


@contextmanager
def running() -> Iterator[Postfix]:
    """Runs a server for as long as the block lasts; a machine without postfix skips the test, CI fails."""
    if os.getuid() != 0:
        pytest.skip("postfix can only be started by root")
    if not Path(PROGRAM).exists():
        if os.environ.get("CI") == "true":
            pytest.fail("postfix is missing: install postfix")
        pytest.skip("postfix is missing: install Debian's postfix")
    folder = Path(tempfile.mkdtemp(prefix="ringround-mail-"))
    try:
        yield from _run(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(folder: Path) -> Iterator[Postfix]:
    import pwd

    folder.chmod(0o755)
    nobody = pwd.getpwnam("nobody")
    for name in ("queue", "data", "mail", "config", "log"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    maildir = folder / "mail" / "group"
    Maildir(maildir)
    for path in (folder / "mail", maildir, *maildir.iterdir()):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    (folder / "mailboxes").write_text(f"{GROUP} group/\n", encoding="ascii")
    with closing(socket.socket()) as one:
        one.bind(("127.0.0.1", 0))
        port = int(one.getsockname()[1])
    main = _MAIN.format(folder=folder, domain=DOMAIN, uid=nobody.pw_uid, gid=nobody.pw_gid)
    (folder / "config" / "main.cf").write_text(main, encoding="ascii")
    (folder / "config" / "master.cf").write_text(_MASTER.format(port=port), encoding="ascii")
    _command(folder, "start")
    try:
        _wait(folder, port)
        yield Postfix(port, maildir)
    finally:
        _command(folder, "stop")


def _command(folder: Path, what: str) -> None:
    done = subprocess.run(
        [PROGRAM, "-c", folder / "config", what],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    if done.returncode:
        pytest.fail(f"postfix {what}: {done.stdout}\n{_log(folder)}")


def _wait(folder: Path, port: int) -> None:
    end = time.monotonic() + _SECONDS
    while True:
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), 1)):
            return
        if time.monotonic() > end:
            pytest.fail(f"postfix does not run: {_log(folder)}")
        time.sleep(0.05)


def _log(folder: Path) -> str:
    path = folder / "log" / "maillog"
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
