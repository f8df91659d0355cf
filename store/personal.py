"""Tells one person something: an answer to what they wrote, or a call that they asked for."""

from __future__ import annotations

import re
from datetime import datetime

from sqlmodel import Session, select

from core.content import LONGEST_SUBJECT, LONGEST_TEXT
from core.notices import DEFAULT_POLICY, SERVICE, USEFUL_FOR, Kind, Whom
from store import bulk
from store.notices import Published
from store.tables import Notice
from store.tables.base import known, new_uid

_MARKS = re.compile(r"([\\*_\[\]<>])")
_NUMBERED = re.compile(r"^(\s*\d+)([.)])", re.MULTILINE)
_LEADING = re.compile(r"^(\s*)([#+=-])", re.MULTILINE)
_LINK = re.compile(r"(https?://[^\s<>\"]+)", re.IGNORECASE)


def tell_person(
    session: Session,
    person_id: int,
    key: str,
    subject: str,
    text: str,
    now: datetime,
    *,
    route_id: int | None = None,
    urgent: bool = True,
    created_by: str = "service",
    kind: Kind = Kind.REPLY,
    language: str = "en",
    at: datetime | None = None,
) -> Published:
    """Tells one person a text as it stands, exactly once for each `key`; it leaves on the dispatcher's next round.

    With `route_id` it goes that way alone: it never takes another route and makes no task for staff. Without one it
    goes by the person's own ladder. `urgent` leaves in quiet hours too. `language` is that of the words. It leaves at
    `at` where that is later than now.
    """
    made_at, leaves_at = bulk.stamp(session, now), max(at or now, now)
    values = {
        "uid": new_uid(),
        "key": f"{kind}:{key}",
        "kind": kind.value,
        "state": "open",
        "text": literally(text)[:LONGEST_TEXT],
        "subject": _braces(" ".join(subject.split()))[:LONGEST_SUBJECT],
        "sms_text": _braces(text)[:LONGEST_TEXT],
        "language": language,
        "format": "standard",
        "purpose": SERVICE,
        "policy": DEFAULT_POLICY[kind].value,
        "staff_only": False,
        "rehearsal": False,
        "urgent": urgent,
        "unfit": "send",
        "audience": Whom.ONE.value,
        "person_id": person_id,
        "route_id": route_id,
        "calls": True,
        "all_routes": False,
        "not_before": bulk.stamp(session, leaves_at),
        "not_after": bulk.stamp(session, leaves_at + USEFUL_FOR),
        "cursor": 0,
        "people": 0,
        "created_at": made_at,
        "created_by": created_by,
    }
    names, places = ", ".join(values), ", ".join("?" * len(values))
    made = bulk.change(
        session,
        f"INSERT INTO notice ({names}) VALUES ({places}) ON CONFLICT (key) DO NOTHING",
        tuple(values.values()),
    )
    notice = session.exec(select(Notice).where(Notice.key == values["key"])).one()
    return Published(known(notice.id), notice.uid, repeat=not made)


def literally(text: str) -> str:
    """Writes a text so that it comes out as it stands: neither Markdown nor a placeholder is anything else in it."""
    parts = _LINK.split(_braces(text))
    return "".join(part if at % 2 else _plain(part) for at, part in enumerate(parts))


def _plain(text: str) -> str:
    text = _MARKS.sub(r"\\\1", text)
    text = _NUMBERED.sub(r"\1\\\2", text)
    return _LEADING.sub(r"\1\\\2", text)


def _braces(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")
