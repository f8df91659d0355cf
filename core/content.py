"""What a notice says, checked before anything else is done with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal, get_args

from core.errors import UserError
from core.markdown import Marked
from core.placeholders import KNOWN, Template, hole, unfinished_hole
from core.segments import measure, to_gsm
from core.sentences import sentences

Purpose = Literal["service", "promotion"]

LONGEST_TEXT: Final = 20_000  # characters
LONGEST_SUBJECT: Final = 150  # characters
LONGEST_MADE_SUBJECT: Final = 60  # characters; more is cut off in most lists of messages
MOST_SEGMENTS: Final = 6  # 918 septets: what goes through every network in one piece, and a limit to the bill

# Control characters but line feed and tab, halves of characters, and characters that stand for nothing.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_GREETING = re.compile(rf"\W*\w+(?: \w+)? *(?:{hole('first_name')}|{hole('name')})\W*|[^,]{{1,40}},")


@dataclass(frozen=True, slots=True)
class Content:
    """What a notice says: words with placeholders, in one language and one format. Made by `make_content`.

    `text` may use the small Markdown of core.markdown; `sms_text`, where given, stands in for it in text
    messages and is plain. `language` is a BCP 47 tag. `format` is "standard" or what the group calls
    another one ("easy read").
    """

    text: str
    subject: str
    sms_text: str | None = None
    language: str = "en"
    format: str = "standard"
    purpose: Purpose = "service"


def make_content(
    text: str,
    subject: str | None = None,
    sms_text: str | None = None,
    *,
    language: str = "en",
    format: str = "standard",
    purpose: str = "service",
) -> Content:
    """Checks the words of a notice and makes a subject where none is given.

    Raises UserError that names the first thing to mend.
    """
    text = _clean(text, "the text", LONGEST_TEXT)
    read = Marked(Template.parse(text, KNOWN, where="the text"), where="the text").plain()
    if not read.marked.strip():
        raise UserError("The text is empty", mend="Write what people should know.")
    if subject is not None and ("\n" in subject.strip() or "\r" in subject.strip()):
        raise UserError("The subject has more than one line", mend="Write it on one line.")
    subject = _clean(subject or "", "the subject", LONGEST_SUBJECT) or subject_from(read)
    Template.parse(subject, KNOWN, where="the subject")
    sms_text = _clean(sms_text or "", "the text for text messages", LONGEST_TEXT) or None
    if sms_text:
        check_sms_length(Template.parse(sms_text, KNOWN, where="the text for text messages"))
    if purpose not in get_args(Purpose):
        mend = "It is service (news that people need) or promotion (asking them to do or give something)."
        raise UserError(f"There is no purpose {purpose[:40]!r}", mend=mend)
    format = _clean(format, "the format", 40).lower() or "standard"
    return Content(
        text,
        subject,
        sms_text,
        _language(language),
        format,
        "promotion" if purpose == "promotion" else "service",
    )


def check_sms_length(words: Template) -> None:
    """Raises UserError where the words of a text message, without any field, are over 6 segments."""
    size = measure(to_gsm(words.fixed))
    if size.count <= MOST_SEGMENTS:
        return
    mend = "Write a shorter text for text messages."
    if size.dear:
        signs = " ".join(size.dear[:10])
        mend = f"Write a shorter text for text messages. More fits in without these characters: {signs}"
    raise UserError(
        f"The words are too long for a text message: {size.count} segments, and the most is {MOST_SEGMENTS}",
        where="text messages",
        mend=mend,
    )


def subject_from(plain: Template) -> str:
    """Makes a subject of the first sentence that is no greeting, cut at a word within 60 characters."""
    found = [one.lstrip("-• ") for one in sentences(plain.marked)]
    told = [one for one in found if one and not _GREETING.fullmatch(one)] or found
    subject = told[0].removesuffix(".") if told else ""
    if len(subject) > LONGEST_MADE_SUBJECT:
        room = LONGEST_MADE_SUBJECT - 1  # and the dots
        cuts = (subject.rfind(" ", 0, room + 1), unfinished_hole(subject[:room]), room)
        subject = subject[: next(at for at in cuts if at > 0)].rstrip(" ,;:-–—") + "…"
    return Template.from_marked(subject).source


def _clean(text: str, where: str, longest: int) -> str:
    """Gives the text with one kind of line end and no space around it; its length first: 5 MB is quick."""
    if len(text) > longest:
        raise UserError(
            f"This is {len(text):,} characters long, and the most is {longest:,}",
            where=where,
            mend="Make it shorter, and give the rest another way.",
        )
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if found := _UNPRINTABLE.search(text):
        line = text.count("\n", 0, found.start()) + 1
        place = found.start() - text.rfind("\n", 0, found.start())
        raise UserError(
            f"There is a character that can't be shown (U+{ord(found[0]):04X})",
            where=f"{where}, line {line}, character {place}",
            mend="Take it out. If the text came from a file, save that as UTF-8.",
        )
    return text


def _language(tag: str) -> str:
    tag = tag.strip()
    if tag == "en":
        return tag
    from langcodes import standardize_tag, tag_is_valid  # here, because it takes a tenth of a second

    if tag_is_valid(tag):
        return standardize_tag(tag)
    raise UserError(f"There is no language {tag[:40]!r}", mend="Write its tag, like en, cy (Welsh), pl or zh-Hant.")
