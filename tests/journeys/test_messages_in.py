"""In the demonstration everybody can answer from their own device, and every answer is noted."""

from __future__ import annotations

import time
from asyncio import sleep
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select

from actions.meeting_orders import NewMeeting
from actions.meetings import add
from cli import demo, service
from core.roles import TERMINAL
from store.tables import MeetingAnswer, Person
from tests.store.people import add_person

MAIL, MOBILE, CHAT = "ann@example.org", "+447700900123", "70000777"


async def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 30  # long, because a busy machine is no fault
    while not condition():
        assert time.monotonic() < end, "it does not come"
        await sleep(0.05)


async def test_answers_come_from_every_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "LOOK_EVERY", 0.1)
    async with demo._world_and_service(tmp_path, 0) as (world, house):
        world.started_chat(int(CHAT), "Cy Egan")
        with house.database.writing() as session:
            add_person(session, "Ann Carter", "email", addresses={"email": MAIL})
            add_person(session, "Bob Dean", "sms", addresses={"sms": MOBILE})
            add_person(session, "Cy Egan", "telegram", addresses={"telegram": CHAT})
        starts = f"{house.clock.now() + timedelta(days=10):%Y-%m-%d} 19:00"
        await house.database.write(add, TERMINAL, NewMeeting("Spring", starts, 90), service.surroundings(house))
        await until(lambda: {one.to for one in world.messages()} >= {MAIL, MOBILE, CHAT})
        (invitation,) = world.messages("email", MAIL)
        await world.mail_in(MAIL, "Yes please!", "Re: Spring", invitation.ref)
        await world.text_in(MOBILE, "no")
        await world.telegram_in(int(CHAT), "Maybe")
        await until(lambda: len(said(house)) == 3)
    assert said(house) == {"Ann Carter": "yes", "Bob Dean": "no", "Cy Egan": "maybe"}


def said(house: service.House) -> dict[str, str]:
    with house.database.reading() as session:
        found = session.exec(select(Person.name, MeetingAnswer.value).where(Person.id == MeetingAnswer.person_id))
        return {str(name): str(value) for name, value in found}
