"""An e-mail that really went out carries the way to stop; whoever takes it hears nothing more there."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path

import httpx
from sqlmodel import col, select

from actions import notices
from cli import service
from config.settings import load
from core.clock import SystemClock
from core.content import make_content
from core.ladder import OPTED_OUT
from core.people import RouteState
from core.roles import TERMINAL
from sandbox.world import World
from store.database import Session
from store.tables import Person, Recipient, Route
from tests.store.people import add_person

PUBLIC = "https://group.example.org"
ANN, SAM = "ann@example.org", "sam@example.org"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def house(world: World, folder: Path) -> service.House:
    environ = {
        **world.settings(),
        "RINGROUND_DATA_DIR": str(folder),
        "RINGROUND_PUBLIC_URL": PUBLIC,
        "RINGROUND_LIVE": "true",
        "RINGROUND_QUIET__START": "00:00",
        "RINGROUND_QUIET__END": "00:00",
        "RINGROUND_WEB__PORT": "0",
        "RINGROUND_TELEGRAM__TOKEN": "",
        "RINGROUND_GROUP__NAME": "Planning group",
        "RINGROUND_GROUP__CONTACT_NAME": "Jo Bell",
        "RINGROUND_GROUP__CONTACT_PHONE": "01632 960123",
    }
    return service.build(load(environ, folder), SystemClock())


async def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 30  # long, because a busy machine is no fault
    while not condition():
        assert time.monotonic() < end, "it does not come"
        await asyncio.sleep(0.05)


def tell(home: service.House, text: str) -> None:
    around = service.surroundings(home)
    with home.database.writing() as session:
        notices.send(session, TERMINAL, notices.Draft(make_content(text, "News")), around)


def left_out(session: Session) -> list[str | None]:
    """Why Ann was left out of each notice, in their order."""
    about_ann = select(Recipient.left_out).join(Person).where(Person.name == "Ann Carter")
    return list(session.exec(about_ann.order_by(col(Recipient.id))))


async def test_the_link_of_an_e_mail_that_went_out_stops_that_address(tmp_path: Path) -> None:
    async with World(fsync=False) as world:
        home = house(world, tmp_path)
        try:
            with home.database.writing() as session:
                add_person(session, "Ann Carter", "email", addresses={"email": ANN})
                add_person(session, "Sam Lee", "email", addresses={"email": SAM}, staff="coordinator")
            async with service.serving(home) as door, httpx.AsyncClient(base_url=door.url) as visitor:
                tell(home, "We meet on Monday.")
                await until(lambda: world.messages("email", to=ANN))
                letter = message_from_bytes(world.messages("email", to=ANN)[0].raw or b"")
                assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
                link = letter["List-Unsubscribe"].partition("<")[2].partition(">")[0]
                assert link.startswith(f"{PUBLIC}/stop/")
                path = link.removeprefix(PUBLIC)
                assert "Nothing has changed yet." in (await visitor.get(path)).text  # as a scanner of mail would look
                for _ in range(2):
                    assert (await visitor.post(path, data=ONE_CLICK)).status_code == 200
                with home.database.reading() as session:
                    route = session.exec(select(Route).where(Route.address == ANN)).one()
                    assert route.state == RouteState.STOPPED
                    assert left_out(session) == [None]
                await until(lambda: told(world))
                tell(home, "We meet on Tuesday.")
                await until(lambda: any("Tuesday" in one.text for one in world.messages("email", to=SAM)))
                with home.database.reading() as session:
                    assert left_out(session) == [None, OPTED_OUT]
                assert len(world.messages("email", to=ANN)) == 1
                assert len(told(world)) == 1
        finally:
            home.close()


def told(world: World) -> list[str]:
    """What staff were told of Ann."""
    return [one.text for one in world.messages("email", to=SAM) if "Ann Carter" in one.text]
