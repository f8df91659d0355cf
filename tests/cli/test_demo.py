"""The demonstration, and its own judgement of itself."""

from __future__ import annotations

import re
import signal
from collections import Counter
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from cli.demo import compare
from core.reach import Standing
from store.people import PersonCard, PersonLine, RouteLine
from store.reach import PersonReach, Reach
from tests.cli.conftest import Program
from web.forms import FORM


def test_the_demo_ends_well_where_what_arrived_is_what_reach_says(program: Program) -> None:
    program.environ = {"TMPDIR": str(program.folder), "RINGROUND_EMAIL__HOST": "mail.example.org"}
    done = program.run("demo", "--no-serve")
    assert done.code == 0, done.err
    assert "What arrived is what reach says, name by name" in done.err
    assert "40 people invited" in done.err
    assert "Winifred Oakes: asked us to stop" in done.err
    [folder] = program.folder.glob("ringround-demo-*")
    assert (folder / "call-list.xlsx").read_bytes().startswith(b"PK")


def test_the_demo_serves_until_it_is_stopped(program: Program) -> None:
    program.environ = {"TMPDIR": str(program.folder)}
    demo = program.start("demo")
    assert demo.stderr is not None
    said = []
    for line in demo.stderr:
        said.append(line)
        if line.startswith("The service goes on"):
            break
    told = "".join(said)
    phones, pages = re.findall(r": (http://127\.0\.0\.1:[1-9]\d*)/?\n", told)
    visit, *logins = re.findall(rf"^  ({pages}/\S+)\n", told, re.MULTILINE)
    with httpx.Client(follow_redirects=True) as client:
        assert "Your page" in client.get(visit).text
        for link, name in zip(logins, ("Ceri Vaughan", "Lowri Probert"), strict=True):
            assert name in client.get(link).text
            assert f"Hello {name}" in client.post(link, headers={"Content-Type": FORM}).text
        shown = client.get(phones).text
    assert f'<a href="{pages}/">' in shown
    assert f'<a href="{visit}">' in shown
    demo.send_signal(signal.SIGINT)
    _, rest = demo.communicate(timeout=30)
    assert demo.returncode == 0, told + rest


def card(name: str, *addresses: tuple[str, str]) -> PersonCard:
    line = PersonLine(name, name, "", "active", None, False, [channel for channel, _ in addresses], [])
    routes = [RouteLine(address, channel, address, "active", "", None, []) for channel, address in addresses]
    return PersonCard(line, "", "", "", "", [], "", "", routes, [])


ANN = card("Ann Carter", ("email", "ann@example.org"), ("sms", "+447700900123"))
BOB = card("Bob Dean", ("sms", "+447700900123"))
REACH = Reach(
    "notice",
    complete=True,
    counts=Counter({Standing.TRYING: 2}),
    people=[
        PersonReach("Ann Carter", "Ann Carter", Standing.TRYING, "email", "accepted", ""),
        PersonReach("Bob Dean", "Bob Dean", Standing.TRYING, "sms", "accepted", ""),
    ],
)


def world(*arrived: tuple[str, str, str]) -> Any:
    messages = [SimpleNamespace(channel=channel, to=to, text=text) for channel, to, text in arrived]
    return SimpleNamespace(messages=lambda: messages)


TO_ANN = ("email", "ann@example.org", "Hello Ann")
TO_BOB = ("sms", "+447700900123", "River Group: For Bob: Hello Bob")


def test_equal_records_have_no_differences() -> None:
    assert compare(world(TO_ANN, TO_BOB), [ANN, BOB], REACH) == []


@pytest.mark.parametrize(
    ("arrived", "told"),
    [
        ([TO_ANN], "Bob Dean, sms: reach says 1, and 0 arrived."),
        ([TO_ANN, TO_BOB, TO_BOB], "Bob Dean, sms: reach says 1, and 2 arrived."),
        ([TO_ANN, TO_BOB, ("sms", "+447700900123", "For Ann: Hello")], "Ann Carter, sms: reach says 0, and 1 arrived."),
        ([TO_ANN, TO_BOB, ("email", "eve@example.org", "Hello")], "0 people may be meant"),
        ([TO_ANN, ("sms", "+447700900123", "Hello")], "0 people may be meant"),
    ],
)
def test_each_difference_is_named(arrived: list[tuple[str, str, str]], told: str) -> None:
    assert any(told in difference for difference in compare(world(*arrived), [ANN, BOB], REACH))


def test_somebody_whom_reach_forgot_is_a_difference() -> None:
    forgetful = replace(REACH, people=REACH.people[:1])
    assert any("Bob Dean is not in both lists" in one for one in compare(world(TO_ANN), [ANN, BOB], forgetful))
