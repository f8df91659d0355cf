"""Brings a people file into the tables: what is new is added, what has changed is changed, and nothing else is touched.

A file is what a coordinator knows; it never overrules what a person has told us themselves. Whoever died, left or was
erased stays so; a stop, a dead number, a withdrawn consent and an order that the person chose stay as they are. Each
such case is a conflict that a coordinator sees, and the rest of the row is used.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlmodel import Session, col

from core.people import TELEGRAM, RouteState, Status
from core.person_row import PersonRow
from store.intake import TEXTS, ImportResult, Intake, stored_format
from store.matching import match_rows
from store.tables import Person, Route
from store.tables.base import known, new_uid
from store.updating import Update


def import_people(
    session: Session, rows: Sequence[PersonRow], secret: bytes, now: datetime, *, asked_back: bool = False
) -> ImportResult:
    """Brings checked rows into the tables; the same rows a second time change nothing.

    `secret` is the installation's, for the hashes of stopped addresses and erased people. `asked_back` adds people
    even if they were erased: somebody has been asked, this is no old file.
    """
    intake = Intake(session, secret, now)
    intake.know_groups(name for row in rows for name in row.groups)
    new: list[PersonRow] = []
    updates: list[Update] = []
    for row, match in match_rows(session, rows):
        if match.doubt:
            intake.conflict(row, "name", match.doubt, match.mend)
        elif match.on_file:
            updates.append(Update(intake, row, match.on_file))
        elif not asked_back and intake.was_erased(row):
            mend = "If they have asked to come back, add them by hand."
            intake.conflict(row, "name", "They were erased and stay so", mend)
        else:
            new.append(row)
    _add(intake, new)
    for update in updates:
        update.person_and_routes()
    session.flush()  # new routes now have the keys that consents name
    for update in updates:
        update.consents_and_groups()
    intake.write()
    return intake.result


def _add(intake: Intake, rows: Sequence[PersonRow]) -> None:
    """Adds people by the thousand: plain rows, because making an object of each takes three times as long."""
    people = [
        {
            **{text: getattr(row, text) for text in TEXTS},
            "uid": new_uid(),
            "format": stored_format(row.format),
            "never": ";".join(row.never),
            "status": Status.ACTIVE,
            "order_by_person": False,
            "created_at": intake.now,
            "changed_at": intake.now,
        }
        for row in rows
    ]
    routes: list[dict[str, Any]] = []
    meant: list[PersonRow] = []
    for row, person in zip(rows, _insert(intake.session, Person, people), strict=True):
        # The first place is kept free for Telegram until they join the chat.
        first = 2 if row.preferred == TELEGRAM and TELEGRAM not in dict(row.routes) else 1
        for position, (channel, address) in enumerate(row.routes, first):
            routes.append(intake.route(row, person, channel, address, position))
            meant.append(row)
        intake.join(person, row.groups)
    for row, route, id_ in zip(meant, routes, _insert(intake.session, Route, routes), strict=True):
        for consent in row.consents:
            if consent.meant_for(route["channel"]) and route["state"] == RouteState.ACTIVE:
                intake.consent(consent, id_)
    intake.result.added += [str(person["uid"]) for person in people]


def _insert(session: Session, table: type[Person] | type[Route], values: Sequence[dict[str, Any]]) -> list[int]:
    """Inserts rows and returns their keys in the same order.

    The outside ids tell which key is whose: asking the database to keep the order would insert row by row.
    """
    if not values:
        return []
    inserted = session.execute(insert(table).returning(col(table.uid), col(table.id)), values)
    keys = {uid: known(id_) for uid, id_ in inserted}
    return [keys[one["uid"]] for one in values]
