from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select

from actions import people
from core.errors import Refused, UserError
from core.people import Role, Status
from core.people_file import PeopleFile
from core.roles import TERMINAL, Actor
from store import migrate
from store.database import Database
from store.tables import Audit, Person, Route
from store.tables.base import Base

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
SECRET = b"the installation's own"

GOOD = b"name,email,mobile,Car\nAnn Carter,ann@example.org,07700900001,yes\nBen Khan,ben@example.org,,\n"
BAD = GOOD + b"Cy,cy@,,\n"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path / 'ringround.sqlite3'}")
    migrate.upgrade(opened)
    yield opened
    opened.close()


def read(data: bytes) -> PeopleFile:
    return people.read_people(data, "people.csv", "GB")


def bring(database: Database, data: bytes = GOOD, **more: bool) -> people.ImportReport:
    with database.writing() as session:
        return people.import_file(session, TERMINAL, read(data), SECRET, NOW, **more)


def everything(database: Database) -> list[Any]:
    with database.reading() as session:
        return [tuple(row) for table in Base.metadata.sorted_tables for row in session.execute(table.select())]


def audit(database: Database) -> list[tuple[str, str, str, str]]:
    with database.reading() as session:
        lines = session.exec(select(Audit).order_by(col(Audit.id)))
        return [(line.actor, line.action, line.subject, line.detail) for line in lines]


def uid(database: Database, name: str = "Ann Carter") -> str:
    with database.reading() as session:
        return session.exec(select(Person.uid).where(Person.name == name)).one()


def route_uid(database: Database, channel: str) -> str:
    with database.reading() as session:
        return session.exec(select(Route.uid).where(Route.channel == channel).order_by(col(Route.id))).all()[0]


def test_an_import_reports_what_it_did_in_the_promised_shape(database: Database) -> None:
    assert bring(database).to_json() == {
        "added": 2,
        "changed": 0,
        "unchanged": 0,
        "conflicts": [],
        "errors": [],
        "extra_columns": ["Car"],
        "remarks": [],
    }
    assert audit(database) == [
        ("terminal", "people.import", "", "2 added, 0 changed, 0 unchanged, 0 conflicts, 0 rows skipped")
    ]


def test_nothing_is_imported_while_one_row_is_wrong(database: Database) -> None:
    before = everything(database)
    report = bring(database, BAD)
    assert report.refused
    assert json.loads(json.dumps(report.to_json()))["errors"] == [
        {
            "row": 4,
            "column": "email",
            "problem": "This is not an e-mail address",
            "mend": "Write it like ann@example.org, without a name or brackets.",
        }
    ]
    assert everything(database) == before


def test_the_good_rows_are_imported_if_the_bad_are_to_be_skipped(database: Database) -> None:
    report = bring(database, BAD, skip_bad=True)
    assert (report.added, len(report.errors), report.refused) == (2, 1, False)
    assert audit(database)[0][3].endswith("1 rows skipped")


def test_a_dry_run_reports_the_same_and_changes_nothing(database: Database) -> None:
    bring(database)
    with database.writing() as session:
        people.mark(session, TERMINAL, uid(database, "Ben Khan"), Status.DIED, NOW)
    before = everything(database)
    changed = GOOD.replace(b"07700900001", b"07700900002") + b"Cy,cy@example.org,,\n"
    dry = bring(database, changed, dry_run=True)
    assert everything(database) == before
    assert (dry.added, dry.changed, dry.unchanged, len(dry.conflicts)) == (1, 1, 1, 1)
    assert dry.to_json() == bring(database, changed).to_json()
    assert dry.dry_run


def test_a_dry_run_leaves_the_rest_of_the_transaction_alone(database: Database) -> None:
    with database.writing() as session:
        people.import_file(session, TERMINAL, read(b"name\nZoe\n"), SECRET, NOW)
        people.import_file(session, TERMINAL, read(GOOD), SECRET, NOW, dry_run=True)
    with database.reading() as session:
        assert list(session.exec(select(Person.name))) == ["Zoe"]


@pytest.mark.parametrize("name", ["people.csv", "people.xlsx"])
def test_an_export_is_imported_again_without_a_change(database: Database, name: str) -> None:
    bring(database)
    with database.writing() as session:
        data = people.export(session, TERMINAL, name, NOW)
    before = [row for row in everything(database) if "people.import" not in row]
    with database.writing() as session:
        report = people.import_file(session, TERMINAL, people.read_people(data, name, "GB"), SECRET, NOW)
    assert (report.added, report.changed, report.unchanged, report.conflicts) == (0, 0, 2, [])
    assert [row for row in everything(database) if "people.import" not in row] == before
    assert ("terminal", "people.export", "", "2 people") in audit(database)


def test_one_person_can_be_added_by_hand(database: Database) -> None:
    with database.writing() as session:
        cells = {"name": "Ann Carter", "mobile": "07700 900001", "preferred_channel": "telegram"}
        card, remarks = people.add(session, TERMINAL, cells, "GB", SECRET, NOW)
    assert (card.person.name, card.routes[0].address) == ("Ann Carter", "+447700900001")
    assert [remark.column for remark in remarks] == ["telegram"]
    assert audit(database) == [("terminal", "people.add", card.person.id, "")]


def test_adding_somebody_says_all_that_is_wrong(database: Database) -> None:
    with database.writing() as session, pytest.raises(UserError, match=r"email: This is not .*; mobile: This is not"):
        people.add(session, TERMINAL, {"name": "Ann", "email": "x", "mobile": "y"}, "GB", SECRET, NOW)


def test_somebody_on_file_is_not_added_again_and_not_changed(database: Database) -> None:
    bring(database)
    before = everything(database)
    cells = {"name": "ann carter", "email": "ann@example.org", "called": "Annie"}
    with database.writing() as session, pytest.raises(UserError, match="on file already"):
        people.add(session, TERMINAL, cells, "GB", SECRET, NOW)
    assert everything(database) == before


def test_somebody_who_was_erased_comes_back_only_when_added_by_hand(database: Database) -> None:
    bring(database)
    with database.writing() as session:
        people.erase(session, TERMINAL, uid(database), SECRET, NOW)
    assert [conflict.name for conflict in bring(database).conflicts] == ["Ann Carter"]
    with database.writing() as session:
        people.add(session, TERMINAL, {"name": "Ann Carter", "email": "ann@example.org"}, "GB", SECRET, NOW)
    with database.reading() as session:
        assert len(people.listing(session, TERMINAL, query="ann")) == 1


def test_each_change_is_one_line_in_the_audit_without_a_name_or_an_address(database: Database) -> None:
    bring(database)
    ann, email = uid(database), route_uid(database, "email")
    with database.writing() as session:
        people.stop_route(session, TERMINAL, email, NOW)
        people.start_route(session, TERMINAL, email, SECRET, NOW)
        people.set_order(session, TERMINAL, ann, [route_uid(database, "sms")], NOW, by_person=True)
        people.stop_everything(session, TERMINAL, ann, NOW)
        people.mark(session, TERMINAL, ann, Status.PAUSED, NOW, until=date(2026, 5, 1))
        people.mark(session, TERMINAL, ann, Status.ACTIVE, NOW)
        people.erase(session, TERMINAL, ann, SECRET, NOW)
    assert [line[1:] for line in audit(database)[1:]] == [
        ("people.stop_route", email, "0 withdrawn"),
        ("people.start_route", email, ""),
        ("people.set_order", ann, "1 routes"),
        ("people.stop_everything", ann, "0 withdrawn"),
        ("people.mark", ann, "paused until 2026-05-01, 0 withdrawn"),
        ("people.mark", ann, "active, 0 withdrawn"),
        ("people.erase", ann, ""),
    ]
    assert not any(word in str(audit(database)) for word in ("Ann", "example.org", "7700900001"))


def test_a_list_and_a_card_are_shown(database: Database) -> None:
    bring(database)
    with database.reading() as session:
        assert [one.name for one in people.listing(session, TERMINAL)] == ["Ann Carter", "Ben Khan"]
        assert [one.name for one in people.listing(session, TERMINAL, query="khan")] == ["Ben Khan"]
        assert people.show(session, TERMINAL, uid(database)).notes == "Car: yes"


Ask = Callable[[Session, Actor], object]


@pytest.mark.parametrize(
    ("needed", "ask"),
    [
        (Role.VIEWER, people.listing),
        (Role.CALLER, lambda session, actor: people.show(session, actor, "x")),
        (Role.CALLER, lambda session, actor: people.stop_route(session, actor, "x", NOW)),
        (Role.CALLER, lambda session, actor: people.stop_everything(session, actor, "x", NOW)),
        (Role.COORDINATOR, lambda session, actor: people.start_route(session, actor, "x", SECRET, NOW)),
        (Role.COORDINATOR, lambda session, actor: people.mark(session, actor, "x", Status.LEFT, NOW)),
        (Role.COORDINATOR, lambda session, actor: people.erase(session, actor, "x", SECRET, NOW)),
        (Role.COORDINATOR, lambda session, actor: people.add(session, actor, {"name": ""}, "GB", SECRET, NOW)),
        (Role.COORDINATOR, lambda session, actor: people.export(session, actor, "people.csv", NOW)),
        (Role.COORDINATOR, lambda session, actor: people.import_file(session, actor, read(BAD), SECRET, NOW)),
        (Role.COORDINATOR, lambda session, actor: people.set_order(session, actor, "x", ["y"], NOW, by_person=False)),
    ],
)
def test_each_role_may_do_what_it_may_and_no_more(database: Database, needed: Role, ask: Ask) -> None:
    roles = list(Role)
    with database.writing() as session:
        refused = [role for role in roles if _refused(ask, session, Actor("somebody", role))]
    assert refused == roles[: roles.index(needed)]


def _refused(ask: Ask, session: Session, actor: Actor) -> bool:
    """Whether the role is what stands in the way; whether the thing itself can be done is another matter."""
    try:
        ask(session, actor)
    except Refused:
        return True
    except UserError:
        pass
    return False
