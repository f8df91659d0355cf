from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlmodel import Session, col, select, update

from core.calls import WRONG_NUMBER
from core.ladder import OPTED_OUT
from core.people import RouteState, Status
from core.people_file import PeopleFile, read_people
from core.sheets import Table, write_csv
from store import erasure, people, stops, suppressions
from store.database import Database
from store.importing import import_people
from store.intake import ImportResult
from store.on_file import REPLACED
from store.tables import Consent, Group, Membership, Person, Route
from store.tables.base import Base

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
SECRET = b"the installation's own"

ANN = {"name": "Ann Carter", "preferred_channel": "sms", "email": "ann@example.org", "mobile": "07700900001"}


def file(*rows: dict[str, str]) -> PeopleFile:
    header = list(dict.fromkeys(heading for row in rows for heading in row))
    table = Table("People", header, [[row.get(heading, "") for heading in header] for row in rows])
    read = read_people(write_csv(table), "people.csv", "GB")
    assert read.errors == []
    return read


def bring(database: Database, *rows: dict[str, str], now: datetime = NOW, **more: Any) -> ImportResult:
    with database.writing() as session:
        return import_people(session, file(*rows).rows, SECRET, now, **more)


def counts(result: ImportResult) -> tuple[int, int, int]:
    return len(result.added), len(result.changed), len(result.unchanged)


def conflicts(result: ImportResult) -> list[tuple[str, str]]:
    assert all(problem.mend and problem.name for problem in result.conflicts)
    return [(problem.column, problem.problem) for problem in result.conflicts]


def everything(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    with database.reading() as session:
        tables = Base.metadata.sorted_tables
        return {
            table.name: sorted((tuple(row) for row in session.execute(table.select())), key=repr) for table in tables
        }


def person(session: Session, name: str = "Ann Carter") -> Person:
    return session.exec(select(Person).where(Person.name == name)).one()


def routes(database: Database, name: str = "Ann Carter") -> list[tuple[str, str | None, str]]:
    with database.reading() as session:
        found = stops.routes_of_person(session, person(session, name))
        return [(route.channel, route.address, route.state) for route in found]


def route(session: Session, channel: str) -> Route:
    return session.exec(select(Route).where(Route.channel == channel).order_by(col(Route.id))).all()[0]


def groups(database: Database, name: str = "Ann Carter") -> set[str]:
    with database.reading() as session:
        query = select(Group.name).join(Membership).where(Membership.person_id == person(session, name).id)
        return set(session.exec(query))


# Adding and changing


def test_people_are_added_with_their_routes_in_their_own_order(database: Database) -> None:
    result = bring(database, {**ANN, "groups": "Planning; Carers", "never": "phone", "format": "large print"})
    assert counts(result) == (1, 0, 0)
    assert routes(database) == [
        ("sms", "+447700900001", "active"),
        ("email", "ann@example.org", "active"),
    ]
    assert groups(database) == {"Planning", "Carers"}
    with database.reading() as session:
        ann = person(session)
        assert (ann.uid, ann.never, ann.format, ann.created_at) == (result.added[0], "phone", "large_print", NOW)


def test_a_second_import_of_the_same_file_touches_no_row(database: Database) -> None:
    rows = [
        {**ANN, "groups": "Planning", "consent": "consent 2026-01-01 form: Yes", "format": "standard", "Car": "no"},
        {"name": "Ann Carter", "email": "other@example.org", "groups": "planning"},
        {"name": "Joe", "preferred_channel": "telegram", "mobile": "07700900001", "never": "phone;email"},
        {"name": "Mei", "preferred_channel": ""},
        {"name": "Zoe\u0308", "phone": "020 7946 0018", "consent": "soft opt in 2026-02-01 (phone)"},
    ]
    assert counts(bring(database, *rows)) == (5, 0, 0)
    before = everything(database)
    again = bring(database, *rows, now=LATER)
    assert (counts(again), again.conflicts) == ((0, 0, 5), [])
    assert everything(database) == before


def test_an_empty_cell_says_nothing(database: Database) -> None:
    bring(database, {**ANN, "groups": "Planning", "called": "Annie", "language": "Welsh", "never": "phone"})
    before = everything(database)
    blank = {"name": "ann  CARTER", "email": "", "mobile": "", "groups": "", "called": "", "language": "", "never": ""}
    assert counts(bring(database, {**blank, "name": "Ann Carter"}, now=LATER)) == (0, 0, 1)
    assert everything(database) == before


def test_what_a_row_states_is_changed(database: Database) -> None:
    bring(database, {**ANN, "called": "Annie", "format": "audio", "timezone": "Europe/London"})
    result = bring(database, {**ANN, "name": "ann carter", "called": "Nan", "format": "standard"}, now=LATER)
    assert counts(result) == (0, 1, 0)
    with database.reading() as session:
        ann = person(session, "ann carter")
        assert (ann.called, ann.format, ann.timezone) == ("Nan", "", "Europe/London")
        assert (ann.created_at, ann.changed_at) == (NOW, LATER)


def test_groups_are_left_only_when_the_cell_names_others(database: Database) -> None:
    bring(database, {**ANN, "groups": "Planning; Carers"})
    assert counts(bring(database, {**ANN, "groups": "carers; Readers"})) == (0, 1, 0)
    assert groups(database) == {"Carers", "Readers"}


def test_a_new_address_adds_a_route_after_the_others(database: Database) -> None:
    bring(database, ANN)
    assert counts(bring(database, {**ANN, "phone": "020 7946 0018"})) == (0, 1, 0)
    assert [channel for channel, _, _ in routes(database)] == ["sms", "email", "phone"]


def test_a_different_number_takes_the_place_of_the_old_one(database: Database) -> None:
    bring(database, ANN)
    result = bring(database, {**ANN, "mobile": "07700900002"}, now=LATER)
    assert counts(result) == (0, 1, 0)
    assert sorted(routes(database)) == [
        ("email", "ann@example.org", "active"),
        ("sms", "+447700900001", "dead"),
        ("sms", "+447700900002", "active"),
    ]
    with database.reading() as session:
        old, new = session.exec(select(Route).where(Route.channel == "sms").order_by(col(Route.id))).all()
        assert result.replaced == [(old.id, new.id)]
        assert (old.state_reason, old.state_at, new.position) == (REPLACED, LATER, 1)


def test_a_cell_that_differs_in_capital_letters_only_is_the_same_mailbox(database: Database) -> None:
    bring(database, ANN)
    assert counts(bring(database, {**ANN, "email": "Ann@Example.org"})) == (0, 0, 1)


def test_another_preferred_channel_comes_first_and_the_rest_keeps_its_order(database: Database) -> None:
    bring(database, {**ANN, "phone": "020 7946 0018"})
    result = bring(database, {**ANN, "preferred_channel": "phone", "phone": "020 7946 0018"})
    assert counts(result) == (0, 1, 0)
    assert [channel for channel, _, _ in routes(database)] == ["phone", "sms", "email"]


def test_whoever_prefers_telegram_keeps_the_first_place_free_until_they_join(database: Database) -> None:
    waiting = {"name": "Ann Carter", "preferred_channel": "telegram", "email": "ann@example.org"}
    bring(database, waiting)
    assert counts(bring(database, waiting)) == (0, 0, 1)
    bring(database, {**waiting, "telegram": "4711"})
    assert [channel for channel, _, _ in routes(database)] == ["telegram", "email"]
    with database.reading() as session:
        assert route(session, "telegram").position == 1


def test_consent_is_recorded_once_for_each_route_that_it_is_meant_for(database: Database) -> None:
    cell = "consent 2026-01-01 form: Yes: please\nsoft opt in 2026-02-01 (email) shop"
    bring(database, {**ANN, "consent": cell})
    bring(database, {**ANN, "consent": cell})
    with database.reading() as session:
        found = session.exec(select(Route.channel, Consent).join(Consent, col(Consent.route_id) == Route.id))
        assert sorted((channel, one.basis, one.given_on, one.source, one.wording) for channel, one in found) == [
            ("email", "consent", date(2026, 1, 1), "form", "Yes: please"),
            ("email", "soft_opt_in", date(2026, 2, 1), "shop", ""),
            ("sms", "consent", date(2026, 1, 1), "form", "Yes: please"),
        ]


# Who is who


def test_somebody_who_changed_every_address_is_known_by_a_name_that_only_they_have(database: Database) -> None:
    bring(database, {"name": "Ann Carter", "mobile": "07700900001"})
    assert counts(bring(database, {"name": "ANN CARTER", "mobile": "07700900002"})) == (0, 1, 0)


def test_namesakes_are_told_apart_by_their_addresses(database: Database) -> None:
    bring(database, {"name": "Ann", "email": "a@example.org"}, {"name": "Ann", "email": "b@example.org"})
    result = bring(
        database,
        {"name": "Ann", "email": "b@example.org", "called": "B"},
        {"name": "Ann", "email": "c@example.org", "called": "C"},
    )
    assert counts(result) == (1, 1, 0)
    with database.reading() as session:
        assert sorted(one.called for one in session.exec(select(Person))) == ["", "B", "C"]


def test_a_name_alone_that_two_have_is_a_conflict_and_changes_nothing(database: Database) -> None:
    bring(database, {"name": "Ann", "email": "a@example.org"}, {"name": "Ann", "email": "b@example.org"})
    before = everything(database)
    result = bring(database, {"name": "Ann", "email": ""})
    assert counts(result) == (0, 0, 0)
    assert conflicts(result) == [("name", "More than one person of this name is on file")]
    assert everything(database) == before


def test_two_rows_that_mean_one_person_on_file_are_a_conflict(database: Database) -> None:
    bring(database, ANN)
    result = bring(
        database, {"name": "Ann Carter", "email": "ann@example.org"}, {"name": "Ann Carter", "mobile": "07700900001"}
    )
    assert counts(result) == (0, 0, 1)
    assert conflicts(result) == [("name", "Another row means the same person on file")]


def test_two_people_share_a_phone_and_stay_two(database: Database) -> None:
    bring(database, ANN)
    assert counts(bring(database, {"name": "Joe Carter", "mobile": "07700900001"})) == (1, 0, 0)


# What an import never overrules


@pytest.mark.parametrize("status", [Status.DIED, Status.LEFT])
def test_whoever_died_or_left_stays_exactly_as_they_are(database: Database, status: Status) -> None:
    bring(database, ANN)
    with database.writing() as session:
        people.set_status(session, person(session), status, None, NOW)
    before = everything(database)
    result = bring(database, {**ANN, "called": "Annie", "mobile": "07700900002"}, now=LATER)
    assert counts(result) == (0, 0, 1)
    assert [column for column, _ in conflicts(result)] == ["name"]
    assert everything(database) == before


def test_whoever_is_paused_stays_paused_and_the_rest_of_the_row_is_used(database: Database) -> None:
    bring(database, ANN)
    with database.writing() as session:
        people.set_status(session, person(session), Status.PAUSED, date(2026, 5, 1), NOW)
    result = bring(database, {**ANN, "called": "Annie"})
    assert counts(result) == (0, 1, 0)
    assert conflicts(result) == [("name", "They are paused and stay so")]
    with database.reading() as session:
        ann = person(session)
        assert (ann.status, ann.paused_until, ann.called) == ("paused", date(2026, 5, 1), "Annie")


def test_a_pause_that_is_over_is_no_conflict(database: Database) -> None:
    bring(database, ANN)
    with database.writing() as session:
        people.set_status(session, person(session), Status.PAUSED, NOW.date(), NOW)
    assert bring(database, ANN).conflicts == []


def test_a_stopped_route_stays_stopped_and_the_rest_of_the_row_is_used(database: Database) -> None:
    bring(database, ANN)
    with database.writing() as session:
        stops.stop_route(session, route(session, "sms"), NOW)
    result = bring(database, {**ANN, "called": "Annie"})
    assert counts(result) == (0, 1, 0)
    assert conflicts(result) == [("mobile", "They asked us to stop on sms, and it stays so")]
    assert ("sms", "+447700900001", "stopped") in routes(database)


def test_a_new_number_on_a_channel_that_was_stopped_begins_stopped(database: Database) -> None:
    bring(database, ANN)
    with database.writing() as session:
        stops.stop_route(session, route(session, "sms"), NOW)
    result = bring(database, {**ANN, "mobile": "07700900002"})
    assert [column for column, _ in conflicts(result)] == ["mobile"]
    assert [state for channel, _, state in routes(database) if channel == "sms"] == ["stopped", "stopped"]
    before = everything(database)
    assert counts(bring(database, {**ANN, "mobile": "07700900002"}, now=LATER)) == (0, 0, 1)
    assert everything(database) == before


def test_whoever_stopped_everything_stays_stopped(database: Database) -> None:
    bring(database, ANN)
    with database.writing() as session:
        stops.stop_everything(session, person(session), NOW)
    before = everything(database)
    result = bring(database, ANN, now=LATER)
    assert (counts(result), conflicts(result)[0][0]) == ((0, 0, 1), "name")
    assert everything(database) == before


def test_a_number_that_is_somebody_elses_does_not_come_back_for_texts(database: Database) -> None:
    """A caller has met a stranger on the telephone; an old list has the same number under "mobile"."""
    bring(database, {"name": ANN["name"], "phone": "07700900009"})
    with database.writing() as session:
        session.exec(update(Route).values(state="dead", state_reason=WRONG_NUMBER))
    result = bring(database, {"name": ANN["name"], "phone": "07700900009", "mobile": "07700900009"}, now=LATER)
    what = f"This address is on file as one that reaches nobody ({WRONG_NUMBER})"
    assert set(conflicts(result)) == {("phone", what), ("mobile", what)}
    assert [channel for channel, *_ in routes(database)] == ["phone"]


def test_a_dead_number_is_not_revived(database: Database) -> None:
    bring(database, ANN)
    with database.writing() as session:
        session.exec(
            update(Route).where(col(Route.channel) == "sms").values(state="dead", state_reason="no such number")
        )
    before = everything(database)
    result = bring(database, ANN, now=LATER)
    assert counts(result) == (0, 0, 1)
    assert conflicts(result) == [("mobile", "This address is on file as one that reaches nobody (no such number)")]
    assert everything(database) == before
    bring(database, {**ANN, "mobile": "07700900002"})
    assert ("sms", "+447700900002", "active") in routes(database)
    with database.reading() as session:
        assert session.exec(select(Route.position).where(Route.address == "+447700900002")).one() == 1


def test_an_old_file_does_not_bring_back_a_number_that_was_replaced(database: Database) -> None:
    bring(database, ANN)
    bring(database, {**ANN, "mobile": "07700900002"})
    before = everything(database)
    result = bring(database, ANN, now=LATER)
    assert [column for column, _ in conflicts(result)] == ["mobile"]
    assert everything(database) == before


def test_an_order_that_the_person_chose_stays(database: Database) -> None:
    bring(database, ANN)
    with database.writing() as session:
        email = route(session, "email")
        stops.set_order(session, person(session), [email.id or 0], NOW, by_person=True)
    before = everything(database)
    result = bring(database, ANN, now=LATER)
    assert counts(result) == (0, 0, 1)
    assert [column for column, _ in conflicts(result)] == ["preferred_channel"]
    assert everything(database) == before


def test_a_channel_never_to_use_is_added_but_never_taken_away(database: Database) -> None:
    bring(database, {**ANN, "never": "phone"})
    result = bring(database, {**ANN, "never": "telegram"})
    assert conflicts(result) == [("never", "phone stays never to be used, as it is on file")]
    with database.reading() as session:
        assert person(session).never == "phone;telegram"
    moved = bring(database, {**ANN, "preferred_channel": "phone", "phone": "020 7946 0018"})
    assert [column for column, _ in conflicts(moved)] == ["preferred_channel"]
    assert routes(database)[0][0] == "sms"


def test_a_withdrawn_consent_is_not_given_again_by_the_old_file(database: Database) -> None:
    row = {**ANN, "consent": "consent 2026-01-01 form"}
    bring(database, row)
    with database.writing() as session:
        session.exec(update(Consent).values(withdrawn_at=NOW))
    before = everything(database)
    result = bring(database, row, now=LATER)
    assert [column for column, _ in conflicts(result)] == ["consent", "consent"]
    assert everything(database) == before
    assert counts(bring(database, {**ANN, "consent": "consent 2026-03-02 form"})) == (0, 1, 0)


def test_an_address_whose_owner_asked_us_to_stop_arrives_stopped(database: Database) -> None:
    with database.writing() as session:
        suppressions.suppress(session, [suppressions.route_hash(SECRET, "email", "ANN@example.org")], NOW)
    result = bring(database, ANN)
    assert counts(result) == (1, 0, 0)
    assert [column for column, _ in conflicts(result)] == ["email"]
    assert routes(database) == [("sms", "+447700900001", "active"), ("email", "ann@example.org", "stopped")]
    with database.reading() as session:
        assert route(session, "email").state_reason == OPTED_OUT


def test_a_new_person_at_a_stopped_number_begins_stopped_there(database: Database) -> None:
    bring(database, ANN)
    with database.writing() as session:
        stops.stop_route(session, route(session, "sms"), NOW)
    bring(database, {"name": "Annie Carter", "mobile": "07700900001", "phone": "07700900001"})
    assert routes(database, "Annie Carter") == [
        ("sms", "+447700900001", "stopped"),
        ("phone", "+447700900001", "active"),
    ]


def test_an_old_file_does_not_bring_back_who_was_erased(database: Database) -> None:
    bring(database, ANN)
    with database.writing() as session:
        erasure.erase(session, person(session), SECRET, NOW)
    before = everything(database)
    result = bring(database, ANN, now=LATER)
    assert (counts(result), conflicts(result)) == ((0, 0, 0), [("name", "They were erased and stay so")])
    assert everything(database) == before
    assert counts(bring(database, {**ANN, "name": "Joe Carter"})) == (1, 0, 0)
    assert counts(bring(database, ANN, asked_back=True)) == (1, 0, 0)


def test_an_opt_out_survives_an_erasure(database: Database) -> None:
    bring(database, ANN)
    with database.writing() as session:
        stops.stop_route(session, route(session, "sms"), NOW)
        erasure.erase(session, person(session), SECRET, NOW)
    bring(database, ANN, asked_back=True)
    assert routes(database) == [("sms", "+447700900001", "stopped"), ("email", "ann@example.org", "active")]


# Many people


def test_a_thousand_people_take_a_handful_of_statements(database: Database) -> None:
    from sqlalchemy import event

    rows = [
        {"name": f"Person {n}", "email": f"p{n}@example.org", "groups": "A; B", "consent": "consent 2026-01-01"}
        for n in range(1000)
    ]
    read = file(*rows).rows
    statements: list[str] = []
    event.listen(database.writer, "before_cursor_execute", lambda *args: statements.append(args[2]))
    with database.writing() as session:
        assert counts(import_people(session, read, SECRET, NOW)) == (1000, 0, 0)
    assert len(statements) < 40
    statements.clear()
    with database.writing() as session:
        assert counts(import_people(session, read, SECRET, LATER)) == (0, 0, 1000)
    assert len(statements) < 15
    assert not any(statement.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")) for statement in statements)


# Whatever is on file, exporting and importing it changes nothing

NAMES = ["Ann", "Ben", "Mei"]


@st.composite
def rows(draw: st.DrawFn) -> list[dict[str, str]]:
    found = []
    for name in draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=3, unique=True)):
        given = draw(st.sets(st.sampled_from(["email", "mobile", "telegram", "phone"])))
        number = draw(st.integers(1, 2))
        row = {"name": name, "called": draw(st.sampled_from(["", "X"]))}
        row["email"] = f"{name}{number}@example.org" if "email" in given else ""
        row["mobile"] = f"0770090000{number}" if "mobile" in given else ""
        row["telegram"] = f"47{number}" if "telegram" in given else ""
        row["phone"] = f"020 7946 000{number}" if "phone" in given else ""
        channels = [channel for channel in ("email", "telegram", "phone") if channel in given]
        row["preferred_channel"] = draw(st.sampled_from(["", "telegram", *channels]))
        row["never"] = ";".join(draw(st.sets(st.sampled_from(["sms", "phone"]))) - {row["preferred_channel"]})
        row["groups"] = draw(st.sampled_from(["", "A", "A;B"]))
        row["consent"] = draw(st.sampled_from(["", "consent 2026-01-01 form", "consent 2026-01-02 (email)"]))
        found.append(row)
    return found


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@given(data=st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_export_then_import_changes_nothing_whatever_happened_before(database: Database, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 4))):
        bring(database, *data.draw(rows()))
        with database.writing() as session:
            somebody = session.exec(select(Person).order_by(col(Person.id).desc())).first()
            assert somebody
            own = stops.routes_of_person(session, somebody)
            # All is drawn before the database is asked: it remembers the examples before, and they must not differ.
            what = data.draw(st.sampled_from(["nothing", "stop", "everything", "dead", "order", "start", "pause"]))
            dice, by_person = random.Random(data.draw(st.integers(0, 1000))), data.draw(st.booleans())
            match what:
                case "stop" if own:
                    stops.stop_route(session, dice.choice(own), NOW)
                case "everything":
                    stops.stop_everything(session, somebody, NOW)
                case "dead" if own:
                    dice.choice(own).state = RouteState.DEAD
                case "order":
                    shuffled = dice.sample([one.id or 0 for one in own], len(own))
                    stops.set_order(session, somebody, shuffled, NOW, by_person=by_person)
                case "start" if own:
                    stops.start_route(session, dice.choice(own), SECRET, NOW)
                case "pause":
                    people.set_status(session, somebody, Status.PAUSED, None, NOW)
    before = everything(database)
    with database.reading() as session:
        exported = read_people(write_csv(people.export(session)), "people.csv", "GB")
    assert exported.errors == []
    with database.writing() as session:
        result = import_people(session, exported.rows, SECRET, LATER)
    assert (result.added, result.changed) == ([], [])
    assert everything(database) == before
