"""Who is who: which person on file a row of a people file means.

The same name and a shared address is the same person. The same name alone is, where there is one such person on file
and one such row: somebody who changed their number. Two people may share a phone, so an address alone says nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from sqlmodel import Session, col, select

from core.cells import fold
from core.people import Status
from core.person_row import PersonRow
from store.on_file import OnFile, load
from store.tables import Person
from store.tables.base import known


class Match(NamedTuple):
    """The person on file, or nobody; where there is a `doubt`, the row can't be used and `mend` says what to do."""

    on_file: OnFile | None = None
    doubt: str = ""
    mend: str = ""


_TWO_ON_FILE = Match(
    doubt="More than one person of this name is on file",
    mend="Give their address in the row as it is on file, or change them one by one.",
)
_TWO_ROWS = Match(
    doubt="Another row means the same person on file",
    mend="Keep one row for each person; tell people of the same name apart in the name.",
)


def match_rows(session: Session, rows: Sequence[PersonRow]) -> Iterator[tuple[PersonRow, Match]]:
    """Pairs each row with the person whom it means."""
    by_name: dict[str, list[PersonRow]] = defaultdict(list)
    for row in rows:
        by_name[row.key].append(row)
    on_file = _named(session, by_name.keys())
    for key, namesakes in by_name.items():
        taken: list[OnFile] = []
        for row in namesakes:
            match = _match(row, on_file[key], alone=len(namesakes) == 1)
            if match.on_file in taken:
                match = _TWO_ROWS
            elif match.on_file:
                taken.append(match.on_file)
            yield row, match


def _match(row: PersonRow, candidates: list[OnFile], *, alone: bool) -> Match:
    shared = [sum(one.route_at(*route) is not None for route in row.routes) for one in candidates]
    most = max(shared, default=0)
    best = [one for one, count in zip(candidates, shared, strict=True) if count == most > 0]
    if not best and len(candidates) == 1 and alone:
        best = candidates
    if len(best) > 1 or (not best and candidates and not row.routes):
        return _TWO_ON_FILE
    return Match(best[0]) if best else Match()


def _named(session: Session, keys: Collection[str]) -> dict[str, list[OnFile]]:
    """Reads everyone whose folded name is among `keys`; a database can't fold names in every script."""
    people = session.exec(select(Person.id, Person.name).where(Person.status != Status.ERASED).order_by(col(Person.id)))
    ids = [known(id_) for id_, name in people if fold(name) in keys]
    found: dict[str, list[OnFile]] = defaultdict(list)
    for one in load(session, ids).values():
        found[fold(one.person.name)].append(one)
    return found
