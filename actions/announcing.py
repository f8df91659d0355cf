"""A notice written in a chat: from the first words to its leaving, and taking it back."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, NamedTuple

from actions import notice_preview, notices
from actions.leaving import Surroundings
from actions.notice_preview import Preview
from actions.notices import Draft, Like
from core.attachments import make_attachment
from core.chats import ProposalState
from core.content import make_content
from core.errors import Refused, UserError
from core.notices import After, Attachment, NoticeState, Whom
from core.people import TELEGRAM, Role
from core.roles import ORDER, Actor
from store import after, draft_files, overview, progress_cards, proposals, staff
from store import groups as stored_groups
from store import notices as stored
from store.attachments import attachments
from store.audit import note
from store.call_log import names_of
from store.database import Session
from store.notices import Published
from store.tables.base import known


@dataclass(slots=True)
class Written:
    """What somebody has put together so far, in plain values that outlive a restart.

    `id` makes the notice's key, so that it is sent once however often that is asked for. `file` is the id of what goes
    along, `at` when it is to leave (ISO 8601, aware; empty: at once). `notice` and `whom` mean people of another
    notice. `again` says that it is meant although another says the same.
    """

    id: str
    text: str = ""
    sms_text: str = ""
    group: str = ""
    file: str = ""
    at: str = ""
    unfit: str = "person"
    notice: str = ""
    whom: str = ""
    again: bool = False

    @property
    def key(self) -> str:
        """The notice's own name."""
        return f"chat:{self.id}"

    def to_json(self) -> dict[str, Any]:
        """Gives it as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Written:
        """Reads what `to_json` gave, whatever else stands beside it."""
        return cls(**{one.name: data[one.name] for one in fields(cls) if one.name in data})


@dataclass(frozen=True, slots=True)
class Agree:
    """It goes to many `people`: another coordinator has to agree, in one of these chats (where there are any)."""

    people: int
    chats: list[str]


@dataclass(frozen=True, slots=True)
class Settled:
    """A proposal that has come to its end. `first` says that it was this tap that ended it; `by` names who did."""

    state: ProposalState
    first: bool
    by: str
    author: str
    author_chats: list[str]
    notice: str = ""


class Stopped(NamedTuple):
    """A notice that was taken back. `first` says that it was this tap; `sent` counts those it had gone to by then."""

    first: bool
    withdrawn: int
    sent: int
    over: bool = False


def draft_of(session: Session, written: Written, around: Surroundings) -> Draft:
    """Makes the draft of what was put together, to wait for the undo window; raises UserError for wrong words."""
    soonest = around.now + around.settings.chat.undo
    return Draft(
        content=make_content(written.text, sms_text=written.sms_text or None, language=around.settings.language),
        group=written.group or None,
        key=written.key,
        not_before=max(soonest, datetime.fromisoformat(written.at)) if written.at else soonest,
        unfit=written.unfit,
        to=After(written.notice, Whom(written.whom)) if written.notice else None,
        attachment=draft_files.find(session, written.file) if written.file else None,
    )


def look(session: Session, actor: Actor, written: Written, around: Surroundings) -> tuple[Draft, Preview]:
    """Says what it would do if it were sent now."""
    draft = draft_of(session, written, around)
    return draft, notice_preview.preview(session, actor, draft, around)


def keep_file(session: Session, actor: Actor, attachment: Attachment, around: Surroundings) -> str:
    """Keeps a picture or document until its notice is sent; returns its id."""
    actor.must_be(Role.COORDINATOR, "send notices")
    return draft_files.keep(session, attachment, around.now)


def send(
    session: Session, actor: Actor, written: Written, chat: str, around: Surroundings, *, agreed: int | None = None
) -> Published | Like | Agree:
    """Publishes it, unless something has to be asked first; one that was sent already is given back.

    Asked is whether it is meant although another notice says the same, and where it goes to many, whether a second
    coordinator agrees; `agreed` is the number of people that somebody alone has typed instead. `chat` is where it was
    written. Raises `UserError` as `actions.notices.send` does.
    """
    actor.must_be(Role.COORDINATOR, "send notices")
    if done := stored.by_key(session, written.key):
        return Published(known(done.id), done.uid, repeat=True)
    draft = draft_of(session, written, around)
    if not (written.again or written.notice) and (found := notices.alike(session, actor, draft, around)):
        return found
    people = count(session, actor, draft, around)
    if people > around.settings.chat.agree_above and agreed != people:
        return Agree(people, _others(session, {chat, *proposals.chats_of(session, actor.name)}))
    return _publish(session, actor, written, draft, around)


def count(session: Session, actor: Actor, draft: Draft, around: Surroundings) -> int:
    """Counts the people whom a draft is for, without those who are left out; in a rehearsal as if it were live."""
    plan = notices.live_plan(session, actor, draft, around)
    steps = stored.steps_of(session, plan, around.channels, notices.today(around), around.now)
    return sum(1 for _, (first, *_) in steps if not first.left_out)


def describe_file(session: Session, actor: Actor, file: str, description: str, around: Surroundings) -> str:
    """Says in words what a kept picture or document shows; returns its new id. Raises UserError for wrong words."""
    actor.must_be(Role.COORDINATOR, "send notices")
    kept = draft_files.find(session, file)
    described = make_attachment(kept.name, kept.data, description)
    draft_files.forget(session, file)
    return draft_files.keep(session, described, around.now)


def groups(session: Session, actor: Actor) -> list[tuple[int, str, int]]:
    """Lists the groups by name: key, name and how many people are in each."""
    actor.must_be(Role.VIEWER, "see groups")
    return stored_groups.listing(session)


def find(session: Session, actor: Actor, written: Written) -> str:
    """Gives the id of the notice that was made of it; empty where none was."""
    actor.must_be(Role.VIEWER, "see notices")
    done = stored.by_key(session, written.key)
    return done.uid if done else ""


def after_notice(
    session: Session, actor: Actor, uid: str, whom: Whom, id_: str, around: Surroundings
) -> tuple[Written, int]:
    """Begins a notice to people of another one, and counts them.

    Those whom it missed get what it said, with what went along; a correction has to be written.
    """
    actor.must_be(Role.COORDINATOR, "send notices")
    notice = stored.find_notice(session, uid)
    key = known(notice.id)
    written = Written(id_, notice=notice.uid, whom=whom)
    people = after.count(session, key, whom)
    if whom is Whom.MISSED and people:
        written.text, written.sms_text = notice.text or "", notice.sms_text or ""
        if file := attachments(session, [key]).get(key):
            written.file = draft_files.keep(session, file, around.now)
    return written, people


def propose(session: Session, actor: Actor, written: Written, people: int, around: Surroundings) -> None:
    """Writes down that it waits for a second coordinator; the proposal has the id of what was written."""
    actor.must_be(Role.COORDINATOR, "send notices")
    proposals.propose(session, written.id, written.to_json(), people, actor.name, around.now)
    note(session, actor, "proposal.make", written.id, str(people), around.now)


def read_proposal(
    session: Session, actor: Actor, uid: str, around: Surroundings
) -> tuple[proposals.Proposed, Draft, Preview]:
    """Shows what a proposal would do now."""
    actor.must_be(Role.COORDINATOR, "see what others want to send")
    found = proposals.find(session, uid, around.now)
    draft, preview = look(session, actor, Written.from_json(found.draft), around)
    return found, draft, preview


def settle(session: Session, actor: Actor, uid: str, around: Surroundings, *, agree: bool) -> Settled:
    """Agrees to a proposal, which sends it, or drops it; the first word counts, and a later one learns what it was.

    Whoever wrote it may drop it but not agree to it. It is not sent where they are not on the staff any more.
    """
    actor.must_be(Role.COORDINATOR, "agree to what others want to send")
    found = proposals.find(session, uid, around.now)
    if found.state is not ProposalState.OPEN:
        return _settled(session, found, found.state, found.settled_by, first=False)
    if agree and actor.name == found.by:
        raise Refused("You wrote this yourself", mend="Somebody else has to agree to it.")
    if not agree:
        proposals.settle(session, uid, ProposalState.DROPPED, actor.name)
        note(session, actor, "proposal.drop", uid, "", around.now)
        return _settled(session, found, ProposalState.DROPPED, actor.name, first=True)
    if found.role is None:
        raise UserError(f"{found.name} is not on the staff any more", mend="Write it anew if it still matters.")
    written, author = Written.from_json(found.draft), Actor(found.by, found.role)
    published = _publish(session, author, written, draft_of(session, written, around), around)
    proposals.settle(session, uid, ProposalState.AGREED, actor.name, published.id)
    note(session, actor, "proposal.agree", uid, published.uid, around.now)
    return _settled(session, found, ProposalState.AGREED, actor.name, first=True, notice=published.uid)


def stop(session: Session, actor: Actor, uid: str, around: Surroundings) -> Stopped:
    """Takes a notice back as far as it has not left; one that has left already stays as it is."""
    actor.must_be(Role.COORDINATOR, "cancel notices")
    notice = stored.find_notice(session, uid)
    key = known(notice.id)
    if notice.state == NoticeState.CANCELLED:
        return Stopped(False, 0, after.count(session, key, Whom.SENT))
    if overview.progress(session, notice).done:
        return Stopped(False, 0, after.count(session, key, Whom.SENT), over=True)
    withdrawn = notices.cancel(session, actor, uid, around.now)
    return Stopped(True, withdrawn, after.count(session, key, Whom.SENT))


def follow(session: Session, actor: Actor, uid: str, chat: str, message: int) -> None:
    """Has a message in a chat show how a notice comes along."""
    actor.must_be(Role.VIEWER, "see notices")
    progress_cards.follow(session, uid, chat, message)


def _publish(session: Session, actor: Actor, written: Written, draft: Draft, around: Surroundings) -> Published:
    published = notices.send(session, actor, draft, around)
    if written.file:
        draft_files.forget(session, written.file)
    return published


def _others(session: Session, but: set[str]) -> list[str]:
    least = ORDER.index(Role.COORDINATOR)
    everybody = staff.addresses(session, TELEGRAM)
    return sorted(chat for chat, role in everybody.items() if role and ORDER.index(role) >= least and chat not in but)


def _settled(
    session: Session, found: proposals.Proposed, state: ProposalState, by: str, *, first: bool, notice: str = ""
) -> Settled:
    name = names_of(session, {by}).get(by, by)
    return Settled(state, first, name, found.name, proposals.chats_of(session, found.by), notice)
