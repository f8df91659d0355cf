"""The group's mailbox as a Maildir: a real folder, letters that come, move and go, and a service that ends anywhere."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from mailbox import Maildir as Folder
from pathlib import Path

import pytest
from sqlmodel import col, select

from channels.letters import read_letter
from core.clock import SteppedClock
from core.errors import ConfigError, OperatorError
from core.receipts import Inbound, Receipt
from scheduler.mailbox import LARGEST, UNREAD_FOR, Mailbox
from scheduler.maildir import Maildir
from store.bookmarks import bookmarks
from store.database import Database, Session
from store.tables import InboxItem, Notice
from tests.scheduler.letters import ann, heard, letter, mailbox, take, until
from tests.store.people import NOON


@pytest.fixture
def folder(tmp_path: Path, database: Database) -> Folder:
    """An empty Maildir, and Ann on file."""
    ann(database)
    return Folder(tmp_path / "mail")


@pytest.fixture
def box(tmp_path: Path, folder: Folder) -> Maildir:
    return Maildir(tmp_path / "mail")


def remembered(database: Database) -> int:
    with database.reading() as session:
        return len(bookmarks(session, "mailbox:")) - 1


async def test_the_first_look_begins_at_the_end(box: Maildir, folder: Folder, database: Database) -> None:
    folder.add(letter("Yes, from last year"))
    assert await mailbox(box, database).look() == 0
    folder.add(letter("Is there a ramp?"))
    assert await mailbox(box, database).look() == 1
    assert heard(database) == ["Is there a ramp?"]


async def test_an_empty_folder_is_a_beginning_too(box: Maildir, folder: Folder, database: Database) -> None:
    await mailbox(box, database).look()
    folder.add(letter("The first of all"))
    assert await mailbox(box, database).look() == 1


async def test_letters_are_left_where_they_are(box: Maildir, folder: Folder, database: Database) -> None:
    await mailbox(box, database).look()
    key = folder.add(letter("Is there a ramp?"))
    await mailbox(box, database).look()
    assert folder[key].get_subdir() == "new"


async def test_a_letter_that_people_read_meanwhile_is_taken_once(
    box: Maildir, folder: Folder, database: Database, tmp_path: Path
) -> None:
    before = folder.add(letter("From before"))
    await mailbox(box, database).look()
    read_at_once, read_later = folder.add(letter("One")), folder.add(letter("Two"))
    move(folder, read_at_once, "S")
    assert await mailbox(box, database).look() == 2
    for key in (before, read_at_once, read_later):
        move(folder, key, "RS")
        assert await mailbox(box, database).look() == 0
    assert sorted(heard(database)) == ["One", "Two"]


def move(folder: Folder, key: str, flags: str) -> None:
    shown = folder[key]
    shown.set_subdir("cur")
    shown.set_flags(flags)
    folder[key] = shown


async def test_an_older_letter_that_a_filter_moves_in_is_taken(
    box: Maildir, folder: Folder, database: Database, tmp_path: Path
) -> None:
    folder.add(letter("From before"))
    await mailbox(box, database).look()
    folder.add(letter("Newer"))
    await mailbox(box, database).look()
    moved = tmp_path / "moved"
    moved.write_bytes(letter("Older"))
    os.utime(moved, (1_000_000, 1_000_000))
    moved.rename(tmp_path / "mail" / "cur" / "1000000.M1P1.host:2,S")
    assert await mailbox(box, database).look() == 1
    assert heard(database) == ["Newer", "Older"]


async def test_letters_of_the_same_moment_are_all_taken(
    box: Maildir, folder: Folder, database: Database, tmp_path: Path
) -> None:
    await mailbox(box, database).look()
    for word in ("One", "Two"):
        folder.add(letter(word))
    put_back(tmp_path)
    assert await mailbox(box, database).look() == 2
    folder.add(letter("Three"))  # in the same moment, and its name may come before theirs
    put_back(tmp_path)
    assert await mailbox(box, database).look() == 1
    assert sorted(heard(database)) == ["One", "Three", "Two"]


def put_back(tmp_path: Path) -> None:
    for path in (tmp_path / "mail" / "new").iterdir():
        os.utime(path, (1_800_000_000, 1_800_000_000))


class Crash(BaseException):
    """The power goes."""


@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize("written", [False, True])
async def test_a_crash_loses_no_letter_and_takes_none_twice(
    box: Maildir, folder: Folder, database: Database, at: int, written: bool
) -> None:
    await mailbox(box, database).look()
    for number in range(3):
        folder.add(letter(f"Letter {number}"))
    seen: list[Sequence[Receipt | Inbound]] = []

    def crashing(session: Session, statements: Sequence[Receipt | Inbound]) -> None:
        if written:
            take(session, statements)
        if len(seen) == at:
            raise Crash
        seen.append(statements)
        if not written:
            take(session, statements)

    with pytest.raises(Crash):
        await mailbox(box, database, crashing).look()
    assert len(heard(database)) == at
    assert await mailbox(Maildir(Path(box.name)), database).look() == 3 - at
    assert sorted(heard(database)) == ["Letter 0", "Letter 1", "Letter 2"]


async def test_the_same_letter_in_two_copies_is_heard_once(box: Maildir, folder: Folder, database: Database) -> None:
    await mailbox(box, database).look()
    one = letter("Is there a ramp?")
    folder.add(one)
    folder.add(one)
    assert await mailbox(box, database).look() == 2
    assert heard(database) == ["Is there a ramp?"]


@pytest.mark.parametrize("nonsense", [b"", b"\n", b"\x00" * 900, b"no letter", b"From: x\n\nhello", b"\xff\xfe" * 40])
async def test_a_letter_that_makes_no_sense_keeps_no_other_back(
    box: Maildir, folder: Folder, database: Database, tmp_path: Path, nonsense: bytes
) -> None:
    await mailbox(box, database).look()
    (tmp_path / "mail" / "new" / "0.first").write_bytes(nonsense)
    os.utime(tmp_path / "mail" / "new" / "0.first", (1, 1))
    folder.add(letter("Is there a ramp?"))
    assert await mailbox(box, database).look() == 2
    assert await mailbox(box, database).look() == 0
    assert heard(database) == ["Is there a ramp?"]


async def test_a_fault_of_ours_keeps_no_letter_back_and_staff_hear_of_it(
    box: Maildir, folder: Folder, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    def faulty(session: Session, statements: Sequence[Receipt | Inbound]) -> None:
        take(session, statements)
        if heard_in(session)[-1] != "Good":
            raise KeyError("ann@example.org")

    await mailbox(box, database).look()
    for word in ("Bad", "Good", "Bad again"):
        folder.add(letter(word))
    assert await mailbox(box, database, faulty).look() == 3
    assert heard(database) == ["Good"], "of the others nothing is left behind"
    assert "ann@" not in caplog.text
    with database.reading() as session:
        (alert,) = session.exec(select(Notice.text).where(col(Notice.key).startswith("alert:mailbox:")))
    assert "look into the mailbox" in (alert or "")


def heard_in(session: Session) -> list[str]:
    return [text or "" for text in session.exec(select(InboxItem.text).order_by(col(InboxItem.id)))]


async def test_a_big_letter_is_cut(box: Maildir, folder: Folder, database: Database, tmp_path: Path) -> None:
    lengths: list[int] = []

    def read(data: bytes) -> list[Receipt | Inbound]:
        lengths.append(len(data))
        return []

    looking = Mailbox(box, database, SteppedClock(NOON), read, take)
    await looking.look()
    (tmp_path / "mail" / "new" / "1.big").write_bytes(letter("Is there a ramp?") + b"x" * LARGEST)
    await looking.look()
    assert lengths == [LARGEST]


async def test_names_of_letters_that_are_gone_are_forgotten(
    box: Maildir, folder: Folder, database: Database, tmp_path: Path
) -> None:
    files = [tmp_path / "mail" / "new" / f"{number}.here" for number in range(1200)]
    old = letter("From before")
    for file in files:
        file.write_bytes(old)  # not by `folder.add`, which waits for the disk each time
    looking = mailbox(box, database)
    await looking.look()
    assert remembered(database) == 1200
    for file in files[:1199]:
        file.unlink()
    await looking.look()
    assert remembered(database) == 1200, "missed once, it may only have been moved meanwhile"
    await looking.look()
    assert remembered(database) == 1
    assert heard(database) == []


async def test_a_file_that_vanishes_is_no_trouble(box: Maildir, folder: Folder, database: Database) -> None:
    await mailbox(box, database).look()
    for number in range(3):
        folder.add(letter(f"Letter {number}"))

    def vanishing(session: Session, statements: Sequence[Receipt | Inbound]) -> None:
        take(session, statements)
        folder.clear()

    assert await mailbox(box, database, vanishing).look() == 1


async def test_what_is_no_letter_is_passed_over(
    box: Maildir, folder: Folder, database: Database, tmp_path: Path
) -> None:
    await mailbox(box, database).look()
    (tmp_path / "mail" / "cur" / ".hidden").write_bytes(letter("Hidden"))
    (tmp_path / "mail" / "cur" / "folder").mkdir()
    (tmp_path / "mail" / "tmp" / "half").write_bytes(letter("Half written"))
    assert await mailbox(box, database).look() == 0


async def test_a_name_in_any_bytes_is_remembered(
    box: Maildir, folder: Folder, database: Database, tmp_path: Path
) -> None:
    await mailbox(box, database).look()
    path = os.fsencode(tmp_path / "mail" / "new") + b"/1.\xff_%.host"
    with open(path, "wb") as file:  # noqa: ASYNC230, PTH123 - a name that no Path shows
        file.write(letter("Is there a ramp?"))
    assert await mailbox(box, database).look() == 1
    assert await mailbox(box, database).look() == 0


async def test_two_mailboxes_do_not_share_their_memory(database: Database, tmp_path: Path) -> None:
    ann(database)
    one, other = Folder(tmp_path / "mail"), Folder(tmp_path / "mail.more")
    for path in ("mail", "mail.more"):
        await mailbox(Maildir(tmp_path / path), database).look()
    one.add(letter("One"))
    other.add(letter("Other"))
    for _ in range(3):
        for path in ("mail", "mail.more"):
            await mailbox(Maildir(tmp_path / path), database).look()
    assert sorted(heard(database)) == ["One", "Other"]


async def test_a_folder_that_is_no_maildir_says_how_to_mend_it(database: Database, tmp_path: Path) -> None:
    box = Maildir(tmp_path)
    with pytest.raises(OperatorError, match="RINGROUND_MAILBOX__MAILDIR"):
        await mailbox(box, database).look()
    with pytest.raises(ConfigError, match="RINGROUND_MAILBOX__MAILDIR"):
        await box.check()


async def test_a_stop_while_looking_ends_after_the_letter_in_hand(
    box: Maildir, folder: Folder, database: Database
) -> None:
    await mailbox(box, database).look()
    for number in range(50):
        folder.add(letter(f"Letter {number}"))
    looking: Mailbox

    def stopping(session: Session, statements: Sequence[Receipt | Inbound]) -> None:
        take(session, statements)
        looking.stop()

    looking = mailbox(box, database, stopping)
    async with asyncio.timeout(20):
        await looking.run()
    assert len(heard(database)) == 1
    assert await mailbox(box, database).look() == 49


async def test_a_mailbox_that_can_not_be_read_is_tried_again(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ann(database)
    looking = mailbox(Maildir(tmp_path / "mail"), database, every=0.01)
    running = asyncio.create_task(looking.run())
    await until(lambda: "can't be read" in caplog.text)
    assert told(database) == []
    folder = Folder(tmp_path / "mail")
    await until(lambda: remembered(database) == 0)
    folder.add(letter("Is there a ramp?"))
    await until(lambda: heard(database) == ["Is there a ramp?"])
    looking.stop()
    await running
    assert not [one for one in caplog.records if one.levelno > logging.ERROR]


async def test_staff_hear_once_a_day_of_a_mailbox_that_can_not_be_read_for_an_hour(
    database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock = SteppedClock(NOON)
    looking = Mailbox(Maildir(tmp_path / "mail"), database, clock, read_letter, take, every=0.001)
    running = asyncio.create_task(looking.run())
    for hours in range(3):
        looks = len(caplog.records)
        await until(lambda looks=looks: len(caplog.records) > looks + 1)  # type: ignore[misc]
        assert len(told(database)) == min(hours, 1)
        clock.step(UNREAD_FOR)
    (text,) = told(database)
    assert "RINGROUND_MAILBOX__MAILDIR" in text
    looking.stop()
    await running


def told(database: Database) -> list[str]:
    with database.reading() as session:
        alerts = select(Notice.text).where(col(Notice.key).startswith("alert:mailbox-unread:"))
        return [text or "" for text in session.exec(alerts)]
