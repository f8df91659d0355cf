"""A caller's shift: the next person to ring, what came of it, and who may have rung a number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from actions.answers import answer_meeting, takes_answers
from actions.call_lines import words_of
from actions.leaving import Surroundings
from actions.promises import check_promise
from core.addresses import endings, readable_number
from core.answers import Answer
from core.call_words import result_named
from core.calls import CallResult
from core.errors import UserError
from core.people import PHONE, Role
from core.placeholders import KNOWN, Template, first_name
from core.roles import Actor
from scheduler.dispatch import ways_of
from store import call_log, call_results, calls, shift
from store.audit import note
from store.call_log import Owner, Tried
from store.calls import Call
from store.database import Session
from store.shift import Hours, Lease, Waiting
from store.zones import zones_in_use

FEWEST_DIGITS = 4
LONGEST_NOTE = 1000

NOTE = "note"
"""Where something is wrong with a note: the column of a list that it stands in."""


class LostLease(UserError):
    """Somebody else may have this call by now; nothing was noted.

    `call` is its outside id, `noted` what was noted about it, newest first, and `open` whether it is still to be made.
    """

    def __init__(self, call: str, noted: list[Tried], *, open_: bool) -> None:
        self.call, self.noted, self.open = call, noted, open_
        super().__init__(
            "This call is no longer yours, so nothing was noted",
            mend="See what was noted meanwhile, and take the call again if it is still to be made.",
        )


@dataclass(frozen=True, slots=True)
class Held:
    """The call that a caller has in hand until `until`; `token` names the lease and `call` is the call's outside id.

    `name` is what they like to be called, `whole_name` their whole name where it is another. `number` is as it is
    dialled here and `dial` for a link. `held_by` says whose phone it is, where not their own, and `for_whom` whom to
    ask for where somebody else may answer. `needs` pairs what is known of their needs with what it is. `asks` says
    whether they are asked if they come, `answer` what they have said so far. `also` tells what else they are to be told
    of, `history` what was noted before.
    """

    token: str
    call: str
    until: datetime
    person: str
    name: str
    whole_name: str
    number: str
    dial: str
    held_by: str
    for_whom: str | None
    why: str
    script: str
    voicemail: str
    language: str
    format: str
    support: str
    notes: str
    asks: bool
    answer: Answer | None
    also: list[str]
    history: list[Tried]
    tries: int
    back_at: datetime | None
    zone: str


def next_call(session: Session, actor: Actor, around: Surroundings) -> Held | None:
    """Gives a caller the next person to ring, in hand for a quarter of an hour; None where there is nobody just now.

    Whoever still has a call gets the same again, for as long anew (see `store.shift.take_next` for the order).
    """
    actor.must_be(Role.CALLER, "ring people")
    lease = shift.take_next(session, actor.name, _hours(session, around))
    return _held(session, lease, around) if lease else None


def current(session: Session, actor: Actor, around: Surroundings) -> Held | None:
    """Shows the call that a caller has in hand; its time goes on running."""
    actor.must_be(Role.CALLER, "ring people")
    lease = shift.held_by(session, actor.name, around.now)
    return _held(session, Lease(lease.delivery_id, lease.token, lease.until), around) if lease else None


def waiting(session: Session, actor: Actor, around: Surroundings) -> Waiting:
    """Counts the calls that are left, and why a caller is offered none of them."""
    actor.must_be(Role.CALLER, "ring people")
    return shift.waiting(session, actor.name, _hours(session, around))


def take(session: Session, actor: Actor, call: str, around: Surroundings) -> Held | None:
    """Gives a caller one certain call; None where somebody else has it, or where it is no longer to be made."""
    actor.must_be(Role.CALLER, "ring people")
    key = calls.call_key(session, call)
    if not _open(session, key, around):
        return None
    own = shift.held_by(session, actor.name, around.now)
    if own is not None and own.delivery_id != key:
        shift.give_back(session, own.token)
    lease = shift.take(session, key, actor.name, around.now)
    return _held(session, lease, around) if lease else None


def save(
    session: Session,
    actor: Actor,
    token: str,
    call: str,
    outcome: str,
    remark: str,
    around: Surroundings,
    *,
    answer: Answer | None = None,
    call_back_at: datetime | None = None,
    same_caller: bool = False,
) -> set[str]:
    """Notes what came of the call that a caller has in hand; the same tap twice counts once.

    `call` is the call's outside id and `token` the lease's. `answer` is what they said to the meeting, `call_back_at`
    (aware UTC) when they wish to be rung again, by the `same_caller` or anyone. Returns the channels on which something
    new is now waiting. Raises `LostLease` where the call is no longer theirs, and UserError for what can't be noted.
    """
    actor.must_be(Role.CALLER, "note what came of a call")
    result = result_named(outcome)
    if len(remark) > LONGEST_NOTE:
        raise UserError(f"The note is longer than {LONGEST_NOTE:,} characters", where=NOTE, mend="Shorten it.")
    key = calls.call_key(session, call)
    shift.alone(session)
    if any(one.token == token and one.outcome == result for one in call_results.noted_of(session, key)):
        return set()
    lease = shift.lease_of(session, key, around.now)
    still = _open(session, key, around)
    if lease is None or lease.token != token or lease.by != actor.name or not still:
        raise LostLease(call, call_log.of_call(session, key), open_=bool(still))
    back_at = check_promise(call_back_at, still[0], around) if result is CallResult.CALL_BACK else None
    woken = note_call(session, still[0], result, remark, actor.name, around, token=token, answer=answer)
    if back_at is not None:
        shift.promise(session, key, back_at, actor.name if same_caller else "")
    note(session, actor, "calls.record", call, result, around.now)
    return woken


def note_call(
    session: Session,
    call: Call,
    result: CallResult,
    remark: str,
    by: str,
    around: Surroundings,
    *,
    token: str,
    answer: Answer | None = None,
) -> set[str]:
    """Writes down what came of a call and, where they were reached, what they answered to its meeting.

    An answer to a meeting that is over or cancelled by now is left out.
    """
    meeting = call.meeting if result is CallResult.REACHED and answer is not None else None
    counts = meeting is not None and takes_answers(session, meeting, around)
    woken = call_results.record_call(
        session, call.id, result, remark.strip(), by, around.now, ways_of(around.channels), token=token
    )
    if counts and meeting and answer:
        answer_meeting(session, call.person, meeting, answer, PHONE, around)
    return woken


def give_back(session: Session, actor: Actor, token: str, around: Surroundings) -> None:
    """Puts the call that a caller has in hand back on the list; nothing is noted about it."""
    actor.must_be(Role.CALLER, "ring people")
    if shift.give_back(session, token):
        note(session, actor, "calls.give_back", "", "", around.now)


def find_number(session: Session, actor: Actor, last_digits: str, around: Surroundings) -> list[Owner]:
    """Finds the people whose number ends in these digits, with who rang them last, when and why ("Who rang me?").

    Raises UserError for fewer than four digits.
    """
    actor.must_be(Role.CALLER, "look a number up")
    digits = endings(last_digits, around.settings.region)
    if len(digits[0]) < FEWEST_DIGITS:
        raise UserError(
            f"{FEWEST_DIGITS} digits or more are needed to find somebody",
            mend="Ask for the last four digits of the number that was rung.",
        )
    found = call_log.owners(session, digits)
    note(session, actor, "calls.who_rang", "", f"{len(found)} people", around.now)
    return found


def _open(session: Session, key: int, around: Surroundings) -> list[Call]:
    today = around.now.astimezone(around.settings.zone).date()
    return calls.open_calls(session, today, now=around.now, only=[key])


def _hours(session: Session, around: Surroundings) -> Hours:
    """Finds out where people may be rung just now: in the strategy's calling hours, and never in quiet hours."""
    own, strategy = around.settings.timezone, around.strategy
    awake, ringing = [], []
    for zone in zones_in_use(session) | {own}:
        place = ZoneInfo(zone)
        if strategy.quiet.cover(around.now, place):
            continue
        awake.append(zone)
        if strategy.calling.start <= around.now.astimezone(place).time() < strategy.calling.end:
            ringing.append(zone)
    return Hours(around.now, around.now.astimezone(around.settings.zone).date(), own, ringing, awake)


def _held(session: Session, lease: Lease, around: Surroundings) -> Held | None:
    found = _open(session, lease.delivery_id, around)
    if not found:
        return None
    call = found[0]
    form, filled = words_of(call, around)
    name = first_name(call.name, call.called)
    return Held(
        token=lease.token,
        call=call.id,
        until=lease.until,
        person=call.person,
        name=name,
        whole_name="" if call.name == name else call.name,
        number=readable_number(call.number, around.settings.region),
        dial=f"tel:{call.number}" if re.fullmatch(r"\+?\d+", call.number) else "",
        held_by=call.held_by,
        for_whom=call.for_whom,
        why=Template.parse(call.why, KNOWN).fill(filled),
        script=form.script.fill(filled),
        voicemail=form.voicemail.fill(filled),
        language=call.language,
        format=call.format,
        support=call.support,
        notes=call.notes,
        asks=call.asks,
        answer=call_log.answer_of(session, call.meeting, call.person) if call.meeting else None,
        also=[Template.parse(why, KNOWN).fill(filled) for why in calls.others(session, call.person, lease.delivery_id)],
        history=_filled(call_log.of_person(session, call.person), filled),
        tries=call.tries,
        back_at=call.back_at,
        zone=call.timezone or around.settings.timezone,
    )


def _filled(tries: list[Tried], values: dict[str, str]) -> list[Tried]:
    return [
        Tried(one.at, one.by, one.outcome, one.note, Template.parse(one.about, KNOWN).fill(values)) for one in tries
    ]
