"""What a meeting's notice sets going: to how many, by which channels, at what cost."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from actions.notices import Surroundings as NoticeSurroundings
from channels.base import PREVIEW, Message
from config.catalogues import Catalogues
from core.content import Content
from core.forms import fields
from core.ladder import Step
from core.links import Links
from core.notices import ASKS, Kind
from core.people import PHONE, SMS
from core.segments import cost, measure
from core.speech import Speech
from core.strategy import Strategy
from store import meeting_overview
from store.database import Session
from store.making import Making


@dataclass(frozen=True, slots=True)
class Surroundings(NoticeSurroundings):
    """What the actions on meetings and on what people write are handed: as for notices, and the strategy.

    `catalogues` hold the fixed phrases of every language, `secret` signs links and hashes addresses, `door` is where
    the pages are open in this process, empty where they are not.
    """

    strategy: Strategy
    catalogues: Catalogues = field(default_factory=Catalogues)
    secret: bytes = b""
    door: str = ""

    @property
    def zone(self) -> str:
        """The group's own zone (IANA)."""
        return self.settings.timezone

    @property
    def links(self) -> Links | None:
        """What signs links, or None where there is no public address to lead to."""
        public = self.settings.public_url
        return Links(public, self.secret) if public and self.secret else None

    def speech(self, language: str = "") -> Speech:
        """Gives what speaks a person's language; an empty one is the group's own."""
        return self.catalogues.speech(language or self.settings.language)

    @property
    def making(self) -> Making:
        """What it takes to make notices."""
        sms = self.settings.sms
        price = self.texts_cost if SMS in self.channels else None
        live, speech = self.settings.live, self.speech()
        return Making(self.strategy, frozenset(self.channels), self.zone, live, speech, price, sms.currency)

    def texts_cost(self, content: Content, texts: int, *, asks: bool = False) -> Decimal:
        """Works out what so many texts of some words cost, by a name of usual length."""
        filled = fields("Alex Example", "", self.settings.speaker, None, self.speech(content.language))
        example = Message(PREVIEW, 1, "preview", "", "Alex Example", content, filled, asks=asks)
        return cost(measure(self.channels[SMS].render(example).text), self.settings.sms.price) * texts


@dataclass(slots=True)
class Leaving:
    """One notice that leaves at once.

    `people` counts whom it is meant for, without those left out, and `channels` the messages of each.
    """

    kind: Kind
    title: str
    people: int = 0
    channels: Counter[str] = field(default_factory=Counter)
    needs_person: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    cost: Decimal = Decimal(0)
    minutes: int = 0

    def add(self, steps: list[Step]) -> None:
        """Counts one person, with the one step that is taken for them or one for each route."""
        self.people += not any(step.left_out for step in steps)
        for route, task, left_out in steps:
            if route:
                self.channels[route.channel] += 1
            elif task:
                self.needs_person[task] += 1
            elif left_out:
                self.left_out[left_out] += 1

    def price(self, content: Content, around: Surroundings) -> None:
        """Works out what the texts cost and how long the calls take, by a name of usual length."""
        self.minutes = self.channels[PHONE] * around.settings.call_minutes
        if self.channels[SMS] and SMS in around.channels:
            self.cost = around.texts_cost(content, self.channels[SMS], asks=self.kind in ASKS)


def newest_notice(session: Session) -> int:
    """Returns the key of the newest notice, to tell later what came after it."""
    return meeting_overview.newest_key(session)


def made_since(session: Session, meeting: int, title: str, before: int, around: Surroundings) -> list[Leaving]:
    """Returns what was made for a meeting after the notice `before`, its whole audience written down."""
    found = []
    today = around.now.astimezone(around.settings.zone).date()
    for made in meeting_overview.made_since(session, meeting, before, around.channels, today, around.now):
        leaving = Leaving(
            Kind(made.kind),
            title,
            made.people - made.left_out.total(),
            made.channels,
            made.needs_person,
            made.left_out,
        )
        leaving.price(made.content, around)
        found.append(leaving)
    return found
