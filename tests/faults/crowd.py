"""People, notices and what became of them, straight in the database of a service that may be running or dead."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from core.clock import SystemClock
from core.content import Content
from core.delivery import DuplicatePolicy
from core.notices import Kind, Plan
from store import bulk, notices
from store.database import Database
from store.tables import Person, Route
from store.tables.base import known
from tests.faults.provider import Told

CHANNELS = ("email", "sms", "telegram")

ADDRESS = {"email": "person{}@example.org", "sms": "+4477009{:05}", "telegram": "{}", "phone": "+4416329{:05}"}


class Fate(NamedTuple):
    """What became of a delivery. `crashes` counts the attempts at it that ended without any outcome."""

    told: Told
    state: str
    crashes: int
    attempts: int
    task: str | None
    """How far staff are with the person, where it was left to them."""


class Crowd:
    """A database of its own, migrated, with people a third each on e-mail, text and Telegram."""

    def __init__(self, template: Path, folder: Path) -> None:
        self.folder = folder / "data"
        self.folder.mkdir()
        path = self.folder / "ringround.sqlite3"
        shutil.copy(template, path)
        self._database = Database(f"sqlite:///{path}")
        self.clock = SystemClock()
        self.notices = 0
        self.people = 0

    def close(self) -> None:
        self._database.close()

    def join(self, people: int, channels: tuple[str, ...] = CHANNELS) -> None:
        now = self.clock.now()
        with self._database.writing() as session:
            persons = [Person(name=f"Person {n}", created_at=now, changed_at=now) for n in range(people)]
            session.add_all(persons)
            session.flush()
            for number, person in enumerate(persons, 1 + self.people):
                channel = channels[number % len(channels)]
                address = ADDRESS[channel].format(number)
                session.add(Route(person_id=known(person.id), channel=channel, address=address, position=1))
        self.people += people

    def publish(self, policy: DuplicatePolicy = DuplicatePolicy.PREFER_SILENCE) -> int:
        """Publishes the next notice to everybody; gives the number that it carries in its words."""
        self.notices += 1
        now = self.clock.now()
        plan = Plan(
            key=f"notice {self.notices}",
            kind=Kind.UPDATE,
            content=Content(f"Dear {{first_name}}, we meet on Monday. Notice {self.notices}.", "We meet"),
            not_before=now,
            not_after=now + timedelta(days=1),
            policy=policy,
            created_by="terminal",
        )
        with self._database.writing() as session:
            notices.publish(session, plan, (*CHANNELS, "phone"), now.date(), now)
        return self.notices

    def fates(self) -> list[Fate]:
        """What has become of every delivery so far."""
        with self._database.reading() as session:
            rows = bulk.rows(
                session,
                "SELECT n.key, d.channel, r.address, d.state, d.crashes, d.attempts, c.task FROM delivery d "
                "JOIN recipient c ON c.id = d.recipient_id "
                "JOIN route r ON r.id = d.route_id JOIN notice n ON n.id = d.notice_id WHERE n.key LIKE 'notice %'",
            )
        return [Fate(Told(int(key.split()[1]), channel, to), *rest) for key, channel, to, *rest in rows]

    def states(self) -> Counter[str]:
        with self._database.reading() as session:
            return Counter(dict(bulk.rows(session, "SELECT state, count(*) FROM delivery GROUP BY state")))

    def doubts(self, due: datetime) -> int:
        """How many are in doubt that may be looked into by then."""
        with self._database.reading() as session:
            sql = "SELECT count(*) FROM delivery WHERE state = 'unknown' AND lease_until <= ?"
            return int(bulk.rows(session, sql, (bulk.stamp(session, due),))[0][0])

    @property
    def recipients(self) -> int:
        """How many people are written down for the notices."""
        with self._database.reading() as session:
            sql = "SELECT count(*) FROM recipient r JOIN notice n ON n.id = r.notice_id WHERE n.key LIKE 'notice %'"
            return int(bulk.rows(session, sql)[0][0])
