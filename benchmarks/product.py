"""The product's side: a throw-away installation with N people on one channel, one notice, and the real dispatcher.

usage: python -m benchmarks.product fill N CHANNEL, then: python -m benchmarks.product send N
       (settings from the environment, as the service takes them)

The second prints BEGIN when everything is loaded and open, publishes, and ends when every delivery is recorded as
accepted.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from datetime import timedelta

import uvloop

from benchmarks import letter
from cli.service import House, build, dispatching
from config.settings import load
from core.content import make_content
from core.delivery import DuplicatePolicy, State
from core.notices import Kind, Plan
from store import bulk, notices, reach
from store.database import Session
from store.tables.base import new_uid

ADDRESS: dict[str, Callable[[int], str]] = {
    "email": letter.address,
    "sms": lambda i: f"+4477{i:08d}",
    "telegram": lambda i: str(10_000 + i),
}
SHORT = "The planning group meets on Monday 14 May at 7pm in the community hall, {first_name}."


def fill(session: Session, count: int, channel: str, house: House) -> None:
    """Puts `count` people on file, each with one route."""
    at = bulk.stamp(session, house.clock.now())
    for first in range(0, count, 10_000):
        page = range(first, min(first + 10_000, count))
        v = bulk.table(session, {"id": int, "uid": str, "name": str, "address": str})
        people = bulk.packed((i + 1, new_uid(), letter.name(i), ADDRESS[channel](i)) for i in page)
        bulk.change(
            session,
            "INSERT INTO person (id, uid, name, called, language, format, support, timezone, notes, never, held_by, "
            "status, order_by_person, created_at, changed_at) "
            f"SELECT v.id, v.uid, v.name, '', '', '', '', '', '', '', '', 'active', FALSE, ?, ? FROM {v}",
            (at, at, people),
        )
        bulk.change(
            session,
            "INSERT INTO route (uid, person_id, channel, address, position, state, state_reason) "
            f"SELECT v.uid, v.id, ?, v.address, 1, 'active', '' FROM {v}",
            (channel, people),
        )


def fill_all(count: int, channel: str) -> None:
    """Makes the installation, in a process of its own: making tables needs libraries that sending does not."""
    house = build(load())
    with house.database.writing() as session:
        fill(session, count, channel, house)
    house.close()


async def send(count: int) -> None:
    """Publishes one notice to everybody and sends it."""
    house = build(load())
    house.lock.take()
    now = house.clock.now()
    plan = Plan(
        key="bench",
        kind=Kind.UPDATE,
        content=make_content(letter.TEXT, sms_text=SHORT),
        not_before=now,
        not_after=now + timedelta(days=1),
        policy=DuplicatePolicy.PREFER_SILENCE,
        created_by="bench",
    )
    async with dispatching(house):
        await asyncio.sleep(0.3)
        print("BEGIN", flush=True)
        published = await house.database.write(notices.publish, plan, set(house.channels), now.date(), now)
        while await house.database.read(_accepted, published.uid) < count:  # noqa: ASYNC110  the database is where the end is seen
            await asyncio.sleep(0.5)
        print("END", flush=True)
    house.close()


def _accepted(session: Session, uid: str) -> int:
    return reach.progress(session, notices.find_notice(session, uid))[State.ACCEPTED]


if __name__ == "__main__":
    if sys.argv[1] == "fill":
        fill_all(int(sys.argv[2]), sys.argv[3])
    else:
        uvloop.run(send(int(sys.argv[2])))
