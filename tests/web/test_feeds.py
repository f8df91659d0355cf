from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import vobject  # type: ignore[import-untyped]
from sqlmodel import select

from core.meetings import MeetingState
from store.database import Database, Session
from store.tables import Meeting
from tests.store.meetings import change
from tests.store.people import NOON
from tests.web.conftest import Open, browser, make_desk
from tests.web.people import guest, meeting
from web.app import WebDoor


def events(text: str) -> list[str]:
    return [str(event.summary.value) for event in vobject.readOne(text).vevent_list]


async def test_a_meeting_is_a_file_for_the_calendar_and_the_feed_has_all_that_are_the_persons(site: Open) -> None:
    spring = await meeting(site, title="Spring meeting")
    await meeting(site, title="Summer meeting")
    await meeting(site, NOON - timedelta(days=20), title="Not long ago")
    await meeting(site, NOON - timedelta(days=60), title="Long ago")
    ann = await guest(site)
    one = await site.client.get(ann.meeting(spring))
    assert one.headers["content-type"] == "text/calendar; charset=utf-8"
    assert one.headers["content-disposition"] == 'attachment; filename="meeting.ics"'
    assert events(one.text) == ["Spring meeting"]
    every = await site.client.get(ann.feed)
    assert every.headers["cache-control"] == "private, no-cache"
    assert sorted(events(every.text)) == ["Not long ago", "Spring meeting", "Summer meeting"]


async def test_a_calendar_that_asks_again_hears_that_nothing_has_changed_until_something_has(site: Open) -> None:
    uid = await meeting(site)
    ann = await guest(site)
    for path in (ann.feed, ann.meeting(uid)):
        first = await site.client.get(path)
        site.clock.step(timedelta(hours=1))
        same = await site.client.get(path, headers={"If-None-Match": f'W/{first.headers["etag"]}, "x"'})
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", first.headers["etag"])

    def call_off(session: Session) -> None:
        row = session.exec(select(Meeting).where(Meeting.uid == uid)).one()
        change(session, row, NOON + timedelta(hours=3), state=MeetingState.CANCELLED)

    before = (await site.client.get(ann.feed)).headers["etag"]
    await site.desk.database.write(call_off)
    now = await site.client.get(ann.feed, headers={"If-None-Match": before})
    assert now.status_code == 200
    assert events(now.text) == ["Cancelled: Spring meeting"]


async def test_altered_addresses_and_those_of_another_purpose_give_nothing(site: Open) -> None:
    uid = await meeting(site)
    ann = await guest(site)
    feed, file = ann.feed.removeprefix("/feed/"), ann.meeting(uid).removeprefix("/meeting/")
    for path in (
        f"/feed/{feed[:-1]}",
        f"/feed/{file}",
        f"/meeting/{feed}",
        f"/meeting/{file}x",
        "/feed/x",
        "/meeting/x",
    ):
        assert (await site.client.get(path)).status_code == 404


async def test_without_a_public_address_nobody_was_sent_a_link(database: Database, tmp_path: Path, site: Open) -> None:
    ann = await guest(site)
    async with WebDoor(make_desk(database, tmp_path, public_url="")) as door, browser(door) as client:
        for path in (ann.feed, ann.visit, ann.stop):
            assert (await client.get(path)).status_code == 404
