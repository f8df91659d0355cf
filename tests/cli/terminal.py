"""A person at a terminal: the program runs on a pseudo-terminal, and what it asks is answered."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import subprocess
import termios
import time
from collections.abc import Sequence

from tests.cli.conftest import Program

PATIENCE = 60.0


def converse(program: Program, arguments: Sequence[str], talk: Sequence[tuple[str, str]]) -> tuple[int, str]:
    """Runs the program, waits for each question in turn and types the answer; gives the exit code and all it showed."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [*program.command, *arguments],
        cwd=program.folder,
        env={**program.environment, "TERM": "xterm"},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        preexec_fn=_take_the_terminal,  # noqa: PLW1509 - without it Ctrl-C reaches nobody
    )
    os.close(slave)
    shown, seen = "", 0
    try:
        for question, answer in talk:
            while question not in shown[seen:]:
                shown += _read(master, shown, question)
            seen = shown.index(question, seen) + len(question)
            os.write(master, f"{answer}\n".encode())
        while more := _read(master, shown, "the end"):
            shown += more
        return process.wait(PATIENCE), shown.replace("\r", "")
    finally:
        process.kill()
        process.wait()
        os.close(master)


def _take_the_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def _read(master: int, shown: str, wanted: str) -> str:
    until = time.monotonic() + PATIENCE
    if not select.select([master], [], [], until - time.monotonic())[0]:
        raise AssertionError(f"{wanted!r} did not come; this did:\n{shown}")
    try:
        return os.read(master, 65536).decode("utf-8", "replace")
    except OSError:  # Linux's way of saying that the other side has closed
        if wanted != "the end":
            raise AssertionError(f"{wanted!r} did not come; this did:\n{shown}") from None
        return ""
