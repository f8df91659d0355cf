"""Notices: show what one would do, send it, hold it, take it back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from channels.base import Channel, Message, Rendered
from config.settings import Settings
from core.audience import Words, first_step
from core.content import Content
from core.delivery import DuplicatePolicy
from core.errors import UserError
from core.forms import fields
from core.ladder import Step
from core.notices import DEFAULT_POLICY, PROMOTION, USEFUL_FOR, Kind, Plan, default_key
from core.people import PHONE, SMS, Role
from core.plain_language import hints
from core.roles import Actor
from core.segments import cost, measure
from store import notices
from store.addressees import addressees
from store.audience import members_of
from store.audit import note
from store.database import Session
from store.groups import find_group
from store.installation import live_since
from store.notices import Published
from store.tables.base import new_uid


@dataclass(frozen=True, slots=True)
class Draft:
    """What a sender asks for. `not_before` None means now, `not_after` None three days after that.

    `key` names the notice where the sender has a name for it; `again` sends although the same went out today.
    `unfit` is "person" (somebody tells those whose language or format the notice lacks) or "send" (they get it as it
    is). `policy` None is the kind's own.
    """

    content: Content
    group: str | None = None
    kind: Kind = Kind.UPDATE
    key: str | None = None
    again: bool = False
    not_before: datetime | None = None
    not_after: datetime | None = None
    policy: DuplicatePolicy | None = None
    urgent: bool = False
    unfit: str = "person"


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
    the notice lacks, whatever is done with them.
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
    hints: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Shown:
    """One person in a preview: what they would get on which channel, or why nothing is sent to them."""

    id: str
    name: str
    step: Step
    rendered: Rendered | None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the actions on notices are handed: settings, the channels that are switched on, and the moment."""

    settings: Settings
    channels: Mapping[str, Channel]
    now: datetime


def send(session: Session, actor: Actor, draft: Draft, around: Surroundings) -> Published:
    """Publishes a notice; a repeat by accident returns the first one.

    Raises `UserError` where the words can't go out on some channel, the group is unknown or nobody is in it.
    """
    actor.must_be(Role.COORDINATOR, "send notices")
    check_words(draft.content, around)
    rehearsal = is_rehearsal(session, around.settings)
    start = draft.not_before or around.now
    until = draft.not_after or start + USEFUL_FOR
    if until <= around.now:
        raise UserError("This notice would be too late as soon as it is made", where="not after")
    plan = Plan(
        key=_key(draft, around.now.date(), rehearsal=rehearsal),
        kind=draft.kind,
        content=draft.content,
        not_before=start,
        not_after=until,
        policy=draft.policy or DEFAULT_POLICY[draft.kind],
        created_by=actor.name,
        group=draft.group,
        rehearsal=rehearsal,
        urgent=draft.urgent,
        unfit=draft.unfit,
    )
    today = around.now.astimezone(around.settings.zone).date()
    published = notices.publish(session, plan, around.channels, today, around.now)
    if not published.repeat:
        note(session, actor, "notice.send", published.uid, plan.kind, around.now)
    return published


def _key(draft: Draft, day: date, *, rehearsal: bool) -> str:
    """Names a notice: as its sender does, or so that the same words of a day are the same notice."""
    if draft.key:
        return draft.key
    if draft.again:
        return f"again:{new_uid()}"
    return default_key(draft.content, draft.group, day, rehearsal=rehearsal)


def check_words(content: Content, around: Surroundings) -> None:
    """Raises `UserError` where some channel that is switched on can't carry the words."""
    for channel in around.channels.values():
        channel.render(_message(content, "Alex Example", "", around.settings, None))


def is_rehearsal(session: Session, settings: Settings) -> bool:
    """Tells whether only staff are really sent to."""
    return not settings.live and live_since(session) is None


def preview(session: Session, actor: Actor, draft: Draft, around: Surroundings) -> Preview:
    """Says what a notice would do if it were sent now; nothing is changed."""
    found = Preview(rehearsal=is_rehearsal(session, around.settings))
    found.hints = hints(draft.content.text, language=draft.content.language)
    dear: dict[str, None] = {}
    for shown in messages(session, actor, draft, around):
        found.invited += 1
        route, task, left_out = shown.step
        if left_out:
            found.left_out.setdefault(left_out, []).append(shown.name)
        elif task:
            found.needs_person.setdefault(task, []).append(shown.name)
        elif route and shown.rendered:
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
    check_words(draft.content, around)
    group = find_group(session, draft.group) if draft.group else None
    words = Words(
        language=draft.content.language,
        format=draft.content.format,
        promotion=draft.content.purpose == PROMOTION,
        rehearsal=False,
        unfit=draft.unfit,
        channels=around.channels,
    )
    today = around.now.astimezone(around.settings.zone).date()
    after = 0
    while page := members_of(session, group.id if group else None, staff_only=False, after=after, limit=notices.PAGE):
        after = page[-1].id
        people = addressees(session, page[0].id, after)
        for member in page:
            person, step = people[member.id], first_step(member, words, today)
            rendered = None
            if step.route:
                whom = person.for_whom(step.route.id)
                message = _message(draft.content, person.name, person.called, around.settings, whom)
                rendered = around.channels[step.route.channel].render(message)
            yield Shown(person.uid, person.name, step, rendered)


def pause(session: Session, actor: Actor, uid: str, now: datetime) -> int:
    """Holds everything of a notice that has not been claimed; returns how many messages."""
    return _act(session, actor, uid, "pause", now)


def resume(session: Session, actor: Actor, uid: str, now: datetime) -> int:
    """Lets a paused notice, or one held after a restore, go on; returns how many messages."""
    return _act(session, actor, uid, "resume", now)


def cancel(session: Session, actor: Actor, uid: str, now: datetime) -> int:
    """Withdraws everything of a notice that has not left; returns how many messages."""
    return _act(session, actor, uid, "cancel", now)


_CHANGES = {"pause": notices.pause, "resume": notices.resume, "cancel": notices.cancel}


def _act(session: Session, actor: Actor, uid: str, what: str, now: datetime) -> int:
    actor.must_be(Role.COORDINATOR, f"{what} notices")
    notice = notices.find_notice(session, uid)
    changed = _CHANGES[what](session, notice, now)
    note(session, actor, f"notice.{what}", notice.uid, str(changed), now)
    return changed


def _message(content: Content, name: str, called: str, settings: Settings, for_whom: str | None) -> Message:
    filled = fields(name, called, settings.speaker, for_whom)
    return Message("preview", 1, "preview", "", name, content, filled)
