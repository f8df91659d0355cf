"""What survives an erasure: keyed hashes of addresses that must not be used and of people who were erased.

A stop is meant for one channel, so the hash is of channel and address: whoever stops texts may still be rung on the
same number. The hash of an erased person is of their folded name with each address they had, so that an old file
does not bring them back, while somebody else with that address or that name is not mistaken for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, select

from store.stop_log import address_subject, identity_subject, keyed_hash
from store.tables import Suppression


def route_hash(secret: bytes, channel: str, address: str) -> str:
    """Hashes a channel and an address with the installation's secret."""
    return keyed_hash(secret, address_subject(channel, address))


def person_hash(secret: bytes, name: str, channel: str, address: str) -> str:
    """Hashes a name together with one address with the installation's secret."""
    return keyed_hash(secret, identity_subject(name, channel, address))


def suppressed(session: Session) -> set[str]:
    """Returns every hash: there are as many as people who have asked for it, so they fit in memory."""
    return set(session.exec(select(Suppression.hash)))


def suppress(session: Session, hashes: Iterable[str], now: datetime) -> None:
    """Adds hashes; those that are there already stay as they are."""
    known = suppressed(session)
    session.add_all(Suppression(hash=one, at=now) for one in set(hashes) - known)


def lift(session: Session, hash_: str) -> None:
    """Takes a hash away, if it is there: the person wishes to hear from us again."""
    if row := session.get(Suppression, hash_):
        session.delete(row)
