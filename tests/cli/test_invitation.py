"""Links into the chat from the terminal."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
import segno

from tests.cli.conftest import Program, World

LINK = re.compile(r"https://t\.me/sandbox_ring_bot\?start=([\w-]{22})$")


def test_a_persons_link_and_code(people: Program) -> None:
    said = people.good("people", "link", "Ann").err
    assert "https://t.me/sandbox_ring_bot?start=" in said
    assert re.search(r"write to @sandbox_ring_bot on Telegram and type: [A-Z]{3} \d{3}", said)
    found = people.good("people", "link", "Ann", "--json").json
    assert LINK.match(found["link"])
    assert found["bot"] == "sandbox_ring_bot"


def test_the_link_as_a_qr_picture(people: Program) -> None:
    found = people.good("people", "link", "Ann", "--qr", "ann.png", "--json").json
    expected = BytesIO()
    segno.make(found["link"], error="m").save(expected, kind="png", scale=10, border=4)
    assert (people.folder / "ann.png").read_bytes() == expected.getvalue()


@pytest.mark.parametrize("name", ["ann.pdf", "nowhere/ann.png"])
def test_a_picture_that_cannot_be_written_makes_no_link(people: Program, name: str) -> None:
    done = people.run("people", "link", "Ann", "--qr", name)
    assert done.code == 2
    assert "Traceback" not in done.err


def test_without_telegram_there_is_nothing_to_join(program: Program) -> None:
    program.good("people", "add", "--name", "Ann Carter", "--email", "ann@example.org")
    done = program.run("people", "link", "Ann")
    assert done.code == 2
    assert "RINGROUND_TELEGRAM__TOKEN" in done.err


def test_staff_get_their_link_where_telegram_is_on(connected: Program, program: Program) -> None:
    done = connected.good("staff", "add", "Sam Lee", "--email", "sam@example.org", "--json")
    assert LINK.match(done.json["link"])
    assert "for one use within 24 hours" in done.err


def test_a_name_that_was_learned_before_holds_while_telegram_is_away(people: Program, world: World) -> None:
    people.good("people", "link", "Ann")
    people.environ |= {"RINGROUND_TELEGRAM__BASE_URL": "http://127.0.0.1:9"}
    assert "start=" in people.good("people", "link", "Ann").err


def test_what_a_suspended_member_of_staff_sent_is_named(people: Program) -> None:
    people.good("staff", "add", "Ann Carter", "--role", "admin")
    assert "suspended" in people.good("staff", "suspend", "Ann Carter").err
