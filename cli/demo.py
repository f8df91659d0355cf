"""`ringround demo`: a pretend world with everybody's phones and inboxes, a sample group, and one notice to all."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import number, say, words
from cli.demo_group import CALLER, CALLERS_CHAT, COORDINATOR, COORDINATORS_CHAT, appoint, bring_in, introduce

if TYPE_CHECKING:
    from cli.service import House
    from sandbox.world import World
    from store.database import Session
    from store.people import PersonCard
    from store.reach import Reach

app = typer.Typer()

LOOK_EVERY = 2.0
"""Seconds until what somebody answers there is read: nobody wants to wait a minute for it."""

TEXT = (
    "Hello {first_name}, the planning group meets on Tuesday 8 December at 2 pm in the library. "
    "Tea and cake from half past one. If you need a lift, ring {contact_name} on {contact_phone}."
)


@app.command(epilog="Example: ringround demo --no-serve")
def demo(
    no_serve: Annotated[
        bool, typer.Option("--no-serve", help="Stop afterwards: 0 only if what arrived is what reach says.")
    ] = False,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The page's port (0: a free one).")] = 0,
) -> None:
    """Show everything at work in a pretend world with 40 made-up people."""
    from cli.service import run
    from config import logs

    logs.begin()
    folder = Path(tempfile.mkdtemp(prefix="ringround-demo-"))
    if code := run(_demo(folder, port, no_serve=no_serve)):
        raise typer.Exit(code)


async def _demo(folder: Path, port: int, *, no_serve: bool) -> int:
    from cli import standing
    from cli.waiting import wait

    stop = asyncio.Event()
    async with _world_and_service(folder, port) as (world, house):
        people = await house.database.write(bring_in, house)
        introduce(world, people)
        say(f"{number(len(people), 'person', 'people')} on file, all of them made up. The notice goes out:", "")
        uid = await house.database.write(_notice, house)
        ended = await wait(house, uid, sending=True)
        for number_ in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number_, stop.set)
        if ended.code:
            say(*ended.words)
            return ended.code
        found, data = await house.database.write(_outcome, house, uid)
        standing.show_counts(words(), found)
        standing.show_people(words(), found, everybody=False)
        calls = folder / "call-list.xlsx"
        calls.write_bytes(data)
        say("", f"The call list is in {calls}.")
        differences = compare(world, people, found)
        if no_serve:
            return _verdict(differences, world, found)
        staff = await house.database.write(appoint, house)
        for name, chat in ((COORDINATOR, COORDINATORS_CHAT), (CALLER, CALLERS_CHAT)):
            world.introduce(name, telegram=chat)
        _tell_where(world, await house.database.write(_links, house, staff))
        say("The service goes on until you press Ctrl-C. Nothing here has left this machine.")
        await stop.wait()
    say("The demonstration is over.")
    return 0


@asynccontextmanager
async def _world_and_service(folder: Path, port: int) -> AsyncIterator[tuple[World, House]]:
    from cli import service
    from config.settings import load
    from sandbox.world import World

    own_port = _free_port()
    pages = f"http://127.0.0.1:{own_port}"
    async with World(
        data_dir=folder,
        http_port=port,
        maildir=folder / "mail",
        inbound_url=f"{pages}/callbacks/sms/in",
        pages=pages,
    ) as world:
        environ = {
            **world.settings(),
            "RINGROUND_DATA_DIR": str(folder),
            "RINGROUND_LIVE": "true",
            "RINGROUND_QUIET__START": "00:00",
            "RINGROUND_QUIET__END": "00:00",
            "RINGROUND_SMS__RATE": "20",
            "RINGROUND_WEB__PORT": str(own_port),
            "RINGROUND_PUBLIC_URL": pages,
            "RINGROUND_GROUP__NAME": "Riverside",
            "RINGROUND_GROUP__CONTACT_NAME": COORDINATOR,
            "RINGROUND_GROUP__CONTACT_PHONE": "01632 960100",
            "RINGROUND_GROUP__REPLY_TO": "ceri.vaughan@example.org",
        }
        house = service.build(load(environ, folder))
        try:
            async with service.serving(house, fetch_every=LOOK_EVERY):
                yield world, house
        finally:
            house.close()


def _free_port() -> int:
    """Finds a port for the pages: their address goes into the first e-mail, so it is needed before they are open."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def _links(session: Session, house: House, staff: dict[str, str]) -> dict[str, str]:
    """Makes a log-in link for each member of staff, by name."""
    from actions import sessions
    from cli.service import surroundings
    from core.roles import TERMINAL

    around = surroundings(house)
    return {name: sessions.login_link(session, TERMINAL, around, person=uid) for name, uid in staff.items()}


def _tell_where(world: World, links: dict[str, str]) -> None:
    """Says what there is to open: the phones, a participant's own page, and a log-in for each member of staff."""
    say("", f"Everybody's phones and inboxes: {world.page_url}", style="bold")
    say(f"There you can be {COORDINATOR}, who coordinates the group: write /announce or /help on Telegram.")
    say("", f"The group's own web pages: {world.pages}", style="bold")
    visits = (
        (one.name, re.search(rf"{re.escape(world.pages)}/visit/\S+", one.text)) for one in world.messages("email")
    )
    name, visit = next((name, found[0]) for name, found in visits if found)
    say(f"{name}'s own page; everybody's link stands in their e-mails:")
    _print_link(visit)
    for name, what in ((COORDINATOR, "who coordinates"), (CALLER, "who rings people")):
        say(f"Log in as {name}, {what} (once, within 10 minutes; for another link write /login as them on Telegram):")
        _print_link(links[name])
    say("")


def _print_link(url: str) -> None:
    words().print(f"  {url}", soft_wrap=True)  # a link that is broken over two lines can't be clicked


def _notice(session: Session, house: House) -> str:
    from actions import notices
    from cli.service import surroundings
    from core.content import make_content
    from core.roles import TERMINAL

    draft = notices.Draft(make_content(TEXT, "The planning group meets on 8 December"))
    return notices.send(session, TERMINAL, draft, surroundings(house)).uid


def _outcome(session: Session, house: House, uid: str) -> tuple[Reach, bytes]:
    from actions import call_lists, reach
    from cli.service import surroundings
    from core.roles import TERMINAL

    around = surroundings(house)
    found = reach.reach(session, TERMINAL, uid, around)
    return found, call_lists.draw(session, TERMINAL, "call-list.xlsx", around).file().data


def compare(world: World, people: list[PersonCard], found: Reach) -> list[str]:
    """Compares what arrived, by the pretend world's own record, with what reach says, name by name."""
    from collections import Counter

    from core.placeholders import first_name

    arrived: Counter[tuple[str, str]] = Counter()
    differences = []
    for message in world.messages():
        behind = [card for card in people if _has(card, message.channel, message.to)]
        if len(behind) > 1:
            behind = [
                card for card in behind if f"For {first_name(card.person.name, card.person.called)}:" in message.text
            ]
        if len(behind) != 1:
            differences.append(f"A message by {message.channel} arrived, and {len(behind)} people may be meant.")
        for card in behind:
            arrived[card.person.id, message.channel] += 1
    said = Counter(
        (one.id, one.channel)
        for one in found.people
        if one.state in ("accepted", "delivered") and one.channel != "phone"
    )
    names = {card.person.id: card.person.name for card in people}
    missing = names.keys() ^ {one.id for one in found.people}
    differences += [f"{names.get(uid, uid)} is not in both lists." for uid in missing]
    for uid, channel in sorted(said.keys() | arrived.keys()):
        if said[uid, channel] != arrived[uid, channel]:
            differences.append(
                f"{names[uid]}, {channel}: reach says {said[uid, channel]}, and {arrived[uid, channel]} arrived."
            )
    return differences


def _has(card: PersonCard, channel: str, address: str) -> bool:
    return any(route.channel == channel and (route.address or "").lower() == address.lower() for route in card.routes)


def _verdict(differences: list[str], world: World, found: Reach) -> int:
    if differences:
        say("What arrived is not what reach says:", *differences, style="bold red")
        return 1
    say(
        f"What arrived is what reach says, name by name: {number(len(world.messages()), 'message')} for "
        f"{number(found.invited, 'person', 'people')}.",
        style="green",
    )
    return 0
