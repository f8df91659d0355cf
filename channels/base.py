"""The port: what every way to reach a person offers, and what it is handed.

A channel is one file that holds its request, its answers and its table of provider codes together. It decides
nothing about what happens next: it says what became of one attempt, and the core does the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from config.catalogues import Catalogues
from core.clock import Clock
from core.content import Content
from core.group import Group
from core.notices import Attachment
from core.receipts import Inbound, Receipt

if TYPE_CHECKING:  # pydantic-settings takes a third of a second to import
    from config.settings import Settings
    from core.ical import Calendar

PREVIEW = "00000000-0000-7000-8000-000000000000"
"""The delivery of a message that is only shown: as long as any, so that a link in it has its true length."""


@dataclass(frozen=True, slots=True)
class Message:
    """One attempt to tell one person one notice.

    `delivery` is the delivery's outside id (the same over all attempts), `attempt` counts from 1. `notice` is the
    notice's outside id: whatever a channel makes of `content` it may keep under that name. `fields` fill the
    content's placeholders (see `core.forms.fields`). `name` is the person's full name. `calendar`, one for all of
    the notice's messages, goes along where a channel can carry a calendar entry, and `attachment` where it can carry a
    file; elsewhere that is described. `asks` says that people are asked whether they come. `buttons`, each a label in
    the person's language and what comes back when it is pressed, stand below where a channel has them.
    """

    delivery: str
    attempt: int
    notice: str
    address: str
    name: str
    content: Content
    fields: Mapping[str, str]
    calendar: Calendar | None = None
    asks: bool = False
    attachment: Attachment | None = None
    buttons: tuple[tuple[str, str], ...] = ()


def described(attachment: Attachment | None) -> Attachment | None:
    """Gives an attachment without its bytes: forms that are kept speak of it and hold nothing large."""
    return replace(attachment, data=b"") if attachment else None


@dataclass(frozen=True, slots=True)
class Rendered:
    """What a person reads, or a caller says; `subject` is empty where the channel has none."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Limits:
    """How a provider wants to be used.

    `rate` is messages a second (None: as fast as it takes them); `concurrency` the most attempts at once; `lease`
    how long an attempt may take before it is given up as unknown, longer than the provider's own timeout. `doubt` is
    how long to wait before `find` is asked about one: a late callback may settle it. `each` is how many seconds apart
    messages to one address should be after a few at once, and `file_slots` how many messages' worth a file takes beside
    its message. `buttons` says that buttons can stand below a message, and that somebody hears them.
    """

    rate: float | None
    concurrency: int
    lease: timedelta
    doubt: timedelta = timedelta()
    each: float | None = None
    file_slots: int = 0
    buttons: bool = False


@dataclass(frozen=True, slots=True)
class RawCallback:
    """What came in at the web door, or from a provider's list, before anybody has understood it.

    `form` are the decoded form fields, `query` those of the address, `body` the bytes as they came.
    """

    form: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a channel is built from. `secret` signs the links that it puts into messages."""

    settings: Settings
    group: Group
    clock: Clock
    secret: bytes
    catalogues: Catalogues = field(default_factory=Catalogues)


@runtime_checkable
class Fetched(Protocol):
    """A channel that can be asked for what its provider would otherwise report to our public address."""

    name: str

    async def fetch(self, since: datetime) -> list[Receipt | Inbound]:
        """Gives what came in, and what became of our messages, since a moment.

        Raises `core.errors.OperatorError` where the provider does not answer just now.
        """


class Channel(Protocol):
    """One way to reach a person."""

    name: str
    """The word in `preferred_channel`, in routes and in the registry."""

    proves: bool
    """Whether a provider or a person ever says that a message arrived; where not, `accepted` is final."""

    limits: Limits

    async def open(self) -> None:
        """Makes connections ready; called once before the first `send`. Does not raise where a provider is away."""

    async def close(self) -> None:
        """Lets go of connections; called once, with no `send` under way."""

    async def send(self, message: Message) -> Receipt:
        """Tries once to tell the person and says what became of it.

        Never raises for anything a provider or a network does, and never retries by itself.
        """

    def render(self, message: Message) -> Rendered:
        """Shows what the person would get, in plain text.

        Raises `core.errors.UserError` where this channel can't carry the words at all: too long, a bare link in a text.
        """

    def read(self, raw: RawCallback) -> list[Receipt | Inbound]:
        """Understands what a provider sent later. Pure; raises `ValueError` for what it can't have sent."""

    async def find(self, message: Message, since: datetime) -> Receipt | None:
        """Looks up at the provider what became of an attempt begun at `since` of which nobody knows.

        Returns a receipt if it is found, one with the outcome `deferred` if it is proved absent, and None where the
        provider can never say. Raises `core.errors.OperatorError` where it can't be asked just now.
        """

    async def check(self) -> None:
        """Tries the settings for real (log-in, but no message). Raises `core.errors.ConfigError` with how to mend."""
