from __future__ import annotations

import pytest
from sqlmodel import select

from actions import joining, meetings
from actions.meeting_orders import NewMeeting
from core.roles import TERMINAL
from store.joining import routes_at
from store.tables import InboxItem, MeetingAnswer, Person, Suppression
from tests.bot.town import ChatTown


def kept(town: ChatTown) -> list[tuple[str, str, bool]]:
    with town.database.reading() as session:
        return [(one.text or "", one.why, one.pinned) for one in session.exec(select(InboxItem))]


def answers(town: ChatTown) -> list[str]:
    with town.database.reading() as session:
        return [one.value for one in session.exec(select(MeetingAnswer))]


async def invited(town: ChatTown, *names: str) -> list[int]:
    """People with chats who have been invited to a meeting in ten days."""
    chats = [town.person(name, "telegram") for name in names]
    new = NewMeeting("Spring meeting", "2026-03-12 14:00", 90, place="The library")
    with town.database.writing() as session:
        meetings.add(session, TERMINAL, new, town.around)
    await town.calm()
    return chats


@pytest.mark.parametrize("typed", [False, True])
async def test_an_answer_below_an_invitation_or_typed_is_one_answer(town: ChatTown, typed: bool) -> None:
    (ann,) = await invited(town, "Ann Carter")
    assert town.last(ann).buttons == ["Yes", "No", "Maybe", "More"]
    invitation = town.last(ann).id
    await (town.says(ann, "yes please") if typed else town.presses(ann, "Yes"))
    assert answers(town) == ["yes"]
    await town.presses(ann, "Yes", message=invitation)
    assert answers(town) == ["yes"]
    await town.presses(ann, "No", message=invitation)
    assert answers(town)[-1] == "no"


async def test_more_offers_what_else_there_is_and_its_words_can_be_typed(town: ChatTown) -> None:
    (ann,) = await invited(town, "Ann Carter")
    await town.presses(ann, "More")
    assert town.last(ann).buttons == ["Call me", "Change how I hear from you", "My language", "Take a break", "Stop"]
    await town.says(ann, "call me")
    assert [why for _, why, _ in kept(town)] == ["call_me"]


async def test_a_yes_that_answers_a_newer_invitation_is_not_taken_for_an_older_question(town: ChatTown) -> None:
    town.person("Ann Carter", email="ann@example.org")
    ann = town.stranger("Ann")
    assert "Shall we write to you here" in await town.starts(ann, town.invite("Ann Carter"))
    with town.database.writing() as session:
        route = next(one for one in routes_at(session, str(ann)))
        joining.prefer(session, str(ann), route.uid, town.around)
    new = NewMeeting("Spring meeting", "2026-03-12 14:00", 90, place="The library")
    with town.database.writing() as session:
        meetings.add(session, TERMINAL, new, town.around)
    await town.calm()
    await town.says(ann, "Yes")
    assert answers(town) == ["yes"]


async def test_a_question_goes_to_the_inbox_with_an_honest_reply(town: ChatTown) -> None:
    ann = town.person("Ann Carter", "telegram")
    assert "This is not read all the time" in await town.says(ann, "Will there be cake?")
    assert kept(town) == [("Will there be cake?", "question", False)]


async def test_an_edited_message_counts_with_its_latest_words(town: ChatTown) -> None:
    ann = town.person("Ann Carter", "telegram")
    message = town.world.telegram_people.writes(ann, "Will there be cak?")
    await town.dealt_with()
    await town.edits(ann, message, "Will there be cake?")
    with town.database.reading() as session:
        found = session.exec(select(InboxItem.text).where(InboxItem.state == "open")).all()
    assert found == ["Will there be cake?"]


async def test_stop_and_coming_back(town: ChatTown) -> None:
    ann = town.person("Ann Carter", "telegram", email="ann@example.org")
    await town.says(ann, "/stop")
    assert town.routes("Ann Carter") == ["telegram stopped", "email"]
    await town.says(ann, "start")
    assert town.routes("Ann Carter") == ["telegram", "email"]


async def test_what_cannot_be_read_here_is_said_to_have_come(town: ChatTown) -> None:
    ann = town.person("Ann Carter", "telegram")
    town.world.telegram_people.sends_voice(ann, b"OggS")
    await town.dealt_with()
    assert "I cannot open a voice message here, but somebody will see that you sent it." in town.last(ann).text
    assert "I cannot open a document here" in await town.sends(
        ann, "letter.pdf", b"%PDF", "application/pdf", "my letter"
    )
    assert [text for text, *_ in kept(town)] == ["(a voice message)", "(a document) my letter"]


async def test_a_forwarded_answer_is_nobodys_answer(town: ChatTown) -> None:
    ann = town.person("Ann Carter", "telegram")
    town.world.telegram_people.forwards(ann, "stop", "Somebody")
    await town.dealt_with()
    assert town.routes("Ann Carter") == ["telegram"]
    assert [text for text, *_ in kept(town)] == ["(forwarded) stop"]


async def test_distress_is_pinned_from_staff_and_strangers_too(town: ChatTown) -> None:
    sam, eve = town.staff("Sam Lee"), town.stranger("Eve")
    await town.says(sam, "I can't go on")
    assert "999" in await town.says(eve, "I want to die")
    assert [pinned for *_, pinned in kept(town)] == [True, True]


async def test_a_stranger_who_says_stop_is_left_alone(town: ChatTown) -> None:
    assert await town.says(town.stranger("Eve"), "STOP") == ""
    with town.database.reading() as session:
        assert len(session.exec(select(Suppression)).all()) == 1


async def test_staff_who_write_without_a_command_are_told_how(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    assert "begin with a command" in await town.says(sam, "The meeting is at two")
    assert kept(town) == []


async def test_a_break_is_taken_and_ended_by_buttons(town: ChatTown) -> None:
    ann = town.person("Ann Carter", "telegram")
    uid = town.uid("Ann Carter")
    await town.says(ann, "/help")
    await town.presses_late(ann, f"me:break:{uid}", town.last(ann).id)
    assert "until Monday 9 March 2026" in await town.presses(ann, "7 days")
    with town.database.reading() as session:
        assert session.exec(select(Person.status)).one() == "paused"
    assert "Welcome back" in await town.presses(ann, "End the break")
    with town.database.reading() as session:
        assert session.exec(select(Person.status)).one() == "active"


async def test_nobody_takes_a_break_for_another(town: ChatTown) -> None:
    ann = town.person("Ann Carter", "telegram")
    town.person("Bob Dean", "telegram")
    await town.says(ann, "/help")
    said = await town.presses_late(ann, f"me:until:{town.uid('Bob Dean')}:0", town.last(ann).id)
    assert said == "This question is over."
