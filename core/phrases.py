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

# A meeting's notices. Placeholders are those of core.meeting_words, besides a notice's own. A line that has nothing
# to say for a meeting is left out.
MEETING_HELLO = "Hello {first_name},"
MEETING_INVITATION = "You are invited to this meeting: **{title}**."
MEETING_REMINDER = "This is a reminder of our meeting: **{title}**."
MEETING_TODAY = "Our meeting is today: **{title}**."
MEETING_CHANGED = "Something has changed about our meeting: **{title}**."
MEETING_ON_AGAIN = "Our meeting was cancelled, and now it is on again: **{title}**."
MEETING_CANCELLED = "Our meeting is cancelled: **{title}**. Please do not come."

MEETING_WHEN = "When: {when}, until {ends}."
MEETING_WHERE = "Where: {place}."
MEETING_ONLINE = "Online: <{link}>"
MEETING_BY_PHONE = "To join by phone, ring {join_phone}."
MEETING_ACCESS = "Access: {access}."
MEETING_AGENDA = "What we will talk about:\n\n{topics}"
MEETING_ANSWER = "Please tell us if you can come."

MEETING_MOVED = "It moved from {old} to {new}."
MEETING_NEW_END = "It now ends at {new}, not at {old}."
MEETING_NEW_PLACE = "The place is now {new}."
MEETING_NO_PLACE = "It is no longer at {old}."
MEETING_NEW_LINK = "The online link is a new one. Please do not use the old one."
MEETING_NO_LINK = "You can no longer join online."
MEETING_NEW_JOIN_PHONE = "The number to join by phone is now {new}."
MEETING_NO_JOIN_PHONE = "You can no longer join by phone."

MEETING_WAS_PLANNED = "It was planned for {when}."
MEETING_WHY = "The reason: {why}."

# The subject of an e-mail: what it is about must show in a list of messages.
MEETING_INVITATION_SUBJECT = "Invitation: {title}"
MEETING_REMINDER_SUBJECT = "Reminder: {title}"
MEETING_TODAY_SUBJECT = "Today: {title}"
MEETING_CHANGE_SUBJECT = "Changed: {title}"
MEETING_CANCELLATION_SUBJECT = "Cancelled: {title}"
MEETING_THANKS_SUBJECT = "Thank you: {title}"

# The same for a text message, in one short piece: first what to know, then what still finds room.
MEETING_INVITATION_SMS = "You are invited: {title}, {when}{at_place}."
MEETING_REMINDER_SMS = "Reminder: {title}, {when}{at_place}."
MEETING_TODAY_SMS = "Today: {title}, {when}{at_place}."
MEETING_CHANGE_SMS = "Changed: {title}. It is now {when}{at_place}."
MEETING_ON_AGAIN_SMS = "On again: {title}, {when}{at_place}."
MEETING_CANCELLATION_SMS = "Cancelled: {title}, {when}. Please do not come."
MEETING_THANKS_SMS = "Thank you for your part in {title}."
MEETING_WAS_SMS = "It was {old}."
MEETING_WAS_AT_SMS = "It was at {old}."
MEETING_NEW_LINK_SMS = "The online link is new."
MEETING_BY_PHONE_SMS = "By phone: {join_phone}."
MEETING_WHY_SMS = "{why}."
