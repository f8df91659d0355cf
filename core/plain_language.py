"""Hints for the writer, in whole sentences and without a score: what may be hard to read, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from core.plainer import PLAINER
from core.sentences import sentences

LONGEST_SENTENCE: Final = 20  # words
LONGEST_WORD: Final = 14  # letters
MOST_NAMED: Final = 5

_ADDRESSES = re.compile(r"\]\([^)\s]*\)|<?(?:https?://|www\.|mailto:|tel:)\S+|(?<!\S)[^\s@]+@\S+", re.IGNORECASE)
_MARKS = re.compile(r"[*#\[\]]|(?<!\w)_|_(?!\w)")
_WORD = re.compile(r"\w+(?:['’.-]\w+)*")
_PLACEHOLDER = re.compile(r"\{([^\W\d]\w*)\}")
_BRACES = re.compile(r"\{+[^{}\n]{0,40}\}*")

_WEEKDAY = re.compile(r"\b(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?s?\b", re.IGNORECASE)
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)[a-z]*"
_DATE = re.compile(
    rf"\b(?:\d{{1,2}}(?:st|nd|rd|th)?(?: of)? {_MONTH}|{_MONTH} \d{{1,2}}(?:st|nd|rd|th)?"
    r"|\d{1,2}/\d{1,2}/\d{2,4})\b"
)
_EVERYDAY: Final = (
    "AM|BBC|CD|DVD|EU|FAQ|GP|HQ|ID|IT|MAYBE|MP|NHS|OK|PC|PDF|PIN|PM|QR|RSVP|SMS|STOP|TV|UK|USA?|USB|VIP|YES|NO"
)
_ABBREVIATION = re.compile(rf"(?<![\w-])(?!(?:{_EVERYDAY})\b)[A-Z][A-Z&]{{1,5}}(?![\w-])")
_REPLY = re.compile(
    r"\brsvp\b"
    r"|(?<!not )(?<!n't )(?<!n’t )(?<!cannot )\brepl(?:y|ies|ying)\b"
    r"|\b(?:text|message|e-?mail|write)(?: (?:me|us))? back\b"
    r"|\b(?:text|message|e-?mail) (?:me|us)\b"
    r"|\btext (?:yes|no|maybe|stop|help)\b"
    r"|\b(?:let (?:me|us) know|tell (?:me|us)|answer|confirm|respond) (?:by|via) "
    r"(?:text|e-?mail|message|sms)\b"
    r"|\b(?:respond|answer) to this\b",
    re.IGNORECASE,
)


def hints(text: str, *, can_be_answered: bool = False, language: str = "en") -> list[str]:
    """Gives hints on a notice's text, none where it is plain.

    `can_be_answered` says that somebody or something hears replies on every channel the notice takes. Where
    `language` (BCP 47) is not English, only what holds for any language is looked at.
    """
    plain = _MARKS.sub("", _ADDRESSES.sub(" ", text))
    english = language.lower().split("-")[0] == "en"
    found = [_long_sentence(plain)]
    if english:
        found.append(_hard_words(plain))
    found.append(_shouting(plain))
    if english:
        found += [_abbreviations(plain), _dates(plain), None if can_be_answered else _asks_for_reply(plain)]
    found.append(_brackets(text))
    return [hint for hint in found if hint]


def _long_sentence(text: str) -> str | None:
    longest = max(sentences(text), key=lambda one: len(_WORD.findall(one)), default="")
    count = len(_WORD.findall(longest))
    if count <= LONGEST_SENTENCE:
        return None
    start = " ".join(longest.split()[:7])
    return f"The longest sentence has {count} words: “{start} ...” Two shorter sentences are easier to follow."


def _hard_words(text: str) -> str | None:
    lower = " ".join(text.lower().replace("’", "'").split())
    named: dict[int, str] = {}
    for word, plainer in PLAINER.items():
        at = re.search(rf"(?<![\w-]){re.escape(word)}(?![\w-])", lower)
        if at:
            named[at.start()] = f"“{word}” (plainer: {plainer})"
    for found in _WORD.finditer(" ".join(text.split())):
        word = found[0]
        # A capital may begin a name, and the parts of a hyphened word are read one by one.
        if len(word) >= LONGEST_WORD and word.isalpha() and word.islower() and word not in PLAINER:
            named.setdefault(found.start(), f"“{word}”")
    if not named:
        return None
    words = list(dict.fromkeys(named[at] for at in sorted(named)))[:MOST_NAMED]
    if len(words) == 1:
        return f"This word may be hard to read: {words[0]}."
    return f"These words may be hard to read: {', '.join(words)}."


def _shouting(text: str) -> str | None:
    for run in _runs_of_capitals(text):
        words = run.split()
        longest = max(len(word) for word in words)
        if longest > 6 or (len(words) > 1 and longest > 4) or len(words) > 3:
            return f"Words in capitals are hard to read and may feel like shouting: “{' '.join(words[:5])}”."
    return None


def _runs_of_capitals(text: str) -> Iterator[str]:
    for sentence in sentences(text):
        run: list[str] = []
        for word in [*_WORD.findall(sentence), ""]:
            if word.isupper() and (len(word) > 1 or run) and not any(sign.isdigit() for sign in word):
                run.append(word)
            elif run:
                yield " ".join(run)
                run = []


def _abbreviations(text: str) -> str | None:
    shouted = {word for run in _runs_of_capitals(text) if " " in run for word in run.split()}
    unexplained = [
        short
        for short in dict.fromkeys(_ABBREVIATION.findall(text))
        if short not in shouted and not re.search(rf"\({re.escape(short)}\)|\b{re.escape(short)} \(", text)
    ][:MOST_NAMED]
    if not unexplained:
        return None
    return f"Not everybody may know this: {', '.join(unexplained)}. Write it out in words the first time."


def _dates(text: str) -> str | None:
    for found in _DATE.finditer(text):
        if not _WEEKDAY.search(text[max(found.start() - 20, 0) : found.end() + 15]):
            return f"Say the day of the week as well: “{found[0]}” is easier to remember with its weekday."
    return None


def _asks_for_reply(text: str) -> str | None:
    found = _REPLY.search(text)
    if not found:
        return None
    return (
        f"The text asks for a reply (“{found[0]}”), but nobody may see one. "
        "Write instead: ring {contact_name} on {contact_phone}."
    )


def _brackets(text: str) -> str | None:
    for found in _BRACES.finditer(text):
        if not _PLACEHOLDER.fullmatch(found[0]):
            return (
                f"This will be sent with its curly brackets: “{found[0][:40]}”. "
                "A placeholder looks like {first_name}."
            )
    return None
