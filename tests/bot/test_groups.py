from __future__ import annotations

from actions import notices
from core.content import make_content
from core.people import Role
from core.roles import TERMINAL
from tests.bot.town import ChatTown

GROUP = -4001


async def adds(town: ChatTown, by: int) -> None:
    town.world.telegram_people.adds_bot(GROUP, "Our group", by)
    await town.dealt_with()


def in_it(town: ChatTown) -> bool:
    chat = town.world.telegram.chats.find(GROUP)
    return chat is not None and not chat.blocked


async def test_an_admin_who_adds_the_bot_links_the_group_and_all_in_it_see_numbers(town: ChatTown) -> None:
    ada, eve = town.staff("Ada Byron", Role.ADMIN), town.stranger("Eve")
    town.person("Ann Carter", email="ann@example.org")
    await adds(town, ada)
    assert "This chat is linked." in town.last(GROUP).text
    assert "Nothing was sent" in await town.says(GROUP, "/status", by=eve)
    with town.database.writing() as session:
        notices.send(session, TERMINAL, notices.Draft(make_content("Tea at two.", "Tea")), town.around)
    await town.calm()
    said = await town.says(GROUP, "/status@sandbox_ring_bot", by=eve)
    assert "of 2 reached" in said
    assert "Ann" not in said


async def test_another_who_adds_it_has_a_minute_to_get_an_admin(town: ChatTown) -> None:
    ada, eve = town.staff("Ada Byron", Role.ADMIN), town.stranger("Eve")
    await adds(town, eve)
    assert "/link" in town.last(GROUP).text
    await town.says(GROUP, "/link", by=eve)
    assert "linked" not in town.last(GROUP).text
    assert "This chat is linked." in await town.says(GROUP, "/link", by=ada)
    assert in_it(town)


async def test_a_group_that_nobody_links_is_left(town: ChatTown, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("bot.groups.WAIT", 0.05)
    await adds(town, town.stranger("Eve"))
    await town.until(lambda: not in_it(town))


async def test_a_coordinator_is_not_enough(town: ChatTown, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("bot.groups.WAIT", 0.05)
    await adds(town, town.staff("Sam Lee"))
    await town.until(lambda: not in_it(town))


async def test_nothing_personal_is_done_in_a_group(town: ChatTown) -> None:
    ada = town.staff("Ada Byron", Role.ADMIN)
    await adds(town, ada)
    for words in ("/staff", "/requests", "/help", "/stop"):
        assert "Here I only show numbers" in await town.says(GROUP, words, by=ada)
    assert await town.says(GROUP, "yes", by=ada) == ""
    assert await town.says(GROUP, "/status@another_bot", by=ada) == ""
    assert town.routes("Ada Byron") == ["telegram"]


async def test_an_admin_unlinks_it(town: ChatTown) -> None:
    ada, eve = town.staff("Ada Byron", Role.ADMIN), town.stranger("Eve")
    await adds(town, ada)
    assert "Only staff may" in await town.says(GROUP, "/unlink", by=eve)
    assert "no longer linked" in await town.says(GROUP, "/unlink", by=ada)
    assert not in_it(town)


async def test_a_group_that_threw_the_bot_out_must_be_linked_anew(town: ChatTown, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    ada = town.staff("Ada Byron", Role.ADMIN)
    await adds(town, ada)
    town.world.telegram_people.blocks(GROUP)
    await town.dealt_with()
    monkeypatch.setattr("bot.groups.WAIT", 0.05)
    await adds(town, town.stranger("Eve"))
    await town.until(lambda: not in_it(town))
