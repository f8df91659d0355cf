"""What has been read is remembered, and what fails alone takes nothing with it; on both databases."""

from __future__ import annotations

import pytest
from sqlmodel import select

from core.errors import StoreError
from store.bookmarks import bookmarks, forget, remember
from store.database import Database, Session
from store.savepoint import attempt
from store.tables import Bookmark, Person
from tests.store.people import HOUR, NOON, add_person


def test_bookmarks_are_kept_by_what_their_names_begin_with(database: Database) -> None:
    with database.writing() as session:
        remember(session, "mailbox:/a//", {"": "", "1.M2_%": "x"}, NOON)
        remember(session, "mailbox:/A//", {"2": "y"}, NOON)
        remember(session, "mailbox:/a//", {"1.M2_%": "z"}, NOON + HOUR)
        remember(session, "mailbox:/a//", {}, NOON)
    with database.writing() as session:
        assert bookmarks(session, "mailbox:/a//") == {"": "", "1.M2_%": "z"}
        forget(session, "mailbox:/a//", ["1.M2_%", "never there"])
        assert bookmarks(session, "mailbox:/a//") == {"": ""}
        assert bookmarks(session, "mailbox:/A//") == {"2": "y"}


def test_a_great_many_are_written_and_taken_out_at_once(database: Database) -> None:
    names = dict.fromkeys(map(str, range(3000)), "")
    with database.writing() as session:
        remember(session, "box:", names, NOON)
        assert bookmarks(session, "box:") == names
        forget(session, "box:", names)
        assert session.exec(select(Bookmark)).all() == []


def test_what_fails_is_undone_and_the_rest_stays(database: Database) -> None:
    def failing(session: Session, fault: Exception) -> None:
        add_person(session, "Never There")
        session.info.setdefault("stops", []).append("of somebody who was never there")
        raise fault

    with database.writing() as session:
        add_person(session, "Ann Carter")
        session.info["stops"] = []
        assert isinstance(attempt(session, failing, KeyError("x")), KeyError)
        assert session.info["stops"] == []
        add_person(session, "Bob Dean")
        assert attempt(session, add_person, "Cy Egan") is None
        with pytest.raises(StoreError):
            attempt(session, failing, StoreError("the disk is full"))
    with database.reading() as session:
        assert sorted(session.exec(select(Person.name))) == ["Ann Carter", "Bob Dean", "Cy Egan"]
