"""The service as a process of its own that can be killed.

Each life is a child of a fork server that has loaded the libraries already, so that a start takes a moment and not
seconds: what runs in it is the command `ringround serve`, from its command line on.
"""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import sys
import time
from collections.abc import Callable, Mapping
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

from tests.faults.provider import until

LOADED = (
    "actions.notices",
    "aiohttp",
    "aiosmtplib",
    "anyio._backends._asyncio",
    "babel.messages.pofile",
    "bot.application",
    "apscheduler.executors.asyncio",
    "channels.mail",
    "channels.phone",
    "channels.sms",
    "channels.telegram",
    "cli.fetching",
    "cli.main",
    "cli.service",
    "httpcore",
    "jinja2.ext",
    "scheduler.fetching",
    "scheduler.timetable",
    "telegram.request",
    "tests.faults.gaps",
    "tests.faults.program",
    "tests.faults.unclaimed",
    "twilio.http.async_http_client",
    "twilio.rest.api",
    "uvicorn.lifespan.on",
    "uvicorn.protocols.http.h11_impl",
    "uvloop",
    "web.app",
)
PATIENCE = 30.0
"""Seconds that a life is given to end by itself."""

Patch = Callable[[str], None]
"""Changes the product in the child before it starts; gets the argument of the life."""


def nursery() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(LOADED))
    return context


def live(environ: Mapping[str, str], log: Path, patch: Patch | None, argument: str) -> None:
    """Runs `ringround serve` in this process until it is stopped or killed."""
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.environ.update(environ)
    if patch:
        patch(argument)
    from cli.main import run

    sys.argv = ["ringround", "serve"]
    run()


class Program:
    """Starts one life after the other with the same settings."""

    def __init__(self, environ: Mapping[str, str], folder: Path) -> None:
        self.environ = environ
        self.log = folder / "service.log"
        self._context = nursery()
        self._life: BaseProcess | None = None

    @property
    def pid(self) -> int:
        assert self._life is not None
        assert self._life.pid is not None
        return self._life.pid

    @property
    def alive(self) -> bool:
        return self._life is not None and self._life.is_alive()

    def start(self, patch: Patch | None = None, argument: str = "") -> None:
        assert not self.alive
        self._life = self._context.Process(target=live, args=(self.environ, self.log, patch, argument))
        self._life.start()

    def kill(self) -> float:
        """Ends it as a power cut would; gives the moment, on the clock that all processes share."""
        assert self.alive, self.said
        moment = time.monotonic()
        os.kill(self.pid, signal.SIGKILL)
        self.ended()
        return moment

    def stop(self) -> float:
        """Stops it as a service manager does; gives the seconds that it took."""
        assert self.alive, self.said
        until(self._minds_a_stop, lambda: self.said)
        start = time.monotonic()
        os.kill(self.pid, signal.SIGTERM)
        assert self.ended() == 0, self.said
        return time.monotonic() - start

    def _minds_a_stop(self) -> bool:
        """Whether it has come so far in its start that it handles SIGTERM itself."""
        caught = re.search(r"SigCgt:\t(\w+)", Path(f"/proc/{self.pid}/status").read_text())
        return bool(caught and int(caught[1], 16) >> (signal.SIGTERM - 1) & 1)

    def ended(self) -> int | None:
        """Waits for the end of this life and gives its exit code."""
        assert self._life is not None
        self._life.join(PATIENCE)
        assert not self._life.is_alive(), self.said
        return self._life.exitcode

    def close(self) -> None:
        if self._life is not None and self._life.is_alive():
            self._life.kill()
            self._life.join(PATIENCE)

    @property
    def said(self) -> str:
        """The end of the service's own log."""
        return self.log.read_text()[-4000:] if self.log.exists() else "it said nothing"
