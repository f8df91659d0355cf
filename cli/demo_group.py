"""The demonstration's group: who is in it, who looks after it, and what happens to it as in every group."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from core.people import Role, Status

if TYPE_CHECKING:
    from cli.service import House
    from sandbox.world import World
    from store.database import Session
    from store.people import PersonCard

DIED, OPTED_OUT = "Harold Finch", "Winifred Oakes"
BAD_NUMBER, BLOCKED_THE_BOT = "Callum Reid", "Priya Natarajan"
COORDINATOR, COORDINATORS_CHAT = "Ceri Vaughan", "70000100"
CALLER, CALLERS_CHAT = "Lowri Probert", "70000200"


def bring_in(session: Session, house: House) -> list[PersonCard]:
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


def appoint(session: Session, house: House) -> dict[str, str]:
    """Puts a coordinator and a caller on file, each with a chat; gives their outside ids by name."""
    from actions import people, staff
    from core.roles import TERMINAL

    now = house.clock.now()
    found = {}
    for name, chat, role in ((COORDINATOR, COORDINATORS_CHAT, Role.ADMIN), (CALLER, CALLERS_CHAT, Role.CALLER)):
        cells = {"name": name, "telegram": chat, "groups": "Planning group"}
        card, _ = people.add(session, TERMINAL, cells, house.settings.region, house.secret, now)
        staff.add(session, TERMINAL, card.person.id, role, now)
        found[name] = card.person.id
    return found


def introduce(world: World, people: list[PersonCard]) -> None:
    """Gives everybody a phone and an inbox in the pretend world; two of them can't be reached there."""
    from sandbox.faults import Fault

    for card in people:
        at = {route.channel: route.address for route in card.routes}
        world.introduce(card.person.name, email=at.get("email"), mobile=at.get("sms"), telegram=at.get("telegram"))
        if card.person.name == BAD_NUMBER:
            world.fail(Fault("sms", "21211", to=at["sms"], times=None))
        if card.person.name == BLOCKED_THE_BOT:
            world.fail(Fault("telegram", "blocked", to=at["telegram"], times=None))
