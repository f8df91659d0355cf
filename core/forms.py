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
from core.notices import Attachment
from core.placeholders import KNOWN, Template, first_name, hole
from core.segments import to_gsm
from core.speech import IN_ENGLISH, Phrase, Speech

TELEGRAM_LIMIT: Final = 4096  # characters after the tags are read: core.telegram.org/bots/api#sendmessage
_ROOM_FOR_A_NAME: Final = 40  # characters
_INTERNAL: Final = (*KNOWN, "_contact", "_who", "_visit", "_file", "_shows")


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


def fields(
    name: str, called: str | None, group: Group, for_whom: str | None = None, speech: Speech = IN_ENGLISH
) -> dict[str, str]:
    """Gives the values of every placeholder for one person, each on one line.

    `for_whom` is what to call them where the route is shared or held by somebody else, else None. `speech` is the
    notice's, like that of a form.
    """
    said_for = Template.parse(speech.phrase(phrases.FOR), _INTERNAL) if for_whom else None
    return {
        **group.fields,
        "first_name": first_name(name, called),
        "name": " ".join(name.split()),
        "_for": said_for.fill({"_who": " ".join((for_whom or "").split())}) if said_for else "",
    }


def email_form(
    content: Content,
    group: Group,
    speech: Speech = IN_ENGLISH,
    *,
    listening: bool = False,
    own_page: bool = False,
    attachment: Attachment | None = None,
) -> EmailForm:
    """Makes the e-mail of a notice. `listening` says that the service reads the answers itself.

    With `own_page` it leads to the person's own pages, by a field `_visit` that holds the address. Raises UserError for
    words that can't be sent.
    """
    text = _read(content)
    heard = listening or bool(group.reply_to)
    ending = [phrases.FROM, phrases.EMAIL_HEARD if heard else phrases.STOP_OR_ANSWER]
    ending += [phrases.OWN_PAGE] if own_page else []
    values = {**group.fields, **_values(attachment)}
    subject = Template.parse(content.subject, KNOWN, where="the subject").marked
    title = hole("_for") + subject
    enclosed = _enclosed(attachment, group, speech)
    footer = _phrase("\n".join(map(speech.phrase, ending)), group, speech).marked
    plain = "\n\n".join(filter(None, (hole("_for") + text.plain().marked, enclosed, footer)))
    return EmailForm(
        subject=Template.from_marked(title, one_line).bind(values),
        plain=Template.from_marked(plain + "\n").bind(values),
        html=Template.from_marked(
            letter(
                title,
                text.html().marked,
                footer,
                language=content.language,
                phone=group.contact_phone,
                speech=speech,
                enclosed=enclosed,
                picture=attachment is not None and attachment.picture,
            ),
            escape,
        ).bind(values),
    )


def telegram_form(
    content: Content,
    group: Group,
    speech: Speech = IN_ENGLISH,
    *,
    listening: bool = False,
    attachment: Attachment | None = None,
) -> TelegramForm:
    """Makes the Telegram message of a notice.

    Raises UserError for words that can't be sent or would not fit into 4,096 characters with names.
    """
    text = _read(content)
    ending = (phrases.FROM, phrases.TELEGRAM_HEARD if listening else phrases.STOP_OR_ANSWER)
    values = {**group.fields, **_values(attachment)}
    enclosed = _enclosed(attachment, group, speech)
    footer = _phrase("\n".join(map(speech.phrase, ending)), group, speech).marked
    after = "\n\n".join(filter(None, (enclosed, footer)))
    plain = Template.from_marked(f"{hole('_for')}{text.plain().marked}\n\n{after}").bind(values)
    html = Template.from_marked(f"{hole('_for')}{text.telegram().marked}\n\n{escape(after)}", escape)
    length = utf16_units(plain.fixed) + _ROOM_FOR_A_NAME * len(plain.holes)
    if length > TELEGRAM_LIMIT:
        raise UserError(
            f"With names this may be {length:,} characters long, and Telegram takes {TELEGRAM_LIMIT:,}",
            where="Telegram",
            mend="Make the text shorter.",
        )
    return TelegramForm(html=html.bind(values), plain=plain)


def sms_form(
    content: Content,
    group: Group,
    speech: Speech = IN_ENGLISH,
    *,
    stop_word: bool,
    links: bool = False,
    listening: bool = False,
    asks: bool = False,
    own_page: bool = False,
    attachment: Attachment | None = None,
) -> SmsForm:
    """Makes the text message of a notice.

    `stop_word` says that the provider takes STOP to this sender, `listening` that the service reads answers, `asks`
    that people are asked whether they come. A web link becomes its words unless `links`; with `own_page` the address of
    the person's own pages comes along (see `email_form`). Raises UserError for a web address without words of its own,
    and for words over 6 segments.
    """
    if content.sms_text is None:
        words = _read(content).plain(links=links)
    else:
        where = "the text for text messages"
        words = Template.parse(content.sms_text, KNOWN, where=where)
        if not links:
            refuse_web_address(words.marked, where)
    text = re.sub(r"\n\s*\n", "\n", words.marked)
    if attachment:
        also = Template.parse(speech.phrase(_elsewhere(attachment)), _INTERNAL).bind(_values(attachment))
        if not links:
            refuse_web_address(also.marked, "the description")
        text = f"{text}\n{also.marked}"
    check_sms_length(Template.from_marked(text))
    if listening:
        heard = phrases.SMS_ASKS if asks else phrases.SMS_HEARD
    else:
        heard = phrases.SMS_STOP_WORD if stop_word else phrases.STOP_OR_ANSWER
    ending = [heard, phrases.OWN_PAGE_SMS] if own_page else [heard]
    footer = _phrase("\n".join(map(speech.phrase, ending)), group, speech).marked
    whole = f"{hole('group')}: {hole('_for')}{text}\n{footer}"
    return SmsForm(Template.from_marked(to_gsm(whole), to_gsm).bind(group.fields))


def call_form(
    content: Content, group: Group, speech: Speech = IN_ENGLISH, *, attachment: Attachment | None = None
) -> CallForm:
    """Makes the script for a caller, and a line for an answering machine that says nothing of the matter."""
    text = _read(content).plain().marked
    opening, closing, voicemail = (
        _phrase(speech.phrase(one), group, speech)
        for one in (
            phrases.CALL_OPENING,
            phrases.CALL_CLOSING,
            phrases.VOICEMAIL_NUMBER_AGAIN if group.contact_phone else phrases.VOICEMAIL,
        )
    )
    also = Template.parse(speech.phrase(_elsewhere(attachment)), _INTERNAL).marked if attachment else ""
    script = "\n\n".join(filter(None, (opening.marked, text, also, closing.marked)))
    return CallForm(
        script=Template.from_marked(script).bind({**group.fields, **_values(attachment)}),
        voicemail=voicemail.bind(group.fields),
    )


def one_line(value: str) -> str:
    """Gives a value for a header: no line end may come in through a name."""
    return " ".join(value.splitlines()) if not value.isprintable() else value


def _read(content: Content) -> Marked:
    return Marked(Template.parse(content.text, KNOWN, where="the text"), where="the text")


def _enclosed(attachment: Attachment | None, group: Group, speech: Speech) -> str:
    """Says what comes along with a message, in marked text; empty where nothing does."""
    if attachment is None:
        return ""
    if attachment.picture:
        phrase = phrases.WITH_PICTURE
    else:
        phrase = phrases.WITH_DOCUMENT_ABOUT if attachment.description else phrases.WITH_DOCUMENT
    return _phrase(speech.phrase(phrase), group, speech).marked


def _elsewhere(attachment: Attachment) -> Phrase:
    """Chooses what is said of a picture or document where it can't come along."""
    if attachment.picture:
        return phrases.ALSO_PICTURE
    return phrases.ALSO_DOCUMENT_ABOUT if attachment.description else phrases.ALSO_DOCUMENT


def _values(attachment: Attachment | None) -> dict[str, str]:
    return {"_file": attachment.name, "_shows": attachment.description} if attachment else {}


def _phrase(text: str, group: Group, speech: Speech) -> Template:
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
    return Template.parse(text.replace("{_contact}", speech.phrase(contact)), _INTERNAL)


def utf16_units(text: str) -> int:
    """Counts the characters of a text as Telegram does."""
    return len(text) + sum(1 for character in text if character > "\uffff")
