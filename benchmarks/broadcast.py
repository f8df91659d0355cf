"""The whole service while it sends one notice after the other to everybody, so that a door is measured at work.

usage: python -m benchmarks.broadcast (settings from the environment, as the service takes them)

It prints BEGIN and the address of the web door when all doors are open and messages leave; at the end of its standard
input it prints how many deliveries were accepted since, and stops.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

import uvloop

from benchmarks import letter, product
from cli.service import House, build, serving
from config.settings import load
from core.content import make_content
from core.delivery import DuplicatePolicy, State
from core.notices import Kind, Plan
from store import bulk, notices
from store.database import Session

RATE = 250
"""E-mails a second that the provider takes: the broadcast goes on for as long as something is measured."""


@dataclass(slots=True)
class Service:
    """The service in a process of its own: `url` is its web door. `accepted` stands when the block is left."""

    url: str
    accepted: int = 0


@asynccontextmanager
async def running(environ: Mapping[str, str]) -> AsyncIterator[Service]:
    """Has the service run and send for as long as the block lasts."""
    service = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.broadcast"),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=dict(environ),
        process_group=0,  # not a session: the kernel would weigh that against the sink's as a whole
    )
    assert service.stdin is not None
    assert service.stdout is not None
    try:
        while not (line := await service.stdout.readline()).startswith(b"BEGIN "):
            if not line:
                sys.exit("the service did not start")
        one = Service(line.split()[1].decode())
        yield one
        service.stdin.close()
        one.accepted = int(await service.stdout.readline())
        await service.wait()
    finally:
        if service.returncode is None:
            service.kill()
            await service.wait()


async def fill(module: str, count: int, environ: Mapping[str, str]) -> None:
    """Makes an installation with `count` people, in a process of its own: `python -m module fill COUNT`."""
    filling = await asyncio.create_subprocess_exec(sys.executable, "-m", module, "fill", str(count), env=dict(environ))
    if await filling.wait():
        sys.exit("the installation could not be made")


def settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Returns the whole environment of a measurement, with the settings that every door's has in common."""
    ours = {"RINGROUND_EMAIL__RATE": str(RATE), "RINGROUND_SMS__ACCOUNT_SID": "", "RINGROUND_WEB__PORT": "0"}
    return {**os.environ, **environ, **ours}


async def serve() -> None:
    """Runs the service and sends until standard input ends."""
    house = build(load())
    house.lock.take()
    async with serving(house) as door:
        sending = asyncio.create_task(_send(house))
        await asyncio.sleep(1.0)
        before = await house.database.read(_accepted)
        print("BEGIN", door.url, flush=True)
        await asyncio.to_thread(sys.stdin.read)
        print((await house.database.read(_accepted)) - before, flush=True)
        sending.cancel()
        with suppress(asyncio.CancelledError):
            await sending
    house.close()


async def _send(house: House) -> None:
    """Publishes one notice to everybody after the other."""
    number = 0
    while True:
        now = house.clock.now()
        number += 1
        plan = Plan(
            key=f"bench {number}",
            kind=Kind.UPDATE,
            content=make_content(letter.TEXT, sms_text=product.SHORT),
            not_before=now,
            not_after=now + timedelta(days=1),
            policy=DuplicatePolicy.PREFER_SILENCE,
            created_by="bench",
        )
        await house.database.write(notices.publish, plan, {"email"}, now.date(), now)
        while await house.database.read(_waits):  # noqa: ASYNC110  the database is where the end is seen
            await asyncio.sleep(0.25)


def _accepted(session: Session) -> int:
    query = "SELECT COUNT(*) FROM delivery WHERE channel = 'email' AND state = ?"
    return int(bulk.rows(session, query, (State.ACCEPTED,))[0][0])


def _waits(session: Session) -> bool:
    due = "SELECT EXISTS (SELECT 1 FROM delivery WHERE state = 'queued' AND channel = 'email')"
    return bool(notices.spreading(session) or bulk.rows(session, due)[0][0])


if __name__ == "__main__":
    uvloop.run(serve())
