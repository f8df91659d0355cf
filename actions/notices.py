"""Notices: show what one would do, send it, hold it, take it back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from zoneinfo import ZoneInfo

from channels.base import Channel, Message, Rendered
from config.settings import Settings
from core.audience import FORMAT, LANGUAGE, same_language
from core.content import Content
from core.delivery import DuplicatePolicy
from core.errors import UserError
from core.forms import fields
from core.ladder import Step
from core.notices import DEFAULT_POLICY, USEFUL_FOR, After, Attachment, Kind, NoticeState, Plan, Whom, default_key
from core.people import PHONE, SMS, Role
from core.plain_language import hints
from core.quiet import QuietHours
from core.roles import Actor
from core.segments import cost, measure
from store import after, likes, notices
from store.addressees import Addressee, addressees
from store.audit import note
from store.call_log import names_of
from store.database import Session
from store.installation import live_since
from store.notices import Published
from store.tables.base import known, new_uid

LIKE_FOR = timedelta(hours=24)
"""How long two notices that say the same are taken for one that was sent by accident."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What a sender asks for. `not_before` None means now, `not_after` None three days after that.

    `key` names the notice where the sender has a name for it; `again` sends although the same went out today.
    `unfit` is "person" (somebody tells those whose language or format the notice lacks) or "send" (they get it as it
    is). `policy` None is the kind's own. `to` means people of another notice, of this group where one is named.
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
    to: After | None = None
    attachment: Attachment | None = None


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


@dataclass(frozen=True, slots=True)
class Like:
    """A notice of the last 24 hours that says the same. `sent` counts those to whom it has gone or may have."""

    id: str
    at: datetime
    by: str
    sent: int
    missed: int


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
    check_words(draft.content, around, draft.attachment)
    plan = plan_of(session, actor, draft, around)
    if plan.not_after <= around.now:
        raise UserError("This notice would be too late as soon as it is made", where="not after")
    published = notices.publish(session, plan, around.channels, today(around), around.now)
    if not published.repeat:
        note(session, actor, "notice.send", published.uid, plan.kind, around.now)
    return published


def plan_of(session: Session, actor: Actor, draft: Draft, around: Surroundings) -> Plan:
    """Makes the plan of a draft as things stand now."""
    rehearsal = is_rehearsal(session, around.settings)
    start = draft.not_before or around.now
    return Plan(
        key=_key(draft, around, rehearsal=rehearsal),
        kind=draft.kind,
        content=draft.content,
        not_before=start,
        not_after=draft.not_after or start + USEFUL_FOR,
        policy=draft.policy or DEFAULT_POLICY[draft.kind],
        created_by=actor.name,
        group=draft.group,
        rehearsal=rehearsal,
        urgent=draft.urgent,
        unfit=draft.unfit,
        to=draft.to,
        attachment=draft.attachment,
    )


def live_plan(session: Session, actor: Actor, draft: Draft, around: Surroundings) -> Plan:
    """Makes the plan of a draft as if it were live."""
    return replace(plan_of(session, actor, draft, around), rehearsal=False)


def alike(session: Session, actor: Actor, draft: Draft, around: Surroundings) -> Like | None:
    """Finds the newest notice of the last 24 hours that says the same as a draft, whatever its key; None for none.

    What was taken back before anything left does not count, nor does a rehearsal once it is live.
    """
    actor.must_be(Role.COORDINATOR, "send notices")
    found = likes.like(session, draft.content, around.now - LIKE_FOR, rehearsal=is_rehearsal(session, around.settings))
    if found is None:
        return None
    key, by = known(found.id), found.created_by
    sent, missed = (after.count(session, key, whom) for whom in (Whom.SENT, Whom.MISSED))
    return Like(found.uid, found.created_at, names_of(session, {by}).get(by, by), sent, missed)


def today(around: Surroundings) -> date:
    """Gives the day that it is for the group."""
    return around.now.astimezone(around.settings.zone).date()


def _key(draft: Draft, around: Surroundings, *, rehearsal: bool) -> str:
    """Names a notice: as its sender does, or so that the same words of a day are the same notice."""
    if draft.key:
        return draft.key
    if draft.again:
        return f"again:{new_uid()}"
    key = default_key(draft.content, draft.group, around.now.date(), rehearsal=rehearsal)
    if draft.to:
        key += f":{draft.to.whom}:{draft.to.notice}"
    if draft.attachment:
        key += f":{sha256(draft.attachment.data).hexdigest()[:16]}"
    return key


def check_words(content: Content, around: Surroundings, attachment: Attachment | None = None) -> None:
    """Raises `UserError` where some channel that is switched on can't carry the words."""
    for channel in around.channels.values():
        channel.render(_message(content, "Alex Example", "", around.settings, None, attachment))


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
                message = _message(draft.content, person.name, person.called, around.settings, whom, draft.attachment)
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


def state_of(session: Session, actor: Actor, uid: str) -> NoticeState:
    """Tells whether a notice is open, paused or cancelled."""
    actor.must_be(Role.VIEWER, "see notices")
    return NoticeState(notices.find_notice(session, uid).state)


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


def _message(
    content: Content,
    name: str,
    called: str,
    settings: Settings,
    for_whom: str | None,
    attachment: Attachment | None,
) -> Message:
    filled = fields(name, called, settings.speaker, for_whom)
    return Message("preview", 1, "preview", "", name, content, filled, attachment=attachment)
