"""A window of a real browser, and what must hold on every page however one looks at it."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, ConsoleMessage, Page

from tests.web.browsing import sticks_out, surprises, violations, visit

PICTURES = Path(__file__).resolve().parents[2] / "docs/pictures"

LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"color_scheme": "dark"},
    "forced colours": {"forced_colors": "active"},
    "320 px": {"viewport": {"width": 320, "height": 640}},
    "400 %": {"viewport": {"width": 320, "height": 256}, "device_scale_factor": 4},
}
"""How people look at a page: 1280 pixels at 400 % are 320 CSS pixels (WCAG 2.2, 1.4.10)."""


@asynccontextmanager
async def window(browser: Browser, url: str, **look: Any) -> AsyncIterator[Page]:
    """A window whose addresses begin at `url`; a page that breaks its own policy or has a fault in a script fails."""
    context, page = await visit(browser, url, reduced_motion="reduce", **look)
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


async def sound(page: Page, look: str = "light") -> None:
    """Asserts that axe finds nothing, nothing is cut off sideways, and there is a title and one heading.

    Nor does Enter in a field surprise anybody. At 320 px axe would see what it sees at 400 %.
    """
    if look != "320 px":
        assert await violations(page) == []
    assert not await sticks_out(page), f"{page.url} must be moved sideways"
    assert await surprises(page) == []
    assert await page.title()
    assert await page.locator("h1").count() == 1


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


async def picture(page: Page, name: str) -> None:
    """Keeps a picture of the page for the docs where RINGROUND_PICTURES asks for them."""
    if os.environ.get("RINGROUND_PICTURES"):
        PICTURES.mkdir(parents=True, exist_ok=True)
        size = page.viewport_size
        await page.set_viewport_size({"width": 720, "height": 600})
        await page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
        if size:
            await page.set_viewport_size(size)
