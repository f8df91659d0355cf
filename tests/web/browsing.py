"""A real browser at the web door: Debian's Chromium, driven by Playwright, and axe for WCAG 2.2 A and AA."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Browser, BrowserContext, Page, async_playwright

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
THERE = CHROMIUM.exists()
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
COLOURS = {**RULES, "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}}
"""All of axe's rules for WCAG 2.2 A and AA, and those among them that hang on colours."""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Starts the browser; without one the test is skipped, but fails where everything must be there."""
    if not THERE:
        if os.environ.get("CI"):
            raise AssertionError(f"there is no browser at {CHROMIUM}")
        pytest.skip(f"there is no browser at {CHROMIUM}: apt install chromium")
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        )
        try:
            yield browser
        finally:
            await browser.close()


async def visit(browser: Browser, url: str, **more: Any) -> tuple[BrowserContext, Page]:
    """Opens a fresh window on a site; `more` are the window's settings."""
    context = await browser.new_context(base_url=url, **more)
    page = await context.new_page()
    page.set_default_timeout(20_000)
    return context, page


async def violations(page: Page, rules: dict[str, Any] = RULES) -> list[str]:
    """Names what axe finds wrong with a page, and where."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE_SCRIPT)
    found = await page.evaluate("rules => axe.run(rules).then(found => found.violations)", rules)
    return [f"{one['id']}: {node['target']} {node['failureSummary']}" for one in found for node in one["nodes"]]


async def sticks_out(page: Page) -> bool:
    """Tells whether a page must be moved sideways to be read (WCAG 1.4.10)."""
    return bool(await page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"))


async def surprises(page: Page) -> list[str]:
    """Names the fields in which Enter would press another button than the one they belong to.

    Enter presses a form's first button (HTML Standard, 4.10.21.2), except in a box for several lines. So a field stands
    in a form with one button, or in one `details` with the first.
    """
    return list(await page.evaluate(_SURPRISES))


_SURPRISES = """[...document.forms].flatMap(form => {
  const all = [...form.elements], buttons = all.filter(one => one.type === "submit");
  return buttons.length < 2 ? [] : all.filter(one => one.matches("input:not([type=hidden])")
    && !one.closest("details")?.contains(buttons[0])).map(one => `Enter in ${one.id} presses ${buttons[0].innerText}`);
})"""
