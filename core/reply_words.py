"""What we answer to what people write: short, plain, and always what was understood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.answers import Answer
from core.meetings import Meeting
from core.people import EMAIL, PHONE, SMS, TELEGRAM
from core.speech import Phrase, Speech

_SAID: dict[Answer, Phrase] = {
    Answer.YES: Phrase("Thank you, {name}. You said yes to {meeting}. If that is wrong, write NO."),
    Answer.NO: Phrase("Thank you, {name}. You said no to {meeting}. If that is wrong, write YES."),
    Answer.MAYBE: Phrase("Thank you, {name}. You said maybe to {meeting}. When you know, write YES or NO."),
}
_WORDS: dict[Answer, Phrase] = {
    Answer.YES: Phrase("{name}: yes."),
    Answer.NO: Phrase("{name}: no."),
    Answer.MAYBE: Phrase("{name}: maybe."),
}
_WAYS: dict[str, Phrase] = {
    EMAIL: Phrase("e-mail"),
    SMS: Phrase("text message"),
    TELEGRAM: Phrase("Telegram"),
    PHONE: Phrase("phone call"),
}


def meeting_named(meeting: Meeting, speech: Speech) -> str:
    """Names a meeting with its day and time: "Spring meeting on Friday 14 May 2027 at 2pm"."""
    return speech.say("{title} on {when}", title=meeting.title, when=speech.when(meeting.starts))


def way(channel: str, speech: Speech) -> str:
    """Says what people call a way to hear from us: "text message"."""
    return speech.phrase(_WAYS[channel]) if channel in _WAYS else channel


def answered(name: str, answer: Answer, meeting: Meeting, speech: Speech) -> str:
    """Says what one person has answered, and how to put it right."""
    return speech.phrase(_SAID[answer]).format(name=name, meeting=meeting_named(meeting, speech))


def several_answered(answers: Mapping[str, Answer], meeting: Meeting, speech: Speech) -> str:
    """Says what each of several people has answered."""
    said = " ".join(speech.phrase(_WORDS[answer]).format(name=name) for name, answer in answers.items())
    thanks = speech.say("Thank you. {meeting}.", meeting=meeting_named(meeting, speech))
    return f"{thanks} {said} " + speech.say("If that is wrong, write to us again.")


def who(names: Sequence[str], speech: Speech) -> str:
    """Asks which of the people who share a phone or mailbox an answer is for."""
    example = speech.say("Write the number, or an answer for each: 1 yes, 2 no.")
    return f"{speech.say('Thank you. Who is this answer for?')} {_numbered(names)}. {example}"


def which(meetings: Sequence[Meeting], speech: Speech) -> str:
    """Asks which of several meetings is meant, or whether the one is."""
    listed = _numbered([meeting_named(meeting, speech) for meeting in meetings])
    if len(meetings) == 1:
        asked = speech.say("Thank you. Is that your answer to this meeting? If so, write 1.")
        return f"{asked} {listed}. " + speech.say("If not, somebody will read what you wrote.")
    return f"{speech.say('Thank you. Which meeting do you mean? Write the number.')} {listed}."


def changed(meeting: Meeting, speech: Speech) -> str:
    """Says that a meeting is not as it was when the person was asked, and asks again."""
    place = speech.say("Place: {place}.", place=meeting.place) + " " if meeting.place else ""
    news = speech.say("This meeting has changed. It is now: {meeting}.", meeting=meeting_named(meeting, speech))
    return f"{news} {place}" + speech.say("Can you come? Write YES, NO or MAYBE.")


def over(speech: Speech) -> str:
    """Says that there is nothing to answer any more."""
    return speech.say("This meeting is over or was cancelled. There is nothing more to answer. Thank you.")


def stopped(channel: str, speech: Speech) -> str:
    """Says that one way was stopped, and only that one."""
    return speech.say(
        "You will get no more messages from us here ({way}). Nothing else was changed. "
        "To hear from us here again, write START.",
        way=way(channel, speech),
    )


def all_stopped(speech: Speech) -> str:
    """Says that everything was stopped."""
    return speech.say(
        "You will get nothing more from us, and nobody will ring you. To hear from us again, write START."
    )


def started(speech: Speech) -> str:
    """Says that somebody hears from us here again."""
    return speech.say("You will get our messages here again. To stop them, write STOP.")


def started_by_yes(meeting: Meeting | None, speech: Speech) -> str:
    """Says the same where the word was YES, which may have been an answer as well."""
    if meeting is None:
        return started(speech)
    asked = speech.say("If you meant yes to {meeting}, write YES once more.", meeting=meeting_named(meeting, speech))
    return f"{started(speech)} {asked}"


def not_stopped(speech: Speech) -> str:
    """Says that nothing was stopped."""
    return speech.say("You get our messages here already. To stop them, write STOP.")


def words_to_use(speech: Speech) -> str:
    """Says what one can write."""
    return speech.say(
        "You can answer a meeting with YES, NO or MAYBE. You can also write CALL ME, CHANGE (another way to hear from "
        "us), LANGUAGE or STOP. Anything else is read by a person."
    )


def will_ring(start: str, end: str, speech: Speech) -> str:
    """Says that somebody rings."""
    return speech.say("Thank you. Somebody will ring you, between {start} and {end}.", start=start, end=end)


def will_get_in_touch(speech: Speech) -> str:
    """Says that somebody sees to a call where there is no number to ring."""
    return speech.say("Thank you. Somebody will get in touch with you about a call.")


def change_how(channels: Sequence[str], speech: Speech) -> str:
    """Asks how somebody would like to hear from us."""
    asked = speech.say("How would you like to hear from us first? Write the number.")
    return f"{asked} {_numbered([way(channel, speech) for channel in channels])}."


def changed_to(channel: str, speech: Speech) -> str:
    """Says how we shall tell somebody from now on."""
    return speech.say("Thank you. From now on we try this first: {way}.", way=way(channel, speech))


def change_language(languages: Sequence[str], speech: Speech) -> str:
    """Asks for a language."""
    asked = speech.say("Which language would you like? Write the number.")
    return f"{asked} {_numbered(languages)}. " + speech.say("For another language, write its name.")


def language_set(language: str, speech: Speech) -> str:
    """Says that a language was noted."""
    return speech.say("Thank you. Your language: {language}.", language=language)


def somebody_reads(speech: Speech) -> str:
    """Says that a person will see to it."""
    return speech.say("Thank you. Somebody will read this and get in touch.")


def read_with_the_last(speech: Speech) -> str:
    """Says so to somebody who has had the honest reply within the hour."""
    return speech.say("Thank you. This is kept with what you wrote before, and somebody will read it.")


def not_for_this_chat(speech: Speech) -> str:
    """Says that a button is none of theirs."""
    return speech.say("This button does not work here any more.")


def stranger(speech: Speech) -> str:
    """Says that we do not know an address."""
    return speech.say("Thank you for writing. We do not know this number or address yet.")


def more(speech: Speech) -> str:
    """Asks what somebody would like who has asked for more."""
    return speech.say("What would you like?")


def _numbered(choices: Sequence[str]) -> str:
    return ", ".join(f"{number} {choice}" for number, choice in enumerate(choices, 1))


def own_name(language: str) -> str:
    """Says what a language calls itself: "Cymraeg"."""
    from babel import Locale, UnknownLocaleError  # heavy, and only somebody who changes their language needs it

    try:
        name = Locale.parse(language.replace("-", "_")).get_display_name()
    except (UnknownLocaleError, ValueError):
        name = None
    return name[:1].upper() + name[1:] if name else language
