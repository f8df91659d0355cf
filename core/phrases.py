"""Every fixed phrase that a participant reads, named, in one place, in English.

`{placeholders}` are filled in like those of a notice; `{_contact}` is one of the three ways to name the
contact. Short sentences, one thing at a time: some people hear them from a screen reader, and some read
slowly.
"""

from __future__ import annotations

LANGUAGE = "en"

# Before a message that reaches a person by a phone or mailbox that is not theirs alone.
FOR = "For {_who}: "

FROM = "This message is from {group}."

# The named contact; the second and third are for a group that has not filled in its settings.
RING = "ring {contact_name} on {contact_phone}"
RING_NUMBER = "ring {contact_phone}"
SPEAK_TO = "speak to {contact_name}"
ASK_GROUP = "speak to {group}"

# How to stop and how to answer, where nothing that the person writes would be heard ...
STOP_OR_ANSWER = "To stop these messages or to answer, {_contact}."
# ... where somebody reads the answers to an e-mail ...
EMAIL_HEARD = "To stop these messages or to answer, reply to this e-mail or {_contact}."
# ... and where the service reads what is written in the chat.
TELEGRAM_HEARD = "To answer, write here. To stop these messages, write STOP here. You can also {_contact}."

# The same in a text message, where each character counts.
SMS_STOP_WORD = "Text STOP to stop. To answer, {_contact}."
SMS_HEARD = "To answer, text back or {_contact}. Text STOP to stop."

# What a caller says. The words in round brackets are for the caller.
CALL_OPENING = (
    "Hello, may I speak to {name}?\n"
    "This is (your name) from {group}.\n"
    "(Go on only when you are speaking to {name}.)\n"
    "I have a message for you."
)
CALL_CLOSING = (
    "Shall I say any of that again?\n"
    "If you have a question later, {_contact}.\n"
    "If you do not want these calls, tell me now, and we will stop them."
)

# What a caller leaves on an answering machine. Somebody else may hear it: never the matter, never for whom.
VOICEMAIL = "Hello. This is {group}. Please {_contact}. Thank you. Goodbye."
VOICEMAIL_NUMBER_AGAIN = (
    "Hello. This is {group}. Please {_contact}. The number again is {contact_phone}. Thank you. Goodbye."
)
