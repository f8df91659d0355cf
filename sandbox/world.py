"""The pretend world: a mail relay, a text message provider and a chat provider on loopback, and all the people.

async with World() as world:
    os.environ.update(world.settings())
    world.fail(Fault("email", "greylist", to="ada@example.org"))
    ...
    await world.arrived(3)
    print(world.messages("sms", to="+447700900123"))
"""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from types import TracebackType
from typing import Any

from sandbox.addresses import Addresses
from sandbox.control import Control
from sandbox.failures import CHANNELS
from sandbox.faults import Fault, Faults
from sandbox.http_door import HttpDoor
from sandbox.mail_people import MailPeople
from sandbox.mail_server import MailServer
from sandbox.participants import Participants
from sandbox.phones import Phones
from sandbox.record import Arrival, Event, Record
from sandbox.telegram_api import TelegramApi
from sandbox.telegram_people import TelegramPeople
from sandbox.twilio_api import TwilioApi

HTTP_PREFIX = {"sms": "twilio", "telegram": "telegram"}


class World(Addresses):
    """Runs the three providers in the running event loop for as long as it is entered.

    `log` is the file that gets one line of JSON for each thing that happens (default: `arrivals.jsonl` in
    `data_dir`; neither: no file), made durable before a message is accepted if `fsync`. Ports of 0 are free ones.
    `all_chats` makes each numeric Telegram id somebody who has started the bot, `limits` enforces Telegram's sending
    limits, `strict` parses each e-mail in full (without it a few times faster), `latency` is the time in seconds that
    each send takes, `keep` bounds the arrivals held in memory. `mail_user` and `mail_password` ask for a log-in;
    `mail_tls` is none, starttls or tls, with `mail_context` as the server's certificate. `maildir` is a folder that
    people's e-mails to the group are put into. `sms_from` is the account's number (or name of up to 11 letters),
    `inbound_url` is where texts from people are posted, `receipt_delay` the seconds between two statuses of a text.
    `pages` is the address of the group's own web pages: the page of phones leads to them, and to nothing else.
    """

    def __init__(
        self,
        *,
        fsync: bool = True,
        log: Path | None = None,
        data_dir: Path | None = None,
        host: str = "127.0.0.1",
        mail_port: int = 0,
        http_port: int = 0,
        sms_port: int = 0,
        telegram_port: int = 0,
        all_chats: bool = False,
        limits: bool = False,
        strict: bool = True,
        latency: float = 0.0,
        keep: int | None = None,
        mail_user: str | None = None,
        mail_password: str | None = None,
        mail_tls: str = "none",
        mail_context: ssl.SSLContext | None = None,
        maildir: Path | None = None,
        sms_from: str = "+447700900000",
        inbound_url: str | None = None,
        pages: str = "",
        receipt_delay: float = 0.02,
    ) -> None:
        if log is None and data_dir is not None:
            log = data_dir / "arrivals.jsonl"
        self.log_path = log
        self.record = Record(log, fsync=fsync, keep=keep)
        self.faults = Faults(latency)
        self.participants = Participants()
        self.mail = MailServer(
            self.record,
            self.faults,
            host=host,
            port=mail_port,
            user=mail_user,
            password=mail_password,
            tls=mail_tls,
            context=mail_context,
            strict=strict,
        )
        self.sms = TwilioApi(
            self.record, self.faults, sender=sms_from, receipt_delay=receipt_delay, inbound_url=inbound_url
        )
        self.telegram = TelegramApi(self.record, self.faults, everybody=all_chats, limits=limits)
        self.maildir = maildir
        self.mail_people = MailPeople(self.record, maildir)
        self.telegram_people = TelegramPeople(self.telegram)
        self._http_ports = (http_port, {"twilio": sms_port, "telegram": telegram_port})
        self.pages = pages
        self._host = host
        self._door: HttpDoor | None = None

    async def __aenter__(self) -> World:
        common, own = self._http_ports
        self._door = HttpDoor(self._host, common, own)
        control = Control(self)
        self._door.answerers = {
            "twilio": self.sms,
            "telegram": self.telegram,
            "_sandbox": control,
            "": Phones(self),
        }
        try:
            await self.mail.open()
            await self._door.open()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Stops all providers and cuts all connections."""
        await self.mail.close()
        if self._door is not None:
            await self._door.close()
        await self.sms.close()
        await self.telegram.close()
        self.record.close()

    @property
    def door(self) -> HttpDoor:
        """The HTTP side; RuntimeError before the world has been entered."""
        if self._door is None:
            raise RuntimeError("enter the world first: async with World() as world")
        return self._door

    # What arrived

    def messages(self, channel: str | None = None, to: str | int | None = None) -> list[Arrival]:
        """Lists the accepted messages in order, of one channel and for one recipient if given."""
        wanted = None if to is None else str(to).lower()
        return [
            arrival
            for arrival in self.record.arrivals
            if channel in (None, arrival.channel) and wanted in (None, arrival.to.lower())
        ]

    async def arrived(self, n: int, timeout: float = 10.0) -> list[Arrival]:  # noqa: ASYNC109
        """Waits until `n` messages have been accepted in all, and lists them; TimeoutError if they do not come."""
        await self.record.arrived(n, timeout)
        return self.messages()

    @property
    def violations(self) -> list[Event]:
        """The e-mails that broke a rule; `reason` says which."""
        return [event for event in self.record.events if event.kind == "violation"]

    @property
    def in_flight(self) -> int:
        """How many sends have been received and not yet answered."""
        return self.record.in_flight

    # What goes wrong

    def fail(self, fault: Fault) -> Fault:
        """Lets a failure happen; gives it back, so that its `hits` can be read."""
        self.faults.add(fault)
        self.record.changes += 1
        return fault

    async def heal(self, channel: str | None = None) -> None:
        """Ends all failures, hangs and slowness of one channel or all, and opens what was down."""
        self.faults.heal(channel)
        for each in [channel] if channel else CHANNELS:
            await self.up(each)

    async def down(self, channel: str) -> None:
        """Closes a channel's port, so that it refuses connections, and cuts the connections that are open."""
        if _checked(channel) == "email":
            await self.mail.close()
        else:
            self.door.shut(HTTP_PREFIX[channel])
            await asyncio.sleep(0)  # the cut takes hold in the loop's next round
        self.record.changes += 1

    async def up(self, channel: str) -> None:
        """Opens a channel's port again, the same as before."""
        if _checked(channel) == "email":
            await self.mail.open()
        else:
            await self.door.reopen(HTTP_PREFIX[channel])
        self.record.changes += 1

    def is_down(self, channel: str) -> bool:
        """Tells whether a channel refuses connections."""
        if channel == "email":
            return not self.mail.listener.is_open
        return HTTP_PREFIX[channel] in self.door.down

    def slow(self, channel: str, seconds: float) -> None:
        """Makes each send on a channel take `seconds`, half before and half after the message is accepted."""
        self.faults.latency[_checked(channel)] = seconds
        self.record.changes += 1

    # What people do

    def introduce(
        self,
        name: str,
        *,
        email: str | None = None,
        mobile: str | None = None,
        telegram: int | str | None = None,
    ) -> None:
        """Names the person behind these addresses on the page; with `telegram` the chat becomes known by that name."""
        self.participants.introduce(name, email=email, sms=mobile, telegram=telegram)
        if telegram not in (None, "") and (chat_id := int(telegram)) > 0:
            known = self.telegram.chats.find(chat_id)
            if known is None:
                self.started_chat(chat_id, name)
            else:
                known.name = name
        self.record.changes += 1

    def started_chat(self, chat_id: int, name: str, username: str | None = None) -> None:
        """Makes somebody known on Telegram who has started the bot; a negative id is a group that the bot is in."""
        self.telegram_people.started(chat_id, name, username)
        self.record.changes += 1

    async def text_in(self, number: str, body: str, to: str | None = None) -> str:
        """Lets a person send a text; gives its sid when the product's webhook, if any, has answered."""
        return await self.sms.receive(number, body, to)

    async def telegram_in(self, chat_id: int, text: str, by: int | None = None) -> int:
        """Lets a person write to the bot (`by` names the writer in a group); gives the message id."""
        return self.telegram_people.writes(chat_id, text, by)

    async def press(self, chat_id: int, message_id: int, button: str, by: int | None = None) -> str:
        """Lets a person press a button, named by its label or data; gives the query id. ValueError if there is none."""
        return self.telegram_people.presses(chat_id, message_id, button, by)

    async def mail_in(self, sender: str, text: str, subject: str = "", in_reply_to: str | None = None) -> bytes:
        """Lets a person write an e-mail to the group; it is kept in `world.mail_people.inbox` and given back."""
        return self.mail_people.writes(sender, text, subject, in_reply_to, self.settings()["RINGROUND_EMAIL__FROM"])

    def stats(self) -> dict[str, Any]:
        """Gives counts by channel, what is in flight, and the failures that still wait."""
        return {
            "accepted": {channel: self.record.counts[channel] for channel in CHANNELS},
            "refused": {channel: self.record.refused[channel] for channel in CHANNELS},
            "total": self.record.total,
            "in_flight": self.record.in_flight,
            "violations": len(self.violations),
            "down": [channel for channel in CHANNELS if self.is_down(channel)],
            "latency": dict(self.faults.latency),
            "faults": [
                {
                    "channel": fault.channel,
                    "how": fault.how,
                    "to": fault.to,
                    "times": fault.times,
                    "hits": fault.hits,
                }
                for fault in self.faults.waiting()
            ],
            "callbacks": {"posted": self.sms.callbacks.posted, "failed": self.sms.callbacks.failed},
        }


def _checked(channel: str) -> str:
    if channel not in CHANNELS:
        raise ValueError(f"unknown channel {channel!r}: choose one of {', '.join(CHANNELS)}")
    return channel
