"""A real mail server takes an e-mail, finds that nobody has the address, and says so: the person hears by text."""

from __future__ import annotations

import smtplib
import time
from asyncio import sleep
from collections.abc import Callable, Iterator
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage, Message
from pathlib import Path

import pytest
from sqlmodel import col, select

from actions import notices
from actions.meeting_orders import NewMeeting
from actions.meetings import add
from cli import service
from config.settings import load
from core.clock import SystemClock
from core.content import make_content
from core.delivery import State
from core.people import RouteState
from core.roles import TERMINAL
from sandbox.world import World
from scheduler import mailbox
from store.tables import Delivery, Event, MeetingAnswer, Route
from tests.journeys.postfix import DOMAIN, GROUP, Postfix, running
from tests.store.people import add_person

NOBODY, ANN = f"nobody-here@{DOMAIN}", f"ann@{DOMAIN}"
MOBILE = "+447700900123"


@pytest.fixture(scope="module")
def postfix() -> Iterator[Postfix]:
    with running() as one:
        yield one


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "EVERY", 0.1)


def house(world: World, postfix: Postfix, folder: Path) -> service.House:
    environ = {
        **world.settings(),
        "RINGROUND_DATA_DIR": str(folder),
        "RINGROUND_LIVE": "true",
        "RINGROUND_QUIET__START": "00:00",
        "RINGROUND_QUIET__END": "00:00",
        "RINGROUND_WEB__PORT": "0",
        "RINGROUND_GROUP__NAME": "Planning group",
        "RINGROUND_GROUP__CONTACT_NAME": "Jo Bell",
        "RINGROUND_GROUP__CONTACT_PHONE": "01632 960123",
        "RINGROUND_EMAIL__PORT": str(postfix.port),
        "RINGROUND_EMAIL__FROM": GROUP,
        "RINGROUND_MAILBOX__MAILDIR": str(postfix.maildir),
    }
    return service.build(load(environ, folder), SystemClock())


async def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 30  # long, because a busy machine is no fault
    while not condition():
        assert time.monotonic() < end, "it does not come"
        await sleep(0.05)


async def test_a_bounce_moves_a_person_to_their_next_route(postfix: Postfix, tmp_path: Path) -> None:
    async with World(fsync=False) as world:
        home = house(world, postfix, tmp_path)
        try:
            with home.database.writing() as session:
                add_person(session, "Ann Carter", "email", "sms", addresses={"email": NOBODY, "sms": MOBILE})
            async with service.serving(home):
                draft = notices.Draft(make_content("We meet on Monday.", "We meet"))
                await home.database.write(notices.send, TERMINAL, draft, service.surroundings(home))
                await until(lambda: world.messages("sms", MOBILE))
            with home.database.reading() as session:
                said = session.exec(
                    select(Event.status).join(Delivery).where(Delivery.channel == "email").order_by(col(Event.id))
                ).all()
                by_mail = session.exec(select(Delivery).where(Delivery.channel == "email")).one()
                route = session.exec(select(Route).where(Route.channel == "email")).one()
                assert "report 5.1.1" in said
                assert (by_mail.state, route.state) == (State.FAILED, RouteState.DEAD)
                assert NOBODY not in str(by_mail.reason)
            async with service.serving(home):  # the report is still there, and says nothing new
                await sleep(0.5)
            assert len(world.messages("sms", MOBILE)) == 1
        finally:
            home.close()


async def test_an_answer_by_e_mail_comes_through_the_same_mailbox(postfix: Postfix, tmp_path: Path) -> None:
    """The mail server has no mailbox for Ann either, so that her invitation is read where it came back."""
    async with World(fsync=False) as world:
        home = house(world, postfix, tmp_path)
        try:
            with home.database.writing() as session:
                add_person(session, "Ann Carter", "email", addresses={"email": ANN})
            async with service.serving(home):
                begun = set((postfix.maildir / "new").iterdir())
                starts = f"{home.clock.now() + timedelta(days=10):%Y-%m-%d} 19:00"
                around = service.surroundings(home)
                await home.database.write(add, TERMINAL, NewMeeting("Summer", starts, 90), around)
                await until(lambda: set((postfix.maildir / "new").iterdir()) - begun)
                (report,) = set((postfix.maildir / "new").iterdir()) - begun
                answer(postfix, invitation(report))
                await until(lambda: answers(home))
            assert answers(home) == ["yes"]
        finally:
            home.close()


def invitation(report: Path) -> str:
    """Gives the Message-ID of the letter that came back."""
    letter = message_from_bytes(report.read_bytes())
    returned = next(part for part in letter.walk() if part.get_content_type() == "message/rfc822")
    inner = returned.get_payload(0)
    assert isinstance(inner, Message)
    return str(inner["Message-ID"])


def answer(postfix: Postfix, to: str) -> None:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = f"Ann Carter <{ANN}>", GROUP, "Re: Summer"
    letter["Message-ID"], letter["In-Reply-To"] = "<answer@town.example.org>", to
    letter.set_content("Yes please!\n\nOn 4 May 2027 at 10:00, Planning group wrote:\n> Can you come?\n")
    with smtplib.SMTP("127.0.0.1", postfix.port) as server:
        server.send_message(letter)


def answers(home: service.House) -> list[str]:
    with home.database.reading() as session:
        return list(session.exec(select(MeetingAnswer.value)))
