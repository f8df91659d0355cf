"""What `ringround init` asks at a terminal; each answer is tried at once."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from cli import providers
from cli.console import agree, ask, complain, say
from core.errors import ConfigError, RingroundError

if TYPE_CHECKING:
    from cli.service import House
    from cli.settings_file import Part
    from config.settings import Settings
    from core.receipts import Receipt
    from store.people import PersonCard


def about_settings(settings: Settings) -> dict[str, Part]:
    """Asks for the group, then for each channel, which may be skipped; gives the answers by part of the settings."""
    say("Let us set Ringround up. Enter takes what stands in brackets; Ctrl-C ends this, and nothing is kept.", "")
    known = settings.group
    group: Part = {
        "name": ask("What is your group called?", known.name),
        "contact_name": ask("Who can people ring with questions? (a name)", known.contact_name, needed=True),
        "contact_phone": ask("On which number?", known.contact_phone, needed=True),
    }
    answers: dict[str, Part] = {"group": group}
    for part, words, questions in (
        ("email", providers.EMAIL, _email),
        ("sms", providers.SMS, _sms),
        ("telegram", providers.TELEGRAM, _telegram),
    ):
        say("", words)
        if chosen := _channel(part, questions, group):
            answers[part] = chosen
    if (sender := answers.get("email", {}).get("from")) and agree(
        f"Does somebody read what is sent to {sender}?", default=True
    ):
        group["reply_to"] = sender
    say("", providers.PHONE)
    return answers


def about_staff(house: House) -> None:
    """Makes whoever sits there the first member of staff, unless there is one, and offers a test message."""
    from actions import staff
    from core.roles import TERMINAL

    with house.database.reading() as session:
        if staff.listing(session, TERMINAL):
            return
    say("", "Now you: staff are told when something needs them, and in rehearsal only staff are sent to.")
    card = None
    while card is None:
        card = _yourself(house)
    for route in card.routes:
        if (
            route.channel in house.channels
            and route.address
            and agree(f"Send yourself a test message now ({route.channel} to {route.address})?", default=True)
        ):
            _test(house, route.channel, route.address, card.person.name)


def _channel(part: str, questions: Callable[[], Part], group: Part) -> Part | None:
    """Asks for a channel's settings and tries them for real, as often as is wished."""
    wanted = agree("Set it up now?", default=True)
    while wanted:
        answers = questions()
        say("Trying it ...")
        try:
            _try(part, {"group": group, part: answers})
        except RingroundError as error:
            complain(error)
        else:
            say("It works.", style="green")
            return answers
        if not agree("Try other answers?", default=True):
            return answers if agree("Keep these all the same?") else None
    return None


def _email() -> Part:
    address = ask("The e-mail address that letters come from", needed=True)
    server = providers.mail_server(address)
    say(server.advice if server else providers.OTHER_MAIL)
    host = ask("The mail server's name", server.host if server else "", needed=True)
    told = ask("Its port", str(server.port if server else 587))
    port = int(told) if told.isdecimal() else 0
    usual = server.tls if server and server.port == port else "tls" if port == 465 else "starttls"
    tls = ask("Encryption: starttls, tls or none", usual)
    username = ask("The user name (- for none)", address)
    answers: Part = {"host": host, "port": port, "tls": tls, "from": address}
    if username != "-":
        answers |= {"username": username, "password": ask("The password", secret=True)}
    return answers


def _sms() -> Part:
    return {
        "account_sid": ask("The Account SID (it begins with AC)", needed=True),
        "auth_token": ask("The Auth Token", secret=True),
        "from": ask("The number that you have there, with its country code, like +447700900000", needed=True),
    }


def _telegram() -> Part:
    return {"token": ask("The token from BotFather", secret=True, needed=True)}


def _try(part: str, answers: Mapping[str, Part]) -> None:
    """Logs in with what was answered; raises RingroundError with how to mend it."""
    from pydantic import ValidationError

    from channels.base import Surroundings
    from channels.registry import OURS
    from cli.service import run
    from config.settings import Settings
    from core.clock import SystemClock

    elsewhere = os.environ.get(f"RINGROUND_{part.upper()}__BASE_URL")  # wins over any file, so here as well
    tried = {**answers[part], **({"base_url": elsewhere} if elsewhere else {})}
    try:
        settings = Settings.model_validate({**answers, part: tried})
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)[0]
        name = "__".join(str(step).upper() for step in wrong["loc"])
        raise ConfigError(f"This can't be used: {wrong['msg']}", where=f"RINGROUND_{name}") from None
    around = Surroundings(settings=settings, group=settings.speaker, clock=SystemClock(), secret=b"only for trying")

    async def attempt() -> None:
        channel = OURS[part](around)
        assert channel is not None
        await channel.open()
        try:
            await channel.check()
        finally:
            await channel.close()

    run(attempt())


def _yourself(house: House) -> PersonCard | None:
    """Puts whoever sits there on file and on the staff; None where the answers can't be used."""
    from actions import people, staff
    from core.people import Role
    from core.roles import TERMINAL

    cells = {
        "name": ask("Your name", house.settings.group.contact_name, needed=True),
        "email": ask("Your e-mail address (may stay empty)"),
        "mobile": ask("Your mobile number (may stay empty)"),
    }
    now = house.clock.now()
    try:
        with house.database.writing() as session:
            card, _ = people.add(session, TERMINAL, cells, house.settings.region, house.secret, now)
            staff.add(session, TERMINAL, card.person.id, Role.ADMIN, now)
    except RingroundError as error:
        complain(error)
        return None
    return card


def _test(house: House, channel: str, address: str, name: str) -> None:
    from channels.base import Message
    from cli.service import run
    from core.content import make_content
    from core.forms import fields
    from core.receipts import Outcome
    from store.tables.base import new_uid

    content = make_content("Hello {first_name}, this is a test message from Ringround. It works.", "Ringround works")
    filled = fields(name, "", house.settings.speaker)
    message = Message(new_uid(), 1, "test", address, name, content, filled)

    async def attempt() -> Receipt:
        await house.channels[channel].open()
        try:
            return await house.channels[channel].send(message)
        finally:
            await house.channels[channel].close()

    receipt = run(attempt())
    if receipt.outcome in (Outcome.ACCEPTED, Outcome.DELIVERED):
        say("It was taken. Look whether it arrives; with e-mail look into the spam folder too.")
    else:
        say(f"It was not taken: {receipt.reason} You can go on; ringround doctor tries it again.")
