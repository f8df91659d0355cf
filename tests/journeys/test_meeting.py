"""Meetings from the first plan to the thanks, judged by what stood on each person's device."""

from __future__ import annotations

from pathlib import Path

from actions import timetable
from core.planned import PlannedState
from core.roles import TERMINAL
from tests.journeys.town import Town, london, town


async def test_a_meeting_that_moves_reaches_everybody_once_each_time_and_in_order(tmp_path: Path) -> None:
    async with town(tmp_path, "2026-03-02 12:00") as here:
        here.person("Ada", email="ada@example.org")
        here.person("Ben", sms="+447700900101")
        here.person("Cleo", telegram="70000001")
        here.person("Dov", phone="+441632960104")  # is rung each time
        here.person("Dora", phone="+441632960105")  # nobody gets round to ringing her at first
        here.person("Eve", sms="+447700900106")
        here.person("Finn", sms="+447700900106")  # shares Eve's phone
        here.person("Gus", email="gus@example.org")  # says no
        here.person("Ivo", sms="+447700900108", email="ivo@example.org")  # stops the texts
        lists: dict[str, list[str]] = {}
        async with here.run():
            meeting = here.meet("2026-04-16 14:00")
            await here.until("2026-04-02 09:59")
            assert here.arrived() == {}, "nothing goes out before its time"

            await here.until("2026-04-02 10:00:30")
            lists["invited"] = here.call_list()
            assert "You are invited" in here.ring("Dov")

            await here.until("2026-04-03 12:00")
            here.person("Hana", email="hana@example.org")  # joins after the invitation
            here.answer(meeting, "Gus", "no")
            here.stop("+447700900108")
            await here.until("2026-04-14 10:00:30")
            lists["reminded"] = here.call_list()

            await here.until("2026-04-14 15:00")
            here.move(meeting, "2026-04-30 14:00")
            await here.calm()
            lists["moved"] = here.call_list()
            script = here.ring("Dov")
            assert "It moved from Thursday 16 April 2026 at 2pm to Thursday 30 April 2026 at 2pm." in script

            await here.until("2026-04-15 12:00")
            here.person("Jun", sms="+447700900110")  # joins after the change
            await here.until("2026-04-16 10:00:30")
            lists["invited to the new date"] = here.call_list()
            assert "30 April" in here.ring("Dora")
            await here.until("2026-04-16 18:00")
            lists["the old date is past"] = here.call_list()

            await here.until("2026-04-28 10:00:30")
            lists["reminded of the new date"] = here.call_list()
            here.ring("Dov")
            here.ring("Dora")
            await here.until("2026-04-30 08:30:30")
            await here.until("2026-04-30 18:00")
            lists["held"] = here.call_list()
            here.thank(meeting, "Thank you, {first_name}. It helped.")
            await here.until("2026-05-01 10:00:30")
            lists["thanked"] = here.call_list()
            await here.until("2026-05-10 12:00")

        old = ["invitation 16 April", "reminder 16 April"]
        change = "change 16 April, 30 April"
        new = ["reminder 30 April", "today 30 April", "thanks"]
        assert here.arrived() == {
            "Ada, email": [*old, change, *new],
            "Ben, sms": [*old, change, *new],
            "Cleo, telegram": [*old, change, *new],
            "Eve, sms": [*old, change, *new],
            "Finn, sms": [*old, change, *new],
            "Gus, email": [*old, change, "reminder 30 April"],
            "Hana, email": ["reminder 16 April", change, *new],
            "Ivo, sms": ["invitation 16 April"],
            "Ivo, email": ["reminder 16 April", change, *new],
            "Jun, sms": ["invitation 30 April", *new],
        }
        first, second = here.entries("ada@example.org")
        assert (first.method, first.starts) == ("REQUEST", london("2026-04-16 14:00"))
        assert (second.method, second.starts) == ("REQUEST", london("2026-04-30 14:00"))
        assert first.uid == second.uid
        assert first.sequence < second.sequence
        assert here.entries("gus@example.org") == [first, second]
        assert here.entries("hana@example.org") == [second]
        assert lists == {
            "invited": ["Dora: Invitation: Spring meeting", "Dov: Invitation: Spring meeting"],
            "reminded": [
                "Dora: Invitation: Spring meeting",
                "Dora: Reminder: Spring meeting",
                "Dov: Reminder: Spring meeting",
            ],
            "moved": ["Dov: Changed: Spring meeting"],
            "invited to the new date": ["Dora: Invitation: Spring meeting"],
            "the old date is past": [],
            "reminded of the new date": ["Dora: Reminder: Spring meeting", "Dov: Reminder: Spring meeting"],
            "held": [],
            "thanked": [],
        }


async def test_a_meeting_cancelled_the_evening_before_is_told_at_once_by_every_allowed_route(tmp_path: Path) -> None:
    async with town(tmp_path, "2026-04-01 12:00") as here:
        here.person("Ada", email="ada@example.org", sms="+447700900101", phone="+441632960101")
        here.person("Ben", telegram="70000002", sms="+447700900102")
        here.person("Dov", phone="+441632960104")
        here.person("Dora", phone="+441632960105")
        here.person("Ivo", sms="+447700900108", email="ivo@example.org")
        async with here.run():
            meeting = here.meet("2026-04-16 14:00")
            await here.until("2026-04-02 10:00:30")
            assert here.call_list() == ["Dora: Invitation: Spring meeting", "Dov: Invitation: Spring meeting"]
            here.ring("Dov")  # and nobody ever rings Dora
            here.stop("+447700900108")
            # Another meeting, which is sooner: its calls would come first.
            here.meet("2026-04-16 10:00", title="Breakfast")
            await here.calm()
            await here.until("2026-04-14 10:00:30")
            await here.until("2026-04-15 22:00")
            before = len(here.world.messages())
            here.cancel(meeting, "the heating is broken")
            await here.calm()
            at_once, to_ring = here.arrived(before), here.call_list()
            script = here.ring("Dov")
            await here.until("2026-04-20 12:00")
            later = [one for one in here.world.messages()[before:] if "Spring" in f"{one.subject} {one.text}"]
        told = ["cancellation 16 April"]
        assert at_once == {
            "Ada, email": told,
            "Ada, sms": told,
            "Ben, telegram": told,
            "Ben, sms": told,
            "Ivo, email": told,
        }
        assert len(later) == len(at_once), "nothing else about the meeting goes out, and nothing twice"
        assert to_ring[:2] == ["Ada: Cancelled: Spring meeting", "Dov: Cancelled: Spring meeting"]
        assert set(to_ring[2:]) == {
            "Dora: Invitation: Breakfast",
            "Dora: Reminder: Breakfast",
            "Dov: Invitation: Breakfast",
            "Dov: Reminder: Breakfast",
        }
        invited, cancelled = (
            one for one in here.entries("ada@example.org") if one.starts == london("2026-04-16 14:00")
        )
        assert (invited.method, cancelled.method) == ("REQUEST", "CANCEL")
        assert invited.uid == cancelled.uid
        assert invited.sequence < cancelled.sequence
        assert [one for one in here.entries("ivo@example.org") if one.uid == invited.uid] == [cancelled]
        assert "The reason: the heating is broken." in script


async def test_after_downtime_what_is_useful_goes_out_late_and_what_is_not_is_shown_as_missed(tmp_path: Path) -> None:
    async with town(tmp_path, "2026-04-01 12:00") as here:
        here.person("Ada", email="ada@example.org")
        here.person("Dov", phone="+441632960104")
        here.person("Jo", staff="coordinator", email="jo@example.org")
        async with here.run():
            here.meet("2026-04-16 14:00", title="Main meeting")
            here.meet("2026-04-15 10:00", title="Breakfast")
            here.meet("2026-04-28 14:00", title="Next meeting")
            await here.until("2026-04-02 10:00:30")
            await here.until("2026-04-13 12:00")
            while here.call_list():
                here.ring("Dov")
            before = len(here.world.messages())
        # Off over three due times: 14 April 10:00 twice, and 15 April 08:30.
        here.clock.move(london("2026-04-15 12:00"))
        async with here.run():
            found = subjects(here, before)
            missed = missed_lines(here)
            await here.until("2026-04-15 12:10")
            assert subjects(here, before) == found, "nothing goes out a second time"
            assert missed_lines(here) == missed
        assert found["ada@example.org"] == ["Invitation: Next meeting", "Reminder: Main meeting"]
        assert missed == [("Breakfast", "reminder", "2026-04-15 08:30", "missed", "it could not be made in time")]
        assert found["jo@example.org"].count("Not sent: reminder, Breakfast") == 1
        assert here.call_list() == ["Dov: Reminder: Main meeting", "Dov: Invitation: Next meeting"]


def subjects(here: Town, since: int) -> dict[str, list[str]]:
    """What arrived at each address, in the order of the alphabet: two due at one moment may leave in either."""
    found: dict[str, list[str]] = {}
    for one in here.world.messages()[since:]:
        found.setdefault(one.to, []).append(one.subject or one.text)
    return {to: sorted(texts) for to, texts in found.items()}


def missed_lines(here: Town) -> list[tuple[str, str, str, str, str]]:
    """What `ringround timetable --missed` shows as missed."""
    with here.database.reading() as session:
        lines = timetable.timetable(session, TERMINAL, here.around, missed=True)
    return [
        (line.title, line.kind.value, f"{line.due_local:%Y-%m-%d %H:%M}", line.state.value, line.reason)
        for line in lines
        if line.state == PlannedState.MISSED
    ]
