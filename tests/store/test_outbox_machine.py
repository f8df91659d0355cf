"""Whatever happens, in any order: the promises about sending, watched on a real database with a model beside it."""

from __future__ import annotations

import shutil
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, precondition, rule
from sqlmodel import Session

from core.content import Content
from core.delivery import ALLOWED, FINAL, DuplicatePolicy, State
from core.notices import Kind, NoticeState, Plan
from core.people import RouteState, Status
from core.reach import Standing
from core.receipts import Outcome, Receipt
from store import bulk, migrate, notices, outbox, strays, sweep
from store.database import Database
from store.outbox import Claim, Now, Result
from store.reach import reach
from store.settle import close_route, settle_doubt
from store.staff_tasks import settle_review
from store.tables import Delivery, Notice, Person, Route
from store.tables.base import known
from store.withdraw import withdraw_person
from tests.store.people import LEASE, NOON, TODAY, WAYS, add_person

PEOPLE = 7
SILENCE, TWICE = DuplicatePolicy.PREFER_SILENCE, DuplicatePolicy.PREFER_TELLING_TWICE

# Which states a delivery may be seen in after one step, when it was in another before: one step may make several moves.
_REACHABLE: dict[State, set[State]] = {}
for _start in State:
    _seen, _next = {_start}, [_start]
    while _next:
        for _state in ALLOWED[_next.pop()] - _seen:
            _seen.add(_state)
            _next.append(_state)
    _REACHABLE[_start] = _seen


@dataclass
class Sent:
    """A message that the pretend provider has taken, or may have."""

    claim: Claim
    channel: str
    ref: str
    reached_provider: bool


@dataclass
class Lost:
    """What the model knows of the attempts at one delivery."""

    taken: list[int] = field(default_factory=list)
    """Attempts that a provider really sent."""
    never: set[int] = field(default_factory=set)
    """Attempts that were proved not to have been sent."""


class Outbox(RuleBasedStateMachine):
    template: Path
    lost_sight = Bundle("lost_sight")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="ringround-machine-"))
        shutil.copy(self.template, self.folder / "db.sqlite3")
        self.database = Database(f"sqlite:///{self.folder / 'db.sqlite3'}")
        self.now = NOON
        self.in_hand: list[Claim] = []
        self.channel_of: dict[int, str] = {}
        self.sent: list[Sent] = []
        self.said: list[Receipt] = []
        self.known: dict[int, Lost] = defaultdict(Lost)
        self.published = 0

    def teardown(self) -> None:
        self.database.close()
        shutil.rmtree(self.folder)

    # What is there

    @initialize(promotion=st.booleans())
    def people_are_on_file(self, promotion: bool) -> None:
        ladders = (("email", "sms", "phone"), ("sms", "phone"), ("telegram", "email"), ("email",), ("phone",), ())
        with self.database.writing() as session:
            for at in range(PEOPLE):
                ladder = ladders[at % len(ladders)]
                add_person(session, f"Person {at}", *ladder, consent=ladder, groups=["half"] if at % 2 else [])
            add_person(session, "Cora Staff", "email", staff="coordinator")
        self.before: dict[int, tuple[State, int, str | None]] = {}

    def people(self, session: Session) -> list[Person]:
        return list(session.query(Person).order_by(Person.id).all())  # type: ignore[arg-type]

    # Notices

    @rule(
        key=st.integers(0, 4),
        policy=st.sampled_from(list(DuplicatePolicy)),
        group=st.sampled_from([None, "half"]),
        page=st.integers(1, 4),
        useful=st.sampled_from([timedelta(minutes=30), timedelta(days=3)]),
        urgent=st.booleans(),
    )
    def publish(
        self, key: int, policy: DuplicatePolicy, group: str | None, page: int, useful: timedelta, urgent: bool
    ) -> None:
        content = Content("Hello", "Hello")
        plan = Plan(
            f"key {key}", Kind.UPDATE, content, self.now, self.now + useful, policy, "terminal", group, urgent=urgent
        )
        with pytest.MonkeyPatch.context() as patch, self.database.writing() as session:
            patch.setattr(notices, "PAGE", page)
            published = notices.publish(session, plan, WAYS.channels, TODAY, self.now)
        assert published.repeat == (f"key {key}" in self.keys())or not published.repeat

    def keys(self) -> set[str]:
        with self.database.reading() as session:
            return {row[0] for row in bulk.rows(session, "SELECT key FROM notice")}
