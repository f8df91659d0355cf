"""`ringround demo`: a pretend world with everybody's phones and inboxes, a sample group, and one notice to all."""

from __future__ import annotations

import asyncio
import signal
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.console import number, say, words
from core.people import Status

if TYPE_CHECKING:
    from cli.service import House
    from sandbox.world import World
    from store.database import Session
    from store.people import PersonCard
    from store.reach import Reach

app = typer.Typer()

DIED, OPTED_OUT = "Harold Finch", "Winifred Oakes"
COORDINATOR, COORDINATORS_CHAT = "Ceri Vaughan", "70000100"
BAD_NUMBER, BLOCKED_THE_BOT = "Callum Reid", "Priya Natarajan"

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
        people = await house.database.write(_people, house)
        _introduce(world, people)
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
        await house.database.write(_coordinator, house)
        world.introduce(COORDINATOR, telegram=COORDINATORS_CHAT)
        say(f"Everybody's phones and inboxes: {world.page_url}", style="bold")
        say(f"There you can be {COORDINATOR}, who coordinates the group: write /announce or /help on Telegram.")
        say("The service goes on until you press Ctrl-C. Nothing here has left this machine.")
        await stop.wait()
    say("The demonstration is over.")
    return 0


@asynccontextmanager
async def _world_and_service(folder: Path, port: int) -> AsyncIterator[tuple[World, House]]:
    from cli import service
    from config.settings import load
    from sandbox.world import World

    async with World(data_dir=folder, http_port=port, maildir=folder / "mail") as world:
        environ = {
            **world.settings(),
            "RINGROUND_DATA_DIR": str(folder),
            "RINGROUND_LIVE": "true",
            "RINGROUND_QUIET__START": "00:00",
            "RINGROUND_QUIET__END": "00:00",
            "RINGROUND_SMS__RATE": "20",
            "RINGROUND_WEB__PORT": "0",
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


def _people(session: Session, house: House) -> list[PersonCard]:
    """Brings the sample group in, and lets happen to it what happens in every group."""
    from actions import people
    from core.roles import TERMINAL

    now = house.clock.now()
    data = files("cli.sample").joinpath("people.csv").read_bytes()
    file = people.read_people(data, "people.csv", house.settings.region)
    people.import_file(session, TERMINAL, file, house.secret, now)
    cards = [people.show(session, TERMINAL, one.id) for one in people.listing(session, TERMINAL)]
    by_name = {card.person.name: card.person.id for card in cards}
    people.mark(session, TERMINAL, by_name[DIED], Status.DIED, now)
    people.stop_everything(session, TERMINAL, by_name[OPTED_OUT], now)
    return cards


def _coordinator(session: Session, house: House) -> None:
    """Puts the group's coordinator on file, with a chat from which everything can be done."""
    from actions import people, staff
    from core.people import Role
    from core.roles import TERMINAL

    cells = {"name": COORDINATOR, "telegram": COORDINATORS_CHAT, "groups": "Planning group"}
    now = house.clock.now()
    card, _ = people.add(session, TERMINAL, cells, house.settings.region, house.secret, now)
    staff.add(session, TERMINAL, card.person.id, Role.ADMIN, now)


def _introduce(world: World, people: list[PersonCard]) -> None:
    """Gives everybody a phone and an inbox in the pretend world; two of them can't be reached there."""
    from sandbox.faults import Fault

    for card in people:
        at = {route.channel: route.address for route in card.routes}
        world.introduce(card.person.name, email=at.get("email"), mobile=at.get("sms"), telegram=at.get("telegram"))
        if card.person.name == BAD_NUMBER:
            world.fail(Fault("sms", "21211", to=at["sms"], times=None))
        if card.person.name == BLOCKED_THE_BOT:
            world.fail(Fault("telegram", "blocked", to=at["telegram"], times=None))


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
