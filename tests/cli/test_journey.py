"""The main journeys, through the real program, judged by what the pretend world received."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path

import pytest

from tests.cli.conftest import Program, World

HELLO = "Hello {first_name}, we meet on Tuesday at 2 pm."


def send(program: Program, *more: str) -> str:
    done = program.here("notice", "send", "--text", HELLO, "--json", *more)
    assert done.code == 0, done.err
    return str(done.json["notice"])


def test_a_people_file_goes_in_and_a_notice_goes_out_to_everybodys_own_channel(people: Program, world: World) -> None:
    sent = people.run("notice", "send", "--text", HELLO, "--wait", "--json")
    assert sent.code == 0, sent.err
    assert sent.json == {"notice": sent.json["notice"], "repeat": False}
    assert {(one["channel"], one["to"]) for one in world.messages()} == {
        ("email", "ann@example.org"),
        ("sms", "+447700900123"),
        ("telegram", "70000001"),
    }
    found = people.run("reach", sent.json["notice"], "--json").json
    assert list(found) == [
        "notice", "invited", "reached", "trying", "needs_person", "not_reachable", "left_out", "complete", "people",
    ]  # fmt: skip
    assert (found["invited"], found["trying"], found["needs_person"], found["complete"]) == (5, 3, 2, True)
    assert [list(one) for one in found["people"]] == [["id", "name", "standing", "channel", "state", "reason"]] * 5
    by_name = {one["name"]: (one["standing"], one["channel"], one["state"]) for one in found["people"]}
    assert by_name["Ann Carter"] == ("trying", "email", "accepted")
    assert by_name["Cy Egan"] == ("needs_person", "phone", "accepted")
    assert by_name["Eve Grey"] == ("needs_person", "", "")


def test_what_was_sent_is_never_shown_as_reached(people: Program) -> None:
    uid = send(people, "--wait")
    shown = people.good("reach", uid[:13], "--all").out
    assert "3 sent, not confirmed" in shown
    assert "reached:" not in shown
    assert "Eve Grey" in shown


def test_the_same_notice_again_on_the_same_day_is_the_first_one(people: Program, world: World) -> None:
    first = send(people, "--wait")
    repeat = people.good("notice", "send", "--text", HELLO, "--wait", "--json")
    assert repeat.json == {"notice": first, "repeat": True}
    assert len(world.messages()) == 3
    assert send(people, "--again", "--wait") != first
    assert len(world.messages()) == 6


def test_two_terminals_that_send_the_same_notice_at_once_tell_nobody_twice(people: Program, world: World) -> None:
    both = [people.start("notice", "send", "--text", HELLO, "--wait", "--json") for _ in range(2)]
    told = []
    for one in both:
        out, err = one.communicate(timeout=60)
        assert one.returncode == 0, err
        told.append(json.loads(out))
    assert told[0]["notice"] == told[1]["notice"]
    assert sorted(one["repeat"] for one in told) == [False, True]
    assert set(Counter(one["to"] for one in world.messages()).values()) == {1}


def test_the_service_beside_a_wait_tells_nobody_twice(people: Program, world: World) -> None:
    service = people.start("serve")
    try:
        until_running(people)
        uid = send(people, "--wait")
        assert people.good("reach", uid, "--json").json["complete"]
        assert set(Counter(one["to"] for one in world.messages()).values()) == {1}
        second = people.run("serve")
        assert second.code == 1
        assert "already running" in second.err
    finally:
        service.send_signal(signal.SIGTERM)
        _, err = service.communicate(timeout=30)
    assert service.returncode == 0, err
    assert "On: email, phone, sms, telegram." in err
    assert "Live" in err
    assert str(people.data) in err
    assert "Traceback" not in err


def until_running(program: Program) -> None:
    """Waits until the service holds the dispatcher's lock."""
    from scheduler.lock import DispatchLock

    lock = DispatchLock(program.data)
    for _ in range(300):
        if not lock.take():
            return
        lock.release()
        time.sleep(0.1)
    raise AssertionError("the service did not start")


def test_without_the_service_nothing_leaves_and_that_is_said(people: Program, world: World) -> None:
    done = people.good("notice", "send", "--text", HELLO)
    assert "ringround serve" in done.err
    assert world.messages() == []
    assert "4 waiting" in people.good("notice", "list").out


def test_quiet_hours_end_the_waiting_and_say_until_when(people: Program, world: World) -> None:
    people.environ |= {"RINGROUND_QUIET__START": "00:00", "RINGROUND_QUIET__END": "23:59:59.999999"}
    uid = send(people)
    people.environ |= quiet_now()
    done = people.here("notice", "send", "--text", HELLO, "--wait", "--json")
    assert (done.code, done.json["notice"]) == (0, uid)
    assert "waiting for the end of the quiet hours" in done.err
    assert world.messages() == []
    people.good("notice", "send", "--text", "Come at once.", "--urgent", "--wait")
    assert len(world.messages()) == 3


def quiet_now() -> dict[str, str]:
    """Quiet hours that began an hour ago and end in some hours, whatever the time is."""
    from datetime import timedelta
    from zoneinfo import ZoneInfo

    from core.clock import SystemClock

    now = SystemClock().now().astimezone(ZoneInfo("Europe/London"))
    start, end = now - timedelta(hours=1), now + timedelta(hours=6)
    return {"RINGROUND_QUIET__START": f"{start:%H:%M}", "RINGROUND_QUIET__END": f"{end:%H:%M}"}


def test_a_notice_can_be_held_let_go_on_and_taken_back(people: Program, world: World) -> None:
    uid = send(people)
    assert "4 messages held" in people.good("notice", "pause", uid).err
    waited = people.here("notice", "send", "--text", HELLO, "--wait")
    assert waited.code == 0
    assert "ringround notice resume" in waited.err
    assert "4 messages let go on" in people.good("notice", "resume", uid).err
    assert people.here("notice", "cancel", uid).code == 2
    assert "4 messages withdrawn" in people.good("notice", "cancel", uid, "--yes").err
    people.here("notice", "send", "--text", HELLO, "--wait")
    assert world.messages() == []
    assert people.good("reach", uid, "--json").json["left_out"] == 5


def test_in_rehearsal_only_staff_are_really_sent_to_until_golive(people: Program, world: World) -> None:
    people.environ["RINGROUND_LIVE"] = "false"
    people.good("staff", "add", "Ann Carter", "--role", "admin")
    done = people.good("notice", "send", "--text", HELLO, "--wait")
    assert "rehearsal" in done.err
    assert [one["to"] for one in world.messages()] == ["ann@example.org"]
    everybody = people.good("notice", "preview", "--text", HELLO, "--all").out
    assert "Hello Bob, we meet on Tuesday" in everybody
    assert people.here("golive").code == 2
    people.good("golive", "--yes")
    people.good("notice", "send", "--text", HELLO, "--wait")
    assert len(world.messages()) == 4


def test_a_call_is_listed_exported_and_recorded(people: Program) -> None:
    uid = send(people, "--wait")
    [call] = people.good("calls", "list", "--json").json
    assert (call["name"], call["number"]) == ("Cy Egan", "+441632960111")
    assert call["between"] == "10:00-17:00", "the office's hours, which the strategy names"
    assert "may I speak to Cy Egan" in people.good("calls", "list", "--script").out
    people.good("calls", "export", "calls.xlsx")
    people.good("calls", "export", "calls.csv")
    heading, row = (people.folder / "calls.csv").read_bytes().decode("utf-8-sig").split("\r\n", 1)
    assert heading.replace('"', "").split(",") == [
        "code", "name", "number", "held by", "why we ring", "what to say", "needs", "ring between", "tries so far",
        "last outcome", "outcome", "answer", "ring back at", "note", "asked to be rung at",
    ]  # fmt: skip
    assert "Cy Egan" in row
    assert people.here("calls", "export", "calls.doc").code == 2
    assert people.here("calls", "record", call["code"], "shouted").code == 2
    people.good("calls", "record", call["code"], "no-answer")
    people.good("calls", "record", call["code"], "reached", "--note", "will come")
    assert people.good("calls", "list", "--json").json == []
    assert people.good("reach", uid, "--json").json["reached"] == 1


def test_a_backup_is_made_and_comes_back(people: Program) -> None:
    people.good("backup", "kept.sqlite3")
    assert (people.folder / "kept.sqlite3").stat().st_mode & 0o077 == 0
    people.good("people", "add", "--name", "Fay Hill", "--email", "fay@example.org")
    assert people.here("restore", "kept.sqlite3").code == 2
    people.good("restore", "kept.sqlite3", "--yes")
    assert len(people.good("people", "list", "--json").json) == 5


def test_ctrl_c_stops_the_waiting_and_says_how_it_goes_on(people: Program, world: World) -> None:
    world.tell("slow", channel="email", seconds=30)
    waiting = people.start("notice", "send", "--text", HELLO, "--wait")
    for _ in range(200):
        if world.ask("stats")["in_flight"]:
            break
        time.sleep(0.1)
    waiting.send_signal(signal.SIGINT)
    _, err = waiting.communicate(timeout=30)
    assert waiting.returncode == 130
    assert "ringround serve" in err
    assert "Traceback" not in err


def test_the_installed_commands_say_what_they_do_within_a_moment(program: Program) -> None:
    began = time.monotonic()
    done = subprocess.run(
        [*program.command, "--help"], env=program.environment, capture_output=True, text=True, timeout=60
    )
    assert time.monotonic() - began < 10  # a sign of something hung; how quick it is, the benchmarks say
    assert done.returncode == 0
    assert "ringround init" in done.stdout


@pytest.mark.parametrize("room", ["pydantic", "sqlalchemy", "openpyxl", "rich.table", "aiohttp", "telegram", "twilio"])
def test_asking_for_help_loads_nothing_heavy(program: Program, room: str) -> None:
    look = f"import sys; import cli.main; sys.exit({room!r} in sys.modules)"
    environment = {**program.environment, "PYTHONPATH": str(Path(__file__).resolve().parents[2])}
    import sys

    assert subprocess.run([sys.executable, "-c", look], env=environment).returncode == 0
