"""The words of each notice that a meeting makes, from what is known of the meeting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from core import phrases
from core.calendar import wall
from core.content import Content, check_sms_length, make_content
from core.errors import UserError
from core.markdown import Marked, refuse_web_address
from core.meeting_fields import FIELDS, cut, fields_of, filled, line_of, mark, marked
from core.meetings import LONGEST, Aspect, Meeting, MeetingState, changes, check_length
from core.notices import Kind
from core.placeholders import KNOWN, Template
from core.segments import measure, to_gsm
from core.speech import IN_ENGLISH, Phrase, Speech
from core.strategy import Rule

SMS_ROOM: Final = 160
"""Septets up to which a text's own words are filled with what is useful but not needed; who it is from, whom to ring
and how to stop come around it, so that it stays in two segments (GSM-7) where title and place are of usual length."""

LONGEST_WORDS: Final = 3000
"""Characters of the group's own words with the longest meeting filled in, so that they fit into one message."""

_LONGEST_VALUES = {name: "x" * LONGEST.get(name, 60) for name in FIELDS}

_SMS_TITLE: Final = 60
_SMS_PLACE: Final = 80
_OPENING = {
    Kind.INVITATION: phrases.MEETING_INVITATION,
    Kind.REMINDER: phrases.MEETING_REMINDER,
    Kind.CHANGE: phrases.MEETING_CHANGED,
    Kind.CANCELLATION: phrases.MEETING_CANCELLED,
}
_SUBJECT = {
    Kind.INVITATION: phrases.MEETING_INVITATION_SUBJECT,
    Kind.REMINDER: phrases.MEETING_REMINDER_SUBJECT,
    Kind.CHANGE: phrases.MEETING_CHANGE_SUBJECT,
    Kind.CANCELLATION: phrases.MEETING_CANCELLATION_SUBJECT,
    Kind.THANKS: phrases.MEETING_THANKS_SUBJECT,
}
_SMS = {
    Kind.INVITATION: phrases.MEETING_INVITATION_SMS,
    Kind.REMINDER: phrases.MEETING_REMINDER_SMS,
    Kind.CHANGE: phrases.MEETING_CHANGE_SMS,
    Kind.CANCELLATION: phrases.MEETING_CANCELLATION_SMS,
    Kind.THANKS: phrases.MEETING_THANKS_SMS,
}


def notice_words(
    rule: Rule, meeting: Meeting, *, old: Meeting | None = None, zone: str = "", speech: Speech = IN_ENGLISH
) -> Content:
    """Writes what the notice of a rule says about a meeting, with a short text of its own for text messages.

    `old` is the version that people know, for a change and a cancellation. `zone` is the group's own (IANA): where the
    meeting has another one, its times say so. Text messages hold no web address. Raises UserError where the group's
    own words or the meeting's have something to mend (`check_words` and `core.meetings.check` find it earlier).
    """
    if rule.kind in (Kind.CHANGE, Kind.CANCELLATION) and old is None:
        raise ValueError(f"a {rule.kind} needs the version that people know")
    say_zone = bool(zone and zone != meeting.zone) or bool(old and old.zone != meeting.zone)
    fields = fields_of(meeting, say_zone, speech)
    subject = filled(speech.phrase(_of_day(rule, _SUBJECT[rule.kind], phrases.MEETING_TODAY_SUBJECT)), fields)
    if rule.kind is Kind.THANKS:
        short = _thanks_sms(meeting.thanks, fields, speech)
        return make_content(meeting.thanks, subject, short, language=speech.language)
    if rule.words:
        text = filled(rule.words, marked(fields), (*KNOWN, *FIELDS))
        if rule.kind is Kind.CHANGE and old and old.state is MeetingState.PLANNED:
            text += "\n\n" + "\n".join(_differences(old, meeting, say_zone, speech))
    else:
        text = "\n\n".join(_paragraphs(rule, meeting, old, say_zone, speech))
    return make_content(
        text,
        subject,
        _own_sms(rule.sms_words, fields) or _sms(rule, meeting, old, say_zone, speech),
        language=speech.language,
    )


def check_words(rule: Rule) -> None:
    """Raises UserError, with `where` naming the field, for own words that can't be sent for any meeting."""
    names = (*KNOWN, *FIELDS)
    for where, words in (("words", rule.words), ("sms_words", rule.sms_words)):
        try:
            template = Template.parse(words, names)
            check_length(template.bind(_LONGEST_VALUES).source, LONGEST_WORDS, where)
            Marked(template)
            if where == "sms_words":
                check_sms_length(template)
                refuse_web_address(words, where)
        except UserError as error:
            raise UserError(error.what, where=where, mend=error.mend) from None


def _paragraphs(rule: Rule, meeting: Meeting, old: Meeting | None, say_zone: bool, speech: Speech) -> Iterator[str]:
    """Writes a notice as Markdown, paragraph by paragraph."""
    fields = marked(fields_of(meeting, say_zone, speech))
    phrase = speech.phrase
    yield phrase(phrases.MEETING_HELLO)
    if rule.kind is Kind.CANCELLATION:
        known = old or meeting
        yield filled(phrase(phrases.MEETING_CANCELLED), fields)
        yield filled(phrase(phrases.MEETING_WAS_PLANNED), marked(fields_of(known, say_zone, speech)))
        if why := line_of(meeting.why):
            yield filled(phrase(phrases.MEETING_WHY), {"why": mark(why)})
        return
    on_again = old is not None and old.state is MeetingState.CANCELLED
    opening = phrases.MEETING_ON_AGAIN if on_again else _OPENING[rule.kind]
    yield filled(phrase(_of_day(rule, opening, phrases.MEETING_TODAY)), fields)
    if old is not None and not on_again:
        yield "\n".join(_differences(old, meeting, say_zone, speech))
    facts = [(True, phrases.MEETING_WHEN), (meeting.place, phrases.MEETING_WHERE)]
    facts += [(meeting.link, phrases.MEETING_ONLINE), (meeting.join_phone, phrases.MEETING_BY_PHONE)]
    facts += [(meeting.access, phrases.MEETING_ACCESS)]
    yield "\n".join(filled(phrase(line), {**fields, "link": meeting.link}) for known, line in facts if known)
    if meeting.agenda.strip() and rule.kind is Kind.INVITATION:
        yield filled(phrase(phrases.MEETING_AGENDA), {"topics": meeting.agenda.strip()})
    if rule.kind is Kind.INVITATION:
        yield phrase(phrases.MEETING_ANSWER)


def _differences(old: Meeting, new: Meeting, say_zone: bool, speech: Speech) -> Iterator[str]:
    """Says what has changed, in sentences of Markdown: a caller reads them out as they stand."""
    before, after = fields_of(old, say_zone, speech), fields_of(new, say_zone, speech)
    aspects = changes(old, new)
    if Aspect.TIME in aspects:
        yield _moved(before["when"], after["when"], speech)
    elif Aspect.LENGTH in aspects:
        yield filled(speech.phrase(phrases.MEETING_NEW_END), {"old": before["ends"], "new": after["ends"]})
    for aspect, field, new_phrase, gone_phrase in (
        (Aspect.PLACE, "place", phrases.MEETING_NEW_PLACE, phrases.MEETING_NO_PLACE),
        (Aspect.LINK, "link", phrases.MEETING_NEW_LINK, phrases.MEETING_NO_LINK),
        (Aspect.JOIN_PHONE, "join_phone", phrases.MEETING_NEW_JOIN_PHONE, phrases.MEETING_NO_JOIN_PHONE),
    ):
        was, now = before.get(field, ""), after.get(field, "")
        if aspect not in aspects:
            continue
        if aspect is Aspect.PLACE and was and now:
            yield _moved(was, now, speech)
        else:
            there = now or (new.link if aspect is Aspect.LINK else "")
            yield filled(speech.phrase(new_phrase if there else gone_phrase), marked({"old": was, "new": now}))


def _moved(old: str, new: str, speech: Speech) -> str:
    return filled(speech.phrase(phrases.MEETING_MOVED), marked({"old": old, "new": new}))


def _sms(rule: Rule, meeting: Meeting, old: Meeting | None, say_zone: bool, speech: Speech) -> str:
    """Writes a notice for a text message: title, day, time and place, and what else finds room."""
    told = old if rule.kind is Kind.CANCELLATION and old else meeting
    fields = fields_of(told, say_zone, speech)
    local = wall(told.starts_at, told.zone)
    there = fields["when"].removeprefix(speech.when(local))
    place = cut(fields["place"], _SMS_PLACE) or (speech.say("online") if meeting.link else "")
    fields |= {
        "title": cut(fields["title"], _SMS_TITLE),
        "when": speech.when(local, year=False) + there,
        "at_place": f", {place}" if place else "",
    }
    on_again = old is not None and old.state is MeetingState.CANCELLED and rule.kind is Kind.CHANGE
    phrase = phrases.MEETING_ON_AGAIN_SMS if on_again else _of_day(rule, _SMS[rule.kind], phrases.MEETING_TODAY_SMS)
    more: list[str] = []
    if rule.kind is Kind.CANCELLATION:
        more = [filled(speech.phrase(phrases.MEETING_WHY_SMS), {"why": line_of(meeting.why)})] if meeting.why else []
    elif old is not None and not on_again:
        more = list(_differences_sms(old, meeting, speech))
    if meeting.join_phone and rule.kind is not Kind.CANCELLATION:
        more.append(filled(speech.phrase(phrases.MEETING_BY_PHONE_SMS), fields))
    # A place that was cut stands at the end of its sentence.
    text = filled(speech.phrase(phrase), fields).replace("....", "...")
    for sentence in more:
        longer = f"{text} {sentence}"
        if measure(to_gsm(longer)).count == 1:
            text = longer
    return text


def _differences_sms(old: Meeting, new: Meeting, speech: Speech) -> Iterator[str]:
    """Says what it was before, the most important first."""
    aspects = changes(old, new)
    if Aspect.TIME in aspects:
        yield filled(
            speech.phrase(phrases.MEETING_WAS_SMS), {"old": speech.when(wall(old.starts_at, old.zone), year=False)}
        )
    if Aspect.PLACE in aspects and old.place:
        yield filled(speech.phrase(phrases.MEETING_WAS_AT_SMS), {"old": line_of(old.place)})
    if Aspect.LINK in aspects:
        yield speech.phrase(phrases.MEETING_NEW_LINK_SMS if new.link else phrases.MEETING_NO_LINK)


def _own_sms(words: str, fields: Mapping[str, str]) -> str:
    """Fills the group's own words for a text message, or gives none where this meeting makes them too long."""
    short = {"title": cut(fields["title"], _SMS_TITLE), "place": cut(fields["place"], _SMS_PLACE)}
    text = filled(words, {**fields, **short}, (*KNOWN, *FIELDS))
    try:
        check_sms_length(Template.parse(text, KNOWN))
    except UserError:
        return ""
    return text


def _thanks_sms(thanks: str, fields: Mapping[str, str], speech: Speech) -> str | None:
    """Gives the short words of thanks where the coordinator's own can't go into a text message; None where they can."""
    try:
        check_sms_length(Marked(Template.parse(thanks, KNOWN)).plain(links=False))
    except UserError:
        return filled(speech.phrase(phrases.MEETING_THANKS_SMS), {"title": cut(fields["title"], _SMS_TITLE)})
    return None


def _of_day(rule: Rule, usual: Phrase, today: Phrase) -> Phrase:
    """Chooses the phrase for the day itself."""
    return today if rule.kind is Kind.REMINDER and rule.days == 0 else usual
