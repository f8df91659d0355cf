"""The channels that keep the contract. A new one joins by one more `Case` in `CASES`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from typing import Any

from channels.base import Channel, Surroundings
from channels.mail import Mail
from channels.memory import Memory
from channels.phone import Phone
from channels.sms import Sms
from channels.telegram import Telegram
from core.receipts import Outcome, Receipt
from sandbox.faults import Fault
from sandbox.world import World

PATIENT = 20.0
HURRIED = 1.5  # where the provider stays silent, and waiting is all there is to see


def through_the_world(world: World, channel: Channel, how: str) -> None:
    world.fail(Fault(channel.name, how, times=None))


def by_script(world: World, channel: Channel, how: str) -> None:
    assert isinstance(channel, Memory)
    channel.answer_next(Receipt(Outcome(how), channel.name, how))


def words_in_the_world(world: World, channel: Channel) -> list[str]:
    return [arrival.text for arrival in world.messages(channel.name)]


def files_in_the_world(world: World, channel: Channel) -> list[bytes]:
    if channel.name == "telegram":
        return [file.data for file in world.telegram.chats.files.values()]
    parts = [part for one in world.messages("email") for part in message_from_bytes(one.raw or b"").walk()]
    held = [part.get_payload(decode=True) for part in parts if part.get_filename()]
    return [data for data in held if isinstance(data, bytes)]


def files_in_memory(world: World, channel: Channel) -> list[bytes]:
    assert isinstance(channel, Memory)
    return [one.attachment.data for one in channel.sent if one.attachment]


def buttons_in_the_world(world: World, channel: Channel) -> list[list[str]]:
    rows = [one.extra["content"]["reply_markup"]["inline_keyboard"] for one in world.messages(channel.name)]
    return [[button["callback_data"] for row in each for button in row] for each in rows]


def words_in_memory(world: World, channel: Channel) -> list[str]:
    assert isinstance(channel, Memory)
    return [channel.render(one).text for one in channel.sent]


@dataclass(frozen=True)
class Case:
    """One channel: how to make it, with so many seconds of patience, whom it reaches, how it can fail and what it
    then says.

    `files` and `buttons` show what arrived of them, where the channel carries such (elsewhere a file is described).
    `wrong` are the settings with which its provider refuses us (None: it has no provider to ask).
    """

    name: str
    make: Callable[[Surroundings, float], Channel]
    address: str
    fails: Mapping[str, Outcome] = field(default_factory=dict)
    fail: Callable[[World, Channel, str], None] = through_the_world
    words: Callable[[World, Channel], list[str]] | None = words_in_the_world
    keeps_identity: bool = False
    files: Callable[[World, Channel], list[bytes]] | None = None
    buttons: Callable[[World, Channel], list[list[str]]] | None = None
    wrong: Mapping[str, Mapping[str, Any]] | None = None

    @property
    def remote(self) -> bool:
        return self.fail is through_the_world and self.wrong is not None


CASES = [
    Case(
        "email",
        lambda around, patience: Mail(around, patience=PATIENT, data_patience=patience),
        "ada@example.org",
        {
            "connect-421": Outcome.DEFERRED,
            "auth-535": Outcome.BROKEN,
            "mail-451": Outcome.DEFERRED,
            "rcpt-450": Outcome.DEFERRED,
            "rcpt-550": Outcome.REFUSED,
            "rcpt-552": Outcome.DEFERRED,
            "greylist": Outcome.DEFERRED,
            "dot-554": Outcome.REFUSED,
            "drop-before-354": Outcome.DEFERRED,
            "drop-after-dot": Outcome.UNKNOWN,
            "drop-after-dot-lost": Outcome.UNKNOWN,
            "hang-after-dot": Outcome.UNKNOWN,
            "hang-after-dot-lost": Outcome.UNKNOWN,
            "drop-at-quit": Outcome.ACCEPTED,
        },
        keeps_identity=True,
        files=files_in_the_world,
        wrong={"email": {"password": "wrong-word"}},
    ),
    Case(
        "sms",
        lambda around, patience: Sms(around, patience=patience),
        "+447700900123",
        {
            "20429": Outcome.DEFERRED,
            "http-429": Outcome.DEFERRED,
            "21610": Outcome.REFUSED,
            "21211": Outcome.REFUSED,
            "20003": Outcome.BROKEN,
            "http-500": Outcome.UNKNOWN,
            "http-502": Outcome.UNKNOWN,
            "http-503": Outcome.UNKNOWN,
            "reset-before": Outcome.UNKNOWN,
            "reset-after": Outcome.UNKNOWN,
            "hang-before": Outcome.UNKNOWN,
            "hang-after": Outcome.UNKNOWN,
            "garbage": Outcome.UNKNOWN,
        },
        wrong={"sms": {"auth_token": "wrong-token"}},
    ),
    Case(
        "telegram",
        lambda around, patience: Telegram(around, patience=patience),
        "4711",
        {
            "429": Outcome.DEFERRED,
            "blocked": Outcome.REFUSED,
            "deactivated": Outcome.REFUSED,
            "never-started": Outcome.REFUSED,
            "chat-not-found": Outcome.REFUSED,
            "parse-error": Outcome.REFUSED,
            "unauthorized": Outcome.BROKEN,
            "http-500": Outcome.UNKNOWN,
            "http-502": Outcome.UNKNOWN,
            "reset-before": Outcome.UNKNOWN,
            "reset-after": Outcome.UNKNOWN,
            "hang-before": Outcome.UNKNOWN,
            "hang-after": Outcome.UNKNOWN,
            "garbage": Outcome.UNKNOWN,
        },
        files=files_in_the_world,
        buttons=buttons_in_the_world,
        wrong={"telegram": {"token": "123456:wrong-token-of-a-bot-that-is-not-there"}},
    ),
    Case("phone", lambda *_: Phone(), "+441632960002", words=None),
    Case(
        "memory",
        lambda *_: Memory(),
        "anybody",
        {outcome.value: outcome for outcome in Outcome},
        fail=by_script,
        words=words_in_memory,
        files=files_in_memory,
    ),
]
