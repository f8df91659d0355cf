from __future__ import annotations

from core.people import RouteState
from store import people as people_on_file
from tests.web.conftest import Open, words
from tests.web.people import guest


async def states(site: Open, person: str) -> dict[str, str]:
    card = await site.desk.database.read(people_on_file.person_card, person)
    return {one.channel: one.state for one in card.routes}


async def test_looking_shows_and_a_post_stops_that_route_alone_and_a_repeat_is_answered_alike(site: Open) -> None:
    ann = await guest(site, "Ann Carter", "email", "sms")
    for _ in range(3):
        shown = await site.client.get(ann.stop)
        assert shown.status_code == 200
        assert "Nothing has changed yet." in words(shown.text)
    assert await states(site, ann.person) == {"email": "active", "sms": "active"}
    for _ in range(3):
        done = await site.client.post(ann.stop, data={"List-Unsubscribe": "One-Click"})
        assert done.status_code == 200
        assert "Stopped" in words(done.text)
    assert await states(site, ann.person) == {"email": RouteState.STOPPED, "sms": "active"}
    assert "set-cookie" not in done.headers


async def test_any_body_stops_as_mail_programs_differ(site: Open) -> None:
    kinds = (
        {"files": {"List-Unsubscribe": (None, "One-Click")}},
        {"content": b""},
        {"content": b"\xff\xfe", "headers": {"Content-Type": "text/plain", "Sec-Fetch-Site": "cross-site"}},
    )
    for at, body in enumerate(kinds):
        one = await guest(site, f"Person {at}")
        assert (await site.client.post(one.stop, **body)).status_code == 200  # type: ignore[arg-type]
        assert await states(site, one.person) == {"email": RouteState.STOPPED}


async def test_an_altered_link_stops_nobody(site: Open) -> None:
    ann = await guest(site)
    for wrong in (ann.stop[:-1], ann.stop + "x", ann.visit.replace("/visit/", "/stop/")):
        assert (await site.client.post(wrong)).status_code == 404
    assert await states(site, ann.person) == {"email": "active"}
