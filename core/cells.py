"""What stands in a cell: text made tidy, and the words that people use for channels and formats."""

from __future__ import annotations

import re
import unicodedata

from core.errors import UserError
from core.headings import folded
from core.people import CHANNELS, EMAIL, PHONE, SMS, TELEGRAM

FORMATS = ("standard", "easy_read", "large_print", "audio", "bsl", "braille")

LONGEST_GROUP = 100

_CHANNEL_WORDS = {
    EMAIL: "email e-mail mail mails emails",
    SMS: "sms text texts textmessage textmessages txt mobile mob cell message messages",
    TELEGRAM: "telegram tg chat",
    PHONE: "phone call calls ring ringing landline telephone tel phonecall voice phonecalls",
}
_CHANNEL = {folded(word): channel for channel, words in _CHANNEL_WORDS.items() for word in words.split()}
_FORMAT_WORDS = {
    "standard": "standard none normal any",
    "easy_read": "easyread easy easyreading",
    "large_print": "largeprint large bigprint",
    "audio": "audio spoken recording sound",
    "bsl": "bsl britishsignlanguage signlanguage signed",
    "braille": "braille",
}
_FORMAT = {word: name for name, words in _FORMAT_WORDS.items() for word in words.split()}

# What shows nothing, or turns the writing around, and comes along when text is copied.
_INVISIBLE = re.compile(r"[\u00ad\u200b\u200e\u200f\u2060\u202a-\u202e\u2066-\u2069\ufeff]")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_LINE_BREAK = re.compile(r"[\n\u2028\u2029]")


def fold(name: str) -> str:
    """Folds a name for comparison: large and small letters, spaces and ways to write an accent are all the same."""
    if name.isascii():  # most are, and looking through ten thousand of them must not take long
        return " ".join(name.lower().split())
    return " ".join(unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold()).split())


def channel_named(raw: str) -> str:
    """Reads the name of a channel, or a usual word for it; raises UserError."""
    channel = _CHANNEL.get(folded(raw))
    if channel is None:
        raise UserError("This channel is not known", mend=f"Write one of {', '.join(CHANNELS)}.")
    return channel


def format_named(raw: str) -> str:
    """Reads the name of a format, or a usual word for it; raises UserError."""
    name = _FORMAT.get(folded(raw))
    if name is None:
        raise UserError("This format is not known", mend=f"Write one of {', '.join(FORMATS)}.")
    return name


def line(raw: str, longest: int) -> str:
    """Reads a text that must stand on one line, such as a name: NFC, without spaces to spare; raises UserError."""
    text = lines(raw)
    if _LINE_BREAK.search(text):
        raise UserError("There is a line break in this cell", mend="Write it on one line.")
    return bounded(" ".join(text.split()), longest)


def lines(raw: str) -> str:
    """Reads a text of one or more lines: NFC, trimmed, nothing invisible; raises UserError for what can't be shown."""
    text = unicodedata.normalize("NFC", _INVISIBLE.sub("", raw.replace("\r\n", "\n"))).strip()
    if "\r" in text:
        raise UserError("There is a line break in this cell", mend="Write it anew, on one line.")
    if _UNPRINTABLE.search(text):
        raise UserError("There is a character in this cell that can't be shown", mend="Write the cell anew.")
    return text


def bounded(text: str, longest: int) -> str:
    """Returns a text that is short enough; raises UserError for a longer one."""
    if len(text) > longest:
        raise UserError(f"This is longer than {longest:,} characters", mend="Shorten it.")
    return text


def separated(raw: str) -> list[str]:
    """Takes a list apart: by semicolons, commas or lines."""
    return [part for part in re.split(r"[;,\n]", raw) if part.strip()]


def groups_named(raw: str) -> tuple[str, ...]:
    """Reads names of groups, separated by `;` alone: a comma may be part of a name. The same twice counts once."""
    names: dict[str, str] = {}
    for part in re.split(r"[;\n]", raw):
        if name := line(part, LONGEST_GROUP):
            names.setdefault(fold(name), name)
    return tuple(names.values())
