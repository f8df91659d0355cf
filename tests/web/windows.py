"""A window of a real browser, and what must hold on every page however one looks at it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Page, ViewportSize

from tests.web.browsing import COLOURS, sticks_out, surprises, violations, visit

PICTURES = Path(__file__).resolve().parents[2] / "docs/pictures"

WIDE: ViewportSize = {"width": 1280, "height": 900}
NARROW: ViewportSize = {"width": 320, "height": 640}


async def barriers(page: Page) -> list[str]:
    """Names what keeps somebody from using a page, in light, dark and forced colours, and wide, at 320 px and at 400 %.

    1280 pixels by 1024 at 400 % are 320 by 256, each of four (WCAG 2.2, 1.4.10).
    """
    found = [f"light: {one}" for one in await violations(page)]
    for name, look in _COLOURS.items():
        await page.emulate_media(**look)
        found += [f"{name}: {one}" for one in await violations(page, COLOURS)]
    await page.emulate_media(color_scheme="light", forced_colors="none")
    line = await page.context.new_cdp_session(page)
    zoomed = {"width": 320, "height": 256, "deviceScaleFactor": 4, "mobile": False}
    await line.send("Emulation.setDeviceMetricsOverride", zoomed)
    found += [f"400 %: {one}" for one in await violations(page)]
    await line.detach()
    for size in (NARROW, WIDE):
        await page.set_viewport_size(size)
        if await sticks_out(page):
            found.append(f"must be moved sideways at {size['width']} px")
    found += await surprises(page)
    if not await page.title() or await page.locator("h1").count() != 1:
        found.append("has no title, or not one heading")
    return found


_COLOURS: dict[str, dict[str, Any]] = {
    "dark": {"color_scheme": "dark"},
    "forced colours": {"color_scheme": "light", "forced_colors": "active"},
}


@asynccontextmanager
async def window(browser: Browser, url: str, **look: Any) -> AsyncIterator[Page]:
    """A window whose addresses begin at `url`; a page that breaks its own policy or has a fault in a script fails."""
    context, page = await visit(browser, url, reduced_motion="reduce", **{"viewport": WIDE, **look})
    wrong: list[str] = []

    def said(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text:
            wrong.append(message.text)

    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", said)
    try:
        yield page
    finally:
        await context.close()
    assert wrong == []


async def sound(page: Page) -> None:
    """Asserts that nothing keeps anybody from using a page."""
    assert await barriers(page) == [], page.url


async def press(page: Page, label: str) -> None:
    """Goes with Tab to what has this label and presses Enter: whoever has no mouse must get everywhere."""
    for _ in range(80):
        await page.keyboard.press("Tab")
        here = await page.evaluate("(document.activeElement.innerText || document.activeElement.value || '').trim()")
        if here.startswith(label):
            outline = await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"{label} has the focus and does not show it"
            async with page.expect_navigation():
                await page.keyboard.press("Enter")
            return
    raise AssertionError(f"Tab never came to {label!r} on {page.url}")


async def picture(page: Page, name: str, **look: Any) -> None:
    """Keeps a picture of the page, in light colours or another look, where RINGROUND_PICTURES asks for them."""
    if os.environ.get("RINGROUND_PICTURES"):
        PICTURES.mkdir(parents=True, exist_ok=True)
        size = page.viewport_size
        await page.set_viewport_size({"width": 720, "height": 600})
        await page.emulate_media(**look)
        await page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
        await page.emulate_media(color_scheme="light", forced_colors="none")
        if size:
            await page.set_viewport_size(size)
