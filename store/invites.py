"""Invites: links and short codes that open one thing for one person, once."""

from __future__ import annotations

import re
import secrets
from datetime import datetime, timedelta

from sqlmodel import Session, col, select, update

from core.chats import InvitePurpose
from store.stop_log import keyed_hash
from store.tables import Invite, Person
from store.tables.base import known

LASTS = {InvitePurpose.JOIN: timedelta(days=60), InvitePurpose.STAFF: timedelta(hours=24)}
"""How long an invite opens something: a letter with the post takes its time, a staff link must not lie about."""

LETTERS, DIGITS = "CDFGHJKMNPQRTVWX", "23456789"
"""What codes are made of: nothing that looks like something else in print, and no vowels to make words with."""

_CODE = re.compile(rf"([{LETTERS}]{{3}})[\s.-]*([{DIGITS}]{{3}})", re.IGNORECASE)


def new_token() -> str:
    """Makes what stands in a link: 128 bits that nobody guesses, in signs that Telegram takes."""
    return secrets.token_urlsafe(16)


def new_code() -> str:
    """Makes a code to type, such as "KRT 482"."""
    letters = "".join(secrets.choice(LETTERS) for _ in range(3))
    return f"{letters} {''.join(secrets.choice(DIGITS) for _ in range(3))}"


def code_in(text: str) -> str | None:
    """Reads a code that is the whole of what somebody typed; None for other words."""
    found = _CODE.fullmatch(text.strip(" \n.,!\"'"))
    return f"{found[1].upper()} {found[2]}" if found else None


def invite(
    session: Session, secret: bytes, word: str, purpose: InvitePurpose, person: Person, made_by: str, now: datetime
) -> bool:
    """Writes an invite down, by its hash alone; returns False where the word is in use already."""
    hash_ = hash_of(secret, word)
    if session.get(Invite, hash_) is not None:
        return False
    session.add(
        Invite(
            hash=hash_,
            purpose=purpose,
            person_id=known(person.id),
            made_by=made_by,
            made_at=now,
            expires_at=now + LASTS[purpose],
        )
    )
    session.flush()
    return True


def find_invite(session: Session, hash_: str) -> Invite | None:
    """Finds an invite to the chat by its hash, and keeps others from using it until this transaction ends."""
    wanted = select(Invite).where(Invite.hash == hash_, col(Invite.purpose).in_(LASTS)).with_for_update()
    return session.exec(wanted).first()


def use_up(session: Session, one: Invite, now: datetime) -> None:
    """Ends an invite and all others of its kind for the same person: the link and its code are one."""
    session.exec(
        update(Invite)
        .where(col(Invite.person_id) == one.person_id, col(Invite.purpose) == one.purpose)
        .where(col(Invite.used_at).is_(None))
        .values(used_at=now)
    )


def hash_of(secret: bytes, word: str) -> str:
    """Hashes a link's token or a code with the installation's secret: codes are short, and a backup may be lost."""
    return keyed_hash(secret, f"invite {word}")
