from __future__ import annotations

import asyncio
import threading
from io import BytesIO

import httpx
import pytest
from sqlmodel import col, select

from core import call_rows
from core.sheet_limits import Limits
from core.sheets import Sheet, Table, read_sheet, write_csv
from store.database import Session
from store.tables import Audit, CallOutcome, Delivery
from tests.core.given_workbooks import many, workbook
from tests.web.callbacks import genuine
from tests.web.conftest import Open, csrf, words
from tests.web.ringing import to_ring
from tests.web.test_callbacks import send, sent


async def bring(site: Open, name: str, data: bytes) -> httpx.Response:
    page = (await site.client.get("/calls/paper")).text
    files = {"sheet": (name, BytesIO(data), "application/octet-stream")}
    return await site.client.post("/calls/sheet", data={"csrf": csrf(page)}, files=files)


async def test_while_a_hostile_sheet_is_read_a_genuine_callback_is_taken(
    site: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    ((delivery, attempt, ref),) = await site.desk.database.write(sent, 1)
    await site.log_in("caller")
    reading, taken = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def slowly(data: bytes, name: str, limits: Limits) -> Sheet:
        """Reads the sheet for real, but not before the callback was taken."""
        loop.call_soon_threadsafe(reading.set)
        assert taken.wait(20), "nothing could be written while the sheet was read"
        return read_sheet(data, name, limits)

    monkeypatch.setattr(call_rows, "read_sheet", slowly)
    hostile = workbook(many("<row><c><v>1</v></c></row>", 50_000))
    answer = asyncio.create_task(bring(site, "calls.xlsx", hostile))
    await reading.wait()
    assert await send(site.client, genuine(delivery, attempt, ref, "delivered")) == 200

    def state(session: Session) -> str:
        return session.exec(select(Delivery.state).where(Delivery.uid == delivery)).one()

    assert await site.desk.database.read(state) == "delivered"
    assert not answer.done()
    taken.set()
    refused = await answer
    assert refused.status_code == 422
    assert "more than 20,000 rows" in words(refused.text)


async def test_a_long_sheet_is_noted_in_parts_so_that_others_can_write_between(
    site: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(call_rows, "AT_ONCE", 2)
    await to_ring(site)
    await site.log_in("caller")
    sheet = read_sheet((await site.post("/calls/paper", {"kind": "csv"})).content, "calls.csv")
    rows = [[*{**row.cells, "outcome": "reached"}.values()] for row in sheet.rows]
    stranger = [["12345678", "Nobody", *[""] * (len(sheet.header) - 2)]]
    stranger[0][sheet.header.index("outcome")] = "reached"
    answer = await bring(site, "calls.csv", write_csv(Table("Calls", sheet.header, stranger + rows)))
    assert "3 results noted" in words(answer.text)
    assert "No call has this code" in words(answer.text)

    def told(session: Session) -> tuple[int, list[str]]:
        noted = session.exec(select(CallOutcome)).all()
        audit = select(Audit.detail).where(Audit.action == "calls.import").order_by(col(Audit.id))
        return len(noted), list(session.exec(audit))

    assert await site.desk.database.read(told) == (
        3,
        ["1 noted, 0 flagged, 1 errors", "2 noted, 0 flagged, 0 errors"],
    )
