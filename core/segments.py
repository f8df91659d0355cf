"""How many segments a text message takes, and the same words in the alphabet that costs least.

3GPP TS 23.038 gives the alphabets: 6.2.1 the GSM 7-bit default alphabet, 6.2.1.1 its extension table,
6.2.3 UCS-2. One segment carries 140 octets: 160 septets or 70 UCS-2 units; where a message has several,
each gives 6 octets to the header that joins them (3GPP TS 23.040, 9.2.3.24.1): 153 or 67.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

Encoding = Literal["GSM-7", "UCS-2"]

# In the order of the table; 0x1B, the escape to the extension table, is not a character.
BASIC: Final = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION: Final = "\f^{}\\[~]|€"

_ALONE: Final = {"GSM-7": 160, "UCS-2": 70}
_JOINED: Final = {"GSM-7": 153, "UCS-2": 67}

_OUTSIDE = re.compile(f"[^{re.escape(BASIC + EXTENSION)}]")
_EXTENDED = re.compile(f"[{re.escape(EXTENSION)}]")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_HEAD = "\U00010000"  # the first half of a pair; no other character above U+FFFF is left beside it


@dataclass(frozen=True, slots=True)
class Segments:
    """What a text message takes: segments, alphabet, units (septets or UTF-16 code units).

    `dear` lists the characters that force UCS-2 and so halve the room, in the order they first appear.
    """

    count: int
    encoding: Encoding
    units: int
    dear: tuple[str, ...]


def measure(text: str) -> Segments:
    """Counts the segments of a text message; an empty one has none.

    Neither an extension character (two septets) nor a surrogate pair is split between segments.
    """
    dear = tuple(dict.fromkeys(_OUTSIDE.findall(text)))
    encoding: Encoding = "UCS-2" if dear else "GSM-7"
    paired = _ASTRAL if dear else _EXTENDED
    units = paired.sub(_HEAD + ".", text)
    if len(units) <= _ALONE[encoding]:
        return Segments(1 if units else 0, encoding, len(units), dear)
    count = start = 0
    while start < len(units):
        start += _JOINED[encoding]
        if start < len(units) and units[start - 1] == _HEAD:
            start -= 1
        count += 1
    return Segments(count, encoding, len(units), dear)


def cost(segments: Segments, price_per_segment: Decimal) -> Decimal:
    """Gives the price of one message, in the currency of the price."""
    return segments.count * price_per_segment


_EQUALS = {
    "'": "‘’‚‛′‵´`ʹʻʼʽ‹›＇",
    '"': "“”„‟″‶«»＂",
    "-": "‐‑‒–−⁃•‣◦▪▫●■∙",
    "...": "…",
    "..": "‥",
    " ": "\t\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000",
    "\n": "\u000b\u0085\u2028\u2029",
    "ff": "ﬀ",
    "fi": "ﬁ",
    "fl": "ﬂ",
    "ffi": "ﬃ",
    "ffl": "ﬄ",
    "st": "ﬅﬆ",
    "OE": "Œ",
    "oe": "œ",
    "IJ": "Ĳ",
    "ij": "ĳ",
    "/": "⁄∕÷",
    "x": "×",
    "|": "¦",
    "<=": "≤",
    ">=": "≥",
    "->": "→",
    "<-": "←",
    "(c)": "©",
    "(R)": "®",
    "(TM)": "™",
    "No.": "№",
    "!!": "‼",
    "??": "⁇",
    "?!": "⁈",
    "!?": "⁉",
    "£": "₤",
    "1/4": "¼",
    "1/2": "½",
    "3/4": "¾",
    "1/3": "⅓",
    "2/3": "⅔",
    "1/5": "⅕",
    "2/5": "⅖",
    "3/5": "⅗",
    "4/5": "⅘",
    "1/6": "⅙",
    "5/6": "⅚",
    "1/8": "⅛",
    "3/8": "⅜",
    "5/8": "⅝",
    "7/8": "⅞",
}
_TABLE = str.maketrans({old: new for new, olds in _EQUALS.items() for old in olds})

_SPACED_DASH = re.compile("(?<=[^\\s]) ?[—―] ?(?=[^\\s])")
_FRACTION = re.compile(r"(?<=\d)(?=[¼½¾⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])")
_DOT = re.compile(r"(?<!\w)·(?!\w)")
_HIDDEN = re.compile("[\u00ad\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufe00-\ufe0f\ufeff]")
# A letter or sign of a script in which joiners and direction marks carry meaning, or an emoji. Noncharacters
# (the marks around a placeholder) don't count.
_BEYOND_LATIN = re.compile(f"[^\\x00-\u024f\u0300-\u036f\u1e00-\u1eff\ufdd0-\ufdef{re.escape(BASIC + EXTENSION)}]")


def to_gsm(text: str) -> str:
    """Turns typographic characters into their equals in GSM-7 and leaves those that have no honest one.

    Quotes, dashes, dots, spaces, bullets, ligatures and fractions change; letters with accents that GSM-7
    lacks (ŵ, ŷ, á), other scripts and emoji stay, because a name or a word is not ours to respell.
    """
    if text.isascii() and text.isprintable() and "`" not in text:
        return text
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _SPACED_DASH.sub(" - ", text).replace("—", "-").replace("―", "-")
    text = _DOT.sub("-", _FRACTION.sub(" ", text)).translate(_TABLE)
    shown = _HIDDEN.sub("", text)
    return text if _BEYOND_LATIN.search(shown) else shown
