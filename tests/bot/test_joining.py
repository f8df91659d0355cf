from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from actions import people
from core.people import Role
from core.roles import TERMINAL
from sandbox.telegram_chats import Chat
from store.tables import Audit, Consent, Conversation, Invite, JoinRequest, Notice, Person
from tests.bot.town import ChatTown


async def test_a_personal_link_makes_the_chat_a_route(town: ChatTown) -> None:
    town.person("Ann Carter", email="ann@example.org")
    ann = town.stranger("Annie 🌻")
    said = await town.starts(ann, town.invite("Ann Carter"))
    assert "Welcome, Ann Carter." in said
    assert "Shall we write to you here from now on?" in said
    assert town.routes("Ann Carter") == ["email", "telegram"]
    with town.database.reading() as session:
        given = session.exec(select(Consent.basis, Consent.source)).all()
        assert given == [("service", "joined by link")]  # which allows no promotion
        assert session.exec(select(JoinRequest)).all() == []


@pytest.mark.parametrize(("answer", "order"), [("Yes", ["telegram", "email"]), ("No", ["email", "telegram"])])
async def test_they_say_whether_it_comes_first(town: ChatTown, answer: str, order: list[str]) -> None:
    town.person("Ann Carter", email="ann@example.org")
    ann = town.stranger("Ann")
    await town.starts(ann, town.invite("Ann Carter"))
    assert "Thank you" in await town.presses(ann, answer)
    assert town.routes("Ann Carter") == order


async def test_an_answer_may_be_typed(town: ChatTown) -> None:
    town.person("Ann Carter", email="ann@example.org")
    ann = town.stranger("Ann")
    await town.starts(ann, town.invite("Ann Carter"))
    assert "write to you here first" in await town.says(ann, "yes!")
    assert town.routes("Ann Carter") == ["telegram", "email"]


async def test_whoever_waits_for_telegram_gets_it_first_without_being_asked(town: ChatTown) -> None:
    town.person("Ann Carter", email="ann@example.org")
    with town.database.writing() as session:
        from store.stops import routes_of_person

        person = session.exec(select(Person)).one()
        routes_of_person(session, person)[0].position = 2
    ann = town.stranger("Ann")
    assert "We will write to you here first." in await town.starts(ann, town.invite("Ann Carter"))
    assert town.routes("Ann Carter") == ["telegram", "email"]


@pytest.mark.parametrize("typed", ["{code}", "{lower}", " {code}. ", "/start {code}"])
async def test_a_code_may_be_typed(town: ChatTown, typed: str) -> None:
    town.person("Ann Carter", email="ann@example.org")
    code = town.invite("Ann Carter").code
    said = await town.says(town.stranger("Ann"), typed.format(code=code, lower=code.lower().replace(" ", "")))
    assert "Welcome, Ann Carter." in said


async def test_a_link_is_for_one_use_and_its_code_with_it(town: ChatTown) -> None:
    town.person("Ann Carter", email="ann@example.org")
    link = town.invite("Ann Carter")
    ann, eve = town.stranger("Ann"), town.stranger("Eve")
    await town.starts(ann, link)
    assert "You have joined already, Ann Carter." in await town.starts(ann, link)
    assert "was used already" in await town.starts(eve, link)
    assert "was used already" in await town.says(eve, link.code)
    with town.database.reading() as session:
        assert link.code not in [one.hash for one in session.exec(select(Invite))]


async def test_a_link_that_is_too_old_says_so(town: ChatTown) -> None:
    town.person("Ann Carter", email="ann@example.org")
    town.person("Sam Lee", role=Role.COORDINATOR, email="sam@example.org")
    ann, sam = town.invite("Ann Carter"), town.invite("Sam Lee", staff=True)
    chat = town.stranger("Somebody")
    town.clock.move(town.clock.now() + timedelta(hours=25))
    assert "too old" in await town.starts(chat, sam)
    town.clock.move(town.clock.now() + timedelta(days=60))
    assert "too old" in await town.starts(chat, ann)


@pytest.mark.parametrize("word", ["nonsense", "KRT 222", "x" * 300, "<b>", "../../etc"])
async def test_a_link_that_is_not_ours_says_so(town: ChatTown, word: str) -> None:
    assert "not one of ours" in await town.says(town.stranger("Eve"), f"/start {word}")


async def test_nobody_may_try_many_codes(town: ChatTown) -> None:
    eve = town.stranger("Eve")
    for n in range(10):
        assert "not one of ours" in await town.says(eve, f"KRT 2{n // 5 + 2}{n % 5 + 2}")
    assert "too many tries" in await town.says(eve, "KRT 999")


async def test_whoever_is_gone_is_not_brought_back_by_a_link(town: ChatTown) -> None:
    town.person("Ann Carter", email="ann@example.org", status="died")
    said = await town.starts(town.stranger("Eve"), town.invite("Ann Carter"))
    assert "not in use any more" in said
    assert "Ann" not in said


async def test_joining_brings_back_somebody_who_had_stopped_everything_here_alone(town: ChatTown) -> None:
    town.person("Ann Carter", email="ann@example.org", stopped_at=town.clock.now())
    await town.starts(town.stranger("Ann"), town.invite("Ann Carter"))
    assert town.routes("Ann Carter") == ["email stopped", "telegram"]


async def test_two_who_share_a_phone_are_asked(town: ChatTown) -> None:
    chat = town.person("Ines Costa", "telegram")
    town.person("Rui Costa", email="rui@example.org")
    said = await town.starts(chat, town.invite("Rui Costa"))
    assert "Do Ines Costa and Rui Costa both use it?" in said
    assert town.routes("Rui Costa") == ["email"]
    assert "Welcome, Rui Costa." in await town.presses(chat, "Yes, both")
    assert town.routes("Rui Costa") == ["email", "telegram"]
    assert town.routes("Ines Costa") == ["telegram"]


async def test_a_link_for_somebody_else_opened_by_mistake_does_nothing(town: ChatTown) -> None:
    chat = town.person("Ines Costa", "telegram")
    town.person("Rui Costa", email="rui@example.org")
    link = town.invite("Rui Costa")
    await town.starts(chat, link)
    with town.database.reading() as session:
        assert link.url.partition("start=")[2] not in session.exec(select(Conversation.data)).one()
    assert "Nothing was changed" in await town.presses(chat, "No")
    assert "This question is over." in await town.presses_late(chat, "join:both", town.last(chat).id)
    assert "Welcome" in await town.starts(town.stranger("Rui"), link), "it was not used up"


async def test_a_stranger_is_let_in_as_somebody_on_file(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    town.person("Eva Novak", email="eva@example.org")
    eve = town.stranger("Eva")
    said = await town.says(eve, "hello?")
    assert "Hello. This is the chat of Planning group. I have asked somebody there" in said
    assert "Eva has written to the bot and would like to join." in (await town.next(sam, 1)).text
    assert "Who is Eva?" in await town.presses(sam, "Accept")
    assert town.last(sam).buttons == ["Eva Novak", "Somebody new: Eva"]
    assert "Eva Novak has joined." in await town.presses(sam, "Eva Novak")
    assert town.last(eve).text == "Welcome, Eva Novak. From now on you can hear from Planning group here."
    assert town.routes("Eva Novak") == ["email", "telegram"]
    assert "Somebody else has seen to this" in await town.presses(sam, "Accept"), "an old button"


async def test_a_stranger_is_let_in_as_somebody_new_with_a_typed_name(town: ChatTown) -> None:
    sam, eve = town.staff("Sam Lee"), town.stranger("eve 🌙")
    await town.says(eve, "hello")
    assert "eve 🌙" in await town.says(sam, "/requests")
    await town.says(sam, "accept")
    await town.says(sam, "Eve Summers")
    assert "Eve Summers has joined." in await town.says(sam, "somebody new: eve summers")
    assert town.routes("Eve Summers") == ["telegram"]
    assert "Nobody waits" in await town.says(sam, "/requests")


async def test_staff_are_asked_once_for_each_chat_and_learn_no_more_after_a_refusal(town: ChatTown) -> None:
    sam, eve = town.staff("Sam Lee"), town.stranger("Eve")
    await town.says(eve, "hello")
    await town.says(eve, "hello?!")
    assert len(town.shown(sam)) == 1
    assert "Refused" in await town.presses(sam, "Refuse")
    assert "has been asked to let you in" in await town.says(eve, "please")
    assert len(town.shown(sam)) == 1
    with town.database.reading() as session:
        assert [one.name for one in session.exec(select(JoinRequest))] == [""]


async def test_two_coordinators_at_once_settle_a_request_once(town: ChatTown) -> None:
    sam, jo, eve = town.staff("Sam Lee"), town.staff("Jo Bell"), town.stranger("Eve")
    await town.says(eve, "hello")
    await town.next(jo, 1)
    await town.presses(sam, "Accept")
    await town.presses(jo, "Accept")
    assert "Eve has joined" in await town.presses(sam, "Somebody new: Eve")
    assert "Somebody else has seen to this request already" in await town.presses(jo, "Somebody new: Eve")
    with town.database.reading() as session:
        assert len(session.exec(select(Person).where(Person.name == "Eve")).all()) == 1


async def test_where_no_coordinator_has_a_chat_staff_are_told_their_own_way(town: ChatTown) -> None:
    town.person("Sam Lee", role=Role.COORDINATOR, email="sam@example.org")
    await town.says(town.stranger("Eve"), "hello")
    await town.calm()
    (mail,) = town.world.messages("email", to="sam@example.org")
    assert "Eve asked to join on Telegram" in (mail.subject or "")


async def test_a_request_that_nobody_was_told_of_is_told_after_a_restart(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    with town.database.writing() as session:
        session.add(JoinRequest(chat="599", name="Eve", at=town.clock.now()))
    await town.restart()
    assert "Eve has written" in (await town.next(sam, 1)).text


async def test_a_name_from_outside_can_do_nothing(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    eve = 640
    town.world.telegram.chats.add(Chat(eve, "<b>Eve</b>\u202e\n{first_name} \x00" + "x" * 200))
    await town.says(eve, "hello")
    shown = (await town.next(sam, 1)).text
    assert "<b>Eve</b> {first_name} xxx" in shown
    assert "\u202e" not in shown
    assert len(shown) < 150


async def test_a_staff_link_opens_the_staff_commands(town: ChatTown) -> None:
    town.person("Sam Lee", role=Role.COORDINATOR, email="sam@example.org")
    sam = town.stranger("Sam")
    assert "Welcome, Sam Lee." in await town.starts(sam, town.invite("Sam Lee", staff=True))
    assert "/requests" in await town.says(sam, "/help")


async def test_a_block_is_a_stop_and_staff_are_told_once(town: ChatTown) -> None:
    town.person("Sam Lee", role=Role.COORDINATOR, email="sam@example.org")
    ann = town.person("Ann Carter", "telegram", "email", email="ann@example.org")
    town.world.telegram_people.blocks(ann)
    await town.dealt_with()
    assert town.routes("Ann Carter") == ["telegram stopped", "email"]
    town.world.telegram_people.blocks(ann, False)
    await town.dealt_with()
    assert town.routes("Ann Carter") == ["telegram", "email"]
    with town.database.reading() as session:
        told = [one.subject for one in session.exec(select(Notice).where(Notice.kind == "alert"))]
        assert len(told) == 1
        assert "Ann Carter asked us to stop" in told[0]
        assert "ann" not in " ".join(one.detail for one in session.exec(select(Audit))).lower()


async def test_unblocking_does_not_undo_a_stop_in_words(town: ChatTown) -> None:
    ann = town.person("Ann Carter", "telegram")
    await town.says(ann, "/stop")
    town.world.telegram_people.blocks(ann)
    town.world.telegram_people.blocks(ann, False)
    await town.dealt_with()
    assert town.routes("Ann Carter") == ["telegram stopped"]


async def test_nothing_of_the_chat_is_left_of_somebody_who_was_erased(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    eve = town.stranger("Eve")
    await town.says(eve, "hello")
    await town.next(sam, 1)
    await town.presses(sam, "Accept")
    await town.presses(sam, "Somebody new: Eve")
    town.invite("Eve")
    with town.database.writing() as session:
        people.erase(session, TERMINAL, town.uid("Eve"), town.around.secret, town.clock.now())
    with town.database.reading() as session:
        assert [one.chat for one in session.exec(select(Conversation))] != [str(eve)]
        assert [*session.exec(select(JoinRequest)), *session.exec(select(Invite))] == []
    assert "Hello. This is the chat of Planning group." in await town.says(eve, "yes")
