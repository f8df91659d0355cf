"""A participant's whole visit in a real browser, however they look at it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page
from sqlmodel import select

from core.meetings import MeetingState
from store.database import Session
from store.tables import Meeting
from tests.store.meetings import change
from tests.store.people import NOON
from tests.web.browsing import chromium
from tests.web.conftest import Open
from tests.web.people import SOON, guest, meeting
from tests.web.windows import barriers, picture, press, sound, window

pytestmark = pytest.mark.browser

ADDRESSES = {"email": "ann.carter@example.org", "sms": "+447700900123", "phone": "+441632960111"}


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as one:
        yield one


async def town(site: Open) -> str:
    """Two meetings to come, one called off, and a guest with three ways to be reached; gives the guest's page."""
    await meeting(
        site,
        title="Planning group: the new bus routes",
        place="Riverside Library, Mill Lane",
        join_phone="01632 960200",
        access="Step-free. Hearing loop. Ask Sam about a lift.",
        agenda="1. The bus to the day centre\n2. What we tell the council",
    )
    await meeting(site, SOON + timedelta(days=28), title="Summer meeting", link="https://meet.example.org/abc")
    await meeting(site, SOON + timedelta(days=2), title="Tea in the park")

    def call_off(session: Session) -> None:
        row = session.exec(select(Meeting).where(Meeting.title == "Tea in the park")).one()
        change(session, row, NOON, state=MeetingState.CANCELLED, why="The park is closed.")

    await site.desk.database.write(call_off)
    return (await guest(site, "Ann Carter", "email", "sms", "phone", addresses=ADDRESSES, called="Ann")).visit


async def test_whoever_looks_finds_a_barrier_in_the_look_that_has_it(site: Open, browser: Browser) -> None:
    async with window(browser, site.door.url) as page:
        await page.set_content(
            "<html lang=en><title>Bad</title><style>p { color: black; background: white } "
            "@media (prefers-color-scheme: dark) { p { color: #777; background: #666 } } "
            "@media (forced-colors: active) { i { forced-color-adjust: none; color: #777; background: #666 } } "
            "@media (max-width: 400px) { b { color: #999 } div { width: 600px } }</style>"
            "<main><h1>Bad</h1><p>Dark</p><i>Forced</i><b>Narrow</b><div>Wide</div></main>"
        )
        found = await barriers(page)
    names = [one.partition(": color-contrast")[0] for one in found]
    assert names == ["dark", "forced colours", "400 %", "must be moved sideways at 320 px"]


async def test_every_page_in_every_state_is_sound(site: Open, browser: Browser) -> None:
    visit = await town(site)
    leaving = await guest(site, "Joe Dean", "sms")
    link = await site.link(await site.staff("admin"))
    async with window(browser, site.door.url) as page:
        await page.goto(visit)
        await sound(page)
        await picture(page, "visit-light")
        await picture(page, "visit-dark", color_scheme="dark")
        await picture(page, "visit-forced-colours", forced_colors="active")
        await page.get_by_role("button", name="Yes", exact=True).first.click()
        assert "Thank you. You said yes." in await page.inner_text("main")
        await sound(page)
        for path in ("/hear", "/words", "/pause", "/data"):
            await page.goto(visit + path)
            await sound(page)
            await picture(page, f"visit{path.replace('/', '-')}")
        await page.fill("#word", "perhaps")
        await page.get_by_role("button", name="Erase my data").click()
        assert "Your data is not erased" in await page.inner_text("main")
        await sound(page)
        for path in ("/visit/altered", "/nothing", "/", "/stop/altered"):
            await page.goto(path)
            await sound(page)
        await picture(page, "sorry")
        await page.goto(visit.replace("/visit/", "/stop/"))  # a token for another purpose
        await sound(page)
        await page.goto(link)
        await sound(page)
        await page.goto(f"{visit}/data")
        await page.get_by_role("button", name="Make new links").click()
        assert "Your old links have ended" in await page.inner_text("main")
        await sound(page)
        await picture(page, "visit-renewed")
        await page.goto(f"{leaving.visit}/data")
        await page.fill("#word", "erase")
        await page.get_by_role("button", name="Erase my data").click()
        assert "Your data is erased" in await page.inner_text("h1")
        await sound(page)
        await picture(page, "visit-erased")


async def test_stopping_pausing_and_an_empty_list_are_sound(site: Open, browser: Browser) -> None:
    one = await guest(site, "Joe Dean", "sms")
    async with window(browser, site.door.url) as page:
        await page.goto(one.visit)
        assert "There is no meeting planned" in await page.inner_text("main")
        await sound(page)
        await page.goto(f"{one.visit}/pause")
        await page.fill("#until", "2026-03-02")
        await page.evaluate("document.querySelector('#until').removeAttribute('min')")
        await page.get_by_role("button", name="Pause").click()
        await sound(page)
        await page.fill("#until", "2026-04-01")
        await page.get_by_role("button", name="Pause").click()
        assert "You hear nothing from us until Wednesday 1 April 2026." in await page.inner_text("main")
        await sound(page)
        await page.get_by_role("button", name="Stop everything").click()
        await sound(page)
        await page.goto(one.visit)
        await sound(page)
        await page.goto(one.stop)
        await sound(page)
        await picture(page, "stop")
        await page.get_by_role("button", name="Stop").click()
        await sound(page)


async def test_the_whole_visit_by_keyboard_alone(site: Open, browser: Browser) -> None:
    visit = await town(site)
    async with window(browser, site.door.url) as page:
        await page.goto(visit)
        await page.keyboard.press("Tab")
        assert await page.evaluate("document.activeElement.className") == "skip"
        await page.keyboard.press("Enter")
        assert await page.evaluate("document.activeElement.id") == "main"
        await press(page, "Maybe")
        assert "You said maybe. You can change this." in await page.inner_text("main")
        await press(page, "How you hear from us")
        await press(page, "Try this one first")
        assert "Saved." in await page.inner_text("main")
        await press(page, "Back to your page")
        await press(page, "Ring me")
        assert "We will ring you." in await page.inner_text("main")
        await press(page, "Pause or stop messages")
        await press(page, "Stop everything")
        assert "You have stopped all messages from us." in await page.inner_text("main")
        await press(page, "Start them again")
        assert "You hear from us again." in await page.inner_text("main")


async def test_the_visit_works_in_a_browser_without_javascript(site: Open, browser: Browser, tmp_path: Path) -> None:
    visit = await town(site)
    async with window(browser, site.door.url, java_script_enabled=False, accept_downloads=True) as page:
        await page.goto(visit)
        await page.get_by_role("button", name="No", exact=True).first.click()
        assert "You said no." in await page.inner_text("main")
        async with page.expect_download() as file:
            await download(page, visit)
        await (await file.value).save_as(tmp_path / "data.json")
        assert "ann.carter@example.org" in (tmp_path / "data.json").read_text()


async def download(page: Page, visit: str) -> None:
    await page.goto(f"{visit}/data")
    await page.get_by_role("button", name="Download my data").click()
