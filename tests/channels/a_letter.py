"""A letter that somebody sends to the group, and what is heard of it."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP

from channels.letters import read_letter
from core.receipts import Inbound

DELIVERY = "0198c0de-1234-7abc-8def-0123456789ab"


def letter(text: str = "Yes", *, html: str = "", **headers: str) -> EmailMessage:
    made = EmailMessage(policy=SMTP)
    given = {"From": "Ann Example <ann@example.org>", "Message-ID": "<m1@example.org>", "Subject": "Re: Invitation"}
    for name, value in {**given, **{key.replace("_", "-"): value for key, value in headers.items()}}.items():
        made[name] = value
    if html:
        made.set_content(html, subtype="html")
    else:
        made.set_content(text)
    return made


def heard(message: EmailMessage) -> Inbound:
    (one,) = read_letter(message.as_bytes())
    assert isinstance(one, Inbound)
    return one
