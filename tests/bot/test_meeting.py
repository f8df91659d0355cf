from __future__ import annotations

from pathlib import Path

import pytest

from actions import answers, diary
from bot import timetable
from core.answers import Answer
from core.meetings import Meeting, MeetingState
from core.people import Role
from core.roles import TERMINAL
from store import headcount
from tests.bot.town import ChatTown, chat_town


async def meetings_of(town: ChatTown) -> list[Meeting]:
    """The meetings on file."""
    return await town.database.read(diary.listing, TERMINAL)


async def described(town: ChatTown, chat: int, when: str = "Tuesday 10 March 2pm") -> str:
    """Answers every question about a new meeting, up to where it is read back."""
    await town.says(chat, "/meeting new")
    for answer in ("Spring meeting", when, "90 minutes", "The library", "Skip", "Skip"):
        await town.says(chat, answer)
    return await town.says(chat, "Step-free, with a hearing loop")


async def put_in(town: ChatTown, chat: int, **more: str) -> Meeting:
    """Puts a meeting in."""
    await described(town, chat, **more)
    await town.presses(chat, "Put it in")
    return (await meetings_of(town))[-1]


async def test_a_meeting_is_put_in_question_by_question(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    town.person("Ann Carter", "telegram", "email", email="ann@example.org")
    town.person("Joe Bell", "phone")
    assert "No meeting is planned." in await town.says(sam, "/meeting")
    assert "What is the meeting called?" in await town.presses(sam, "New meeting")
    assert "When does it start?" in await town.says(sam, "Spring meeting")
    assert "Which day do you mean?" in await town.says(sam, "next Tuesday 2pm")  # it is a Monday
    assert town.last(sam).buttons == ["Tuesday 3 March 2026, tomorrow", "Tuesday 10 March 2026, in 8 days"]
    said = await town.presses(sam, "Tuesday 10 March 2026, in 8 days")
    assert "Tuesday 10 March 2026 at 2pm, in 8 days." in said
    assert "How long does it last?" in said
    assert "Where is it?" in await town.presses(sam, "90 minutes")
    assert "join online?" in await town.says(sam, "The library, High Street")
    assert "join by phone?" in await town.says(sam, "meet.example.org/spring")
    assert "access?" in await town.presses(sam, "Skip")
    back = await town.says(sam, "Step-free.\nHearing loop.")
    assert await meetings_of(town) == []
    for line in (
        "Title: Spring meeting",
        "When: Tuesday 10 March 2026 at 2pm, in 8 days",
        "How long: 90 minutes",
        "Place: The library, High Street",
        "Online link: https://meet.example.org/spring",
        "- An invitation to 3 people",
    ):
        assert line in back
    assert "It is in: Spring meeting." in await town.presses(sam, "Put it in")
    (one,) = await meetings_of(town)
    assert (one.title, str(one.starts), one.minutes) == ("Spring meeting", "2026-03-10 14:00:00", 90)
    assert (one.place, one.link) == ("The library, High Street", "https://meet.example.org/spring")
    assert one.access == "Step-free.\nHearing loop."


async def test_what_leaves_at_once_is_read_out_first(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    ann = town.person("Ann Carter", "telegram")
    town.person("Joe Bell", "email", email="joe@example.org")
    back = await described(town, sam)
    assert "This leaves at once:\n- An invitation to 3 people, 1 by e-mail, 2 by Telegram" in back
    assert not town.shown(ann)
    await town.presses(sam, "Put it in")
    await town.calm()
    assert "Spring meeting" in town.last(ann).text


async def test_what_is_late_is_left_out_unless_it_is_wanted(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    town.person("Ann Carter", "telegram")
    back = await described(town, sam, when="tomorrow 2pm")
    assert "Late already, so it is left out:" in back
    assert "Send the late ones too" in town.last(sam).buttons
    again = await town.presses(sam, "Send the late ones too")
    assert "Late already" not in again
    assert "This leaves at once:" in again
    assert "Late already" in await town.presses(sam, "Leave the late ones out")


NONSENSE = [
    ("Tea", [("x" * 200, "the most is 100"), ("Tea at www.example.org", "There is a web address")]),
    (
        "Friday",
        [
            ("whenever you like", "I could not tell the day and the time."),
            ("yesterday 2pm", "is in the past. When is it?"),
            ("31 April 2pm", "There is no such day or time."),
        ],
    ),
    ("2pm", [("soon", "At what time on Friday 6 March 2026, in 4 days?")]),
    ("1 hour", [("not too long", "I could not tell how long that is"), ("90000", "can't be 90000 minutes long")]),
    ("Hall", [("Hall\x07", "character that can't be shown"), ("Hall www.example.org", "There is a web address")]),
    ("Skip", [("not a link", "The online link is no web address")]),
    ("Skip", [("0" * 70, "the most is 60")]),
    ("Skip", [("a" * 600, "the most is 500")]),
    ("Put it in", [("make it so", "I did not understand that."), ("99", "I did not understand that.")]),
]


async def test_nonsense_gets_a_helpful_sentence_and_the_same_question(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    await town.says(sam, "/meeting new")
    for answer, wrong in NONSENSE:
        for nonsense, hint in wrong:
            assert hint in await town.says(sam, nonsense)
        await town.says(sam, answer)
    (one,) = await meetings_of(town)
    assert (one.title, str(one.starts), one.minutes, one.place) == ("Tea", "2026-03-06 14:00:00", 60, "Hall")


async def test_html_and_odd_signs_stay_what_they_are(town: ChatTown) -> None:
    sam, ann = town.staff("Sam Lee"), town.person("Ann Carter", "telegram")
    await town.says(sam, "/meeting new <b>Tea</b> & *cake* {name}")
    for answer in ("Tuesday 10 March 2pm", "1 hour", "Hall <1>", "Skip the rest"):
        await town.says(sam, answer)
    assert "Title: <b>Tea</b> & *cake* {name}" in town.last(sam).text
    await town.says(sam, "Put it in")
    await town.calm()
    assert "<b>Tea</b> & *cake* {name}" in town.last(ann).text


async def test_everything_can_be_added_and_changed_before_it_is_put_in(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    town.person("Ann Carter", "email", email="ann@example.org", groups=["Carers"])
    await town.says(sam, "/meeting new Tea")
    await town.says(sam, "3 March 2pm")
    await town.says(sam, "90")
    await town.says(sam, "Hall")
    await town.presses(sam, "Skip the rest")
    for field, answer in (
        ("Agenda", "Cake"),
        ("Group", "Carers, 1 person"),
        ("Title", "Tea party"),
        ("Thanks for the day after", "Thank you"),
    ):
        await town.presses(sam, "Add or change something")
        await town.presses(sam, field)
        await town.says(sam, answer)
    await town.presses(sam, "Add or change something")
    await town.presses(sam, "Repeat")
    assert town.last(sam).buttons == ["Once", "Every week", "Every two weeks", "Every month on the first Tuesday"]
    assert "How many times in all?" in await town.says(sam, "4")
    assert "I need a number from 2 to 60" in await town.says(sam, "for ever")
    back = await town.says(sam, "12")
    assert "Repeat: Every month on the first Tuesday, 12 times, the last on Tuesday 2 February 2027" in back
    assert "12 meetings are in: Tea party." in await town.presses(sam, "Put it in")
    found = await meetings_of(town)
    assert (len(found), found[0].agenda, found[0].group, found[0].title) == (12, "Cake", "Carers", "Tea party")
    assert all((one.starts.weekday(), one.starts.day <= 7) == (1, True) for one in found)


async def test_a_day_and_a_time_are_asked_for_one_after_the_other(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    await town.says(sam, "/meeting new Tea")
    assert "On which day?" in await town.says(sam, "at 8")
    assert "In the morning or in the evening?" in await town.says(sam, "13/3")
    assert town.last(sam).buttons == ["8am", "8pm"]
    assert "Friday 13 March 2026 at 8pm, in 11 days" in await town.presses(sam, "8pm")


async def test_a_tap_twice_makes_one_meeting(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    await described(town, sam)
    message = town.last(sam).id
    await town.presses(sam, "Put it in")
    data = next(one.data for one in town.shown(sam) if one.id == message)
    assert all(":do:" not in one for one in data)  # the button is gone
    assert len(await meetings_of(town)) == 1


async def test_the_service_may_restart_in_the_middle(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    await town.says(sam, "/meeting new Tea")
    await town.says(sam, "next Tuesday")
    await town.restart()
    await town.presses(sam, "Tuesday 10 March 2026, in 8 days")
    await town.restart()
    assert "How long does it last?" in await town.says(sam, "half past two")
    await town.says(sam, "an hour and a half")
    await town.restart()
    await town.says(sam, "Hall")
    await town.presses(sam, "Skip the rest")
    await town.restart()
    await town.presses(sam, "Put it in")
    (one,) = await meetings_of(town)
    assert (str(one.starts), one.minutes) == ("2026-03-10 14:30:00", 90)


async def test_a_button_of_an_earlier_question_changes_nothing(town: ChatTown) -> None:
    sam = town.staff("Sam Lee")
    await town.says(sam, "/meeting new Tea")
    await town.says(sam, "Friday 2pm")
    old = town.last(sam)
    await town.says(sam, "2 hours")
    assert "That question is answered already." in await town.presses(sam, "90 minutes", message=old.id)
    await town.says(sam, "Hall")
    assert "How long: 120 minutes" in await town.presses(sam, "Skip the rest")
    await town.says(sam, "/cancel")
    assert "This question is over." in await town.presses(sam, "Put it in")
    assert await meetings_of(town) == []


async def test_a_meeting_is_moved(town: ChatTown) -> None:
    sam, ann = town.staff("Sam Lee"), town.person("Ann Carter", "telegram")
    await put_in(town, sam)
    await town.calm()
    assert "What changes?" in await town.says(sam, "/meeting move")
    await town.presses(sam, "When")
    assert "At what time on Thursday 12 March 2026" in await town.says(sam, "12 March")
    back = await town.presses(sam, "At 2pm, as before")
    assert "Meeting: Spring meeting, Tuesday 10 March 2026 at 2pm." in back
    assert "When: Thursday 12 March 2026 at 2pm, in 10 days" in back
    assert "- A notice of the change to 2 people, 2 by Telegram" in back
    await town.presses(sam, "Change something else")
    await town.presses(sam, "Place")
    assert "Place: The church hall" in await town.says(sam, "The church hall")
    assert "The meeting is changed." in await town.presses(sam, "Change it")
    (one,) = await meetings_of(town)
    assert (str(one.starts), one.place, one.version) == ("2026-03-12 14:00:00", "The church hall", 2)
    await town.calm()
    assert "It moved from Tuesday 10 March 2026 at 2pm" in town.last(ann).text
    assert "The church hall" in town.last(ann).text


async def test_a_meeting_is_cancelled(town: ChatTown) -> None:
    sam, ann = town.staff("Sam Lee"), town.person("Ann Carter", "telegram")
    await put_in(town, sam)
    await town.calm()
    assert "Why is it cancelled?" in await town.says(sam, "/meeting cancel")
    back = await town.says(sam, "The hall is flooded")
    assert "The reason: The hall is flooded." in back
    assert "- A cancellation to 2 people" in back
    await town.presses(sam, "Keep the meeting")
    assert (await meetings_of(town))[0].state is MeetingState.PLANNED
    await town.says(sam, "/meeting cancel")
    await town.says(sam, "The hall is flooded")
    assert "The meeting is cancelled." in await town.presses(sam, "Cancel the meeting")
    await town.calm()
    assert "The hall is flooded" in town.last(ann).text
    assert "No meeting is planned." in await town.says(sam, "/meeting move")


async def test_two_coordinators_at_once(town: ChatTown) -> None:
    sam, kim = town.staff("Sam Lee"), town.staff("Kim Roe")
    await put_in(town, sam)
    for chat, place in ((sam, "The church hall"), (kim, "The school")):
        await town.says(chat, "/meeting move")
        await town.presses(chat, "Place")
        await town.says(chat, place)
    await town.presses(sam, "Change it")
    assert "Somebody has changed this meeting meanwhile, so nothing was done." in await town.presses(kim, "Change it")
    assert (await meetings_of(town))[0].place == "The church hall"
    assert "The meeting is changed." in await town.presses(kim, "Change it")
    assert (await meetings_of(town))[0].place == "The school"


async def test_a_meeting_shows_who_comes_and_what_they_need(town: ChatTown) -> None:
    sam, vi = town.staff("Sam Lee"), town.staff("Vi Poole", Role.VIEWER)
    town.person("Ann Carter", "telegram", support="hearing loop")
    one = await put_in(town, sam)
    await town.calm()
    with town.database.reading() as session:
        ann = next(guest for guest in headcount.guests(session, 1) if guest.name == "Ann Carter")
    await town.database.write(answers.answer_meeting, ann.person, one.id, Answer.YES, "page", town.around)
    await town.says(sam, "/meeting list")
    assert town.last(sam).buttons == ["Spring meeting, Tuesday 10 March 2026 at 2pm"]
    card = await town.says(sam, "spring meeting, tuesday 10 march 2026 at 2pm")
    assert "1 come, 0 may come, 0 do not come, 2 have not answered." in card
    assert "What those who come need:\n- Ann Carter: hearing loop" in card
    await town.says(vi, "/meeting list")
    card = await town.presses(vi, "Spring meeting, Tuesday 10 March 2026 at 2pm")
    assert "1 come" in card
    assert "hearing loop" not in card.replace("Step-free, with a hearing loop", "")
    assert town.last(vi).buttons == ["All meetings"]


async def test_roles_are_checked_at_each_use(town: ChatTown) -> None:
    vi, ann = town.staff("Vi Poole", Role.VIEWER), town.person("Ann Carter", "telegram")
    assert "Only a coordinator may" in await town.says(vi, "/meeting new")
    assert "New meeting" not in "".join((await town.says(vi, "/meeting"), *town.last(vi).buttons))
    assert "I do not know /meeting" in await town.says(ann, "/meeting")


async def test_many_meetings_are_shown_some_at_a_time(tmp_path: Path) -> None:
    async with chat_town(tmp_path) as town:
        sam = town.staff("Sam Lee")
        await town.says(sam, "/meeting new Tea")
        for answer in (
            "3 March 2pm",
            "1 hour",
            "Hall",
            "Skip the rest",
            "Add or change something",
            "Repeat",
            "2",
            "10",
        ):
            await town.says(sam, answer)
        await town.presses(sam, "Put it in")
        await town.says(sam, "/meeting list")

        def listed(label: str) -> list[str]:
            """The buttons of the list: the invitations that leave meanwhile have others."""
            return next(one.buttons for one in reversed(town.shown(sam)) if label in one.buttons)

        assert len(listed("Later ones")) == 9
        await town.presses(sam, "Later ones")
        assert listed("Earlier ones")[-1] == "Earlier ones"
        assert len(listed("Earlier ones")) == 3


async def test_the_timetable_answers_before_the_people_are_counted(
    town: ChatTown, monkeypatch: pytest.MonkeyPatch
) -> None:
    sam = town.staff("Sam Lee")
    await put_in(town, sam)
    monkeypatch.setattr(timetable, "SOON", 0)
    said = await town.says(sam, "/timetable")
    assert "To 1 person" in said
    assert "One moment" not in said  # the same message, filled in
    (arrived,) = [one for one in town.world.messages("telegram", to=str(sam)) if "One moment" in one.text]
    assert "To 1 person" not in arrived.text
