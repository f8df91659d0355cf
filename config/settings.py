"""The settings: from the environment, `ringround.toml` and files that hold secrets; read once and handed over."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from datetime import time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from config.logs import Form
from core.errors import ConfigError
from core.group import Group

FILE = "ringround.toml"
PREFIX = "RINGROUND_"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class GroupSettings(_Part):
    """Who is speaking: stands in every message."""

    name: str = "Our group"
    contact_name: str = ""
    contact_phone: str = ""
    reply_to: str = ""
    help_text: str = ""


class EmailSettings(_Part):
    """The mail server that letters go out through; no host means that e-mail is off."""

    host: str = ""
    port: int = Field(587, ge=1, le=65535)
    username: str = ""
    password: SecretStr = SecretStr("")
    tls: Literal["none", "starttls", "tls"] = "starttls"
    from_: str = Field("", alias="from")
    connections: int = Field(4, ge=1, le=32)
    rate: float | None = Field(None, gt=0)

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    @property
    def on(self) -> bool:
        """Whether the channel is switched on."""
        return bool(self.host)


class SmsSettings(_Part):
    """The Twilio account that texts go out through; no account means that texts are off."""

    account_sid: str = ""
    auth_token: SecretStr = SecretStr("")
    from_: str = Field("", alias="from")
    base_url: str = "https://api.twilio.com"
    rate: float = Field(1.0, gt=0)
    price: Decimal = Field(Decimal("0.04"), ge=0)
    currency: str = "£"
    links: bool = False

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    @property
    def on(self) -> bool:
        """Whether the channel is switched on."""
        return bool(self.account_sid)


class TelegramSettings(_Part):
    """The Telegram bot; no token means that Telegram is off."""

    token: SecretStr = SecretStr("")
    base_url: str = "https://api.telegram.org"
    rate: float = Field(25.0, gt=0, le=30)
    webhook_secret: SecretStr = SecretStr("")

    @property
    def on(self) -> bool:
        """Whether the channel is switched on."""
        return bool(self.token.get_secret_value())


class ChatSettings(_Part):
    """How the chat door behaves towards staff.

    `undo` is how long a notice waits after *Send* so that it can be taken back; a notice to more people than
    `agree_above` needs a second coordinator; `limit` is how many messages one chat may send us in a minute.
    """

    undo: timedelta = Field(timedelta(seconds=60), ge=timedelta(0))
    agree_above: int = Field(200, ge=1)
    limit: int = Field(40, ge=5)


class MailboxSettings(_Part):
    """The mailbox that answers and bounces come to: an IMAP server's, or a Maildir folder on this machine."""

    host: str = ""
    port: int = Field(993, ge=1, le=65535)
    username: str = ""
    password: SecretStr = SecretStr("")
    tls: Literal["none", "starttls", "tls"] = "tls"
    folder: str = "INBOX"
    maildir: Path | None = None

    @property
    def on(self) -> bool:
        """Whether there is a mailbox to read."""
        return bool(self.host or self.maildir)


class WebSettings(_Part):
    """Where the web door listens; `proxies` are addresses of reverse proxies whose word about a visitor is believed."""

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    proxies: str = "127.0.0.1,::1"

    def address(self, port: int = 0) -> str:
        """Gives where this machine itself opens the pages; `port` is the one that was taken where 0 is set."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - every address is also this
        return f"http://{f'[{host}]' if ':' in host else host}:{port or self.port}"


class LogSettings(_Part):
    """How the log is written: `plain` lines for people, or `json`, an object on each line, for programs."""

    format: Form = "plain"


class QuietSettings(_Part):
    """Hours in which nothing leaves, in each person's own zone; the same time twice means none."""

    start: time = time(21, 0)
    end: time = time(8, 0)


class Settings(_Part):
    """All settings; the environment's names are these with `RINGROUND_` before and `__` between."""

    data_dir: Path = Field(default_factory=lambda: platformdirs.user_data_path("ringround"))
    database_url: str = ""
    public_url: str = ""
    secret_key: SecretStr = SecretStr("")
    timezone: str = "Europe/London"
    region: str = Field("GB", pattern="^[A-Z]{2}$")
    language: str = "en"
    live: bool = False
    backups: int = Field(14, ge=1)
    call_minutes: int = Field(3, ge=1)
    unknown_wait: timedelta = timedelta(minutes=10)
    group: GroupSettings = GroupSettings()
    email: EmailSettings = EmailSettings()
    sms: SmsSettings = SmsSettings()
    telegram: TelegramSettings = TelegramSettings()
    chat: ChatSettings = ChatSettings()
    mailbox: MailboxSettings = MailboxSettings()
    web: WebSettings = WebSettings()
    quiet: QuietSettings = QuietSettings()
    log: LogSettings = LogSettings()

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            raise ValueError("this is not a time zone; write it like Europe/London")
        return value

    @field_validator("public_url")
    @classmethod
    def _root(cls, value: str) -> str:
        if not value:
            return value
        try:
            parts = urlsplit(value.rstrip("/"))
            named = parts.hostname and parts.port != 0 and "@" not in parts.netloc and " " not in value
        except ValueError:
            raise ValueError("this is not an address; write it like https://ring.example.org") from None
        if parts.scheme not in ("https", "http") or not named:
            raise ValueError("this must begin with https:// and go on with the name of the machine")
        if parts.path or parts.query or parts.fragment:
            raise ValueError(
                "the pages need a name of their own, without a path behind it. Give them one, such as "
                "https://ring.example.org, and let your reverse proxy hand over everything that comes for it"
            )
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def zone(self) -> ZoneInfo:
        """The group's own time zone."""
        return ZoneInfo(self.timezone)

    @property
    def database(self) -> str:
        """The database's address: what was set, else SQLite in the data folder."""
        return self.database_url or f"sqlite:///{self.data_dir.absolute() / 'ringround.sqlite3'}"

    @property
    def speaker(self) -> Group:
        """The group as it speaks in messages."""
        part = self.group
        return Group(
            name=part.name,
            contact_name=part.contact_name,
            contact_phone=part.contact_phone,
            reply_to=part.reply_to,
            help_text=part.help_text,
            language=self.language,
        )


def load(environ: Mapping[str, str] | None = None, folder: Path | None = None) -> Settings:
    """Reads the settings from the environment, the files it names, and `ringround.toml`; the environment wins.

    A name that ends in `_FILE` names a file that holds the value: `RINGROUND_EMAIL__PASSWORD_FILE=/run/secrets/mail`.
    `ringround.toml` is looked for in `folder` (the working folder), then in the data folder. Names in the environment
    that are no settings are passed over (`unknown` lists them); in the file they are errors. Raises `ConfigError` that
    names each wrong setting, never its value.
    """
    environ = os.environ if environ is None else environ
    tree = _from_environment(environ)
    path = _file(folder or Path.cwd(), tree)
    if path:
        tree = _merged(_from_file(path), tree)
    try:
        return Settings.model_validate(tree)
    except ValidationError as error:
        wrong = [f"{_name(e['loc'])}: {_words(e)}" for e in error.errors(include_input=False, include_url=False)]
        raise ConfigError(
            "Some settings can't be used: " + "; ".join(wrong),
            where=f"the environment{f' or {path}' if path else ''}",
            mend="The settings are listed in docs/reference/settings.md.",
        ) from None


def unknown(environ: Mapping[str, str]) -> list[str]:
    """Lists the names in the environment that begin as ours do but are no settings: most often a slip of the pen."""
    return [name for name in environ if name.startswith(PREFIX) and _place(name) is None]


def _place(name: str) -> tuple[str, ...] | None:
    """Turns `RINGROUND_EMAIL__HOST` into `("email", "host")`, or None where there is no such setting."""
    path = tuple(name.removeprefix(PREFIX).removesuffix("_FILE").lower().split("__"))
    model: type[BaseModel] = Settings
    for depth, part in enumerate(path):
        known = {(field.alias or key): field for key, field in model.model_fields.items()}
        if part not in known:
            return None
        annotation = known[part].annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            model = annotation
        elif depth != len(path) - 1:
            return None
    return path


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for name, value in environ.items():
        if not name.startswith(PREFIX) or not value or (place := _place(name)) is None:
            continue
        if name.endswith("_FILE"):
            try:
                value = Path(value).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise ConfigError(f"The file named by {name} can't be read: {error.strerror}", where=value) from None
        branch = tree
        for part in place[:-1]:
            branch = branch.setdefault(part, {})
        branch[place[-1]] = value
    return tree


def _file(folder: Path, tree: Mapping[str, Any]) -> Path | None:
    data_dir = Path(tree["data_dir"]) if "data_dir" in tree else platformdirs.user_data_path("ringround")
    return next((path for path in (folder / FILE, data_dir / FILE) if path.is_file()), None)


def _from_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"The settings file can't be read: {error.strerror}", where=str(path)) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"The settings file is not valid TOML: {error}",
            where=str(path),
            mend='Text needs quotes: name = "Us".',
        ) from None


def _merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    both = dict(under)
    for key, value in over.items():
        below = both.get(key)
        both[key] = _merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return both


def _name(loc: tuple[int | str, ...]) -> str:
    return PREFIX + "__".join(str(part).upper() for part in loc)


def _words(error: Any) -> str:
    if error["type"] == "extra_forbidden":
        return "there is no such setting"
    return str(error["msg"]).removeprefix("Value error, ")
