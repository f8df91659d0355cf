"""What replies can mean, and the lists of words that mean it, in each language's own catalogue."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from core.answers import Answer
from core.people import EMAIL, SMS
from core.speech import Speech


class Meaning(StrEnum):
    """What a whole message means."""

    YES = "yes"
    NO = "no"
    MAYBE = "maybe"
    STOP = "stop"
    START = "start"
    CALL_ME = "call_me"
    HELP = "help"
    CHANGE = "change"
    LANGUAGE = "language"
    SEVERAL = "several"
    """An answer for each of several people who share the phone or mailbox."""
    OTHER = "other"
    """Anything else: a person reads it."""


ANSWERS = {Meaning.YES: Answer.YES, Meaning.NO: Answer.NO, Meaning.MAYBE: Answer.MAYBE}

CANCEL_WORDS = frozenset({"CANCEL", "END", "QUIT"})
"""Words that stop texts at Twilio, and that somebody may have meant for a meeting.

With STOP, STOPALL and UNSUBSCRIBE they are Twilio's own, and so are START, YES and UNSTOP, HELP and INFO:
https://help.twilio.com/articles/223134027.
"""


@dataclass(frozen=True, slots=True)
class Understood:
    """What a message means.

    `answers` says for SEVERAL what each person answers, by their place from 0. `word` is the word that counted, in
    capitals and as it is listed. `everything` says that all ways are to stop, `channel` that only this one was named
    ("" where none was).
    """

    meaning: Meaning
    answers: tuple[tuple[int, Answer], ...] = ()
    word: str = ""
    everything: bool = False
    channel: str = ""


def counting(speech: Speech) -> Iterator[tuple[Understood, list[str]]]:
    """Gives the words that count. To a translator: what people really write, not a translation of each entry."""
    yield (
        Understood(Meaning.YES),
        speech.variants(
            # Translators: a whole message that says: yes, I come. Separate by commas; small letters.
            "yes, y, ye, yes i can, yes i can come, yes i will, yes i will come, yes i'll come, yes i'll be there, "
            "yes i will be there, yes i am coming, yes i'm coming, i can come, i will come, i'll come, i'll be there, "
            "i will be there, i am coming, i'm coming, yep, yup, yeah, yea, yeh, yess, yse, yas, aye, count me in, "
            "yes of course, of course i'll come, yes definitely, definitely yes, yes coming, see you there, "
            "i would like to come, i'd like to come, yes i would like to come, yes i'd like to come, "
            "yes see you there, see you then, yes see you then, i can make it, yes i can make it, i'll attend, "
            "i will attend, yes i will attend, attending"
        ),
    )
    yield (
        Understood(Meaning.NO),
        speech.variants(
            # Translators: a whole message that says: no, I do not come.
            "i won't be able to come, i won't be able to make it, i will not be able to come, won't be able to come, "
            "won't be able to make it, i'm afraid not, "
            "no, n, nope, nop, nah, noo, no i can't, no i can't come, no i cannot come, no can't come, no i won't, "
            "i won't be able to come, i won't be able to make it, i will not be able to come, won't be able to come, "
            "no i won't come, i can't come, i cannot come, can't come, cannot come, i won't come, i will not come, "
            "won't come, i can't make it, i cannot make it, can't make it, cannot make it, no i can't make it, "
            "no can't make it, i won't be there, i will not be there, won't be there, not coming, no not coming, "
            "i'm not coming, i am not coming, no i'm not coming, can't attend, cannot attend, i can't attend, "
            "i cannot attend, unable to attend, i am unable to attend, unable to come, i am unable to come, "
            "i'm unable to come, not this time, no not this time, not attending, i'm not attending, i am not attending"
        ),
    )
    yield (
        Understood(Meaning.MAYBE),
        speech.variants(
            # Translators: a whole message that says: perhaps I come.
            "maybe, may be, mabye, m, perhaps, possibly, i might, might, i might come, might come, maybe i can, "
            "not sure, i'm not sure, i am not sure, not sure yet, i'm not sure yet, i am not sure yet, don't know yet, "
            "i don't know yet, i'll try, i will try, i'll try to come, i will try to come, will try"
        ),
    )
    yield (
        Understood(Meaning.STOP),
        speech.variants(
            # Translators: a whole message that asks us to stop writing this way, whichever way it is.
            "stop, stop now, unsubscribe, unsubscribe me, opt out, optout, opt me out, stop messaging me, "
            "stop messages, stop the messages, stop these messages, stop sending me messages, stop sending messages, "
            "stop contacting me, stop sending me these, stop sending me these messages, no more messages, "
            "don't message me again, "
            "do not message me again, don't send me any more messages, do not send me any more messages, "
            "take me off your list, take me off the list, take me off this list, remove me from your list, "
            "remove me from the list, remove me from this list, i want to unsubscribe, i want to opt out"
        ),
    )
    yield (
        Understood(Meaning.STOP, channel=SMS),
        speech.variants(
            # Translators: a whole message that asks us to stop text messages.
            "stop texting, stop texting me, stop texts, stop the texts, stop these texts, stop sending me texts, "
            "stop sending texts, no more texts, don't text me, do not text me, don't text me again, "
            "do not text me again, don't text me any more, do not text me any more, stop texting me now, stop sms"
        ),
    )
    yield (
        Understood(Meaning.STOP, channel=EMAIL),
        speech.variants(
            # Translators: a whole message that asks us to stop e-mails.
            "stop emailing, stop emailing me, stop emails, stop the emails, stop these emails, stop sending me emails, "
            "stop sending emails, no more emails, don't email me, do not email me, don't email me again, "
            "do not email me again, don't email me any more, do not email me any more, stop e-mails, no more e-mails"
        ),
    )
    yield (
        Understood(Meaning.STOP, everything=True),
        speech.variants(
            # Translators: a whole message that asks us to stop everything: every way, calls too.
            "stopall, stop all, stop everything, stop all messages, stop all contact, stop all of it, "
            "stop contacting me at all, do not contact me again, don't contact me again, "
            "don't contact me ever again, never contact me again"
        ),
    )
    yield Understood(Meaning.STOP), ["cancel", "end", "quit"]
    yield (
        Understood(Meaning.START),
        speech.variants(
            # Translators: a whole message that asks us to write again after a stop.
            "start, unstop, start again, restart, start messages again, start texts again, start texting me again, "
            "subscribe, resubscribe, opt in, opt me in, opt me back in"
        ),
    )
    yield (
        Understood(Meaning.CALL_ME),
        speech.variants(
            # Translators: a whole message that asks us to ring.
            "could someone ring me, could someone call me, could somebody ring me, could somebody call me, "
            "call me, callme, call, call back, call me back, ring me, ring, ring back, ring me back, phone me, "
            "phone me back, can you call me, can you ring me, can you phone me, could you call me, could you ring me, "
            "could you phone me, can someone call me, can someone ring me, can somebody ring me, can somebody call me, "
            "give me a ring, give me a call, will you ring me, will you call me, i want a call, i would like a call, "
            "i'd like a call, i need a call, call me back when you can, ring me when you can, call me when you can"
        ),
    )
    yield (
        Understood(Meaning.HELP),
        speech.variants(
            # Translators: a whole message that asks what one can do here.
            "help, info, information"
        ),
    )
    yield (
        Understood(Meaning.CHANGE),
        speech.variants(
            # Translators: a whole message that asks to hear from us another way.
            "change, change channel, change how i hear from you, change how you contact me, change my channel, "
            "i want to hear from you another way"
        ),
    )
    yield (
        Understood(Meaning.LANGUAGE),
        speech.variants(
            # Translators: a whole message that asks for another language.
            "language, my language, change language, change my language, another language, different language"
        ),
    )


def surrounding(speech: Speech) -> tuple[list[str], ...]:
    """Gives what may stand around a word that counts: politeness, regrets, what a name follows, "and", "both"."""
    return (
        speech.variants(
            # Translators: what may stand around an answer without changing it: please, thanks, greetings.
            "please, pls, plz, pleas, thanks, thank you, thankyou, thank u, thanx, thx, ta, cheers, many thanks, "
            "thanks very much, thank you very much, thanks so much, thank you so much, thanks a lot, "
            "thanks for asking, thanks for letting me know, thank you for letting me know, thanks for the invite, "
            "thanks for the invitation, thank you for the invitation, thanks for inviting me, hi, hello, hello there, "
            "hi there, hiya, hey, dear, good morning, morning, good afternoon, afternoon, good evening, evening, "
            "ok, okay, all, everyone, everybody, x, xx, bye, bye for now, have a nice day, have a good day, "
            "take care, sent from my iphone, sent from my ipad, sent from my galaxy, sent from my phone"
        ),
        speech.variants(
            # Translators: what people add to a no; "yes, sorry" is read by a person.
            "sorry, i'm sorry, i am sorry, so sorry, very sorry, im afraid, i'm afraid, i am afraid, unfortunately, "
            "apologies, my apologies, i'm so sorry, i'm very sorry, sorry about that"
        ),
        speech.variants(
            # Translators: what stands before a name at the end of a message: love Ann; and "it is", "here" beside one.
            "love, love from, from, lots of love, regards, kind regards, best regards, warm regards, best wishes, "
            "best, yours, yours sincerely, all the best, it's, its, it is, this is, here"
        ),
        # Translators: joins two people or two numbers.
        speech.variants("and, for, is, says, said, the, number, option"),
        # Translators: everybody who shares a phone, or all that was offered.
        speech.variants("both, both of us, us both, all of us, we both"),
    )
