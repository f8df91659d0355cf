from __future__ import annotations

import pytest
from sqlmodel import select

from actions import notices, sessions, staff
from core.content import make_content
from core.people import Role
from core.roles import TERMINAL
from store.tables import Delivery, Notice, WebSession
from tests.bot.town import ChatTown


async def add_somebody(town: ChatTown, admin: int, name: str, role: str) -> str:
    """Goes through adding somebody who is not on file; returns the link that is to be passed on."""
    await town.says(admin, "/staff")
    await town.presses(admin, "Add somebody")
    await town.says(admin, name)
    await town.presses(admin, f"Somebody new: {name}")
    said = await town.presses(admin, role)
    assert f"{name} is {role}." in said
    return town.last(admin).text.partition("?start=")[2]


async def test_somebody_new_is_added_and_comes_in_by_the_link(town: ChatTown) -> None:
    ada = town.staff("Ada Byron", Role.ADMIN)
    token = await add_somebody(town, ada, "Kim Park", "coordinator")
    kim = town.stranger("Kim")
    assert "Welcome, Kim Park." in await town.says(kim, f"/start {token}")
    assert "/requests" in await town.says(kim, "/help")
    assert "Kim Park: coordinator." in await town.says(ada, "/staff")


async def test_somebody_on_file_is_found_by_part_of_the_name_and_all_of_it_can_be_typed(town: ChatTown) -> None:
    ada = town.staff("Ada Byron", Role.ADMIN)
    town.person("Kim Park", email="kim@example.org")
    await town.says(ada, "/staff")
    await town.says(ada, "add somebody")
    await town.says(ada, "park")
    assert "What may Kim Park do?" in await town.says(ada, "Kim Park")
    assert "Kim Park is viewer." in await town.says(ada, "viewer")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.CALLER, Role.COORDINATOR])
async def test_only_an_admin_decides(town: ChatTown, role: Role) -> None:
    town.staff("Ada Byron", Role.ADMIN)
    vi = town.staff("Vi Poole", role)
    assert "Only an admin may" in await town.says(vi, "/staff")
    await town.says(vi, "/help")
    said = await town.presses_late(vi, f"staff:suspend:{town.uid('Ada Byron')}", town.last(vi).id)
    assert "Only an admin may" in said
    assert town.actor("Ada Byron").role is Role.ADMIN


async def test_a_role_that_is_changed_counts_at_once_and_in_the_menu(town: ChatTown) -> None:
    ada, vi = town.staff("Ada Byron", Role.ADMIN), town.staff("Vi Poole", Role.VIEWER)
    await town.says(vi, "/help")
    await town.says(ada, "/staff")
    await town.presses(ada, "Vi Poole")
    await town.presses(ada, "Change the role")
    await town.presses(ada, "coordinator")
    assert "/requests" in await town.says(vi, "/help")
    await town.until(lambda: "requests" in town.menu(vi))
    assert "staff" not in town.menu(vi)
    assert "staff" in town.menu(ada)
    assert town.menu() == ["stop", "help"]


async def test_a_suspension_ends_chat_log_ins_and_what_has_not_left(town: ChatTown) -> None:
    ada, sam = town.staff("Ada Byron", Role.ADMIN), town.staff("Sam Lee")
    town.person("Ann Carter", email="ann@example.org")
    actor = town.actor("Sam Lee")
    with town.database.writing() as session:
        link = sessions.login_link(session, actor, town.around)
        sessions.login(session, link.rpartition("/")[2], town.clock.now())
        draft = notices.Draft(make_content("Tea at two.", "Tea"), not_before=town.clock.now().replace(hour=23))
        notices.send(session, actor, draft, town.around)
    unused = town.invite("Sam Lee", staff=True)
    await town.says(ada, "/staff")
    await town.presses(ada, "Sam Lee")
    said = await town.presses(ada, "Suspend now")
    assert "1 log-in was ended." in said
    assert "1 notice of theirs that had not left is held." in said
    assert "Held: Tea" in said
    assert "I do not know /requests" in await town.says(sam, "/requests")
    assert "/requests" not in await town.says(sam, "/help")
    assert "not one of ours" in await town.starts(town.stranger("Thief"), unused)
    with town.database.reading() as session:
        assert session.exec(select(WebSession.ended_at)).one() is not None
        assert session.exec(select(Notice.state).where(Notice.subject == "Tea")).one() == "paused"
        assert set(session.exec(select(Delivery.state))) == {"held"}
    await town.presses(ada, "Let it go out")
    with town.database.reading() as session:
        assert session.exec(select(Notice.state).where(Notice.subject == "Tea")).one() == "open"


async def test_the_menu_of_whoever_was_suspended_meanwhile_is_gone_after_a_restart(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    await town.says(sam, "/help")
    await town.until(lambda: "requests" in town.menu(sam))
    await town.close()
    with town.database.writing() as session:
        staff.suspend(session, TERMINAL, town.uid("Sam Lee"), town.clock.now())
    await town.open()
    await town.until(lambda: not town.menu(sam))


async def test_whoever_is_suspended_is_let_back_in(town: ChatTown) -> None:
    ada, sam = town.staff("Ada Byron", Role.ADMIN), town.staff("Sam Lee")
    await town.says(ada, "/staff")
    await town.presses(ada, "Sam Lee")
    await town.presses(ada, "Suspend now")
    await town.says(ada, "/staff")
    await town.presses(ada, "Sam Lee")
    await town.presses(ada, "Let back in")
    assert "/requests" in await town.says(sam, "/help")


async def test_the_only_admin_stays(town: ChatTown) -> None:
    ada = town.staff("Ada Byron", Role.ADMIN)
    await town.says(ada, "/staff")
    await town.presses(ada, "Ada Byron")
    assert "Ada Byron is the only admin. Make somebody else an admin first." in await town.presses(ada, "Suspend now")


async def test_a_conversation_of_somebody_who_was_suspended_goes_no_further(town: ChatTown) -> None:
    ada, bea = town.staff("Ada Byron", Role.ADMIN), town.staff("Bea Hall", Role.ADMIN)
    await town.says(bea, "/staff")
    await town.presses(bea, "Add somebody")
    await town.says(ada, "/staff")
    await town.presses(ada, "Bea Hall")
    await town.presses(ada, "Suspend now")
    assert "Only staff may do this" in await town.says(bea, "Ann Carter")


async def test_a_link_to_the_pages(town: ChatTown) -> None:
    sam, ann = town.staff("Sam Lee", Role.VIEWER), town.person("Ann Carter", "telegram")
    assert "http://127.0.0.1:8000/login/" in await town.says(sam, "/login")
    assert "I do not know /login" in await town.says(ann, "/login")
