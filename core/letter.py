"""The document of an e-mail: large plain text that follows the reader's own device."""

from __future__ import annotations

import re
from html import escape
from typing import Final

from core import phrases
from core.placeholders import hole
from core.speech import Speech

# No colour and no font from outside: the reader's own dark or high-contrast settings hold.
_PAGE: Final = """\
<!doctype html>
<html lang="{language}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{title}</title>
<style>:root {{ color-scheme: light dark; }} a {{ color: inherit; }}</style>
</head>
<body style="margin: 0; padding: 16px; font-family: system-ui, sans-serif; font-size: 18px; line-height: 1.5">
<div style="max-width: 36em; margin: 0 auto">
<div>{whom}</div>
{body}\
{enclosed}\
<hr>
<p lang="{footer_language}" dir="{footer_direction}">{footer}</p>
</div>
</body>
</html>
"""

_RIGHT_TO_LEFT: Final = frozenset(["ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "ug", "ur", "yi"])
_PHONE = re.compile(r"\+?\d[\d ()-]*")


PICTURE: Final = "picture@ringround"
"""What an e-mail's HTML calls the picture that comes along with it (RFC 2392)."""


def letter(
    title: str,
    body: str,
    footer: str,
    *,
    language: str,
    phone: str,
    speech: Speech,
    enclosed: str = "",
    picture: bool = False,
) -> str:
    """Wraps a marked HTML fragment into a whole marked document.

    `title`, `footer` and `enclosed`, what is said of a picture or document, are marked text, not yet escaped; with
    `picture` it is shown as well. `phone` becomes a link in the footer where it is a number that can be dialled as it
    stands, and so does the address of a person's own pages.
    """
    ending = escape(footer).replace("\n", "<br>\n")
    if _PHONE.fullmatch(phone):
        number = re.sub(r"[^\d+]", "", phone)
        ending = ending.replace(hole("contact_phone"), f'<a href="tel:{number}">{hole("contact_phone")}</a>')
    words = escape(speech.phrase(phrases.OWN_PAGE_WORDS))
    ending = ending.replace(hole("_visit"), f'<a href="{hole("_visit")}">{words}</a>')
    shown = f'<p><img src="cid:{PICTURE}" alt="{hole("_shows")}" style="max-width: 100%"></p>\n' if picture else ""
    said = f'<p lang="{speech.language}" dir="{_direction(speech.language)}">{escape(enclosed)}</p>\n'
    return _PAGE.format(
        language=escape(language),
        direction=_direction(language),
        title=escape(title),
        whom=hole("_for"),
        body=body,
        enclosed=shown + said if enclosed else "",
        footer_language=speech.language,
        footer_direction=_direction(speech.language),
        footer=ending,
    )


def _direction(language: str) -> str:
    return "rtl" if language.partition("-")[0].lower() in _RIGHT_TO_LEFT else "ltr"
