"""Meetings at the terminal: what people are asked and told, and what goes out."""

from __future__ import annotations

import json
import signal
import time
from datetime import timedelta
from typing import Any

import pytest

from core.clock import SystemClock
from tests.cli.conftest import Program, World
from tests.cli.terminal import PATIENCE, converse
from tests.cli.test_bad_input import refused

DAY = timedelta(days=1)
FAR = "2099-03-30 14:00"
ADD = ["meeting", "add", "--title", "Spring meeting", "--minutes", "90", "--place", "The library"]


def add(program: Program, starts: str = FAR, *more: str) -> str:
    id_: str = program.good(*ADD, "--starts", starts, "--json", *more).json["meeting"]
    return id_


def in_days(days: int) -> str:
    """A day that many days from now, at two in the afternoon."""
    return f"{SystemClock().now() + days * DAY:%Y-%m-%d} 14:00"


def timetable(program: Program, *more: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = program.good("timetable", "--json", *more).json
    return found


def serve(program: Program, world: World, messages: int) -> str:
    """Runs the service until that many messages have arrived; returns what it said."""
    service = program.start("serve")
    until = time.monotonic() + PATIENCE
    while len(world.messages()) < messages and service.poll() is None and time.monotonic() < until:
        time.sleep(0.05)
    service.send_signal(signal.SIGTERM)
    _, told = service.communicate(timeout=PATIENCE)
    assert (service.returncode, len(world.messages())) == (0, messages), told
    return told


def test_a_meeting_is_put_in_listed_and_shown(people: Program) -> None:
    id_ = add(
        people, FAR, "--access", "Step-free", "--agenda", "The bus", "--thanks", "Thank you.", "--group", "Carers"
    )
    [listed] = people.good("meeting", "list", "--json").json
    assert listed["id"] == id_
    assert (listed["title"], listed["starts"], listed["zone"]) == (
        "Spring meeting",
        "2099-03-30T14:00",
        "Europe/London",
    )
    assert (listed["access"], listed["group"], listed["state"]) == ("Step-free", "Carers", "planned")
    assert "Spring meeting" in people.good("meeting", "list").out
    shown = people.good("meeting", "show", id_[:13]).out
    assert "Monday 30 March 2099 at 2pm" in shown
    assert "Step-free" in shown
    assert [one["kind"] for one in timetable(people)] == ["invitation", "reminder", "reminder", "thanks"]


def test_the_timetable_says_when_to_how_many_and_how(people: Program) -> None:
    id_ = add(people)
    first = timetable(people)[0]
    assert {key: first[key] for key in ("kind", "meeting", "due_local", "due_utc", "people", "channels")} == {
        "kind": "invitation",
        "meeting": id_,
        "due_local": "2099-03-16T10:00:00",
        "due_utc": "2099-03-16T10:00:00+00:00",
        "people": 5,
        "channels": {"email": 1, "sms": 1, "phone": 1, "telegram": 1},
    }
    morning = timetable(people)[2]
    assert (morning["due_local"], morning["due_utc"]) == ("2099-03-30T08:30:00", "2099-03-30T07:30:00+00:00")
    shown = people.good("timetable").out
    assert "5 people" in shown
    assert "16 Mar 10:00 UTC" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_each_date_of_a_series_is_a_meeting_of_its_own(people: Program) -> None:
    done = people.good(*ADD, "--starts", "2099-01-06 14:00", "--repeat", "FREQ=MONTHLY;BYDAY=1TU;COUNT=3", "--json")
    first, second, _ = done.json["meetings"]
    assert done.json["meeting"] == first
    people.good("meeting", "move", second, "--starts", "2099-02-04 14:00")
    starts = [one["starts"] for one in people.good("meeting", "list", "--json").json]
    assert starts == ["2099-01-06T14:00", "2099-02-04T14:00", "2099-03-03T14:00"]


def test_an_entry_is_held_by_its_number_or_its_key_and_released(people: Program) -> None:
    add(people)
    held = people.good("timetable", "hold", "2")
    assert "reminder for Spring meeting" in held.err
    assert [one["state"] for one in timetable(people)] == ["coming", "held", "coming"]
    assert "held" in people.good("timetable").out
    key = timetable(people)[1]["key"]
    people.good("timetable", "release", key)
    people.good("timetable", "hold", key)
    people.good("timetable", "release", "2")
    assert [one["state"] for one in timetable(people)] == ["coming"] * 3
    refused(people.here("timetable", "release", "2"), "only what is held can be released")
    refused(people.here("timetable", "hold", "9"), "There is no number 9 in the list")
    refused(people.here("timetable", "hold", "meeting:none"), "Nothing is planned under 'meeting:none'")
    refused(people.here("timetable", "hold"), "Which entry?")
    refused(people.here("timetable", "stop", "1"), "Use hold, release or send")


def test_what_is_late_when_a_meeting_is_put_in_is_among_the_missed(people: Program) -> None:
    assert people.good("timetable", "--missed").err == "Nothing was missed.\n"
    add(people, in_days(1))
    [late] = timetable(people, "--missed")
    assert (late["kind"], late["state"]) == ("reminder", "skipped")
    assert "skipped: it was late" in people.good("timetable", "--missed").out


def test_what_was_late_is_sent_by_its_number_or_its_key_and_only_once(people: Program) -> None:
    add(people, in_days(1))
    [late] = timetable(people, "--missed")
    shown = people.good("timetable", "--missed")
    assert f"{late['number']} " in shown.out
    assert "ringround timetable send NUMBER" in shown.err
    assert "It goes out now: reminder for Spring meeting" in people.good("timetable", "send", str(late["number"])).err
    assert "is not sent again" in people.good("timetable", "send", str(late["number"])).err
    assert "is not sent again" in people.good("timetable", "send", late["key"]).err
    kinds = [one["kind"] for one in people.good("notice", "list", "--json").json]
    assert sorted(kinds) == ["invitation", "reminder"]
    refused(people.here("timetable", "send", "meeting:none"), "Nothing is planned under 'meeting:none'")
    refused(people.here("timetable", "send"), "Which entry?", "--missed")
    other = add(people, in_days(1), "--title", "Another")
    [late] = timetable(people, "--missed")
    people.good("meeting", "cancel", other, "--why", "Flood")
    refused(people.here("timetable", "send", late["key"]), "The meeting is cancelled")


def test_what_is_late_goes_out_too_where_it_is_asked_for(people: Program) -> None:
    code, shown = converse(people, [*ADD, "--starts", in_days(1)], [("Put it in?", "n")])
    assert code == 0
    assert "To send that as well, add --late." in shown
    add(people, in_days(1), "--late")
    assert timetable(people, "--missed") == []
    kinds = [one["kind"] for one in people.good("notice", "list", "--json").json]
    assert sorted(kinds) == ["invitation", "reminder"]


def test_a_list_that_was_cut_says_so_and_may_begin_at_a_day(people: Program) -> None:
    add(people, in_days(1))
    add(people, in_days(1), "--title", "Another")
    cut = people.good("timetable", "--missed", "--limit", "1")
    assert "There are more: these are the newest 1. See --limit and --since." in cut.err
    assert "There are more" not in people.good("timetable", "--missed", "--limit", "2").err
    assert "these are the next 1" in people.good("timetable", "--limit", "1").err
    assert len(timetable(people, "--missed", "--since", "2020-01-01")) == 2
    assert timetable(people, "--missed", "--since", "2099-01-01") == []
    refused(people.here("timetable", "--since", "tomorrow"), "'tomorrow' is not a day (--since)", "2027-05-14")


def test_moving_says_what_leaves_and_tells_those_who_were_told(people: Program, world: World) -> None:
    id_ = add(people, in_days(10))
    serve(people, world, 3)
    code, shown = converse(people, ["meeting", "move", id_, "--place", "The town hall"], [("Change it?", "n")])
    assert code == 0
    assert "change to 3 people: " in shown
    assert "Nothing was changed." in shown
    assert people.good("meeting", "show", id_, "--json").json["version"] == 1
    code, shown = converse(people, ["meeting", "move", id_, "--place", "The town hall"], [("Change it?", "y")])
    assert code == 0, shown
    page = people.good("meeting", "show", id_, "--json").json
    assert (page["version"], page["place"]) == (2, "The town hall")
    assert [one["place"] for one in page["versions"]] == ["The library", "The town hall"]
    assert "place: " in people.good("meeting", "show", id_).out
    serve(people, world, 6)
    assert all("The town hall" in message["text"] for message in world.messages()[3:])


def test_adding_at_a_terminal_says_what_leaves_what_is_late_and_what_comes(people: Program) -> None:
    ask = [*ADD, "--starts", in_days(1)]
    code, shown = converse(people, ask, [("Put it in?", "n")])
    assert code == 0
    assert "This leaves at once:" in shown
    assert "invitation to 5 people: " in shown
    assert "1 by e-mail" in shown
    assert "1 need a person: no route on file" in shown
    assert "Late already, and left out:" in shown
    assert "This goes out later:" in shown
    assert people.good("meeting", "list", "--json").json == []
    code, shown = converse(people, ask, [("Put it in?", "y")])
    assert code == 0, shown
    assert len(people.good("meeting", "list", "--json").json) == 1
    code, shown = converse(people, [*ADD, "--starts", FAR, "--yes"], [])
    assert code == 0
    assert "?" not in shown
    assert len(people.good("meeting", "list", "--json").json) == 2


def test_a_cancelled_meeting_says_why_and_plans_nothing_more(people: Program) -> None:
    id_ = add(people)
    assert people.good("meeting", "cancel", id_, "--why", "The hall is flooded", "--json").json == {"meeting": id_}
    page = people.good("meeting", "show", id_, "--json").json
    assert (page["state"], page["why"]) == ("cancelled", "The hall is flooded")
    assert timetable(people) == []
    refused(people.here("meeting", "move", id_, "--place", "Elsewhere"), "This meeting is cancelled")


def test_cancelling_at_a_terminal_asks_first(people: Program, world: World) -> None:
    id_ = add(people, in_days(10))
    serve(people, world, 3)
    code, shown = converse(people, ["meeting", "cancel", id_, "--why", "Flood"], [("Cancel it?", "n")])
    assert code == 0
    assert "cancellation to 3 people: " in shown
    assert people.good("meeting", "show", id_, "--json").json["state"] == "planned"


def test_the_last_answer_of_a_person_counts(people: Program) -> None:
    id_ = add(people)
    people.good("meeting", "answer", id_, "Ann", "maybe")
    people.good("meeting", "answer", id_, "Ann", "no")
    people.good("meeting", "answer", id_, "Bob", "yes")
    assert people.good("meeting", "show", id_, "--json").json["answers"] == {"yes": 1, "no": 1, "maybe": 0}
    assert timetable(people)[2]["channels"] == {"sms": 1, "telegram": 1}, "Ann's e-mail is not among them"
    refused(people.here("meeting", "answer", id_, "Ann", "perhaps"), "There is no answer 'perhaps'")
    refused(people.here("meeting", "answer", id_, "Nobody", "yes"), "Nobody on file has this id or name")


def test_the_service_shows_what_comes_next_and_sends_what_is_due(people: Program, world: World) -> None:
    add(people, in_days(10))
    told = serve(people, world, 3)
    assert "Next for meetings:" in told
    assert "reminder: Spring meeting" in told
    assert all("Spring meeting" in message["text"] for message in world.messages())


def test_init_writes_the_strategy_once_with_the_quiet_hours_that_are_set(program: Program) -> None:
    program.environ |= {"RINGROUND_QUIET__START": "22:30", "RINGROUND_QUIET__END": "07:15"}
    program.good("init")
    path = program.data / "strategy.toml"
    assert 'start = "22:30"' in path.read_text(encoding="utf-8")
    assert "between 10:30pm and 7:15am" in " ".join(program.good("strategy", "show").out.split())
    path.write_text('agreed_with = "members\' meeting"\n[quiet]\nstart = "20:00"\nend = "08:15"\n', encoding="utf-8")
    program.good("init")
    shown = " ".join(program.good("strategy", "show").out.split())
    assert "Agreed with members' meeting." in shown
    assert "between 8pm and 8:15am" in shown, "the file's quiet hours count, not the settings'"


def test_init_writes_no_strategy_that_the_quiet_hours_that_are_set_would_break(program: Program) -> None:
    program.environ |= {"RINGROUND_QUIET__START": "21:00", "RINGROUND_QUIET__END": "09:00"}
    done = program.good("init")
    assert "No strategy.toml was written" in done.err
    assert not (program.data / "strategy.toml").exists()
    assert "between 9pm and 9am" in " ".join(program.good("strategy", "show").out.split())


def test_without_a_file_the_usual_rules_hold_with_the_quiet_hours_of_the_settings(program: Program) -> None:
    done = program.good("strategy", "show")
    assert "There are no quiet hours" in done.out
    assert "These are the usual rules" in done.err
    assert max(map(len, done.out.splitlines())) <= 80


def test_the_strategy_says_what_it_means_for_the_people_on_file(people: Program) -> None:
    shown = " ".join(people.good("strategy", "show", "--check").out.split())
    assert "5 people are on file" in shown
    assert "1 of 5 can only be rung" in shown
    assert "2 of 5 are told only online" in shown
    assert "1 of 5 have no route on file" in shown


# What bad input gets


def nothing_was_put_in(program: Program) -> None:
    assert program.good("meeting", "list", "--all", "--json").json == []


@pytest.mark.parametrize(
    ("arguments", "sentences"),
    [
        (["--starts", "2099-03-30"], ["The time is missing (the start)", "2027-05-14 14:00"]),
        (["--starts", "tomorrow"], ["'tomorrow' is not a day and a time (the start)"]),
        (["--starts", "2020-03-30 14:00"], ["is in the past (the start)", "add --sure"]),
        (["--starts", FAR, "--zone", "Europe/Londn"], ["(the zone)", "Did you mean Europe/London?"]),
        (["--starts", FAR, "--repeat", "FREQ=WEEKLY"], ["repeat for ever (the repeat rule)", "COUNT=12"]),
        (["--starts", FAR, "--group", "Nobody"], ["Nobody"]),
        (["--starts", FAR, "--title", " "], ["The title is empty (the title)"]),
        (["--starts", FAR, "--minutes", "0"], ["(the length)"]),
        (["--starts", FAR, "--link", "meet"], ["(the link)", "https://"]),
    ],
)
def test_what_is_wrong_names_the_field_and_nothing_is_put_in(
    people: Program, arguments: list[str], sentences: list[str]
) -> None:
    refused(people.here(*ADD, *arguments), *sentences)
    nothing_was_put_in(people)


def test_a_date_in_the_past_is_taken_when_it_is_confirmed(people: Program) -> None:
    past = [*ADD, "--starts", "2020-03-30 14:00"]
    refused(people.here(*past, "--yes"), "Monday 30 March 2020 at 2pm is in the past", "--sure")
    code, shown = converse(people, past, [("is in the past.", ""), ("Put it in?", "n")])
    assert code == 0, shown
    nothing_was_put_in(people)
    done = people.good(*past, "--sure")
    assert "is in the past." in done.err
    [one] = people.good("meeting", "list", "--all", "--json").json
    assert one["starts"] == "2020-03-30T14:00"


def test_a_time_that_the_clocks_leave_out_is_said_with_the_time_that_is_used(people: Program) -> None:
    gap = "2027-03-28 01:30"
    done = people.good(*ADD, "--starts", gap, "--json")
    assert "1:30am does not exist on Sunday 28 March 2027" in done.err
    assert "It counts as 2:30am." in done.err
    assert list(json.loads(done.out)) == ["meeting", "meetings"]
    code, shown = converse(people, [*ADD, "--starts", gap], [("Put it in?", "n")])
    assert code == 0
    assert "It counts as 2:30am." in " ".join(shown.split())


def test_a_move_that_changes_nothing_and_a_meeting_that_is_not_there_are_refused(people: Program) -> None:
    id_ = add(people)
    refused(people.here("meeting", "move", id_), "Nothing is to change")
    refused(people.here("meeting", "move", id_, "--starts", "2099-03-31"), "The time is missing (the start)")
    refused(people.here("meeting", "move", id_, "--starts", "2020-03-31 14:00"), "is in the past", "--sure")
    refused(people.here("meeting", "show", "nowhere"), "No meeting is known", "ringround meeting list")
    refused(people.here("meeting", "cancel", "nowhere", "--why", "x"), "No meeting is known")


@pytest.mark.parametrize(
    ("notices", "sentences"),
    [
        ('[[notice]]\nkind = "invitation"\ndays_before = 400\nat = "10:00"\n', ["nobody has planned it yet", "line 3"]),
        ('[[notice]]\nkind = "invitation"\ndays_before = 14\nat = "23:00"\n', ["quiet hours", "line 4"]),
        (
            '[[notice]]\nkind = "invitation"\ndays_before = 14\nat = "10:00"\n'
            + '[[notice]]\nkind = "reminder"\ndays_before = 2\nat = "10:00"\n' * 2,
            ["line 1"],
        ),
        ('[[notice]]\nkind = "invitation"\ndays_before = 14\nat = "25:00"\n', ["at can't be '25:00'", "line 4"]),
    ],
)
def test_a_strategy_that_can_not_be_is_refused_with_its_line(
    program: Program, notices: str, sentences: list[str]
) -> None:
    program.data.mkdir()
    (program.data / "strategy.toml").write_text(notices, encoding="utf-8")
    refused(program.here("strategy", "show"), "strategy.toml", *sentences, code=1)
    refused(program.here("meeting", "list"), "strategy.toml", *sentences, code=1)
