from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import select

from actions import people, sessions, staff
from core.errors import UserError
from core.people import Status
from core.roles import TERMINAL
from store.database import Database, Session
from store.tables import Person
from tests.web.conftest import SECRET, Open, browser, csrf, log_in, make_desk, words
from web.app import WebDoor


async def test_a_link_logs_in_once_and_a_robot_that_looks_at_it_does_not_use_it_up(site: Open) -> None:
    link = await site.link(await site.staff())
    for _ in range(3):
        shown = await site.client.get(link)
        assert shown.status_code == 200
        assert "Log in as Cara Staff" in words(shown.text)
    assert (await site.client.get("/")).status_code == 401
    await log_in(site.client, link)
    assert "Hello Cara Staff" in words((await site.client.get("/")).text)
    async with browser(site.door) as other:
        assert (await other.get(link)).status_code == 410
        assert (await other.post(link, data={"x": "1"})).status_code == 410
        assert (await other.get("/")).status_code == 401


async def test_the_cookie_is_signed_and_kept_from_scripts_other_sites_and_plain_http(site: Open) -> None:
    link = await site.link(await site.staff())
    answer = await site.client.post(link, data={"x": "1"})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-ringround=")
    for word in ("Secure", "HttpOnly", "SameSite=lax", "Path=/", "Max-Age=43200"):
        assert word in cookie
    name, _, value = cookie.partition(";")[0].partition("=")
    for wrong in (value[:-2], value.partition(".")[0], "x" + value, "é" + value):
        async with browser(site.door) as other:
            answer = await other.get("/", headers={b"Cookie": f"{name}={wrong}".encode()})
            assert answer.status_code == 401


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"telegram": {"token": "1:x"}}, "To get a new link, write /login to the group's chat."),
        ({}, "Ask whoever runs Ringround for a new link: Sam Lee, 01632 960123."),
        ({"group": {}}, "Ask whoever runs Ringround for a new link."),
    ],
    ids=["a chat", "somebody to ask", "neither"],
)
async def test_where_a_log_in_has_ended_it_says_how_to_come_by_a_link(
    database: Database, tmp_path: Path, settings: dict[str, Any], says: str
) -> None:
    desk = make_desk(database, tmp_path, **settings)
    async with WebDoor(desk) as door, browser(door) as client:
        site = Open(desk, door, client)
        for path in ("/", "/login/an-old-one"):
            assert says in words((await client.get(path)).text)
        await site.log_in()
        left = words((await site.post("/logout", page="/")).text)
    assert "You are logged out" in left
    assert says in left


async def test_a_link_lasts_ten_minutes_and_a_log_in_twelve_hours(site: Open) -> None:
    uid = await site.staff()
    late = await site.link(uid)
    site.clock.step(timedelta(minutes=10))
    assert (await site.client.get(late)).status_code == 410
    assert (await site.client.post(late, data={"x": "1"})).status_code == 410
    await site.log_in(person=uid)
    site.clock.step(timedelta(hours=11, minutes=59))
    assert (await site.client.get("/")).status_code == 200
    site.clock.step(timedelta(minutes=1))
    gone = await site.client.get("/")
    assert gone.status_code == 401
    assert "You are not logged in" in words(gone.text)


async def test_whoever_is_suspended_is_out_at_once_and_their_unused_link_is_worth_nothing(site: Open) -> None:
    uid = await site.log_in()
    link = await site.link(uid)
    await site.desk.database.write(staff.suspend, TERMINAL, uid, site.clock.now())
    assert (await site.client.get("/")).status_code == 401
    assert (await site.client.get(link)).status_code == 410
    assert (await site.client.post(link, data={"x": "1"})).status_code == 410


@pytest.mark.parametrize("what", ["left", "died", "erased"])
async def test_whoever_is_gone_is_out_at_once_and_stays_out_when_they_come_back(site: Open, what: str) -> None:
    uid = await site.log_in()
    link = await site.link(uid)
    now, write = site.clock.now(), site.desk.database.write
    if what == "erased":
        await write(people.erase, TERMINAL, uid, SECRET, now)
    else:
        await write(people.mark, TERMINAL, uid, Status(what), now)
    assert (await site.client.get("/")).status_code == 401
    assert (await site.client.get(link)).status_code == 410
    with pytest.raises(UserError, match="no role"):
        await site.link(uid)
    if what != "erased":
        await write(people.mark, TERMINAL, uid, Status.ACTIVE, now)
        assert (await site.client.get("/")).status_code == 401
        assert (await site.client.get(link)).status_code == 410
        await site.log_in(person=uid)


async def test_a_log_in_is_worth_nothing_in_a_status_that_nobody_acts_in(site: Open) -> None:
    uid = await site.log_in()

    def restored(session: Session) -> None:
        session.exec(select(Person).where(Person.uid == uid)).one().status = Status.LEFT  # with the log-in as it was

    await site.desk.database.write(restored)
    assert (await site.client.get("/")).status_code == 401


async def test_all_log_ins_of_a_person_can_be_ended(site: Open) -> None:
    uid = await site.log_in()
    async with browser(site.door) as other:
        await log_in(other, await site.link(uid))
        link = await site.link(uid)
        ended = await site.desk.database.write(sessions.end_all, TERMINAL, uid, site.clock.now())
        assert ended == 2
        assert [(await one.get("/")).status_code for one in (site.client, other)] == [401, 401]
        assert (await other.get(link)).status_code == 410


async def test_logging_out_ends_this_log_in_alone_and_needs_the_token_of_the_form(site: Open) -> None:
    uid = await site.log_in()
    async with browser(site.door) as other:
        await log_in(other, await site.link(uid))
        assert (await site.client.post("/logout", data={"csrf": "0" * 64})).status_code == 403
        token = csrf((await other.get("/")).text)
        assert (await site.client.post("/logout", data={"csrf": token})).status_code == 403
        assert "You are logged out" in (await site.post("/logout", page="/")).text
        assert (await site.client.get("/")).status_code == 401
        assert (await other.get("/")).status_code == 200


async def test_a_form_on_another_site_logs_nobody_in_or_out(site: Open) -> None:
    link = await site.link(await site.staff())
    for where in ("cross-site", "same-site"):
        answer = await site.client.post(link, data={"x": "1"}, headers={"Sec-Fetch-Site": where})
        assert answer.status_code == 403
    await log_in(site.client, link)


async def test_only_staff_get_a_link_and_only_an_admin_one_for_somebody_else(site: Open) -> None:
    from core.errors import Refused
    from core.people import Role
    from core.roles import Actor
    from tests.store.people import add_person

    uid = await site.staff()
    own = Actor(uid, Role.COORDINATOR)
    assert "/login/" in await site.desk.database.write(sessions.login_link, own, site.desk.around())
    other = await site.staff("viewer", "Vi Viewer")
    plain = await site.desk.database.write(lambda session: add_person(session, "Ann Carter").uid)
    for actor, person, kind in ((own, other, Refused), (TERMINAL, plain, UserError)):
        try:
            await site.desk.database.write(sessions.login_link, actor, site.desk.around(), person=person)
        except kind:
            continue
        raise AssertionError(f"{actor} got a link for {person}")


async def test_two_presses_at_once_log_one_device_in(site: Open) -> None:
    import asyncio

    link = await site.link(await site.staff())
    async with browser(site.door) as one, browser(site.door) as two:
        answers: list[httpx.Response] = await asyncio.gather(*(each.post(link, data={"x": "1"}) for each in (one, two)))
    assert sorted(answer.status_code for answer in answers) == [303, 410]
