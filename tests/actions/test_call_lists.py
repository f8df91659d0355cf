from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlmodel import col, select

from actions import call_lists, calls, fonts, shift
from actions.call_lists import Drawn, Exported
from core.errors import UserError
from core.people import Role
from core.printed_call import NoFont
from core.roles import TERMINAL, Actor
from core.sheets import read_sheet
from store.database import Database, Session
from store.tables import Audit, CallLease, Person, Route
from tests.actions.ringing import CORA, DAY, HOUR, NOON, at, holding, list_calls, number, save, to_ring
from tests.actions.test_call_returns import bring, filled, sheet
from tests.store.people import add_person, publish

UNTIL = NOON + 5 * HOUR


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Database]:
    one = Database(sqlite_url)
    yield one
    one.close()


def given(session: Session, caller: str, until: datetime = UNTIL, minutes: float = 0, **more: Any) -> Drawn:
    drawn = call_lists.draw(session, TERMINAL, "a.csv", at(minutes), caller=caller, until=until, **more)
    assert call_lists.hand_out(session, TERMINAL, drawn)
    return drawn


async def export(database: Database, name: str = "calls.csv", **more: Any) -> Exported:
    return await call_lists.export(database, TERMINAL, name, at(), **more)


def leases(session: Session) -> list[str]:
    return [one.by for one in session.exec(select(CallLease).where(col(CallLease.paper).is_(True)))]


def test_paper_and_screen_share_the_people_out_among_them(database: Database) -> None:
    with database.writing() as session:
        for n in range(30):
            add_person(session, f"Person {n:02}", "phone", addresses={"phone": number(n)})
        first = publish(session, "one")
        second = publish(session, "two")
        list_calls(session)
        on_screen = shift.next_call(session, CORA, at())
        assert on_screen is not None
        drawn = given(session, "Jo Bell", notice=first.uid)
        assert len(drawn.calls) == 29  # all but whom Cora is ringing
        assert on_screen.whole_name not in {call.name for call in drawn.calls}
        with pytest.raises(UserError, match="other callers have all 30 calls"):
            given(session, "Al", notice=second.uid)  # the same people, about something else: they are Jo's
        assert len(given(session, "jo  BELL", notice=first.uid).calls) == 29
        shift.save(session, CORA, on_screen.token, on_screen.call, "reached", "", at(1))
        left = shift.next_call(session, CORA, at(2))
        assert left is not None
        assert left.person == on_screen.person  # her other notice
        shift.save(session, CORA, left.token, left.call, "reached", "", at(3))
        assert shift.next_call(session, CORA, at(4)) is None
        assert shift.waiting(session, CORA, at(4)).paper == 29
        out = call_lists.lists_out(session, TERMINAL, at(4))
        assert [(one.name, one.count, one.until) for one in out] == [("Jo Bell", 29, UNTIL)]
        # Her time is over at five; the hours for ringing are too, and on the next morning they are everybody's.
        morning = at(22 * 60 + 1)
        assert shift.next_call(session, CORA, morning) is not None
        leases = session.exec(select(CallLease).where(col(CallLease.until) > morning.now)).all()
        assert [lease.by for lease in leases] == ["cora"]


def test_a_list_that_is_taken_back_is_everybodys(sqlite: Database) -> None:
    with sqlite.writing() as session:
        to_ring(session, "Ann")
        given(session, " Jo  Bell ")
        assert shift.next_call(session, CORA, at()) is None
        assert call_lists.take_back(session, TERMINAL, "jo bell", at()) == 1
        assert shift.next_call(session, CORA, at()) is not None


async def test_nobody_is_handed_out_before_the_file_is_there(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither where a name can't be printed, nor where what is to be said can't, nor where the file can't be kept."""
    monkeypatch.setattr(fonts, "_folders", list)  # a machine without a font of its own
    with sqlite.writing() as session:
        to_ring(session, "王小明")
    kept: list[bytes] = []
    jo: Any = {"caller": "Jo", "until": UNTIL, "keep": kept.append}

    def full(_: bytes) -> None:
        raise OSError("no room is left")

    made = await export(sqlite, "calls.pdf", whole=True, **jo)
    assert [one.text for one in made.unprintable] == ["王小明"]
    with pytest.raises(OSError, match="no room"):
        await export(sqlite, **{**jo, "keep": full})
    with sqlite.writing() as session:
        assert (leases(session), kept) == ([], [])
        assert session.exec(select(Audit).where(Audit.action == "calls.export")).all() == []
        publish(session, "zh", text="星期一开会")
        list_calls(session)
    with pytest.raises(NoFont, match=r"星期一.*\.xlsx"):
        await export(sqlite, "calls.pdf", **jo)
    assert (await export(sqlite, "calls.xlsx", **jo)).calls == 2
    with sqlite.reading() as session:
        assert (leases(session), len(kept)) == (["Jo", "Jo"], 1)


async def test_what_was_printed_is_what_is_handed_out(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the first file is made Ann is rung, Bob moves house and Dee joins: the second one is handed out."""
    with sqlite.writing() as session:
        to_ring(session, "Ann", "Bob", "Cy")
    make, files = Drawn.file, []

    def meanwhile(drawn: Drawn) -> Exported:
        files.append(make(drawn))
        with sqlite.writing() as session:
            if len(files) == 1:
                save(session, holding(session), "reached")
                session.exec(select(Route).where(Route.address == number(1001))).one().address = number(7)
            elif len(files) == 2:
                add_person(session, "Dee", "phone", addresses={"phone": number(1005)})
                publish(session, "more")
                list_calls(session)
        return files[-1]

    monkeypatch.setattr(Drawn, "file", meanwhile)
    kept: list[bytes] = []
    made = await export(sqlite, caller="Jo", until=UNTIL, keep=kept.append)
    assert (kept, made.data) == ([files[1].data], files[1].data)
    rows = read_sheet(made.data, "x.csv").rows
    assert [(row.cells["name"], row.cells["number"]) for row in rows] == [("Bob", number(7)), ("Cy", number(1002))]
    with sqlite.reading() as session:
        assert leases(session) == ["Jo", "Jo"]


async def test_a_list_that_changes_faster_than_it_is_made_is_not_handed_out(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with sqlite.writing() as session:
        to_ring(session, *"ABCDE")
    make = Drawn.file

    def meanwhile(drawn: Drawn) -> Exported:
        with sqlite.writing() as session:
            save(session, holding(session), "reached")
        return make(drawn)

    monkeypatch.setattr(Drawn, "file", meanwhile)
    with pytest.raises(UserError, match="while it was made"):
        await export(sqlite, caller="Jo", until=UNTIL)
    with sqlite.reading() as session:
        assert leases(session) == []


def test_a_caller_of_the_staff_is_known_by_their_name_and_whom_they_reached_stays_theirs(sqlite: Database) -> None:
    """A result from paper counts for its caller, and one that is nobody's of the staff makes nobody a stranger."""
    with sqlite.writing() as session:
        to_ring(session, "Ann", "Bob", "Cy", "Dee")
        jo = add_person(session, "Jo Bell", staff="caller").uid
        add_person(session, "Al Fox", staff="caller")
        add_person(session, "Al Fox", staff="caller")
        data = filled(sheet(session, caller="jo bell", until=UNTIL), Ann={"outcome": "reached"})
        assert set(leases(session)) == {jo}
        bring(session, data)
        code = next(one.code for one in calls.listing(session, TERMINAL, at()) if one.name == "Dee")
        calls.record(session, TERMINAL, code, "reached", "", at())
        assert [one.name for one in call_lists.lists_out(session, TERMINAL, at())] == ["Jo Bell"]
        assert call_lists.take_back(session, TERMINAL, "JO BELL", at()) == 2
        data = filled(sheet(session, minutes=1, caller="Al  Fox", until=UNTIL), Bob={"outcome": "reached"})
        assert leases(session) == ["Al Fox", "Al Fox"]  # which of the two nobody can tell
        bring(session, data)
        call_lists.take_back(session, TERMINAL, "Al Fox", at())
        code = next(one.code for one in calls.listing(session, TERMINAL, at()) if one.name == "Cy")
        calls.record(session, TERMINAL, code, "reached", "", at())
        usual = {one.name: one.usual_caller for one in session.exec(select(Person)) if one.name in "Ann Bob Cy Dee"}
        assert usual == {"Ann": jo, "Bob": None, "Cy": None, "Dee": jo}
        publish(session, "next")
        list_calls(session)
        assert holding(session, Actor(jo, Role.CALLER), 70).name == "Ann"


@pytest.mark.parametrize(
    ("name", "caller", "until", "what"),
    [
        ("a.csv", "Jo", None, "both a name and a time"),
        ("a.csv", "", UNTIL, "both"),
        ("a.csv", "Jo", NOON - DAY, "out of date"),
        (
            "a.csv",
            "Jo",
            NOON + 3 * DAY + HOUR,
            "too late for every call on the list .*Thursday 5 March 2026 at 12 noon",
        ),
        ("a.csv", "Jo", NOON + 30_000 * DAY, "14 days at most .*Thursday 5 March"),
        ("a.csv", "J" * 101, UNTIL, "longer than 100"),
        ("a.doc", "Jo", UNTIL, "must end in"),
    ],
)
def test_a_list_is_handed_out_with_a_name_and_a_time(
    sqlite: Database, name: str, caller: str, until: Any, what: str
) -> None:
    with sqlite.writing() as session:
        to_ring(session, "Ann")
        with pytest.raises(UserError, match=what):
            call_lists.draw(session, TERMINAL, name, at(), caller=caller, until=until)


def test_a_list_of_nobody_is_not_made(sqlite: Database) -> None:
    with sqlite.writing() as session, pytest.raises(UserError, match="Nobody has to be rung"):
        call_lists.draw(session, TERMINAL, "a.pdf", at())


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx"])
def test_a_sheet_says_when_somebody_asked_to_be_rung(sqlite: Database, name: str) -> None:
    with sqlite.writing() as session:
        to_ring(session, "Ann", "Bob")
        save(session, holding(session), "call_back", call_back_at=NOON + DAY)
        read = read_sheet(sheet(session, name, 1), name)
        assert [row.cells.get("asked to be rung at", "") for row in read.rows] == ["2026-03-03 12:00", ""]
        assert read.header[-2:] == ["note", "asked to be rung at"]  # what is new comes last
        assert bring(session, filled(sheet(session, name, 1), name), name=name).errors == []
