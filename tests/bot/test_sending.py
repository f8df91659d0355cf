"""After *Send*: taking it back, correcting it, sending it again, and a second coordinator."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from actions import staff
from core.notices import NoticeState
from core.people import Role
from core.roles import TERMINAL
from store.tables import Person, Route
from store.tables.base import known
from tests.bot.crowd import TEXT, crowd, notices, result, told
from tests.bot.town import ChatTown, chat_town

AGREE = {"RINGROUND_CHAT__AGREE_ABOVE": "3", "RINGROUND_CHAT__UNDO": "PT0S"}


@pytest.fixture
async def town(folder: Path) -> AsyncIterator[ChatTown]:
    """What is sent leaves a minute later."""
    async with chat_town(folder) as built:
        yield built


@pytest.fixture
async def quick(folder: Path) -> AsyncIterator[ChatTown]:
    """What is sent leaves at once."""
    async with chat_town(folder, RINGROUND_CHAT__UNDO="PT0S") as built:
        yield built


def forward(town: ChatTown, **by: int) -> None:
    town.clock.move(town.clock.now() + timedelta(**by))


async def announce(town: ChatTown, chat: int, text: str = TEXT) -> str:
    await town.says(chat, f"/announce {text}")
    return await town.presses(chat, "Send")


async def test_undo_takes_it_back_before_anybody_gets_it(town: ChatTown) -> None:
    sam = crowd(town, 5)
    sent = await announce(town, sam)
    assert "It leaves within 60 seconds. It is for 5 people." in sent
    assert await town.presses(sam, "Undo") == "Undone. Nothing was sent to anybody."
    forward(town, minutes=2)
    await town.calm()
    assert not told(town)
    assert [one.state for one in notices(town)] == [NoticeState.CANCELLED]


async def test_undo_survives_a_restart(town: ChatTown) -> None:
    sam = crowd(town, 5)
    await announce(town, sam)
    await town.restart()
    assert "Undone." in await town.says(sam, "undo")
    await town.restart()
    forward(town, minutes=2)
    await town.calm()
    assert not told(town)


async def test_after_the_window_it_leaves_by_itself(town: ChatTown) -> None:
    sam = crowd(town, 4)
    await announce(town, sam)
    await town.calm()
    assert not told(town)
    forward(town, seconds=61)
    await result(town, sam)
    assert len(told(town)) == 4


async def test_what_was_undone_is_no_like_notice(town: ChatTown) -> None:
    sam = crowd(town, 4)
    await announce(town, sam)
    await town.presses(sam, "Undo")
    assert "It leaves within 60 seconds" in await announce(town, sam)


async def test_stopping_midway_keeps_the_rest_back_and_offers_a_correction(quick: ChatTown) -> None:
    town = quick
    sam = crowd(town, 9)
    town.world.slow("telegram", 0.3)
    await town.world.down("email")
    await announce(town, sam)
    await town.until(lambda: len(told(town)) >= 3)
    card = next(one for one in town.shown(sam) if "Stop sending" in one.buttons)
    stopped = await town.presses(sam, "Stop sending")
    assert "Stopped. " in stopped
    assert "You can send a correction to those who got it." in stopped
    assert "This was stopped already." in await town.presses_late(sam, card.data[0], card.id)
    await town.world.up("email")
    town.world.slow("telegram", 0)
    await town.calm()
    got = {(one.channel, one.to) for one in told(town)}
    assert not [one for one in got if one[0] == "email"]
    assert "What should the" in await town.presses(sam, "Send a correction")
    preview = await town.says(sam, "The meeting is on Wednesday.")
    assert f"To {len(got)} people who got the other notice" in preview
    await town.presses(sam, "Send")
    await town.until(lambda: len(told(town, "Wednesday")) == len(got))
    await town.calm()
    assert {(one.channel, one.to) for one in told(town, "Wednesday")} == got


async def test_it_is_too_late_to_stop_what_has_left(quick: ChatTown) -> None:
    sam = crowd(quick, 4)
    await announce(quick, sam)
    card = quick.last(sam).id
    await result(quick, sam)
    late = await quick.presses_late(sam, f"pr:stop:{notices(quick)[0].id}", card)
    assert "It is too late to stop it: all of it has left. It had gone to 4 people." in late
    assert notices(quick)[0].state == NoticeState.OPEN


async def test_send_twice_is_one_notice(quick: ChatTown) -> None:
    sam = crowd(quick, 4)
    await quick.says(sam, f"/announce {TEXT}")
    preview = quick.last(sam)
    send = next(data for data in preview.data if data.startswith("an:send:"))
    for _ in range(2):  # before the first is dealt with
        quick.world.telegram_people.presses(sam, preview.id, "Send")
    await quick.dealt_with()
    assert "This was sent already; it is not sent twice." in await quick.presses_late(sam, send, preview.id)
    await result(quick, sam)
    await quick.calm()
    assert len(notices(quick)) == 1
    assert len(told(quick)) == 4


async def test_a_restart_between_the_steps_keeps_the_conversation(quick: ChatTown) -> None:
    sam = crowd(quick, 4)
    await quick.says(sam, "/announce")
    await quick.restart()
    await quick.says(sam, TEXT)
    await quick.presses(sam, "Text for phones")
    await quick.restart()
    assert "By text message it says: Tuesday." in await quick.says(sam, "Tuesday.")
    await quick.restart()
    await quick.presses(sam, "Send")
    await result(quick, sam)
    assert len(notices(quick)) == 1


async def test_a_like_notice_goes_only_to_those_missed(quick: ChatTown) -> None:
    town = quick
    sam = crowd(town, 3)
    town.person("Nan Shaw")
    await announce(town, sam)
    await result(town, sam)
    with town.database.writing() as session:
        nan = session.exec(select(Person).where(Person.name == "Nan Shaw")).one()
        session.add(Route(person_id=known(nan.id), channel="email", address="nan@example.org", position=1))
    asked = await announce(town, sam, "our meeting on TUESDAY is in the library - bring a friend")
    assert "Sam Lee sent a notice that says the same on Monday 2 March at 10" in asked
    assert "It has gone to 3 people. It missed 1 person." in asked
    assert town.last(sam).buttons == ["Only those missed", "Everybody again", "No"]
    assert "To 1 person whom the other notice missed" in await town.presses(sam, "Only those missed")
    await town.presses(sam, "Send")
    await town.until(lambda: len(told(town, "friend")) == 4)
    assert told(town, "friend")[-1].to == "nan@example.org"


async def test_a_like_notice_goes_to_everybody_again_or_not_at_all(quick: ChatTown) -> None:
    town = quick
    sam = crowd(town, 3)
    await announce(town, sam)
    await result(town, sam)
    assert "It has missed nobody. Send it to everybody again?" in await announce(town, sam)
    assert await town.presses(sam, "No") == "Nothing was sent."
    assert len(notices(town)) == 1
    await announce(town, sam)
    assert "Being sent" in await town.says(sam, "everybody again")
    await town.until(lambda: len(told(town)) == 6)
    forward(town, hours=25)
    assert "Being sent" in await announce(town, sam)


async def test_two_coordinators_with_the_same_words_at_once(quick: ChatTown) -> None:
    town = quick
    sam, kim = crowd(town, 4), town.staff("Kim Roe")
    for chat in (sam, kim):
        await town.says(chat, f"/announce {TEXT}")
    for chat in (sam, kim):
        town.world.telegram_people.presses(chat, town.last(chat).id, "Send")
    await town.dealt_with()
    assert len(notices(town)) == 1
    asked = [chat for chat in (sam, kim) if any("says the same" in one.text for one in town.shown(chat))]
    assert len(asked) == 1


async def test_many_people_need_a_second_coordinator(folder: Path) -> None:
    async with chat_town(folder, **AGREE) as town:
        sam = crowd(town, 5)
        kim, jo, vi = town.staff("Kim Roe"), town.staff("Jo Bell", Role.ADMIN), town.staff("Vi Poole", Role.VIEWER)
        asked = await announce(town, sam)
        assert "This goes to 8 people, so a second coordinator has to agree." in asked
        assert "I have asked 2 other coordinators." in asked
        for chat in (kim, jo):
            assert "Sam Lee wants to send this to 8 people. Do you agree?" in town.last(chat).text
            assert town.last(chat).buttons == ["Agree", "Don't send"]
        assert not town.shown(vi)
        assert notices(town) == []
        assert "It is on its way; Sam Lee sees how it comes along." in await town.says(kim, "agree")
        assert "Kim Roe has agreed already: it is on its way." in await town.presses(jo, "Don't send")
        assert "Kim Roe has agreed." in await result(town, sam, "Kim Roe has agreed.")
        await result(town, sam)
        (made,) = notices(town)
        assert made.by == town.uid("Sam Lee")


async def test_a_second_coordinator_does_not_agree(folder: Path) -> None:
    async with chat_town(folder, **AGREE) as town:
        sam, kim = crowd(town, 5), town.staff("Kim Roe")
        await announce(town, sam)
        asked = town.last(kim)
        assert "It is not sent." in await town.presses(kim, "Don't send")
        assert "Kim Roe does not agree, so nothing is sent." in town.last(sam).text
        agree = next(data for data in asked.data if data.startswith("an:agree:"))
        late = await town.presses_late(kim, agree, asked.id)
        assert "Kim Roe has stopped this already: nothing was sent." in late
        assert notices(town) == []


async def test_whoever_wrote_it_can_take_it_back_but_not_agree(folder: Path) -> None:
    async with chat_town(folder, **AGREE) as town:
        sam, kim = crowd(town, 5), town.staff("Kim Roe")
        await announce(town, sam)
        proposal = next(data for data in town.last(kim).data if data.startswith("an:agree:"))
        assert "You wrote this yourself" in await town.presses_late(sam, proposal, town.last(sam).id)
        assert "It is not sent." in await town.presses(sam, "Don't send")
        assert "Sam Lee has stopped this already: nothing was sent." in await town.presses(kim, "Agree")


async def test_nothing_is_sent_for_somebody_who_was_suspended_meanwhile(folder: Path) -> None:
    async with chat_town(folder, **AGREE) as town:
        sam, kim = crowd(town, 5), town.staff("Kim Roe")
        await announce(town, sam)
        with town.database.writing() as session:
            staff.suspend(session, TERMINAL, town.uid("Sam Lee"), town.clock.now())
        assert "This was taken back: nothing was sent." in await town.presses(kim, "Agree")
        assert notices(town) == []


async def test_a_sole_coordinator_types_the_number_of_people(folder: Path) -> None:
    async with chat_town(folder, **AGREE) as town:
        sam = crowd(town, 5)
        assert "type the number of people: 5" in await announce(town, sam)
        assert "That is not the number of people, so nothing was sent." in await town.says(sam, "yes")
        assert "That is not the number of people" in await town.says(sam, "50")
        assert notices(town) == []
        assert "Being sent to 5 people" in await town.says(sam, "5")
        await result(town, sam)


async def test_retry_goes_to_those_who_were_missed_with_all_that_went_along(quick: ChatTown) -> None:
    town = quick
    sam = crowd(town, 3)
    town.person("Nan Shaw")
    await town.says(sam, f"/announce {TEXT}")
    await town.sends(sam, "plan.txt", b"The plan.", "text/plain", "The plan for the year")
    await town.presses(sam, "Send")
    ended = await result(town, sam)
    assert "1 needs somebody to see to them." in ended
    preview = await town.presses(sam, "Retry")
    assert "To 1 person whom the other notice missed" in preview
    assert "No way to reach them: Nan Shaw." in preview
    assert "With it goes a document, plan.txt. It is about: The plan for the year" in preview
    assert "Send" in town.last(sam).buttons


async def test_whoever_is_on_the_call_list_is_not_written_to_again(quick: ChatTown) -> None:
    sam = crowd(quick, 5)
    await announce(quick, sam)
    assert "1 to ring." in await result(quick, sam)
    assert "Nobody was missed: whoever it has not gone to is on the call list" in await quick.presses(sam, "Retry")
