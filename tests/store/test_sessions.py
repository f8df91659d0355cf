from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from core.errors import UserError
from core.people import Role
from store import sessions
from store.database import Database
from store.tables import Invite, Staff, WebSession
from tests.store.people import DAY, NOON, add_person

MINUTE = timedelta(minutes=1)


def test_a_link_logs_in_once_and_in_time(database: Database) -> None:
    with database.writing() as session:
        sam = add_person(session, "Sam Lee", "email", staff="coordinator")
        sessions.invite(session, sam, "h1", "terminal", NOON, NOON + 10 * MINUTE)
        assert sessions.invited(session, "h1", NOON + 10 * MINUTE) is None
        assert sessions.invited(session, "h1", NOON + 9 * MINUTE) is sam
        assert sessions.log_in(session, "h1", "k1", NOON + 9 * MINUTE, NOON + DAY) is sam
        assert sessions.log_in(session, "h1", "k2", NOON + 9 * MINUTE, NOON + DAY) is None
        found = sessions.whose(session, "k1", NOON + 10 * MINUTE)
        assert found is not None
        assert (found.person, found.name, found.role) == (sam.uid, "Sam Lee", Role.COORDINATOR)
        assert sessions.whose(session, "k1", NOON + DAY) is None
        assert sessions.whose(session, "k2", NOON) is None


def test_whoever_has_no_role_gets_no_link(database: Database) -> None:
    with database.writing() as session:
        ann = add_person(session, "Ann Carter", "email")
        with pytest.raises(UserError, match="no role"):
            sessions.invite(session, ann, "h1", "terminal", NOON, NOON + 10 * MINUTE)


def test_whoever_is_suspended_is_out_at_once_and_links_open_nothing(database: Database) -> None:
    with database.writing() as session:
        sam = add_person(session, "Sam Lee", "email", staff="caller")
        for name in ("h1", "h2"):
            sessions.invite(session, sam, name, "terminal", NOON, NOON + 10 * MINUTE)
        sessions.log_in(session, "h1", "k1", NOON, NOON + DAY)
        session.get_one(Staff, sam.id).suspended_at = NOON
        session.flush()
        assert sessions.whose(session, "k1", NOON) is None
        assert sessions.log_in(session, "h2", "k2", NOON, NOON + DAY) is None


def test_ending_all_ends_log_ins_and_unused_links(database: Database) -> None:
    with database.writing() as session:
        sam, joe = (add_person(session, name, "email", staff="admin") for name in ("Sam Lee", "Joe Dean"))
        for person, link, kept in ((sam, "h1", "k1"), (sam, "h2", "k2"), (joe, "h3", "k3")):
            sessions.invite(session, person, link, "terminal", NOON, NOON + 10 * MINUTE)
            sessions.log_in(session, link, kept, NOON, NOON + DAY)
        sessions.invite(session, sam, "h4", "terminal", NOON, NOON + 10 * MINUTE)
        sessions.log_out(session, "k1", NOON)
        assert sessions.end_all(session, sam, NOON + MINUTE) == 1
        assert sessions.whose(session, "k2", NOON + MINUTE) is None
        assert sessions.invited(session, "h4", NOON + MINUTE) is None
        assert sessions.whose(session, "k3", NOON + MINUTE) is not None


def test_what_is_over_is_swept_out_at_the_next_log_in_and_being_seen_is_kept(database: Database) -> None:
    with database.writing() as session:
        sam = add_person(session, "Sam Lee", "email", staff="admin")
        sessions.invite(session, sam, "h1", "terminal", NOON, NOON + 10 * MINUTE)
        sessions.log_in(session, "h1", "k1", NOON, NOON + DAY)
        sessions.invite(session, sam, "h2", "terminal", NOON + 2 * DAY, NOON + 2 * DAY + 10 * MINUTE)
        sessions.log_in(session, "h2", "k2", NOON + 2 * DAY, NOON + 3 * DAY)
        assert session.exec(select(WebSession.hash)).all() == ["k2"]
        assert session.exec(select(Invite.hash)).all() == ["h2"]
        sessions.seen(session, "k2", NOON + 2 * DAY + MINUTE)
        session.expire_all()
        found = sessions.whose(session, "k2", NOON + 2 * DAY + MINUTE)
        assert found is not None
        assert found.seen_at == NOON + 2 * DAY + MINUTE
