from __future__ import annotations

import io
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from sqlmodel import select

from actions import fonts, meetings
from actions.meeting_orders import NewMeeting
from core.people import Role
from core.roles import TERMINAL
from store.tables import Notice, Person
from tests.bot.crowd import TEXT, crowd, notices, result, told
from tests.bot.town import ChatTown, chat_town
from tests.core import paper

QUICK = {"RINGROUND_CHAT__UNDO": "PT0S"}


async def announced(town: ChatTown, people: int = 5) -> int:
    sam = crowd(town, people)
    town.person("Nan Shaw")
    await town.says(sam, f"/announce {TEXT}")
    await town.presses(sam, "Send")
    return sam


def meet(town: ChatTown, starts: str = "2026-03-30 14:00") -> str:
    new = NewMeeting("Spring meeting", starts, 90, place="The library")
    with town.database.writing() as session:
        return meetings.add(session, TERMINAL, new, town.around)[0]


async def test_status_says_what_waits_and_what_comes_next_for_each(folder: Path) -> None:
    async with chat_town(folder, **QUICK) as town:
        sam = town.staff("Sam Lee")
        nothing = await town.says(sam, "/status")
        assert "Nothing is under way: nobody waits to be reached." in nothing
        assert "Nothing is planned." in nothing
        await announced(town)
        await result(town, sam + 2)
        meet(town)
        shown = await town.says(sam, "/status")
        assert "2 people are not reached yet:" in shown
        assert "- Nan Shaw: somebody has to see to them (no way to reach them is on file)" in shown
        assert "- Person 3: to be rung; they are on the call list" in shown
        assert "Planned next:" in shown
        assert "Monday 16 March at 10am: invitation, Spring meeting." in shown


async def test_status_says_when_what_waits_will_leave(folder: Path) -> None:
    async with chat_town(folder) as town:
        sam = await announced(town)
        await town.says(sam, f"/announce Another thing. {TEXT}")
        await town.presses(sam, "When")
        await town.says(sam, "tomorrow at 2pm")
        await town.presses(sam, "Send")
        assert "- Person 0: goes by e-mail on Tuesday 3 March at 2pm" in await town.says(sam, "/status")


async def test_the_picture_comes_with_its_words(folder: Path) -> None:
    async with chat_town(folder, **QUICK) as town:
        sam = await announced(town)
        await result(town, sam)
        await town.says(sam, "/status")
        words = await town.says(sam, "picture")
        assert "Sent, nobody can say whether it has arrived 4, Need a person 2." in words
        picture = town.last(sam).file
        assert picture is not None
        assert picture.startswith(b"\x89PNG\r\n\x1a\n")
        assert "2 people are not reached yet:" in await town.says(sam, "who")


async def test_calls_go_out_as_a_sheet_and_on_paper_and_come_back_filled_in(folder: Path) -> None:
    async with chat_town(folder, **QUICK) as town:
        sam = await announced(town)
        await result(town, sam)
        listed = await town.says(sam, "/calls")
        assert "1 call to make. About 3 minutes." in listed
        assert "1. Person 3" in listed
        await town.says(sam, "Paper (PDF)")
        printed = town.last(sam).file
        assert printed is not None
        assert "Person 3" in paper.pages(printed)[1]
        await town.presses(sam, "Spreadsheet")
        assert "Please delete this file when the calls are made" in town.last(sam).text
        sheet = town.last(sam).file
        assert sheet is not None
        book = load_workbook(io.BytesIO(sheet))
        page = book.worksheets[0]
        column = next(cell.column for cell in page[1] if cell.value == "outcome")
        page.cell(2, column, "reached")
        filled = io.BytesIO()
        book.save(filled)
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        assert "1 result was noted." in await town.sends(sam, "calls.xlsx", filled.getvalue(), kind)
        again = await town.sends(sam, "calls.xlsx", filled.getvalue(), kind)
        assert "0 results were noted." in again
        assert "There is nobody to ring just now." in await town.says(sam, "/calls")


async def test_what_cannot_be_printed_is_said_and_the_sheet_offered(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "_folders", list)  # a machine without a font of its own
    async with chat_town(folder, **QUICK) as town:
        sam = await announced(town)
        await result(town, sam)
        with town.database.writing() as session:
            session.exec(select(Person).where(Person.name == "Person 3")).one().name = "王小明"
        await town.says(sam, "/calls")
        said = await town.says(sam, "Paper (PDF)")
        assert "or take the spreadsheet:\n- name: 王小明" in said
        assert town.last(sam).file is not None
        with town.database.writing() as session:
            session.exec(select(Notice)).one().subject = "星期一"
        await town.says(sam, "/calls")
        assert "of what is to be said: 星期一. Make a sheet instead" in await town.says(sam, "Paper (PDF)")
        assert town.last(sam).file is None


async def test_a_file_that_is_no_call_list_gets_a_sentence(folder: Path) -> None:
    async with chat_town(folder, **QUICK) as town:
        sam = await announced(town)
        await result(town, sam)
        await town.says(sam, "/calls")
        book, data = Workbook(), io.BytesIO()
        book.save(data)
        for name, content in (("calls.xlsx", data.getvalue()), ("calls.xlsx", b"nonsense"), ("calls.exe", b"MZ")):
            answer = await town.sends(sam, name, content, "application/octet-stream")
            assert answer
            assert "not your fault" not in answer
        assert "Send the spreadsheet that you filled in" in await town.says(sam, "here it is")


async def test_what_is_planned_can_be_held_and_released(folder: Path) -> None:
    async with chat_town(folder) as town:
        sam, vi = crowd(town, 5), town.staff("Vi Poole", Role.VIEWER)
        assert "Nothing is planned." in await town.says(sam, "/timetable")
        meet(town)
        shown = await town.says(sam, "/timetable")
        assert "1. Monday 16 March at 10am: invitation, Spring meeting. To 6 people:" in shown
        hold = town.last(sam)
        held = await town.says(sam, "hold 1")
        assert "Held: invitation, Spring meeting. It does not go out until somebody releases it." in held
        assert "Held until somebody releases it." in held
        assert "Held: invitation" in await town.presses_late(sam, hold.data[0], hold.id)
        assert "Released: invitation, Spring meeting." in await town.presses(sam, "Release 1")
        assert "invitation, Spring meeting" in await town.says(vi, "/timetable")
        assert town.last(vi).buttons == []
        assert "Only a coordinator may" in await town.presses_late(vi, hold.data[0], town.last(vi).id)
        late = await town.presses_late(sam, "tt:hold:99999", hold.id)
        assert "That one is not planned any more" in late


async def test_a_notice_is_paused_and_goes_on(folder: Path) -> None:
    async with chat_town(folder) as town:
        sam = crowd(town, 5)
        assert "Nothing is being sent just now." in await town.says(sam, "/pause")
        assert "Nothing is paused." in await town.says(sam, "/resume")
        await town.says(sam, f"/announce {TEXT}")
        await town.presses(sam, "Send")
        assert "Which one should wait?" in await town.says(sam, "/pause")
        pause = town.last(sam)
        assert "Paused. 5 messages wait." in await town.presses(sam, "Pause 1")
        assert "It is paused already." in await town.presses_late(sam, pause.data[0], pause.id)
        from datetime import timedelta

        town.clock.move(town.clock.now() + timedelta(minutes=5))
        await town.calm()
        assert not told(town)
        await town.says(sam, "/resume")
        assert "It goes on: 5 messages leave." in await town.says(sam, "go on with 1")
        await result(town, sam)
        assert len(told(town)) == 4


async def test_an_old_button_of_a_stopped_notice_says_so(folder: Path) -> None:
    async with chat_town(folder) as town:
        sam = crowd(town, 5)
        await town.says(sam, f"/announce {TEXT}")
        await town.presses(sam, "Send")
        await town.says(sam, "/pause")
        pause = town.last(sam)
        await town.presses(sam, "Undo")
        answer = await town.presses_late(sam, pause.data[0], pause.id)
        assert "This notice was stopped for good. Write a new one: /announce" in answer


@pytest.mark.parametrize(
    ("role", "command", "may"),
    [
        (Role.VIEWER, "status", True),
        (Role.VIEWER, "timetable", True),
        (Role.VIEWER, "calls", False),
        (Role.CALLER, "calls", True),
    ],
)
async def test_each_role_sees_what_it_may(folder: Path, role: Role, command: str, may: bool) -> None:
    async with chat_town(folder) as town:
        vi = town.staff("Vi Poole", role)
        assert ("may use the command" not in await town.says(vi, f"/{command}")) is may


async def test_a_viewer_gets_no_call_list_by_an_old_button(folder: Path) -> None:
    async with chat_town(folder, **QUICK) as town:
        sam, vi = await announced(town), town.staff("Vi Poole", Role.VIEWER)
        await result(town, sam)
        await town.says(vi, "/status")
        late = await town.presses_late(vi, f"ca:xlsx:{notices(town)[0].id}", town.last(vi).id)
        assert "Only a caller may see the call list" in late
