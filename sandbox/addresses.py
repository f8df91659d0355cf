"""Where everything in the world can be found, and the settings that lead the product there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path

from sandbox.http_door import HttpDoor
from sandbox.mail_server import MailServer
from sandbox.telegram_api import TelegramApi
from sandbox.twilio_api import TwilioApi


class Addresses(ABC):
    """The addresses, names and passwords of a running world."""

    mail: MailServer
    maildir: Path | None
    sms: TwilioApi
    telegram: TelegramApi

    @property
    @abstractmethod
    def door(self) -> HttpDoor:
        """The HTTP side."""

    @property
    def mail_host(self) -> str:
        """The mail relay's address."""
        return self.mail.listener.host

    @property
    def mail_port(self) -> int:
        """The mail relay's port."""
        return self.mail.listener.port

    @property
    def http_url(self) -> str:
        """The root of the common HTTP port: `/twilio`, `/telegram`, `/_sandbox/` and the page at `/`."""
        return self.door.common.url

    @property
    def page_url(self) -> str:
        """The page that shows everybody's phone and inbox."""
        return self.http_url + "/"

    @property
    def twilio_url(self) -> str:
        """The Twilio-like API's root on its own port, which `down("sms")` closes."""
        return self.door.own["twilio"].url + "/twilio"

    @property
    def telegram_url(self) -> str:
        """The Telegram-like API's root on its own port, which `down("telegram")` closes."""
        return self.door.own["telegram"].url + "/telegram"

    @property
    def account_sid(self) -> str:
        """The Twilio account's name."""
        return self.sms.account_sid

    @property
    def auth_token(self) -> str:
        """The Twilio account's password, which also signs the callbacks."""
        return self.sms.auth_token

    @property
    def sms_from(self) -> str:
        """The number that texts come from."""
        return self.sms.sender

    @property
    def telegram_token(self) -> str:
        """The bot's token."""
        return self.telegram.token

    def settings(self) -> dict[str, str]:
        """Gives the environment that points the product at this world."""
        more = {}
        if self.mail.user is not None:
            more = {
                "RINGROUND_EMAIL__USERNAME": self.mail.user,
                "RINGROUND_EMAIL__PASSWORD": self.mail.password or "",
            }
        if self.maildir is not None:
            more["RINGROUND_MAILBOX__MAILDIR"] = str(self.maildir)
        return {
            "RINGROUND_EMAIL__HOST": self.mail_host,
            "RINGROUND_EMAIL__PORT": str(self.mail_port),
            "RINGROUND_EMAIL__TLS": self.mail.tls,
            "RINGROUND_EMAIL__FROM": "group@sandbox.example.org",
            **more,
            "RINGROUND_SMS__ACCOUNT_SID": self.account_sid,
            "RINGROUND_SMS__AUTH_TOKEN": self.auth_token,
            "RINGROUND_SMS__FROM": self.sms_from,
            "RINGROUND_SMS__BASE_URL": self.twilio_url,
            "RINGROUND_TELEGRAM__TOKEN": self.telegram_token,
            "RINGROUND_TELEGRAM__BASE_URL": self.telegram_url,
        }
