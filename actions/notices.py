"""Notices: show what one would do, send it, hold it, take it back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from hashlib import sha256

from channels.base import Channel, Message
from config.settings import Settings
from core.content import Content
from core.delivery import DuplicatePolicy
from core.errors import UserError
from core.forms import fields
from core.notices import DEFAULT_POLICY, USEFUL_FOR, After, Attachment, Kind, NoticeState, Plan, Whom, default_key
from core.people import Role
from core.roles import Actor
from store import after, likes, notices
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
        channel.render(example(content, "Alex Example", "", around.settings, None, attachment))


def is_rehearsal(session: Session, settings: Settings) -> bool:
    """Tells whether only staff are really sent to."""
    return not settings.live and live_since(session) is None


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


def example(
    content: Content,
    name: str,
    called: str,
    settings: Settings,
    for_whom: str | None,
    attachment: Attachment | None,
) -> Message:
    """Makes a message as somebody of this name would get it; it belongs to nobody and is never sent."""
    filled = fields(name, called, settings.speaker, for_whom)
    return Message("preview", 1, "preview", "", name, content, filled, attachment=attachment)
