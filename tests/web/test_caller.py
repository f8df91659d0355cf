from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

import httpx
import pytest
from sqlmodel import select

from actions import fonts
from core.sheets import Table, read_sheet, write_csv
from store.database import Session
from store.tables import CallOutcome, Delivery, MeetingAnswer, Staff
from tests.actions.ringing import list_calls
from tests.core import paper
from tests.store.people import MINUTE, add_person, publish
from tests.web.conftest import Open, browser, csrf, words
from tests.web.ringing import SCRIPT, to_ring
from web import call_list

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def start(site: Open, role: str = "caller", name: str = "Cora Bell") -> str:
    """Logs a caller in and gives them the first person; what the page shows."""
    await site.log_in(role, name)
    answer = await site.post("/calls/next", page="/calls")
    assert (answer.status_code, answer.headers["location"]) == (303, "/calls")
    return (await site.client.get("/calls")).text


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, f"there is no field {name} on this page"
    return found[1]


async def tap(site: Open, html: str, outcome: str, **more: str) -> httpx.Response:
    fields = {"csrf": csrf(html), "token": hidden(html, "token"), "call": hidden(html, "call"), "outcome": outcome}
    return await site.client.post("/calls/save", data={**fields, **more})


async def outcomes(site: Open) -> list[tuple[str, str]]:
    def read(session: Session) -> list[tuple[str, str]]:
        return [(one.outcome, one.note) for one in session.exec(select(CallOutcome).order_by(CallOutcome.id))]  # type: ignore[arg-type]

    return await site.desk.database.read(read)


async def test_a_shift_from_the_first_person_to_nobody_left(site: Open) -> None:
    await to_ring(site)
    html = await start(site)
    for name, outcome in (("Ann", "reached"), ("Bob", "no_answer"), ("Cy", "voicemail")):
        assert f"<h1>{name}" in html
        answer = await tap(site, html, outcome, note=f"note on {name}")
        assert answer.status_code == 303
        html = (await site.client.get(answer.headers["location"])).text
    said = words(html)
    assert "Noted: Left a voicemail" in said
    assert "nobody to ring just now" in said
    assert "2 calls are for later" in said
    assert await outcomes(site) == [
        ("reached", "note on Ann"),
        ("no_answer", "note on Bob"),
        ("voicemail", "note on Cy"),
    ]


async def test_the_card_says_what_a_caller_needs(site: Open) -> None:
    await to_ring(site, "Ann Carter", called="Annie", held_by="her son", support="speak slowly")
    said = words(html := await start(site))
    for wanted in ("Annie", "Ann Carter", "News", "her son", "speak slowly", "may I speak to Ann Carter", "12:15pm"):
        assert wanted in said
    assert 'href="tel:+441632901000"' in html
    assert "01632 901000" in said


async def test_an_answer_to_a_meeting_is_one_tap(site: Open) -> None:
    await to_ring(site, "Ann Carter", meeting=True)
    html = await start(site)
    assert "Do they come?" in html
    await tap(site, html, "reached:maybe")

    def answered(session: Session) -> list[tuple[str, str]]:
        return [(one.value, one.medium) for one in session.exec(select(MeetingAnswer))]

    assert await site.desk.database.read(answered) == [("maybe", "phone")]


async def test_the_same_tap_twice_counts_once(site: Open) -> None:
    await to_ring(site, "Ann Carter")
    html = await start(site)
    for _ in range(2):
        assert (await tap(site, html, "no_answer")).status_code == 303
    assert await outcomes(site) == [("no_answer", "")]


async def test_a_late_tap_is_refused_and_shows_what_was_noted(site: Open) -> None:
    await to_ring(site, "Ann Carter")
    html = await start(site)
    site.clock.step(16 * MINUTE)
    async with browser(site.door) as client:
        other = Open(site.desk, site.door, client)
        theirs = await start(other, name="Joe Fox")
        await tap(other, theirs, "no_answer", note="rang twice")
    answer = await tap(site, html, "reached", note="will come")
    assert answer.status_code == 409
    said = words(answer.text)
    for wanted in ("no longer yours", "No answer", "Joe Fox", "rang twice", "Your note will come"):
        assert wanted in said
    assert [outcome for outcome, _ in await outcomes(site)] == ["no_answer"]
    taken = await site.client.post("/calls/take", data={"csrf": csrf(answer.text), "call": hidden(answer.text, "call")})
    html = (await site.client.get(taken.headers["location"])).text
    await tap(site, html, "reached")
    assert [outcome for outcome, _ in await outcomes(site)] == ["no_answer", "reached"]


async def test_ringing_back_needs_a_time_and_says_so_beside_the_field(site: Open) -> None:
    await to_ring(site, "Ann Carter")
    html = await start(site)
    for at, what in (("", "When shall they be rung back?"), ("2026-03-01T10:00", "passed"), ("soon", "not a day")):
        answer = await tap(site, html, "call_back", at=at, note="after lunch")
        assert answer.status_code == 422
        assert what in words(answer.text)
        assert "after lunch</textarea>" in answer.text
        assert 'aria-describedby="at-hint at-error" aria-invalid="true" autofocus' in answer.text
    answer = await tap(site, html, "call_back", at="2026-03-02T14:00", who="me")
    said = words((await site.client.get(answer.headers["location"])).text)
    assert "asked to be rung at a time: Monday 2 March at 2pm" in said
    site.clock.step(timedelta(hours=2))
    again = await site.post("/calls/next", page="/calls")
    assert "Asked to be rung back" in words((await site.client.get(again.headers["location"])).text)


async def test_what_is_wrong_stands_where_it_is_wrong(site: Open) -> None:
    await to_ring(site, "Ann Carter")
    html = await start(site)
    answer = await tap(site, html, "no_answer", note="x" * 1001)
    assert 'href="#note"' in answer.text
    assert 'rows="2" aria-invalid="true" aria-describedby="note-error" autofocus' in answer.text
    unknown = await tap(site, html, "shouted")
    for html in (answer.text, unknown.text):
        assert re.search('<input id="at"[^>]*>', html)[0].endswith('aria-describedby="at-hint">')  # type: ignore[index]
    assert "There is no result" in words(unknown.text)
    assert '#at"' not in unknown.text


async def test_stopping_puts_the_call_back(site: Open) -> None:
    await to_ring(site, "Ann Carter")
    html = await start(site)
    await site.client.post("/calls/stop", data={"csrf": csrf(html), "token": hidden(html, "token")})
    assert "1 person is to be rung now" in words((await site.client.get("/calls")).text)


async def test_who_rang_me(site: Open) -> None:
    await to_ring(site)
    html = await start(site)
    await tap(site, html, "voicemail", note="left word")
    found = await site.post("/calls/who", {"digits": "1000"})
    for wanted in ("1 person found", "Ann Carter", "Left a voicemail", "Cora Bell", "News", "left word"):
        assert wanted in words(found.text)
    assert "Nobody on file" in words((await site.post("/calls/who", {"digits": "987654"})).text)
    few = await site.post("/calls/who", {"digits": "12"})
    assert few.status_code == 422
    assert "4 digits or more" in words(few.text)


async def test_the_list_to_print_names_everybody_and_who_has_whom(site: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    await to_ring(site)
    await start(site)
    said = words((await site.client.get("/calls/list")).text)
    for wanted in ("Ann Carter", "Bob Dean", "Cy Egan", "01632 901002", "With Cora Bell until 12:15pm", "Code "):
        assert wanted in said
    assert "These are the first" not in said
    monkeypatch.setattr(call_list, "MOST_SHOWN", 2)
    said = words((await site.client.get("/calls/list")).text)
    assert "These are the first 2 of 3 calls. A sheet or a list on paper has them all." in said
    assert ("Bob Dean" in said, "Cy Egan" in said) == (True, False)
    assert "3 calls are to be made." in words((await site.client.get("/calls/paper")).text)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "pdf"])
async def test_a_list_is_made_and_handed_out(site: Open, kind: str) -> None:
    await to_ring(site)
    await site.log_in("caller")
    fields = {"kind": kind, "caller": "Jo Bell", "until": "2026-03-02T17:00"}
    site.client.timeout = httpx.Timeout(60)
    answer = await site.post("/calls/paper", fields)
    assert answer.status_code == 200, words(answer.text)
    assert answer.headers["content-disposition"] == f'attachment; filename="calls.{kind}"'
    assert answer.headers["cache-control"] == "no-store"
    if kind == "pdf":
        assert "For Jo Bell" in paper.pages(answer.content)[0]
        assert "Ann Carter" in paper.pages(answer.content)[1]
    else:
        assert next(row.cells["name"] for row in read_sheet(answer.content, f"x.{kind}").rows) == "Ann Carter"
    assert "3 calls are on lists on paper" in words((await site.client.get("/calls")).text)
    assert "Jo Bell" in words((await site.client.get("/calls/paper")).text)


async def test_a_coordinator_takes_a_list_back_and_a_caller_does_not(site: Open) -> None:
    await to_ring(site)
    await site.log_in("caller")
    await site.post("/calls/paper", {"kind": "csv", "caller": "Jo", "until": "2026-03-02T17:00"})
    page = (await site.client.get("/calls/paper")).text
    assert "Take the list back" not in page
    assert (await site.client.post("/calls/back", data={"csrf": csrf(page), "caller": "Jo"})).status_code == 403
    async with browser(site.door) as client:
        other = Open(site.desk, site.door, client)
        await other.log_in("coordinator")
        assert (await other.post("/calls/back", {"caller": "Jo"}, page="/calls/paper")).status_code == 303
        assert "Nobody has a list" in words((await client.get("/calls/paper?done=back")).text)


async def test_what_cannot_be_printed_is_named_and_nothing_is_handed_out_before_somebody_says_so(
    site: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "_folders", list)  # a machine without a single font
    await to_ring(site, "Ann Carter", "王小明", support="普通话")
    await site.log_in("caller")
    site.client.timeout = httpx.Timeout(60)
    jo = {"kind": "pdf", "caller": "Jo", "until": "2026-03-02T17:00"}
    answer = await site.post("/calls/paper", jo)
    said = words(answer.text)
    for wanted in ("name: 王小明", "Ann Carter, needs: 普通话", "王小明, needs: 普通话", "Make a sheet instead"):
        assert wanted in said
    page = (await site.client.get("/calls/paper")).text
    assert "Nobody has a list just now." in page
    again = {**jo, "csrf": csrf(page), "all_the_same": "yes"}
    printed = await site.client.post("/calls/paper", data=again)
    assert "(name: see the sheet)" in paper.pages(printed.content)[1]
    assert "2 calls, until" in words((await site.client.get("/calls/paper")).text)
    none_left = await site.client.post("/calls/paper", data={**again, "caller": "Al", "kind": "csv"})
    assert none_left.status_code == 422
    assert "other callers have all 2 calls" in words(none_left.text)


async def test_where_what_is_said_cannot_be_printed_a_sheet_is_offered(
    site: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "_folders", list)
    await site.desk.database.write(_in_chinese)
    await site.log_in("caller")
    answer = await site.post("/calls/paper", {"kind": "pdf", "caller": "Jo", "until": "2026-03-02T17:00"})
    assert answer.status_code == 422
    assert "of what is to be said: 星期一开会" in words(answer.text)
    assert 'value="xlsx" checked' in answer.text
    assert "Nobody has a list just now." in answer.text


def _in_chinese(session: Session) -> None:
    add_person(session, "Ann", "phone")
    publish(session, text="星期一开会")
    list_calls(session)


async def test_a_filled_sheet_comes_back(site: Open) -> None:
    await to_ring(site)
    await site.log_in("caller")
    sheet = read_sheet((await site.post("/calls/paper", {"kind": "csv"})).content, "calls.csv")
    noted_on_paper = ("reached", "shouted", "")
    rows = [
        [*{**row.cells, "outcome": outcome}.values()] for row, outcome in zip(sheet.rows, noted_on_paper, strict=True)
    ]
    filled = write_csv(Table("Calls", sheet.header, rows))
    page = (await site.client.get("/calls/paper")).text
    for noted in ("1 result noted", "0 results noted"):
        answer = await site.client.post(
            "/calls/sheet",
            data={"csrf": csrf(page)},
            files={"sheet": ("calls.csv", BytesIO(filled), "text/csv")},
        )
        assert answer.status_code == 422  # a row was not understood
        assert noted in words(answer.text)
        assert "shouted" in words(answer.text)
    assert [outcome for outcome, _ in await outcomes(site)] == ["reached"]


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("x.csv", b"name,number\nAnn,1\n", 'no column "code"'),
        ("x.xlsx", b"PK\x03\x04 nothing", "damaged"),
        ("x.csv", b"code,outcome\n12345678,reached\n", "No row has the code"),
        ("x.pdf", b"%PDF-1.4", "is a PDF"),
    ],
)
async def test_another_file_is_refused_in_plain_words(site: Open, name: str, data: bytes, what: str) -> None:
    await to_ring(site)
    await site.log_in("caller")
    page = (await site.client.get("/calls/paper")).text
    answer = await site.client.post(
        "/calls/sheet", data={"csrf": csrf(page)}, files={"sheet": (name, BytesIO(data), "text/csv")}
    )
    assert answer.status_code == 422
    assert what in words(answer.text)
    nothing = await site.client.post("/calls/sheet", data={"csrf": csrf(page)}, files={"sheet": ("", b"")})
    assert nothing.status_code == 422
    assert "No file was chosen" in words(nothing.text)


async def test_a_viewer_sees_no_calls_and_whoever_is_suspended_is_out_at_once(site: Open) -> None:
    await to_ring(site)
    uid = await site.log_in("viewer")
    for path in ("/calls", "/calls/list", "/calls/paper", "/calls/who"):
        answer = await site.client.get(path)
        assert answer.status_code == 403
        assert "Ann" not in answer.text
    async with browser(site.door) as client:
        other = Open(site.desk, site.door, client)
        html = await start(other)

        def suspend(session: Session) -> None:
            for one in session.exec(select(Staff)):
                one.suspended_at = site.clock.now()

        await site.desk.database.write(suspend)
        answer = await tap(other, html, "reached")
        assert answer.status_code in (401, 403)
        assert (await client.get("/calls")).status_code in (401, 403)
    assert await outcomes(site) == []
    assert uid


async def test_a_form_without_the_token_of_this_log_in_does_nothing(site: Open) -> None:
    await to_ring(site)
    html = await start(site)
    fields = {"token": hidden(html, "token"), "call": hidden(html, "call"), "outcome": "reached"}
    for csrf_token in ("", "0" * 64):
        answer = await site.client.post("/calls/save", data={**fields, "csrf": csrf_token})
        assert answer.status_code == 403
    assert await outcomes(site) == []


async def test_stored_script_is_shown_as_text(site: Open) -> None:
    await to_ring(site, SCRIPT, called=SCRIPT, support=SCRIPT, notes=SCRIPT, held_by=SCRIPT)
    html = await start(site)
    pages = [html, (await site.client.get("/calls/list")).text]
    await tap(site, html, "no_answer", note=SCRIPT)
    pages.append((await site.post("/calls/who", {"digits": "1000"})).text)
    site.clock.step(timedelta(hours=2))
    again = await site.post("/calls/next", page="/calls")
    pages.append((await site.client.get(again.headers["location"])).text)
    for page in pages:
        assert "&lt;script&gt;" in page
        assert SCRIPT not in page


async def test_a_call_settled_elsewhere_is_gone_from_the_screen(site: Open) -> None:
    await to_ring(site, "Ann Carter")
    html = await start(site)

    def settle(session: Session) -> None:
        for one in session.exec(select(Delivery)):
            one.state = "withdrawn"

    await site.desk.database.write(settle)
    answer = await tap(site, html, "reached")
    assert answer.status_code == 409
    assert "Take this call again" not in answer.text
