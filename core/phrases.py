"""Every fixed phrase of a notice that a participant reads, named, in one place, in English.

`{placeholders}` are filled in like those of a notice; `{_contact}` is one of the three ways to name the
contact. Short sentences, one thing at a time: some people hear them from a screen reader, and some read
slowly.
"""

from __future__ import annotations

from core.speech import Phrase

# Before a message that reaches a person by a phone or mailbox that is not theirs alone.
FOR = Phrase("For {_who}: ")

FROM = Phrase("This message is from {group}.")

# The named contact; the second and third are for a group that has not filled in its settings.
RING = Phrase("ring {contact_name} on {contact_phone}")
RING_NUMBER = Phrase("ring {contact_phone}")
SPEAK_TO = Phrase("speak to {contact_name}")
ASK_GROUP = Phrase("speak to {group}")

# How to stop and how to answer, where nothing that the person writes would be heard ...
STOP_OR_ANSWER = Phrase("To stop these messages or to answer, {_contact}.")
# ... where somebody reads the answers to an e-mail ...
EMAIL_HEARD = Phrase("To stop these messages or to answer, reply to this e-mail or {_contact}.")
# ... and where the service reads what is written in the chat.
TELEGRAM_HEARD = Phrase("To answer, write here. To stop these messages, write STOP here. You can also {_contact}.")

# The same in a text message, where each character counts.
SMS_STOP_WORD = Phrase("Text STOP to stop. To answer, {_contact}.")
SMS_HEARD = Phrase("To answer, text back or {_contact}. Text STOP to stop.")
# ... and where a meeting's notice asks who comes.
SMS_ASKS = Phrase("To answer, text YES, NO or MAYBE, or {_contact}. Text STOP to stop.")

# The way to a person's own pages; in an e-mail's HTML the link has words.
OWN_PAGE = Phrase("To answer, or to change how you hear from us: {_visit}")
OWN_PAGE_WORDS = Phrase("open your own page")
OWN_PAGE_SMS = Phrase("Or answer here: {_visit}")

# What goes along with a notice, for those who don't see it or can't open it ...
WITH_PICTURE = Phrase("With this message comes a picture. It shows: {_shows}")
WITH_DOCUMENT = Phrase("With this message comes a document: {_file}.")
WITH_DOCUMENT_ABOUT = Phrase("With this message comes a document: {_file}. What it is about: {_shows}")
# ... and where it can't come along.
ALSO_PICTURE = Phrase("There is also a picture. It shows: {_shows}")
ALSO_DOCUMENT = Phrase("There is also a document. Ask us for it.")
ALSO_DOCUMENT_ABOUT = Phrase("There is also a document. What it is about: {_shows}")

# What a caller says. The words in round brackets are for the caller.
CALL_OPENING = Phrase(
    "Hello, may I speak to {name}?\n"
    "This is (your name) from {group}.\n"
    "(Go on only when you are speaking to {name}.)\n"
    "I have a message for you."
)
CALL_CLOSING = Phrase(
    "Shall I say any of that again?\n"
    "If you have a question later, {_contact}.\n"
    "If you do not want these calls, tell me now, and we will stop them."
)

# What a caller leaves on an answering machine. Somebody else may hear it: never the matter, never for whom.
VOICEMAIL = Phrase("Hello. This is {group}. Please {_contact}. Thank you. Goodbye.")
VOICEMAIL_NUMBER_AGAIN = Phrase(
    "Hello. This is {group}. Please {_contact}. The number again is {contact_phone}. Thank you. Goodbye."
)

# A meeting's notices. Placeholders are those of core.meeting_words, besides a notice's own. A line that has nothing
# to say for a meeting is left out.
MEETING_HELLO = Phrase("Hello {first_name},")
MEETING_INVITATION = Phrase("You are invited to this meeting: **{title}**.")
MEETING_REMINDER = Phrase("This is a reminder of our meeting: **{title}**.")
MEETING_TODAY = Phrase("Our meeting is today: **{title}**.")
MEETING_CHANGED = Phrase("Something has changed about our meeting: **{title}**.")
MEETING_ON_AGAIN = Phrase("Our meeting was cancelled, and now it is on again: **{title}**.")
MEETING_CANCELLED = Phrase("Our meeting is cancelled: **{title}**. Please do not come.")

MEETING_WHEN = Phrase("When: {when}, until {ends}.")
MEETING_WHERE = Phrase("Where: {place}.")
MEETING_ONLINE = Phrase("Online: <{link}>")
MEETING_BY_PHONE = Phrase("To join by phone, ring {join_phone}.")
MEETING_ACCESS = Phrase("Access: {access}.")
MEETING_AGENDA = Phrase("What we will talk about:\n\n{topics}")
MEETING_ANSWER = Phrase("Please tell us if you can come.")

MEETING_MOVED = Phrase("It moved from {old} to {new}.")
MEETING_NEW_END = Phrase("It now ends at {new}, not at {old}.")
MEETING_NEW_PLACE = Phrase("The place is now {new}.")
MEETING_NO_PLACE = Phrase("It is no longer at {old}.")
MEETING_NEW_LINK = Phrase("The online link is a new one. Please do not use the old one.")
MEETING_NO_LINK = Phrase("You can no longer join online.")
MEETING_NEW_JOIN_PHONE = Phrase("The number to join by phone is now {new}.")
MEETING_NO_JOIN_PHONE = Phrase("You can no longer join by phone.")

MEETING_WAS_PLANNED = Phrase("It was planned for {when}.")
MEETING_WHY = Phrase("The reason: {why}.")

# The subject of an e-mail: what it is about must show in a list of messages.
MEETING_INVITATION_SUBJECT = Phrase("Invitation: {title}")
MEETING_REMINDER_SUBJECT = Phrase("Reminder: {title}")
MEETING_TODAY_SUBJECT = Phrase("Today: {title}")
MEETING_CHANGE_SUBJECT = Phrase("Changed: {title}")
MEETING_CANCELLATION_SUBJECT = Phrase("Cancelled: {title}")
MEETING_THANKS_SUBJECT = Phrase("Thank you: {title}")

# The same for a text message, in one short piece: first what to know, then what still finds room.
MEETING_INVITATION_SMS = Phrase("You are invited: {title}, {when}{at_place}.")
MEETING_REMINDER_SMS = Phrase("Reminder: {title}, {when}{at_place}.")
MEETING_TODAY_SMS = Phrase("Today: {title}, {when}{at_place}.")
MEETING_CHANGE_SMS = Phrase("Changed: {title}. It is now {when}{at_place}.")
MEETING_ON_AGAIN_SMS = Phrase("On again: {title}, {when}{at_place}.")
MEETING_CANCELLATION_SMS = Phrase("Cancelled: {title}, {when}. Please do not come.")
MEETING_THANKS_SMS = Phrase("Thank you for your part in {title}.")
MEETING_WAS_SMS = Phrase("It was {old}.")
MEETING_WAS_AT_SMS = Phrase("It was at {old}.")
MEETING_NEW_LINK_SMS = Phrase("The online link is new.")
MEETING_BY_PHONE_SMS = Phrase("By phone: {join_phone}.")
MEETING_WHY_SMS = Phrase("{why}.")
