"""What a notice would do if it were sent now: how many, on which channels, at what cost, and who lacks what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from actions.notices import Draft, Surroundings, check_words, example, is_rehearsal, live_plan, today
from channels.base import Rendered
from core.audience import FORMAT, LANGUAGE, same_language
from core.content import Content
from core.ladder import Step
from core.people import PHONE, SMS, Role
from core.plain_language import hints
from core.quiet import QuietHours
from core.roles import Actor
from core.segments import cost, measure
from store import notices
from store.addressees import Addressee, addressees
from store.database import Session


@dataclass(slots=True)
class ChannelPreview:
    """What one channel would carry: how many people, and the first one's message as an example."""

    people: int = 0
    example: Rendered | None = None
    example_name: str = ""


@dataclass(slots=True)
class Preview:
    """What a notice would do if it were sent now.

    `segments`, `cost` and `dear` are of the texts (`dear`: the characters that make some of them cost more); `minutes`
    of the calls. `needs_person` and `left_out` name the people by reason. `unfit` names those whose language or format
    the notice lacks, whatever is done with them. `holds` counts the messages that quiet hours hold, by the moment until
    which they do (aware UTC).
    """

    rehearsal: bool
    invited: int = 0
    channels: dict[str, ChannelPreview] = field(default_factory=dict)
    segments: Counter[int] = field(default_factory=Counter)
    cost: Decimal = Decimal(0)
    dear: str = ""
    minutes: int = 0
    needs_person: dict[str, list[str]] = field(default_factory=dict)
    left_out: dict[str, list[str]] = field(default_factory=dict)
    unfit: dict[str, list[str]] = field(default_factory=dict)
    holds: Counter[datetime] = field(default_factory=Counter)
    hints: list[str] = field(default_factory=list)

    @property
    def to_tell(self) -> int:
        """How many people it is for: by a message, by a call or by a person who sees to them."""
        return self.invited - sum(map(len, self.left_out.values()))


@dataclass(frozen=True, slots=True)
class Shown:
    """One person in a preview: what they would get on which channel, or why nothing is sent to them.

    `lacks` says which of their needs the notice does not meet; `held_until` is when quiet hours let it go (aware UTC).
    """

    id: str
    name: str
    step: Step
    rendered: Rendered | None
    lacks: str = ""
    held_until: datetime | None = None


def preview(session: Session, actor: Actor, draft: Draft, around: Surroundings) -> Preview:
    """Says what a notice would do if it were sent now; nothing is changed."""
    found = Preview(rehearsal=is_rehearsal(session, around.settings))
    found.hints = hints(draft.content.text, language=draft.content.language)
    dear: dict[str, None] = {}
    for shown in messages(session, actor, draft, around):
        found.invited += 1
        route, task, left_out = shown.step
        if shown.lacks:
            found.unfit.setdefault(shown.lacks, []).append(shown.name)
        if left_out:
            found.left_out.setdefault(left_out, []).append(shown.name)
        elif task:
            found.needs_person.setdefault(task, []).append(shown.name)
        elif route and shown.rendered:
            if shown.held_until:
                found.holds[shown.held_until] += 1
            per = found.channels.setdefault(route.channel, ChannelPreview())
            per.people += 1
            if per.example is None:
                per.example, per.example_name = shown.rendered, shown.name
            if route.channel == SMS:
                size = measure(shown.rendered.text)
                found.segments[size.count] += 1
                found.cost += cost(size, around.settings.sms.price)
                dear |= dict.fromkeys(size.dear)
    found.dear = "".join(dear)
    calls = found.channels.get(PHONE)
    found.minutes = calls.people * around.settings.call_minutes if calls else 0
    return found


def messages(session: Session, actor: Actor, draft: Draft, around: Surroundings) -> Iterator[Shown]:
    """Shows every person of the audience with the message that they would get, in rehearsal as if it were live."""
    actor.must_be(Role.COORDINATOR, "see what a notice would do")
    check_words(draft.content, around, draft.attachment)
    plan = live_plan(session, actor, draft, around)
    start, quiet = max(plan.not_before, around.now), around.settings.quiet
    hours = QuietHours(quiet.start, quiet.end)
    steps = list(notices.steps_of(session, plan, around.channels, today(around), around.now))
    for page in (steps[at : at + notices.PAGE] for at in range(0, len(steps), notices.PAGE)):
        people = addressees(session, page[0][0], page[-1][0])
        for key, (step, *_) in page:
            person = people[key]
            rendered = held = None
            if step.route:
                whom = person.for_whom(step.route.id)
                message = example(draft.content, person.name, person.called, around.settings, whom, draft.attachment)
                rendered = around.channels[step.route.channel].render(message)
                zone = ZoneInfo(person.zone) if person.zone else around.settings.zone
                if step.route.channel != PHONE and not draft.urgent and hours.cover(start, zone):
                    held = hours.over(start, zone)
            yield Shown(person.uid, person.name, step, rendered, _lacks(person, draft.content), held)


def _lacks(person: Addressee, content: Content) -> str:
    """Says which need of a person a notice does not meet, in the words of `core.audience`."""
    if person.language and not same_language(person.language, content.language):
        return LANGUAGE
    return FORMAT if person.format and person.format != content.format else ""
