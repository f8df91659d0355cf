"""How many parts a text message takes on the air (3GPP TS 23.038 and 23.040)."""

from __future__ import annotations

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")
"""Characters of the extension table: each takes two places."""


def segments(text: str) -> int:
    """Counts the parts: 160 septets alone or 153 each in GSM-7, 70 or 67 code units in UCS-2."""
    if BASIC.issuperset(text):
        return 1 if len(text) <= 160 else -(-len(text) // 153)
    if all(character in BASIC or character in EXTENDED for character in text):
        return _parts([2 if character in EXTENDED else 1 for character in text], 160, 153)
    return _parts([2 if ord(character) > 0xFFFF else 1 for character in text], 70, 67)


def _parts(widths: list[int], alone: int, each: int) -> int:
    """Fills part after part; a character of two places is never split between two parts."""
    if sum(widths) <= alone:
        return 1
    parts, room = 1, each
    for width in widths:
        if width > room:
            parts, room = parts + 1, each
        room -= width
    return parts
