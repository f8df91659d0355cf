from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page
from sqlmodel import select

from actions import call_lists, calls, fonts
from core.roles import TERMINAL
from core.sheets import Table, read_sheet, write_csv
from store.database import Database, Session
from store.tables import CallBack, CallOutcome, MeetingAnswer
from tests.core import paper
from tests.store.people import HOUR, MINUTE, NOON
from tests.web.browsing import chromium, visit
from tests.web.conftest import Open, browser, make_desk
from tests.web.ringing import SCRIPT, to_ring
from tests.web.test_coordinator import put_work, write_in
from tests.web.windows import WIDE, barriers, picture
from web.app import WebDoor

pytestmark = pytest.mark.browser

PICTURES = os.environ.get("RINGROUND_PICTURES", "")
"""Where pictures for the docs are put, if anywhere."""


@pytest.fixture
async def near(database: Database, tmp_path: Path) -> AsyncIterator[Open]:
    """The door on this machine alone, as a browser here reaches it."""
    desk = make_desk(database, tmp_path, public_url="")
    async with WebDoor(desk) as door, browser(door) as client:
        yield Open(replace(desk, door=door.url), door, client)


@pytest.fixture
async def chrome() -> AsyncIterator[Browser]:
    async with chromium() as one:
        yield one


async def to_log_in(near: Open, page: Page, role: str, name: str) -> None:
    link = await near.link(await near.staff(role, name))
    await page.goto("/login/" + link.rpartition("/login/")[2])


async def log_in(near: Open, page: Page, role: str = "caller", name: str = "Cora Bell") -> None:
    await to_log_in(near, page, role, name)
    await page.get_by_role("button", name="Log in").click()
    await page.wait_for_url("**/")


async def noted(near: Open) -> list[str]:
    def read(session: Session) -> list[str]:
        return [one.outcome for one in session.exec(select(CallOutcome).order_by(CallOutcome.id))]  # type: ignore[arg-type]

    return await near.desk.database.read(read)


@pytest.mark.parametrize("script", [True, False])
async def test_a_callers_whole_shift(near: Open, chrome: Browser, script: bool) -> None:
    await to_ring(near, "Ann Carter", "Bob Dean", "Cy Egan", "Dee Fox", meeting=True, support="speak slowly")
    context, page = await visit(chrome, near.door.url, java_script_enabled=script)
    await log_in(near, page)
    await page.get_by_role("link", name="Ring people").first.click()
    await page.get_by_role("button", name="Start ringing").click()
    await page.get_by_role("heading", name="Ann").wait_for()
    assert await page.get_by_role("link", name="Ring 01632 901000").get_attribute("href") == "tel:+441632901000"
    await picture(page, "call-screen")
    await page.get_by_label("A note for the next caller").fill("brings her sister")
    await page.get_by_role("button", name="Yes, comes").click()
    await page.get_by_role("heading", name="Bob").wait_for()
    await page.get_by_role("button", name="No answer", exact=True).click()
    await page.get_by_role("heading", name="Cy").wait_for()
    await page.locator("summary", has_text="Ring back later").click()
    await page.get_by_role("button", name="Ring back then").click()
    assert "Nothing was noted yet" in await page.inner_text("main")
    await page.get_by_label("When shall they be rung back?").fill("2026-03-02T15:00")
    await page.get_by_label("I do").check()
    await page.get_by_role("button", name="Ring back then").click()
    await page.get_by_role("heading", name="Dee").wait_for()
    near.clock.step(16 * MINUTE)
    await page.get_by_role("button", name="Wrong number").click()
    assert "no longer yours" in await page.inner_text("h1")
    await page.get_by_role("button", name="Take this call again").click()
    await page.get_by_role("button", name="Wrong number").click()
    await page.get_by_text("nobody to ring just now").wait_for()
    await page.get_by_role("link", name="who rang me?").click()
    await page.get_by_label("The last digits").fill("901001")
    await page.get_by_role("button", name="Look it up").click()
    assert "Bob Dean" in await page.inner_text("main")
    assert await noted(near) == ["reached", "no_answer", "call_back", "wrong_number"]
    await context.close()


async def test_a_callers_whole_shift_by_keyboard_alone(near: Open, chrome: Browser) -> None:
    by_button = {
        "Maybe": "reached",
        "No answer": "no_answer",
        "Left a voicemail": "voicemail",
        "Engaged": "engaged",
        "Wrong number": "wrong_number",
        "Number does not work": "number_dead",
        "Wants another way": "other_channel",
        "Needs an interpreter": "interpreter",
        "Do not ring again": "do_not_call",
    }
    names = ("Abe", "Bea", "Cy", "Dee", "Eve", "Flo", "Guy", "Hal", "Ivy", "Jo")
    await to_ring(near, *names, meeting=True)
    context, page = await visit(chrome, near.door.url, locale="en-GB")
    await log_in(near, page)
    await page.goto("/calls")
    await go_to(page, "Start ringing")
    await page.keyboard.press("Enter")
    for (button, outcome), name in zip(by_button.items(), names, strict=False):
        await page.get_by_role("heading", name=name).wait_for()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")  # past the menu
        await go_to(page, button)
        await page.keyboard.press("Space" if outcome == "reached" else "Enter")
    await page.get_by_role("heading", name="Jo").wait_for()
    await go_to(page, "Ring back later")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")  # in the empty field
    await page.get_by_role("alert").wait_for()
    assert await page.evaluate("document.activeElement.id") == "at"
    assert await page.locator("#at").get_attribute("aria-describedby") == "at-hint at-error"
    await page.keyboard.type("03032026")  # the day or the month first: the same
    await page.keyboard.press("ArrowRight")
    await page.keyboard.type("1000a")  # with a.m. or without
    for _ in range(9):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.id") == "anyone":
            break
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")  # on the choice: the button that belongs to it, and no other
    await page.get_by_text("nobody to ring just now").wait_for()
    assert await noted(near) == [*by_button.values(), "call_back"]
    assert await near.desk.database.read(said) == (["maybe"], [(NOON + 22 * HOUR, True)])
    await context.close()


def said(session: Session) -> tuple[list[str], list[tuple[datetime, bool]]]:
    """The answers to meetings, and when who is to be rung back, by one certain caller or not."""
    answers = [one.value for one in session.exec(select(MeetingAnswer))]
    return answers, [(one.at, bool(one.by)) for one in session.exec(select(CallBack))]


async def go_to(page: Page, words: str) -> None:
    """Presses Tab until what has the focus says this, and sees to it that the focus can be seen."""
    for _ in range(60):
        await page.keyboard.press("Tab")
        if words in (await page.evaluate("document.activeElement.innerText || ''")):
            assert await page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            return
    raise AssertionError(f"Tab never comes to {words!r}")


async def every_state(near: Open) -> list[str]:
    """Puts something of everything in; the pages to look at, the caller's own card last."""
    uid = await to_ring(near, "Ann Carter", "Bob Dean", SCRIPT, "王芳", meeting=True, support=SCRIPT, notes="mornings")
    await put_work(near)
    letter = await write_in(near, f"Is there a lift? {SCRIPT}")
    return [
        "/",
        "/notices",
        f"/notices/{uid}?show=needs_person",
        "/timetable",
        "/tasks",
        "/inbox",
        f"/inbox/{letter}",
        "/calls",
        "/calls/list",
        "/calls/paper",
        "/calls/who",
    ]


async def half_right(near: Open) -> bytes:
    """A list that comes back with a result that nobody knows, and one for a call that was noted elsewhere."""
    desk = near.desk

    def draw(session: Session) -> bytes:
        drawn = call_lists.draw(session, TERMINAL, "calls.csv", desk.around())
        sheet = read_sheet(drawn.file().data, "calls.csv")
        calls.record(session, TERMINAL, sheet.rows[-1].cells["code"], "reached", "", desk.around())
        outcomes = ["shouted", *["reached"] * len(sheet.rows)]
        rows = [[*{**row.cells, "outcome": one}.values()] for row, one in zip(sheet.rows, outcomes, strict=False)]
        return write_csv(Table("Calls", sheet.header, rows))

    return await desk.database.write(draw)


EMPTY = ("/notices", "/timetable", "/tasks", "/inbox", "/calls", "/calls/list", "/calls/paper", "/notices/none")


async def test_no_page_of_staff_has_a_barrier_in_any_look(
    near: Open, chrome: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "_folders", list)  # a machine without a single font
    context, page = await visit(chrome, near.door.url, viewport=WIDE)
    wrong: list[str] = []

    async def check(what: str) -> None:
        wrong.extend(f"{what}: {one}" for one in await barriers(page))
        assert await page.title() != "owned", what

    await log_in(near, page, "coordinator")
    for path in EMPTY:
        await page.goto(path)
        await check(f"{path}, empty")
    for path in await every_state(near):
        await page.goto(path)
        await check(path)
        named = re.sub("[0-9a-f-]{36}", "one", path.strip("/").partition("?")[0]).replace("/", "-")
        await picture(page, f"staff-{named or 'start'}")
    filled = await half_right(near)
    await page.goto("/calls/who")
    await page.get_by_role("button", name="Look it up").click()
    await check("who rang me, with an error")
    await page.goto("/calls")
    await page.get_by_role("button", name="Start ringing").click()
    await check("the card")
    for summary in await page.locator("summary").all():
        await summary.click()
    await page.get_by_role("button", name="Ring back then").click()
    await check("the card, with an error")
    near.clock.step(16 * MINUTE)
    await page.get_by_role("button", name="No answer", exact=True).click()
    await check("a lost call")
    await picture(page, "staff-call-lost")
    await page.goto("/calls/paper")
    await page.get_by_label("Who rings").fill("Jo Bell")  # and no time
    await page.get_by_role("button", name="Make the list").click()
    await check("lists, with an error")
    await page.goto("/calls/paper")
    await page.get_by_role("button", name="Make the list").click()
    await check("names that can't be printed")
    await page.goto("/calls/paper")
    await page.get_by_role("button", name="Bring it in").click()
    await check("lists, with an error about the file")
    await page.locator("#sheet").set_input_files({"name": "calls.csv", "mimeType": "text/csv", "buffer": filled})
    await page.get_by_role("button", name="Bring it in").click()
    assert "was noted elsewhere meanwhile" in await page.inner_text("main")
    assert await page.evaluate("Math.max(...[...document.querySelectorAll('th')].map(one => one.offsetHeight))") < 50
    await check("a list that was brought in")
    await picture(page, "staff-list-brought-in")
    await page.get_by_role("button", name="Log out").click()
    await check("logged out")
    await picture(page, "staff-logged-out")
    await to_log_in(near, page, "viewer", "Vi Lowe")
    await check("the log-in")
    await picture(page, "staff-log-in")
    await page.get_by_role("button", name="Log in").click()
    await page.wait_for_url("**/")
    await page.goto("/calls")
    assert "Only a caller may" in await page.inner_text("main")
    await check("a page for another role")
    await context.close()
    assert wrong == []


async def test_a_notices_numbers_change_by_themselves_and_with_a_link(near: Open, chrome: Browser) -> None:
    uid = await to_ring(near)
    for script in (True, False):
        context, page = await visit(chrome, near.door.url, java_script_enabled=script)
        await log_in(near, page, "viewer", f"Vera {script}")
        await page.goto(f"/notices/{uid}")
        numbers = page.locator('strong[data-standing="needs_person"]')
        assert await numbers.inner_text() == ("3" if script else "1")
        if script:
            await page.get_by_text("These numbers change by themselves").wait_for()
            held = await near.desk.database.write(_reach_two)
            assert held
            await page.locator('strong[data-standing="reached"]', has_text="2").wait_for()
            await picture(page, "reach-page")
        else:
            assert await page.locator("[data-live]").is_hidden()
            await page.get_by_role("link", name="Look again").click()
        await context.close()


def _reach_two(session: Session) -> int:
    from store.tables import Delivery

    found = session.exec(select(Delivery)).all()
    for one in found[:2]:
        one.state = "delivered"
    return len(found)


async def test_the_list_on_paper_has_all_that_a_caller_needs_and_no_menu(near: Open, chrome: Browser) -> None:
    """Page numbers stand in the margin and the day to destroy it on every page; three people go on one."""
    await to_ring(near, "Ann Carter", "Bob Dean", "Cy Egan", "محمد الأمين", meeting=True, held_by="her son")
    context, page = await visit(chrome, near.door.url, viewport={"width": 794, "height": 1123})
    await log_in(near, page)
    await page.goto("/calls/list")
    assert not await page.locator(".boxes").first.is_visible()
    printed = await page.pdf(prefer_css_page_size=True)
    await page.emulate_media(media="print")
    assert not await page.locator("nav").is_visible()
    size = await page.evaluate("parseFloat(getComputedStyle(document.querySelector('.person')).fontSize)")
    assert size >= 18  # 14 points
    await picture(page, "printed-list")
    await context.close()
    sheets = [" ".join(one.split()) for one in paper.pages(printed)]
    for number, sheet in enumerate(sheets, 1):
        assert "Private. Made on Monday 2 March 2026. Destroy this paper by Sunday 22 March 2026." in sheet
        assert re.search(f"{number} ?/ ?3$", sheet)
    first, second, third = sheets
    for once in ("may I speak to (their name)?", "On an answering machine say only this: Hello. This is River Group."):
        assert [sheet.count(once) for sheet in sheets] == [1, 0, 0]
    assert "Log out" not in first
    assert [second.count(f"Code {code}") for code in re.findall("Code ([A-Z]{8})", second)] == [1, 1, 1]
    facts = ("Ann Carter", "01632 901000", "held by her son", "Ring between 10:00-17:00", "☐ Yes, comes", "Note:")
    for wanted in facts:
        assert wanted in second
    assert (second.count("☐"), third.count("☐")) == (3 * 19, 19)
    assert "محمد" in third
