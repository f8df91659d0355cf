"""How people come into the chat: by a link or a code that was made for them, or by asking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from actions import people
from actions.leaving import Surroundings
from core.chats import InvitePurpose, RequestState
from core.errors import UserError
from core.people import TELEGRAM, Role
from core.roles import ORDER, SERVICE, Actor
from store import chats, invites, joining, staff
from store.alerts import tell_staff
from store.audit import note
from store.database import Session
from store.invites import code_in
from store.people import person_by_uid
from store.tables import JoinRequest, Person

__all__ = [
    "JoinLink",
    "Joined",
    "Request",
    "approve",
    "ask",
    "code_in",
    "join",
    "key_of",
    "make_link",
    "refuse",
    "requests",
]

BY_LINK, BY_REQUEST = "joined by link", "asked to join in the chat"


@dataclass(frozen=True, slots=True)
class JoinLink:
    """A person's way into the chat: a link (for a QR picture too), or a short code to type to the bot `bot`."""

    url: str
    code: str
    bot: str


@dataclass(frozen=True, slots=True)
class Joined:
    """Who has come in. `shares_with` names others whose chat it is: nothing was done, the person is to be asked.

    `again`: they had joined before. `route` is the route's outside id; `prefers` tells whether it comes first already.
    """

    name: str
    person: str
    route: str = ""
    role: Role | None = None
    again: bool = False
    prefers: bool = False
    shares_with: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Request:
    """Somebody who has asked to join, by the name that they go by on Telegram."""

    id: str
    name: str
    chat: str


def make_link(session: Session, actor: Actor, person: str, around: Surroundings) -> JoinLink:
    """Makes a person's own link into the chat and a code for the same; both are worth one joining.

    Raises UserError where Telegram is off or has not been met yet.
    """
    actor.must_be(Role.COORDINATOR, "invite people into the chat")
    return _link(session, actor, person, InvitePurpose.JOIN, around)


def staff_link(session: Session, actor: Actor, person: str, around: Surroundings) -> JoinLink:
    """Makes a link that makes a chat that of a member of staff: for one use, within 24 hours."""
    actor.must_be(Role.ADMIN, "invite staff into the chat")
    if staff.role_of(session, person_by_uid(session, person)) is None:
        raise UserError("This person has no role", mend="Give them one first.")
    return _link(session, actor, person, InvitePurpose.STAFF, around)


def bot_name(session: Session, around: Surroundings) -> str:
    """Gives the name by which people find our bot; empty where Telegram is off, or has not been met yet."""
    token = around.settings.telegram.token.get_secret_value()
    return chats.bot_name(session, token.partition(":")[0]) if token else ""


def _link(session: Session, actor: Actor, uid: str, purpose: InvitePurpose, around: Surroundings) -> JoinLink:
    bot = bot_name(session, around)
    if not bot:
        on = around.settings.telegram.on
        mend = "Start the service once with Telegram switched on." if on else "Set RINGROUND_TELEGRAM__TOKEN."
        raise UserError("There is no bot to lead people to", mend=mend)
    person = person_by_uid(session, uid)
    word, code = invites.new_token(), ""
    invites.invite(session, around.secret, word, purpose, person, actor.name, around.now)
    if purpose is InvitePurpose.JOIN:
        code = invites.new_code()
        while not invites.invite(session, around.secret, code, purpose, person, actor.name, around.now):
            code = invites.new_code()
    note(session, actor, f"{purpose}.link", uid, "", around.now)
    return JoinLink(f"https://t.me/{bot}?start={word}", code, bot)


def key_of(word: str, around: Surroundings) -> str:
    """Gives what is kept of a link's token or a code, and what `join` is handed."""
    return invites.hash_of(around.secret, word)


def join(session: Session, key: str, chat: str, around: Surroundings, *, both: bool = False) -> Joined:
    """Lets whoever holds a link's token or a code in, with their chat; the word itself says who they are.

    `key` is what `key_of` gives; `both` says that the chat is shared on purpose. Raises UserError for a word that opens
    nothing (any more).
    """
    invite = invites.find_invite(session, key)
    if invite is None:
        raise UserError(
            "This link or code is not one of ours, or a part of it is missing",
            mend="Open the link once more, or type the code as it stands in your letter.",
        )
    person = session.get_one(Person, invite.person_id)
    here = joining.routes_at(session, chat)
    if invite.used_at is not None:
        own = next((route for route in here if route.person_id == person.id), None)
        if own is None:
            raise UserError("This link or code was used already", mend="Ask the group for a new one.")
        return _joined(session, person, own.uid, again=True)
    if invite.expires_at <= around.now:
        raise UserError("This link or code is too old", mend="Ask the group for a new one.")
    others = [session.get_one(Person, route.person_id) for route in here if route.person_id != person.id]
    if others and not both:
        return Joined(person.name, person.uid, shares_with=tuple(dict.fromkeys(one.name for one in others)))
    route = joining.connect(session, person, chat, BY_LINK, _today(around), around.now, around.secret)
    invites.use_up(session, invite, around.now)
    joining.settle_chat(session, chat, person)
    note(session, SERVICE, "chat.join", person.uid, invite.purpose, around.now)
    return _joined(session, person, route.uid)


def _joined(session: Session, person: Person, route: str, *, again: bool = False) -> Joined:
    first = people.show(session, SERVICE, person.uid).routes[0].id
    return Joined(person.name, person.uid, route, staff.role_of(session, person), again, first == route)


def prefer(session: Session, chat: str, route: str, around: Surroundings) -> bool:
    """Makes a route in this very chat the first of its owner's; returns False for one that leads elsewhere."""
    own = next((one for one in joining.routes_at(session, chat) if one.uid == route), None)
    if own is None:
        return False
    person = session.get_one(Person, own.person_id)
    people.set_order(session, SERVICE, person.uid, [route], around.now, by_person=True)
    return True


def ask(session: Session, chat: str, name: str, around: Surroundings) -> bool:
    """Writes down that a stranger would like to be let in, once for each chat; returns whether that is new."""
    return joining.ask(session, chat, name, around.now) is not None


def untold(session: Session) -> tuple[list[Request], list[str]]:
    """Gives the requests of which no coordinator knows yet, and the chats of the coordinators who can settle them."""
    roles = staff.addresses(session, TELEGRAM, in_use=True)
    chats = [chat for chat, role in roles.items() if role and ORDER.index(role) >= ORDER.index(Role.COORDINATOR)]
    return [_request(one) for one in joining.untold(session)], chats


def told(session: Session, request: Request, around: Surroundings, *, in_chat: bool) -> None:
    """Writes down that coordinators were told of a request; where none has a chat, all staff get an alert."""
    joining.told(session, request.id)
    if not in_chat:
        name = request.name or "Somebody"
        words = f"{name} wrote to our Telegram bot and is not on file. Nothing was told to them. "
        words += "A coordinator can let them in: join the chat with a staff link, then type /requests there."
        tell_staff(session, f"join:{request.id}", f"{name} asked to join on Telegram", words, around.now)


def requests(session: Session, actor: Actor) -> list[Request]:
    """Lists who waits to be let in, the longest first."""
    actor.must_be(Role.COORDINATOR, "see who asked to join")
    return [_request(one) for one in joining.open_requests(session)]


def approve(
    session: Session, actor: Actor, uid: str, person: str | None, around: Surroundings, *, name: str = ""
) -> tuple[Request, str]:
    """Lets a stranger in: as somebody on file (`person`), or as somebody new called `name` (else as on Telegram).

    Returns the request and the person's outside id. Raises UserError where somebody else has settled it.
    """
    actor.must_be(Role.COORDINATOR, "let people join")
    request = joining.open_request(session, uid)
    if person is None:
        called = name or request.name
        if not called:
            raise UserError("They have no name on Telegram", mend="Type the name to put on file.")
        cells = {"name": called, "telegram": request.chat}
        card, _ = people.add(session, actor, cells, around.settings.region, around.secret, around.now)
        person = card.person.id
    found = person_by_uid(session, person)
    joining.connect(session, found, request.chat, BY_REQUEST, _today(around), around.now, around.secret)
    joining.settle_request(request, RequestState.ACCEPTED, actor.name, found)
    note(session, actor, "chat.approve", person, request.uid, around.now)
    return Request(request.uid, found.name, request.chat), person


def refuse(session: Session, actor: Actor, uid: str, around: Surroundings) -> None:
    """Does not let a stranger in; they are not told, and their chat can't ask again."""
    actor.must_be(Role.COORDINATOR, "refuse people")
    request = joining.open_request(session, uid)
    joining.settle_request(request, RequestState.REFUSED, actor.name)
    note(session, actor, "chat.refuse", request.uid, "", around.now)


def shut_out(session: Session, chat: str, around: Surroundings) -> None:
    """Takes a chat whose owner has blocked the bot for one that asked us to stop."""
    if stopped := joining.shut_out(session, chat, around.now):
        note(session, SERVICE, "chat.blocked", "", f"{stopped} routes", around.now)


def let_in_again(session: Session, chat: str, around: Surroundings) -> None:
    """Uses a chat again whose owner has let the bot in again."""
    if started := joining.let_in_again(session, chat, around.secret, around.now):
        note(session, SERVICE, "chat.unblocked", "", f"{started} routes", around.now)


def _request(row: JoinRequest) -> Request:
    return Request(row.uid, row.name, row.chat)


def _today(around: Surroundings) -> date:
    return around.now.astimezone(around.settings.zone).date()
