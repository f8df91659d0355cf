"""What goes along with a message: buttons in the person's language, and a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from sqlmodel import select

from core.clock import SteppedClock
from core.notices import About, Attachment, Kind, Whom
from core.receipts import Receipt
from scheduler import lane
from store.attachments import attachments
from store.database import Database, Session
from store.tables import Attachment as Row
from tests.core.given_files import DOCUMENT, PICTURE
from tests.scheduler.scripted import Scripted, TickingClock, all_in, crowd, dispatching, says, until
from tests.store.meetings import put_in
from tests.store.people import DAY, NOON, add_person, publish

ASKING = ["yes", "no", "maybe", "more"]


def with_buttons(name: str = "telegram", *, each: float | None = None, file_slots: int = 0, **more: object) -> Scripted:
    channel = Scripted(name, **more)  # type: ignore[arg-type]
    channel.limits = replace(channel.limits, buttons=True, each=each, file_slots=file_slots)
    return channel


def words_of(buttons: Sequence[tuple[str, str]], delivery: str) -> list[str]:
    assert all(data.startswith("n:") and data.endswith(f":{delivery}") for _, data in buttons)
    assert all(len(data.encode()) <= 64 for _, data in buttons)
    return [data.split(":")[1] for _, data in buttons]


async def test_a_meeting_s_notice_asks_and_in_the_person_s_language(database: Database, clock: SteppedClock) -> None:
    channel = with_buttons()
    with database.writing() as session:
        for name, language in (("Ann", ""), ("Siân", "cy"), ("Ola", "pl")):
            add_person(session, name, "telegram", language=language)
        meeting = put_in(session, NOON + 3 * DAY)
        about = About(meeting.uid, meeting.version, Whom.UNTOLD)
        publish(session, kind=Kind.INVITATION, about=about, unfit="send")
    async with dispatching(database, [channel], clock):
        await until(lambda: len(channel.told) == 3)
    told = {message.name: message for message in channel.told}
    assert all(message.asks for message in told.values())
    for message in told.values():
        assert words_of(message.buttons, message.delivery) == ASKING
    assert [label for label, _ in told["Ann"].buttons] == ["Yes", "No", "Maybe", "More"]
    assert [label for label, _ in told["Ola"].buttons] == ["Yes", "No", "Maybe", "More"]
    assert [label for label, _ in told["Siân"].buttons] == ["Ie", "Na", "Efallai", "Mwy"]


@pytest.mark.parametrize(
    ("kind", "words"),
    [(Kind.UPDATE, ["more"]), (Kind.THANKS, ["more"]), (Kind.ALERT, []), (Kind.REPLY, []), (Kind.INVITATION, ["more"])],
)
async def test_only_what_is_about_a_meeting_asks(
    database: Database, clock: SteppedClock, kind: Kind, words: list[str]
) -> None:
    channel = with_buttons()
    with database.writing() as session:
        add_person(session, "Ann", "telegram")
        publish(session, kind=kind)
    async with dispatching(database, [channel], clock):
        await until(lambda: channel.told)
    [message] = channel.told
    assert not message.asks
    assert words_of(message.buttons, message.delivery) == words


async def test_where_nobody_hears_a_button_there_is_none(database: Database, clock: SteppedClock) -> None:
    channel = Scripted("email")
    crowd(database, 1, "email")
    async with dispatching(database, [channel], clock):
        await until(lambda: channel.told)
    assert channel.told[0].buttons == ()


async def test_a_file_goes_along_with_every_message_and_is_read_once(
    database: Database, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[set[int]] = []
    real = attachments

    def counted(session: Session, ids: set[int]) -> dict[int, Attachment]:
        asked.append(set(ids))
        return real(session, ids)

    monkeypatch.setattr("store.notices.attachments", counted)
    channel = Scripted("email", concurrency=1)
    with database.writing() as session:
        for number in range(40):
            add_person(session, f"Person {number}", "email")
        publish(session, attachment=PICTURE)
    async with dispatching(database, [channel], clock):
        await until(all_in(database, "accepted", 40))
    assert {message.attachment for message in channel.told} == {PICTURE}
    assert len(asked) == 1


async def test_a_look_up_asks_for_the_same_words(database: Database, clock: SteppedClock) -> None:
    channel = Scripted("email", lambda _: says("unknown"))
    with database.writing() as session:
        add_person(session, "Ann", "email")
        publish(session, attachment=DOCUMENT)
    async with dispatching(database, [channel], clock) as dispatcher:
        await until(lambda: channel.begun)
        await until(all_in(database, "unknown", 1))
        await dispatcher.round()
    assert channel.asked
    assert [(one.content, one.asks, one.attachment) for one in channel.asked] == [
        (one.content, one.asks, one.attachment) for one in channel.begun
    ][: len(channel.asked)]


async def test_a_file_takes_slots_of_its_own(database: Database) -> None:
    sent: list[float] = []
    clock = TickingClock()

    def note(_: object) -> Receipt:
        sent.append(clock.monotonic())
        return says("accepted", "telegram")

    channel = with_buttons(answer=note, rate=20.0, file_slots=1)
    with database.writing() as session:
        for number in range(6):
            add_person(session, f"Person {number}", "telegram")
        publish(session, attachment=PICTURE)
    async with dispatching(database, [channel], clock):
        await until(lambda: len(sent) == 6)
    assert sent[-1] - sent[0] >= 5 * 2 / 20 - 0.05


async def test_one_chat_with_many_messages_does_not_hold_up_the_others(database: Database) -> None:
    channel = with_buttons(rate=50.0, each=1.0)
    with database.writing() as session:
        add_person(session, "Ann", "telegram")
        for number in range(6):
            publish(session, f"a{number}", text=f"News {number}")
        for number in range(10):
            add_person(session, f"Person {number}", "telegram")
        publish(session, "last", text="For everybody", kind=Kind.UPDATE)
    begun = TickingClock().monotonic()
    async with dispatching(database, [channel], TickingClock()):
        await until(lambda: len({one.address for one in channel.told}) == 11)
        first = TickingClock().monotonic() - begun
        await until(lambda: len(channel.told) == 17)
        whole = TickingClock().monotonic() - begun
    assert first < 2.5, "everybody has got something while one chat is still spaced"
    assert whole >= 3.9, "of seven to one chat, four are a second apart"


async def test_more_files_than_are_kept_in_memory_all_go_out(
    database: Database, clock: SteppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lane, "MOST_FILES", 2)
    channel = Scripted("email", concurrency=1)
    with database.writing() as session:
        add_person(session, "Ann", "email")
        for number in range(12):
            publish(session, f"k{number}", attachment=replace(DOCUMENT, name=f"{number}.pdf"))
    async with dispatching(database, [channel], clock):
        await until(all_in(database, "accepted", 12))
        assert sum(one.attachment is not None for one in channel.told) == 12
    assert {one.attachment.name for one in channel.told if one.attachment} == {f"{n}.pdf" for n in range(12)}


def test_a_repeat_writes_no_second_file(database: Database) -> None:
    with database.writing() as session:
        add_person(session, "Ann", "email")
        publish(session, attachment=PICTURE)
        publish(session, attachment=PICTURE)
    with database.reading() as session:
        [row] = session.exec(select(Row)).all()
        assert (row.name, row.media_type, row.data, row.description) == (
            PICTURE.name,
            PICTURE.media_type,
            PICTURE.data,
            PICTURE.description,
        )
