"""Addresses, numbers and tags as people write them, turned into the one form that machines agree on.

Each function raises UserError with what is wrong and how to mend it, and never repeats what was written: it may be
logged.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import NamedTuple
from zoneinfo import available_timezones

from core.errors import UserError


class PhoneNumber(NamedTuple):
    """A number in E.164 (`+447700900123`), and whether it may take text messages."""

    e164: str
    mobile: bool


# Characters that show nothing and come along when a number or address is copied from a phone or a web page.
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")

# What Excel makes of a long number that it takes for an amount: 4.47701E+11.
_ROUNDED = re.compile(r"\d[.,]\d+E\+?\d+", re.IGNORECASE)

# The numbers that Ofcom keeps free for films and plays ("numbers for drama"). They are nobody's, so the numbering plan
# does not list all of them, and they are just right for a rehearsal.
_DRAMA_MOBILE = re.compile(r"\+447700900\d{3}")
_DRAMA_PHONE = re.compile(r"\+44(?:1632960|3069990)\d{3}")


def phone_number(raw: str, region: str) -> PhoneNumber:
    """Reads a phone number as it is dialled in `region` (two letters, ISO 3166), or with its country code.

    A number that may be either landline or mobile, as in North America, counts as both.
    """
    import phonenumbers
    from phonenumbers import PhoneNumberFormat, PhoneNumberType

    written = _INVISIBLE.sub("", raw).strip().removeprefix("tel:")
    if _ROUNDED.fullmatch(written):
        mend = 'Excel has rounded this number: format the column as "Text" and write the number again.'
        raise UserError("Digits of this number are lost", mend=mend)
    try:
        number = phonenumbers.parse(written, region)
    except phonenumbers.NumberParseException:
        raise UserError("This is not a phone number", mend="Write it like 07700 900123 or +44 7700 900123.") from None
    if number.extension:
        raise UserError("A number with an extension can't be used", mend="Write the extension under support instead.")
    e164 = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if _DRAMA_MOBILE.fullmatch(e164):
        return PhoneNumber(e164, mobile=True)
    if _DRAMA_PHONE.fullmatch(e164):
        return PhoneNumber(e164, mobile=False)
    if not phonenumbers.is_valid_number(number):
        mend = "Check the digits; a number from abroad needs + and the country's code before it."
        raise UserError("There is no such phone number", mend=mend)
    kind = phonenumbers.number_type(number)
    return PhoneNumber(e164, kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE))


@lru_cache(10_000)  # a list shows the same numbers again each time it is looked at, and reading one takes 0.02 ms
def readable_number(e164: str, region: str) -> str:
    """Writes a number as it is dialled in `region`, with spaces ("01632 960111"); what is no number stays as it is."""
    import phonenumbers
    from phonenumbers import PhoneNumberFormat

    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    home = phonenumbers.country_code_for_region(region) == number.country_code
    return phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL)


def endings(raw: str, region: str) -> list[str]:
    """Gives the digits in which a number in E.164 ends where somebody says these: the same, and the whole number.

    Only a whole number as it is dialled in `region` loses the zeros before it; those of an ending are its own.
    """
    import phonenumbers
    from phonenumbers import PhoneNumberFormat, ValidationResult

    found = [re.sub(r"\D", "", raw)]
    try:
        number = phonenumbers.parse(raw, region)
    except phonenumbers.NumberParseException:
        return found
    if phonenumbers.is_possible_number_with_reason(number) == ValidationResult.IS_POSSIBLE:
        found.append(phonenumbers.format_number(number, PhoneNumberFormat.E164).removeprefix("+"))
    return found


def mobile_number(raw: str, region: str) -> str:
    """Reads a number for text messages, in E.164; a landline is an error that names the column for calls."""
    number = phone_number(raw, region)
    if not number.mobile:
        raise UserError(
            "This is not a mobile number, so it can't take text messages",
            mend="Move it to the column phone: then the person is rung.",
        )
    return number.e164


def email_address(raw: str) -> str:
    """Reads an e-mail address: the domain in small letters, everything in NFC; asks no network (RFC 5321, 6531).

    `.test` domains are taken (`.example` and `example.com` are too), so that a rehearsal can have addresses that are
    nobody's.
    """
    from email_validator import EmailNotValidError, validate_email

    written = _INVISIBLE.sub("", raw).strip().removeprefix("mailto:")
    if len(re.findall(r"[^\s@]@[^\s@]", written)) > 1:
        raise UserError("There is more than one address here", mend="Keep one; write the others under notes.")
    try:
        return validate_email(written, strict=True, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        raise UserError(
            "This is not an e-mail address", mend="Write it like ann@example.org, without a name or brackets."
        ) from None


def telegram_chat(raw: str) -> str:
    """Reads the numeric id of a person's chat with the bot; it is positive and has at most 52 bits (Bot API, User)."""
    written = _INVISIBLE.sub("", raw).strip()
    if re.fullmatch(r"[1-9][0-9]{0,15}", written) and int(written) < 2**52:
        return written
    if re.fullmatch(r"-[0-9]+", written):
        raise UserError("This is the id of a group chat, not of a person", mend="Leave the cell empty.")
    raise UserError(
        "A Telegram chat is named by a number, not by a user name or a phone number",
        mend="Leave the cell empty: it fills itself when the person joins the chat.",
    )


# The languages most spoken in Britain, as a coordinator writes them. "BSL" is how everybody here calls British Sign
# Language, but the tag bsl is a language of Nigeria (ISO 639-3).
_NAMES = {
    "english": "en", "welsh": "cy", "cymraeg": "cy", "scots": "sco", "scottish gaelic": "gd", "gaelic": "gd",
    "irish": "ga", "cornish": "kw", "british sign language": "bfi", "bsl": "bfi", "polish": "pl", "romanian": "ro",
    "punjabi": "pa", "panjabi": "pa", "urdu": "ur", "portuguese": "pt", "spanish": "es", "arabic": "ar",
    "bengali": "bn", "bangla": "bn", "sylheti": "syl", "gujarati": "gu", "italian": "it", "french": "fr",
    "german": "de", "tamil": "ta", "turkish": "tr", "kurdish": "ku", "somali": "so", "persian": "fa", "farsi": "fa",
    "dari": "prs", "pashto": "ps", "lithuanian": "lt", "latvian": "lv", "russian": "ru", "ukrainian": "uk",
    "bulgarian": "bg", "hungarian": "hu", "czech": "cs", "slovak": "sk", "greek": "el", "albanian": "sq",
    "hindi": "hi", "malayalam": "ml", "telugu": "te", "nepali": "ne", "sinhala": "si", "chinese": "zh",
    "mandarin": "cmn", "cantonese": "yue", "vietnamese": "vi", "thai": "th", "tagalog": "tl", "filipino": "fil",
    "japanese": "ja", "korean": "ko", "dutch": "nl", "swedish": "sv", "danish": "da", "norwegian": "no",
    "finnish": "fi", "hebrew": "he", "yiddish": "yi", "yoruba": "yo", "igbo": "ig", "swahili": "sw", "shona": "sn",
    "amharic": "am", "tigrinya": "ti", "twi": "tw",
}  # fmt: skip


def language_tag(raw: str) -> str:
    """Reads a BCP 47 tag (`cy`, `pt-BR`, RFC 5646) in its usual form, or the English name of a language often met."""
    import langcodes

    written = " ".join(raw.split())
    if tag := _NAMES.get(written.casefold()):
        return tag
    try:
        if langcodes.tag_is_valid(written):
            return langcodes.standardize_tag(written)
    except ValueError:
        pass
    raise UserError(
        "This language is not known",
        mend="Write its English name, like Welsh, or its code, like cy or pt-BR.",
    )


@cache
def _zones() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones()}


def time_zone(raw: str) -> str:
    """Reads the name of a time zone as the IANA database has it, large and small letters alike."""
    name = _zones().get(raw.strip().replace(" ", "_").casefold())
    if name is None:
        raise UserError("This time zone is not known", mend="Write it like Europe/London.")
    return name
