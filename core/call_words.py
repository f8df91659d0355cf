"""The words for what came of a call: those that a caller reads, and those that they write into a sheet."""

from __future__ import annotations

from core.answers import Answer
from core.calls import CallResult
from core.errors import UserError
from core.headings import folded
from core.speech import Speech

_OTHERS = {
    CallResult.REACHED: "reached; spoke; spoke to; spoken to; told; done; yes reached; ok",
    CallResult.VOICEMAIL: "voicemail; voice mail; left message; left a message; message left; answerphone; "
    "answering machine; machine",
    CallResult.NO_ANSWER: "no answer; no reply; not answered; unanswered; rang out; not in",
    CallResult.ENGAGED: "engaged; busy; line busy",
    CallResult.WRONG_NUMBER: "wrong number; wrong; wrong person; not theirs",
    CallResult.NUMBER_DEAD: "number dead; dead; dead number; dead line; not in service; does not work; "
    "disconnected; unobtainable",
    CallResult.CALL_BACK: "call back; callback; ring back; call again; ring again; call later; ring later; later",
    CallResult.OTHER_CHANNEL: "other channel; other way; another way; another channel; prefers another way; "
    "would like another way",
    CallResult.DO_NOT_CALL: "do not call; dont call; do not ring; dont ring; stop; stop calls; no calls",
    CallResult.INTERPRETER: "interpreter; needs interpreter; needs an interpreter; interpreter or other format; "
    "other format; another format; other language",
}
_MEANT = {folded(word): result for result, words in _OTHERS.items() for word in (result.value, *words.split(";"))}

_ANSWERS = {
    Answer.YES: "yes; y; coming; comes; will come",
    Answer.NO: "no; n; not coming; can't come; cannot come",
    Answer.MAYBE: "maybe; perhaps; don't know; not sure; unsure",
}
_ANSWER_MEANT = {folded(word): answer for answer, words in _ANSWERS.items() for word in words.split(";")}


def result_words(speech: Speech) -> dict[CallResult, str]:
    """Says each thing that may come of a call, the most usual first: what stands on a button or beside a tick box."""
    return {
        CallResult.REACHED: speech.say("Reached"),
        CallResult.NO_ANSWER: speech.say("No answer"),
        CallResult.VOICEMAIL: speech.say("Left a voicemail"),
        CallResult.ENGAGED: speech.say("Engaged"),
        CallResult.CALL_BACK: speech.say("Ring back later"),
        CallResult.WRONG_NUMBER: speech.say("Wrong number"),
        CallResult.NUMBER_DEAD: speech.say("Number does not work"),
        CallResult.OTHER_CHANNEL: speech.say("Wants another way than a call"),
        CallResult.INTERPRETER: speech.say("Needs an interpreter or another format"),
        CallResult.DO_NOT_CALL: speech.say("Do not ring again"),
    }


def answer_words(speech: Speech) -> dict[Answer, str]:
    """Says each answer to a meeting."""
    return {
        Answer.YES: speech.say("Yes, comes"),
        Answer.NO: speech.say("No, does not come"),
        Answer.MAYBE: speech.say("Maybe"),
    }


def result_named(raw: str) -> CallResult:
    """Reads what came of a call as somebody writes it ("No answer", "busy", "no_answer"); raises UserError."""
    result = _MEANT.get(folded(raw))
    if result is None:
        raise UserError(f"There is no result {raw.strip()[:40]!r}", mend=f"Use one of: {', '.join(CallResult)}.")
    return result


def answer_named(raw: str) -> Answer:
    """Reads an answer to a meeting as somebody writes it; raises UserError."""
    answer = _ANSWER_MEANT.get(folded(raw))
    if answer is None:
        raise UserError(f"There is no answer {raw.strip()[:40]!r}", mend="Write yes, no or maybe.")
    return answer
