"""One text, and the form it takes on each channel, with who is speaking, whom to ask and how to stop.

Each form is made once for a notice and filled once for each person. A template of a form knows how a value
must be written there, so that a name can never change the form around it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from typing import Final

from core import phrases
from core.content import Content, check_sms_length
from core.errors import UserError
from core.group import Group
from core.letter import letter
from core.markdown import Marked, refuse_web_address
from core.placeholders import KNOWN, Template, first_name, hole
from core.segments import to_gsm

TELEGRAM_LIMIT: Final = 4096  # characters after the tags are read: core.telegram.org/bots/api#sendmessage
_ROOM_FOR_A_NAME: Final = 40  # characters
_INTERNAL: Final = (*KNOWN, "_contact", "_who")


@dataclass(frozen=True, slots=True)
class EmailForm:
    """An e-mail; `html` is a whole document."""

    subject: Template
    plain: Template
    html: Template


@dataclass(frozen=True, slots=True)
class TelegramForm:
    """A Telegram message, for `parse_mode="HTML"` and for none."""

    html: Template
    plain: Template


@dataclass(frozen=True, slots=True)
class SmsForm:
    """A text message, in GSM-7 as far as that is honest."""

    text: Template


@dataclass(frozen=True, slots=True)
class CallForm:
    """What a caller says to the person, and what to an answering machine."""

    script: Template
    voicemail: Template


def fields(name: str, called: str | None, group: Group, for_whom: str | None = None) -> dict[str, str]:
    """Gives the values of every placeholder for one person, each on one line.

    `for_whom` is what to call them where the route is shared or held by somebody else, else None.
    """
    return {
        **group.fields,
        "first_name": first_name(name, called),
        "name": " ".join(name.split()),
        "_for": _FOR.fill({"_who": " ".join(for_whom.split())}) if for_whom else "",
    }


def email_form(content: Content, group: Group, *, listening: bool = False) -> EmailForm:
    """Makes the e-mail of a notice. `listening` says that the service reads the answers itself.

    Raises UserError for words that can't be sent.
    """
    text = _read(content)
    heard = listening or bool(group.reply_to)
    footer = f"{phrases.FROM}\n{phrases.EMAIL_HEARD if heard else phrases.STOP_OR_ANSWER}"
    subject = Template.parse(content.subject, KNOWN, where="the subject").marked
    title = hole("_for") + subject
    footer = _phrase(footer, group).marked
    return EmailForm(
        subject=Template.from_marked(title, one_line).bind(group.fields),
        plain=Template.from_marked(f"{hole('_for')}{text.plain().marked}\n\n{footer}\n").bind(group.fields),
        html=Template.from_marked(
            letter(title, text.html().marked, footer, language=content.language, phone=group.contact_phone),
            escape,
        ).bind(group.fields),
    )


def telegram_form(content: Content, group: Group, *, listening: bool = False) -> TelegramForm:
    """Makes the Telegram message of a notice.

    Raises UserError for words that can't be sent or would not fit into 4,096 characters with names.
    """
    text = _read(content)
    footer = f"{phrases.FROM}\n{phrases.TELEGRAM_HEARD if listening else phrases.STOP_OR_ANSWER}"
    footer = _phrase(footer, group).marked
    plain = Template.from_marked(f"{hole('_for')}{text.plain().marked}\n\n{footer}").bind(group.fields)
    html = Template.from_marked(f"{hole('_for')}{text.telegram().marked}\n\n{escape(footer)}", escape)
    length = _utf16(plain.fixed) + _ROOM_FOR_A_NAME * len(plain.holes)
    if length > TELEGRAM_LIMIT:
        raise UserError(
            f"With names this may be {length:,} characters long, and Telegram takes {TELEGRAM_LIMIT:,}",
            where="Telegram",
            mend="Make the text shorter.",
        )
    return TelegramForm(html=html.bind(group.fields), plain=plain)


def sms_form(
    content: Content, group: Group, *, stop_word: bool, links: bool = False, listening: bool = False
) -> SmsForm:
    """Makes the text message of a notice.

    `stop_word` says that the provider takes STOP to this sender, `listening` that the service reads answers.
    A web link becomes its words unless `links`. Raises UserError for a web address without words of its own,
    and for words over 6 segments.
    """
    if content.sms_text is None:
        words = _read(content).plain(links=links)
    else:
        where = "the text for text messages"
        words = Template.parse(content.sms_text, KNOWN, where=where)
        if not links:
            refuse_web_address(words.marked, where)
    check_sms_length(words)
    heard = phrases.SMS_HEARD if listening else phrases.SMS_STOP_WORD if stop_word else phrases.STOP_OR_ANSWER
    text = re.sub(r"\n\s*\n", "\n", words.marked)
    whole = f"{hole('group')}: {hole('_for')}{text}\n{_phrase(heard, group).marked}"
    return SmsForm(Template.from_marked(to_gsm(whole), to_gsm).bind(group.fields))


def call_form(content: Content, group: Group) -> CallForm:
    """Makes the script for a caller, and a line for an answering machine that says nothing of the matter."""
    text = _read(content).plain().marked
    opening, closing = (
        _phrase(phrases.CALL_OPENING, group).marked,
        _phrase(phrases.CALL_CLOSING, group).marked,
    )
    again = phrases.VOICEMAIL_NUMBER_AGAIN if group.contact_phone else phrases.VOICEMAIL
    return CallForm(
        script=Template.from_marked(f"{opening}\n\n{text}\n\n{closing}").bind(group.fields),
        voicemail=_phrase(again, group).bind(group.fields),
    )


def one_line(value: str) -> str:
    """Gives a value for a header: no line end may come in through a name."""
    return " ".join(value.splitlines()) if not value.isprintable() else value


def _read(content: Content) -> Marked:
    return Marked(Template.parse(content.text, KNOWN, where="the text"), where="the text")


def _phrase(text: str, group: Group) -> Template:
    """Reads a fixed phrase and says in it whom to ask, as far as the group's settings tell."""
    match bool(group.contact_name), bool(group.contact_phone):
        case True, True:
            contact = phrases.RING
        case True, False:
            contact = phrases.SPEAK_TO
        case False, True:
            contact = phrases.RING_NUMBER
        case _:
            contact = phrases.ASK_GROUP
    return Template.parse(text.replace("{_contact}", contact), _INTERNAL)


def _utf16(text: str) -> int:
    return len(text) + sum(1 for character in text if character > "\uffff")


_FOR: Final = Template.parse(phrases.FOR, _INTERNAL)
