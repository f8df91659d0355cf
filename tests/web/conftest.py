from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from actions import sessions
from actions.desk import Desk
from channels.base import Surroundings
from channels.registry import available
from config.catalogues import Catalogues
from config.settings import Settings
from core.clock import SteppedClock
from core.roles import TERMINAL
from core.strategy import Strategy
from store.database import Database
from tests.store.people import NOON, add_person
from web.app import WebDoor

PUBLIC = "https://group.example.org"
SECRET = b"a secret of the tests, which is long enough"

SETTINGS: dict[str, Any] = {
    "public_url": PUBLIC,
    "live": True,
    "group": {"name": "River Group", "contact_name": "Sam Lee", "contact_phone": "01632 960123"},
    "web": {"port": 0},
    "email": {"host": "127.0.0.1", "from": "group@example.org"},
    "sms": {"account_sid": "AC" + "0" * 32, "auth_token": "the token of the tests", "from": "+447700900000"},
}
"""A group with a public address; what a test gives besides goes over it."""


def make_desk(database: Database, folder: Path, **more: Any) -> Desk:
    """Makes what the door works with; its clock stands at NOON. `more` are settings."""
    settings = Settings.model_validate({**SETTINGS, "data_dir": folder, **more})
    clock = SteppedClock(NOON)
    channels = available(Surroundings(settings, settings.speaker, clock, SECRET))
    return Desk(database, clock, settings, Strategy(), channels, SECRET, Catalogues())


@dataclass
class Open:
    """The door, open; `client` is a browser without anybody logged in, which does not follow redirects."""

    desk: Desk
    door: WebDoor
    client: httpx.AsyncClient

    @property
    def clock(self) -> SteppedClock:
        assert isinstance(self.desk.clock, SteppedClock)
        return self.desk.clock

    async def staff(self, role: str = "coordinator", name: str = "Cara Staff") -> str:
        """Puts a member of staff in and gives their outside id."""

        def put(session: Any) -> str:
            return add_person(session, name, "email", staff=role).uid

        return await self.desk.database.write(put)

    async def log_in(self, role: str = "coordinator", name: str = "Cara Staff", *, person: str = "") -> str:
        """Logs somebody in as the client's user, by a link as the terminal makes it; gives their outside id.

        It is a new member of staff, unless `person` (an outside id) is given.
        """
        uid = person or await self.staff(role, name)
        await log_in(self.client, await self.link(uid))
        return uid

    async def link(self, uid: str) -> str:
        """Makes a log-in link for a member of staff, as a path."""
        link = await self.desk.database.write(sessions.login_link, TERMINAL, self.desk.around(), person=uid)
        return link.removeprefix(PUBLIC)

    async def post(self, path: str, fields: Mapping[str, Any] | None = None, *, page: str = "") -> httpx.Response:
        """Sends a form of ours: with the CSRF token that stands on `page` (the same address where none is given)."""
        shown = await self.client.get(page or path)
        return await self.client.post(path, data={"csrf": csrf(shown.text), **(fields or {})})


async def log_in(client: httpx.AsyncClient, link: str) -> None:
    """Opens a log-in link and presses the button."""
    assert (await client.get(link)).status_code == 200
    answer = await client.post(link, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 303, answer.text


def csrf(html: str) -> str:
    """Gives the token that stands in a page's forms."""
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', html)
    assert found, "there is no form with a token on this page"
    return found[1]


def words(html: str) -> str:
    """Gives what a page says, without its tags, white space made small."""
    from html import unescape

    body = html.partition("<main")[2].partition(">")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


@pytest.fixture
def database(sqlite_url: str) -> Iterator[Database]:
    opened = Database(sqlite_url)
    yield opened
    opened.close()


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    return make_desk(database, tmp_path)


@pytest.fixture
async def site(desk: Desk) -> AsyncIterator[Open]:
    """The door, open on a free port of this machine; what it says of cookies and links is for `PUBLIC`."""
    async with WebDoor(desk) as door, browser(door) as client:
        yield Open(desk, door, client)


def browser(door: WebDoor, **more: Any) -> httpx.AsyncClient:
    """A browser that believes to speak to PUBLIC over https: it keeps Secure cookies. It reaches the door itself."""
    return httpx.AsyncClient(base_url=PUBLIC, transport=_ToTheDoor(door.url), **more)


class _ToTheDoor(httpx.AsyncBaseTransport):
    """Stands where a reverse proxy would: takes what is meant for PUBLIC to the door, with the words of a proxy."""

    def __init__(self, url: str) -> None:
        self._url = httpx.URL(url)
        self._inner = httpx.AsyncHTTPTransport()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url.copy_with(scheme=self._url.scheme, host=self._url.host, port=self._url.port)
        passed_on = httpx.Request(
            request.method, url, headers=request.headers, stream=request.stream, extensions=request.extensions
        )
        passed_on.headers.setdefault("X-Forwarded-Proto", "https")
        passed_on.headers.setdefault("X-Forwarded-For", "192.0.2.10")
        return await self._inner.handle_async_request(passed_on)

    async def aclose(self) -> None:
        await self._inner.aclose()
