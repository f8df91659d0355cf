"""Call lists on paper and in sheets: which calls a caller has until when, and who the caller is."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, delete, select

from core.delivery import State
from store import bulk, call_log, staff
from store.tables import CallLease, Delivery


@dataclass(frozen=True, slots=True)
class Out:
    """A list that is out: whose it is (`by`, an outside id or a name), what they are called, and how many are left."""

    by: str
    name: str
    count: int
    until: datetime


def caller_of(session: Session, name: str, now: datetime) -> str:
    """Finds who is meant by a caller's name, however it is spaced and in small letters or large.

    That is whoever has a list under this name already, else the outside id of the one member of staff who is called
    so, else the name itself: a caller need not be on the staff.
    """
    wanted = _folded(name)
    out = {by for by, named in _names(session, now).items() if _folded(named) == wanted}
    found = out or {one.id for one in staff.listing(session) if not one.suspended and _folded(one.name) == wanted}
    return found.pop() if len(found) == 1 else " ".join(name.split())


def hand_out(session: Session, deliveries: Collection[int], by: str, until: datetime) -> None:
    """Hands calls to somebody until a time, in the place of any other lease."""
    v = bulk.table(session, {"id": int, "token": str})
    bulk.change(
        session,
        "INSERT INTO call_lease (delivery_id, token, by, until, paper) "
        f"SELECT v.id, v.token, ?, ?, ? FROM {v} WHERE 1 = 1 ON CONFLICT (delivery_id) DO UPDATE SET "
        "token = excluded.token, by = excluded.by, until = excluded.until, paper = excluded.paper",
        (by, bulk.stamp(session, until), True, bulk.packed((one, secrets.token_urlsafe(16)) for one in deliveries)),
    )
    session.expire_all()


def take_back(session: Session, name: str, now: datetime) -> int:
    """Takes back whatever somebody of this name has on paper; returns how many calls."""
    by = [one for one, named in _names(session, now).items() if _folded(named) == _folded(name)]
    given = delete(CallLease).where(col(CallLease.by).in_(by), col(CallLease.paper).is_(True))
    return int(session.exec(given).rowcount)


def lists_out(session: Session, now: datetime) -> list[Out]:
    """Lists who has calls on paper that are still to be made, how many, and until when."""
    wanted = (
        select(CallLease.by, CallLease.until)
        .join(Delivery)
        .where(col(CallLease.paper).is_(True), CallLease.until > now, Delivery.state == State.ACCEPTED)
    )
    times: dict[str, list[datetime]] = {}
    for by, until in session.exec(wanted):
        times.setdefault(by, []).append(until)
    names = call_log.names_of(session, times)
    found = [Out(by, names.get(by, by), len(some), max(some)) for by, some in times.items()]
    return sorted(found, key=lambda one: one.name)


def busy(session: Session, now: datetime, but: str = "") -> set[str]:
    """Returns the outside ids of people whom somebody other than `but` has in hand, or whose number they have."""
    found = bulk.rows(
        session,
        "SELECT p.uid FROM route r JOIN person p ON p.id = r.person_id WHERE r.channel = 'phone' AND EXISTS ("
        "SELECT 1 FROM call_lease l JOIN delivery x ON x.id = l.delivery_id JOIN route y ON y.id = x.route_id "
        "WHERE l.until > ? AND (l.by <> ? OR NOT l.paper) AND (y.person_id = r.person_id OR y.address = r.address))",
        (bulk.stamp(session, now), but),
    )
    return {row[0] for row in found}


def _names(session: Session, now: datetime) -> dict[str, str]:
    """Returns the names of those who have a list, by what stands on their leases."""
    wanted = select(CallLease.by).where(col(CallLease.paper).is_(True), CallLease.until > now).distinct()
    by = session.exec(wanted).all()
    return {one: one for one in by} | call_log.names_of(session, by)


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
