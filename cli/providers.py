"""What a coordinator needs to know of each provider: where to click, what it costs, how long it takes."""

from __future__ import annotations

from typing import Literal, NamedTuple


class MailServer(NamedTuple):
    """Where a mail provider takes letters, and what its users must do first."""

    host: str
    port: int
    tls: Literal["starttls", "tls"]
    advice: str


_ADVICE = "Your usual password does not work here: make an app password"

_GOOGLE = MailServer(
    "smtp.gmail.com",
    587,
    "starttls",
    f"{_ADVICE}. Switch on 2-Step Verification in your Google account, then open "
    "https://myaccount.google.com/apppasswords and make one called Ringround.",
)
_MICROSOFT = MailServer(
    "smtp-mail.outlook.com",
    587,
    "starttls",
    f"{_ADVICE} at https://account.microsoft.com/security (Advanced security options). Microsoft refuses "
    "passwords from programs for many accounts; if the check below fails, use an address of another provider.",
)
_YAHOO = MailServer(
    "smtp.mail.yahoo.com",
    465,
    "tls",
    f"{_ADVICE}: Yahoo account, Security, Generate app password.",
)
_APPLE = MailServer(
    "smtp.mail.me.com",
    587,
    "starttls",
    f"{_ADVICE} at https://account.apple.com, Sign-In and Security, App-Specific Passwords.",
)
_FASTMAIL = MailServer(
    "smtp.fastmail.com",
    465,
    "tls",
    f"{_ADVICE}: Settings, Privacy & Security, Manage app passwords.",
)
_GMX = MailServer(
    "mail.gmx.com", 587, "starttls", "First allow other programs: Settings, POP3/IMAP, Send and receive e-mails."
)
_BT = MailServer("mail.btinternet.com", 465, "tls", "The password is that of the mailbox.")

_BY_DOMAIN = {
    "gmail.com": _GOOGLE,
    "googlemail.com": _GOOGLE,
    "outlook.com": _MICROSOFT,
    "hotmail.com": _MICROSOFT,
    "hotmail.co.uk": _MICROSOFT,
    "live.com": _MICROSOFT,
    "live.co.uk": _MICROSOFT,
    "yahoo.com": _YAHOO,
    "yahoo.co.uk": _YAHOO,
    "icloud.com": _APPLE,
    "me.com": _APPLE,
    "fastmail.com": _FASTMAIL,
    "gmx.com": _GMX,
    "gmx.co.uk": _GMX,
    "btinternet.com": _BT,
}

EMAIL = (
    "E-mail. Free with a mailbox that you have; about five minutes. Best is one for the group alone, since the "
    "answers go there. You need the name of its mail server for sending, and a password."
)
OTHER_MAIL = (
    "Look on your mail provider's help pages for 'SMTP': the server's name, its port (587 or 465), and whether an app "
    "password is needed."
)
SMS = (
    "Text messages, through Twilio. A number costs about £1 a month and each text about 4p; about twenty minutes. "
    "Make an account at https://www.twilio.com, add some credit, then: Phone Numbers, Buy a number, with SMS. The "
    "Account SID and the Auth Token stand on the first page of the Twilio console."
)
TELEGRAM = (
    "Telegram. Free; about five minutes. In Telegram on your phone search for @BotFather (with the blue tick), press "
    "Start, send /newbot, and give it a name and a user name that ends in 'bot'. It answers with a token."
)
PHONE = "Phone calls need nothing: Ringround makes the list, and people ring."


def mail_server(address: str) -> MailServer | None:
    """Gives the mail server of an address whose provider we know."""
    return _BY_DOMAIN.get(address.rpartition("@")[2].lower())
