from __future__ import annotations

from importlib.resources import as_file, files

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from core.delivery import State
from store import bulk, migrate
from store.database import Database
from store.reach import reach
from store.tables import Notice, Person
from tests.store.people import add_person, claim, publish, say


def test_an_empty_database_is_brought_to_this_version(empty_database: Database) -> None:
    assert migrate.pending(empty_database)
    migrate.upgrade(empty_database)
    assert not migrate.pending(empty_database)
    migrate.upgrade(empty_database)
    with empty_database.reading() as session:
        assert migrate.version(session) == migrate.HEAD


def test_the_newest_migration_is_the_one_the_program_names() -> None:
    with as_file(files("store") / "migrations") as folder:
        assert ScriptDirectory(str(folder)).get_heads() == [migrate.HEAD]


def test_the_migrations_make_the_tables_that_the_program_uses(database: Database) -> None:
    with database.reading() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        assert compare_metadata(context, Person.metadata) == []


def test_migrations_go_down_and_up_again_with_people_on_file(empty_database: Database) -> None:
    database = empty_database
    migrate.upgrade(database)
    with database.writing() as session:
        add_person(session, "Cora", "email", staff="coordinator", groups=["a"], consent=["email"])
        notice = publish(session)
        (mine,) = claim(session)
        say(session, mine, "delivered", ref="r1")
        assert reach(session, notice).invited == 1
    migrate.downgrade(database, "base")
    with database.reading() as session:
        assert set(inspect(session.connection()).get_table_names()) <= {"alembic_version"}
        assert migrate.version(session) is None
    migrate.upgrade(database)
    with database.writing() as session:
        assert session.get(Notice, 1) is None
        add_person(session, "Ann", "email")
        assert len(publish(session).uid) == 36


def test_a_migration_that_fails_leaves_the_database_as_it_was(
    empty_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alembic import command

    original = command.upgrade

    def fail_at_the_end(*args: object) -> None:
        original(*args)  # type: ignore[arg-type]
        raise ZeroDivisionError

    monkeypatch.setattr(command, "upgrade", fail_at_the_end)
    with pytest.raises(ZeroDivisionError):
        migrate.upgrade(empty_database)
    with empty_database.reading() as session:
        assert inspect(session.connection()).get_table_names() == []


@pytest.mark.parametrize("state", ["sent", "", "QUEUED"])
def test_a_state_that_there_is_not_is_refused_by_the_database(database: Database, state: str) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        publish(session)
    with pytest.raises(Exception, match=r"(?i)check"), database.writing() as session:
        bulk.change(session, "UPDATE delivery SET state = ?", (state,))
    with database.writing() as session:
        for known in State:
            bulk.change(session, "UPDATE delivery SET state = ?", (known,))
