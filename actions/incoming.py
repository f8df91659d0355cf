"""One message that came in: whose it is, what is kept of it, and what is said to whoever wrote it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from actions.leaving import Surroundings
from actions.message_text import cleaned, normal, printable
from config import distress as phrases
from core import reply_words
from core.distress import distressing
from core.errors import ConfigError
from core.honest_reply import honest_reply
from core.inbox import InboxState, Why
from core.people import TELEGRAM, Status
from core.placeholders import first_name
from core.receipts import Hand
from core.speech import IN_ENGLISH, Speech
from store import addressed, inbox
from store.database import Session
from store.personal import tell_person
from store.tables import InboxItem, Person, Route
from store.tables.base import known

HONEST_EVERY = timedelta(hours=1)
"""How often one person gets the honest reply."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Heard:
    """One message as its door heard it.

    `ref` is the provider's own id of it, so that a repeat is seen to be one; in a chat it names the message, so that
    an edit of it has the same. `delivery` is the outside id of ours that it answers, where the channel tells.
    `provider_confirmed` says that the provider has carried out and answered a stop, a start or HELP by itself. `hand`
    says whether a machine may have written it: nothing is said to one, or two machines would write to each other.
    """

    channel: str
    address: str
    text: str
    ref: str
    at: datetime | None = None
    delivery: str | None = None
    provider_confirmed: bool = False
    hand: Hand = Hand.PERSON


@dataclass(frozen=True, slots=True)
class Reply:
    """What is said to whoever wrote. The chat says it; on other channels it is on its way already.

    `person` is the outside id of whom it is for, None for a stranger. `choices` are labels and words to offer as
    buttons: a word that is pressed is heard as if it had been written.
    """

    text: str
    person: str | None
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Incoming:
    """A message and what belongs to it. `homes` are the routes at its address and whose they are.

    `only` is the outside id of the one route that counts: a button is one person's.
    """

    session: Session
    heard: Heard
    around: Surroundings
    only: str = ""
    text: str = ""
    sender: str = ""
    homes: list[tuple[Route, Person]] = field(default_factory=list)
    speech: Speech = IN_ENGLISH

    def __post_init__(self) -> None:
        self.text = cleaned(self.heard.text)
        self.sender = normal(self.heard.channel, self.heard.address, self.around)
        found = addressed.routes_at(self.session, self.heard.channel, self.sender)
        self.homes = [(route, person) for route, person in found if not self.only or route.uid == self.only]
        languages = [person.language for _, person in self.here]
        self.speech = self.around.speech(languages[0] if languages else "")

    @property
    def here(self) -> list[tuple[Route, Person]]:
        """Those who are with the group: others who have the address have left or died."""
        return [pair for pair in self.homes if pair[1].status in (Status.ACTIVE, Status.PAUSED)]

    @property
    def people(self) -> dict[str, Person]:
        """Those who are with the group, each once, by outside id and in the order in which they are on file."""
        return {person.uid: person for _, person in self.here}

    @property
    def alone(self) -> Person | None:
        """The one person of the group who has the address; None where several share it."""
        return next(iter(self.people.values())) if len(self.people) == 1 else None

    @property
    def of_somebody_dead(self) -> bool:
        """Whether the address was that of somebody who has died, and of nobody else."""
        return not self.here and any(person.status == Status.DIED for _, person in self.homes)

    @property
    def distressing(self) -> bool:
        """Whether it may come from somebody in distress."""
        try:
            listed = phrases.load(self.around.settings.data_dir)
        except ConfigError as error:
            log.error("Our own list of words of distress is used: %s", error)
            listed = phrases.shipped()
        return distressing(printable(self.heard.text), listed)  # all of it, however much is kept

    @property
    def called(self) -> str:
        """Whom staff read about: a name, or several who share the address."""
        return ", ".join(dict.fromkeys(person.name for _, person in self.here or self.homes)) or "Somebody unknown"

    def names(self, people: Sequence[Person] | None = None) -> list[str]:
        """What people who share an address are told apart by: first names, or whole ones where those are alike."""
        those = list(self.people.values() if people is None else people)
        first = [first_name(person.name, person.called) for person in those]
        return [person.name if first.count(one) > 1 else one for person, one in zip(those, first, strict=True)]

    def keep(
        self, why: Why, state: InboxState = InboxState.CLOSED, *, pinned: bool = False, asked: str = ""
    ) -> InboxItem:
        """Writes the message down, with what its sender was told last."""
        routes = [known(route.id) for route, _ in self.homes]
        answered = addressed.told_by(self.session, self.heard.delivery) if self.heard.delivery else None
        owner = self.alone or (self.homes[0][1] if len(self.homes) == 1 else None)
        at = self.heard.at if self.heard.at and self.heard.at <= self.around.now else self.around.now
        item = InboxItem(
            at=at,
            provider=self.heard.channel,
            ref=self.heard.ref,
            sender=self.sender,
            person_id=owner.id if owner else None,
            route_id=self._carrier.id if self.homes else None,
            delivery_id=answered[0].id if answered else addressed.last_told(self.session, routes) if routes else None,
            text=self.text,
            why=why,
            pinned=pinned,
            state=state,
            asked=asked,
        )
        return inbox.keep(self.session, item)

    def done(
        self,
        text: str | None,
        why: Why = Why.HANDLED,
        *,
        asked: str = "",
        choices: Sequence[tuple[str, str]] = (),
    ) -> Reply | None:
        """Keeps what was understood and done as history, and says so."""
        if asked and self.silent:
            return self.for_staff(Why.WHICH)
        item = self.keep(why, asked=asked)
        return self.say(item, text, choices) if text else None

    def for_staff(self, why: Why, text: str | None = None) -> Reply | None:
        """Keeps a message for a person to read, and says `text` or, at most once an hour, the honest reply."""
        item = self.tell_staff(why)
        if self.of_somebody_dead:
            return None
        if text is not None:
            return self.say(item, text)
        if reply := self.say_honestly(item):
            return reply
        again = reply_words.read_with_the_last(self.speech)
        return Reply(again, self._person) if self.heard.channel == TELEGRAM else None

    @property
    def honest(self) -> str:
        """What somebody hears whose message may not be read for hours."""
        return honest_reply(self.around.settings.speaker, self.around.strategy.calling, self.speech)

    def say_honestly(self, item: InboxItem, why: Why | None = None) -> Reply | None:
        """Gives the honest reply, at most once an hour (to messages of one kind, or to any)."""
        if self.silent:
            return None
        since = self.around.now - HONEST_EVERY
        if inbox.honest_since(self.session, self.heard.channel, self.sender, since, why):
            return None
        item.honest = True
        return self.say(item, self.honest)

    def ask(self, text: str, why: Why, asked: str, labels: Sequence[str]) -> Reply | None:
        """Asks back, in the place of whatever we asked before. Until the answer comes it waits for staff as well."""
        if self.silent:
            return self.for_staff(why)
        inbox.drop_asked(self.session, self.heard.channel, self.sender)
        item = self.tell_staff(why, asked=asked)
        return self.say(item, text, [(label, str(number)) for number, label in enumerate(labels, 1)])

    def tell_staff(self, why: Why, *, asked: str = "") -> InboxItem:
        """Keeps a message for a person to read; staff hear that something waits."""
        item = self.keep(why, InboxState.OPEN, asked=asked)
        inbox.tell(self.session, item, self.called, self.around.now)
        return item

    @property
    def silent(self) -> bool:
        """Whether no machine is to answer: a machine may have written it, or it says so."""
        return self.heard.hand is not Hand.PERSON

    def say(self, item: InboxItem, text: str, choices: Sequence[tuple[str, str]] = ()) -> Reply | None:
        """Says something to whoever wrote: the chat does it itself, elsewhere a notice to this one route does."""
        if self.silent:
            return None
        if self.heard.channel != TELEGRAM and self.homes:
            route, person = (self.here or self.homes)[0]
            published = tell_person(
                self.session,
                known(person.id),
                f"{self.heard.channel}:{self.heard.ref}",
                self.speech.say("Your message to {group}", group=self.around.settings.speaker.name),
                text,
                self.around.now,
                route_id=known(route.id),
                language=self.speech.language,
            )
            item.notice_id = published.id
        return Reply(text, self._person, tuple(choices))

    @property
    def _carrier(self) -> Route:
        return (self.here or self.homes)[0][0]

    @property
    def _person(self) -> str | None:
        pairs = self.here or self.homes
        return pairs[0][1].uid if pairs else None
