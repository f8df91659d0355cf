from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from openpyxl import Workbook
from sqlmodel import col, select, update

from actions import call_lists, shift
from actions.call_returns import Imported, begin, note_rows, read_calls
from core.answers import Answer
from core.errors import Refused, UserError
from core.notices import About, Kind, Whom
from core.roles import TERMINAL
from core.sheets import SheetRow, Table, read_sheet, write_csv, write_xlsx
from store import notices
from store.database import Database, Session
from store.tables import Audit, CallBack, CallOutcome, Delivery, MeetingAnswer, Person, Route
from store.tables.base import known
from tests.actions.meetings import add as add_meeting
from tests.actions.ringing import CORA, DAY, NOON, VERA, at, holding, list_calls, number, people, save, to_ring
from tests.core import paper
from tests.core.excel import saved
from tests.store.people import add_person, deliveries, publish

UNTIL = NOON + timedelta(hours=5)


def sheet(session: Session, name: str = "calls.csv", minutes: float = 0, **more: Any) -> bytes:
    """Makes a list as every door does: drawn, written, handed out."""
    drawn = call_lists.draw(session, TERMINAL, name, at(minutes), **more)
    made = drawn.file()
    assert call_lists.hand_out(session, TERMINAL, drawn)
    return made.data


def filled(data: bytes, name: str = "calls.csv", **by_name: dict[str, str]) -> bytes:
    """Fills a list in: cells by the first word of a person's name."""
    read = read_sheet(data, name)

    def cells(row: SheetRow) -> list[str]:
        return [*{**row.cells, **by_name.get(row.cells["name"].split()[0], {})}.values()]

    table = Table("Calls", read.header, [cells(row) for row in read.rows])
    return write_csv(table) if name.endswith(".csv") else write_xlsx(table)


def bring(session: Session, data: bytes, minutes: float = 60, name: str = "calls.csv") -> Imported:
    file = read_calls(data, name)
    done = begin(session, TERMINAL, file)
    for part in file.parts():
        note_rows(session, TERMINAL, part, at(minutes), done)
    return done


def noted(session: Session) -> list[tuple[str, str, str]]:
    wanted = select(CallOutcome).order_by(CallOutcome.id)  # type: ignore[arg-type]
    return [(one.outcome, one.note, one.by) for one in session.exec(wanted)]


@pytest.mark.parametrize("name", ["calls.csv", "calls.xlsx"])
def test_a_filled_list_comes_back_and_twice_changes_nothing(database: Database, name: str) -> None:
    with database.writing() as session:
        to_ring(session, "Ann", "Bob", "Cy")
        data = filled(
            sheet(session, name, caller="Jo Bell", until=UNTIL),
            name,
            Ann={"outcome": "Reached", "note": "=will come"},
            Bob={"outcome": "no answer"},
        )
        done = bring(session, data, name=name)
        assert done.to_json() == {"noted": 2, "unchanged": 1, "flagged": [], "errors": []}
        assert noted(session) == [("reached", "=will come", "Jo Bell"), ("no_answer", "", "Jo Bell")]
        assert [one.state for one in deliveries(session)] == ["delivered", "accepted", "accepted"]
        again = bring(session, data, 120, name)
        assert again.to_json() == {"noted": 0, "unchanged": 3, "flagged": [], "errors": []}
        assert len(noted(session)) == 2
        assert shift.next_call(session, CORA, at(121)) is None  # Bob and Cy are still on Jo's paper


def test_the_next_list_counts_as_another_try(database: Database) -> None:
    with database.writing() as session:
        to_ring(session, "Ann")
        for minutes in (0, 120, 240):
            data = filled(sheet(session, minutes=minutes), Ann={"outcome": "no answer"})
            assert bring(session, data, minutes + 60).noted == 1
            assert bring(session, data, minutes + 61).noted == 0
        assert [one.state for one in deliveries(session)] == ["failed"]


def crowd(session: Session, size: int) -> None:
    """Puts people in who can only be rung: one by the usual way, and the others as copies of them, which is quick."""
    people(session, "Ann")
    numbers = f"WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < {size})"
    persons, routes = (
        ", ".join(name for name in kind.model_fields if name not in own)
        for kind, own in ((Person, ("id", "uid", "name")), (Route, ("id", "uid", "person_id", "address")))
    )
    for sql in (
        f"{numbers} INSERT INTO person (id, uid, name, {persons}) "
        f"SELECT i, printf('%036d', i), 'Person ' || i, {persons} FROM n, person",
        f"{numbers} INSERT INTO route (uid, person_id, address, {routes}) "
        f"SELECT printf('%036d', i), i, printf('+4416%08d', i), {routes} FROM n, route",
    ):
        session.connection().exec_driver_sql(sql)


def test_an_export_that_comes_back_as_it_is_changes_nothing_for_5000_calls(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.writing() as session:
        crowd(session, 5000)
        notice = publish(session)
        while notices.spread(session, known(notice.id), ("phone",), NOON.date(), NOON):
            pass
        session.exec(update(Delivery).values(state="accepted"))
    with database.writing() as session:
        done = bring(session, sheet(session))
        assert done.to_json() == {"noted": 0, "unchanged": 5000, "flagged": [], "errors": []}
        assert noted(session) == []
    database.close()


def test_what_was_done_elsewhere_meanwhile_is_flagged_and_only_what_still_counts_is_noted(database: Database) -> None:
    with database.writing() as session:
        to_ring(session, "Ann", "Bob", "Cy")
        data = filled(
            sheet(session),
            Ann={"outcome": "no answer"},
            Bob={"outcome": "reached"},
            Cy={"outcome": "engaged"},
        )
        save(session, holding(session), "reached", 1)  # Ann
        save(session, holding(session), "no_answer", 2)  # Bob
        done = bring(session, data)
        assert (done.noted, done.unchanged) == (1, 0)
        assert [(one.row, one.name) for one in done.flagged] == [(2, "Ann"), (3, "Bob")]
        assert "cora: reached" in done.flagged[0].problem
        assert "not noted" in done.flagged[0].mend
        assert [outcome for outcome, _, _ in noted(session)] == ["reached", "no_answer", "reached", "engaged"]
        assert [one.state for one in deliveries(session)] == ["delivered", "delivered", "accepted"]
        again = bring(session, data)
        assert (again.noted, len(noted(session))) == (0, 4)


def test_paper_speaks_the_language_of_the_group(database: Database) -> None:
    with database.writing() as session:
        to_ring(session, "Ann")
        around = at()
        welsh = replace(around, settings=around.settings.model_copy(update={"language": "cy"}))
        for those, language, word in ((welsh, b"/Lang (cy)", "Preifat"), (around, b"/Lang (en)", "Private")):
            data = call_lists.draw(session, TERMINAL, "calls.pdf", those).file().data
            assert language in data
            assert word in paper.pages(data)[1]


def test_answers_and_times_to_ring_back_come_along(database: Database) -> None:
    with database.writing() as session:
        meeting = add_meeting(session)
        people(session, "Ann", "Bob")
        about = About(meeting, 1, Whom.EVERYONE)
        publish(session, about=about, kind=Kind.INVITATION, not_after=NOON + 20 * DAY)
        list_calls(session)
        data = filled(sheet(session), Ann={"answer": "Maybe"}, Bob={"ring back at": "2026-03-03 11:00"})
        assert bring(session, data).noted == 2
        assert [one.value for one in session.exec(select(MeetingAnswer))] == [Answer.MAYBE]
        assert "maybe by phone" in session.exec(select(Audit.detail).where(Audit.action == "meeting.answer")).all()
        (back,) = session.exec(select(CallBack)).all()
        assert (back.at, back.by) == (NOON + timedelta(hours=23), "")


def test_a_sheet_comes_back_as_excel_writes_it_and_one_wrong_time_is_an_error_of_its_row(database: Database) -> None:
    with database.writing() as session:
        to_ring(session, "Ann", "Bob", "Cy", "Dee")
        given = filled(
            sheet(session),
            Ann={"ring back at": "2026-03-03 11:00"},
            Bob={"ring back at": "46521.5"},
            Cy={"outcome": "reached", "note": "1/2 hour"},
        )
        typed = given.replace(b"'2026-", b"2026-")  # as a caller types it, without what guards it
        rows = list(csv.reader(io.StringIO(typed.decode("utf-8-sig"), newline="")))
        back = io.StringIO(newline="")
        csv.writer(back).writerows([[saved(cell) for cell in row] for row in rows])
        assert "03/03/2026 11:00" in back.getvalue()
        done = bring(session, back.getvalue().encode("cp1252"))
        assert (done.noted, done.unchanged) == (2, 1)
        assert [(one.row, one.column, one.name) for one in done.errors] == [(3, "ring back at", "Bob")]
        assert session.exec(select(CallBack.at)).one() == NOON + timedelta(hours=23)
        assert bring(session, given).noted == 0


def test_a_time_in_a_workbook_that_has_become_a_real_date_is_understood(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    with database.writing() as session:
        to_ring(session, "Ann", "Bob", "Cy")
        codes = [row.cells["code"] for row in read_sheet(sheet(session), "calls.csv").rows]
        book = Workbook()
        assert book.active is not None
        book.active.append(["code", "outcome", "ring back at"])
        backs: list[Any] = [datetime(2026, 3, 3, 11), 46084.4999999, 1e12]  # noqa: DTZ001 - Excel knows no offset
        for row, (code, back) in enumerate(zip(codes, backs, strict=True), 2):
            book.active.append([code, "call back", back])
            book.active.cell(row, 3).number_format = "dd/mm/yyyy hh:mm"
        data = io.BytesIO()
        book.save(data)
        done = bring(session, data.getvalue(), name="calls.xlsx")
        assert (done.noted, [(one.row, one.column) for one in done.errors]) == (2, [(4, "ring back at")])
        times = [one.at - NOON for one in session.exec(select(CallBack).order_by(col(CallBack.delivery_id)))]
        assert times == [timedelta(hours=23), timedelta(days=1)]
    database.close()


def test_an_answer_that_comes_back_after_the_meeting_is_flagged_and_the_call_counts(database: Database) -> None:
    with database.writing() as session:
        meeting = add_meeting(session)
        people(session, "Ann")
        publish(session, about=About(meeting, 1, Whom.EVERYONE), kind=Kind.INVITATION, not_after=NOON + 20 * DAY)
        list_calls(session)
        data = filled(sheet(session), Ann={"outcome": "reached", "answer": "yes"})
        done = bring(session, data, minutes=400 * 24 * 60)
        assert [(one.column, one.problem) for one in done.flagged] == [
            ("answer", "The meeting is over or was cancelled")
        ]
        assert [outcome for outcome, _, _ in noted(session)] == ["reached"]
        assert session.exec(select(MeetingAnswer)).all() == []
        again = bring(session, data, minutes=401 * 24 * 60)
        assert (again.unchanged, again.flagged) == (1, [])


def test_what_cannot_be_understood_is_listed_by_row_and_column_and_the_rest_is_noted(database: Database) -> None:
    with database.writing() as session:
        to_ring(session, "Ann", "Bob", "Cy", "Dee", "Eve")
        data = filled(
            sheet(session),
            Ann={"outcome": "shouted"},
            Bob={"outcome": "reached", "code": "ffffffff"},
            Cy={"outcome": "reached", "answer": "often"},
            Dee={"note": "she was out"},
            Eve={"outcome": "reached"},
        )
        done = bring(session, data)
        assert done.noted == 1
        assert [(one.row, one.column) for one in done.errors] == [
            (2, "outcome"),
            (3, "code"),
            (4, "answer"),
            (5, "outcome"),
        ]
        assert all(one.mend for one in done.errors)


def test_headings_may_be_moved_and_renamed_and_others_added(database: Database) -> None:
    with database.writing() as session:
        to_ring(session, "Ann")
        code = deliveries(session)[0].uid[-8:].upper()
        text = f"My own column,Outcomes,CODE,Notes\n1,Left a message,{code},rang twice\n"
        assert bring(session, text.encode()).noted == 1
        assert bring(session, text.encode()).noted == 0
        assert noted(session) == [("voicemail", "rang twice", "terminal")]


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("calls.csv", b"name,number\nAnn,1\n", 'no column "code"'),
        ("calls.csv", b"code,number\nAnn,1\n", 'no column "outcome"'),
        ("calls.csv", b"code,outcome,result\n1,2,3\n", "both mean"),
        ("calls.csv", b"code,outcome\n12345678,reached\n", "No row has the code"),
        ("calls.xlsx", b"nothing", "not an Excel workbook"),
        ("calls.csv", b"", "empty"),
        ("calls.pdf", b"%PDF-1.7", "is a PDF"),
    ],
)
def test_another_file_is_refused_in_plain_words(sqlite_url: str, name: str, data: bytes, what: str) -> None:
    database = Database(sqlite_url)
    with database.writing() as session:
        to_ring(session, "Ann")
        with pytest.raises(UserError, match=what):
            bring(session, data, name=name)
        assert noted(session) == []
    database.close()


def test_a_formula_in_a_sheet_is_refused(sqlite_url: str) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["code", "outcome"])
    book.active.append(["=1+1", "reached"])
    data = io.BytesIO()
    book.save(data)
    database = Database(sqlite_url)
    with database.writing() as session, pytest.raises(UserError, match="formula"):
        bring(session, data.getvalue(), name="calls.xlsx")
    database.close()


def test_names_and_numbers_come_back_as_they_were_and_nothing_is_a_formula(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "=HYPERLINK(1)", "phone", addresses={"phone": number(1)}, notes="+44 and 01632, @home")
        publish(session)
        list_calls(session)
        for name in ("calls.csv", "calls.xlsx"):
            (row,) = read_sheet(sheet(session, name), name).rows
            assert (row.cells["name"], row.cells["number"]) == ("=HYPERLINK(1)", number(1))
            assert row.cells["needs"] == "+44 and 01632, @home"


@pytest.mark.parametrize(
    ("back_at", "what"),
    [
        ("2026-03-02 09:00", "This time has passed"),
        ("2026-03-02 23:00", "Nobody is rung in the quiet hours"),
        ("2027-03-02 11:00", "too late"),
    ],
)
def test_a_promise_that_cannot_be_kept_is_said(database: Database, back_at: str, what: str) -> None:
    with database.writing() as session:
        to_ring(session, "Ann")
        done = bring(session, filled(sheet(session), Ann={"outcome": "call back", "ring back at": back_at}))
        assert (done.noted, noted(session)[0][0]) == (1, "call_back"), "what came of the call counts all the same"
        (flag,) = done.flagged
        assert (flag.column, what in flag.problem, "the promise was not" in flag.mend) == ("ring back at", True, True)
        assert session.exec(select(CallBack)).all() == []


def test_a_viewer_brings_nothing_in(database: Database) -> None:
    with database.writing() as session, pytest.raises(Refused):
        begin(session, VERA, read_calls(b"code,outcome\n", "calls.csv"))
