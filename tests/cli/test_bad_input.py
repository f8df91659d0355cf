"""What bad input gets: a clear sentence that says what, where and how to mend it; nothing half-done, no stack trace."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.cli.conftest import Done, Program, World

HEADER = "name,email,mobile,phone\n"


def refused(done: Done, *sentences: str, code: int = 2) -> None:
    assert done.code == code, done.err
    for sentence in sentences:
        assert sentence in done.err
    assert done.out == ""
    assert "Traceback" not in done.err
    assert "Sorry" not in done.err, "this is the user's or the surroundings' doing, no fault of ours"


def refused_file(program: Program, content: str | bytes, *sentences: str, name: str = "people.csv") -> None:
    data = content.encode() if isinstance(content, str) else content
    (program.folder / name).write_bytes(data)
    refused(program.here("people", "import", name), *sentences)
    assert program.good("people", "list", "--json").json == []


@pytest.fixture
def one(connected: Program) -> Program:
    connected.good("people", "add", "--name", "Ann Carter", "--email", "ann@example.org", "--group", "Carers")
    return connected


WITHOUT_ROOTS_PRIVILEGE = """
import ctypes
header, sets = (ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)()
libc = ctypes.CDLL(None)
assert libc.capget(header, sets) == 0
sets[0] &= ~0b110  # CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: with them root may use any file
assert libc.capset(header, sets) == 0
from cli.main import run
run()
"""


def as_anybody(program: Program, *arguments: str) -> Done:
    """Runs the program as somebody to whom the permissions of files mean something."""
    command = [sys.executable, "-c", WITHOUT_ROOTS_PRIVILEGE] if os.geteuid() == 0 else program.command
    done = subprocess.run(
        [*command, *arguments],
        cwd=program.folder,
        env=program.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def nothing_was_sent(program: Program, world: World) -> None:
    assert program.good("notice", "list", "--json").json == []
    assert world.messages() == []


# Files


@pytest.mark.parametrize(
    "command", [["people", "import", "none.csv"], ["notice", "preview", "--text-file", "none.txt"]]
)
def test_a_missing_file_is_named(program: Program, command: list[str]) -> None:
    refused(program.here(*command), "There is no such file", "none.")


def test_a_folder_is_no_file(program: Program) -> None:
    refused(program.here("people", "import", "."), "This is a folder")


def test_a_file_that_may_not_be_read_is_named(program: Program) -> None:
    (program.folder / "people.csv").touch(mode=0)
    refused(as_anybody(program, "people", "import", "people.csv"), "may not be read", "people.csv")


def test_a_file_in_windows_1252_is_read_and_that_is_said(program: Program) -> None:
    (program.folder / "people.csv").write_bytes((HEADER + "Siân Jones,sian@example.org,,\n").encode("cp1252"))
    done = program.good("people", "import", "people.csv")
    assert "Windows-1252" in done.err
    assert program.good("people", "list", "--json").json[0]["name"] == "Siân Jones"


def test_a_text_in_windows_1252_is_read_and_that_is_said(one: Program) -> None:
    (one.folder / "text.txt").write_bytes("Tea at the café".encode("cp1252"))
    done = one.good("notice", "preview", "--text-file", "text.txt")
    assert "Windows-1252" in done.err
    assert "Tea at the café" in done.out


def test_a_text_from_standard_input_is_read(one: Program) -> None:
    done = one.run("notice", "preview", "--text", "-", input="Hello {first_name}, tea at three.")
    assert done.code == 0, done.err
    assert "Hello Ann, tea at three." in done.out


def test_a_file_that_is_no_text_is_refused(one: Program) -> None:
    (one.folder / "picture.png").write_bytes(b"\x89PNG\0\0\x81\x8d")
    refused(one.here("notice", "preview", "--text-file", "picture.png"), "This is not a text", "picture.png")


def test_missing_columns_are_named(program: Program) -> None:
    refused_file(program, "email,mobile\nann@example.org,\n", "no column with people's names", "first row")


def test_the_same_person_twice_is_shown_with_both_rows(program: Program) -> None:
    twice = HEADER + "Ann Carter,ann@example.org,,\nAnn Carter,ann@example.org,,\n"
    refused_file(program, twice, "Nothing was imported", "row 2", "row 3", "The same person")


def test_bad_numbers_and_addresses_come_as_a_list_with_how_to_mend_them(program: Program) -> None:
    bad = HEADER + "Ann Carter,ann at example,,\nBob Dean,,0770,\nCy Egan,,01632 960111,\nDee Fox,dee@example.org,,\n"
    refused_file(
        program,
        bad,
        "3 rows need mending",
        "row 2, email: This is not an e-mail address. Write it like ann@example.org",
        "row 3, mobile",
        "row 4, mobile: This is not a mobile number, so it can't take text messages. Move it to the column phone",
    )
    good = program.here("people", "import", "people.csv", "--skip-bad", "--json")
    assert good.code == 0
    assert (good.json["added"], len(good.json["errors"])) == (1, 3)
    assert list(good.json["errors"][0]) == ["row", "column", "problem", "mend"]


def test_the_errors_of_a_file_come_as_json_too(program: Program) -> None:
    (program.folder / "people.csv").write_text(HEADER + "Ann Carter,nonsense,,\n", encoding="utf-8")
    done = program.here("people", "import", "people.csv", "--json")
    assert done.code == 2
    assert (done.json["added"], done.json["errors"][0]["row"]) == (0, 2)


def test_a_line_break_in_a_name_is_refused(program: Program) -> None:
    done = program.here("people", "add", "--name", "Bob\r\nBcc: eve@example.org", "--email", "bob@example.org")
    refused(done, "There is a line break", "on one line")
    refused_file(program, HEADER + '"Bob\r\nBcc: eve@example.org",bob@example.org,,\n', "row 2, name")


# Words


def test_a_line_break_in_a_subject_is_refused(one: Program, world: World) -> None:
    done = one.here("notice", "send", "--text", "Tea.", "--subject", "Tea\r\nBcc: eve@example.org")
    refused(done, "The subject has more than one line")
    nothing_was_sent(one, world)


def test_a_text_of_5_mb_is_refused_at_once(one: Program, world: World) -> None:
    (one.folder / "long.txt").write_text("Tea and cake. " * 375_000, encoding="utf-8")
    refused(one.here("notice", "send", "--text-file", "long.txt"), "characters long", "the most is 20,000")
    nothing_was_sent(one, world)


def test_an_unknown_placeholder_is_refused_and_the_nearest_one_named(one: Program, world: World) -> None:
    done = one.here("notice", "send", "--text", "Hello {frist_name}.", "--yes", "--wait")
    refused(done, "There is no placeholder {frist_name}", "Did you mean {first_name}?")
    nothing_was_sent(one, world)


def test_an_unknown_group_is_refused_and_the_nearest_one_named(one: Program, world: World) -> None:
    refused(one.here("notice", "send", "--text", "Tea.", "--group", "Careers"), "no group called", "Carers")
    nothing_was_sent(one, world)


def test_an_empty_audience_is_refused(connected: Program, world: World) -> None:
    refused(connected.here("notice", "send", "--text", "Tea."), "Nobody would get this notice", "people import")
    nothing_was_sent(connected, world)


def test_no_text_and_two_texts_are_refused(program: Program) -> None:
    refused(program.here("notice", "send"), "The text is missing")
    refused(program.here("notice", "send", "--text", "a", "--text-file", "b"), "two texts")
    refused(program.here("notice", "send", "--text", "  "), "The text is empty")


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--purpose", "advert", "There is no purpose"),
        ("--duplicates", "thrice", "There is no choice"),
        ("--language", "klingonish", "There is no language"),
        ("--key", "a\nb", "one line"),
        ("--not-after", "2020-01-01 10:00", "too late"),
        ("--not-after", "soon", "--not-after"),
        ("--sms-text", "Look at https://example.org/tea", "web address"),
    ],
)
def test_an_option_that_makes_no_sense_is_named(one: Program, option: str, value: str, sentence: str) -> None:
    refused(one.here("notice", "send", "--text", "Tea.", option, value), sentence)


def test_an_unknown_command_or_option_is_a_slip_of_the_user(program: Program) -> None:
    refused(program.here("notcie"), "notcie")
    refused(program.here("notice", "send", "--txt", "Tea."), "--txt")


@pytest.mark.parametrize(
    "command",
    [
        ["reach", "1234"],
        ["notice", "pause", "1234"],
        ["notice", "review", "1234", "--was-sent"],
        ["calls", "record", "12345678", "reached"],
        ["people", "show", "Nobody"],
        ["staff", "add", "Nobody"],
    ],
)
def test_something_that_is_not_there_is_a_slip_of_the_user(one: Program, command: list[str]) -> None:
    refused(one.here(*command))


def test_a_setting_that_can_t_be_used_is_named_without_its_value(program: Program) -> None:
    program.environ |= {"RINGROUND_EMAIL__PORT": "many", "RINGROUND_EMAIL__PASSWORD": "opensesame"}
    done = program.here("people", "list")
    refused(done, "RINGROUND_EMAIL__PORT", code=1)
    assert "opensesame" not in done.err


# The database


@contextmanager
def held(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


def test_a_locked_database_is_named(one: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.database.BUSY_SECONDS", 0.2)
    with held(one.data / "ringround.sqlite3"):
        done = one.here("notice", "send", "--text", "Tea.")
    refused(done, "The database is locked by another program", "ringround.sqlite3", code=1)


def test_a_read_only_database_is_named(one: Program) -> None:
    for path in (*one.data.iterdir(), one.data):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        done = as_anybody(one, "notice", "send", "--text", "Tea.")
    finally:
        one.data.chmod(0o700)
    refused(done, str(one.data), "write", code=1)


def test_a_full_disk_is_named_and_nothing_is_half_done(one: Program) -> None:
    with closing(sqlite3.connect(one.data / "ringround.sqlite3")) as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
    import store.database as module

    before = module._sqlite

    def full(path: Path, *, reading: bool) -> object:
        from sqlalchemy import event

        engine = before(path, reading=reading)
        event.listen(engine, "connect", lambda raw, _: raw.execute(f"PRAGMA max_page_count = {pages}"))
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_sqlite", full)
        (one.folder / "people.csv").write_text(
            HEADER + "".join(f"Person {n},p{n}@example.org,,\n" for n in range(3000)), encoding="utf-8"
        )
        refused(one.here("people", "import", "people.csv"), "disk that holds the database is full", code=1)
    assert len(one.good("people", "list", "--json").json) == 1


def test_a_database_from_a_newer_version_is_left_alone(one: Program) -> None:
    with closing(sqlite3.connect(one.data / "ringround.sqlite3")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    refused(one.here("people", "list"), "from a newer version", "Install the newer version", code=1)


def test_a_file_that_is_no_database_is_named(program: Program) -> None:
    program.data.mkdir()
    (program.data / "ringround.sqlite3").write_bytes(b"this is no database" * 1000)
    refused(program.here("people", "list"), "is not a database", "restore", code=1)


def test_a_data_folder_that_is_a_file_is_named(program: Program) -> None:
    program.data.touch()
    refused(program.here("people", "list"), str(program.data), "RINGROUND_DATA_DIR", code=1)


# Providers


def test_wrong_credentials_pause_the_provider_and_end_the_waiting(one: Program, world: World) -> None:
    world.fail("sms", "20003")
    one.good("people", "add", "--name", "Bob Dean", "--mobile", "07700 900123")
    done = one.here("notice", "send", "--text", "Tea.", "--wait")
    assert done.code == 1
    assert "the provider is paused" in done.err
    assert "Twilio refuses" in done.err
    assert [message["to"] for message in world.messages()] == ["ann@example.org"]
    one.environ["RINGROUND_SMS__AUTH_TOKEN"] = "0" * 32
    checked = one.here("doctor")
    assert checked.code == 1
    assert "RINGROUND_SMS__AUTH_TOKEN" in checked.out


def test_a_provider_that_does_not_answer_ends_the_waiting(one: Program, world: World) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        one.environ["RINGROUND_EMAIL__PORT"] = str(taken.getsockname()[1])
    done = one.here("notice", "send", "--text", "Tea.", "--wait")
    assert done.code == 1
    assert "There is no connection to the mail server" in done.err
    assert "ringround serve" in done.err
    assert one.good("reach", "--json").json["trying"] == 1


def test_nothing_that_was_said_names_an_address_or_a_secret(one: Program, world: World) -> None:
    world.fail("email", "rcpt-550")
    world.fail("telegram", "unauthorized")
    one.good("people", "add", "--name", "Dee Fox", "--telegram", "70000001")
    service = one.start("serve")
    one.here("notice", "send", "--text", "Tea.", "--wait")
    service.terminate()
    _, log = service.communicate(timeout=30)
    secrets = [value for name, value in one.environ.items() if name.endswith(("TOKEN", "PASSWORD"))]
    for word in ("ann@example.org", "70000001", *secrets):
        assert word not in log


# Faults of ours


def test_a_fault_of_ours_is_an_apology_and_a_file_without_addresses(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    program.good("people", "list")

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("ann@example.org on +447700900123 with 7000000001:hsTIWhj1Juo2__1JeVtjxiRFQl19OqtfDJQ")

    monkeypatch.setattr("actions.people.listing", broken)
    done = program.here("people", "list")
    assert done.code == 1
    assert "Sorry" in done.err
    assert "Traceback" not in done.err
    [kept] = program.data.glob("ringround-fault-*.log")
    assert str(kept) in done.err
    assert kept.stat().st_mode & 0o077 == 0
    trace = kept.read_text(encoding="utf-8")
    assert "RuntimeError: (address) on (number) with (token)" in trace
