"""A group without a chat reads and answers what people wrote at the terminal."""

from __future__ import annotations

import pytest

from actions import hearing
from actions.hearing import Heard
from store.database import Database
from tests.actions.replies import around
from tests.cli.conftest import Program

BOB = "+447700900123"


@pytest.fixture
def written(program: Program) -> Program:
    """Bob asked something and may be in distress; somebody unknown wrote as well."""
    (program.folder / "people.csv").write_text("name,mobile\nBob Dean,07700 900123\n", encoding="utf-8")
    program.good("people", "import", "people.csv")
    database = Database(f"sqlite:///{program.data / 'ringround.sqlite3'}")
    try:
        with database.writing() as session:
            for ref, sender, text in (
                ("1", BOB, "Is there [red]tea[/]?"),
                ("2", BOB, "I can't cope"),
                ("3", "+1", "Hi"),
            ):
                hearing.hear(session, Heard("sms", sender, text, ref), around())
    finally:
        database.close()
    return program


def test_what_people_wrote_is_listed_shown_taken_answered_and_closed(written: Program) -> None:
    listed = written.good("inbox", "list", "--json").json
    assert [(one["name"], one["why"]) for one in listed] == [
        ("Bob Dean", "distress"),
        ("Bob Dean", "question"),
        ("", "stranger"),
    ]
    distress, question, stranger = (one["id"][-8:] for one in listed)
    table = written.good("inbox", "list").out
    assert table.index(distress) < table.index(question)
    assert "PINNED" in table
    assert "Is there [red]tea[/]?" in written.good("inbox", "show", question).out
    assert "You have the message of Bob Dean" in written.good("inbox", "have", distress).err
    assert "on its way" in written.good("inbox", "reply", question, "Yes, and cake.").err
    written.good("inbox", "close", stranger)
    left = written.good("inbox", "list", "--json").json
    assert [(one["id"][-8:], one["state"]) for one in left] == [(distress, "taken")]
    assert len(written.good("inbox", "list", "--all", "--json").json) == 3


def test_mistakes_are_told_in_a_sentence(written: Program) -> None:
    for arguments in (("show", "nothing"), ("reply", "nothing", "Yes"), ("have", "nothing"), ("close", "nothing")):
        done = written.here("inbox", *arguments)
        assert (done.code, done.out) == (2, "")
        assert "Nothing in the inbox has the id" in done.err
    stranger = written.good("inbox", "list", "--json").json[-1]["id"]
    done = written.here("inbox", "reply", stranger, "Hello")
    assert done.code == 2
    assert "nobody's on file" in done.err


def test_an_empty_inbox_says_so(program: Program) -> None:
    assert "Nothing waits for you" in program.good("inbox", "list").err
