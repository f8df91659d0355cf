"""How soon the pages answer, and forged callbacks are refused, while a broadcast to 10,000 people is under way.

usage: python -m benchmarks.web fill COUNT (settings from the environment, as the service takes them)

That makes the installation and prints what opens its pages. The service (`benchmarks.broadcast`) runs in another
process; the visitors run in the one that measures, and each waits for an answer before they ask again.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import statistics
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx

from actions import meetings, sessions
from actions.meeting_orders import NewMeeting
from benchmarks import broadcast, product
from cli.service import build, desk_of, surroundings
from config.settings import load
from core.content import make_content
from core.delivery import DuplicatePolicy
from core.notices import Kind, Plan
from core.people import EMAIL, PHONE, Role
from core.roles import TERMINAL
from sandbox.world import World
from store import bulk, notices
from store.database import Session
from store.groups import ensure_groups
from store.tables import Membership, Person, Route, Staff
from store.tables.base import known
from tests.web.callbacks import altered, genuine
from tests.web.conftest import PUBLIC, SETTINGS

VISITORS, CALLERS = 20, 8
TO_RING = 500
MEETINGS = 20
NOTICES = 60
"""Notices that were sent before: the list of them shows 50."""

GAP = 0.01
"""Seconds between an answer and the next page."""

LANES = 4
"""Callbacks that come at once."""

RULES = """
[quiet]
start = "00:00"
end = "00:00"

[calls]
start = "00:00"
end = "23:59"
"""


@dataclass(frozen=True, slots=True)
class Keys:
    """What opens the pages: paths of personal pages, and log-in links, the first of them a coordinator's."""

    visits: list[str]
    logins: list[str]

    def write(self, folder: Path) -> None:
        """Leaves them for whoever measures."""
        (folder / "keys.json").write_text(json.dumps(asdict(self)))

    @classmethod
    def read(cls, folder: Path) -> Keys:
        """Takes them."""
        return cls(**json.loads((folder / "keys.json").read_text()))


@dataclass(frozen=True, slots=True)
class Answers:
    """Seconds by kind of page, seconds until an altered callback was refused, and the deliveries accepted meanwhile."""

    pages: dict[str, list[float]]
    refusals: list[float]
    accepted: int

    @property
    def seconds(self) -> list[float]:
        """The times of all pages."""
        return [wait for waits in self.pages.values() for wait in waits]


def percentile(waits: list[float], share: float) -> float:
    """Gives the time within which that share of the answers came."""
    return sorted(waits)[min(len(waits) - 1, int(share * len(waits)))]


def fill_all(count: int) -> None:
    """Makes the installation: people with e-mail, people to ring, staff, meetings far ahead and notices of the past."""
    settings = load()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    (settings.data_dir / "strategy.toml").write_text(RULES)
    house = build(settings)
    around = surroundings(house)
    with house.database.writing() as session:
        product.fill(session, count, "email", house)
        for number in range(MEETINGS):
            starts = (around.now + timedelta(days=200 + number)).strftime("%Y-%m-%d 14:00")
            new = NewMeeting(title=f"Meeting {number}", starts=starts, minutes=90, place="The library")
            meetings.add(session, TERMINAL, new, around)
        staff = _add_people(session, around.now)
        today = around.now.date()
        notices.publish(session, _plan("Ring them", 0, around.now), {PHONE}, today, around.now)
        for number in range(NOTICES):
            notices.publish(session, _plan("Visitors", number, around.now), {EMAIL}, today, around.now)
        logins = [sessions.login_link(session, TERMINAL, around, person=uid) for uid in staff]
        asked = "SELECT d.uid FROM delivery d WHERE d.channel = 'email' ORDER BY d.id LIMIT 40"
        deliveries = [row[0] for row in bulk.rows(session, asked, ())]
    links = desk_of(house).links()
    assert links is not None
    visits = [links.visit(delivery).removeprefix(PUBLIC) for delivery in deliveries]
    keys = Keys(visits, [link.removeprefix(PUBLIC) for link in logins])
    keys.write(settings.data_dir)
    house.close()


def _add_people(session: Session, now: datetime) -> list[str]:
    """Puts in who is to be rung, and the staff; gives the staff's outside ids."""
    groups = ensure_groups(session, ["Ring them", "Visitors"])
    ring_them, visitors = (known(groups[name].id) for name in groups)
    session.add_all(Membership(person_id=key, group_id=visitors) for key in range(1, VISITORS + 1))
    staff = []
    for number in range(TO_RING + CALLERS + 1):
        person = Person(name=f"Person {number}", created_at=now, changed_at=now)
        session.add(person)
        session.flush()
        key = known(person.id)
        if number < TO_RING:
            session.add(Route(person_id=key, channel=PHONE, address=f"+4416329{number:05d}", position=1))
            session.add(Membership(person_id=key, group_id=ring_them))
        else:
            role = Role.COORDINATOR if number == TO_RING else Role.CALLER
            session.add(Staff(person_id=key, role=role, added_at=now))
            staff.append(person.uid)
    session.flush()
    return staff


def _plan(group: str, number: int, now: datetime) -> Plan:
    return Plan(
        key=f"{group} {number}",
        kind=Kind.UPDATE,
        content=make_content(f"The planning group meets in room {number}.", sms_text=product.SHORT),
        not_before=now,
        not_after=now + timedelta(days=10),
        policy=DuplicatePolicy.PREFER_SILENCE,
        created_by="bench",
        group=group,
    )


async def answers(count: int, pages: int, callbacks: int, environ: Mapping[str, str]) -> Answers:
    """Makes an installation with `count` people, and measures so many pages and altered callbacks."""
    async with World(fsync=False) as world:
        sms = SETTINGS["sms"]
        full = {
            **broadcast.settings(environ),
            "RINGROUND_PUBLIC_URL": PUBLIC,
            "RINGROUND_SMS__ACCOUNT_SID": sms["account_sid"],
            "RINGROUND_SMS__AUTH_TOKEN": sms["auth_token"],
            "RINGROUND_SMS__FROM": sms["from"],
            "RINGROUND_SMS__BASE_URL": world.settings()["RINGROUND_SMS__BASE_URL"],
            "RINGROUND_TELEGRAM__TOKEN": "",
        }
        await broadcast.fill("benchmarks.web", count, full)
        keys = Keys.read(Path(environ["RINGROUND_DATA_DIR"]))
        async with broadcast.running(full) as service:
            took = await _visit(service.url, keys, pages)
            refusals = await _refused(service.url, callbacks)
    return Answers(took, refusals, service.accepted)


async def _visit(url: str, keys: Keys, pages: int) -> dict[str, list[float]]:
    """Asks for one kind of page after the other, each by another visitor."""
    took: dict[str, list[float]] = {}
    headers = {"X-Forwarded-Proto": "https"}
    async with httpx.AsyncClient(base_url=url, headers=headers) as client:
        cookies = [await _log_in(client, link) for link in keys.logins]
        client.cookies.clear()
        for cookie in cookies[1:]:
            shown = await client.get("/calls", headers={"Cookie": cookie})
            token = re.search(r'name="csrf" value="([0-9a-f]+)"', shown.text)
            assert token, shown.text
            gone = await client.post("/calls/next", data={"csrf": token[1]}, headers={"Cookie": cookie})
            assert gone.headers["location"] == "/calls", "a caller got nobody to ring"
        listed = await client.get("/notices", headers={"Cookie": cookies[0]})
        newest = re.findall(r'href="(/notices/[^"?#]+)"', listed.text)[0]
        for number in range(pages):
            visit = keys.visits[number % len(keys.visits)]
            coordinator, caller = cookies[0], cookies[1 + number % CALLERS]
            kind, path, cookie = (
                ("a participant's page", visit, ""),
                ("how somebody hears", f"{visit}/hear", ""),
                ("a caller's screen", "/calls", caller),
                ("who rang me", "/calls/who", caller),
                ("the call list", "/calls/list", caller),
                ("a notice's page", newest, coordinator),
                ("the list of notices", "/notices", coordinator),
                ("the timetable", "/timetable", coordinator),
                ("who needs a person", "/tasks", coordinator),
                ("the inbox", "/inbox", coordinator),
            )[number % 10]
            start = time.perf_counter()
            answer = await client.get(path, headers={"Cookie": cookie})
            took.setdefault(kind, []).append(time.perf_counter() - start)
            assert answer.status_code == 200, (path, answer.status_code)
            await asyncio.sleep(GAP)
    return took


async def _log_in(client: httpx.AsyncClient, link: str) -> str:
    answer = await client.post(link, headers={"Content-Type": "application/x-www-form-urlencoded"})
    return answer.headers["set-cookie"].partition(";")[0]


async def _refused(url: str, count: int) -> list[float]:
    """Sends altered callbacks over a few lines at once; each must be refused."""
    seed = random.Random(count)
    one = genuine("0198c0de-0000-7000-8000-000000000000", 1, "SM" + "0" * 32, "delivered")
    forged = [altered(one, seed) for _ in range(count)]
    waits: list[float] = []

    async def lane(first: int) -> None:
        async with httpx.AsyncClient(base_url=url) as client:
            for callback in forged[first::LANES]:
                start = time.perf_counter()
                answer = await client.post(callback.path, content=callback.body, headers=callback.headers)
                waits.append(time.perf_counter() - start)
                assert 400 <= answer.status_code < 500, (callback, answer.status_code)

    await asyncio.gather(*(lane(first) for first in range(LANES)))
    return waits


def measure(count: int, pages: int, callbacks: int, environ: Mapping[str, str]) -> Answers:
    """Measures, from a program without a loop of its own."""
    return asyncio.run(answers(count, pages, callbacks, environ))


def medians(took: Answers) -> str:
    """Says the usual time of each kind of page and that of 95 of 100, in milliseconds."""
    return ", ".join(
        f"{kind} {statistics.median(waits) * 1000:.0f} and {percentile(waits, 0.95) * 1000:.0f}"
        for kind, waits in took.pages.items()
    )


if __name__ == "__main__":
    fill_all(int(sys.argv[2]))
